"""What a clean-up cannot take out is counted and named: events nobody can read, and those of a rep who is gone."""

import pytest

from shared_code.domain.cleanups import CleanupState
from shared_code.domain.ownership import LeftReason
from shared_code.use_cases.cleanup_jobs import CleanupView, start_for_all, start_for_rep
from shared_code.use_cases.errors import NotPossible, ReconnectNeeded, TryAgainLater
from shared_code.use_cases.manage_connection import disconnect, show_connection
from tests.use_cases.cleaning import BOTH, DAY, HOUR, OUTLOOK, figures, filled, view
from tests.use_cases.office import BEN, Office, Rep, event_of, subjects


def reasons(seen: CleanupView) -> dict[LeftReason, int]:
    left = [each.reason for part in seen.parts for each in part.left]
    return {reason: left.count(reason) for reason in sorted(set(left))}


def without_account(office: Office, rep: Rep) -> None:
    """Close the rep's account: whatever is asked of Graph in her name is refused for ever."""
    rep.graph.fails_at("find_ours", iter([ReconnectNeeded("the account is gone")] * 99))
    assert not office.connection(rep.user).needs_reconnect


@pytest.mark.parametrize("lost", [False, True], ids=["with mappings", "without mappings"])
def test_an_event_that_cannot_be_read_is_left_and_counted(office: Office, lost: bool) -> None:
    anna = office.hire()
    booked = [office.booked(anna, subject=f"Ours {number}") for number in range(4)]
    anna.calendar.garble_by_hand(event_of(office, anna, booked[1].guid))
    if lost:
        office.pairs.lose()

    started = start_for_rep(anna.user, OUTLOOK, office.ports)
    office.pass_time(HOUR)

    assert subjects(anna) == ["Ours 1"]
    assert figures(view(office, started)) == (CleanupState.DONE, 4, 3, 1)
    assert reasons(view(office, started)) == {LeftReason.UNREADABLE: 1}
    assert office.poisoned == []


def test_an_event_that_cannot_be_read_and_lost_its_mark_holds_nobody_up(office: Office) -> None:
    anna = office.hire()
    booked = [office.booked(anna, subject=f"Ours {number}") for number in range(4)]
    odd = event_of(office, anna, booked[1].guid)
    anna.calendar.change_by_hand(odd, mark=None)
    anna.calendar.garble_by_hand(odd)

    started = start_for_rep(anna.user, OUTLOOK, office.ports)
    office.pass_time(HOUR)

    assert subjects(anna) == ["Ours 1"]
    assert figures(view(office, started)) == (CleanupState.DONE, 4, 3, 1)


def test_a_copy_stays_when_its_original_cannot_be_read(office: Office) -> None:
    anna = office.hire()
    original = event_of(office, anna, office.booked(anna).guid)
    anna.calendar.copy_by_hand(original, subject="A copy")
    anna.calendar.garble_by_hand(original)
    office.pairs.lose()

    started = start_for_rep(anna.user, OUTLOOK, office.ports)
    office.pass_time(HOUR)

    assert "A copy" in subjects(anna)
    assert reasons(view(office, started)) == {LeftReason.NOT_PROVABLY_OURS: 1, LeftReason.UNREADABLE: 1}


def test_lost_marks_are_looked_for_twenty_at_a_time(office: Office) -> None:
    anna = office.hire()
    for number in range(45):
        appointment = office.booked(anna, subject=f"Ours {number}")
        anna.calendar.change_by_hand(event_of(office, anna, appointment.guid), mark=None)
    anna.calendar.calls.clear()

    start_for_rep(anna.user, OUTLOOK, office.ports)
    office.settle()

    assert subjects(anna) == []
    assert anna.calendar.calls == ["find_ours", *["read_batch"] * 3, *["remove_batch"] * 3, "find_ours"]


def test_a_leaver_whose_account_is_closed_can_be_disconnected(office: Office) -> None:
    anna = office.hire()
    filled(office, anna)
    without_account(office, anna)
    started = start_for_rep(anna.user, OUTLOOK, office.ports)
    with pytest.raises(NotPossible, match=started.job.id):
        disconnect(anna.user, office.ports)
    office.pass_time(HOUR)
    blocked = view(office, started)

    disconnect(anna.user, office.ports)
    office.pass_time(DAY)

    assert blocked.state is CleanupState.BLOCKED
    assert figures(view(office, started)) == (CleanupState.DONE, 12, 0, 12)
    assert reasons(view(office, started)) == {LeftReason.NO_GRANT: 12}
    assert show_connection(anna.user, office.ports).state.value == "NotConnected"
    assert office.connection().cleanup_job is None


def test_a_leaver_whose_account_is_closed_half_way_is_accounted_for(office: Office) -> None:
    anna = office.hire()
    filled(office, anna, ours=45)
    wait = TryAgainLater("busy", retry_after=HOUR, throttled=True, is_about_the_mailbox=True)
    anna.graph.fails_at("remove_batch", iter([None, wait]))
    started = start_for_rep(anna.user, OUTLOOK, office.ports)
    office.settle()
    without_account(office, anna)
    office.pass_time(2 * HOUR)

    disconnect(anna.user, office.ports)

    state, found, removed, left = figures(view(office, started))
    assert (state, found, removed, left) == (CleanupState.DONE, 47, 20, 27)
    assert reasons(view(office, started)) == {
        LeftReason.MEETING_WITH_ATTENDEES: 1,
        LeftReason.NO_GRANT: 24,
        LeftReason.NOT_PROVABLY_OURS: 2,
    }


def test_what_was_imported_goes_from_salesexec_also_without_a_grant(office: Office) -> None:
    anna = office.hire()
    filled(office, anna)
    without_account(office, anna)

    started = start_for_rep(anna.user, BOTH, office.ports)
    office.pass_time(HOUR)
    blocked = view(office, started).state
    disconnect(anna.user, office.ports)

    assert blocked is CleanupState.BLOCKED
    assert [each.subject for each in office.active(anna) if "Ours" not in each.subject] == []
    assert figures(view(office, started)) == (CleanupState.DONE, 20, 8, 12)


def test_ending_one_part_of_a_clean_up_of_all_ends_the_whole(office: Office) -> None:
    anna, ben = office.hire(), office.hire(BEN)
    for rep in (anna, ben):
        office.booked(rep)
    without_account(office, ben)
    started = start_for_all(OUTLOOK, office.ports, dry_run=False)
    office.pass_time(HOUR)
    blocked = view(office, started).state

    disconnect(ben.user, office.ports)
    office.pass_time(HOUR)

    assert blocked is CleanupState.BLOCKED
    assert figures(view(office, started)) == (CleanupState.DONE, 2, 1, 1)


def test_who_signed_in_again_is_not_given_up(office: Office) -> None:
    anna = office.hire()
    filled(office, anna)
    without_account(office, anna)
    started = start_for_rep(anna.user, OUTLOOK, office.ports)
    office.pass_time(HOUR)
    office.set(needs_reconnect=False)

    with pytest.raises(NotPossible, match=started.job.id):
        disconnect(anna.user, office.ports)
