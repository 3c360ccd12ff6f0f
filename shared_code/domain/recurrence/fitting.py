"""Which pattern of Outlook's names exactly the days of a rule, if any does."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from math import gcd

from shared_code.domain.recurrence.instances import days
from shared_code.domain.recurrence.months import MonthShape, days_named, months_from, names_day, shapes_of
from shared_code.domain.recurrence.patterns import (
    FIRST_DAY,
    LAST_DAY,
    AbsoluteMonthly,
    AbsoluteYearly,
    Daily,
    DayIndex,
    Endless,
    EndsOn,
    Numbered,
    Pattern,
    PatternedRecurrence,
    Range,
    RelativeMonthly,
    RelativeYearly,
    Weekly,
)
from shared_code.domain.recurrence.refusals import (
    At,
    ends_before_it_starts,
    ends_too_late,
    is_off_its_rule,
    lies_outside,
    meets_short_months,
    names_no_day,
    too_many,
    too_rare,
    why_no_limit,
    why_no_months,
    why_no_one_day,
    why_no_places,
    why_no_whole_year,
)
from shared_code.domain.recurrence.rules import ALL_DAYS, ByDay, Count, Frequency, Rule, Weekday, spelled_out
from shared_code.domain.recurrence.slots import SeriesStart, last_day_until

MOST_OCCURRENCES = 999
"""Source: Microsoft docs, EWS NumberOfOccurrences."""
LONGEST_INTERVALS = {Frequency.DAILY: 999, Frequency.WEEKLY: 99, Frequency.MONTHLY: 99, Frequency.YEARLY: 99}
"""Source: Microsoft docs, EWS DailyRecurrence, WeeklyRecurrence, AbsoluteMonthlyRecurrence; not those of years."""
_FARTHEST = 366 * 8 + 2
"""Days within which every rule that names a day at all names one: 29 February can be eight years away."""


def fit(rule: Rule, start: SeriesStart) -> PatternedRecurrence:
    """Return the pattern and range that name exactly the days of the rule, or raise RecurrenceRefused.

    Safety: never a pattern that is nearly right; the rep would be sent to a lead on the wrong day.
    """
    if not FIRST_DAY <= start.day < LAST_DAY:
        raise lies_outside("Start", FIRST_DAY, LAST_DAY, at=At.START)
    longest = LONGEST_INTERVALS[rule.frequency]
    if rule.interval > longest:
        raise too_rare(rule, longest)
    until = _range(rule, start)
    pattern = _FITTERS[rule.frequency](spelled_out(rule, start.day), start, until)
    if isinstance(until, Numbered):
        there = sum(1 for _ in days(rule, start, start.day, LAST_DAY))
        if there < until.occurrences:
            raise ends_too_late("COUNT", LAST_DAY)
    return PatternedRecurrence(pattern=pattern, first_day=start.day, range=until)


def _range(rule: Rule, start: SeriesStart) -> Range:
    if rule.end is None:
        return Endless()
    if isinstance(rule.end, Count):
        if rule.end.occurrences > MOST_OCCURRENCES:
            raise too_many(rule.end.occurrences, MOST_OCCURRENCES)
        return Numbered(occurrences=rule.end.occurrences)
    last = last_day_until(start, rule.end.moment)
    if last >= LAST_DAY:
        raise ends_too_late("UNTIL", LAST_DAY)
    if last < start.day:
        raise ends_before_it_starts(start)
    return EndsOn(last_day=last)


def _daily(rule: Rule, start: SeriesStart, until: Range) -> Pattern:
    if rule.by_month:
        raise why_no_months(rule)
    if rule.has_ordinals or rule.by_set_pos:
        raise why_no_places(rule)
    if rule.by_month_day and rule.interval == 1:
        return _monthly(replace(rule, frequency=Frequency.MONTHLY), start, until)
    if rule.by_month_day:
        raise why_no_limit("BYMONTHDAY", rule)
    if rule.plain_days in (frozenset(), ALL_DAYS):
        return Daily(interval=rule.interval)
    if rule.interval > 1:
        raise why_no_limit("BYDAY", rule)
    return _weekly(replace(rule, frequency=Frequency.WEEKLY), start, until)


def _weekly(rule: Rule, start: SeriesStart, _until: Range) -> Pattern:
    if rule.by_month:
        raise why_no_months(rule)
    if rule.by_month_day:
        raise why_no_limit("BYMONTHDAY", rule)
    if rule.has_ordinals or rule.by_set_pos:
        raise why_no_places(rule)
    _refuse_unless(lambda day: day.weekday() in rule.plain_days, start)
    return Weekly(interval=rule.interval, days=rule.plain_days, first_day_of_week=rule.week_start)


def _monthly(rule: Rule, start: SeriesStart, until: Range) -> Pattern:
    if len(rule.by_month) > 1:
        raise why_no_months(rule)
    if rule.by_month:
        # Every so-manieth month, but only when it is this one: that is this month of every so-manieth year.
        years = rule.interval // gcd(rule.interval, 12)
        return _in_one_month(replace(rule, frequency=Frequency.YEARLY, interval=years), start, until)
    if rule.by_day and not (rule.has_ordinals or rule.by_set_pos or rule.by_month_day) and rule.interval == 1:
        # Every Monday of every month is every Monday.
        return _weekly(replace(rule, frequency=Frequency.WEEKLY), start, until)
    return _in_one_month(rule, start, until)


def _yearly(rule: Rule, start: SeriesStart, until: Range) -> Pattern:
    if len(rule.by_month) > 1:
        raise why_no_months(rule)
    if rule.by_month:
        return _in_one_month(rule, start, until)
    if rule.by_day or rule.by_set_pos or rule.interval > 1:
        raise why_no_whole_year(rule)
    # RFC 5545 expands BYMONTHDAY over all the months of the year.
    return _monthly(replace(rule, frequency=Frequency.MONTHLY), start, until)


_FITTERS: dict[Frequency, Callable[[Rule, SeriesStart, Range], Pattern]] = {
    Frequency.DAILY: _daily,
    Frequency.WEEKLY: _weekly,
    Frequency.MONTHLY: _monthly,
    Frequency.YEARLY: _yearly,
}


def _in_one_month(rule: Rule, start: SeriesStart, until: Range) -> Pattern:
    """Fit a rule that names its days month by month, in every month or in one month of the year."""
    shapes = shapes_of(rule.by_month[0] if rule.by_month else None)
    if rule.has_ordinals and any(by_day.nth is None for by_day in rule.by_day):
        raise why_no_one_day(rule)
    if not any(days_named(rule, shape) for shape in shapes):
        raise names_no_day(rule)
    pattern = _placed(rule, shapes)
    if pattern is None:
        return _clamped(rule, shapes, start, until)
    _refuse_unless(lambda day: names_day(rule, day), start)
    return pattern


def _clamped(rule: Rule, shapes: Sequence[MonthShape], start: SeriesStart, until: Range) -> Pattern:
    """Fit a rule that skips short months, where Outlook would not, if its series never comes upon one."""
    day = _clamped_day(rule, shapes)
    if day is None:
        raise why_no_one_day(rule)
    _refuse_unless(lambda other: names_day(rule, other), start)
    short = _first_short_month(rule, day, start.day, until)
    if short is not None:
        raise meets_short_months(rule, day, short)
    return _absolute(rule, day)


def _absolute(rule: Rule, day: int) -> Pattern:
    if rule.by_month:
        return AbsoluteYearly(interval=rule.interval, month=rule.by_month[0], day=day)
    return AbsoluteMonthly(interval=rule.interval, day=day)


def _placed(rule: Rule, shapes: Sequence[MonthShape]) -> Pattern | None:
    """Return the pattern whose day is the rule's in every shape of month, or None."""
    named = [days_named(rule, shape) for shape in shapes]
    for day in range(1, 32):
        if all(days == (min(day, shape.length),) for days, shape in zip(named, shapes, strict=True)):
            return _absolute(rule, day)
    weekdays = rule.plain_days
    for index in DayIndex if weekdays else ():
        relative = Rule(
            frequency=rule.frequency,
            by_day=tuple(ByDay(weekday) for weekday in weekdays),
            by_set_pos=(index.position,),
        )
        if all(days == days_named(relative, shape) for days, shape in zip(named, shapes, strict=True)):
            if rule.by_month:
                month = rule.by_month[0]
                return RelativeYearly(interval=rule.interval, month=month, days=weekdays, index=index)
            return RelativeMonthly(interval=rule.interval, days=weekdays, index=index)
    return None


