"""What a recurrence says, and the days it means: the six patterns and three ranges, as Exchange reads them.

Source: Microsoft docs, resources/recurrencepattern, resources/recurrencerange,
concepts/outlook-schedule-recurring-events. Nothing here was checked against the real service.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import count, islice

from sandbox.graph.wire.zones import Zone

# In the order of Graph's own enumeration, which begins with Sunday.
WEEK = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
INDEXES = ("first", "second", "third", "fourth", "last")
UNENDING = date.max


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """How often; only what the kind uses is kept, the rest has its neutral value."""

    kind: str
    interval: int
    days_of_week: tuple[str, ...] = ()
    first_day_of_week: str = "sunday"
    index: str = "first"
    day_of_month: int = 0
    month: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """From when, and for how long."""

    kind: str
    start: date
    end: date | None = None
    number: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurrence:
    """A pattern, its range, and the zone whose calendar both are meant in."""

    pattern: Pattern
    range: Range
    zone: Zone


def days(recurrence: Recurrence, first: date, last: date) -> Iterator[date]:
    """Return the days of a recurrence from one day to another, both included; the cost is that of the span."""
    for day in _unended(recurrence.pattern, recurrence.range.start, max(first, recurrence.range.start)):
        if day > min(last, last_day(recurrence)):
            return
        if day >= first:
            yield day


def is_day(recurrence: Recurrence, day: date) -> bool:
    """Say whether the recurrence has this day."""
    return any(days(recurrence, day, day))


def first_day(recurrence: Recurrence) -> date | None:
    """Return the first day; it may be later than the range's start. None when there is no day at all."""
    return day_after(recurrence, recurrence.range.start - timedelta(days=1))


def day_after(recurrence: Recurrence, day: date) -> date | None:
    """Return the next day of the recurrence after one."""
    return next(days(recurrence, day + timedelta(days=1), UNENDING), None)


def day_before(recurrence: Recurrence, day: date) -> date | None:
    """Return the last day of the recurrence before one."""
    start, reach = recurrence.range.start, 40
    while day > start:
        earliest = day - timedelta(days=min(reach, (day - start).days))
        found = list(days(recurrence, earliest, day - timedelta(days=1)))
        if found:
            return found[-1]
        if earliest == start:
            break
        reach *= 4
    return None


@lru_cache(maxsize=4096)
def last_day(recurrence: Recurrence) -> date:
    """Return a day after which nothing comes."""
    if recurrence.range.kind == "endDate" and recurrence.range.end is not None:
        return recurrence.range.end
    if recurrence.range.kind == "numbered":
        start = recurrence.range.start
        counted = list(islice(_unended(recurrence.pattern, start, start), recurrence.range.number))
        return counted[-1] if counted else start - timedelta(days=1)
    return UNENDING


def _unended(pattern: Pattern, start: date, wanted: date) -> Iterator[date]:
    """Return the days of a pattern that began at `start`, beginning not later than at `wanted`, for ever."""
    skipped = _periods_between(pattern, start, wanted)
    for number in count(max(0, skipped)):
        try:
            period = _days_of_period(pattern, start, number * pattern.interval)
        except (OverflowError, ValueError):
            # The calendar ends with the year 9999.
            return
        yield from (day for day in period if day >= start)


def _periods_between(pattern: Pattern, start: date, wanted: date) -> int:
    match pattern.kind:
        case "daily":
            distance = (wanted - start).days
        case "weekly":
            distance = (wanted - _week_of(start, pattern.first_day_of_week)).days // 7
        case "absoluteMonthly" | "relativeMonthly":
            distance = _months(wanted) - _months(start)
        case _:
            distance = wanted.year - start.year
    return distance // pattern.interval


def _days_of_period(pattern: Pattern, start: date, distance: int) -> list[date]:
    """Return the days of the day, week, month or year that is so far from the one of the start."""
    match pattern.kind:
        case "daily":
            return [start + timedelta(days=distance)]
        case "weekly":
            week = _week_of(start, pattern.first_day_of_week) + timedelta(weeks=distance)
            return [
                day for day in (week + timedelta(days=one) for one in range(7)) if _name(day) in pattern.days_of_week
            ]
        case "absoluteMonthly":
            return [_in_month(pattern.day_of_month, *_month_after(start, distance))]
        case "relativeMonthly":
            return [_indexed(pattern, *_month_after(start, distance))]
        case "absoluteYearly":
            return [_in_month(pattern.day_of_month, start.year + distance, pattern.month)]
        case _:
            return [_indexed(pattern, start.year + distance, pattern.month)]


def _week_of(day: date, first_day: str) -> date:
    return day - timedelta(days=(WEEK.index(_name(day)) - WEEK.index(first_day)) % 7)


def _name(day: date) -> str:
    return WEEK[day.isoweekday() % 7]


def _months(day: date) -> int:
    return day.year * 12 + day.month - 1


def _month_after(day: date, distance: int) -> tuple[int, int]:
    year, month = divmod(_months(day) + distance, 12)
    return year, month + 1


def _in_month(day_of_month: int, year: int, month: int) -> date:
    """Return a day of a month; a short month has it on its last day.

    Quirk: Exchange does not skip months that have no 29th, 30th or 31st, nor years without a 29th of February, as
    RFC 5545 does. General knowledge, never checked.
    """
    return date(year, month, min(day_of_month, calendar.monthrange(year, month)[1]))


def _indexed(pattern: Pattern, year: int, month: int) -> date:
    """Return the first, second and so on of all days of the month that are any of the pattern's days of the week."""
    found = [
        day
        for day in (date(year, month, one) for one in range(1, calendar.monthrange(year, month)[1] + 1))
        if _name(day) in pattern.days_of_week
    ]
    return found[-1] if pattern.index == "last" else found[INDEXES.index(pattern.index)]
