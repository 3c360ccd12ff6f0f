"""Events by themselves and in lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from sandbox.graph.mailbox.items import Event
from sandbox.graph.mailbox.properties import written_extension
from sandbox.graph.queries.filters import event_test, ordered
from sandbox.graph.queries.options import top_of
from sandbox.graph.queries.paging import page
from sandbox.graph.queries.windows import window_of
from sandbox.graph.resources.call import Call
from sandbox.graph.resources.masters import parts_of_master
from sandbox.graph.wire.entities import Reading, event_id, written_event
from sandbox.graph.wire.messages import GraphAnswer

TIMESTAMPS = ("createdDateTime", "lastModifiedDateTime")


def list_events(call: Call) -> GraphAnswer:
    """Answer with single events and series masters of a calendar or of the mailbox.

    Quirk: the exceptions of a meeting poll are among them. Source: developer report microsoft-graph-docs#2182.
    """
    calendar = call.calendar
    if calendar is None and call.switch("me_events_lists") == "default-calendar":
        calendar = call.mailbox.default_calendar
    newest_first = sorted(call.mailbox.events(calendar), key=lambda event: event.serial, reverse=True)
    listed = [one for event in newest_first for one in (event, *_offered(call, event))]
    return listed_answer(call, listed, call.reading(), in_view=False, name="events")


def view_calendar(call: Call) -> GraphAnswer:
    """Answer with everything that takes place in a window of time.

    Quirk: without `$orderby` the latest come first. Source: developer report microsoft-graph-docs#6201.
    """
    window = window_of(call.request.query)
    events = call.mailbox.events(call.calendar_or_default)
    within = call.mailbox.view(events, window.start, window.end)
    latest_first = sorted(within, key=lambda event: (event.starts_at, event.serial), reverse=True)
    return listed_answer(call, latest_first, view_reading(call), in_view=True, name="calendarView")


def create_event(call: Call) -> GraphAnswer:
    """Create an event in the calendar the address names, else in the default one."""
    given = call.request.json()
    wish = call.reader(creating=True).read(given)
    reading = call.reading()
    event = call.mailbox.create(call.calendar_or_default, wish, given)
    call.summary = f"created event '{event.subject}'"
    answer = _one(call, 201, event, reading)
    if wish.extensions and answer.body is not None:
        # Source: Microsoft docs, api/opentypeextension-post-opentypeextension: what came inline is given back.
        written = [written_extension(name, values) for name, values in event.extensions.items()]
        answer.body["extensions"] = written
    location = f"{call.request.root}/users('{call.user.oid}')/events('{quote(event_id(event, call.preferences))}')"
    answer.headers["Location"] = location
    return answer


def read_event(call: Call) -> GraphAnswer:
    """Answer with one event."""
    event = call.event()
    call.summary = f"read event '{event.subject}'"
    reading = call.reading()
    answer = _one(call, 200, event, reading)
    if event.series is not None and answer.body is not None:
        answer.body |= parts_of_master(call, event, reading)
    return answer


def change_event(call: Call) -> GraphAnswer:
    """Change what the body names of one event."""
    event = call.event()
    wish = call.reader(creating=False).read(call.request.json())
    reading = call.reading()
    changed = call.mailbox.patch(event, wish, if_match=call.request.headers.get("if-match"))
    call.summary = f"changed event '{changed.subject}': {', '.join(sorted(wish.changes)) or 'hidden properties'}"
    return _one(call, 200, changed, reading)


def delete_event(call: Call) -> GraphAnswer:
    """Delete one event."""
    event = call.event()
    call.mailbox.delete(event, if_match=call.request.headers.get("if-match"))
    call.summary = f"deleted event '{event.subject}'"
    return GraphAnswer(status=204)


def _offered(call: Call, event: Event) -> list[Event]:
    is_poll = event.series is not None and event.series.recurrence is None
    return call.mailbox.exceptions(event) if is_poll else []


def _one(call: Call, status: int, event: Event, reading: Reading) -> GraphAnswer:
    chosen = f"({','.join(reading.select)})" if reading.select is not None else ""
    body = {"@odata.context": f"{call.context}/events{chosen}/$entity", **written_event(event, reading)}
    answer = call.answer(status, body)
    answer.headers["ETag"] = f'W/"{event.change_key}"'
    return answer


def listed_answer(call: Call, events: Sequence[Event], reading: Reading, *, in_view: bool, name: str) -> GraphAnswer:
    """Answer with one page of events, after what the query asks of them."""
    query = call.request.query
    if "$filter" in query:
        wanted = event_test(query["$filter"], in_view=in_view)
        events = [event for event in events if wanted(event)]
    if query.get("$orderby", "").strip():
        events = ordered(events, query["$orderby"])
    top = top_of(query, refuse_above=call.switch("top_above_1000") == "refused")
    shown, next_link = page(events, call.request, top=top, habit=call.switch("pages"))
    chosen = f"({','.join(reading.select)})" if reading.select is not None else ""
    body: dict[str, Any] = {"@odata.context": f"{call.context}/{name}{chosen}"}
    if query.get("$count", "").lower() == "true":
        body["@odata.count"] = len(events)
    body["value"] = [written_event(event, reading) for event in shown]
    if next_link is not None:
        body["@odata.nextLink"] = next_link
    call.summary = f"listed {len(shown)} of {len(events)} events"
    return call.answer(200, body)


def view_reading(call: Call) -> Reading:
    """Return how events look in a calendar view, which does not obey every `$select`."""
    reading = call.reading()
    if reading.select is None:
        return reading
    select = reading.select
    if call.switch("times_selected_in_view") == "omitted":
        # Source: Microsoft docs, api/user-list-calendarview: calendarView does not take these in $select.
        select = tuple(name for name in select if name not in TIMESTAMPS)
    if "onlineMeeting" in select and "isOnlineMeeting" not in select:
        # Quirk: the join link came only when isOnlineMeeting was selected too (an integrator's finding).
        select = tuple(name for name in select if name != "onlineMeeting")
    return replace(reading, select=select)
