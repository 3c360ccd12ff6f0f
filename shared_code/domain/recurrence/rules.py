"""A recurrence as RFC 5545 tells it, taken apart into values: the rule, its end, and the starts taken out of it."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import IntEnum, StrEnum


class Weekday(IntEnum):
    """A day of the week under its two-letter name in RFC 5545, numbered as Python's `date.weekday()`."""

    MO = 0
    TU = 1
    WE = 2
    TH = 3
    FR = 4
    SA = 5
    SU = 6

    @property
    def title(self) -> str:
        """The day's name in full."""
        return ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")[self]


ALL_DAYS = frozenset(Weekday)


class Frequency(StrEnum):
    """What a rule counts in; shorter units than days do not exist in an Outlook calendar."""

    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"
    YEARLY = "YEARLY"


@dataclass(frozen=True, slots=True, order=True)
class ByDay:
    """One value of BYDAY: a weekday, or with `nth` only the nth (from the end if negative) of its month."""

    weekday: Weekday
    nth: int | None = None

    def __str__(self) -> str:
        return f"{'' if self.nth is None else self.nth}{self.weekday.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A date, with no time of day."""

    day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Wall:
    """What the clocks of the series' own zone show (a naive time: it means nothing without that zone)."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Instant:
    """An instant, aware UTC."""

    at: datetime


type Moment = Day | Wall | Instant
"""A point in time in one of the three ways in which RFC 5545 writes one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """The series ends after so many occurrences, taken-out ones included."""

    occurrences: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Until:
    """No occurrence starts after this moment; a date includes the whole of that day."""

    moment: Moment


type End = Count | Until | None
"""How a rule ends; None for never."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One RRULE. Lists are sorted and free of repeats, so that equal rules compare equal."""

    frequency: Frequency
    interval: int = 1
    by_month: tuple[int, ...] = ()
    by_month_day: tuple[int, ...] = ()
    by_day: tuple[ByDay, ...] = ()
    by_set_pos: tuple[int, ...] = ()
    week_start: Weekday = Weekday.MO
    end: End = None

    @property
    def plain_days(self) -> frozenset[Weekday]:
        """The weekdays of BYDAY, whatever their ordinals."""
        return frozenset(by_day.weekday for by_day in self.by_day)

    @property
    def has_ordinals(self) -> bool:
        """Tell whether any value of BYDAY says which one of its month."""
        return any(by_day.nth is not None for by_day in self.by_day)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurrence:
    """A rule, and the original starts that are taken out of it (EXDATE)."""

    rule: Rule
    excluded: tuple[Moment, ...] = ()


def spelled_out(rule: Rule, start: date) -> Rule:
    """Return the rule with everything written into it that it leaves to the first day.

    Source: RFC 5545, 3.3.10: "information needed to complete the rule is taken from DTSTART".
    """
    if rule.by_day or rule.by_month_day:
        return rule
    match rule.frequency:
        case Frequency.DAILY:
            return rule
        case Frequency.WEEKLY:
            return replace(rule, by_day=(ByDay(Weekday(start.weekday())),))
        case Frequency.MONTHLY:
            return replace(rule, by_month_day=(start.day,))
        case Frequency.YEARLY:
            return replace(rule, by_month=rule.by_month or (start.month,), by_month_day=(start.day,))