def _clamped_day(rule: Rule, shapes: Sequence[MonthShape]) -> int | None:
    """Return the day that an absolute pattern would need if the rule differs from it only in naming no short months."""
    if rule.plain_days not in (frozenset(), ALL_DAYS):
        return None
    for day in (29, 30, 31):
        if all(days_named(rule, shape) in ((), (min(day, shape.length),)) for shape in shapes):
            return day
    return None


def _first_short_month(rule: Rule, day: int, first: date, until: Range) -> date | None:
    """Return the first month of the series in which Outlook has an occurrence and RFC 5545 none, or None."""
    step = rule.interval * (12 if rule.by_month else 1)
    for number, (year, month, length) in enumerate(months_from(first, step)):
        if year > LAST_DAY.year or (isinstance(until, Numbered) and number >= until.occurrences):
            return None
        if isinstance(until, EndsOn) and date(year, month, min(day, length)) > until.last_day:
            return None
        if not days_named(rule, MonthShape(length, Weekday.MO)):
            return date(year, month, 1)
    return None


def _refuse_unless(names: Callable[[date], bool], start: SeriesStart) -> None:
    """Refuse a start that the rule does not name, with the days around it that it does.

    Outlook would begin with the next such day, and RFC 5545 would count the start itself.
    """
    if names(start.day):
        return
    around = range(1, _FARTHEST)
    later = next((day for day in (start.day + timedelta(days=n) for n in around) if names(day)), None)
    earlier = next((day for day in (start.day - timedelta(days=n) for n in around) if names(day)), None)
    raise is_off_its_rule(start, earlier, later)
