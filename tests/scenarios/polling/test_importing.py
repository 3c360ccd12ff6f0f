"""Events of the rep's own: new, changed, moved, deleted; and how much of each SalesExec may know."""

from __future__ import annotations

from typing import Any

import pytest

from tests.control import Control
from tests.scenarios.people import Person, at, lasting, wall
from tests.waiting import until


def test_a_new_event_becomes_an_appointment(anna: Person) -> None:
    event = anna.add_event(at(hour=15), Subject="Dentist", Location="Main Street 1", Body="<p>Second floor.</p>")

    anna.poll()

    [appointment] = anna.appointments()
    assert (appointment["Subject"], appointment["Origin"]) == ("Dentist", "Outlook")
    assert (appointment["Location"], appointment["EventId"]) == ("Main Street 1", event["Id"])
    assert appointment["Start"].startswith(at(hour=15).strftime("%Y-%m-%dT%H:%M"))
    [change] = anna.told()
    assert (change["Action"], change["AppointmentGuid"]) == ("Upsert", None)
    assert "Second floor." in change["Event"]["Body"]
    assert change["Event"]["Organizer"] == anna.upn


def test_what_was_told_is_told_once(anna: Person) -> None:
    anna.add_event()

    for _ in range(3):
        anna.poll()

    assert len(anna.told()) == 1


def test_edits_of_an_imported_event_flow_both_ways(anna: Person) -> None:
    event = anna.add_event()
    anna.poll()
    guid = anna.appointments()[0]["AppointmentGuid"]

    anna.edit(guid, Subject="Dentist, 2nd floor")
    anna.edit_event(event["Id"], **wall(at(hour=17)))
    anna.poll()

    assert [each["Subject"] for each in anna.events()] == ["Dentist, 2nd floor"]
    assert anna.appointment(guid)["Start"].startswith(at(hour=17).strftime("%Y-%m-%dT%H:%M"))
    assert [(change["AppointmentGuid"], change["ChangedFields"]) for change in anna.told()[1:]] == [
        (guid, ["End", "Start"])
    ]


def test_a_deleted_event_is_deleted_in_salesexec(anna: Person) -> None:
    event = anna.add_event()
    anna.poll()
    guid = anna.appointments()[0]["AppointmentGuid"]

    anna.delete_event(event["Id"])
    anna.poll()
    anna.poll()

    assert anna.appointment(guid)["Status"] == "Canceled"
    assert [(change["Action"], change["AppointmentGuid"]) for change in anna.told()[1:]] == [("Delete", guid)]


def test_an_event_of_salesexecs_own_that_is_deleted_in_outlook_is_deleted_in_salesexec(anna: Person) -> None:
    booked = anna.book()

    anna.delete_event(booked["EventId"])
    anna.poll()

    assert anna.appointment(booked["AppointmentGuid"])["Status"] == "Canceled"
    assert anna.api.receipt(booked["AppointmentGuid"])["Entries"][0]["Direction"] == "ToSalesExec"


def test_an_event_moved_out_of_the_window_is_moved_not_deleted(anna: Person) -> None:
    event = anna.add_event()
    anna.poll()
    guid = anna.appointments()[0]["AppointmentGuid"]

    anna.edit_event(event["Id"], **wall(at(days=200)))
    anna.poll()

    assert anna.appointment(guid)["Status"] == "Pending"
    assert anna.appointment(guid)["Start"].startswith(at(days=200).strftime("%Y-%m-%d"))


def test_an_event_moved_to_another_calendar_is_not_deleted(anna: Person) -> None:
    booked = anna.book()
    anna.poll()
    since = anna.mark()

    anna.move_to_other_calendar(booked["EventId"])
    anna.poll()

    assert anna.told(since) == []
    assert anna.appointment(booked["AppointmentGuid"])["Status"] == "Pending"


def test_an_appointment_that_is_over_survives_that_its_event_is_gone(anna: Person) -> None:
    booked = anna.book(**lasting(at(days=-3)))

    anna.delete_event(booked["EventId"])
    anna.poll()
    anna.poll()

    assert anna.told() == []
    assert anna.appointment(booked["AppointmentGuid"])["Status"] == "Pending"
    assert "over" in anna.api.receipt(booked["AppointmentGuid"])["Summary"]


@pytest.mark.parametrize("deed", ["complete", "miss"])
def test_an_appointment_that_was_held_or_missed_survives_that_its_event_is_gone(
    anna: Person, control: Control, deed: str
) -> None:
    booked = anna.book()
    control.call("POST", f"salesexec/appointments/{booked['AppointmentGuid']}/{deed}", {})

    anna.delete_event(booked["EventId"])
    anna.poll()

    assert anna.told() == []
    assert anna.appointment(booked["AppointmentGuid"])["Status"] in ("Completed", "Missed")


