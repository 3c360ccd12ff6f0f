"""A recurrence as requests and answers hold it.

Source: Microsoft docs, resources/patternedrecurrence, resources/recurrencepattern, resources/recurrencerange,
concepts/outlook-schedule-recurring-events. What is used must be there, and what is not used is validated all the same.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sandbox.graph.errors import (
    end_date_too_big,
    no_occurrence,
    property_validation,
    undeserializable_body,
    unknown_property,
    unreadable_body,
)
from sandbox.graph.recurring.patterns import Pattern, Range, Recurrence
from sandbox.graph.wire.words import one_of
from sandbox.graph.wire.zones import Zone, zone_named

PATTERN_FIELDS = ("type", "interval", "month", "dayOfMonth", "daysOfWeek", "firstDayOfWeek", "index")
RANGE_FIELDS = ("type", "startDate", "endDate", "recurrenceTimeZone", "numberOfOccurrences")
NEEDS_DAYS = ("weekly", "relativeMonthly", "relativeYearly")
INDEXED = ("relativeMonthly", "relativeYearly")
NEEDS_DAY_OF_MONTH = ("absoluteMonthly", "absoluteYearly")
NEEDS_MONTH = ("absoluteYearly", "relativeYearly")
PLAIN_DATE = re.compile(r"\d{4}-\d\d-\d\d")
# Guessed; Outlook's own forms take no more.
LONGEST_INTERVAL = 999
# Source: EWS documentation, ErrorRecurrenceEndDateTooBig.
LAST_END_DATE = date(4500, 9, 1)
NO_DATE = "0001-01-01"
LEAP_YEAR = 2024


@dataclass(frozen=True, slots=True, kw_only=True)
class RecurrenceWish:
    """A recurrence that is asked for; without a zone it is meant in the event's."""

    pattern: Pattern
    range: Range
    zone: Zone | None


def read_recurrence(value: Any, *, every_iana_zone: bool, longest_count: int) -> RecurrenceWish | None:
    """Read a patternedRecurrence, or refuse it; null is none. A `longest_count` of 0 takes any count."""
    if value is None:
        return None
    given = _object("recurrence", value, ("pattern", "range"), "PatternedRecurrence")
    pattern = _object("pattern", given.get("pattern"), PATTERN_FIELDS, "RecurrencePattern")
    span = _object("range", given.get("range"), RANGE_FIELDS, "RecurrenceRange")
    zone_name = span.get("recurrenceTimeZone")
    if zone_name is not None and not isinstance(zone_name, str):
        raise unreadable_body("Cannot convert the value of 'recurrenceTimeZone' to the expected type 'Edm.String'.")
    return RecurrenceWish(
        pattern=_pattern(pattern),
        range=_range(span, longest_count),
        zone=zone_named(zone_name, every_iana=every_iana_zone) if zone_name else None,
    )


def written_recurrence(recurrence: Recurrence, zone_name: str) -> dict[str, Any]:
    """Return a recurrence as answers hold it: padded with zeros and defaults of what its kind does not use.

    Source: Microsoft docs, api/user-post-events (its answer). `daysOfWeek` of kinds that use none is missing: found.
    """
    pattern, span = recurrence.pattern, recurrence.range
    written: dict[str, Any] = {
        "type": pattern.kind,
        "interval": pattern.interval,
        "month": pattern.month,
        "dayOfMonth": pattern.day_of_month,
    }
    if pattern.days_of_week:
        written["daysOfWeek"] = list(pattern.days_of_week)
    return {
        "pattern": {**written, "firstDayOfWeek": pattern.first_day_of_week, "index": pattern.index},
        "range": {
            "type": span.kind,
            "startDate": span.start.isoformat(),
            "endDate": span.end.isoformat() if span.end else NO_DATE,
            "recurrenceTimeZone": zone_name,
            "numberOfOccurrences": span.number,
        },
    }


def _pattern(given: Mapping[str, Any]) -> Pattern:
    kind = one_of("recurrencePatternType", given.get("type"))
    days = _days(given.get("daysOfWeek"))
    day_of_month, month = _whole(given, "dayOfMonth", 0, 31), _whole(given, "month", 0, 12)
    first_day = one_of("dayOfWeek", given.get("firstDayOfWeek") or "sunday")
    index = one_of("weekIndex", given.get("index") or "first")
    interval = _whole(given, "interval", 1, LONGEST_INTERVAL)
    if (kind in NEEDS_DAYS and not days) or (kind in NEEDS_DAY_OF_MONTH and not day_of_month):
        raise property_validation()
    if kind in NEEDS_MONTH and not month:
        raise property_validation()
    if kind == "absoluteYearly" and day_of_month > calendar.monthrange(LEAP_YEAR, month)[1]:
        raise property_validation()
    return Pattern(
        kind=kind,
        interval=interval,
        days_of_week=days if kind in NEEDS_DAYS else (),
        first_day_of_week=first_day,
        index=index if kind in INDEXED else "first",
        day_of_month=day_of_month if kind in NEEDS_DAY_OF_MONTH else 0,
        month=month if kind in NEEDS_MONTH else 0,
    )


def _range(given: Mapping[str, Any], longest_count: int) -> Range:
    kind = one_of("recurrenceRangeType", given.get("type"))
    start, end = _date(given.get("startDate")), _date(given.get("endDate"))
    number = _whole(given, "numberOfOccurrences", 0, longest_count or None)
    if start is None or (kind == "numbered" and not number) or (kind == "endDate" and end is None):
        raise property_validation()
    if kind == "endDate" and end is not None:
        if end > LAST_END_DATE:
            raise end_date_too_big()
        if end < start:
            raise no_occurrence()
    return Range(
        kind=kind, start=start, end=end if kind == "endDate" else None, number=number if kind == "numbered" else 0
    )


def _object(name: str, value: Any, known: tuple[str, ...], kind: str) -> Mapping[str, Any]:
    if value is None:
        raise property_validation()
    if not isinstance(value, dict):
        raise unreadable_body(f"The property '{name}' must be an object.")
    for key in value:
        if "@" not in key and key not in known:
            raise unknown_property(key, f"Microsoft.OutlookServices.{kind}")
    return value


def _whole(given: Mapping[str, Any], name: str, least: int, most: int | None) -> int:
    value = given.get(name)
    if value is None:
        value = 0
    if isinstance(value, bool) or not isinstance(value, int):
        raise unreadable_body(f"Cannot convert the value of '{name}' to the expected type 'Edm.Int32'.")
    if value < least or (most is not None and value > most):
        raise property_validation()
    return value


def _days(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise unreadable_body("The property 'daysOfWeek' must be a collection.")
    return tuple(dict.fromkeys(one_of("dayOfWeek", one) for one in value))


def _date(value: Any) -> date | None:
    """Return a day; a time of day is no part of it."""
    if value in (None, NO_DATE):
        return None
    if not isinstance(value, str) or PLAIN_DATE.fullmatch(value) is None:
        raise undeserializable_body()
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise undeserializable_body() from None
