"""Occurrences that were changed by themselves: each is compared with what its series says of that day."""

from dataclasses import replace
from datetime import date, timedelta

from shared_code.domain.events import CalendarEvent, EventKind
from shared_code.domain.fields import ONE_WAY_FIELDS, TIME_FIELDS, Field, of_times
from shared_code.domain.identifiers import change_id
from shared_code.domain.incoming import first_revision
from shared_code.domain.outgoing import Rules
from shared_code.domain.pairs import Agreement, Pair, PairState
from shared_code.domain.recurrence import AllDayStart
from shared_code.domain.schedules import AllDay, Series, Window
from shared_code.domain.series import has_day, regular, slot_of_day, start_of

_SHARED = frozenset(Field) - TIME_FIELDS - ONE_WAY_FIELDS
HALF_A_DAY = timedelta(hours=12)


def series_in(event: CalendarEvent) -> Series:
    """Return the schedule of a series master."""
    if not isinstance(event.schedule, Series):
        message = "the event is no series"
        raise TypeError(message)
    return event.schedule


def by_day(master: CalendarEvent) -> dict[date, CalendarEvent]:
    """Return the exceptions of a series that was read whole, each by the day of its slot."""
    days = ((day_of(event, series_in(master)), event) for event in master.exceptions)
    return {day: event for day, event in days if day is not None}


def day_of(event: CalendarEvent, series: Series) -> date | None:
    """Return the day of the slot of an occurrence, in the zone of its series; None when Graph says nothing of it.

    Quirk: `occurrenceId` is on the wire but not in Graph's metadata (microsoftgraph/msgraph-metadata#827), so it may
    be missing. `originalStart` of an all-day occurrence is midnight of a zone that nobody tells
    (microsoft-graph-docs#2804, #7163): the nearest day of the series is meant.
    """
    if event.slot_day is not None:
        return event.slot_day
    if event.kind is EventKind.OCCURRENCE and isinstance(event.schedule, AllDay):
        return event.schedule.first_day
    if event.original_start is None:
        return None
    start = start_of(series)
    if not isinstance(start, AllDayStart):
        return event.original_start.astimezone(start.zone).date()
    nearest = (event.original_start + HALF_A_DAY).date()
    days = (nearest, nearest + timedelta(days=1), nearest - timedelta(days=1))
    return next((day for day in days if has_day(series, day)), nearest)


def agreed_by_series(master: Pair, series: Series, day: date, rules: Rules) -> dict[Field, Agreement]:
    """Return what both sides agree on of an occurrence that nobody changed: all of its series, at its own time."""
    times = rules.fingerprints.of_all(of_times(regular(series, day).schedule))
    shared = {name: each.of_an_occurrence() for name, each in master.agreed.items()}
    return {**shared, **{name: Agreement(value, value) for name, value in times.items() if name in TIME_FIELDS}}


def pair_of_day(
    stored: Pair | None, master: Pair, series: Series, event: CalendarEvent, day: date, rules: Rules
) -> Pair:
    """Return the stored pair of an occurrence if it is current, else a new one of its series' generation.

    A new one goes on with the numbers of one before it, so that nothing that is told of it is passed over.
    """
    if stored is not None and is_current(stored, master):
        return stored
    fresh = Pair(
        book=master.book,
        user=master.user,
        appointment=master.appointment,
        slot=day,
        slot_at=slot_of_day(series, day).at,
        state=PairState.LINKED,
        origin=master.origin,
        event_id=event.id,
        generation=master.generation,
        revision=first_revision(event.modified_at),
        lead_url=master.lead_url,
        link_url=master.link_url,
        agreed=agreed_by_series(master, series, day, rules),
        series_said=said_of_series(master),
    )
    if stored is None:
        return fresh
    return replace(
        fresh,
        version=stored.version,
        sequence=stored.sequence,
        revision=max(stored.revision + 1, fresh.revision),
        accepted_at=stored.accepted_at,
    )


def said_of_series(master: Pair) -> str:
    """Return one hash of all that SalesExec says of a series, but when it is."""
    return change_id(*(f"{name.value}:{each.crm}" for name, each in sorted(master.agreed.items()) if name in _SHARED))


def is_current(pair: Pair, master: Pair) -> bool:
    """Tell whether the pair of an occurrence belongs to the event that its series has now, and is still kept."""
    return pair.generation == master.generation and pair.state is not PairState.GONE


def undone(master: CalendarEvent, pair: Pair, day: date) -> CalendarEvent | None:
    """Return the occurrence of that day as its series says it; None when the series has none there any more."""
    series = series_in(master)
    if day in series.removed or not has_day(series, day):
        return None
    return replace(
        master,
        id=pair.event_id or master.id,
        kind=EventKind.OCCURRENCE,
        schedule=regular(series, day).schedule,
        series_master_id=master.id,
        slot_day=day,
        exceptions=(),
    )


def own_fields(
    event: CalendarEvent, master: CalendarEvent, pair: Pair, names: frozenset[Field], rules: Rules
) -> frozenset[Field]:
    """Return those of the named fields in which an occurrence is not like its series says it in Outlook."""
    like_others = None if pair.slot is None else undone(master, pair, pair.slot)
    if like_others is None:
        return names
    plain, seen = (rules.seen(each, pair.origin) for each in (like_others, event))
    return frozenset(name for name in names if seen[name] != plain[name])


def concerns(event: CalendarEvent, day: date, series: Series, window: Window) -> bool:
    """Tell whether an exception lies in the window, now or before it was moved."""
    return window.overlaps(event.schedule) or window.overlaps(regular(series, day).schedule)
