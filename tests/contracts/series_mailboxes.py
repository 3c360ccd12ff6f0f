"""A mailbox as the suite of series sees it: the app's calendar, and what its owner does to series in Outlook."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import pytest

from shared_code.domain.events import CalendarEvent
from shared_code.domain.identifiers import EventId
from shared_code.domain.recurrence import Weekday, read
from shared_code.domain.schedules import AllDay, Once, Series, Timed, Window, widest_instants
from shared_code.domain.series import series_of
from shared_code.domain.zones import instant_of
from shared_code.use_cases.ports import Calendar
from tests.contracts.mailboxes import a_fake_mailbox, a_simulated_mailbox
from tests.control import Control, Rep
from tests.fakes.calendar import FakeCalendar

SORTS = ("fake", "fake, otherwise", "graph", "graph, otherwise")
BERLIN = ZoneInfo("Europe/Berlin")
FIRST_DAY = date(2026, 10, 5)
AUTUMN = Window(start_at=datetime(2026, 9, 1, tzinfo=UTC), end_at=datetime(2027, 1, 1, tzinfo=UTC))
USUAL = {"exception_id": "kept", "occurrences_show_extensions": "yes", "expanded_exceptions": "all",
         "recurrence_zone_of_all_day": "told", "iana_zone_stored": "as-sent"}  # fmt: skip
OTHERWISE = {"exception_id": "changed", "occurrences_show_extensions": "no", "expanded_exceptions": "20",
             "recurrence_zone_of_all_day": "empty", "iana_zone_stored": "windows"}  # fmt: skip


class Owner(Protocol):
    """What the owner of a mailbox does to series; a `count` of None is a series without an end."""

    def add_weekly(self, subject: str, first: Once, count: int | None) -> EventId: ...
    def add_unreadable(self) -> EventId: ...
    def move(self, master: EventId, day: date, schedule: Timed) -> None: ...
    def rename(self, master: EventId, day: date, subject: str) -> None: ...
    def delete(self, master: EventId, day: date) -> None: ...
    def call_off(self, master: EventId, day: date) -> None: ...
    def split(self, master: EventId, day: date, subject: str) -> EventId: ...
    def make_daily(self, master: EventId, first: Timed) -> None: ...


@dataclass(frozen=True, kw_only=True)
class SeriesMailbox:
    """One mailbox from both sides; `shows_marks`: whether occurrences show the extension of their series."""

    calendar: Calendar
    owner: Owner
    shows_marks: bool = True


class FakeOwner:
    """The owner of a fake mailbox."""

    def __init__(self, calendar: FakeCalendar) -> None:
        self._calendar = calendar

    def add_weekly(self, subject: str, first: Once, count: int | None) -> EventId:
        rule = "RRULE:FREQ=WEEKLY" + (f";COUNT={count}" if count else "")
        return self._calendar.add_series_by_hand(first, rule, subject=subject).id

    def add_unreadable(self) -> EventId:
        event = self._calendar.add_by_hand(subject="Nobody knows when")
        self._calendar.garble_by_hand(event.id)
        return event.id

    def move(self, master: EventId, day: date, schedule: Timed) -> None:
        self._calendar.change_occurrence_by_hand(master, day, schedule=schedule)

    def rename(self, master: EventId, day: date, subject: str) -> None:
        self._calendar.change_occurrence_by_hand(master, day, subject=subject)

    def delete(self, master: EventId, day: date) -> None:
        self._calendar.delete_occurrence_by_hand(master, day)

    def call_off(self, master: EventId, day: date) -> None:
        self._calendar.change_occurrence_by_hand(master, day, is_cancelled=True)

    def split(self, master: EventId, day: date, subject: str) -> EventId:
        return self._calendar.split_by_hand(master, day, subject=subject)[1].id

    def make_daily(self, master: EventId, first: Timed) -> None:
        self._calendar.change_rule_by_hand(master, "RRULE:FREQ=DAILY", first=first)


class SandboxOwner:
    """The owner of a simulated mailbox, through the control plane."""

    def __init__(self, control: Control, rep: Rep) -> None:
        self._control = control
        self._rep = rep

    def add_weekly(self, subject: str, first: Once, count: int | None) -> EventId:
        times = _times(first)
        weekday = Weekday(date.fromisoformat(times["Start"][:10]).weekday()).title
        recurrence: dict[str, Any] = {"Pattern": {"Type": "weekly", "DaysOfWeek": [weekday]}}
        if count:
            recurrence["Range"] = {"Type": "numbered", "NumberOfOccurrences": count}
        return self._add({"Subject": subject, **times, "Recurrence": recurrence})

    def add_unreadable(self) -> EventId:
        custom = "tzone://Microsoft/Custom"
        return self._add(
            {
                "Subject": "Nobody knows when",
                "Start": "2026-10-05T09:00:00",
                "End": "2026-10-05T10:00:00",
                "Recurrence": {"Pattern": {"Type": "daily"}},
                "RecurrenceTimeZone": custom,
                "OriginalStartTimeZone": custom,
            }
        )

    def move(self, master: EventId, day: date, schedule: Timed) -> None:
        self._change(master, day, **_times(schedule))

    def rename(self, master: EventId, day: date, subject: str) -> None:
        self._change(master, day, Subject=subject)

    def delete(self, master: EventId, day: date) -> None:
        self._control.call("DELETE", f"graph/events/{master}/occurrences/{day}")

    def call_off(self, master: EventId, day: date) -> None:
        self._change(master, day, IsCancelled=True)

    def split(self, master: EventId, day: date, subject: str) -> EventId:
        order = {"At": day.isoformat(), "Subject": subject}
        return EventId(self._control.call("POST", f"graph/events/{master}/split", order)["After"]["Id"])

    def make_daily(self, master: EventId, first: Timed) -> None:
        recurrence = {"Recurrence": {"Pattern": {"Type": "daily"}}}
        self._control.call("PATCH", f"graph/events/{master}", {**_times(first), **recurrence})

    def _add(self, event: dict[str, Any]) -> EventId:
        return EventId(self._control.call("POST", "graph/events", {"Upn": self._rep.upn, "Event": event})["Id"])

    def _change(self, master: EventId, day: date, **said: Any) -> None:
        self._control.call("PATCH", f"graph/events/{master}/occurrences/{day}", said)


@contextmanager
def a_series_mailbox(sort: str, request: pytest.FixtureRequest) -> Iterator[SeriesMailbox]:
    """Give a mailbox of one of the SORTS; `otherwise`: whatever nobody has established turns out the other way."""
    kind, _, otherwise = sort.partition(", ")
    if kind == "fake":
        yield a_fake_series_mailbox(otherwise=bool(otherwise))
        return
    with a_simulated_series_mailbox(request.getfixturevalue("simulators"), otherwise=bool(otherwise)) as mailbox:
        yield mailbox


def weekly(count: int | None = 8, first: Once | None = None) -> Series:
    """Return a weekly series, from Monday 5 October 2026 at nine in Berlin unless told otherwise."""
    return series(f"RRULE:FREQ=WEEKLY;COUNT={count}" if count else "RRULE:FREQ=WEEKLY", first=first)


def series(*lines: str, first: Once | None = None) -> Series:
    """Return a series of these RFC 5545 lines, from then on too."""
    return series_of(first or nine_in_berlin(FIRST_DAY), read(lines))


def nine_in_berlin(day: date, hour: int = 9) -> Timed:
    """Return an hour that begins at nine in Berlin on a day, or at another full hour."""
    start_at = instant_of(datetime.combine(day, time(hour)), BERLIN).astimezone(UTC)
    return Timed(start_at=start_at, end_at=start_at + timedelta(hours=1), zone=BERLIN.key)


def monday(number: int) -> date:
    """Return the day of an occurrence of such a weekly series; the first is number 0."""
    return FIRST_DAY + timedelta(weeks=number)


def seen(calendar: Calendar, window: Window = AUTUMN) -> list[CalendarEvent]:
    """Return what takes place in a window, earliest first."""
    found = [event for page in calendar.view(window) for event in page]
    return sorted(found, key=lambda event: (widest_instants(event.schedule), event.id))


def whole(calendar: Calendar, event_id: EventId) -> CalendarEvent:
    """Return a series with what it lost and what was changed in it."""
    found = calendar.read_series(event_id)
    assert found is not None
    return found


def occurrence(calendar: Calendar, master: EventId, day: date) -> CalendarEvent:
    """Return what is on the slot of a day."""
    found = calendar.read_occurrence(whole(calendar, master), day)
    assert found is not None
    return found


def a_fake_series_mailbox(*, otherwise: bool = False) -> SeriesMailbox:
    """Return a mailbox in memory; `otherwise`: all that nobody has established is not as usual."""
    calendar = a_fake_mailbox().calendar
    assert isinstance(calendar, FakeCalendar)
    calendar.shelf.occurrences_show_marks = not otherwise
    calendar.shelf.exceptions_get_ids = otherwise
    return SeriesMailbox(calendar=calendar, owner=FakeOwner(calendar), shows_marks=not otherwise)


@contextmanager
def a_simulated_series_mailbox(simulators: dict[str, str], *, otherwise: bool = False) -> Iterator[SeriesMailbox]:
    """Give a mailbox behind the simulated Graph; `otherwise`: all that nobody has established is not as usual."""
    control = Control(simulators["ControlUrl"])
    rep = control.new_rep()
    control.switch(**{f"graph.{name}": value for name, value in (OTHERWISE if otherwise else USUAL).items()})
    try:
        calendar = a_simulated_mailbox(simulators, rep).calendar
        yield SeriesMailbox(calendar=calendar, owner=SandboxOwner(control, rep), shows_marks=not otherwise)
    finally:
        control.switch(**{f"graph.{name}": value for name, value in USUAL.items()})


def _times(schedule: Once) -> dict[str, Any]:
    if isinstance(schedule, AllDay):
        days = (f"{day.isoformat()}T00:00:00" for day in (schedule.first_day, schedule.day_after))
        return {**dict(zip(("Start", "End"), days, strict=True)), "IsAllDay": True}
    zone = schedule.zone or "UTC"
    walls = (at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for at in (schedule.start_at, schedule.end_at))
    return {**dict(zip(("Start", "End"), (each.isoformat() for each in walls), strict=True)), "TimeZone": zone}
