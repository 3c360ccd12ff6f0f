"""What Outlook can hold: six patterns and three ranges, the same as Graph's, and the rule that each of them means."""

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from shared_code.domain.recurrence.rules import (
    ALL_DAYS,
    ByDay,
    Count,
    End,
    Frequency,
    Rule,
    Until,
    Weekday,
)
from shared_code.domain.recurrence.slots import SeriesStart, until_of

FIRST_DAY = date(1601, 1, 1)
"""The beginning of Exchange's calendar. Source: Microsoft docs, MS-OXOCAL 2.2.1.44.1."""
LAST_DAY = date(4500, 8, 31)
"""The end of Exchange's calendar, which stands for "never". Source: Microsoft docs, MS-OXOCAL 2.2.1.44.1."""


class DayIndex(StrEnum):
    """Which of the days that fit in a month."""

    FIRST = "first"
    SECOND = "second"
    THIRD = "third"
    FOURTH = "fourth"
    LAST = "last"

    @property
    def position(self) -> int:
        """The same as BYSETPOS says it."""
        return _POSITIONS[self]

    @property
    def day(self) -> int:
        """The day of an absolute pattern that means the same when all seven weekdays fit."""
        return 31 if self is DayIndex.LAST else self.position


_POSITIONS = {DayIndex.FIRST: 1, DayIndex.SECOND: 2, DayIndex.THIRD: 3, DayIndex.FOURTH: 4, DayIndex.LAST: -1}


def _check(interval: int, *, month: int = 1, day: int = 1, days: frozenset[Weekday] = ALL_DAYS) -> None:
    if interval < 1 or not 1 <= month <= 12 or not 1 <= day <= 31 or not days:
        raise ValueError(f"no such pattern: interval {interval}, month {month}, day {day}, days {sorted(days)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Daily:
    """Every so many days."""

    interval: int = 1

    def __post_init__(self) -> None:
        _check(self.interval)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weekly:
    """On these days of every so-manieth week; which days make a week depends on its first."""

    interval: int = 1
    days: frozenset[Weekday]
    first_day_of_week: Weekday = Weekday.SU

    def __post_init__(self) -> None:
        _check(self.interval, days=self.days)


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsoluteMonthly:
    """On this day of every so-manieth month.

    Quirk: in a month that is too short Exchange takes its last day, where RFC 5545 takes none.
    Source: Microsoft docs, EWS AbsoluteMonthlyRecurrence (DayOfMonth).
    """

    interval: int = 1
    day: int

    def __post_init__(self) -> None:
        _check(self.interval, day=self.day)


@dataclass(frozen=True, slots=True, kw_only=True)
class RelativeMonthly:
    """On the first, second, third, fourth or last day of a month that is any of these weekdays."""

    interval: int = 1
    days: frozenset[Weekday]
    index: DayIndex = DayIndex.FIRST

    def __post_init__(self) -> None:
        _check(self.interval, days=self.days)


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsoluteYearly:
    """On this day of this month; 29 February is the 28th in other years, as in AbsoluteMonthly."""

    interval: int = 1
    month: int
    day: int

    def __post_init__(self) -> None:
        _check(self.interval, month=self.month, day=self.day)


@dataclass(frozen=True, slots=True, kw_only=True)
class RelativeYearly:
    """On the first, second, third, fourth or last day of this month that is any of these weekdays."""

    interval: int = 1
    month: int
    days: frozenset[Weekday]
    index: DayIndex = DayIndex.FIRST

    def __post_init__(self) -> None:
        _check(self.interval, month=self.month, days=self.days)


type Pattern = Daily | Weekly | AbsoluteMonthly | RelativeMonthly | AbsoluteYearly | RelativeYearly


@dataclass(frozen=True, slots=True, kw_only=True)
class Endless:
    """The series never ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndsOn:
    """No occurrence starts after this day of the series' zone."""

    last_day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered:
    """The series has so many occurrences, deleted ones included."""

    occurrences: int

    def __post_init__(self) -> None:
        if self.occurrences < 1:
            raise ValueError(f"no such range: {self.occurrences} occurrences")


type Range = Endless | EndsOn | Numbered


@dataclass(frozen=True, slots=True, kw_only=True)
class PatternedRecurrence:
    """A pattern and its range; `first_day` is the date of the start of the series in its own zone."""

    pattern: Pattern
    first_day: date
    range: Range


def rule_of(patterned: PatternedRecurrence, start: SeriesStart) -> Rule:
    """Return the rule that names exactly the days of the pattern, its end in the zone of the start."""
    return replace(_endless_rule_of(patterned.pattern), end=_end_of(patterned.range, start))


def _end_of(until: Range, start: SeriesStart) -> End:
    match until:
        case Numbered():
            return Count(occurrences=until.occurrences)
        case EndsOn() if until.last_day < LAST_DAY:
            return Until(moment=until_of(start, until.last_day))
        case EndsOn() | Endless():
            return None


def _endless_rule_of(pattern: Pattern) -> Rule:
    match pattern:
        case Daily():
            return Rule(frequency=Frequency.DAILY, interval=pattern.interval)
        case Weekly():
            days = tuple(ByDay(day) for day in sorted(pattern.days))
            first = pattern.first_day_of_week
            return Rule(frequency=Frequency.WEEKLY, interval=pattern.interval, by_day=days, week_start=first)
        case AbsoluteMonthly():
            return _absolute(Rule(frequency=Frequency.MONTHLY, interval=pattern.interval), pattern.day, shortest=28)
        case AbsoluteYearly():
            rule = Rule(frequency=Frequency.YEARLY, interval=pattern.interval, by_month=(pattern.month,))
            shortest, longest = _LENGTHS.get(pattern.month, (31, 31))
            return _absolute(rule, min(pattern.day, longest), shortest=shortest)
        case RelativeMonthly() if pattern.days == ALL_DAYS:
            return _endless_rule_of(AbsoluteMonthly(interval=pattern.interval, day=pattern.index.day))
        case RelativeMonthly():
            rule = Rule(frequency=Frequency.MONTHLY, interval=pattern.interval)
            return _relative(rule, pattern.days, pattern.index)
        case RelativeYearly() if pattern.days == ALL_DAYS:
            day = pattern.index.day
            return _endless_rule_of(AbsoluteYearly(interval=pattern.interval, month=pattern.month, day=day))
        case RelativeYearly():
            rule = Rule(frequency=Frequency.YEARLY, interval=pattern.interval, by_month=(pattern.month,))
            return _relative(rule, pattern.days, pattern.index)


_LENGTHS = {2: (28, 29), 4: (30, 30), 6: (30, 30), 9: (30, 30), 11: (30, 30)}


def _absolute(rule: Rule, day: int, *, shortest: int) -> Rule:
    if day <= shortest:
        return replace(rule, by_month_day=(day,))
    return replace(rule, by_month_day=tuple(range(shortest, day + 1)), by_set_pos=(-1,))


def _relative(rule: Rule, days: frozenset[Weekday], index: DayIndex) -> Rule:
    if len(days) == 1:
        return replace(rule, by_day=tuple(ByDay(day, index.position) for day in days))
    return replace(rule, by_day=tuple(ByDay(day) for day in sorted(days)), by_set_pos=(index.position,))
