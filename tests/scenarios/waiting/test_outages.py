"""Hours and days of trouble, with time moved from outside: nothing lost, doubled, early or poisoned."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from sandbox.stack import Stack
from tests.control import Control
from tests.scenarios.api import outcome
from tests.scenarios.conftest import Hire
from tests.scenarios.people import Person, a_guid
from tests.scenarios.proofs import asked, at_rest, early, lose_messages, poisoned, tick
from tests.waiting import until

HOUR = timedelta(hours=1)


@pytest.fixture(name="anna")
def _anna(own_hire: Hire) -> Person:
    anna = own_hire()
    anna.connect()
    return anna


@pytest.fixture(autouse=True)
def _all_well_in_the_end(own_stack: Stack, own_control: Control) -> Iterator[None]:
    yield
    own_control.clear_faults()
    assert poisoned(own_stack) == {}


def hours_pass(stack: Stack, *people: Person, hours: float, step: float = 0.5) -> None:
    """Let time pass in steps, with a tick of the timer at each."""
    for _ in range(int(hours / step)):
        stack.advance_clock(timedelta(hours=step))
        tick(stack, *people)
        at_rest(stack)


def subjects(person: Person) -> list[str]:
    return sorted(event["Subject"] for event in person.events())


def test_throttled_for_an_hour_nothing_is_asked_for_an_hour(
    own_stack: Stack, own_control: Control, anna: Person
) -> None:
    known = anna.book(Subject="Known")
    own_control.fault("graph", "throttle", RetryAfter="3600", Match={"Actor": anna.upn})
    answers = [anna.edit(known["AppointmentGuid"], Subject="Known, edited")["Push"]["Body"]]
    answers += [anna.book(Subject=f"Visit {number}")["Push"]["Body"] for number in range(3)]
    since = anna.mark()

    hours_pass(own_stack, anna, hours=0.75, step=0.25)
    meanwhile = (anna.graph_calls(since), subjects(anna))
    own_stack.advance_clock(timedelta(minutes=16))
    until(lambda: len(anna.events()) == 4, seconds=30, what="all have arrived")
    at_rest(own_stack)

    assert {(answer["Outcome"], answer["Reason"]) for answer in answers} == {("Queued", "Throttled")}
    assert meanwhile == ([], ["Known"])
    assert subjects(anna) == ["Known, edited", "Visit 0", "Visit 1", "Visit 2"]
    assert early(own_control, anna.upn) == []
    assert anna.told() == []


def test_graph_is_down_for_a_day(own_stack: Stack, own_control: Control, anna: Person) -> None:
    known, gone = anna.book(Subject="Known"), anna.book(Subject="Gone")
    anna.add_event(Subject="Dentist")
    own_control.fault("graph", "unavailable", times=None, Match={"Actor": anna.upn})
    answers = [
        anna.edit(known["AppointmentGuid"], Subject="Known, edited")["Push"]["Body"],
        anna.cancel(gone["AppointmentGuid"])["Push"]["Body"],
        anna.book(Subject="New")["Push"]["Body"],
    ]

    since = anna.mark()
    hours_pass(own_stack, anna, hours=24, step=2)
    tried = len(anna.graph_calls(since))
    own_control.clear_faults()
    hours_pass(own_stack, anna, hours=1)

    assert {(answer["Outcome"], answer["Reason"]) for answer in answers} == {("Queued", "GraphUnavailable")}
    assert subjects(anna) == ["Dentist", "Known, edited", "New"]
    assert sorted(each["Subject"] for each in anna.appointments()) == ["Dentist", "Known, edited", "New"]
    assert len(anna.told()) == 1
    assert tried < 120


@pytest.mark.parametrize("kind", ["unavailable", "throttle", "drop_before", "drop_after", "accept_then_fail"])
def test_salesexec_is_down_for_an_hour(own_stack: Stack, own_control: Control, anna: Person, kind: str) -> None:
    edited, removed = anna.book(Subject="Edit me"), anna.book(Subject="Remove me")
    wait = {"RetryAfter": "600"} if kind == "throttle" else {}
    own_control.fault("salesexec", kind, times=None, Match={"PathContains": "CalendarChanges"}, **wait)
    anna.add_event(Subject="Dentist")
    anna.edit_event(edited["EventId"], Subject="Edited")
    anna.delete_event(removed["EventId"])

    hours_pass(own_stack, anna, hours=1, step=0.25)
    own_control.clear_faults()
    hours_pass(own_stack, anna, hours=1)

    assert sorted(each["Subject"] for each in anna.appointments()) == ["Dentist", "Edited"]
    assert subjects(anna) == ["Dentist", "Edited"]
    assert len({change["ChangeId"] for change in anna.told()}) == 3


def test_entra_refuses_the_app_for_hours_and_nobody_is_disconnected(
    own_stack: Stack, own_control: Control, anna: Person
) -> None:
    [secret] = [each["Secret"] for each in own_control.call("GET", "entra/secrets")["Secrets"]]
    own_stack.advance_clock(2 * HOUR)
    own_control.call("PUT", "entra/secrets", {"Expire": [secret]})
    since = anna.mark()

    answer = anna.push(a_guid(), Subject="New")
    hours_pass(own_stack, anna, hours=3, step=0.5)
    refused = len([each for each in asked(own_control, "entra", since) if "token" in each])
    own_control.call("PUT", "entra/secrets", {"Remove": [secret]})
    own_control.call("PUT", "entra/secrets", {"Add": [secret]})
    hours_pass(own_stack, anna, hours=1)

    assert outcome(answer)[1] == "Queued"
    assert anna.api.connection(anna.user)["State"] == "Connected"
    assert subjects(anna) == ["New"]
    assert anna.notices() == []
    assert refused < 40


def test_lost_messages_are_made_up_for_by_the_timer(own_stack: Stack, own_control: Control, anna: Person) -> None:
    own_control.fault("graph", "throttle", RetryAfter="600", Match={"Actor": anna.upn})
    assert outcome(anna.push(a_guid(), Subject="New"))[1] == "Queued"

    lose_messages(own_stack)
    hours_pass(own_stack, anna, hours=1, step=0.25)

    assert subjects(anna) == ["New"]
    assert early(own_control, anna.upn) == []


def test_the_vault_is_down_and_the_app_has_a_key_for_what_waits(
    own_stack: Stack, own_control: Control, anna: Person
) -> None:
    """A key in memory is all that is needed; the rep's token has to be fetched, which the vault keeps from happening."""
    own_control.fault("graph", "throttle", RetryAfter="1", Match={"Actor": anna.upn})
    anna.push(a_guid(), Subject="First")
    until(anna.events, what="the first has arrived")
    own_stack.advance_clock(timedelta(minutes=90))
    own_control.fault("vault", "unavailable", times=None)

    answer = anna.push(a_guid(), Subject="Second")
    hours_pass(own_stack, anna, hours=1, step=0.5)
    meanwhile = subjects(anna)
    own_control.clear_faults()
    hours_pass(own_stack, anna, hours=1)

    assert outcome(answer)[:2] == (202, "Queued")
    assert meanwhile == ["First"]
    assert subjects(anna) == ["First", "Second"]


def test_the_vault_is_down_and_the_app_has_no_key_for_what_waits(
    own_stack: Stack, own_control: Control, anna: Person
) -> None:
    """Content rests encrypted or not at all: the caller is told so, and when to come again."""
    own_stack.stop_host()
    own_stack.start_host()
    own_control.fault("vault", "unavailable", times=None)
    guid = a_guid()

    answer = anna.push(guid, Subject="Second")
    own_control.clear_faults()
    again = anna.push(guid, Subject="Second")

    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert outcome(again)[:2] == (201, "Created")
    assert subjects(anna) == ["Second"]
