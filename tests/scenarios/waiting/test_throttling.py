"""Outlook says "later" in each of its ways: the push arrives by itself, at that time and not before, once."""

from __future__ import annotations

import html
import random
import re
from collections.abc import Iterator
from datetime import timedelta
from email.utils import format_datetime

import pytest

from sandbox.stack import Stack
from tests.control import Control
from tests.scenarios.api import outcome
from tests.scenarios.people import Person, a_guid, later, now
from tests.scenarios.proofs import early, poisoned, raw_rows, stored_bytes, subjects
from tests.waiting import until

QUEUED = (202, "Queued", "Throttled")


@pytest.fixture(autouse=True)
def _nothing_poisoned(stack: Stack) -> Iterator[None]:
    yield
    assert poisoned(stack) == {}


@pytest.mark.parametrize("spelling", ["seconds", "decimals", "date"])
def test_a_retry_after_is_kept_to_however_it_is_spelled(anna: Person, control: Control, spelling: str) -> None:
    date = format_datetime(now() + timedelta(seconds=4), usegmt=True)
    wait = {"seconds": "5", "decimals": "2.128", "date": date}[spelling]
    control.fault("graph", "throttle", RetryAfter=wait, Match={"Method": "POST", "Actor": anna.upn})
    since = anna.mark()

    answer = anna.push(a_guid())
    until(anna.events, seconds=30, what="the push has arrived")

    assert outcome(answer) == QUEUED
    assert early(control, anna.upn, since) == []
    assert anna.graph_calls(since).count("POST events") == 2
    assert anna.told() == []


def test_ten_pushes_while_throttled_ask_nothing_and_arrive_in_order(anna: Person, control: Control) -> None:
    control.fault("graph", "throttle", RetryAfter="4", Match={"Actor": anna.upn})
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
    control.fault("graph", "throttle", RetryAfter="4", Match={"Actor": anna.upn})
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


LEAD = "https://crm.salesexec.example/leads/7"
LETTERS = "äöüßéñ日本語漢字🎉🚀📅" + "abcdefghijklmnopqrstuvwxyz 0123456789"


def largest_body() -> str:
    """Return a body of exactly 65,536 bytes of UTF-8, with letters of one to four bytes, that hardly compresses."""
    letters = random.Random(7).choices(LETTERS, k=65_536)  # noqa: S311 - a text, not a secret
    whole = "".join(letters).encode()[:65_536].decode("utf-8", "ignore")
    return whole + "x" * (65_536 - len(whole.encode()))


def test_the_largest_body_arrives_whole_and_nothing_of_it_can_be_read_meanwhile_or_is_left(
    stack: Stack, anna: Person, control: Control
) -> None:
    body, guid = largest_body(), a_guid()
    assert anna.push(a_guid(), Subject="Reference", Body=body, LeadUrl=LEAD).status_code == 201
    control.fault("graph", "throttle", RetryAfter="6", Match={"Actor": anna.upn})

    answer = anna.push(guid, Subject="Kept from everybody", Body=body, LeadUrl=LEAD)
    while_waiting, sealed = stored_bytes(stack), sealed_content(stack, guid)
    until(lambda: "Kept from everybody" in subjects(anna), seconds=40, what="it has arrived")
    until(lambda: not sealed_content(stack, guid), what="what waited is erased")
    left = stored_bytes(stack)

    assert len(body.encode()) == 65_536
    assert outcome(answer) == QUEUED
    assert len(sealed) > 10_000
    for start in range(0, len(body) - 12, 1000):
        piece = body[start : start + 12]
        assert piece.encode() not in while_waiting + left
        assert piece.encode("utf-16-le") not in while_waiting + left
    assert b"Kept from everybody" not in while_waiting + left
    assert all(sealed[start : start + 32] not in left for start in range(0, len(sealed) - 32, 1000))
    assert anna.event("Kept from everybody")["Body"] == anna.event("Reference")["Body"]
    assert words_of(anna.event("Kept from everybody")["Body"]) == body + "Show Lead"
    assert anna.told() == []


def sealed_content(stack: Stack, guid: str) -> bytes:
    """Return what rests of the content of an appointment's waiting push."""
    rows = [row for row in raw_rows(stack)["Waiting"] if row.get("AppointmentGuid") == guid]
    return b"".join(value for row in rows for value in row.values() if isinstance(value, bytes))


def words_of(html_text: str) -> str:
    """Return the words of a body, without its tags."""
    return html.unescape(re.sub(r"<[^>]*>", "", html_text)).replace("\xa0", " ").strip()
