"""A clean-up whose messages are lost, or that meets another one, goes on by itself with the next ticks of the timer."""

from dataclasses import replace
from datetime import timedelta

from shared_code.domain.cleanups import CleanupState
from shared_code.use_cases.cleanup_jobs import CleanupView, start_for_all, start_for_rep
from shared_code.use_cases.errors import ReconnectNeeded
from shared_code.use_cases.manage_connection import change_connection
from shared_code.use_cases.ports import CleanUp
from tests.fakes.stores import FakeCleanups
from tests.use_cases.cleaning import BOTH, DAY, HOUR, OUTLOOK, filled, remains, view
from tests.use_cases.office import BEN, Office, subjects


def state(office: Office, started: CleanupView) -> CleanupState:
    return view(office, started).state


def test_the_message_that_spreads_a_clean_up_of_all_out_may_be_lost(office: Office) -> None:
    anna, ben = office.hire(), office.hire(BEN)
    office.booked(anna)
    office.booked(ben)
    started = start_for_all(OUTLOOK, office.ports, dry_run=False)

    office.work.clear()
    office.pass_time(HOUR)

    assert state(office, started) is CleanupState.DONE
    assert subjects(anna) == subjects(ben) == []


def test_the_messages_of_all_parts_may_be_lost_of_a_count_too(office: Office) -> None:
    anna, ben = office.hire(), office.hire(BEN)
    office.booked(anna)
    office.booked(ben)
    counted = start_for_all(BOTH, office.ports, dry_run=True)
    spreading = office.work.take()
    assert spreading is not None
    office.run(spreading)

    office.work.clear()
    office.pass_time(HOUR)

    assert state(office, counted) is CleanupState.DONE
    assert sum(part.outlook_found or 0 for part in view(office, counted).parts) == 2


def test_the_message_after_a_sign_in_may_be_lost(office: Office) -> None:
    anna = office.hire()
    filled(office, anna)
    anna.graph.fails_at("find_ours", iter([ReconnectNeeded("revoked")]))
    started = start_for_rep(anna.user, OUTLOOK, office.ports)
    office.pass_time(2 * HOUR)
    blocked = state(office, started)

    office.set(needs_reconnect=False)
    office.pass_time(HOUR)

    assert blocked is CleanupState.BLOCKED
    assert state(office, started) is CleanupState.DONE
    assert subjects(anna) == remains(anna)


def test_while_it_is_throttled_its_message_is_not_doubled(office: Office) -> None:
    anna = office.hire()
    filled(office, anna, ours=45)
    start_for_rep(anna.user, OUTLOOK, office.ports)
    anna.graph.throttle(3 * HOUR)

    office.pass_time(2 * HOUR)
    waiting = [work for work in office.work.waiting if isinstance(work, CleanUp)]
    office.pass_time(2 * HOUR)

    assert len(waiting) == 1
    assert subjects(anna) == remains(anna)
    assert anna.graph.early == 0


def test_a_clean_up_of_all_waits_for_the_rep_who_has_one_of_her_own(office: Office) -> None:
    anna, ben = office.hire(), office.hire(BEN)
    filled(office, anna)
    office.booked(ben)
    anna.graph.throttle(HOUR)
    own = start_for_rep(anna.user, OUTLOOK, office.ports)
    office.settle()

    everybody = start_for_all(OUTLOOK, office.ports, dry_run=False)
    office.pass_time(HOUR / 2)
    meanwhile = (state(office, own), state(office, everybody), subjects(ben))
    office.pass_time(2 * HOUR)

    assert meanwhile == (CleanupState.RUNNING, CleanupState.RUNNING, [])
    assert state(office, own) is state(office, everybody) is CleanupState.DONE
    assert subjects(anna) == remains(anna)
    assert office.connection().cleanup_job is None


def test_a_part_that_never_was_begun_does_not_pause_the_rep_later(office: Office) -> None:
    anna = office.hire()
    filled(office, anna)
    before = subjects(anna)
    first = start_for_rep(anna.user, OUTLOOK, office.ports)
    # The process died before it had paused her, and nobody was told of the job.
    office.set(cleanup_job=None, enabled=True)
    office.work.clear()

    office.pass_time(HOUR)

    assert state(office, first) is CleanupState.DONE
    assert subjects(anna) == before
    assert office.connection().enabled


def test_when_the_table_of_clean_ups_is_lost_another_can_be_begun_and_the_rep_resumed(office: Office) -> None:
    anna, ben = office.hire(), office.hire(BEN)
    filled(office, anna)
    for rep in (anna, ben):
        start_for_rep(rep.user, OUTLOOK, office.ports)
    office.cleanups = FakeCleanups()
    office.ports = replace(office.ports, cleanups=office.cleanups)
    office.settle()

    again = start_for_rep(anna.user, OUTLOOK, office.ports)
    resumed = change_connection(ben.user, enabled=True, preferences={}, ports=office.ports)
    office.pass_time(DAY)

    assert state(office, again) is CleanupState.DONE
    assert subjects(anna) == remains(anna)
    assert resumed.connection is not None
    assert (resumed.connection.enabled, resumed.connection.cleanup_job) == (True, None)


def test_a_wait_that_is_over_is_not_a_lost_message(office: Office) -> None:
    anna = office.hire()
    filled(office, anna)
    office.salesexec.down_for(timedelta(hours=2))
    started = start_for_rep(anna.user, BOTH, office.ports)

    office.pass_time(HOUR)
    waiting = [work for work in office.work.waiting if isinstance(work, CleanUp)]
    office.pass_time(2 * HOUR)

    assert len(waiting) == 1
    assert state(office, started) is CleanupState.DONE
