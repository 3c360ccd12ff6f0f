"""What has changed in a calendar view since somebody last asked.

Source: Microsoft docs, api/event-delta, concepts/delta-query-events, concepts/delta-query-overview.
"""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from sandbox.graph.delta.rounds import Habits, Line, Mark, Rest, first_round, next_round
from sandbox.graph.errors import GraphError, not_simulated, plain_failure, tracking_not_supported
from sandbox.graph.mailbox.items import Event
from sandbox.graph.queries.options import DEFAULT_TOP, HIGHEST_TOP
from sandbox.graph.queries.windows import Window, window_of
from sandbox.graph.resources.call import Call
from sandbox.graph.wire.entities import PROPERTIES, Reading, written_event
from sandbox.graph.wire.messages import GraphAnswer

SKIP, DELTA = "$skiptoken", "$deltatoken"
APPLIED = "odata.track-changes"
EVENT_TYPE = "#microsoft.graph.event"
OF_OCCURRENCES = ("seriesMasterId", "type", "start", "end")
NEVER_TAKEN = ("$orderby", "$filter", "$search", "$top")


def track_view(call: Call) -> GraphAnswer:
    """Answer with one page of a round: of the first one, of one that goes on, or of one since a deltaLink."""
    rest = _asked(call)
    page, after = _page(call, rest)
    body: dict[str, Any] = {"@odata.context": f"{call.request.root}/$metadata#Collection(event)"}
    kept = call.mailbox.changes.orders.tokens_kept
    tokens = call.store.tokens(call.user)
    if after is None:
        body["@odata.deltaLink"] = _link(call, DELTA, tokens.give(rest.then, kept=kept))
    else:
        body["@odata.nextLink"] = _link(call, SKIP, tokens.give(after, kept=kept))
    body["value"] = page
    call.summary = f"tracked changes: {len(page)} told, {'more to come' if after else 'and that is all'}"
    answer = call.answer(200, body)
    answer.headers["Preference-Applied"] = ", ".join((APPLIED, *call.preferences.applied))
    return answer


def track_events(call: Call) -> GraphAnswer:
    """Refuse: v1.0 does not document change tracking of events without a window."""
    raise not_simulated(f"how to track changes of {'/'.join(call.request.segments[:-1])}, only of a calendarView")


def _asked(call: Call) -> Rest:
    """Return the round a request asks for; beside a token nothing else counts, dates neither."""
    query = call.request.query
    for name in (SKIP, DELTA):
        if query.get(name):
            return _resumed(call, name, query[name])
    select = _selected(call)
    window = window_of(query)
    if _is_too_much(call, window):
        # Quirk: developer report microsoft-graph-docs#6499.
        raise plain_failure(504, None)
    return first_round(call.mailbox, call.calendar_or_default, window, _habits(call), select)


def _is_too_much(call: Call, window: Window) -> bool:
    habit = call.switch("delta_wide_window")
    if habit == "served" or window.length.days <= call.mailbox.changes.orders.widest_days:
        return False
    return habit == "504" or any(
        event.series is not None
        and event.series.recurrence is not None
        and event.series.recurrence.range.kind == "noEnd"
        for event in call.mailbox.events(call.calendar_or_default)
    )


def _resumed(call: Call, name: str, token: str) -> Rest:
    orders = call.mailbox.changes.orders
    if orders.lose_next:
        orders.lose_next -= 1
        raise _lost(call)
    tokens = call.store.tokens(call.user)
    if name == SKIP:
        rest = tokens.meaning(token, Rest)
    else:
        mark = tokens.meaning(token, Mark)
        rest = next_round(call.mailbox, mark, _habits(call)) if mark is not None and _is_of(call, mark) else None
    if rest is None or not _is_of(call, rest.then):
        raise _lost(call)
    return rest


def _is_of(call: Call, mark: Mark) -> bool:
    return mark.calendar_id == call.calendar_or_default.id


def _habits(call: Call) -> Habits:
    return Habits(repeats=call.switch("delta_repeats"), removed_at_first=call.switch("delta_removed_at_first") == "yes")


def _selected(call: Call) -> tuple[str, ...] | None:
    """Return the properties asked for, if that counts; most query options are not for change tracking.

    Quirk: `$expand` breaks Exchange. Source: developer report microsoft-graph-docs#2270.
    """
    query = call.request.query
    if "$expand" in query:
        raise GraphError(500, "InternalServerError", "Value cannot be null.\r\nParameter name: type")
    select, options = call.switch("delta_select"), call.switch("delta_options")
    refused = [name for name in NEVER_TAKEN if name in query and options == "refused"]
    if "$select" in query and select == "refused":
        refused.append("$select")
    if refused:
        raise tracking_not_supported(refused)
    return call.reading().select if select == "obeyed" else None


