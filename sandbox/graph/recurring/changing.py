"""What becomes of a series when it, or one of its occurrences, is written.

Source: Microsoft docs, api/event-update (the crossing of neighbours); the rest is general knowledge of Exchange.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import fields, replace
from datetime import date, timedelta
from typing import Any

from sandbox.graph.errors import crossing_boundary, no_occurrence, property_validation, time_span_too_big
from sandbox.graph.mailbox.items import Event, Override, Series
from sandbox.graph.recurring.occurrences import Inheritance, has_occurrence, local, neighbours, occurrence
from sandbox.graph.recurring.patterns import Range, Recurrence, day_after, day_before, days, first_day, is_day
from sandbox.graph.recurring.payloads import RecurrenceWish
from sandbox.graph.wire.zones import Moment, Zone

TIMES = ("start", "end", "is_all_day")
# What an occurrence always shares with its series.
SHARED = {
    "serial", "immutable_id", "default_id", "calendar_id", "ical_uid", "change_key", "created_at", "modified_at",
    "transaction_id", "series", "slot", "extensions", "extended_properties",
}  # fmt: skip
OWNABLE = tuple(field.name for field in fields(Event) if field.name not in SHARED)
# So many occurrences are looked at to see whether they run into each other: more than a pattern has shapes.
LOOKED_AT = 60


def settle(
    event: Event,
    before: Event,
    changes: Mapping[str, Any],
    *,
    keeps_exceptions: bool,
    starts_at_first: bool,
    name_of: Callable[[Zone], str],
) -> None:
    """Bring a series in order after a write of its master, or of an event that is to become one or to be one no more.

    A new recurrence, or a start on another day, drops exceptions and brings deleted occurrences back, unless the days
    that remain keep theirs.
    """
    if "recurrence" in changes:
        wish: RecurrenceWish | None = changes["recurrence"]
        if wish is None:
            event.series = None
            return
        zone = wish.zone or event.start.zone
        recurrence = Recurrence(pattern=wish.pattern, range=wish.range, zone=Zone(name=name_of(zone), rules=zone.rules))
        _require_same_start(event, before, recurrence, start_is_new="start" in changes)
    elif event.series is None or event.series.recurrence is None or not changes.keys() & set(TIMES):
        return
    else:
        recurrence = _moved(event, before, event.series.recurrence)
    _begin(event, recurrence, starts_at_first=starts_at_first)
    _refuse_overlap(event, recurrence)
    old = event.series
    if old is not None and old.recurrence == recurrence and ("recurrence" not in changes or keeps_exceptions):
        return
    cancelled: Collection[date] = old.cancelled if old and keeps_exceptions else ()
    overrides: Mapping[date, Override] = old.overrides if old and keeps_exceptions else {}
    event.series = Series(
        recurrence=recurrence,
        cancelled=frozenset(day for day in cancelled if is_day(recurrence, day)),
        overrides={day: own for day, own in overrides.items() if is_day(recurrence, day)},
    )


def with_override(master: Event, before: Event, after: Event, named: Collection[str]) -> Event:
    """Return the master with what one of its occurrences now has of its own: what was named, and what differs."""
    series, day = _parts(master, before)
    old = series.overrides.get(day, Override())
    owned = {name for name in OWNABLE if name in named or getattr(before, name) != getattr(after, name)}
    if owned & set(TIMES):
        # Times belong together: the master's may change later.
        owned |= set(TIMES)
    values = {**old.values, **{name: getattr(after, name) for name in owned}}
    override = replace(
        old,
        values=values,
        extensions=_own(old.extensions, before.extensions, after.extensions),
        extended_properties=_own(old.extended_properties, before.extended_properties, after.extended_properties),
    )
    return with_overrides(master, {**series.overrides, day: override})


def with_overrides(master: Event, overrides: Mapping[date, Override]) -> Event:
    """Return the master with other exceptions."""
    if master.series is None:
        raise ValueError("only a series master has exceptions")
    return replace(master, series=replace(master.series, overrides=overrides))


def without(master: Event, day: date) -> Event:
    """Return the master with one occurrence less."""
    if master.series is None:
        raise ValueError("only a series master has occurrences")
    overrides = {one: own for one, own in master.series.overrides.items() if one != day}
    return replace(
        master, series=replace(master.series, cancelled=master.series.cancelled | {day}, overrides=overrides)
    )


def refuse_crossing(master: Event, moved: Event, *, deleted_count: bool) -> None:
    """Refuse an occurrence that now stands on or beyond the day of the one before or after it, or runs into it.

    Quirk: a neighbour that was deleted counts too (an integrator's finding).
    """
    series, day = _parts(master, moved)
    if series.recurrence is None:
        return
    today = local(moved.start, series.recurrence, is_all_day=moved.is_all_day).date()
    for number, neighbour in enumerate(neighbours(master, day, deleted_count=deleted_count)):
        if neighbour is None:
            continue
        there = occurrence(master, neighbour, Inheritance())
        its_day = local(there.start, series.recurrence, is_all_day=there.is_all_day).date()
        is_earlier = number == 0
        if (today <= its_day) if is_earlier else (today >= its_day):
            raise crossing_boundary()
        overlap = there.ends_at > moved.starts_at if is_earlier else moved.ends_at > there.starts_at
        if overlap and has_occurrence(master, neighbour):
            raise crossing_boundary()


def ended_before(master: Event, day: date) -> Event:
    """Return the master as it is when the series ends with the occurrence before a day."""
    series, recurrence = _recurring(master)
    last = day_before(recurrence, day)
    if last is None:
        raise no_occurrence()
    shorter = replace(recurrence, range=Range(kind="endDate", start=recurrence.range.start, end=last))
    return replace(
        master,
        series=replace(
            series,
            recurrence=shorter,
            cancelled=frozenset(one for one in series.cancelled if one < day),
            overrides={one: own for one, own in series.overrides.items() if one < day},
        ),
    )


def begun_on(master: Event, day: date, *, keeps_exceptions: bool) -> Series:
    """Return the later half of a series: the same pattern from a day on, to the same end."""
    series, recurrence = _recurring(master)
    span = recurrence.range
    if span.kind == "numbered":
        gone = sum(1 for _ in days(recurrence, span.start, day - timedelta(days=1)))
        rest = replace(span, start=day, number=span.number - gone)
    else:
        rest = replace(span, start=day)
    kept = series if keeps_exceptions else Series(recurrence=recurrence)
    return Series(
        recurrence=replace(recurrence, range=rest),
        cancelled=frozenset(one for one in kept.cancelled if one >= day),
        overrides={
            one: replace(own, immutable_id=None, default_id=None) for one, own in kept.overrides.items() if one >= day
        },
    )


def _require_same_start(event: Event, before: Event, recurrence: Recurrence, *, start_is_new: bool) -> None:
    """Refuse a range that does not begin on the day of the event.

    Source: Microsoft docs, resources/recurrencerange: startDate must be the day of the event's start.
    """
    if recurrence.range.start == local(event.start, recurrence, is_all_day=event.is_all_day).date():
        return
    known = before.series.recurrence if before.series else None
    if start_is_new or known is None or known.range.start != recurrence.range.start:
        raise property_validation()


def _moved(event: Event, before: Event, recurrence: Recurrence) -> Recurrence:
    """Return the recurrence of a series whose master was given other times: it begins where they are."""
    was = local(before.start, recurrence, is_all_day=before.is_all_day).date()
    day = local(event.start, recurrence, is_all_day=event.is_all_day).date()
    return recurrence if day == was else replace(recurrence, range=replace(recurrence.range, start=day))


def _begin(event: Event, recurrence: Recurrence, *, starts_at_first: bool) -> None:
    """Put the master where its first occurrence is; a day that does not fit the pattern is none of them.

    Source: Microsoft docs, concepts/outlook-schedule-recurring-events: the first occurrence may be later.
    """
    first = first_day(recurrence)
    if first is None:
        raise no_occurrence()
    shift = first - local(event.start, recurrence, is_all_day=event.is_all_day).date()
    if shift and starts_at_first:
        event.start = Moment(wall=event.start.wall + shift, zone=event.start.zone)
        event.end = Moment(wall=event.end.wall + shift, zone=event.end.zone)


def _refuse_overlap(event: Event, recurrence: Recurrence) -> None:
    start, end = (local(one, recurrence, is_all_day=event.is_all_day) for one in (event.start, event.end))
    day = first_day(recurrence)
    for _ in range(LOOKED_AT):
        following = day_after(recurrence, day) if day else None
        if day is None or following is None:
            return
        if following - day < end - start:
            raise time_span_too_big()
        day = following


def _own[Value](old: Mapping[str, Value], before: Mapping[str, Value], after: Mapping[str, Value]) -> dict[str, Value]:
    """Return hidden properties of an occurrence's own; what it only showed of its master's is not among them."""
    return {name: value for name, value in after.items() if name in old or before.get(name) != value}


def _parts(master: Event, one: Event) -> tuple[Series, date]:
    if master.series is None or one.slot is None:
        raise ValueError("an occurrence and its master are needed")
    return master.series, one.slot.day


def _recurring(master: Event) -> tuple[Series, Recurrence]:
    if master.series is None or master.series.recurrence is None:
        raise property_validation()
    return master.series, master.series.recurrence
