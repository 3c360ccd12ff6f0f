"""What is written to Graph."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_code.adapters.graph.wire.payloads import DateTimeTimeZone, Event
from shared_code.adapters.graph.wire.reading import event_of
from shared_code.adapters.graph.wire.writing import content_body, extension_body, new_event_body
from shared_code.domain.appointments import ShowAs
from shared_code.domain.events import EventContent, Mark, ReminderToWrite
from shared_code.domain.identifiers import AppointmentGuid, UserGuid
from shared_code.domain.schedules import AllDay, Timed
from shared_code.domain.zones import windows_of
from tests.contracts.mailboxes import a_new_event

GUID = AppointmentGuid("11111111-1111-4111-8111-111111111111")
USER = UserGuid("a0000000-0000-4000-8000-000000000001")


def timed(start: str, end: str, zone: str | None) -> Timed:
    return Timed(start_at=datetime.fromisoformat(start), end_at=datetime.fromisoformat(end), zone=zone)


def at(wall: str, zone: str) -> dict[str, str]:
    return {"dateTime": wall, "timeZone": zone}


@pytest.mark.parametrize(
    ("content", "body"),
    [
        (EventContent(), {}),
        (EventContent(subject="Call"), {"subject": "Call"}),
        (EventContent(body_html=""), {"body": {"contentType": "html", "content": ""}}),
        (EventContent(location=""), {"location": {"displayName": ""}}),
        (EventContent(show_as=ShowAs.OUT_OF_OFFICE), {"showAs": "oof"}),
        (EventContent(show_as=ShowAs.WORKING_ELSEWHERE), {"showAs": "workingElsewhere"}),
        (EventContent(is_private=True), {"sensitivity": "private"}),
        (EventContent(is_private=False), {"sensitivity": "normal"}),
        (EventContent(reminder=ReminderToWrite(minutes=None)), {"isReminderOn": False}),
        (
            EventContent(reminder=ReminderToWrite(minutes=0)),
            {"isReminderOn": True, "reminderMinutesBeforeStart": 0},
        ),
    ],
)
def test_only_what_is_given_is_written(content: EventContent, body: dict[str, Any]) -> None:
    assert content_body(content) == body


@pytest.mark.parametrize(
    ("schedule", "start", "end"),
    [
        (
            timed("2026-11-24T09:00:00+00:00", "2026-11-24T09:30:00+00:00", "Europe/Berlin"),
            at("2026-11-24T10:00:00", "W. Europe Standard Time"),
            at("2026-11-24T10:30:00", "W. Europe Standard Time"),
        ),
        (
            timed("2026-11-24T09:00:00.987654+00:00", "2026-11-24T09:30:00+00:00", None),
            at("2026-11-24T09:00:00", "UTC"),
            at("2026-11-24T09:30:00", "UTC"),
        ),
        (  # Windows has no such zone.
            timed("2026-11-24T09:00:00+00:00", "2026-11-24T09:30:00+00:00", "Antarctica/Troll"),
            at("2026-11-24T09:00:00", "UTC"),
            at("2026-11-24T09:30:00", "UTC"),
        ),
        (  # It ends in the second of two equal hours, which a wall time cannot say.
            timed("2026-10-24T23:30:00+00:00", "2026-10-25T01:30:00+00:00", "Europe/Berlin"),
            at("2026-10-24T23:30:00", "UTC"),
            at("2026-10-25T01:30:00", "UTC"),
        ),
    ],
)
def test_hours_are_written_as_the_reps_clock_shows_them_where_that_can_be_said(
    schedule: Timed, start: dict[str, str], end: dict[str, str]
) -> None:
    assert content_body(EventContent(schedule=schedule)) == {"isAllDay": False, "start": start, "end": end}


def test_whole_days_are_written_as_midnights() -> None:
    days = AllDay(first_day=date(2026, 11, 24), day_after=date(2026, 11, 26))

    body = content_body(EventContent(schedule=days))

    assert body == {
        "isAllDay": True,
        "start": at("2026-11-24T00:00:00", "UTC"),
        "end": at("2026-11-26T00:00:00", "UTC"),
    }


def test_a_new_event_can_be_recognised_three_ways_and_names_nobody() -> None:
    new = a_new_event(appointment=GUID, user=USER)

    body = new_event_body(new)

    assert body["transactionId"] == new.transaction_id
    assert body["extensions"] == [
        {
            "@odata.type": "microsoft.graph.openTypeExtension",
            "extensionName": "SalesExec.Appointment",
            "AppointmentGuid": GUID,
            "UserGuid": USER,
        }
    ]
    [found_by] = body["singleValueExtendedProperties"]
    assert (found_by["id"].split()[0], found_by["value"]) == ("String", f"{GUID}:1")
    assert "attendees" not in body


def test_what_a_mark_does_not_know_is_cleared_when_it_replaces_another() -> None:
    mark = Mark(appointment=GUID, lead_url="https://crm.example/1")

    plain, clearing = extension_body(mark), extension_body(mark, clearing=True)

    assert "LeadGuid" not in plain
    assert (clearing["LeadGuid"], clearing["UserGuid"], clearing["LeadUrl"]) == ("", "", "https://crm.example/1")


@given(
    st.integers(min_value=0, max_value=60 * 24 * 366 * 3),
    st.integers(min_value=0, max_value=60 * 48),
    st.sampled_from(
        ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca"]
    ),
)
def test_any_hours_written_and_read_again_are_the_same_instants(minute: int, lasting: int, zone: str) -> None:
    start_at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    schedule = Timed(start_at=start_at, end_at=start_at + timedelta(minutes=lasting), zone=zone)

    body = content_body(EventContent(schedule=schedule))
    start, end = (DateTimeTimeZone(body[name]["dateTime"], body[name]["timeZone"]) for name in ("start", "end"))
    read = event_of(Event(id="e", start=start, end=end, original_start_time_zone=windows_of(zone))).schedule

    assert isinstance(read, Timed)
    assert (read.start_at, read.end_at) == (schedule.start_at, schedule.end_at)
