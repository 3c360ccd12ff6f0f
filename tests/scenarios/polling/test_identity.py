"""Which event is whose: copies, lost extensions, lost mappings, events that claim to be ours."""

from __future__ import annotations

from typing import Any

from azure.data.tables import TableServiceClient

from sandbox.stack import Stack
from tests.scenarios.api import outcome
from tests.scenarios.conftest import Hire
from tests.scenarios.people import Person, a_guid, at, lasting, later, wall


def lose_mappings(stack: Stack, person: Person) -> int:
    """Delete what is remembered of her appointments, as a lost table would; her connection stays."""
    lost = 0
    with TableServiceClient.from_connection_string(stack.storage) as tables:
        for table in tables.list_tables():
            if table.name not in ("Mappings", "Appointments"):
                continue
            with tables.get_table_client(table.name) as client:
                for row in list(client.list_entities()):
                    if person.user in str(dict(row)):
                        client.delete_entity(row["PartitionKey"], row["RowKey"])
                        lost += 1
    return lost


def extension(guid: str, user: str) -> dict[str, Any]:
    return {"SalesExec.Appointment": {"AppointmentGuid": guid, "UserGuid": user}}


def test_a_copy_of_our_event_is_a_new_event_of_the_rep_and_the_original_stays_ours(anna: Person) -> None:
    booked = anna.book()
    copy = anna.copy_event(booked["EventId"])

    anna.poll()
    anna.poll()

    imported = [each for each in anna.appointments() if each["AppointmentGuid"] != booked["AppointmentGuid"]]
    assert [(each["EventId"], each["Origin"]) for each in imported] == [(copy["Id"], "Outlook")]
    assert anna.appointment(booked["AppointmentGuid"])["EventId"] == booked["EventId"]
    anna.edit(booked["AppointmentGuid"], Subject="Changed")
    assert {event["Id"]: event["Subject"] for event in anna.events()} == {
        booked["EventId"]: "Changed",
        copy["Id"]: "Call Wingtip Toys",
    }


def test_deleting_the_original_leaves_the_copy(anna: Person) -> None:
    booked = anna.book()
    copy = anna.copy_event(booked["EventId"])
    anna.poll()

    anna.cancel(booked["AppointmentGuid"])

    assert [event["Id"] for event in anna.events()] == [copy["Id"]]


def test_a_lost_extension_makes_no_second_appointment(anna: Person) -> None:
    booked = anna.book()
    anna.strip_extension(booked["EventId"])

    anna.poll()
    anna.edit_event(booked["EventId"], Location="Room 7")
    anna.poll()

    assert [change["AppointmentGuid"] for change in anna.told()] == [booked["AppointmentGuid"]]
    assert len(anna.appointments()) == 1


def test_a_lost_mapping_is_found_again_by_the_extension(anna: Person, stack: Stack) -> None:
    booked = anna.book()
    assert lose_mappings(stack, anna)

    anna.poll()
    anna.edit_event(booked["EventId"], Location="Room 7")
    anna.poll()

    assert len(anna.appointments()) == 1
    assert anna.appointment(booked["AppointmentGuid"])["Location"] == "Room 7"
    assert anna.edit(booked["AppointmentGuid"], Subject="Changed")["Push"]["Body"]["Outcome"] == "Updated"
    assert [event["Subject"] for event in anna.events()] == ["Changed"]


def test_an_edit_made_while_the_mapping_was_lost_is_not_lost(anna: Person, stack: Stack) -> None:
    booked = anna.book()
    lose_mappings(stack, anna)
    anna.edit_event(booked["EventId"], Location="Room 7")

    anna.poll()

    assert anna.appointment(booked["AppointmentGuid"])["Location"] == "Room 7"
    assert len(anna.appointments()) == 1


