"""A grant dies: everything waits for the rep, she is told once, nothing is asked, and then all arrives in order."""

from __future__ import annotations

import pytest

from sandbox.stack import Stack
from tests.control import Control
from tests.scenarios.api import outcome
from tests.scenarios.people import Person, a_guid
from tests.scenarios.proofs import asked, at_rest, poisoned, tick
from tests.waiting import until

QUEUED = (202, "Queued", "ReconnectNeeded")


def revoke(control: Control, person: Person, fate: str = "Revoked") -> None:
    """Have a rep's grant die, at once and everywhere."""
    control.call("POST", "entra/grants", {"Upn": person.upn, "Fate": fate, "AccessTokensToo": True})


@pytest.mark.parametrize("fate", ["Revoked", "MfaRequired"])
def test_a_dead_grant_is_found_out_by_a_push_and_told_once(anna: Person, control: Control, fate: str) -> None:
    revoke(control, anna, fate)

    answers = [anna.push(a_guid(), Subject=f"Visit {number}") for number in range(3)]
    until(anna.notices, what="she was told")
    anna.api.sync(anna.user)

    assert {outcome(answer) for answer in answers} == {QUEUED}
    assert anna.api.connection(anna.user)["State"] == "ReconnectNeeded"
    assert anna.notices() == ["ReconnectNeeded"]


def test_after_signing_in_again_everything_arrives_in_order_and_once(
    stack: Stack, anna: Person, control: Control
) -> None:
    known = anna.book(Subject="Known")
    revoke(control, anna)
    anna.edit(known["AppointmentGuid"], Subject="Known, edited")
    for number in range(4):
        anna.book(Subject=f"Visit {number}")
    until(anna.notices, what="she was told")
    at_rest(stack)
    since = anna.mark()
    for _ in range(3):
        tick(stack, anna)
        anna.api.sync(anna.user)
        assert outcome(anna.push(a_guid(), Subject="Visit 4")) == QUEUED
        at_rest(stack)
    asked_meanwhile = anna.graph_calls(since) + asked(control, "entra", since, anna.upn)

    anna.connect()
    until(lambda: len(anna.events()) == 8, what="all have arrived")
    until(lambda: anna.notices() == ["ReconnectNeeded", "Reconnected"], what="she was told that all is well")
    at_rest(stack)

    assert asked_meanwhile == []
    made = sorted(anna.events(), key=lambda event: event["CreatedUtc"])
    names = [event["Subject"] for event in made]
    assert names[:5] == ["Known, edited", "Visit 0", "Visit 1", "Visit 2", "Visit 3"]
    assert names[5:] == ["Visit 4"] * 3
    assert anna.told() == []
    assert poisoned(stack) == {}


def test_a_poll_finds_out_too(anna: Person, control: Control, stack: Stack) -> None:
    revoke(control, anna)

    anna.poll()
    until(anna.notices, what="she was told")
    at_rest(stack)

    assert anna.notices() == ["ReconnectNeeded"]
    assert anna.api.connection(anna.user)["State"] == "ReconnectNeeded"
    assert poisoned(stack) == {}


@pytest.mark.parametrize("kind", ["unavailable", "throttle", "drop_before"])
def test_an_entra_that_is_down_disconnects_nobody(anna: Person, control: Control, kind: str) -> None:
    control.call("POST", "entra/grants", {"Upn": anna.upn, "AccessTokensToo": True, "Fate": "Revoked"})
    control.fault("entra", kind, times=None, Match={"PathContains": "token"})

    answer = anna.push(a_guid())

    assert outcome(answer)[1] == "Queued"
    assert anna.api.connection(anna.user)["State"] == "Connected"
