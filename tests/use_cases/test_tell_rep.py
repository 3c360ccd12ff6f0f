"""SalesExec tells a rep that she must sign in again, and that all is well: once each time, whatever happens."""

import threading
from contextlib import suppress
from datetime import datetime, timedelta

from shared_code.domain.appointments import Appointment
from shared_code.domain.identifiers import UserGuid
from shared_code.use_cases.errors import OperatorNeeded, ReconnectNeeded, TryAgainLater
from shared_code.use_cases.ports import Poll, TellRep
from shared_code.use_cases.tell_rep import tell_rep
from tests.builders import a_time
from tests.use_cases.office import Office, Rep

HOUR = timedelta(hours=1)


def codes(office: Office) -> list[str]:
    return [notice.code for notice in office.crm.notices]


def revoked(office: Office, anna: Rep) -> Appointment:
    """Have the rep's grant die, and find out by a push."""
    for call in ("create", "since", "begin", "view", "read"):
        anna.graph.before(call, ReconnectNeeded("revoked"), times=1000)
    return office.booked(anna)


def test_a_dead_grant_is_told_once_however_many_find_out(office: Office) -> None:
    anna = office.hire()
    revoked(office, anna)
    for number in range(5):
        office.booked(anna, subject=f"Visit {number}")
        office.work.send(Poll(user=anna.user))

    office.pass_time(3 * HOUR)

    assert codes(office) == ["ReconnectNeeded"]


def test_a_poll_finds_out_too(office: Office) -> None:
    anna = office.hire()
    anna.graph.before("since", ReconnectNeeded("revoked"), times=10)

    office.pass_time(HOUR)

    assert codes(office) == ["ReconnectNeeded"]
    assert office.connection().needs_reconnect


def test_while_salesexec_is_down_the_notice_waits_and_comes_once(office: Office) -> None:
    anna = office.hire()
    office.salesexec.down_for(HOUR)
    revoked(office, anna)

    office.pass_time(3 * HOUR)

    assert codes(office) == ["ReconnectNeeded"]


def test_a_notice_whose_message_was_lost_is_sent_by_the_timer(office: Office) -> None:
    anna = office.hire()
    revoked(office, anna)
    office.work.clear()

    office.pass_time(HOUR)

    assert codes(office) == ["ReconnectNeeded"]


def test_a_notice_whose_answer_was_lost_is_sent_again(office: Office) -> None:
    anna = office.hire()
    office.salesexec.after("notify", TryAgainLater("lost", retry_after=timedelta(seconds=30)))
    revoked(office, anna)

    office.pass_time(HOUR)

    assert set(codes(office)) == {"ReconnectNeeded"}
    assert not office.connection().has_news


def test_signing_in_again_is_told_once_and_a_second_death_is_told_again(office: Office) -> None:
    anna = office.hire()
    revoked(office, anna)
    office.pass_time(HOUR)
    anna.graph.forget_orders()
    office.set(needs_reconnect=False)
    office.pass_time(HOUR)
    revoked(office, anna)

    office.pass_time(HOUR)

    assert codes(office) == ["ReconnectNeeded", "Reconnected", "ReconnectNeeded"]


def test_a_rep_who_signs_in_before_she_was_told_is_told_nothing(office: Office) -> None:
    anna = office.hire()
    office.salesexec.down_for(HOUR)
    revoked(office, anna)
    anna.graph.forget_orders()
    office.set(needs_reconnect=False)

    office.pass_time(3 * HOUR)

    assert codes(office) == []


def test_two_messages_at_once_tell_her_once(office: Office) -> None:
    office.hire()
    office.set(needs_reconnect=True)
    meeting = threading.Barrier(2)
    told: list[bool] = []
    notify = office.crm.notify

    def slow(user: UserGuid, code: str, message: str, at: datetime) -> None:
        with suppress(threading.BrokenBarrierError):
            meeting.wait(timeout=0.2)
        notify(user, code, message, at)

    office.crm.notify = slow  # type: ignore[method-assign]  # two who are told apart by nothing but their luck

    def tell() -> None:
        told.append(tell_rep(office.connection().user, office.ports))

    threads = [threading.Thread(target=tell) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert codes(office) == ["ReconnectNeeded"]
    assert sorted(told) == [False, False, False, True]


def test_who_disconnected_is_told_nothing(office: Office) -> None:
    office.hire()
    office.set(needs_reconnect=True, disconnected_at=office.clock.now())

    office.work.send(TellRep(user=office.connection().user))
    office.settle()

    assert codes(office) == []


def test_an_app_that_entra_refuses_disconnects_nobody(office: Office) -> None:
    anna = office.hire()
    anna.graph.before("create", OperatorNeeded("invalid_client", retry_after=timedelta(minutes=15)), times=3)
    anna.calendar.add_by_hand(schedule=a_time())

    office.booked(anna)
    office.pass_time(3 * HOUR)

    assert codes(office) == []
    assert not office.connection().needs_reconnect
    assert "Call Mrs. Keller" in [event.subject for event in anna.calendar.events.values()]
