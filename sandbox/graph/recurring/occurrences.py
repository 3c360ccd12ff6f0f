"""The occurrences of a series: worked out of its master whenever somebody looks, bounded by what is looked at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from sandbox.graph.mailbox.items import Event, Override, Series, Slot
from sandbox.graph.recurring.naming import occurrence_id, occurrence_uid
from sandbox.graph.recurring.patterns import Recurrence, day_after, day_before, days, is_day
from sandbox.graph.wire.zones import Moment

NOTHING = Override()
# Zones are up to fourteen hours from UTC, and all-day events float.
MARGIN_DAYS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Inheritance:
    """Whether what is hidden in a master shows on its occurrences too; nobody has established it."""

    extensions: bool = True
    extended_properties: bool = True


def occurrence(master: Event, day: date, inheritance: Inheritance) -> Event:
    """Return the occurrence of a series on a day: the master's values, and what it has of its own."""
    series = _series_of(master)
    override = series.overrides.get(day)
    own = override or NOTHING
    start, end = regular_times(master, day) if series.recurrence else (own.values["start"], own.values["end"])
    slot = Slot(
        master_immutable_id=master.immutable_id,
        master_default_id=master.default_id,
        day=day,
        original_start=start.instant,
        is_exception=override is not None,
    )
    extensions = {**(master.extensions if inheritance.extensions else {}), **own.extensions}
    properties = {**(master.extended_properties if inheritance.extended_properties else {}), **own.extended_properties}
    return replace(
        master,
        series=None,
        slot=slot,
        immutable_id=own.immutable_id or occurrence_id(master.immutable_id, day),
        default_id=own.default_id or occurrence_id(master.default_id, day),
        ical_uid=occurrence_uid(master.ical_uid, day),
        transaction_id=None,
        extensions=extensions,
        extended_properties=properties,
        **{"start": start, "end": end, **own.values},
    )


def local(moment: Moment, recurrence: Recurrence, *, is_all_day: bool) -> datetime:
    """Return the wall time of a moment in the zone of a series; all-day events have no zone to be moved from."""
    if is_all_day or moment.zone.rules == recurrence.zone.rules:
        return moment.wall
    return moment.instant.astimezone(recurrence.zone.rules).replace(tzinfo=None)


def regular_times(master: Event, day: date) -> tuple[Moment, Moment]:
    """Return when the occurrence of a day begins and ends as long as nobody changes it.

    The wall time stays the same through the year. An hour that does not exist, because clocks go forward, is an hour
    later and the occurrence keeps its length; an hour that exists twice is the first one.
    Source: general knowledge of Outlook, never checked.
    """
    recurrence = _series_of(master).recurrence
    if recurrence is None:
        raise ValueError("a meeting poll has no regular times")
    first = local(master.start, recurrence, is_all_day=master.is_all_day)
    last = local(master.end, recurrence, is_all_day=master.is_all_day)
    shift = timedelta(days=(day - first.date()).days)
    start, end = (Moment(wall=wall + shift, zone=recurrence.zone) for wall in (first, last))
    if master.is_all_day:
        return start, end
    exists = start.instant.astimezone(recurrence.zone.rules).replace(tzinfo=None)
    if exists == start.wall:
        return start, end
    return Moment(wall=exists, zone=recurrence.zone), Moment(wall=exists + (last - first), zone=recurrence.zone)


def in_window(event: Event, start: datetime, end: datetime, inheritance: Inheritance) -> list[Event]:
    """Return what of an event takes place in a window: itself, or those of its occurrences that do."""
    if event.series is None:
        return [event] if event.overlaps(start, end) else []
    found = (occurrence(event, day, inheritance) for day in _days_near(event, start, end))
    return [one for one in found if one.overlaps(start, end)]


def exceptions(master: Event, inheritance: Inheritance) -> list[Event]:
    """Return the exceptions of a series in the order of their days."""
    return [occurrence(master, day, inheritance) for day in sorted(_series_of(master).overrides)]


def has_occurrence(master: Event, day: date) -> bool:
    """Say whether a series still has the occurrence of a day."""
    series = _series_of(master)
    if day in series.overrides:
        return True
    return series.recurrence is not None and day not in series.cancelled and is_day(series.recurrence, day)


def neighbours(master: Event, day: date, *, deleted_count: bool) -> tuple[date | None, date | None]:
    """Return the days of the occurrences before and after one; deleted ones may count as if they were there."""
    series = _series_of(master)
    if series.recurrence is None:
        return None, None
    before, after = day_before(series.recurrence, day), day_after(series.recurrence, day)
    if not deleted_count:
        while before is not None and before in series.cancelled:
            before = day_before(series.recurrence, before)
        while after is not None and after in series.cancelled:
            after = day_after(series.recurrence, after)
    return before, after


def any_left(master: Event) -> bool:
    """Say whether a series has at least one occurrence."""
    series = _series_of(master)
    if series.overrides:
        return True
    recurrence = series.recurrence
    if recurrence is None:
        return False
    return any(day not in series.cancelled for day in days(recurrence, recurrence.range.start, date.max))


def _days_near(master: Event, start: datetime, end: datetime) -> Iterator[date]:
    series = _series_of(master)
    if series.recurrence is not None:
        first = _shifted(start.astimezone(UTC).date(), -MARGIN_DAYS - master.length.days - 1)
        last = _shifted(end.astimezone(UTC).date(), MARGIN_DAYS)
        hidden = series.cancelled | series.overrides.keys()
        yield from (day for day in days(series.recurrence, first, last) if day not in hidden)
    # An exception may have been moved far away from its day.
    yield from series.overrides


def _shifted(day: date, distance: int) -> date:
    return date.fromordinal(min(max(day.toordinal() + distance, 1), date.max.toordinal()))


def _series_of(master: Event) -> Series:
    if master.series is None:
        raise ValueError("only a series master has occurrences")
    return master.series
