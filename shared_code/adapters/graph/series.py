"""Series through Graph: read whole, with what was taken out of them and what was changed, and by single occurrences."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import msgspec

from shared_code.adapters.graph import addresses
from shared_code.adapters.graph.client import GraphClient
from shared_code.adapters.graph.failures import is_perhaps_unsupported, not_understood
from shared_code.adapters.graph.wire.payloads import MASTER_PARTS, MasterParts, NotJson, decoded
from shared_code.adapters.graph.wire.reading import UnreadableEvent, event_in
from shared_code.adapters.graph.wire.times import occurrence_day
from shared_code.adapters.http import Answer
from shared_code.domain.events import CalendarEvent, EventKind
from shared_code.domain.identifiers import EventId
from shared_code.domain.occurrences import day_of
from shared_code.domain.schedules import Series, Timed
from shared_code.domain.series import around, regular
from shared_code.use_cases.errors import EventGone, SyncError

_NAMELESS = "nothing tells which occurrence it is"
_log = logging.getLogger(__name__)


def read_whole(client: GraphClient, event_id: EventId) -> CalendarEvent:
    """Return an event, of a series with its removed days and exceptions; EventGone when it is not there.

    One request, and one more for each further page of exceptions. Where Graph will not answer it all at once, the
    event and what it lost or changed are two requests. Exceptions come without our extension.
    """
    try:
        answer = client.send("GET", addresses.series(event_id))
        parts = answer
    except SyncError as error:
        if not is_perhaps_unsupported(error):
            raise
        answer = client.send("GET", addresses.event_with_mark(event_id))
        parts = None
        _log.info("Graph would not tell all of a series at once (%s %s): asked in two", error.status, error.code)
    event = read_event(answer)
    if not isinstance(event.schedule, Series):
        return event
    return _with_parts(client, event, event.schedule, parts or client.send("GET", addresses.series_parts(event_id)))


def read_occurrence(client: GraphClient, master: CalendarEvent, day: date) -> CalendarEvent | None:
    """Return what is on the slot of a day, or None; of a moved one, what `master` says, which was read whole."""
    series = master.schedule
    if not isinstance(series, Series):
        message = "only a series has occurrences"
        raise TypeError(message)
    for known in master.exceptions:
        if day_of(known, series) == day:
            return known
    if day in series.removed:
        return None
    window = around(regular(series, day).schedule)
    try:
        return _on(day, series, client.pages(addresses.instances(master.id, window)))
    except EventGone:
        return None


def read_event(answer: Answer) -> CalendarEvent:
    """Return the event that an answer is; UnreadableEvent when it makes no sense, TryAgainLater when it is none."""
    try:
        return event_in(answer.content)
    except NotJson as odd:
        raise not_understood(answer, "an event") from odd


def _on(day: date, series: Series, pages: Iterator[list[msgspec.Raw]]) -> CalendarEvent | None:
    unreadable: UnreadableEvent | None = None
    for raw in (raw for page in pages for raw in page):
        try:
            event = event_in(raw)
        except UnreadableEvent as odd:
            unreadable = odd
            continue
        named = _day_of(event, series, day)
        if named is None:
            unreadable = UnreadableEvent(event.id, _NAMELESS)
        elif named == day:
            return None if event.is_cancelled else event
    if unreadable is not None:
        # Safety: it may be the one that was asked for; to say that there is none would be to say that it was removed.
        raise unreadable
    return None


def _day_of(event: CalendarEvent, series: Series, wanted: date) -> date | None:
    """Return the day of an occurrence's slot; one that nobody changed is also known by where it is."""
    named = day_of(event, series)
    if named is None and event.kind is EventKind.OCCURRENCE and isinstance(event.schedule, Timed):
        there = regular(series, wanted).schedule
        return wanted if isinstance(there, Timed) and there.start_at == event.schedule.start_at else date.min
    return named


def _with_parts(client: GraphClient, master: CalendarEvent, series: Series, answer: Answer) -> CalendarEvent:
    """Return the master with what the answer says that it lost or changed.

    Safety: a part that cannot be read makes the series one that cannot be read, since what is not known of an
    occurrence must not be taken for what its rule says. Quirk: an exception that its organizer called off is listed
    with the changed ones; for us it is removed.
    """
    try:
        parts = decoded(MASTER_PARTS, answer.content)
        exceptions = [_exception(raw, master, series) for raw in _exceptions(client, parts)]
        lost = {occurrence_day(name) for name in parts.cancelled_occurrences or ()}
    except NotJson as odd:
        raise not_understood(answer, "a series") from odd
    except (msgspec.ValidationError, UnreadableEvent, ValueError) as odd:
        raise UnreadableEvent(master.id, "what was changed in the series makes no sense") from odd
    lost.update(each.slot_day for each in exceptions if each.is_cancelled and each.slot_day is not None)
    return replace(
        master,
        schedule=replace(series, removed=frozenset(lost)),
        exceptions=tuple(each for each in exceptions if not each.is_cancelled),
    )


def _exceptions(client: GraphClient, parts: MasterParts) -> Iterator[msgspec.Raw]:
    yield from parts.exception_occurrences or ()
    if parts.next_link:
        for page in client.walk(parts.next_link):
            yield from page.value


def _exception(raw: msgspec.Raw, master: CalendarEvent, series: Series) -> CalendarEvent:
    event = event_in(raw)
    event = replace(event, kind=EventKind.EXCEPTION, series_master_id=event.series_master_id or master.id)
    day = day_of(event, series)
    if day is None:
        raise UnreadableEvent(event.id, _NAMELESS)
    return replace(event, slot_day=day)
