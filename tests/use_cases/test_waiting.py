"""Pushes that cannot be made now arrive by themselves: newest only, in order, never early, none lost, none twice."""

from datetime import timedelta

import pytest

from shared_code.domain.receipts import Outcome
from shared_code.use_cases.errors import ReconnectNeeded, TryAgainLater
from tests.builders import a_time
from tests.use_cases.office import BEN, Office, event_of, subjects

HOUR = timedelta(hours=1)


@pytest.mark.parametrize("wait", [timedelta(seconds=5), timedelta(seconds=2.128), HOUR, timedelta(hours=20)])
def test_a_throttled_push_arrives_by_itself_when_the_time_is_up_and_not_before(office: Office, wait: timedelta) -> None:
    anna = office.hire()
    anna.graph.throttle(wait)

    answer = office.push(office.book(anna))
    office.pass_time(wait - timedelta(seconds=0.5))
    before = subjects(anna)
    office.pass_time(timedelta(seconds=2))

    assert (answer.outcome, answer.reason) == (Outcome.QUEUED, "Throttled")
    assert before == []
    assert subjects(anna) == ["Call Mrs. Keller"]
    assert anna.graph.early == 0
    assert office.waiting.of(anna.user) == []


def test_a_wait_of_part_of_a_second_is_not_spent_asking_again_and_again(office: Office) -> None:
    anna = office.hire()
    office.stop_timer()
    anna.graph.throttle(timedelta(seconds=1.9))
    office.push(office.book(anna))
    office.ran.clear()

    office.pass_time(timedelta(seconds=5))

    assert subjects(anna) == ["Call Mrs. Keller"]
    assert len(office.ran) <= 3


def test_while_a_mailbox_is_throttled_nothing_else_of_hers_asks_and_all_arrives_in_order(office: Office) -> None:
    anna = office.hire()
    anna.graph.throttle(HOUR)
    names = [f"Visit {number}" for number in range(7)]

    for name in names:
        assert office.push(office.book(anna, subject=name)).outcome is Outcome.QUEUED
        office.pass_time(timedelta(seconds=3))
    asked = anna.graph.asked
    office.pass_time(timedelta(minutes=58))
    assert anna.graph.asked == asked
    office.pass_time(timedelta(minutes=10))

    assert [event.subject for event in anna.calendar.events.values()] == names
    assert anna.graph.early == 0
    assert office.told() == []


def test_one_mailbox_that_is_throttled_holds_up_no_other(office: Office) -> None:
    anna, ben = office.hire(), office.hire(BEN)
    anna.graph.throttle(HOUR)

    assert office.push(office.book(anna)).outcome is Outcome.QUEUED
    assert office.push(office.book(ben)).outcome is Outcome.CREATED


def test_only_the_newest_of_many_waiting_pushes_of_an_appointment_is_made(office: Office) -> None:
    anna = office.hire()
    anna.graph.throttle(HOUR)
    appointment = office.booked(anna)

    for number in range(5):
        appointment = office.edited(appointment, subject=f"Version {number}")
        assert office.push(appointment).outcome is Outcome.QUEUED
    anna.calendar.calls.clear()
    office.pass_time(2 * HOUR)

    assert subjects(anna) == ["Version 4"]
    assert anna.calendar.calls.count("create") == 1
    assert "change" not in anna.calendar.calls


def test_an_older_push_that_comes_while_a_newer_one_waits_is_stale(office: Office) -> None:
    anna = office.hire()
    anna.graph.throttle(HOUR)
    old = office.book(anna)
    office.push(office.edited(old, subject="Newer"))

    answer = office.push(old)
    office.pass_time(2 * HOUR)

    assert answer.outcome is Outcome.STALE
    assert subjects(anna) == ["Newer"]


