"""When an appointment is: zones, offsets, days without clock, and double bookings."""

from __future__ import annotations

from typing import Any

import pytest

from tests.control import Control
from tests.scenarios.api import outcome
from tests.scenarios.people import Person, a_guid, at, lasting, utc

TOMORROW = at().strftime("%Y-%m-%d")
DAY_AFTER = at(days=2).strftime("%Y-%m-%d")


@pytest.mark.parametrize(
    ("said", "start"),
    [
        ({"Start": f"{TOMORROW}T10:00:00Z", "End": f"{TOMORROW}T10:30:00Z"}, "10:00:00"),
        ({"Start": f"{TOMORROW}T10:00:00+02:00", "End": f"{TOMORROW}T10:30:00+02:00"}, "08:00:00"),
        ({"Start": f"{TOMORROW}T10:00:00.1234567Z", "End": f"{TOMORROW}T10:30:00Z"}, "10:00:00"),
        ({"Start": f"{TOMORROW}T10:00:00", "End": f"{TOMORROW}T10:30:00", "TimeZone": "Asia/Tokyo"}, "01:00:00"),
        (
            {"Start": f"{TOMORROW}T10:00:00", "End": f"{TOMORROW}T10:30:00", "TimeZone": "Tokyo Standard Time"},
            "01:00:00",
        ),
        ({"Start": f"{TOMORROW}T10:00:00Z", "End": f"{TOMORROW}T10:00:00Z"}, "10:00:00"),
    ],
)
def test_a_time_is_the_same_moment_in_outlook(anna: Person, said: dict[str, str], start: str) -> None:
    answer = anna.push(a_guid(), **said)

    assert outcome(answer) == (201, "Created", None)
    [event] = anna.events()
    assert event["StartUtc"] == f"{TOMORROW}T{start}+00:00"


def test_the_same_moment_said_otherwise_is_unchanged(anna: Person) -> None:
    guid = a_guid()
    anna.push(guid, Start=f"{TOMORROW}T10:00:00Z", End=f"{TOMORROW}T10:30:00Z")

    answer = anna.push(guid, Start=f"{TOMORROW}T12:00:00+02:00", End=f"{TOMORROW}T12:30:00+02:00")

    assert outcome(answer) == (200, "Unchanged", None)


def test_a_day_without_clock_is_a_day_in_outlook(anna: Person) -> None:
    guid = a_guid()

    anna.push(guid, IsAllDay=True, Start=TOMORROW, End=DAY_AFTER)

    [event] = anna.events()
    assert event["IsAllDay"]
    assert (event["Start"][:10], event["End"][:10]) == (TOMORROW, DAY_AFTER)
    assert outcome(anna.push(guid, IsAllDay=True, Start=TOMORROW, End=DAY_AFTER)) == (200, "Unchanged", None)


def test_a_day_becomes_an_hour_and_a_day_again(anna: Person) -> None:
    guid = a_guid()
    anna.push(guid, IsAllDay=True, Start=TOMORROW, End=DAY_AFTER)

    assert outcome(anna.push(guid, **lasting(at()))) == (200, "Updated", None)
    [event] = anna.events()
    assert not event["IsAllDay"]
    assert outcome(anna.push(guid, IsAllDay=True, Start=TOMORROW, End=DAY_AFTER)) == (200, "Updated", None)
    [event] = anna.events()
    assert event["IsAllDay"]


def test_a_double_booking_is_told_with_the_times_of_the_other_event(anna: Person) -> None:
    other = anna.add_event(at(hour=10, minute=15), Subject="Dentist")

    answer = anna.push(a_guid(), **lasting(at(hour=10)))

    assert outcome(answer) == (201, "Created", None)
    assert answer.json()["Conflicts"] == [
        {
            "EventId": other["Id"],
            "Subject": "Dentist",
            "Start": utc(at(hour=10, minute=15)),
            "End": utc(at(hour=10, minute=45)),
        }
    ]


@pytest.mark.parametrize(
    ("event", "subjects"),
    [
        ({"Subject": "Tentative", "ShowAs": "tentative"}, ["Tentative"]),
        ({"Subject": "Away", "ShowAs": "oof"}, ["Away"]),
        ({"Subject": "Secret", "Sensitivity": "private"}, [None]),
        ({"Subject": "Free", "ShowAs": "free"}, []),
        ({"Subject": "Home office", "ShowAs": "workingElsewhere"}, []),
        ({"Subject": "Called off", "IsCancelled": True}, []),
    ],
)
def test_only_what_takes_the_time_is_a_double_booking(
    anna: Person, event: dict[str, Any], subjects: list[str | None]
) -> None:
    anna.add_event(at(hour=10), **event)

    answer = anna.push(a_guid(), **lasting(at(hour=10)))

    assert [conflict["Subject"] for conflict in answer.json()["Conflicts"]] == subjects


def test_an_event_before_or_after_is_no_double_booking(anna: Person) -> None:
    anna.add_event(at(hour=9, minute=30))
    anna.add_event(at(hour=10, minute=30))

    assert anna.push(a_guid(), **lasting(at(hour=10))).json()["Conflicts"] == []


def test_double_bookings_are_looked_up_when_the_time_changes_and_only_then(anna: Person) -> None:
    anna.add_event(at(hour=14), Subject="Dentist")
    guid = a_guid()
    anna.push(guid)

    moved = anna.push(guid, **lasting(at(hour=14)))
    renamed = anna.push(guid, Subject="Call again", **lasting(at(hour=14)))

    assert [conflict["Subject"] for conflict in moved.json()["Conflicts"]] == ["Dentist"]
    assert renamed.json()["Conflicts"] == []


def test_a_failed_look_for_double_bookings_never_fails_the_push(anna: Person, control: Control) -> None:
    control.fault(
        "graph", "unavailable", times=None, Match={"PathContains": "calendarView", "Actor": anna.upn, "Method": "GET"}
    )

    answer = anna.push(a_guid())

    assert outcome(answer) == (201, "Created", None)
    assert answer.json()["Conflicts"] is None
    assert len(anna.events()) == 1


def test_a_double_booked_day_without_clock_is_told_as_days(anna: Person) -> None:
    anna.push(a_guid(), Subject="Trade fair", IsAllDay=True, Start=TOMORROW, End=DAY_AFTER)

    answer = anna.push(a_guid(), **lasting(at(hour=12)))

    [conflict] = answer.json()["Conflicts"]
    assert (conflict["Subject"], conflict["Start"], conflict["End"]) == ("Trade fair", TOMORROW, DAY_AFTER)
