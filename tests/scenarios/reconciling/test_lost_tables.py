"""The tables of what belongs to what are lost, wholly: neither side gets anything twice, and edits flow on."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest

from sandbox.stack import Stack
from tests.control import Control
from tests.scenarios.conftest import Hire
from tests.scenarios.people import Person, lasting
from tests.scenarios.proofs import agreed, hours_pass, lose_tables, out_of_order, poisoned, reconcile, subjects

LOSSES = [("Mappings",), ("Mappings", "Appointments")]


@pytest.fixture(name="anna")
def _anna(spare_hire: Hire) -> Person:
    """Return a rep whose two sides have seen creations, imports, edits, deletions, a copy and a meeting."""
    anna = spare_hire()
    anna.connect()
    start = anna.tomorrow() + timedelta(days=3)
    ours = [anna.book(Subject=f"Ours {number}", **lasting(start)) for number in range(4)]
    own = [anna.add_event(start, Subject=f"Own {number}") for number in range(4)]
    anna.poll()
    anna.edit_event(ours[0]["EventId"], Subject="Ours 0, edited in Outlook")
    anna.edit(ours[1]["AppointmentGuid"], Subject="Ours 1, edited in SalesExec")
    anna.delete_event(ours[3]["EventId"])
    anna.edit_event(own[0]["Id"], Subject="Own 0, edited in Outlook")
    by_event = {each["EventId"]: each["AppointmentGuid"] for each in anna.appointments()}
    anna.edit(by_event[own[1]["Id"]], Subject="Own 1, edited in SalesExec")
    anna.cancel(by_event[own[3]["Id"]])
    anna.invite(ours[2]["EventId"], "eve@elsewhere.example")
    anna.poll()
    assert agreed(anna)
    return anna


@pytest.mark.parametrize(("first", "lost"), [*product(["poll", "reconcile"], LOSSES), ("day", LOSSES[-1])])
def test_losing_the_tables_doubles_nothing_on_either_side(
    spare_stack: Stack, anna: Person, first: str, lost: tuple[str, ...]
) -> None:
    before = both_sides(anna)

    lose_tables(spare_stack, *lost)
    if first == "poll":
        anna.poll()
    if first == "reconcile":
        reconcile(spare_stack, anna)
        anna.poll()
    hours_pass(spare_stack, anna, hours=25, step=12.5)

    assert both_sides(anna) == before
    assert agreed(anna)
    assert out_of_order(anna) == []
    assert poisoned(spare_stack) == {}
    assert anna.mails_caused_by_app() == 0


@pytest.mark.parametrize("lost", LOSSES)
def test_edits_and_removals_made_after_the_loss_arrive_and_double_nothing(
    spare_stack: Stack, anna: Person, lost: tuple[str, ...]
) -> None:
    guid_of = {each["Subject"]: each["AppointmentGuid"] for each in anna.appointments()}

    lose_tables(spare_stack, *lost)
    # SalesExec stamps whole seconds, never one twice: an edit must not fall into those that it has used up already.
    spare_stack.advance_clock(timedelta(minutes=1))
    anna.edit_event(anna.event("Ours 0, edited in Outlook")["Id"], Subject="Ours 0, edited again")
    anna.edit(guid_of["Ours 1, edited in SalesExec"], Subject="Ours 1, edited again")
    anna.edit_event(anna.event("Own 0, edited in Outlook")["Id"], Subject="Own 0, edited again")
    anna.book(Subject="New in SalesExec")
    anna.add_event(Subject="New in Outlook")
    anna.poll()
    reconcile(spare_stack, anna)
    hours_pass(spare_stack, anna, hours=25, step=12.5)
    anna.cancel(guid_of["Ours 1, edited in SalesExec"])
    anna.delete_event(anna.event("Own 2")["Id"])
    anna.poll()

    assert agreed(anna)
    assert subjects(anna) == [
        "New in Outlook",
        "New in SalesExec",
        "Ours 0, edited again",
        "Ours 2",
        "Own 0, edited again",
        "Own 1, edited in SalesExec",
    ]
    assert out_of_order(anna) == []
    assert anna.mails_caused_by_app() == 0


@pytest.mark.parametrize(("status", "names_event"), [("400", "no"), ("409", "yes")])
def test_a_push_after_the_loss_finds_the_event_whatever_graph_says_of_the_used_transaction(
    spare_stack: Stack, spare_control: Control, spare_hire: Hire, status: str, names_event: str
) -> None:
    anna = spare_hire()
    anna.connect()
    booked = anna.book(Subject="Call")
    usual = spare_control.call("GET", "switches")["Switches"]
    spare_control.switch(graph__duplicate_transaction_status=status, graph__duplicate_names_event=names_event)

    lose_tables(spare_stack, "Mappings", "Appointments")
    answer = anna.edit(booked["AppointmentGuid"], Subject="Call, edited")["Push"]
    anna.poll()
    spare_control.call("PUT", "switches", {each["Name"]: each["Value"] for each in usual})

    assert answer["Status"] in (200, 201)
    assert answer["Body"]["EventId"] == booked["EventId"]
    assert subjects(anna) == ["Call, edited"]
    assert agreed(anna)
    assert anna.told() == []


def both_sides(person: Person) -> tuple[object, ...]:
    """Return what there is in Outlook and in SalesExec, so that before and after can be compared."""
    events = {event["Id"]: (event["Subject"], event["StartUtc"], event["EndUtc"]) for event in person.events()}
    appointments = {each["AppointmentGuid"]: (each["Subject"], each["EventId"]) for each in person.appointments()}
    return events, appointments
