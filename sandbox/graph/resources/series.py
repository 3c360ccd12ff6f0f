"""What a series master leads to: its instances in a window, and its exceptions."""

from __future__ import annotations

import random

from sandbox.graph.errors import no_series_master
from sandbox.graph.mailbox.items import Event
from sandbox.graph.queries.windows import window_of
from sandbox.graph.resources.call import Call
from sandbox.graph.resources.events import listed_answer, view_reading
from sandbox.graph.wire.messages import GraphAnswer


def list_instances(call: Call) -> GraphAnswer:
    """Answer with the occurrences and exceptions of a series in a window; those that were deleted are not there.

    Source: Microsoft docs, api/event-list-instances: both ends are required, and its answer is in no order of time.
    """
    master = _master(call)
    window = window_of(call.request.query)
    found = call.mailbox.view([master], window.start, window.end)
    # The same way each time, or pages would not fit together.
    random.Random(master.change_key).shuffle(found)  # noqa: S311 - repeatable, not secret
    return listed_answer(call, found, view_reading(call), in_view=True, name=_context(call, "instances"))


def list_exceptions(call: Call) -> GraphAnswer:
    """Answer with the exceptions of a series."""
    found = call.mailbox.exceptions(_master(call))
    return listed_answer(call, found, call.reading(), in_view=True, name=_context(call, "exceptionOccurrences"))


def _master(call: Call) -> Event:
    event = call.event()
    if event.series is None:
        raise no_series_master()
    return event


def _context(call: Call, name: str) -> str:
    return f"events('{call.ids['event'].replace('=', '%3D')}')/{name}"
