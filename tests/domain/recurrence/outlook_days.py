"""A second judge: the days of Outlook's patterns, laid out month by month, sharing nothing with the app but its values.

It knows what Exchange does with days that a month does not have (its last day instead), and nothing of RFC 5545.
"""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import islice, product

from shared_code.domain.recurrence import (
    AbsoluteMonthly,
    AbsoluteYearly,
    Daily,
    EndsOn,
    Numbered,
    Pattern,
    PatternedRecurrence,
    RelativeMonthly,
    RelativeYearly,
    Weekly,
)

type InMonth = AbsoluteMonthly | AbsoluteYearly | RelativeMonthly | RelativeYearly


def outlook_days(series: PatternedRecurrence, horizon: date) -> Iterator[date]:
    """Yield the days of the series up to the horizon."""
    last = min(horizon, series.range.last_day) if isinstance(series.range, EndsOn) else horizon
    most = series.range.occurrences if isinstance(series.range, Numbered) else None
    named = (day for day in _named(series.pattern, series.first_day, last) if series.first_day <= day <= last)
    return islice(named, most)


def _named(pattern: Pattern, first: date, last: date) -> Iterator[date]:
    if isinstance(pattern, Daily):
        for number in range(0, (last - first).days + 1, pattern.interval):
            yield first + timedelta(days=number)
    elif isinstance(pattern, Weekly):
        week = first - timedelta(days=(first.weekday() - pattern.first_day_of_week) % 7)
        while week <= last:
            yield from (day for n in range(7) if (day := week + timedelta(days=n)).weekday() in pattern.days)
            week += timedelta(days=7 * pattern.interval)
    else:
        for year, month in product(range(first.year, last.year + 1), range(1, 13)):
            months = (year - first.year) * 12 + month - first.month
            if months >= 0 and _is_month(pattern, year - first.year, months, month):
                yield _day_of_month(pattern, [date(year, month, n + 1) for n in range(monthrange(year, month)[1])])


def _is_month(pattern: InMonth, years: int, months: int, month: int) -> bool:
    if isinstance(pattern, AbsoluteYearly | RelativeYearly):
        return month == pattern.month and years % pattern.interval == 0
    return months % pattern.interval == 0


def _day_of_month(pattern: InMonth, days: list[date]) -> date:
    if isinstance(pattern, AbsoluteMonthly | AbsoluteYearly):
        return days[min(pattern.day, len(days)) - 1]
    fitting = [day for day in days if day.weekday() in pattern.days]
    return fitting[{"first": 0, "second": 1, "third": 2, "fourth": 3, "last": -1}[pattern.index]]
