"""Both sides change the same appointment: what nobody else touched survives, and an edit wins over a delete."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.control import Control
from tests.scenarios.api import outcome
from tests.scenarios.people import Person, a_guid, at, lasting, later, wall
from tests.waiting import until

KEPT = ("Skipped", "EditedInOutlook")


def start_of(appointment: dict[str, str]) -> str:
    return appointment["Start"].replace("+00:00", "Z")


def test_a_note_edited_in_salesexec_and_a_time_moved_in_outlook_both_survive(anna: Person) -> None:
    booked = anna.book()
    guid = booked["AppointmentGuid"]
    anna.edit_event(booked["Push"]["Body"]["EventId"], **wall(at(hour=14)))

    pushed = anna.edit(guid, Body="Bring the samples.")["Push"]["Body"]

    [event] = anna.events()
    assert pushed["Outcome"] == "Updated"
    assert event["StartUtc"].startswith(at(hour=14).strftime("%Y-%m-%dT%H:%M"))
    assert "samples" in event["Body"]
    until(lambda: start_of(anna.appointment(guid)) == lasting(at(hour=14))["Start"], what="the move reaches SalesExec")
    assert anna.appointment(guid)["Body"] == "Bring the samples."
    assert [change["ChangedFields"] for change in anna.told()] == [["End", "Start"]]


def test_an_edit_that_was_told_already_is_not_undone_by_a_push_that_is_older(anna: Person) -> None:
    booked = anna.book()
    guid = booked["AppointmentGuid"]
    anna.edit_event(booked["EventId"], Location="Room 7")
    anna.poll()
    assert anna.appointment(guid)["Location"] == "Room 7"

    in_flight = anna.api.put(guid, anna.body(Subject="From before", ModifiedUtc=booked["ModifiedUtc"]))

    [event] = anna.events()
    assert in_flight.status_code == 200
    assert event["Location"] == "Room 7"


@pytest.mark.parametrize(
    ("winner", "subject"), [("SalesExec", "SalesExec's"), ("Outlook", "Outlook's"), ("Newest", "SalesExec's")]
)
def test_the_same_field_changed_on_both_sides_has_the_winner_of_the_reps_choice(
    anna: Person, winner: str, subject: str
) -> None:
    anna.prefer(ConflictWinner=winner)
    booked = anna.book()
    guid = booked["AppointmentGuid"]
    anna.edit_event(booked["EventId"], Subject="Outlook's")

    anna.edit(guid, Subject="SalesExec's")

    until(lambda: anna.appointment(guid)["Subject"] == subject, what="both sides agree")
    assert [event["Subject"] for event in anna.events()] == [subject]
    assert "Subject" in anna.api.receipt(guid)["Summary"] or winner == "Outlook"


def test_a_newer_edit_in_outlook_wins_over_an_older_push(anna: Person) -> None:
    booked = anna.book(Push=False)
    guid = booked["AppointmentGuid"]
    anna.push(guid, ModifiedUtc=booked["ModifiedUtc"])
    anna.edit_event(anna.events()[0]["Id"], Subject="Outlook's")

    anna.push(guid, Subject="Older, yet late", ModifiedUtc=booked["ModifiedUtc"])

    assert [event["Subject"] for event in anna.events()] == ["Outlook's"]
    until(lambda: anna.appointment(guid)["Subject"] == "Outlook's", what="the edit reaches SalesExec")


@pytest.mark.parametrize("edit", [{"Subject": "Edited"}, {"Location": "Room 7"}, wall(at(hour=14)), {"Body": "New"}])
def test_a_delete_gives_way_to_an_edit_that_salesexec_has_not_seen_until_it_comes_again(
    anna: Person, edit: dict[str, str]
) -> None:
    booked = anna.book()
    guid = booked["AppointmentGuid"]
    anna.edit_event(booked["EventId"], **edit)

    refused = anna.cancel(guid)["Push"]["Body"]
    until(lambda: anna.appointment(guid)["Status"] == "Pending", what="the edit revives the appointment")

    assert (refused["Outcome"], refused["Reason"]) == KEPT
    assert [event["Id"] for event in anna.events()] == [booked["EventId"]]
    assert {change["AppointmentGuid"] for change in anna.told()} == {guid}
    assert {change["Action"] for change in anna.told()} == {"Upsert"}
    assert "edit" in anna.api.receipt(guid)["Entries"][-2]["Why"] or anna.api.receipt(guid)["Summary"]
    assert anna.cancel(guid)["Push"]["Body"]["Outcome"] == "Deleted"
    assert anna.events() == []


def test_a_second_delete_is_meant_even_before_the_edit_was_told(anna: Person) -> None:
    guid = a_guid()
    event_id = anna.push(guid).json()["EventId"]
    anna.edit_event(event_id, Subject="Edited")
    first = later()

    assert outcome(anna.api.delete(guid, first)) == (200, *KEPT)
    assert outcome(anna.api.delete(guid, first)) == (200, *KEPT)
    assert outcome(anna.api.delete(guid, later())) == (200, "Deleted", None)
    assert anna.events() == []


def test_a_dismissed_reminder_or_a_category_is_no_edit_that_stops_a_delete(anna: Person, control: Control) -> None:
    guid = a_guid()
    event_id = anna.push(guid).json()["EventId"]
    control.call("POST", f"graph/events/{event_id}/touch", {})
    anna.edit_event(event_id, Categories=["Blue"])

    assert outcome(anna.api.delete(guid, later())) == (200, "Deleted", None)


def test_an_event_deleted_in_outlook_while_salesexec_changed_it_is_made_again(anna: Person) -> None:
    booked = anna.book()
    guid = booked["AppointmentGuid"]
    anna.delete_event(booked["EventId"])

    answer = anna.edit(guid, Subject="Changed")["Push"]
    anna.poll()

    assert (answer["Status"], answer["Body"]["Outcome"]) == (201, "Created")
    assert anna.event("Changed")["Id"] == answer["Body"]["EventId"] != booked["EventId"]
    assert anna.appointment(guid)["Status"] == "Pending"
    assert anna.told() == []


def test_a_delete_in_outlook_that_was_told_is_not_undone_by_a_push_that_is_older(anna: Person) -> None:
    booked = anna.book()
    guid = booked["AppointmentGuid"]
    anna.delete_event(booked["EventId"])
    anna.poll()
    assert anna.appointment(guid)["Status"] == "Canceled"

    in_flight = anna.push(guid, ModifiedUtc=booked["ModifiedUtc"])

    assert outcome(in_flight) == (200, "Stale", None)
    assert anna.events() == []


@pytest.mark.parametrize("answer", ["412", "409", "ignored"])
def test_an_edit_made_between_our_read_and_our_write_survives(anna: Person, control: Control, answer: str) -> None:
    control.switch(graph__if_match=answer)
    booked = anna.book()
    guid = booked["AppointmentGuid"]
    held = control.fault("graph", "hold", Match={"Method": "PATCH", "Actor": anna.upn})

    with ThreadPoolExecutor(1) as caller:
        pushing = caller.submit(anna.edit, guid, Subject="SalesExec's")
        until(lambda: any(fault["Waiting"] for fault in control.faults()), what="the write is on its way")
        anna.edit_event(booked["EventId"], Location="Room 7")
        control.call("DELETE", f"faults/{held['Id']}")
        pushed = pushing.result()["Push"]["Body"]
    anna.poll()

    [event] = anna.events()
    assert pushed["Outcome"] == "Updated"
    assert (event["Subject"], event["Location"]) == ("SalesExec's", "Room 7")
    until(lambda: anna.appointment(guid)["Location"] == "Room 7", what="the edit reaches SalesExec")
    assert anna.appointment(guid)["Subject"] == "SalesExec's"


def test_an_event_deleted_between_our_read_and_our_write_is_made_again(anna: Person, control: Control) -> None:
    guid = a_guid()
    event_id = anna.push(guid).json()["EventId"]
    held = control.fault("graph", "hold", Match={"Method": "PATCH", "Actor": anna.upn})

    with ThreadPoolExecutor(1) as caller:
        pushing = caller.submit(anna.push, guid, Subject="New")
        until(lambda: any(fault["Waiting"] for fault in control.faults()), what="the write is on its way")
        anna.delete_event(event_id)
        control.call("DELETE", f"faults/{held['Id']}")
        answer = pushing.result()

    assert outcome(answer) == (201, "Created", None)
    assert [event["Subject"] for event in anna.events()] == ["New"]


def test_an_extension_that_got_lost_is_written_again_by_the_next_push(anna: Person) -> None:
    guid = a_guid()
    event_id = anna.push(guid).json()["EventId"]
    anna.strip_extension(event_id)

    answer = anna.push(guid)

    assert outcome(answer) == (200, "Updated", None)
    [event] = anna.events()
    assert event["Extensions"]["SalesExec.Appointment"]["AppointmentGuid"] == guid
