"""Runs that no waiting cures: the rep's connection says what happened, and in no words that are hers."""

import pytest

from shared_code.use_cases.errors import Refused
from shared_code.use_cases.ports import Poll, Reconcile
from tests.use_cases.office import Office

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
