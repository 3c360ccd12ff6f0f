"""The open extensions of one event."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from sandbox.graph.errors import item_not_found, not_supported
from sandbox.graph.mailbox.items import Event
from sandbox.graph.mailbox.properties import find_extension, written_extension
from sandbox.graph.resources.call import Call
from sandbox.graph.wire.messages import GraphAnswer


def list_extensions(call: Call) -> GraphAnswer:
    """Refuse: Outlook has no way to list the extensions of an item.

    Source: developer report microsoft-graph-docs-contrib#3822.
    """
    call.event()
    raise not_supported()


def add_extension(call: Call) -> GraphAnswer:
    """Add an extension to an event; the event becomes a new version."""
    event = call.event()
    changed, name = call.mailbox.add_extension(event, call.request.json())
    call.summary = f"added extension {name} to event '{event.subject}'"
    return call.answer(201, _written(call, changed, name))


def read_extension(call: Call) -> GraphAnswer:
    """Answer with one extension, named with or without its type."""
    event = call.event()
    name = _found(call, event)
    call.summary = f"read extension {name} of event '{event.subject}'"
    return call.answer(200, _written(call, event, name))


def change_extension(call: Call) -> GraphAnswer:
    """Replace the values the body names, keep the others."""
    event = call.event()
    name = _found(call, event)
    changed = call.mailbox.merge_extension(event, name, call.request.json())
    call.summary = f"changed extension {name} of event '{event.subject}'"
    return call.answer(200, _written(call, changed, name))


def delete_extension(call: Call) -> GraphAnswer:
    """Delete one extension of an event."""
    event = call.event()
    name = _found(call, event)
    call.mailbox.remove_extension(event, name)
    call.summary = f"removed extension {name} from event '{event.subject}'"
    return GraphAnswer(status=204)


def _found(call: Call, event: Event) -> str:
    name = find_extension(event.extensions, call.ids["extension"])
    if name is None:
        raise item_not_found()
    return name


def _written(call: Call, event: Event, name: str) -> dict[str, Any]:
    item = quote(call.ids["event"], safe="")
    context = f"{call.context}/events('{item}')/extensions/$entity"
    return {"@odata.context": context, **written_extension(name, event.extensions[name])}
