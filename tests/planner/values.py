"""What one side says of an appointment, short enough to be printed, and how it is compared: by its own reading."""

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from shared_code.domain.appointments import ShowAs
from shared_code.domain.recurrence import read
from shared_code.domain.schedules import AllDay, Once, Schedule, Series, Timed
from shared_code.domain.series import series_of

FIRST_DAY = date(2026, 12, 1)
TEN = datetime(2026, 12, 1, 10, tzinfo=UTC)
MAILBOX_REMINDER = 15
DEFAULT_REMINDER = -1
"""The reminder of somebody who leaves it to the mailbox."""

TIMES = ("start", "end", "all_day", "rule")
TEXTS = ("subject", "body", "location")
"""The fields that a busy mask hides."""

FIELDS = ("subject", "body", *TIMES, "location", "show_as", "private")
"""Every field that both sides have, by our own names; the reminder is Outlook's alone."""


def _rule(repeats: str, day: date) -> str:
    if repeats == "daily":
        return "FREQ=DAILY"
    if repeats == "weekly":
        return f"FREQ=WEEKLY;BYDAY={f'{day:%a}'[:2].upper()}"
    return f"FREQ=MONTHLY;BYMONTHDAY={day.day}"


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """When something is: minutes after ten on the first of December, or days after it.

    `repeats` daily, weekly or monthly, so many `times`; `out` are the numbers of the occurrences taken out.
    """

    start: int = 0
    end: int = 30
    all_day: bool = False
    repeats: str = ""
    times: int = 6
    zone: str = "UTC"
    out: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What one side says of an appointment; a reminder of None is none at all."""

    subject: str = "Call"
    body: str = "Bring the offer."
    when: When = When()
    location: str = "Office"
    show_as: ShowAs = ShowAs.BUSY
    private: bool = False
    reminder: int | None = 10


def once_of(when: When) -> Once:
    """Return its first occurrence."""
    if when.all_day:
        return AllDay(first_day=FIRST_DAY + timedelta(days=when.start), day_after=FIRST_DAY + timedelta(days=when.end))
    zone = when.zone if when.repeats else None
    return Timed(start_at=TEN + timedelta(minutes=when.start), end_at=TEN + timedelta(minutes=when.end), zone=zone)


@lru_cache(maxsize=200_000)
def schedule_of(when: When) -> Schedule:
    """Return it as the domain has it."""
    if not when.repeats:
        return once_of(when)
    whole = _series(replace(when, out=()))
    days = [day_number(when, number) for number in when.out]
    return replace(whole, removed=frozenset(days))


@lru_cache(maxsize=200_000)
def _series(when: When) -> Series:
    first = once_of(when)
    day = first.first_day if isinstance(first, AllDay) else first.start_at.astimezone(ZoneInfo(when.zone)).date()
    return series_of(first, read((f"RRULE:{_rule(when.repeats, day)};COUNT={when.times}",)))


def day_number(when: When, number: int) -> date:
    """Return the day of an occurrence, counted by our own hand."""
    first = once_of(when)
    day = first.first_day if isinstance(first, AllDay) else first.start_at.astimezone(ZoneInfo(when.zone)).date()
    if when.repeats == "monthly":
        months = day.month - 1 + number
        return day.replace(year=day.year + months // 12, month=months % 12 + 1)
    return day + timedelta(days=number * (7 if when.repeats == "weekly" else 1))


def days_of(when: When) -> frozenset[date]:
    """Return the days of a series, those taken out among them."""
    return frozenset(day_number(when, number) for number in range(when.times)) if when.repeats else frozenset()


def times_in(schedule: Schedule) -> dict[str, str]:
    """Return a schedule by field."""
    rule = ""
    if isinstance(schedule, Series):
        first = schedule.first
        rule = schedule.rule if isinstance(first, AllDay) else f"{first.zone or 'UTC'} {schedule.rule}"
    else:
        first = schedule
    if isinstance(first, AllDay):
        start, end = first.first_day.isoformat(), first.day_after.isoformat()
        return {"start": start, "end": end, "all_day": "True", "rule": rule}
    return {"start": f"{first.start_at:%d %H:%M}", "end": f"{first.end_at:%d %H:%M}", "all_day": "False", "rule": rule}


type View = dict[str, str]


@lru_cache(maxsize=50_000)
def _view_of(said: Said) -> tuple[tuple[str, str], ...]:
    times = times_in(schedule_of(said.when))
    view = {"subject": said.subject, "body": said.body, "location": said.location, **times}
    return tuple({**view, "show_as": said.show_as.value, "private": str(said.private)}.items())


def view_of(said: Said) -> View:
    """Return what is said by field, in texts that can be compared."""
    return dict(_view_of(said))


def days_out(schedule: Schedule) -> frozenset[date]:
    """Return the days taken out."""
    return schedule.removed if isinstance(schedule, Series) else frozenset()


_LINK = re.compile(r"<a [^>]*>\s*show lead\s*</a>", re.IGNORECASE)
_TAGS = re.compile(r"<[^>]*>")


def links_in(markup: str) -> int:
    """Count the links to the lead."""
    return len(_LINK.findall(markup))


def words_in(markup: str) -> str:
    """Return what a reader sees of a body, without the link to the lead."""
    return " ".join(_TAGS.sub(" ", _LINK.sub(" ", markup)).split())
