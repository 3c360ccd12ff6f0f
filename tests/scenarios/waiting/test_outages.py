"""Hours and days of trouble, with time moved from outside: nothing lost, doubled, early or poisoned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.utils import format_datetime

import pytest

from sandbox.stack import Stack
from tests.control import Control
from tests.scenarios.api import outcome
from tests.scenarios.conftest import Hire
from tests.scenarios.people import Person, a_guid
from tests.scenarios.proofs import agreed, asked, early, hours_pass, lose_messages, poisoned, subjects
from tests.waiting import until

HOUR = timedelta(hours=1)


def simulated_now(control: Control) -> datetime:
    """Return the time as the simulators have it."""
    return datetime.fromisoformat(control.call("GET", "clock")["Now"])


@pytest.fixture(name="anna")
def _anna(spare_hire: Hire) -> Person:
    anna = spare_hire()
    anna.connect()
    return anna


@pytest.fixture(autouse=True)
def _all_well_in_the_end(spare_stack: Stack, spare_control: Control) -> Iterator[None]:
    yield
    spare_control.clear_faults()
    assert poisoned(spare_stack) == {}


@pytest.mark.parametrize("spelling", ["seconds", "decimals", "date"])
def test_throttled_for_an_hour_nothing_is_asked_for_an_hour(
    spare_stack: Stack, spare_control: Control, anna: Person, spelling: str
) -> None:
    known, gone = anna.book(Subject="Known"), anna.book(Subject="Gone")
    anna.poll()
    anna.add_event(Subject="Dentist")
    date = format_datetime(simulated_now(spare_control) + HOUR, usegmt=True)
    wait = {"seconds": "3600", "decimals": "3600.5", "date": date}[spelling]
    spare_control.fault("graph", "throttle", RetryAfter=wait, Match={"Actor": anna.upn})
    pushes = [
        anna.edit(known["AppointmentGuid"], Subject="Known, edited"),
        *(anna.book(Subject=f"Visit {number}") for number in range(3)),
        anna.cancel(gone["AppointmentGuid"]),
    ]
    since = anna.mark()

    hours_pass(spare_stack, anna, hours=0.75, step=0.25)
    meanwhile = (anna.graph_calls(since), subjects(anna))
    spare_stack.advance_clock(timedelta(minutes=16))
    until(lambda: len(anna.events()) == 5, seconds=30, what="all have arrived")
    hours_pass(spare_stack, anna, hours=0.25, step=0.25)
    calls = Counter(anna.graph_calls(since))

    answers = [push["Push"]["Body"] for push in pushes]
    assert {(answer["Outcome"], answer["Reason"]) for answer in answers} == {("Queued", "Throttled")}
    assert meanwhile == ([], ["Dentist", "Gone", "Known"])
    assert subjects(anna) == ["Dentist", "Known, edited", "Visit 0", "Visit 1", "Visit 2"]
    assert (calls["POST events"], calls["PATCH event"], calls["DELETE event"]) == (3, 1, 1)
    assert early(spare_control, anna.upn) == []
    assert [change["Event"]["Subject"] for change in anna.told()] == ["Dentist"]
    assert agreed(anna)


def test_graph_is_down_for_a_day(spare_stack: Stack, spare_control: Control, anna: Person) -> None:
    known, gone = anna.book(Subject="Known"), anna.book(Subject="Gone")
    anna.add_event(Subject="Dentist")
    spare_control.fault("graph", "unavailable", times=None, Match={"Actor": anna.upn})
    answers = [
        anna.edit(known["AppointmentGuid"], Subject="Known, edited")["Push"]["Body"],
        anna.cancel(gone["AppointmentGuid"])["Push"]["Body"],
        anna.book(Subject="New")["Push"]["Body"],
    ]

    since = anna.mark()
    hours_pass(spare_stack, anna, hours=24, step=3)
    tried = len(anna.graph_calls(since))
    spare_control.clear_faults()
    hours_pass(spare_stack, anna, hours=1)

    assert {(answer["Outcome"], answer["Reason"]) for answer in answers} == {("Queued", "GraphUnavailable")}
    assert subjects(anna) == ["Dentist", "Known, edited", "New"]
    assert sorted(each["Subject"] for each in anna.appointments()) == ["Dentist", "Known, edited", "New"]
    assert len(anna.told()) == 1
    assert tried < 120


@pytest.mark.parametrize("kind", ["throttle", "drop_before", "accept_then_fail"])
def test_salesexec_is_down_for_an_hour(spare_stack: Stack, spare_control: Control, anna: Person, kind: str) -> None:
    edited, removed = anna.book(Subject="Edit me"), anna.book(Subject="Remove me")
    wait = {"RetryAfter": "600"} if kind == "throttle" else {}
    spare_control.fault("salesexec", kind, times=None, Match={"PathContains": "CalendarChanges"}, **wait)
    anna.add_event(Subject="Dentist")
    anna.edit_event(edited["EventId"], Subject="Edited")
    anna.delete_event(removed["EventId"])

    hours_pass(spare_stack, anna, hours=1, step=0.25)
    spare_control.clear_faults()
    hours_pass(spare_stack, anna, hours=1)

    assert sorted(each["Subject"] for each in anna.appointments()) == ["Dentist", "Edited"]
    assert subjects(anna) == ["Dentist", "Edited"]
    assert len({change["ChangeId"] for change in anna.told()}) == 3


def test_entra_refuses_the_app_for_hours_and_nobody_is_disconnected(
    spare_stack: Stack, spare_control: Control, anna: Person
) -> None:
    [secret] = [each["Secret"] for each in spare_control.call("GET", "entra/secrets")["Secrets"]]
    spare_stack.advance_clock(2 * HOUR)
    spare_control.call("PUT", "entra/secrets", {"Expire": [secret]})
    since = anna.mark()

    answer = anna.push(a_guid(), Subject="New")
    hours_pass(spare_stack, anna, hours=3, step=0.5)
    refused = len([each for each in asked(spare_control, "entra", since, anna.upn) if "token" in each])
    spare_control.call("PUT", "entra/secrets", {"Remove": [secret]})
    spare_control.call("PUT", "entra/secrets", {"Add": [secret]})
    hours_pass(spare_stack, anna, hours=1)

    assert outcome(answer)[1] == "Queued"
    assert anna.api.connection(anna.user)["State"] == "Connected"
    assert subjects(anna) == ["New"]
    assert anna.notices() == []
    assert 0 < refused < 40


def test_lost_messages_are_made_up_for_by_the_timer(spare_stack: Stack, spare_control: Control, anna: Person) -> None:
    spare_control.fault("graph", "throttle", RetryAfter="600", Match={"Actor": anna.upn})
    assert outcome(anna.push(a_guid(), Subject="New"))[1] == "Queued"

    lose_messages(spare_stack)
    hours_pass(spare_stack, anna, hours=1, step=0.25)

    assert subjects(anna) == ["New"]
    assert early(spare_control, anna.upn) == []


def test_the_vault_is_down_and_the_app_has_a_key_for_what_waits(
    spare_stack: Stack, spare_control: Control, anna: Person
) -> None:
    """A key in memory is all that is needed; her token has to be fetched, which the vault keeps from happening."""
    spare_control.fault("graph", "throttle", RetryAfter="1", Match={"Actor": anna.upn})
    anna.push(a_guid(), Subject="First")
    until(anna.events, what="the first has arrived")
    spare_stack.advance_clock(timedelta(minutes=90))
    spare_control.fault("vault", "unavailable", times=None)

    answer = anna.push(a_guid(), Subject="Second")
    hours_pass(spare_stack, anna, hours=1, step=0.5)
    meanwhile = subjects(anna)
    spare_control.clear_faults()
    hours_pass(spare_stack, anna, hours=1)

    assert outcome(answer)[:2] == (202, "Queued")
    assert meanwhile == ["First"]
    assert subjects(anna) == ["First", "Second"]


def test_the_vault_is_down_and_the_app_has_no_key_for_what_waits(
    spare_stack: Stack, spare_control: Control, anna: Person
) -> None:
    """Content rests encrypted or not at all: the caller is told so, and when to come again."""
    spare_stack.stop_host()
    spare_stack.start_host()
    spare_control.fault("vault", "unavailable", times=None)
    guid = a_guid()

    answer = anna.push(guid, Subject="Second")
    spare_control.clear_faults()
    again = anna.push(guid, Subject="Second")

    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert outcome(again)[:2] == (201, "Created")
    assert subjects(anna) == ["Second"]
