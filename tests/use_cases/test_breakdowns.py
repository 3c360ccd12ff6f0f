"""Runs that no waiting cures: the rep's connection says what happened, and in no words that are hers."""

from datetime import timedelta

import pytest

from shared_code.domain.receipts import Outcome
from shared_code.use_cases.errors import Refused
from shared_code.use_cases.ports import Poll, Reconcile
from shared_code.use_cases.show_fleet import show_fleet
from tests.use_cases.office import Office, Rep, subjects

HOUR = timedelta(hours=1)
BUG = ValueError("Call Wingtip Toys about the divorce")


@pytest.mark.parametrize(("work", "method"), [(Poll, "since"), (Reconcile, "appointments")])
def test_a_bug_is_noted_by_its_kind_alone(office: Office, work: type[Poll | Reconcile], method: str) -> None:
    anna = office.hire()
    office.booked(anna)
    (anna.graph if work is Poll else office.salesexec).before(method, BUG, times=5)

    office.run(work(user=anna.user))

    noted = office.connections.last_error(anna.user)
    assert noted is not None
    assert (noted.code, "Wingtip" in noted.message, "see the log" in noted.message) == ("ValueError", False, True)
    office.poisoned.clear()


def test_a_refused_reading_of_salesexec_is_noted_until_a_poll_comes_through(office: Office) -> None:
    anna = office.hire()
    office.salesexec.before("appointments", Refused("SalesExec answered 403", status=403), times=5)

    office.reconcile(anna)

    noted = office.connections.last_error(anna.user)
    assert noted is not None
    assert (noted.code, noted.message) == ("Refused", "SalesExec answered 403")
    office.poisoned.clear()
    office.poll(anna)
    assert office.connections.last_error(anna.user) is None


def waiting_and_broken(office: Office, rep: Rep, *, times: int) -> None:
    """Have two pushes wait, of which the first breaks so many times when it is made."""
    rep.graph.throttle(HOUR)
    office.booked(rep, subject="Broken")
    office.pass_time(timedelta(seconds=1))
    office.booked(rep, subject="Sound")
    rep.graph.before("create", BUG, times=times)
    office.stop_timer()
    office.pass_time(HOUR + timedelta(minutes=1))


def test_a_waiting_push_that_breaks_holds_up_no_other_and_is_said_wherever_somebody_looks(office: Office) -> None:
    anna = office.hire()

    waiting_and_broken(office, anna, times=1)

    [broken] = office.waiting.of(anna.user)
    noted, entry = office.connections.last_error(anna.user), office.receipt(anna, broken.appointment)[0]
    assert subjects(anna) == ["Sound"]
    assert noted is not None
    assert (noted.code, "Wingtip" in noted.message, broken.appointment in noted.message) == ("PushBreaks", False, True)
    assert (entry.outcome, "ValueError" in entry.why, "Wingtip" in entry.why) == (Outcome.QUEUED, True, False)
    assert [each.user for each in show_fleet(office.ports).needy] == [anna.user]


def test_a_broken_push_stays_said_while_polls_go_well_and_until_it_is_made(office: Office) -> None:
    anna = office.hire()
    waiting_and_broken(office, anna, times=3)

    office.poll(anna)
    still_said = office.connections.last_error(anna.user)
    office.pass_time(HOUR)
    office.poll(anna)

    assert still_said is not None
    assert sorted(subjects(anna)) == ["Broken", "Sound"]
    assert office.waiting.of(anna.user) == []
    assert office.connections.last_error(anna.user) is None


def test_a_push_that_breaks_again_and_again_says_so_once_in_its_receipt_and_is_tried_every_quarter_of_an_hour(
    office: Office,
) -> None:
    anna = office.hire()
    waiting_and_broken(office, anna, times=1000)

    asked = anna.calendar.calls.count("create")
    office.pass_time(HOUR)

    broken = office.waiting.of(anna.user)
    entries = [entry for push in broken for entry in office.receipt(anna, push.appointment)]
    assert len(broken) == 2
    assert (anna.calendar.calls.count("create") - asked) // len(broken) in (3, 4)
    assert len([entry for entry in entries if "unexpected" in entry.why]) == len(broken)
