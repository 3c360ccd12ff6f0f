"""Refusals: which part of a recurrence cannot be, why, and the nearest thing that can."""

from collections.abc import Iterable
from datetime import date, timedelta
from enum import StrEnum

from shared_code.domain.recurrence.rules import Frequency, Rule
from shared_code.domain.recurrence.slots import SeriesStart, describe


class At(StrEnum):
    """The field of the request that a refusal is about."""

    RECURRENCE = "Recurrence"
    START = "Start"


class RecurrenceRefused(ValueError):
    """A recurrence that is malformed, or that Outlook cannot hold exactly; its text is meant for who sent it."""

    def __init__(self, part: str, reason: str, instead: str, *, at: At = At.RECURRENCE) -> None:
        super().__init__(f"{part}: {reason}; {instead}.")
        self.part = part
        self.reason = reason
        self.instead = instead
        self.at = at


def too_rare(rule: Rule, longest: int) -> RecurrenceRefused:
    """Refuse an interval that Exchange has no room for."""
    instead = f"use INTERVAL=1 to {longest}"
    return RecurrenceRefused(
        f"INTERVAL={rule.interval}", f"Outlook knows no such interval with FREQ={rule.frequency}", instead
    )


def too_many(occurrences: int, most: int) -> RecurrenceRefused:
    """Refuse a count that Exchange has no room for."""
    reason = f"Outlook numbers at most {most} occurrences"
    return RecurrenceRefused(
        f"COUNT={occurrences}", reason, "end the series with UNTIL=, the date of its last occurrence"
    )


def ends_too_late(part: str, last_day: date) -> RecurrenceRefused:
    """Refuse an end that lies behind the end of Exchange's calendar."""
    reason = f"Outlook's calendar ends on {last_day.isoformat()}"
    return RecurrenceRefused(part, reason, f"leave {part} out for a series without end")


def lies_outside(part: str, first_day: date, last_day: date, *, at: At = At.RECURRENCE) -> RecurrenceRefused:
    """Refuse a moment that Exchange's calendar does not have."""
    reason = f"Outlook's calendar runs from {first_day.isoformat()} to {last_day.isoformat()}"
    instead = "use a day in it" if at is At.START else "use a day in it, or leave it out"
    return RecurrenceRefused(part, reason, instead, at=at)


def ends_before_it_starts(start: SeriesStart) -> RecurrenceRefused:
    """Refuse an end that leaves no occurrence."""
    reason = f"the series would end before its first occurrence on {describe(start)}"
    return RecurrenceRefused("UNTIL", reason, f"use UNTIL={start.day:%Y%m%d} or later, or leave it out")


def nothing_left() -> RecurrenceRefused:
    """Refuse a recurrence whose every occurrence is taken out."""
    reason = "it takes every occurrence out of the series"
    return RecurrenceRefused("EXDATE", reason, "leave one in, or delete the appointment")


def names_no_day(rule: Rule) -> RecurrenceRefused:
    """Refuse a rule that no month can meet."""
    parts = ";".join(part for part in (_month_part(rule), _month_days(rule), _days(rule), _places(rule)) if part)
    return RecurrenceRefused(
        parts, "no such day ever comes", "name a day that the month has, such as BYMONTHDAY=-1 for its last"
    )


def is_off_its_rule(start: SeriesStart, earlier: date | None, later: date | None) -> RecurrenceRefused:
    """Refuse a start that is no instance of its rule."""
    near = sorted((day for day in (earlier, later) if day), key=lambda day: (abs(day - start.day), day < start.day))
    words = [f"{day:%A}, {day.isoformat()}" for day in near]
    instead = f"the nearest start that is: {words[0]}" + (f"; on the other side: {words[1]}" if words[1:] else "")
    return RecurrenceRefused("Start", f"{describe(start)} is no day of the rule", instead, at=At.START)


def meets_short_months(rule: Rule, day: int, first: date) -> RecurrenceRefused:
    """Refuse a day from the 29th on that some month of the series does not have."""
    place = rule.by_month_day[0] if len(rule.by_month_day) == 1 else day
    part = ";".join(filter(None, (_month_part(rule), _month_days(rule), _places(rule))))
    reason = f"{first:%B %Y} has no day {place}; RFC 5545 skips it and Outlook would take its last day"
    month = f"{_month_part(rule)};" if rule.by_month else ""
    last_days = ",".join(map(str, range(28, day + 1)))
    ways = [f"use {month}BYMONTHDAY=-1 for the last day of the month"]
    if not rule.by_month and day < 31:
        ways.append(f"BYMONTHDAY={last_days};BYSETPOS=-1 for day {day} or the last of a shorter month")
    ways.append(f"or end the series before then (UNTIL={first - timedelta(days=1):%Y%m%d})")
    return RecurrenceRefused(part, reason, ", ".join(ways))


def why_no_places(rule: Rule) -> RecurrenceRefused:
    """Refuse BYSETPOS and ordinals where they have no meaning or Outlook no room for them."""
    frequency = rule.frequency.value
    if rule.has_ordinals:
        instead = "use FREQ=MONTHLY for the nth weekday of a month, or leave the number out"
        return RecurrenceRefused(
            _days(rule), f"a number before the weekday has no meaning with FREQ={frequency}", instead
        )
    reason = f"Outlook does not choose among the days of FREQ={frequency}"
    return RecurrenceRefused(_places(rule), reason, "leave it out and list the days you want in BYDAY")