def _page(call: Call, rest: Rest) -> tuple[list[dict[str, Any]], Rest | None]:
    """Return one page, and what is left of the round; the size asked for counts for one request.

    A series is never split: it comes whole, even if that makes the page longer than asked.
    Source: developer report microsoft-graph-docs#4501.
    Quirk: a first page may be empty and have a nextLink. Source: developer report microsoft-graph-docs#2839.
    """
    habit = call.switch("delta_pages")
    if habit == "empty" and SKIP not in call.request.query:
        return [], rest
    size = min(call.preferences.page_size or DEFAULT_TOP, HIGHEST_TOP)
    if habit == "short":
        size = max(1, size // 2)
    page: list[dict[str, Any]] = []
    # What is not told takes room too.
    taken = room = 0
    for line in rest.lines:
        told = _told(call, line, rest)
        if taken and room + len(told) > size:
            break
        page += told
        taken += 1
        room += len(told) or 1
        if room >= size:
            break
    left = rest.lines[taken:]
    return page, replace(rest, lines=left) if left else None


def _told(call: Call, line: Line, rest: Rest) -> list[dict[str, Any]]:
    """Return what is told of an event or series: how it is now, or that it is not in the window, or nothing.

    Quirk: what lies outside the window looks exactly like what was deleted, known to the caller or not.
    Source: Microsoft docs, api/event-delta; developer reports microsoft-graph-docs#6599, #6324.
    """
    window = rest.then.window
    zone_is_told = call.switch("recurrence_zone_of_all_day") == "told"
    reading = Reading(preferences=call.preferences, select=rest.then.select, all_day_zone_is_told=zone_is_told)
    event = call.mailbox.find(line.immutable_id)
    if event is None or event.calendar_id != rest.then.calendar_id:
        return [] if call.switch("delta_deletions") == "missing" else [_removed(call, line)]
    inside = call.mailbox.view([event], window.start, window.end)
    if not inside:
        return [_removed(call, line)]
    if event.series is not None:
        return _told_series(call, line, rest, inside, reading)
    return [_typed(event, _sparse(call, line, event, reading))]


def _told_series(call: Call, line: Line, rest: Rest, inside: list[Event], reading: Reading) -> list[dict[str, Any]]:
    """Return a series with all its occurrences in the window, whatever little has changed of it.

    Quirk: occurrences come with next to nothing, and one that was deleted is only missing.
    Source: developer reports microsoft-graph-docs#7632, microsoft-graph-docs-contrib#34 (stripped), #6353 (all of
    them), #4501 (deleted ones), keeper.sh#409 (masters); microsoft-graph-docs#2182 (no master of a meeting poll).
    """
    stripped = replace(reading, select=OF_OCCURRENCES) if call.switch("delta_occurrences") == "stripped" else reading
    told = [_typed(one, stripped if one.kind == "occurrence" else reading) for one in inside]
    habit = call.switch("delta_masters")
    master = call.mailbox.find(line.immutable_id)
    if master is None or master.series is None or master.series.recurrence is None:
        return told
    if habit == "told" or (habit == "first-round" and rest.is_first):
        told.append(_typed(master, _sparse(call, line, master, reading)))
    random.Random(master.change_key).shuffle(told)  # noqa: S311 - repeatable, not secret
    return told


def _typed(event: Event, reading: Reading) -> dict[str, Any]:
    return {"@odata.type": EVENT_TYPE, **written_event(event, reading)}


def _removed(call: Call, line: Line) -> dict[str, Any]:
    named = line.immutable_id if call.preferences.immutable_ids else line.default_id
    return {"@odata.type": EVENT_TYPE, "id": named, "@removed": {"reason": "deleted"}}


def _sparse(call: Call, line: Line, event: Event, reading: Reading) -> Reading:
    """Return a reading with only what differs from what the caller may know, where the service is that thrifty.

    Source: Microsoft docs, concepts/delta-query-overview: at least the properties that were updated.
    """
    habit, known = call.switch("delta_items"), line.known_as
    if habit == "full" or known is None:
        return reading
    if habit == "minimal":
        return replace(reading, select=())
    changed = (name for name, write in PROPERTIES.items() if write(known, reading) != write(event, reading))
    return replace(reading, select=tuple(changed))


def _lost(call: Call) -> GraphError:
    """Return the answer to a token that is not known any more.

    Source: developer reports microsoft-graph-docs#2350, #2839; Microsoft docs, concepts/delta-query-overview.
    """
    status, code = int(call.switch("delta_lost_status")), call.switch("delta_lost_code")
    generation = call.mailbox.changes.rounds
    words = f"The sync state generation is not found; generation={generation};[highest={generation + 8}]."
    headers = {"Location": f"{_address(call)}?{DELTA}="} if call.switch("delta_lost_location") == "yes" else {}
    if call.switch("delta_lost_code_stands") == "inside":
        outer = {410: "Gone", 404: "ResourceNotFound"}.get(status, "BadRequest")
        return GraphError(status, outer, words, headers=headers, inner={"code": code})
    return GraphError(status, code, words, headers=headers)


def _link(call: Call, name: str, token: str) -> str:
    return f"{_address(call)}?{name}={token}"


def _address(call: Call) -> str:
    return f"{call.request.root}/{'/'.join(quote(segment, safe='()@') for segment in call.request.segments)}"
