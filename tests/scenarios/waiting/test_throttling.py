"""Outlook says "later" in each of its ways: the push arrives by itself, at that time and not before, once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from email.utils import format_datetime

import pytest

from sandbox.stack import Stack
from tests.control import Control
from tests.scenarios.api import outcome
from tests.scenarios.people import Person, a_guid, later, now
from tests.scenarios.proofs import early, poisoned, stored_bytes
from tests.waiting import until

QUEUED = (202, "Queued", "Throttled")


@pytest.fixture(autouse=True)
def _nothing_poisoned(stack: Stack) -> Iterator[None]:
    yield
    assert poisoned(stack) == {}


@pytest.mark.parametrize("spelling", ["seconds", "decimals", "date"])
def test_a_retry_after_is_kept_to_however_it_is_spelled(anna: Person, control: Control, spelling: str) -> None:
    date = format_datetime(now() + timedelta(seconds=6), usegmt=True)
    wait = {"seconds": "5", "decimals": "4.128", "date": date}[spelling]
    control.fault("graph", "throttle", RetryAfter=wait, Match={"Method": "POST", "Actor": anna.upn})
    since = anna.mark()

    answer = anna.push(a_guid())
    until(anna.events, seconds=30, what="the push has arrived")

    assert outcome(answer) == QUEUED
    assert early(control, anna.upn, since) == []
    assert anna.graph_calls(since).count("POST events") == 2
    assert anna.told() == []


def test_ten_pushes_while_throttled_ask_nothing_and_arrive_in_order(anna: Person, control: Control) -> None:
    control.fault("graph", "throttle", RetryAfter="6", Match={"Actor": anna.upn})
    anna.push(a_guid(), Subject="Visit 0")
    since = anna.mark()

    answers = [anna.push(a_guid(), Subject=f"Visit {number}") for number in range(1, 10)]
    meanwhile = anna.graph_calls(since)
    until(lambda: len(anna.events()) == 10, seconds=40, what="all have arrived")

    assert {outcome(answer) for answer in answers} == {QUEUED}
    assert meanwhile == []
    in_order = sorted(anna.events(), key=lambda event: event["CreatedUtc"])
    assert [event["Subject"] for event in in_order] == [f"Visit {number}" for number in range(10)]
    assert early(control, anna.upn, since) == []


def test_only_the_newest_of_what_waited_is_written(anna: Person, control: Control) -> None:
    guid = a_guid()
    control.fault("graph", "throttle", RetryAfter="5", Match={"Actor": anna.upn})
    since = anna.mark()

    for number in range(5):
        assert outcome(anna.push(guid, Subject=f"Version {number}", ModifiedUtc=later())) == QUEUED
    until(anna.events, seconds=30, what="the push has arrived")

    assert [event["Subject"] for event in anna.events()] == ["Version 4"]
    calls = anna.graph_calls(since)
    assert (calls.count("POST events"), calls.count("PATCH event")) == (2, 0)


def test_a_wait_is_in_the_receipt_and_so_is_its_end(anna: Person, control: Control) -> None:
    guid = a_guid()
    control.fault("graph", "throttle", RetryAfter="2", Match={"Actor": anna.upn})
    anna.push(guid)

    until(anna.events, seconds=30, what="the push has arrived")
    until(lambda: len(anna.api.receipt(guid)["Entries"]) > 1, what="the receipt has both")

    assert [entry["Outcome"] for entry in anna.api.receipt(guid)["Entries"]] == ["Created", "Queued"]


def test_a_throttled_removal_is_made_by_itself(anna: Person, control: Control) -> None:
    guid = anna.book()["AppointmentGuid"]
    control.fault("graph", "throttle", RetryAfter="3", Match={"Actor": anna.upn})

    answer = anna.cancel(guid)["Push"]
    until(lambda: not anna.events(), seconds=30, what="the event is gone")

    assert (answer["Status"], answer["Body"]["Reason"]) == (202, "Throttled")
    assert anna.told() == []


NEEDLE = "Größte 🎉 Beschreibung"


def largest_body() -> str:
    """Return a body of exactly 65,536 bytes of UTF-8, with letters of one to four bytes."""
    line = f"{NEEDLE} <b>{{}}</b> ünïcödé 日本語 🚀 & so on.\n"
    text = "".join(line.format(number) for number in range(2000)).encode()[:65_536]
    whole = text.decode("utf-8", "ignore")
    return whole + "x" * (65_536 - len(whole.encode()))


def test_the_largest_body_arrives_whole_and_nothing_of_it_can_be_read_meanwhile_or_is_left(
    stack: Stack, anna: Person, control: Control
) -> None:
    body = largest_body()
    calm = anna.push(a_guid(), Subject="Reference", Body=body, LeadUrl="https://crm.salesexec.example/leads/7")
    reference = anna.event("Reference")["Body"]
    assert calm.status_code == 201
    control.fault("graph", "throttle", RetryAfter="6", Match={"Actor": anna.upn})

    said = {"Body": body, "Subject": "Throttled", "LeadUrl": "https://crm.salesexec.example/leads/7"}
    answer = anna.push(a_guid(), **said)
    while_waiting = stored_bytes(stack)
    until(lambda: any(event["Subject"] == "Throttled" for event in anna.events()), seconds=40, what="it has arrived")

    def left() -> bytes:
        return stored_bytes(stack)

    assert len(body.encode()) == 65_536
    assert outcome(answer) == QUEUED
    assert NEEDLE.encode() not in while_waiting
    assert b"Throttled, " not in while_waiting
    assert len(while_waiting) > len(until(lambda: left() if b"Content0" not in left() else b"", what="it is erased"))
    assert anna.event("Throttled")["Body"] == reference
    assert NEEDLE.encode() not in left()
