"""The same appointment pushed by many callers at once, in any order, with answers that get lost: one event."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from tests.control import Control
from tests.scenarios.api import outcome
from tests.scenarios.people import Person, a_guid, at, lasting, later, now, utc
from tests.waiting import until

LOSSES = ["unavailable", "throttle", "drop_before", "drop_after", "accept_then_fail"]
NOT_YET = (202, 503)
"""Stored and on its way by itself, or refused for now: either way the same push may come again."""


def test_twenty_identical_pushes_at_once_leave_one_event(anna: Person) -> None:
    guid = a_guid()
    said = anna.body()

    with ThreadPoolExecutor(20) as callers:
        answers = list(callers.map(lambda _: anna.api.put(guid, said), range(20)))

    outcomes = sorted(outcome(answer)[:2] for answer in answers)
    assert outcomes == [(200, "Unchanged")] * 19 + [(201, "Created")]
    assert len(anna.events()) == 1
    assert len({answer.json()["EventId"] for answer in answers}) == 1


def test_twenty_different_pushes_at_once_leave_one_event_with_the_newest_content(anna: Person) -> None:
    guid = a_guid()
    bodies = [anna.body(Subject=f"Version {n:02}", ModifiedUtc=utc(now() + timedelta(seconds=n))) for n in range(20)]
    shuffled = bodies[1::2] + bodies[::-2]

    with ThreadPoolExecutor(20) as callers:
        answers = list(callers.map(lambda body: anna.api.put(guid, body), shuffled))

    assert {answer.status_code for answer in answers} <= {200, 201}
    assert [event["Subject"] for event in anna.events()] == ["Version 19"]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_in_whatever_order_pushes_arrive_the_newest_wins(anna: Person, order: tuple[int, ...]) -> None:
    guid = a_guid()
    bodies = [
        anna.body(Subject=f"Version {n}", ModifiedUtc=utc(now() + timedelta(seconds=n)), **lasting(at(hour=10 + n)))
        for n in range(3)
    ]

    for n in order:
        anna.api.put(guid, bodies[n])

    [event] = anna.events()
    assert event["Subject"] == "Version 2"
    assert event["StartUtc"] == utc(at(hour=12)).replace("Z", "+00:00")


@pytest.mark.parametrize("order", list(itertools.permutations(["create", "change", "delete"])))
def test_in_whatever_order_a_delete_arrives_it_wins_over_older_pushes(anna: Person, order: tuple[str, ...]) -> None:
    guid = a_guid()
    created, changed, deleted = (utc(now() + timedelta(seconds=n)) for n in range(3))
    deeds = {
        "create": lambda: anna.push(guid, ModifiedUtc=created),
        "change": lambda: anna.push(guid, ModifiedUtc=changed, Subject="Changed"),
        "delete": lambda: anna.api.delete(guid, deleted),
    }

    for name in order:
        assert deeds[name]().status_code in (200, 201)

    assert anna.events() == []


def test_pushes_and_deletes_at_once_end_in_the_newest(anna: Person) -> None:
    guid = a_guid()
    anna.push(guid, ModifiedUtc=utc(now()))
    moments = [utc(now() + timedelta(minutes=1, seconds=n)) for n in range(10)]

    with ThreadPoolExecutor(10) as callers:
        jobs = [
            callers.submit(anna.api.delete, guid, moment)
            if n % 2
            else callers.submit(anna.push, guid, ModifiedUtc=moment, Subject=f"Version {n}")
            for n, moment in enumerate(moments)
        ]
        statuses = {job.result().status_code for job in jobs}

    assert statuses <= {200, 201}
    assert [event["Subject"] for event in anna.events()] == [], anna.api.receipt(guid)


@pytest.mark.parametrize("kind", LOSSES)
def test_a_creation_whose_answer_is_lost_leaves_one_event_when_it_is_pushed_again(
    anna: Person, control: Control, kind: str
) -> None:
    guid, said = a_guid(), anna.body()
    control.fault("graph", kind, RetryAfter="1", Match={"Method": "POST", "Actor": anna.upn})

    first = anna.api.put(guid, said)
    control.clear_faults()
    again = anna.api.put(guid, said)

    assert first.status_code in NOT_YET
    assert again.status_code in (200, 201, *NOT_YET)
    until(lambda: outcome(anna.api.put(guid, said)) == (200, "Unchanged", None), what="it arrived")
    assert len(anna.events()) == 1


def test_a_lost_creation_that_comes_back_with_newer_content_leaves_one_event_with_that(
    anna: Person, control: Control
) -> None:
    guid = a_guid()
    control.fault("graph", "drop_after", Match={"Method": "POST", "Actor": anna.upn})
    first = anna.push(guid, Subject="Old")
    control.clear_faults()

    again = anna.push(guid, Subject="New", **lasting(at(hour=13)))

    assert first.status_code in NOT_YET
    assert again.status_code in (200, 201)
    [event] = anna.events()
    assert event["Subject"] == "New"
    assert event["StartUtc"] == utc(at(hour=13)).replace("Z", "+00:00")


def test_a_lost_creation_whose_event_the_rep_deleted_at_once_is_made_again(anna: Person, control: Control) -> None:
    guid = a_guid()
    control.switch(graph__transaction_after_delete="blocks")
    control.fault("graph", "drop_after", Match={"Method": "POST", "Actor": anna.upn})
    said = anna.body()
    anna.api.put(guid, said)
    anna.delete_event(anna.events()[0]["Id"])
    control.clear_faults()

    again = anna.api.put(guid, said)

    assert again.status_code in (200, 201)
    assert len(anna.events()) == 1


@pytest.mark.parametrize("kind", LOSSES)
def test_a_change_whose_answer_is_lost_arrives_when_it_is_pushed_again_and_is_no_edit_of_the_rep(
    anna: Person, control: Control, kind: str
) -> None:
    booked = anna.book()
    guid = booked["AppointmentGuid"]
    control.fault("graph", kind, RetryAfter="1", Match={"Method": "PATCH", "Actor": anna.upn})

    first = anna.edit(guid, Subject="Changed")["Push"]
    control.clear_faults()
    again = control.call("POST", f"salesexec/appointments/{guid}/push", {})["Push"]
    anna.poll()

    assert first["Status"] in NOT_YET
    assert again["Status"] in (200, *NOT_YET)
    until(lambda: [event["Subject"] for event in anna.events()] == ["Changed"], what="the change arrived")
    anna.poll()
    assert anna.told() == []


@pytest.mark.parametrize("kind", LOSSES)
def test_a_delete_whose_answer_is_lost_is_done_when_it_comes_again(anna: Person, control: Control, kind: str) -> None:
    guid = anna.book()["AppointmentGuid"]
    control.fault("graph", kind, RetryAfter="1", Match={"Method": "DELETE", "Actor": anna.upn})

    first = anna.cancel(guid)["Push"]
    control.clear_faults()
    again = control.call("POST", f"salesexec/appointments/{guid}/push", {})["Push"]
    anna.poll()

    assert first["Status"] in NOT_YET
    assert again["Body"]["Outcome"] in ("Deleted", "Absent", "Queued")
    until(lambda: anna.events() == [], what="the event is gone")
    anna.poll()
    assert anna.told() == []


def test_a_push_that_is_read_but_never_answered_is_given_up_in_time(anna: Person, control: Control) -> None:
    guid = a_guid()
    control.fault("graph", "hold", Match={"Method": "POST", "Actor": anna.upn})

    answer = anna.push(guid)

    assert answer.status_code in NOT_YET
    assert answer.elapsed < timedelta(seconds=12)
    control.clear_faults()
    assert anna.push(guid, ModifiedUtc=later()).status_code in (200, 201)
    assert len(anna.events()) == 1
