"""Once a day SalesExec's list is read: what never came is made up for, what is right costs nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest

from sandbox.stack import Stack
from tests.control import Control
from tests.scenarios.conftest import Hire
from tests.scenarios.people import Person, lasting
from tests.scenarios.proofs import agreed, at_rest, costs, hours_pass, poisoned, reconcile, subjects
from tests.waiting import until

DAY = timedelta(days=1)


@pytest.fixture(name="anna")
def _anna(spare_hire: Hire) -> Person:
    anna = spare_hire()
    anna.connect()
    return anna


@pytest.fixture(autouse=True)
def _nothing_poisoned(spare_stack: Stack, spare_control: Control) -> Iterator[None]:
    yield
    spare_control.clear_faults()
    assert poisoned(spare_stack) == {}


def in_days(person: Person, days: int = 4) -> dict[str, str]:
    """Return Start and End on a day from hers."""
    return lasting(person.tomorrow() + (days - 1) * DAY)


def test_what_never_came_is_made_up_for_within_a_day(spare_stack: Stack, anna: Person) -> None:
    edited, gone = anna.book(Subject="Edit me"), anna.book(Subject="Gone")
    anna.book(Subject="New", Push=False, **in_days(anna))
    anna.edit(edited["AppointmentGuid"], Subject="Edited", Push=False)
    anna.cancel(gone["AppointmentGuid"], Push=False)

    hours_pass(spare_stack, anna, hours=25, step=5)

    assert subjects(anna) == ["Edited", "New"]
    assert agreed(anna)
    assert anna.told() == []


def test_each_day_has_one_reading_and_what_is_right_costs_nothing(
    spare_stack: Stack, spare_control: Control, anna: Person
) -> None:
    anna.book(Subject="Call")
    anna.add_event(Subject="Dentist")
    anna.poll()
    before = len(anna.evidence.runs("reconcile_appointments", anna.user))

    hours_pass(spare_stack, anna, hours=72, step=6)
    readings = anna.evidence.runs("reconcile_appointments", anna.user)[before:]
    since = anna.mark()
    reconcile(spare_stack, anna)

    assert len(readings) == 3
    assert [run["listed"] for run in readings] == [2] * 3
    assert costs(spare_control, since, anna) == Counter(salesexec=1)


def test_an_appointment_enters_outlook_within_a_day_of_entering_the_window(spare_stack: Stack, anna: Person) -> None:
    booked = anna.book(Subject="Far away", **in_days(anna, 92))
    hours_pass(spare_stack, anna, hours=25, step=12.5)
    before = subjects(anna)

    hours_pass(spare_stack, anna, hours=50, step=12.5)

    assert booked["Push"]["Body"]["Reason"] == "OutsideWindow"
    assert before == []
    assert subjects(anna) == ["Far away"]


def test_what_is_over_is_not_made_anew(spare_stack: Stack, anna: Person) -> None:
    anna.book(Subject="Over", Push=False, **in_days(anna, -1))
    anna.book(Subject="To come", Push=False)

    reconcile(spare_stack, anna)

    assert subjects(anna) == ["To come"]


def test_what_came_from_outlook_is_never_made_there_anew(spare_stack: Stack, anna: Person) -> None:
    anna.add_event(Subject="Dentist")
    anna.poll()
    [imported] = anna.appointments()
    moved_away = imported["EventId"]
    anna.edit_event(moved_away, Sensitivity="private")

    reconcile(spare_stack, anna)
    anna.delete_event(moved_away)
    reconcile(spare_stack, anna)
    anna.poll()
    reconcile(spare_stack, anna)

    assert subjects(anna) == []
    assert anna.appointments() == []


def test_what_salesexec_rejected_is_not_overwritten(spare_stack: Stack, spare_control: Control, anna: Person) -> None:
    booked = anna.book(Subject="Call")
    spare_control.call("POST", "salesexec/config", {"RejectSubjects": ["forbidden"]})
    anna.edit_event(booked["EventId"], Subject="forbidden words")
    anna.poll()

    hours_pass(spare_stack, anna, hours=25, step=12.5)
    spare_control.call("POST", "salesexec/config", {"RejectSubjects": []})

    assert subjects(anna) == ["forbidden words"]
    assert anna.appointment(booked["AppointmentGuid"])["Subject"] == "Call"
    assert len(anna.told()) == 1


@pytest.mark.parametrize("kind", ["unavailable", "throttle"])
def test_a_list_that_cannot_be_read_is_read_later_by_itself(
    spare_stack: Stack, spare_control: Control, anna: Person, kind: str
) -> None:
    anna.book(Subject="New", Push=False, **in_days(anna))
    wait = {"RetryAfter": "1200"} if kind == "throttle" else {}
    spare_control.fault("salesexec", kind, times=2, Match={"Method": "GET", "Actor": anna.user}, **wait)

    hours_pass(spare_stack, anna, hours=25, step=12.5)
    hours_pass(spare_stack, anna, hours=2)

    assert subjects(anna) == ["New"]


def test_a_reading_that_graph_breaks_off_goes_on_and_doubles_nothing(
    spare_stack: Stack, spare_control: Control, anna: Person
) -> None:
    for number in range(8):
        anna.book(Subject=f"Visit {number}", Push=False, **in_days(anna))
    spare_control.fault("graph", "accept_then_fail", times=2, Match={"Method": "POST", "Actor": anna.upn})

    hours_pass(spare_stack, anna, hours=25, step=25)
    hours_pass(spare_stack, anna, hours=2)

    assert subjects(anna) == [f"Visit {number}" for number in range(8)]
    assert agreed(anna)
    assert anna.told() == []


def test_pausing_reconnecting_and_a_wider_window_each_bring_what_is_missing(
    spare_stack: Stack, spare_control: Control, anna: Person
) -> None:
    anna.api.change(anna.user, {"Enabled": False})
    anna.book(Subject="While paused")
    anna.api.change(anna.user, {"Enabled": True})
    until(lambda: subjects(anna) == ["While paused"], what="resuming brought it")

    order = {"Upn": anna.upn, "Fate": "Revoked", "AccessTokensToo": True}
    spare_control.call("POST", "entra/grants", order)
    anna.poll()
    anna.book(Subject="While away", Push=False)
    anna.connect()
    until(lambda: subjects(anna) == ["While away", "While paused"], what="signing in again brought it")

    anna.book(Subject="Next year", **in_days(anna, 301))
    anna.prefer(WindowFutureDays=365)
    until(lambda: "Next year" in subjects(anna), what="the wider window brought it")
    at_rest(spare_stack)

    assert len(anna.events()) == 3
    assert agreed(anna)
