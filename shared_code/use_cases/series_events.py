"""What a series needs beside its master: reading it whole, and taking single days out of it."""

from collections.abc import Iterable
from datetime import date

from shared_code.domain.events import CalendarEvent, EventKind
from shared_code.domain.fields import ONE_WAY_FIELDS
from shared_code.domain.identifiers import EventId
from shared_code.domain.occurrences import by_day, pair_of_day, series_in
from shared_code.domain.outgoing import Rules
from shared_code.domain.pairs import Pair, edited_in_outlook
from shared_code.use_cases.errors import EventGone
from shared_code.use_cases.ports import Calendar, Ports


def read_whole(event_id: EventId, calendar: Calendar, *, is_series: bool) -> CalendarEvent | None:
    """Return the event; of a series with its removed days and exceptions, in one request where we knew it was one."""
    if is_series:
        return calendar.read_series(event_id)
    event = calendar.read(event_id)
    if event is not None and event.kind is EventKind.SERIES_MASTER:
        return calendar.read_series(event_id)
    return event


def take_out_days(master: EventId, days: Iterable[date], calendar: Calendar) -> None:
    """Delete the occurrences of those days; one that is gone already is as it should be. Repeatable at any point.

    Quirk: a series has one version for all its occurrences, so each is read just before it is deleted.
    Source: Microsoft docs, api/event-list-instances: every occurrence of the sample has the same etag.
    """
    wanted = sorted(days)
    if not wanted:
        return
    series = calendar.read_series(master)
    if series is None:
        message = "the series went away while days were taken out of it"
        raise EventGone(message)
    for day in wanted:
        occurrence = calendar.read_occurrence(series, day)
        if occurrence is not None:
            calendar.remove(occurrence.id, change_key=occurrence.change_key)


def has_new_exceptions(master: CalendarEvent, pair: Pair, rules: Rules, ports: Ports) -> bool:
    """Tell whether an occurrence was changed by itself in Outlook, and SalesExec does not know of it."""
    if not master.exceptions:
        return False
    known = {each.slot: each for each in ports.pairs.occurrences_of(pair.book, pair.appointment)}
    for day, event in by_day(master).items():
        stored = pair_of_day(known.get(day), pair, series_in(master), event, day, rules)
        if edited_in_outlook(stored, rules.seen(event, pair.origin)) - ONE_WAY_FIELDS:
            return True
    return False
