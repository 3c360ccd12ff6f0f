"""What people wrote is nobody's but theirs: masked where it is private, and kept in no table, queue or log."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from azure.storage.queue import QueueServiceClient

from sandbox.stack import Stack
from tests.control import Control
from tests.scenarios.conftest import Hire
from tests.scenarios.people import Person, a_guid, at, later
from tests.scenarios.proofs import at_rest, stored_bytes, subjects
from tests.waiting import until

MARKERS = ("Quetzal", "Zymurgy", "Xylograph", "Vexillum", "Kookaburra", "Jabberwock", "Wolpertinger", "Fjaellraev")
"""Words that stand nowhere else: in subjects, bodies, places, names and addresses."""


def test_what_was_told_of_an_event_is_taken_back_when_it_turns_private(anna: Person) -> None:
    event = anna.add_event(
        Subject="Quetzal", Body="<p>Zymurgy</p>", Location="Xylograph", Attendees=["v@vexillum.example"]
    )
    anna.poll()
    [before] = anna.appointments()
    assert before["Subject"] == "Quetzal"

    anna.edit_event(event["Id"], Sensitivity="private")
    anna.poll()

    [after] = anna.appointments()
    assert after["AppointmentGuid"] == before["AppointmentGuid"]
    assert (after["Subject"], after["Body"], after["Location"]) == ("Busy", "", "")
    last = anna.told()[-1]["Event"]
    assert (last["IsBusyOnly"], last["Attendees"], last["Organizer"]) == (True, [], "")
    assert not [word for word in ("Quetzal", "Zymurgy", "Xylograph", "vexillum") if word in str(last)]
    anna.poll()
    assert len(anna.told()) == 2


def test_what_was_private_is_told_when_it_is_not_any_more(anna: Person) -> None:
    event = anna.add_event(Subject="Quetzal", Sensitivity="private")
    anna.poll()
    assert [each["Subject"] for each in anna.appointments()] == ["Busy"]

    anna.edit_event(event["Id"], Sensitivity="normal")
    anna.poll()

    assert [each["Subject"] for each in anna.appointments()] == ["Quetzal"]


def test_a_preference_for_less_takes_back_what_was_told_of_all_events(anna: Person) -> None:
    anna.add_event(Subject="Quetzal", Body="Zymurgy")
    anna.add_event(at(hour=8), Subject="Xylograph")
    anna.poll()

    anna.prefer(ImportDetail="BusyOnly")

    until(lambda: {each["Subject"] for each in anna.appointments()} == {"Busy"}, what="all of them are busy time only")
    assert "Zymurgy" not in str([(each["Subject"], each["Body"]) for each in anna.appointments()])


def test_a_private_event_of_another_is_a_double_booking_without_a_name(anna: Person) -> None:
    anna.add_event(anna.tomorrow(), Subject="Quetzal", Sensitivity="private")

    answer = anna.push(a_guid())

    assert [each["Subject"] for each in answer.json()["Conflicts"]] == [None]
    assert "Quetzal" not in answer.text


@pytest.fixture(name="lived", scope="module")
def _lived(own_stack: Stack, own_control: Control, own_hire: Hire) -> Person:
    """Return a rep who had a little of everything, all of it delivered by now."""
    anna = own_hire(DisplayName="Jabberwock")
    anna.connect(DisplayName="Jabberwock")
    said = {"Subject": "Quetzal", "Body": "<p>Zymurgy</p>", "BodyType": "Html", "Location": "Xylograph"}
    booked = anna.book(**said)
    anna.edit(booked["AppointmentGuid"], Subject="Quetzal, twice")
    anna.edit_event(booked["EventId"], Body="<p>Zymurgy and more</p>")
    anna.push(a_guid(), **said, Recurrence=["RRULE:FREQ=WEEKLY;COUNT=3"], TimeZone="Europe/Berlin")
    imported: dict[str, Any] = {
        "Subject": "Kookaburra",
        "Body": "Zymurgy",
        "Location": "Xylograph",
        "Categories": ["Fjaellraev"],
    }
    anna.add_event(**imported, Attendees=[{"Address": "v@vexillum.example", "Name": "Wolpertinger"}])
    anna.add_event(at(hour=8), **imported, Sensitivity="private")
    anna.prefer(OnlyCategories=["Fjaellraev"])
    anna.poll()
    own_control.fault("graph", "unavailable", RetryAfter="1", Match={"Actor": anna.upn, "Method": "POST"})
    assert anna.push(a_guid(), Subject="Quetzal, late", Body="Zymurgy", Location="Xylograph").status_code == 202
    until(lambda: "Quetzal, late" in subjects(anna), seconds=60, what="what waited has arrived")
    assert anna.push(a_guid(), **said, LeadUrl="https://kookaburra.example").status_code == 400
    own_control.fault("graph", "refuse", Match={"Actor": anna.upn, "Method": "POST"})
    assert anna.push(a_guid(), **said).status_code == 400
    # The reason that SalesExec gives is kept in the receipt, and this SalesExec's names the word.
    own_control.call("POST", "salesexec/config", {"RejectSubjects": ["unwanted"]})
    anna.add_event(at(hour=7), **{**imported, "Subject": "Kookaburra unwanted"})
    anna.poll()
    anna.prefer(OnlyCategories=[])
    guid = anna.push(a_guid(), **said).json()["AppointmentGuid"]
    anna.api.delete(guid, later())
    at_rest(own_stack)
    return anna


def forms_of(word: str) -> list[bytes]:
    """Return a word as it may lie in a file: in several encodings, and in base64 wherever it begins."""
    forms = [word.encode(), word.lower().encode(), word.encode("utf-16-le")]
    padded = [base64.b64encode(b"\0" * shift + word.encode()) for shift in range(3)]
    return [*forms, *(each[4:-4] for each in padded)]


def found_in(content: bytes, words: tuple[str, ...]) -> list[str]:
    return [word for word in words if any(form in content for form in forms_of(word))]


def test_nothing_of_an_event_lies_in_a_table_or_a_queue_once_it_was_delivered(own_stack: Stack, lived: Person) -> None:
    assert len(lived.appointments()) >= 3

    # Names of categories are kept as long as they are among her preferences; these were put back.
    assert found_in(stored_bytes(own_stack), MARKERS) == []
    assert found_in(messages(own_stack), MARKERS) == []


def test_nothing_of_an_event_lies_in_a_log_nor_in_any_other_file(own_stack: Stack, lived: Person) -> None:
    files = [file for file in own_stack.folder.rglob("*") if file.is_file()]

    assert own_stack.host.child.log in files
    assert lived.user in own_stack.host.log()
    assert {file.name: found for file in files if (found := found_in(file.read_bytes(), MARKERS))} == {}
    assert lived.upn not in own_stack.host.log()


def test_nothing_of_an_event_lies_in_a_receipt(lived: Person) -> None:
    for each in lived.appointments():
        receipt = str(lived.api.receipt(each["AppointmentGuid"]))
        assert found_in(receipt.encode(), MARKERS) == []


def messages(stack: Stack) -> bytes:
    """Return every message that can be seen in any queue, those that were set aside included."""
    with QueueServiceClient.from_connection_string(stack.storage) as service:
        found = []
        for queue in service.list_queues():
            with service.get_queue_client(queue.name) as client:
                found += [str(message.content).encode() for message in client.peek_messages(32)]
        return b"\n".join(found)
