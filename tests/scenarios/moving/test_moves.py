"""Moves that come late, doubled, at once or are cut short; and events that are not ours to take away."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from sandbox.stack import Stack
from tests.control import Control
from tests.scenarios.api import outcome
from tests.scenarios.conftest import Hire
from tests.scenarios.moving.conftest import no_ghost
from tests.scenarios.people import Person
from tests.scenarios.proofs import at_rest, hours_pass, killed_at, reconcile, subjects

FIELDS = ("UserGuid", "Subject", "Body", "Start", "End", "ModifiedUtc")


@pytest.fixture(name="anna")
def _anna(spare_hire: Hire) -> Person:
    anna = spare_hire()
    anna.connect()
    return anna


@pytest.fixture(name="ben")
def _ben(spare_hire: Hire) -> Person:
    ben = spare_hire()
    ben.connect()
    return ben


def as_pushed(appointment: dict[str, Any]) -> dict[str, Any]:
    """Return the body with which SalesExec pushes an appointment as it is now."""
    return {name: appointment[name] for name in FIELDS}


def test_the_same_move_pushed_again_is_one_move(anna: Person, ben: Person, spare_control: Control) -> None:
    guid = anna.book(Subject="Moving")["AppointmentGuid"]
    moved = anna.hand_over(guid, ben, Push=False)

    answers = [anna.api.put(guid, as_pushed(moved)).json() for _ in range(3)]

    assert [answer["Outcome"] for answer in answers] == ["Created", "Unchanged", "Unchanged"]
    assert [answer["PreviousRep"] for answer in answers] == ["Removed", None, None]
    no_ghost(spare_control, guid, ben, anna)


def test_a_push_from_before_the_move_that_comes_late_is_stale(
    anna: Person, ben: Person, spare_control: Control
) -> None:
    booked = anna.book(Subject="Moving")
    guid = booked["AppointmentGuid"]
    anna.hand_over(guid, ben)

    late = anna.api.put(guid, as_pushed(booked))

    assert outcome(late) == (200, "Stale", None)
    no_ghost(spare_control, guid, ben, anna)


def test_moves_to_and_fro_pushed_at_once_end_with_the_newest(
    anna: Person, ben: Person, spare_stack: Stack, spare_control: Control
) -> None:
    for number in range(4):
        booked = anna.book(Subject=f"Moving {number}")
        guid = booked["AppointmentGuid"]
        moves = [anna.hand_over(guid, (ben, anna)[turn % 2], Push=False) for turn in range(5)]
        bodies = [as_pushed(moved) for moved in moves]

        with ThreadPoolExecutor(5) as callers:
            answers = list(callers.map(lambda body: anna.api.put(guid, body), bodies[1::2] + bodies[::2]))  # noqa: B023
        at_rest(spare_stack)
        hours_pass(spare_stack, anna, ben, hours=0.5, step=0.25)

        assert {answer.status_code for answer in answers} <= {200, 201, 202}
        no_ghost(spare_control, guid, ben, anna)


def test_an_event_that_the_old_rep_made_herself_stays_hers(
    anna: Person, ben: Person, spare_stack: Stack, spare_control: Control
) -> None:
    anna.add_event(Subject="Lunch")
    anna.poll()
    [imported] = anna.appointments()

    answer = anna.hand_over(imported["AppointmentGuid"], ben)["Push"]["Body"]
    hours_pass(spare_stack, anna, ben, hours=10, step=5)

    assert (answer["Outcome"], answer["PreviousRep"]) == ("Created", "NotOurs")
    assert (subjects(anna), subjects(ben)) == (["Lunch"], ["Lunch"])
    assert [change["Action"] for change in anna.told()] == ["Upsert"]
    assert ben.told() == []
    assert anna.appointments() == []
    no_mark = [event["Extensions"] for event in anna.events()]
    assert no_mark == [{}]
    no_ghost(spare_control, imported["AppointmentGuid"], ben, anna)


def test_a_meeting_stays_with_the_old_rep_and_nobody_is_mailed(anna: Person, ben: Person, spare_stack: Stack) -> None:
    booked = anna.book(Subject="Moving")
    anna.invite(booked["EventId"], "eve@elsewhere.example")

    answer = anna.hand_over(booked["AppointmentGuid"], ben)["Push"]["Body"]
    hours_pass(spare_stack, anna, ben, hours=10, step=5)

    assert (answer["Outcome"], answer["PreviousRep"]) == ("Created", "MeetingWithAttendees")
    assert (subjects(anna), subjects(ben)) == (["Moving"], ["Moving"])
    assert anna.told() == ben.told() == []
    assert anna.mails_caused_by_app() == 0


def test_an_edit_in_the_calendar_it_is_about_to_leave_is_told_nobody(
    anna: Person, ben: Person, spare_stack: Stack, spare_control: Control
) -> None:
    booked = anna.book(Subject="Moving")
    spare_control.fault("graph", "throttle", RetryAfter="1800", Match={"Actor": anna.upn})
    answer = anna.hand_over(booked["AppointmentGuid"], ben)["Push"]["Body"]

    anna.edit_event(booked["EventId"], Subject="Edited by Anna")
    hours_pass(spare_stack, anna, ben, hours=2, step=0.5)

    assert answer["PreviousRep"] == "Queued"
    assert anna.told() == ben.told() == []
    assert (subjects(anna), subjects(ben)) == ([], ["Moving"])
    no_ghost(spare_control, booked["AppointmentGuid"], ben, anna)


def test_a_removal_after_the_move_takes_it_out_of_both_calendars(
    anna: Person, ben: Person, spare_stack: Stack, spare_control: Control
) -> None:
    guid = anna.book(Subject="Moving")["AppointmentGuid"]
    spare_control.fault("graph", "throttle", RetryAfter="1800", Match={"Actor": anna.upn})
    anna.hand_over(guid, ben)

    answer = ben.cancel(guid)["Push"]["Body"]
    hours_pass(spare_stack, anna, ben, hours=2, step=0.5)

    assert answer["Outcome"] == "Deleted"
    assert (subjects(anna), subjects(ben)) == ([], [])
    assert anna.told() == ben.told() == []


@pytest.mark.parametrize(("method", "kind"), [("DELETE", "hold"), ("DELETE", "hold_after"), ("POST", "hold_after")])
def test_killed_in_the_middle_of_a_move_there_is_one_event_in_the_end(
    anna: Person, ben: Person, spare_stack: Stack, spare_control: Control, method: str, kind: str
) -> None:
    guid = anna.book(Subject="Moving")["AppointmentGuid"]
    moved = anna.hand_over(guid, ben, Push=False)
    whose = anna.upn if method == "DELETE" else ben.upn

    killed_at(
        spare_stack,
        spare_control,
        "graph",
        kind,
        {"Method": method, "Actor": whose},
        lambda: anna.api.put(guid, as_pushed(moved)),
    )
    hours_pass(spare_stack, anna, ben, hours=1, step=0.5)
    reconcile(spare_stack, ben)
    hours_pass(spare_stack, anna, ben, hours=1, step=0.5)

    no_ghost(spare_control, guid, ben, anna)
    assert anna.told() == ben.told() == []


@pytest.mark.parametrize("kind", ["drop_before", "accept_then_fail"])
def test_a_removal_whose_answer_is_lost_is_done_once(
    anna: Person, ben: Person, spare_stack: Stack, spare_control: Control, kind: str
) -> None:
    guid = anna.book(Subject="Moving")["AppointmentGuid"]
    spare_control.fault("graph", kind, Match={"Method": "DELETE", "Actor": anna.upn})

    answer = anna.hand_over(guid, ben)["Push"]["Body"]
    hours_pass(spare_stack, anna, ben, hours=1, step=0.5)

    assert (answer["Outcome"], answer["PreviousRep"]) == ("Created", "Queued")
    no_ghost(spare_control, guid, ben, anna)
    assert anna.told() == ben.told() == []
