"""Recurrences as Graph writes them, read and written."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shared_code.adapters.graph.wire.payloads import EVENT, decoded
from shared_code.adapters.graph.wire.reading import UnreadableEvent, event_in, event_of
from shared_code.adapters.graph.wire.writing import content_body, new_event_body
from shared_code.domain.events import CalendarEvent, EventContent, EventKind
from shared_code.domain.recurrence import read as read_lines
from shared_code.domain.schedules import AllDay, Once, Series, Timed
from shared_code.domain.series import series_of
from tests.adapters.graph.masters import BERLIN, CUSTOM, a_master, an_occurrence, recurrence, utc
from tests.contracts.mailboxes import a_new_event

NUMBERED = {"type": "numbered", "numberOfOccurrences": 3}


def read(body: dict[str, Any]) -> CalendarEvent:
    return event_of(decoded(EVENT, json.dumps(body).encode()))


def read_series(**said: Any) -> Series:
    schedule = read(a_master(**said)).schedule
    assert isinstance(schedule, Series)
    return schedule


def hour(day: date, zone: str | None = "Europe/Berlin") -> Timed:
    start_at = datetime(day.year, day.month, day.day, 9, tzinfo=ZoneInfo(zone or "UTC")).astimezone(UTC)
    return Timed(start_at=start_at, end_at=start_at + timedelta(hours=1), zone=zone)


def series(line: str, first: Once | None = None) -> Series:
    return series_of(first or hour(date(2026, 10, 5)), read_lines((line,)))


PATTERNS: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"type": "daily", "interval": 2}, {}, "RRULE:FREQ=DAILY;INTERVAL=2"),
    (
        {"type": "weekly", "interval": 2, "daysOfWeek": ["monday", "thursday"], "firstDayOfWeek": "sunday"}, {},
        "RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH;WKST=SU",
    ),
    ({"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 5}, NUMBERED, "RRULE:FREQ=MONTHLY;BYMONTHDAY=5;COUNT=3"),
    (
        {"type": "relativeMonthly", "interval": 1, "daysOfWeek": ["monday"], "index": "first"},
        {"type": "endDate", "endDate": "2026-12-07"}, "RRULE:FREQ=MONTHLY;BYDAY=1MO;UNTIL=20261207T080000Z",
    ),
    (
        {"type": "absoluteYearly", "interval": 1, "dayOfMonth": 5, "month": 10}, {},
        "RRULE:FREQ=YEARLY;BYMONTH=10;BYMONTHDAY=5",
    ),
    (
        {"type": "relativeYearly", "interval": 1, "daysOfWeek": ["monday"], "index": "first", "month": 10}, {},
        "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=1MO",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("pattern", "span", "line"), PATTERNS, ids=[each[2] for each in PATTERNS])
def test_only_what_a_type_uses_is_read_and_written(pattern: dict[str, Any], span: dict[str, Any], line: str) -> None:
    wanted = series(line)

    told = read_series(recurrence=recurrence(pattern, span))
    body = content_body(EventContent(schedule=wanted, with_rule=True))

    assert told == wanted
    start = {"startDate": "2026-10-05", "recurrenceTimeZone": BERLIN}
    assert body == {
        "isAllDay": False,
        "start": {"dateTime": "2026-10-05T09:00:00", "timeZone": BERLIN},
        "end": {"dateTime": "2026-10-05T10:00:00", "timeZone": BERLIN},
        "recurrence": {"pattern": pattern, "range": {"type": "noEnd", **start, **span}},
    }


@pytest.mark.parametrize(
    "pattern",
    [
        {"type": "Weekly", "daysOfWeek": ["MONDAY"], "firstDayOfWeek": "Sunday"},
        {"firstDayOfWeek": None, "index": None, "month": None, "dayOfMonth": None},
    ],
)
def test_words_in_another_case_and_missing_ones_are_understood(pattern: dict[str, Any]) -> None:
    assert read_series(recurrence=recurrence(pattern)) == series("RRULE:FREQ=WEEKLY")


def test_a_week_begins_on_sunday_unless_told_otherwise() -> None:
    days = {"interval": 2, "daysOfWeek": ["monday", "sunday"], "firstDayOfWeek": None}

    told = read_series(recurrence=recurrence(days))

    assert told == series("RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;WKST=SU")


def test_the_first_occurrence_may_be_later_than_the_master_says() -> None:
    told = read_series(recurrence=recurrence({"daysOfWeek": ["wednesday"]}))

    assert told.first == hour(date(2026, 10, 7))


@pytest.mark.parametrize(
    ("span_zone", "original", "zone"),
    [
        (BERLIN, "Pacific Standard Time", "Europe/Berlin"),
        ("Europe/Berlin", "Pacific Standard Time", "Europe/Berlin"),
        ("", BERLIN, "Europe/Berlin"),
        (None, BERLIN, "Europe/Berlin"),
        (CUSTOM, BERLIN, "Europe/Berlin"),
        ("tzone://Microsoft/Utc", BERLIN, None),
        ("UTC", BERLIN, None),
    ],
)
def test_the_zone_of_a_series_is_its_own_or_else_that_of_its_first_time(
    span_zone: str | None, original: str, zone: str | None
) -> None:
    told = read_series(originalStartTimeZone=original, recurrence=recurrence(span={"recurrenceTimeZone": span_zone}))

    assert isinstance(told.first, Timed)
    assert told.first.zone == zone


@pytest.mark.parametrize("name", ["", None, CUSTOM, "Middle Earth Standard Time"])
def test_a_timed_series_in_a_zone_that_nobody_can_name_is_unreadable(name: str | None) -> None:
    body = a_master(originalStartTimeZone=name, recurrence=recurrence(span={"recurrenceTimeZone": name}))

    with pytest.raises(UnreadableEvent):
        read(body)


def test_a_series_of_whole_days_needs_no_zone() -> None:
    days = {"start": utc("2026-10-05T00:00:00"), "end": utc("2026-10-06T00:00:00"), "isAllDay": True}

    told = read_series(**days, originalStartTimeZone=CUSTOM, recurrence=recurrence(span={"recurrenceTimeZone": ""}))

    whole_day = AllDay(first_day=date(2026, 10, 5), day_after=date(2026, 10, 6))
    assert told == series("RRULE:FREQ=WEEKLY", whole_day)


@pytest.mark.parametrize(
    "nonsense",
    [
        None,  # a meeting poll
        {"pattern": None, "range": None},
        recurrence({"type": "lunar"}),
        recurrence({"type": None}),
        recurrence({"interval": 0}),
        recurrence({"interval": "2"}),
        recurrence({"daysOfWeek": []}),
        recurrence({"daysOfWeek": ["someday"]}),
        recurrence({"type": "relativeMonthly", "index": "fifth"}),
        recurrence({"type": "absoluteMonthly", "dayOfMonth": 0}),
        recurrence({"type": "absoluteYearly", "dayOfMonth": 5, "month": 13}),
        recurrence(span={"type": "sometimes"}),
        recurrence(span={"type": "numbered", "numberOfOccurrences": 0}),
        recurrence(span={"type": "endDate", "endDate": "0001-01-01"}),
        recurrence(span={"type": "endDate", "endDate": "soon"}),
        recurrence(span={"type": "endDate", "endDate": None}),
    ],
    ids=str,
)
def test_a_series_whose_pattern_makes_no_sense_is_unreadable(nonsense: dict[str, Any] | None) -> None:
    body = json.dumps(a_master(recurrence=nonsense)).encode()

    with pytest.raises(UnreadableEvent):
        event_in(body)


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("OID.a.b.c.2026-11-09", date(2026, 11, 9)),
        ("OID.m.soon", None),
        ("", None),
        (None, None),
    ],
)
def test_the_day_of_a_slot_is_the_end_of_its_name(name: str | None, day: date | None) -> None:
    event = read(an_occurrence("2026-11-02", occurrenceId=name))

    assert event.slot_day == day
    assert event.original_start == datetime(2026, 11, 2, 8, tzinfo=UTC)


def test_a_slot_without_a_name_that_began_at_midnight_of_its_zone_is_on_that_day() -> None:
    body = an_occurrence(
        "2026-11-09", occurrenceId=None, originalStart="2026-11-08T11:00:00Z", isAllDay=True,
        originalStartTimeZone="New Zealand Standard Time",
    )  # fmt: skip

    assert read(body).slot_day == date(2026, 11, 9)


def test_an_event_with_a_recurrence_is_a_series_also_if_its_type_is_left_out() -> None:
    assert read(a_master(type=None)).kind is EventKind.SERIES_MASTER


@pytest.mark.parametrize(
    ("zone", "written"),
    [
        ("Europe/Berlin", BERLIN),
        ("Antarctica/Troll", "Antarctica/Troll"),  # Windows has no such zone
        (None, "UTC"),
    ],
)
def test_a_series_is_always_written_in_its_own_zone(zone: str | None, written: str) -> None:
    wanted = series("RRULE:FREQ=WEEKLY", hour(date(2026, 10, 5), zone))

    body = new_event_body(a_new_event(schedule=wanted), in_utc=True)

    recurring = body["recurrence"]
    assert recurring is not None
    assert (body["start"], body["end"]["timeZone"]) == (
        {"dateTime": "2026-10-05T09:00:00", "timeZone": written},
        written,
    )
    assert recurring["range"]["recurrenceTimeZone"] == written


def test_the_times_of_a_series_are_written_without_its_rule_unless_it_is_wanted() -> None:
    body = content_body(EventContent(schedule=series("RRULE:FREQ=WEEKLY")))

    assert set(body) == {"isAllDay", "start", "end"}
    assert body["start"] == {"dateTime": "2026-10-05T09:00:00", "timeZone": BERLIN}


def test_a_series_of_whole_days_is_written_as_midnights() -> None:
    days = AllDay(first_day=date(2026, 10, 5), day_after=date(2026, 10, 6))

    body = content_body(EventContent(schedule=series("RRULE:FREQ=WEEKLY;COUNT=3", days), with_rule=True))

    assert (body["isAllDay"], body["start"], body["end"]) == (
        True, utc("2026-10-05T00:00:00"), utc("2026-10-06T00:00:00"),
    )  # fmt: skip
    assert body["recurrence"] is not None
    assert body["recurrence"]["range"] == {
        "type": "numbered", "startDate": "2026-10-05", "recurrenceTimeZone": "UTC", "numberOfOccurrences": 3,
    }  # fmt: skip


def test_an_event_that_is_to_be_a_series_no_more_says_so() -> None:
    body = content_body(EventContent(schedule=hour(date(2026, 10, 5)), with_rule=True))

    assert body["recurrence"] is None
