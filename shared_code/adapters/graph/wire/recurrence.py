"""Graph's patternedRecurrence as the pattern and range that Outlook holds, and back: pure.

Source: Microsoft docs, resources/recurrencepattern and resources/recurrencerange. Quirk: what comes back is padded with
the zeros and defaults of what its type does not use (api/user-post-events), so only what the type uses is read.
"""

from datetime import date
from typing import NotRequired, TypedDict

from shared_code.adapters.graph.wire.payloads import Recurrence, RecurrencePattern, RecurrenceRange
from shared_code.domain.recurrence import (
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
    Weekday,
    Weekly,
)

_INDEXES = {each.value: each for each in DayIndex}
_DAYS = {each.title.casefold(): each for each in Weekday}
_NO_YEAR = 1


class PatternBody(TypedDict):
    """How often, with the fields that the type uses and no others."""

    type: str
    interval: int
    month: NotRequired[int]
    dayOfMonth: NotRequired[int]
    daysOfWeek: NotRequired[list[str]]
    firstDayOfWeek: NotRequired[str]
    index: NotRequired[str]


class RangeBody(TypedDict):
    """For how long, likewise."""

    type: str
    startDate: str
    recurrenceTimeZone: str
    endDate: NotRequired[str]
    numberOfOccurrences: NotRequired[int]


class RecurrenceBody(TypedDict):
    """What makes an event a series. Quirk: Graph once wanted the pattern first (microsoft-graph-docs#11359)."""

    pattern: PatternBody
    range: RangeBody


def patterned_in(payload: Recurrence | None, first_day: date) -> PatternedRecurrence:
    """Return the pattern and range of a series that begins on a day; ValueError when they make no sense."""
    if payload is None or payload.pattern is None or payload.range is None:
        raise ValueError("no pattern or no range")
    return PatternedRecurrence(pattern=_pattern(payload.pattern), first_day=first_day, range=_range(payload.range))


def recurrence_body(patterned: PatternedRecurrence, zone: str) -> RecurrenceBody:
    """Return the recurrence to write, its dates meant in the zone."""
    span: RangeBody = {
        "type": "noEnd",
        "startDate": patterned.first_day.isoformat(),
        "recurrenceTimeZone": zone,
    }
    match patterned.range:
        case EndsOn(last_day=last_day):
            span["type"], span["endDate"] = "endDate", last_day.isoformat()
        case Numbered(occurrences=occurrences):
            span["type"], span["numberOfOccurrences"] = "numbered", occurrences
        case Endless():
            pass
    return {"pattern": _pattern_body(patterned.pattern), "range": span}


def _pattern(told: RecurrencePattern) -> Pattern:
    interval = told.interval or 0  # zero is refused, as is every other value that a pattern cannot have
    match (told.type or "").casefold():
        case "daily":
            return Daily(interval=interval)
        case "weekly":
            first = _weekday(told.first_day_of_week or "sunday")
            return Weekly(interval=interval, days=_days(told), first_day_of_week=first)
        case "absolutemonthly":
            return AbsoluteMonthly(interval=interval, day=told.day_of_month or 0)
        case "relativemonthly":
            return RelativeMonthly(interval=interval, days=_days(told), index=_index(told))
        case "absoluteyearly":
            return AbsoluteYearly(interval=interval, month=told.month or 0, day=told.day_of_month or 0)
        case "relativeyearly":
            return RelativeYearly(interval=interval, month=told.month or 0, days=_days(told), index=_index(told))
        case _:
            raise ValueError("no such pattern")


def _range(told: RecurrenceRange) -> Range:
    match (told.type or "").casefold():
        case "noend":
            return Endless()
        case "numbered":
            return Numbered(occurrences=told.number_of_occurrences or 0)
        case "enddate":
            last_day = date.fromisoformat((told.end_date or "")[:10])
            if last_day.year == _NO_YEAR:
                raise ValueError("a range that ends on no day")
            return EndsOn(last_day=last_day)
        case _:
            raise ValueError("no such range")


def _days(told: RecurrencePattern) -> frozenset[Weekday]:
    return frozenset(_weekday(word) for word in told.days_of_week or ())


def _weekday(word: str) -> Weekday:
    if word.casefold() not in _DAYS:
        raise ValueError("no such weekday")
    return _DAYS[word.casefold()]


def _index(told: RecurrencePattern) -> DayIndex:
    word = (told.index or "first").casefold()
    if word not in _INDEXES:
        raise ValueError("no such index")
    return _INDEXES[word]


def _pattern_body(pattern: Pattern) -> PatternBody:
    match pattern:
        case Daily():
            return {"type": "daily", "interval": pattern.interval}
        case Weekly():
            first = pattern.first_day_of_week.title.casefold()
            return {
                "type": "weekly", "interval": pattern.interval, "daysOfWeek": _names(pattern.days),
                "firstDayOfWeek": first,
            }  # fmt: skip
        case AbsoluteMonthly():
            return {"type": "absoluteMonthly", "interval": pattern.interval, "dayOfMonth": pattern.day}
        case RelativeMonthly():
            return {
                "type": "relativeMonthly", "interval": pattern.interval, "daysOfWeek": _names(pattern.days),
                "index": pattern.index.value,
            }  # fmt: skip
        case AbsoluteYearly():
            return {
                "type": "absoluteYearly", "interval": pattern.interval, "dayOfMonth": pattern.day,
                "month": pattern.month,
            }  # fmt: skip
        case RelativeYearly():
            return {
                "type": "relativeYearly", "interval": pattern.interval, "daysOfWeek": _names(pattern.days),
                "index": pattern.index.value, "month": pattern.month,
            }  # fmt: skip


def _names(days: frozenset[Weekday]) -> list[str]:
    return [day.title.casefold() for day in sorted(days)]