def why_no_limit(part: str, rule: Rule) -> RecurrenceRefused:
    """Refuse a part that would thin out the days of a daily or weekly rule."""
    text = _days(rule) if part == "BYDAY" else _month_days(rule)
    if rule.frequency is Frequency.WEEKLY:
        reason, instead = "days of the month have no meaning with FREQ=WEEKLY", "use FREQ=MONTHLY, or BYDAY"
    elif part == "BYDAY":
        reason = f"Outlook does not count every {rule.interval} days and leave weekdays out"
        instead = f"use FREQ=WEEKLY;{text}, or FREQ=DAILY without BYDAY"
    else:
        reason = f"Outlook does not count every {rule.interval} days and leave days of the month out"
        instead = f"use FREQ=MONTHLY;{text}"
    return RecurrenceRefused(f"{text} with INTERVAL={rule.interval}" if rule.interval > 1 else text, reason, instead)


def why_no_months(rule: Rule) -> RecurrenceRefused:
    """Refuse months that Outlook has no room for."""
    part = _month_part(rule)
    if rule.frequency in (Frequency.DAILY, Frequency.WEEKLY):
        reason = f"Outlook does not limit FREQ={rule.frequency} to months"
        return RecurrenceRefused(
            part, reason, "leave it out and end the series with UNTIL, one series for each stretch"
        )
    apart = {
        (later - month) % 12 for month, later in zip(rule.by_month, (*rule.by_month[1:], rule.by_month[0]), strict=True)
    }
    instead = "send one series for each month"
    if len(apart) == 1 and rule.interval == 1:
        instead = f"use FREQ=MONTHLY;INTERVAL={apart.pop()} without BYMONTH"
    return RecurrenceRefused(part, "Outlook holds one month in a yearly series", instead)


def why_no_whole_year(rule: Rule) -> RecurrenceRefused:
    """Refuse days that are counted within a whole year."""
    if not rule.by_day:
        reason = "without BYMONTH these are days of all months of the year, and Outlook has no such pattern"
        return RecurrenceRefused(_month_days(rule), reason, "add the month, such as BYMONTH=1, or use FREQ=MONTHLY")
    reason = "Outlook counts weekdays within a month, not within a year"
    if not rule.has_ordinals and not rule.by_set_pos:
        return RecurrenceRefused(
            _days(rule), reason, f"use FREQ=WEEKLY;{_days(rule)}, or add the month and which one, such as 1MO"
        )
    return RecurrenceRefused(_days(rule), reason, "add the month and count within it, such as BYMONTH=5;BYDAY=3MO")


def why_no_one_day(rule: Rule) -> RecurrenceRefused:
    """Refuse days of a month that no single pattern of Outlook's names."""
    ordinals = sorted({by_day.nth for by_day in rule.by_day if by_day.nth is not None})
    if rule.by_month_day and rule.by_day:
        reason = "Outlook does not combine days of the month with weekdays"
        return RecurrenceRefused(f"{_month_days(rule)} with {_days(rule)}", reason, "send one of the two")
    if rule.by_set_pos:
        return _why_no_such_place(rule)
    if any(nth not in (1, 2, 3, 4, -1) for nth in ordinals):
        reason = "Outlook knows the first, second, third, fourth and last of a month"
        return RecurrenceRefused(
            _days(rule), reason, f"use 1, 2, 3, 4 or -1, such as BYDAY=-1{rule.by_day[0].weekday.name}"
        )
    if ordinals:
        each = " and ".join(f"BYDAY={by_day}" for by_day in rule.by_day)
        instead = f"send one series for each ({each})"
        if len(ordinals) == 1 and len(rule.by_day) > 1 and all(by_day.nth for by_day in rule.by_day):
            either = ",".join(by_day.weekday.name for by_day in rule.by_day)
            instead += f", or BYDAY={either};BYSETPOS={ordinals[0]} for the one day that is any of them"
        return RecurrenceRefused(_days(rule), "Outlook holds one such day in a month", instead)
    if rule.by_day:
        instead = f"say which one, such as BYDAY=1{rule.by_day[0].weekday.name}, or use FREQ=WEEKLY"
        return RecurrenceRefused(_days(rule), "this names several days of a month, and Outlook holds one", instead)
    return _why_no_such_day(rule)


def _why_no_such_place(rule: Rule) -> RecurrenceRefused:
    if len(rule.by_set_pos) > 1:
        instead = "send one series for each"
        return RecurrenceRefused(_places(rule), "Outlook holds one day in a month", instead)
    if rule.by_month_day:
        part = f"{_month_days(rule)};{_places(rule)}"
        reason = "Outlook holds one day of the month, the same in each"
        return RecurrenceRefused(part, reason, "use one BYMONTHDAY from 1 to 28, or -1 for the last")
    reason = "Outlook knows the first, second, third, fourth and last of a month"
    return RecurrenceRefused(_places(rule), reason, "use BYSETPOS=1, 2, 3, 4 or -1")


def _why_no_such_day(rule: Rule) -> RecurrenceRefused:
    if len(rule.by_month_day) > 1:
        each = " and ".join(f"BYMONTHDAY={day}" for day in rule.by_month_day)
        return RecurrenceRefused(
            _month_days(rule), "Outlook holds one day in a month", f"send one series for each ({each})"
        )
    reason = "Outlook counts the days of a month from its beginning, except the last"
    return RecurrenceRefused(_month_days(rule), reason, "use BYMONTHDAY=-1 for the last day, or a day from 1 to 28")


def _month_part(rule: Rule) -> str:
    return _part("BYMONTH", rule.by_month)


def _month_days(rule: Rule) -> str:
    return _part("BYMONTHDAY", rule.by_month_day)


def _days(rule: Rule) -> str:
    return _part("BYDAY", rule.by_day)


def _places(rule: Rule) -> str:
    return _part("BYSETPOS", rule.by_set_pos)


def _part(name: str, values: Iterable[object]) -> str:
    text = ",".join(map(str, values))
    return f"{name}={text}" if text else ""
