"""Which days of a month a monthly or yearly rule names, for every shape that a month can have."""

import calendar
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import product

from shared_code.domain.recurrence.rules import Rule, Weekday

_CYCLE = 4800
"""Months after which the Gregorian calendar repeats itself: 400 years."""


@dataclass(frozen=True, slots=True)
class MonthShape:
    """All that decides which days a rule names in a month: its length and the weekday that it begins with."""

    length: int
    first_weekday: Weekday

    def weekday(self, day: int) -> Weekday:
        """Return the weekday of a day of the month."""
        return Weekday((self.first_weekday + day - 1) % 7)


def shape_of(year: int, month: int) -> MonthShape:
    """Return the shape of one month."""
    first, length = calendar.monthrange(year, month)
    return MonthShape(length, Weekday(first))


def shapes_of(month: int | None) -> tuple[MonthShape, ...]:
    """Return every shape that the month (any month, if None) takes over the years."""
    if month is None:
        lengths: Iterable[int] = (28, 29, 30, 31)
    else:
        lengths = {calendar.monthrange(year, month)[1] for year in (2000, 2001)}
    return tuple(MonthShape(length, first) for length, first in product(lengths, Weekday))


def days_named(rule: Rule, shape: MonthShape) -> tuple[int, ...]:
    """Return the days of a month that BYMONTHDAY, BYDAY and BYSETPOS name together, as RFC 5545 counts them."""
    days = list(range(1, shape.length + 1))
    if rule.by_month_day:
        wanted = {day if day > 0 else shape.length + 1 + day for day in rule.by_month_day}
        days = [day for day in days if day in wanted]
    if rule.by_day:
        days = [day for day in days if _is_by_day(rule, shape, day)]
    if rule.by_set_pos:
        places = {place if place > 0 else len(days) + 1 + place for place in rule.by_set_pos}
        days = [day for place, day in enumerate(days, start=1) if place in places]
    return tuple(days)


def _is_by_day(rule: Rule, shape: MonthShape, day: int) -> bool:
    places = {None, (day - 1) // 7 + 1, -((shape.length - day) // 7 + 1)}
    weekday = shape.weekday(day)
    return any(by_day.weekday is weekday and by_day.nth in places for by_day in rule.by_day)


def names_day(rule: Rule, day: date) -> bool:
    """Tell whether a spelled-out monthly or yearly rule of interval 1 names that very day."""
    if rule.by_month and day.month not in rule.by_month:
        return False
    return day.day in days_named(rule, shape_of(day.year, day.month))


def months_from(first: date, step: int) -> Iterator[tuple[int, int, int]]:
    """Yield year, month and length of every `step`th month, until the calendar has shown all it has to show."""
    month = first.year * 12 + first.month - 1
    for _ in range(_CYCLE):
        year, index = divmod(month, 12)
        yield year, index + 1, calendar.monthrange(year, index + 1)[1]
        month += step