def test_a_push_that_can_be_made_at_once_overtakes_the_older_one_that_waits(office: Office) -> None:
    anna = office.hire()
    anna.graph.before("create", TryAgainLater("down", retry_after=HOUR))
    waiting = office.booked(anna)

    answer = office.push(office.edited(waiting, subject="Newer"))
    office.pass_time(2 * HOUR)

    assert answer.outcome is Outcome.CREATED
    assert subjects(anna) == ["Newer"]
    assert office.waiting.of(anna.user) == []


def test_a_removal_that_waits_is_made_once_it_can_be(office: Office) -> None:
    anna = office.hire()
    appointment = office.booked(anna)
    anna.graph.throttle(HOUR)

    answer = office.remove(appointment.guid, appointment.modified_at + timedelta(seconds=1))
    office.pass_time(2 * HOUR)

    assert answer.outcome is Outcome.QUEUED
    assert subjects(anna) == []
    assert office.told() == []


def test_a_push_and_its_removal_that_both_waited_leave_nothing(office: Office) -> None:
    anna = office.hire()
    anna.graph.throttle(HOUR)
    appointment = office.booked(anna)

    office.remove(appointment.guid, appointment.modified_at + timedelta(seconds=1))
    office.pass_time(2 * HOUR)

    assert subjects(anna) == []
    assert "create" not in anna.calendar.calls[1:]


def test_graph_may_be_down_for_a_day(office: Office) -> None:
    anna = office.hire()
    known = office.booked(anna, subject="Known")
    gone = office.booked(anna, subject="Gone")
    anna.graph.down_for(timedelta(days=1))

    answers = [
        office.push(office.book(anna, subject="New")),
        office.push(office.edited(known, subject="Known, edited")),
        office.remove(gone.guid, gone.modified_at + HOUR),
    ]
    office.pass_time(timedelta(days=1, hours=1))

    assert [(answer.outcome, answer.reason) for answer in answers] == [(Outcome.QUEUED, "GraphUnavailable")] * 3
    assert subjects(anna) == ["Known, edited", "New"]
    assert office.waiting.of(anna.user) == []
    assert office.told() == []


def test_salesexec_may_be_down_for_an_hour(office: Office) -> None:
    anna = office.hire()
    anna.calendar.add_by_hand(subject="Dentist", schedule=a_time(office.clock.now() + timedelta(days=1, hours=5)))
    edited = office.booked(anna, subject="Call")
    anna.calendar.change_by_hand(event_of(office, anna, edited.guid), subject="Call, edited")
    office.salesexec.down_for(HOUR)

    office.poll(anna)
    while_down = len(office.active(anna))
    office.pass_time(2 * HOUR)

    assert while_down == 1
    assert sorted(each.subject for each in office.active(anna)) == ["Call, edited", "Dentist"]
    sent_twice = {change.change_id for call in office.crm.calls for change in call}
    assert len(sent_twice) == 2


def test_a_dead_grant_waits_for_the_rep_and_asks_nothing_until_she_signs_in(office: Office) -> None:
    anna = office.hire()
    anna.graph.before("create", ReconnectNeeded("revoked"))

    answers = [office.push(office.book(anna, subject=f"Visit {number}")) for number in range(3)]
    asked = anna.graph.asked
    office.pass_time(timedelta(days=8))

    assert [(each.outcome, each.reason) for each in answers] == [(Outcome.QUEUED, "ReconnectNeeded")] * 3
    assert anna.graph.asked == asked
    assert [notice.code for notice in office.crm.notices] == ["ReconnectNeeded"]
    assert len(office.waiting.of(anna.user)) == 3


def test_a_push_that_waited_is_in_the_receipt_as_queued_and_as_made(office: Office) -> None:
    anna = office.hire()
    anna.graph.throttle(HOUR)
    appointment = office.booked(anna)

    office.pass_time(2 * HOUR)

    assert [entry.outcome for entry in office.receipt(anna, appointment.guid)] == [Outcome.CREATED, Outcome.QUEUED]
    assert office.pairs.last_push_at(office.connection().book) is not None
