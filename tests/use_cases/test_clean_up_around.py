"""What happens around a clean-up: pausing, refusing, waiting, resuming, and parts that fail."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from shared_code.domain.cleanups import CleanupState, JobId
from shared_code.domain.identifiers import EventId
from shared_code.domain.ownership import LeftReason
from shared_code.use_cases.cleanup_jobs import show_cleanup, start_for_all, start_for_rep
from shared_code.use_cases.errors import (
    ChangedMeanwhile,
    NotPossible,
    ReconnectNeeded,
    Refused,
    SyncError,
    TryAgainLater,
)
from shared_code.use_cases.manage_connection import change_connection, disconnect
from shared_code.use_cases.ports import CleanUp
from shared_code.use_cases.waiting_pushes import resume_waiting
from tests.builders import a_user
from tests.fakes.calendar import FakeCalendar
from tests.use_cases.cleaning import BOTH, DAY, HOUR, OUTLOOK, figures, filled, in_days, remains, view
from tests.use_cases.office import BEN, Office, event_of, subjects


def test_the_sync_is_paused_first_and_stays_so(office: Office) -> None:
    anna = office.hire()
    filled(office, anna)

    start_for_rep(anna.user, OUTLOOK, office.ports)
    paused = office.connection().enabled
    office.settle()
    answer = office.push(office.book(anna, subject="Too early"))
    office.pass_time(2 * DAY)

    assert not paused
    assert answer.reason == "SyncDisabled"
    assert "Too early" not in subjects(anna)
    assert not office.connection().enabled


def test_a_second_one_is_refused_by_the_name_of_the_first(office: Office) -> None:
    anna = office.hire()
    started = start_for_rep(anna.user, OUTLOOK, office.ports)

    with pytest.raises(NotPossible, match=started.job.id):
        start_for_rep(anna.user, OUTLOOK, office.ports)


def test_resuming_and_disconnecting_are_refused_until_it_is_done(office: Office) -> None:
    anna = office.hire()
    started = start_for_rep(anna.user, OUTLOOK, office.ports)

    with pytest.raises(NotPossible, match=started.job.id):
        change_connection(anna.user, enabled=True, preferences={}, ports=office.ports)
    with pytest.raises(NotPossible, match=started.job.id):
        disconnect(anna.user, office.ports)
    office.settle()
    change_connection(anna.user, enabled=True, preferences={}, ports=office.ports)
    disconnect(anna.user, office.ports)


def test_resuming_brings_upcoming_appointments_back_and_not_the_past_ones(office: Office) -> None:
    anna = office.hire()
    office.book_with_event(anna, subject="Upcoming")
    office.book_with_event(anna, subject="Over", schedule=in_days(office, -2))
    start_for_rep(anna.user, OUTLOOK, office.ports)
    office.settle()
    cleaned = subjects(anna)

    change_connection(anna.user, enabled=True, preferences={}, ports=office.ports)
    office.pass_time(2 * DAY)

    assert cleaned == []
    assert subjects(anna) == ["Upcoming"]
    assert office.told() == []


def test_resuming_after_the_mappings_were_lost_too_doubles_nothing(office: Office) -> None:
    anna = office.hire()
    filled(office, anna)
    office.pairs.lose()
    start_for_rep(anna.user, OUTLOOK, office.ports)
    office.settle()

    change_connection(anna.user, enabled=True, preferences={}, ports=office.ports)
    office.pass_time(2 * DAY)

    ours = [subject for subject in subjects(anna) if subject.startswith("Ours")]
    assert ours == sorted(f"Ours {number}" for number in range(12))


def test_a_throttled_one_waits_politely_and_goes_on(office: Office) -> None:
    anna = office.hire()
    filled(office, anna, ours=45)
    started = start_for_rep(anna.user, OUTLOOK, office.ports)
    anna.graph.throttle(HOUR)

    office.pass_time(30 * timedelta(minutes=1))
    waiting = view(office, started).state
    office.pass_time(2 * HOUR)

    assert waiting is CleanupState.RUNNING
    assert figures(view(office, started)) == (CleanupState.DONE, 47, 44, 3)
    assert anna.graph.early == 0


def test_without_a_grant_it_is_blocked_and_goes_on_after_the_sign_in(office: Office) -> None:
    anna = office.hire()
    filled(office, anna)
    anna.graph.fails_at("find_ours", iter([ReconnectNeeded("revoked")]))
    started = start_for_rep(anna.user, OUTLOOK, office.ports)
    office.pass_time(2 * HOUR)
    blocked = view(office, started).state

    office.set(needs_reconnect=False)
    resume_waiting(anna.user, office.ports)
    office.work.send(CleanUp(job=started.job.id, user=anna.user))
    office.pass_time(HOUR)

    assert blocked is CleanupState.BLOCKED
    assert view(office, started).state is CleanupState.DONE
    assert subjects(anna) == remains(anna)


def test_of_all_reps_those_who_can_be_cleaned_are_and_the_others_are_named(office: Office) -> None:
    anna, ben, cleo = office.hire(), office.hire(BEN), office.hire(a_user())
    for rep in (anna, ben, cleo):
        office.booked(rep)
    office.set(ben.user, needs_reconnect=True)

    started = start_for_all(OUTLOOK, office.ports, dry_run=False)
    office.pass_time(HOUR)

    seen = view(office, started)
    assert seen.state is CleanupState.BLOCKED
    assert {part.user for part in seen.parts if part.state is CleanupState.BLOCKED} == {ben.user}
    assert subjects(anna) == subjects(cleo) == []


def test_a_dry_run_of_all_counts_and_changes_nothing(office: Office) -> None:
    anna, ben = office.hire(), office.hire(BEN)
    office.booked(anna)
    office.booked(ben)

    started = start_for_all(OUTLOOK, office.ports, dry_run=True)
    office.settle()

    seen = view(office, started)
    assert (seen.state, sum(part.outlook_found or 0 for part in seen.parts)) == (CleanupState.DONE, 2)
    assert subjects(anna) == subjects(ben) == ["Call Mrs. Keller"]
    assert office.connection(anna.user).enabled
    assert office.connection(ben.user).cleanup_job is None


def test_an_event_that_changed_meanwhile_is_looked_at_anew(office: Office) -> None:
    anna = office.hire()
    filled(office, anna)
    late = event_of(office, anna, next(each.guid for each in office.active(anna) if each.subject == "Ours 7"))
    remove_batch = FakeCalendar.remove_batch

    def invited_meanwhile(items: Sequence[tuple[EventId, str]]) -> list[bool | SyncError]:
        del anna.calendar.remove_batch
        anna.calendar.invite_by_hand(late, "eve@example.com")
        return remove_batch(anna.calendar, items)

    anna.calendar.remove_batch = invited_meanwhile  # type: ignore[method-assign]  # once, and for this mailbox only
    started = start_for_rep(anna.user, OUTLOOK, office.ports)
    office.pass_time(HOUR)

    assert "Ours 7" in subjects(anna)
    assert figures(view(office, started)) == (CleanupState.DONE, 14, 10, 4)


def test_what_outlook_refuses_to_delete_is_left_with_the_reason(office: Office) -> None:
    anna = office.hire()
    for number in range(3):
        office.booked(anna, subject=f"Ours {number}")
    anna.graph.fails_at("remove", iter([None, Refused("no"), None]))

    started = start_for_rep(anna.user, OUTLOOK, office.ports)
    office.pass_time(HOUR)

    seen = view(office, started)
    assert figures(seen) == (CleanupState.DONE, 3, 2, 1)
    assert [left.reason for part in seen.parts for left in part.left] == [LeftReason.REFUSED]
    assert subjects(anna) == ["Ours 1"]


@pytest.mark.parametrize("trouble", ["changed", "throttled"])
def test_each_part_of_a_slice_has_its_own_fate(office: Office, trouble: str) -> None:
    anna = office.hire()
    for number in range(10):
        office.booked(anna, subject=f"Ours {number}")
    errors = {
        "changed": ChangedMeanwhile("another version"),
        "throttled": TryAgainLater("busy", retry_after=HOUR, throttled=True, is_about_the_mailbox=True),
    }
    anna.graph.fails_at("remove", iter([None, None, errors[trouble], None]))

    started = start_for_rep(anna.user, OUTLOOK, office.ports)
    office.settle()
    at_first = subjects(anna)
    office.pass_time(2 * HOUR)

    assert at_first == ["Ours 2"]
    assert subjects(anna) == []
    assert figures(view(office, started)) == (CleanupState.DONE, 10, 10, 0)


def test_an_event_whose_extension_got_lost_is_found_by_our_notes(office: Office) -> None:
    anna = office.hire()
    appointment = office.booked(anna)
    anna.calendar.change_by_hand(event_of(office, anna, appointment.guid), mark=None)

    start_for_rep(anna.user, OUTLOOK, office.ports)
    office.settle()

    assert subjects(anna) == []


def test_an_event_that_we_made_and_never_noted_is_found_by_its_transaction_id(office: Office) -> None:
    anna = office.hire()
    anna.graph.after("create", TryAgainLater("lost", retry_after=HOUR))
    office.booked(anna)

    start_for_rep(anna.user, OUTLOOK, office.ports)
    office.pass_time(3 * HOUR)

    assert subjects(anna) == []


def test_salesexec_may_be_down_when_it_is_done(office: Office) -> None:
    anna = office.hire()
    filled(office, anna)
    office.salesexec.down_for(HOUR)

    started = start_for_rep(anna.user, BOTH, office.ports)
    office.pass_time(2 * HOUR)

    assert figures(view(office, started)) == (CleanupState.DONE, 22, 19, 3)
    assert [notice.code for notice in office.crm.notices] == ["CleanupDone"]


def test_an_unknown_job_is_none(office: Office) -> None:
    assert show_cleanup(JobId("nothing"), office.ports) is None
