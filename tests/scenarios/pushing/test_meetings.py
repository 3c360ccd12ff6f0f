"""Nobody ever receives mail because of us: events with attendees are left alone unless the rep chose otherwise."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

import pytest

from tests.control import Control
from tests.scenarios.api import outcome
from tests.scenarios.evidence import Postbox
from tests.scenarios.people import Person, a_guid, at, lasting, later, wall
from tests.waiting import until

LEFT_ALONE = (200, "Skipped", "MeetingWithAttendees")
LEAD_URL = "https://crm.salesexec.example/leads/1"


@pytest.mark.parametrize(
    "change",
    [
        {"Subject": "New"},
        {"LeadUrl": LEAD_URL},
        lasting(at(hour=12)),
        {"ReminderMinutes": 1},
        {"ShowAs": "Free"},
    ],
)
def test_an_attendee_added_a_moment_before_keeps_the_event_from_being_changed(
    anna: Person, change: dict[str, Any]
) -> None:
    guid = a_guid()
    event_id = anna.push(guid).json()["EventId"]
    anna.invite(event_id, "keller@wingtip.example")
    since, [before] = anna.mark(), anna.events()

    answer = anna.push(guid, **change)

    assert outcome(answer) == LEFT_ALONE
    assert answer.json()["EventId"] == event_id
    assert anna.events() == [before]
    assert not [call for call in anna.graph_calls(since) if call.startswith(("PATCH", "DELETE"))]
    assert anna.mails_caused_by_app() == 0


def test_an_attendee_added_a_moment_before_keeps_the_event_from_being_deleted(anna: Person) -> None:
    guid = a_guid()
    event_id = anna.push(guid).json()["EventId"]
    anna.invite(event_id, "keller@wingtip.example")

    assert outcome(anna.api.delete(guid, later())) == LEFT_ALONE
    assert outcome(anna.push(guid, Status="Canceled")) == LEFT_ALONE
    assert [event["Id"] for event in anna.events()] == [event_id]
    assert anna.mails_caused_by_app() == 0


def test_a_push_that_changes_nothing_of_a_meeting_is_unchanged(anna: Person) -> None:
    guid = a_guid()
    anna.invite(anna.push(guid).json()["EventId"], "keller@wingtip.example")

    assert outcome(anna.push(guid)) == (200, "Unchanged", None)
    assert anna.mails_caused_by_app() == 0


def test_what_a_meeting_kept_from_arriving_arrives_when_the_attendees_are_gone(anna: Person) -> None:
    guid = a_guid()
    event_id = anna.push(guid).json()["EventId"]
    anna.invite(event_id, "keller@wingtip.example")
    moment = later()
    anna.push(guid, Subject="New", ModifiedUtc=moment)

    anna.edit_event(event_id, Attendees=[])

    assert outcome(anna.push(guid, Subject="New", ModifiedUtc=moment)) == (200, "Updated", None)
    assert anna.mails_caused_by_app() == 0


def test_a_meeting_of_somebody_else_is_imported_and_never_written(anna: Person, control: Control) -> None:
    event = {"Subject": "Their meeting", **wall(at(hour=16))}
    control.call("POST", "graph/invitations", {"Upn": anna.upn, "Organizer": "boss@fabrikam.example", "Event": event})
    anna.poll()
    [appointment] = anna.appointments()

    renamed = anna.edit(appointment["AppointmentGuid"], Subject="My name for it")["Push"]
    canceled = anna.cancel(appointment["AppointmentGuid"])["Push"]

    for answer in (renamed, canceled):
        assert (answer["Body"]["Outcome"], answer["Body"]["Reason"]) == ("Skipped", "MeetingWithAttendees")
    assert [event["Subject"] for event in anna.events()] == ["Their meeting"]
    assert anna.mails_caused_by_app() == 0


@pytest.mark.parametrize("status", ["412", "409"])
def test_an_attendee_added_between_read_and_write_is_noticed(anna: Person, control: Control, status: str) -> None:
    control.switch(graph__if_match=status)
    guid = a_guid()
    event_id = anna.push(guid).json()["EventId"]
    held = control.fault("graph", "hold", Match={"Method": "PATCH", "Actor": anna.upn})

    with ThreadPoolExecutor(1) as caller:
        pushing = caller.submit(anna.push, guid, Subject="New")
        until(lambda: any(fault["Waiting"] for fault in control.faults()), what="the write is on its way")
        anna.invite(event_id, "keller@wingtip.example")
        control.call("DELETE", f"faults/{held['Id']}")
        answer = pushing.result()

    assert outcome(answer) == LEFT_ALONE
    assert anna.events()[0]["Subject"] == "Call Wingtip Toys"
    assert anna.mails_caused_by_app() == 0


def test_an_attendee_added_between_read_and_delete_is_noticed(anna: Person, control: Control) -> None:
    guid = a_guid()
    event_id = anna.push(guid).json()["EventId"]
    held = control.fault("graph", "hold", Match={"Method": "DELETE", "Actor": anna.upn})

    with ThreadPoolExecutor(1) as caller:
        deleting = caller.submit(anna.api.delete, guid, later())
        until(lambda: any(fault["Waiting"] for fault in control.faults()), what="the delete is on its way")
        anna.invite(event_id, "keller@wingtip.example")
        control.call("DELETE", f"faults/{held['Id']}")
        answer = deleting.result()

    assert outcome(answer) == LEFT_ALONE
    assert len(anna.events()) == 1
    assert anna.mails_caused_by_app() == 0


def test_a_rep_who_chose_so_has_her_meetings_changed_and_outlook_mails_as_it_always_does(
    anna: Person, postbox: Postbox
) -> None:
    anna.prefer(Meetings="Update")
    guid = a_guid()
    anna.invite(anna.push(guid).json()["EventId"], "keller@wingtip.example")

    changed = postbox.by_hand(lambda: anna.push(guid, Subject="New"))
    deleted = postbox.by_hand(lambda: anna.api.delete(guid, later()))

    assert outcome(changed) == (200, "Updated", None)
    assert outcome(deleted) == (200, "Deleted", None)
    assert anna.events() == []


def test_control_experiment_a_write_past_the_app_does_mail_the_attendees(
    anna: Person, control: Control, postbox: Postbox
) -> None:
    event_id = anna.push(a_guid()).json()["EventId"]
    anna.invite(event_id, "keller@wingtip.example")
    before = len(control.mails())

    patched = postbox.by_hand(
        lambda: anna.ask_graph("PATCH", f"events/{quote(event_id, safe='')}", {"subject": "Written directly"})
    )

    assert patched.status_code == 200
    assert len(control.mails()) > before
    assert anna.mails_caused_by_app() == 0


def test_attendees_are_never_sent_to_graph(anna: Person) -> None:
    guid = a_guid()

    anna.push(guid, Attendees=["keller@wingtip.example"], Organizer="boss@fabrikam.example")

    [event] = anna.events()
    assert event["Attendees"] == []
    assert anna.mails_caused_by_app() == 0