def test_a_meeting_that_its_organizer_called_off_is_deleted_in_salesexec(anna: Person, control: Control) -> None:
    event = {"Subject": "Their meeting", **wall(at(hour=16))}
    order = {"Upn": anna.upn, "Organizer": "boss@fabrikam.example", "Event": event}
    event_id = control.call("POST", "graph/invitations", order)["Id"]
    anna.poll()
    guid = anna.appointments()[0]["AppointmentGuid"]

    anna.edit_event(event_id, IsCancelled=True)
    anna.poll()

    assert anna.appointment(guid)["Status"] == "Canceled"


def test_a_private_event_shows_as_busy_time_only(anna: Person) -> None:
    event = anna.add_event(Subject="Job interview", Location="Rival Inc.", Body="Secret", Sensitivity="private")

    anna.poll()
    anna.edit_event(event["Id"], Subject="Second job interview")
    anna.poll()

    assert [each["Subject"] for each in anna.appointments()] == ["Busy"]
    assert len(anna.told()) == 1
    assert anna.told()[0]["Event"]["IsBusyOnly"]
    for word in ("interview", "Rival", "Secret"):
        assert word not in str(anna.told())


def test_the_mask_of_a_private_event_never_travels_back(anna: Person) -> None:
    event = anna.add_event(Subject="Job interview", Sensitivity="private")
    anna.poll()
    guid = anna.appointments()[0]["AppointmentGuid"]

    pushed = anna.edit(guid, **lasting(at(hour=18)))["Push"]["Body"]

    assert pushed["Outcome"] == "Updated"
    [after] = anna.events()
    assert (after["Id"], after["Subject"]) == (event["Id"], "Job interview")
    assert after["StartUtc"].startswith(at(hour=18).strftime("%Y-%m-%dT%H"))


DAY = {"IsAllDay": True, "Start": at().strftime("%Y-%m-%dT00:00:00"), "End": at(days=2).strftime("%Y-%m-%dT00:00:00")}
CHOICES: list[tuple[dict[str, Any], dict[str, Any], list[str]]] = [
    ({}, {"Sensitivity": "confidential"}, ["Busy"]),
    ({"PrivateEvents": "Skip"}, {"Sensitivity": "private"}, []),
    ({"PrivateEvents": "Full"}, {"Sensitivity": "private"}, ["Dentist"]),
    ({}, DAY, ["Dentist"]),
    ({"ImportAllDay": False}, DAY, []),
    ({}, {"ShowAs": "free"}, []),
    ({"ImportFree": True}, {"ShowAs": "free"}, ["Dentist"]),
    ({"OnlyCategories": ["Sales"]}, {}, []),
    ({"OnlyCategories": ["Sales"]}, {"Categories": ["sales", "Blue"]}, ["Dentist"]),
    ({"ImportDetail": "BusyOnly"}, {}, ["Busy"]),
    ({"Direction": "ToOutlook"}, {}, []),
    ({"WindowFutureDays": 1, "WindowPastDays": 0}, wall(at(days=5)), []),
    ({}, {"IsCancelled": True}, []),
    ({}, {"ShowAs": "tentative"}, ["Dentist"]),
]


@pytest.mark.parametrize(("preferences", "event", "subjects"), CHOICES)
def test_what_is_imported_is_the_reps_choice(
    anna: Person, preferences: dict[str, Any], event: dict[str, Any], subjects: list[str]
) -> None:
    if preferences:
        anna.prefer(**preferences)
    anna.add_event(**event)

    anna.poll()

    assert [each["Subject"] for each in anna.appointments()] == subjects


def test_what_a_preference_lets_in_later_is_imported_then(anna: Person) -> None:
    anna.add_event(ShowAs="free")
    anna.poll()
    assert anna.appointments() == []

    anna.prefer(ImportFree=True)

    until(lambda: anna.appointments(), what="the free event is imported")


def test_html_from_outlook_reaches_salesexec_without_anything_dangerous(anna: Person) -> None:
    anna.add_event(
        Body='<p style="x">Hi<img src="https://spy.example/a.png"><form action="x">f</form></p><a href="https://a.example">a</a>'
    )

    anna.poll()

    body = anna.told()[0]["Event"]["Body"]
    assert "https://a.example" in body
    for bad in ("<img", "<form", "style=", "spy.example"):
        assert bad not in body


def test_many_events_are_told_in_calls_of_at_most_a_hundred(anna: Person, control: Control) -> None:
    since = anna.mark()
    for number in range(104):
        event = {"Subject": f"Event {number}", **wall(at(hour=8, minute=number % 60))}
        control.call("POST", "graph/events", {"Upn": anna.upn, "Event": event})

    anna.poll()

    calls = [e for e in control.journal("salesexec", since, anna.user) if e["Path"].endswith("/CalendarChanges")]
    assert len(calls) == 2
    assert len(anna.told(since)) == 104
    assert len(anna.appointments()) == 104
    assert len({change["ChangeId"] for change in anna.told(since)}) == 104
