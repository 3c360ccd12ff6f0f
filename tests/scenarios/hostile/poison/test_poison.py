"""Work that fails however often it is tried: said where people look, set aside, and sent again as the docs say."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from azure.storage.queue import QueueServiceClient

from sandbox.running.environment import clean_environment
from sandbox.stack import Stack
from tests.control import Control
from tests.scenarios.api import answered, outcome
from tests.scenarios.conftest import Hire
from tests.scenarios.people import Person, a_guid
from tests.scenarios.proofs import POISON, at_rest, poisoned, reconcile
from tests.waiting import until

REPOSITORY = Path(__file__).resolve().parents[4]
OPERATIONS = (REPOSITORY / "docs" / "operations.md").read_text(encoding="utf-8")
POLLS, RECONCILES = "poll-calendars", "reconcile-appointments"


@pytest.fixture(name="anna")
def _anna(own_hire: Hire) -> Person:
    anna = own_hire()
    anna.connect()
    return anna


@pytest.fixture(autouse=True)
def _nothing_left_aside(own_stack: Stack, own_control: Control) -> Iterator[None]:
    """Clear what a story set aside, and end its faults before anything is tried once more."""
    yield
    own_control.clear_faults()
    with QueueServiceClient.from_connection_string(own_stack.storage) as service:
        for queue in service.list_queues():
            if queue.name.endswith(POISON):
                service.get_queue_client(queue.name).clear_messages()


def documented(command: str) -> str:
    """Return the block of docs/operations.md, below the heading of poison queues, in which a command stands."""
    section = OPERATIONS.partition("## A poison queue has messages")[2].partition("\n## ")[0]
    [block] = [each for each in re.findall(r"```bash\n(.*?)```", section, re.DOTALL) if command in each]
    return str(block)


def as_documented(stack: Stack, command: str, queue: str) -> str:
    """Run a block of the docs with the queue named, `az` being a stand-in, and return what it prints."""
    script = re.sub(r"^QUEUE=.*$", "", documented(command), flags=re.MULTILINE)
    stand_in = 'az() { "$PYTHON" -m tests.scenarios.hostile.poison.az_stand_in "$STORAGE_OF_TEST" "$@"; }\n'
    environment = {
        **clean_environment({}),
        "PYTHON": sys.executable,
        "PYTHONPATH": str(REPOSITORY),
        "STORAGE_OF_TEST": stack.storage,
        "STORAGE": "devstoreaccount1",
        "QUEUE": queue,
    }
    done = subprocess.run(  # noqa: S603 - what the docs say
        ["/bin/bash", "-euo", "pipefail", "-c", stand_in + script],
        env=environment, cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def fleet_says_of(person: Person) -> list[str]:
    """Return why somebody should look after a rep."""
    needy: list[dict[str, Any]] = answered(person.api.call("GET", "fleet", "get_fleet"))["NeedAPerson"]
    return [each["Why"] for each in needy if each["UserGuid"] == person.user]


def test_a_poll_that_is_refused_is_said_set_aside_and_sent_again_as_documented(
    own_stack: Stack, own_control: Control, anna: Person
) -> None:
    own_control.fault("salesexec", "refuse", times=None, Match={"PathContains": "CalendarChanges", "Actor": anna.user})
    anna.add_event(Subject="Dentist")

    assert anna.api.sync(anna.user).status_code == 202

    until(lambda: poisoned(own_stack), seconds=60, what="the message is set aside")
    assert list(poisoned(own_stack)) == [POLLS + POISON]
    assert anna.user in poisoned(own_stack)[POLLS + POISON][0]
    error = anna.api.connection(anna.user)["LastError"]
    assert (error["Code"], "SalesExec answered 400" in error["Message"]) == ("Refused", True)
    assert ["refuses what is asked" in why for why in fleet_says_of(anna)] == [True]
    assert anna.appointments() == []
    assert anna.user in as_documented(own_stack, "az storage message peek", POLLS)

    own_control.clear_faults()
    as_documented(own_stack, "az storage message put", POLLS)

    until(lambda: anna.appointments(), what="what was set aside is done")
    at_rest(own_stack)
    assert poisoned(own_stack) == {}
    assert [each["Subject"] for each in anna.appointments()] == ["Dentist"]
    assert anna.api.connection(anna.user)["LastError"] is None
    assert fleet_says_of(anna) == []


def test_what_is_sent_again_twice_over_does_no_harm(own_stack: Stack, anna: Person) -> None:
    anna.add_event(Subject="Dentist")
    message = f'{{"Version":1,"Work":"Poll","UserGuid":"{anna.user}"}}'
    with QueueServiceClient.from_connection_string(own_stack.storage) as service:
        aside = service.get_queue_client(POLLS + POISON)
        if POLLS + POISON not in {queue.name for queue in service.list_queues()}:
            aside.create_queue()
        for _ in range(3):
            aside.send_message(message)

    as_documented(own_stack, "az storage message put", POLLS)
    until(lambda: anna.appointments(), what="the polls are done")
    at_rest(own_stack)

    assert [each["Subject"] for each in anna.appointments()] == ["Dentist"]
    assert len({change["ChangeId"] for change in anna.told()}) == 1
    assert poisoned(own_stack) == {}


def test_a_reading_of_salesexec_that_is_refused_is_sent_again_as_documented(
    own_stack: Stack, own_control: Control, anna: Person
) -> None:
    booked = anna.book(Subject="Never pushed", Push=False)
    own_control.fault("salesexec", "refuse", times=None, Match={"PathContains": "/Appointments", "Actor": anna.user})
    message = f'{{"Version":1,"Work":"Reconcile","UserGuid":"{anna.user}"}}'
    with QueueServiceClient.from_connection_string(own_stack.storage) as service:
        service.get_queue_client(RECONCILES).send_message(message)
    until(lambda: poisoned(own_stack), seconds=60, what="the message is set aside")
    assert poisoned(own_stack) == {RECONCILES + POISON: [message]}

    own_control.clear_faults()
    as_documented(own_stack, "az storage message put", RECONCILES)

    until(lambda: [event["Subject"] for event in anna.events()] == ["Never pushed"], what="it is pushed")
    at_rest(own_stack)
    assert poisoned(own_stack) == {}
    assert anna.api.receipt(booked["AppointmentGuid"])["Entries"][0]["Outcome"] == "Created"
    reconcile(own_stack, anna)
    assert len(anna.events()) == 1


GARBAGE = [
    "",
    "nonsense",
    "{}",
    '{"Version":99,"Work":"Poll"}',
    '{"Version":1,"Work":"Poll","UserGuid":"x"}',
    "\u00e9" * 9,
]


def test_messages_that_nobody_can_read_are_set_aside_and_hold_up_nobody(own_stack: Stack, anna: Person) -> None:
    anna.add_event(Subject="Dentist")
    with QueueServiceClient.from_connection_string(own_stack.storage) as service:
        for garbage in GARBAGE:
            service.get_queue_client(POLLS).send_message(garbage)

    anna.poll()

    assert [each["Subject"] for each in anna.appointments()] == ["Dentist"]
    until(
        lambda: len(poisoned(own_stack).get(POLLS + POISON, ())) == len(GARBAGE), seconds=60, what="all are set aside"
    )
    assert sorted(poisoned(own_stack)[POLLS + POISON]) == sorted(GARBAGE)


def test_a_waiting_push_that_outlook_will_not_have_is_said_in_its_receipt_and_set_aside_nowhere(
    own_stack: Stack, own_control: Control, anna: Person
) -> None:
    guid, other = a_guid(), a_guid()
    match = {"Actor": anna.upn, "Method": "POST"}
    own_control.fault("graph", "unavailable", RetryAfter="1", Match=match)
    own_control.fault("graph", "refuse", Match=match)

    assert outcome(anna.push(guid, Subject="Refused"))[:2] == (202, "Queued")
    until(lambda: own_control.faults() == [], seconds=60, what="it was refused when its time came")
    at_rest(own_stack)
    pushed = anna.push(other, Subject="Another")

    newest = anna.api.receipt(guid)["Entries"][0]
    assert "400" in newest["Why"]
    assert outcome(pushed)[:2] == (201, "Created")
    assert poisoned(own_stack) == {}
    assert anna.push(guid, Subject="Right now").status_code == 201