def test_after_a_lost_mapping_a_push_makes_no_second_event(anna: Person, stack: Stack) -> None:
    booked = anna.book()
    lose_mappings(stack, anna)

    pushed = anna.edit(booked["AppointmentGuid"], Subject="Changed")["Push"]
    anna.poll()

    assert pushed["Status"] in (200, 201)
    assert [event["Subject"] for event in anna.events()] == ["Changed"]
    assert len(anna.appointments()) == 1


def test_of_original_and_copy_without_a_mapping_the_original_is_recognised(anna: Person, stack: Stack) -> None:
    booked = anna.book()
    copy = anna.copy_event(booked["EventId"])
    lose_mappings(stack, anna)

    anna.poll()

    assert anna.appointment(booked["AppointmentGuid"])["EventId"] == booked["EventId"]
    imported = [each for each in anna.appointments() if each["AppointmentGuid"] != booked["AppointmentGuid"]]
    assert [each["EventId"] for each in imported] == [copy["Id"]]


def test_an_imported_event_whose_mapping_was_lost_is_not_imported_again(anna: Person, stack: Stack) -> None:
    event = anna.add_event(Subject="Dentist")
    anna.poll()
    guid = anna.appointments()[0]["AppointmentGuid"]
    lose_mappings(stack, anna)
    anna.edit_event(event["Id"], Subject="Dentist, 2nd floor")

    anna.poll()

    assert [each["Subject"] for each in anna.appointments()] == ["Dentist, 2nd floor"]
    assert anna.told()[-1]["AppointmentGuid"] == guid
    anna.edit_event(event["Id"], Location="Room 7")
    anna.poll()
    assert anna.appointment(guid)["Location"] == "Room 7"
    assert len(anna.appointments()) == 1


def test_a_forged_extension_does_not_take_over_an_appointment(hire: Hire, anna: Person) -> None:
    ben = hire()
    ben.connect()
    hers, his = anna.book(), ben.book()
    anna.add_event(at(hour=16), Subject="Forged", Extensions=extension(his["AppointmentGuid"], ben.user))
    anna.add_event(at(hour=17), Subject="Forged too", Extensions=extension(hers["AppointmentGuid"], anna.user))
    anna.add_event(at(hour=18), Subject="Made up", Extensions=extension(a_guid(), anna.user))

    anna.poll()
    ben.poll()

    assert ben.appointment(his["AppointmentGuid"])["Subject"] == "Call Wingtip Toys"
    assert anna.appointment(hers["AppointmentGuid"])["Subject"] == "Call Wingtip Toys"
    assert sorted(each["Subject"] for each in anna.appointments()) == [
        "Call Wingtip Toys",
        "Forged",
        "Forged too",
        "Made up",
    ]
    assert outcome(anna.api.delete(hers["AppointmentGuid"], later())) == (200, "Deleted", None)
    assert sorted(event["Subject"] for event in anna.events()) == ["Forged", "Forged too", "Made up"]


def test_an_event_with_a_broken_extension_is_an_event_like_any_other(anna: Person) -> None:
    anna.add_event(Subject="Odd", Extensions={"SalesExec.Appointment": {"AppointmentGuid": "no guid", "UserGuid": ""}})

    anna.poll()

    assert [each["Subject"] for each in anna.appointments()] == ["Odd"]


def test_reconnecting_the_same_mailbox_doubles_nothing_on_either_side(anna: Person) -> None:
    booked, own = anna.book(), anna.add_event()
    anna.poll()
    before = {each["AppointmentGuid"] for each in anna.appointments()}
    anna.api.disconnect(anna.user)
    anna.edit_event(own["Id"], **wall(at(hour=19)))
    anna.edit(booked["AppointmentGuid"], Subject="Changed meanwhile")

    anna.connect()
    anna.poll()

    assert {each["AppointmentGuid"] for each in anna.appointments()} == before
    assert sorted(event["Subject"] for event in anna.events()) == ["Changed meanwhile", "Dentist"]
    moved = next(each for each in anna.appointments() if each["Subject"] == "Dentist")
    assert moved["Start"].startswith(lasting(at(hour=19))["Start"][:16])
