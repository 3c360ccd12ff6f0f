"""Calendars, and the person they belong to."""

from __future__ import annotations

from typing import Any

from sandbox.graph.errors import property_validation, unreadable_body
from sandbox.graph.queries.options import select_of, top_of
from sandbox.graph.queries.paging import page
from sandbox.graph.resources.call import Call
from sandbox.graph.wire.entities import written_calendar, written_user
from sandbox.graph.wire.messages import GraphAnswer
from sandbox.graph.wire.words import one_of


def read_me(call: Call) -> GraphAnswer:
    """Answer with the signed-in user."""
    written = written_user(call.user)
    call.summary = "read own profile"
    body = {"@odata.context": f"{call.request.root}/$metadata#users/$entity"}
    return call.answer(200, body | _selected(call, written, "microsoft.graph.user"))


def list_calendars(call: Call) -> GraphAnswer:
    """Answer with the calendars of the mailbox, the default one first."""
    top = top_of(call.request.query, refuse_above=call.switch("top_above_1000") == "refused")
    calendars = list(call.mailbox.calendars.values())
    shown, next_link = page(calendars, call.request, top=top, habit=call.switch("pages"))
    written = [_selected(call, written_calendar(one, call.user), "microsoft.graph.calendar") for one in shown]
    body: dict[str, Any] = {"@odata.context": f"{call.context}/calendars", "value": written}
    if next_link is not None:
        body["@odata.nextLink"] = next_link
    call.summary = f"listed {len(shown)} calendars"
    return call.answer(200, body)


def read_calendar(call: Call) -> GraphAnswer:
    """Answer with one calendar."""
    calendar = call.calendar_or_default
    call.summary = f"read calendar '{calendar.name}'"
    body = {"@odata.context": f"{call.context}/calendars/$entity"}
    return call.answer(200, body | _selected(call, written_calendar(calendar, call.user), "microsoft.graph.calendar"))


def create_calendar(call: Call) -> GraphAnswer:
    """Create a calendar.

    Source: Microsoft docs, api/user-post-calendars.
    """
    given = call.request.json()
    for name in given:
        if name not in ("name", "color", "hexColor") and "@" not in name:
            raise unreadable_body(f"The property '{name}' does not exist on type 'Microsoft.OutlookServices.Calendar'.")
    if not isinstance(given.get("name"), str) or not given["name"].strip():
        raise property_validation()
    color = one_of("calendarColor", given.get("color") or "auto")
    calendar = call.mailbox.add_calendar(given["name"], color=color)
    call.summary = f"created calendar '{calendar.name}'"
    body = {"@odata.context": f"{call.context}/calendars/$entity", **written_calendar(calendar, call.user)}
    return call.answer(201, body)


def _selected(call: Call, written: dict[str, Any], kind: str) -> dict[str, Any]:
    names = select_of(call.request.query, {name.lower(): name for name in written}, kind)
    return written if names is None else {name: written[name] for name in written if name in ("id", *names)}
