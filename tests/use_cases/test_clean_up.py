"""Cleaning up takes out exactly what the sync put in, whatever becomes of the process, and mails nobody."""

from datetime import timedelta

import pytest

from shared_code.domain.cleanups import CleanupState, Side
from shared_code.domain.ownership import LeftReason
from shared_code.use_cases.cleanup_jobs import preview, start_for_rep
from shared_code.use_cases.errors import (
    NotPossible,
    TryAgainLater,
)
from tests.use_cases.cleaning import BOTH, DAY, HOUR, OUTLOOK, SALESEXEC, figures, filled, remains, view
from tests.use_cases.mortal import Died
from tests.use_cases.office import Office, Rep, subjects


def test_exactly_what_is_ours_goes(office: Office) -> None:
    anna = office.hire()
    filled(office, anna)
    own = sorted(event.id for event in anna.calendar.events.values() if "Own" in event.subject)

    started = start_for_rep(anna.user, OUTLOOK, office.ports)
    office.settle()

    assert subjects(anna) == remains(anna)
    assert sorted(e.id for e in anna.calendar.events.values() if "Own" in e.subject) == own
    seen = view(office, started)
    assert figures(seen) == (CleanupState.DONE, 14, 11, 3)
    assert sorted(left.reason for part in seen.parts for left in part.left) == [
        LeftReason.MEETING_WITH_ATTENDEES,
        LeftReason.NOT_PROVABLY_OURS,
        LeftReason.NOT_PROVABLY_OURS,
    ]
    assert office.told() == [each for each in office.told() if each[0] == "Upsert"]
    assert [notice.code for notice in office.crm.notices] == ["CleanupDone"]


def test_the_same_goes_when_the_mappings_are_lost(office: Office) -> None:
    anna = office.hire()
    filled(office, anna)
    office.pairs.lose()
    office.lose_holders()

    started = start_for_rep(anna.user, OUTLOOK, office.ports)
    office.settle()

    assert subjects(anna) == remains(anna)
    assert figures(view(office, started)) == (CleanupState.DONE, 14, 11, 3)


@pytest.mark.parametrize("lost", [False, True], ids=["with mappings", "without mappings"])
def test_copies_stay_also_when_their_originals_went_in_a_run_before(office: Office, lost: bool) -> None:
    anna = office.hire()
    filled(office, anna, ours=45)
    if lost:
        office.pairs.lose()
    wait = TryAgainLater("busy", retry_after=timedelta(minutes=5), throttled=True, is_about_the_mailbox=True)
    anna.graph.fails_at("remove_batch", iter([None, wait, None]))

    started = start_for_rep(anna.user, OUTLOOK, office.ports)
    office.pass_time(HOUR)

    assert subjects(anna) == remains(anna)
    assert figures(view(office, started)) == (CleanupState.DONE, 47, 44, 3)


def test_a_second_clean_up_leaves_the_copies_too(office: Office) -> None:
    anna = office.hire()
    filled(office, anna)
    start_for_rep(anna.user, OUTLOOK, office.ports)
    office.settle()

    started = start_for_rep(anna.user, OUTLOOK, office.ports)
    office.settle()

    assert subjects(anna) == remains(anna)
    assert figures(view(office, started)) == (CleanupState.DONE, 3, 0, 3)


@pytest.mark.parametrize("lost", [False, True], ids=["with mappings", "without mappings"])
def test_killed_again_and_again_it_still_takes_out_exactly_what_is_ours(office: Office, lost: bool) -> None:
    anna = office.hire()
    filled(office, anna, ours=30)
    if lost:
        office.pairs.lose()

    started = start_for_rep(anna.user, OUTLOOK, office.ports)
    for number in (7, 13, 16, 19, 22):
        office.die_at(number, after=bool(number % 2))
        office.pass_time(timedelta(minutes=11))
    office.fate.live()
    office.pass_time(HOUR)

    assert subjects(anna) == remains(anna)
    assert figures(view(office, started)) == (CleanupState.DONE, 32, 29, 3)
    assert {notice.code for notice in office.crm.notices} == {"CleanupDone"}


@pytest.mark.parametrize("after", [False, True], ids=["before the call", "after the call"])
def test_it_may_die_at_any_call_of_a_port(after: bool) -> None:
    for number in range(80):
        office = Office()
        anna = office.hire()
        filled(office, anna, ours=6, hers=2)
        office.die_at(number, after=after)

        begun_again(office, anna)
        office.pass_time(HOUR)
        over = not office.died
        office.fate.live()
        office.pass_time(HOUR)

        where = f"died at call {number} {office.death}"
        assert subjects(anna) == remains(anna), where
        assert [each for each in office.active(anna) if "Own" in each.subject] == [], where
        assert office.poisoned == [], where
        assert office.connection().cleanup_job is None, where
        if over:
            return
    raise AssertionError("it never ends")


def begun_again(office: Office, anna: Rep) -> None:
    """Begin a clean-up as an administrator does: once more when there was no answer."""
    try:
        start_for_rep(anna.user, BOTH, office.ports)
    except Died:
        office.restart()
        office.fate.live()
        try:
            start_for_rep(anna.user, BOTH, office.ports)
        except NotPossible:
            # It had begun all the same, and its message was never sent: it goes on by itself.
            office.pass_time(HOUR)


def test_a_lost_message_is_made_up_for(office: Office) -> None:
    anna = office.hire()
    filled(office, anna)
    started = start_for_rep(anna.user, OUTLOOK, office.ports)

    office.work.clear()
    office.pass_time(HOUR)

    assert subjects(anna) == remains(anna)
    assert view(office, started).state is CleanupState.DONE


def test_a_preview_counts_and_changes_nothing(office: Office) -> None:
    anna = office.hire()
    filled(office, anna)
    before = (dict(anna.calendar.events), office.pairs.all_of(office.connection().book), office.connection())

    counts = preview(anna.user, BOTH, office.ports)
    office.pass_time(HOUR)

    assert counts == {Side.OUTLOOK: 11, Side.SALESEXEC: 8}
    assert (dict(anna.calendar.events), office.pairs.all_of(office.connection().book)) == before[:2]
    assert office.connection().enabled


def test_what_was_imported_goes_from_salesexec_and_only_that(office: Office) -> None:
    anna = office.hire()
    filled(office, anna)
    before = subjects(anna)
    office.crm.calls.clear()

    started = start_for_rep(anna.user, SALESEXEC, office.ports)
    office.pass_time(DAY)

    assert subjects(anna) == before
    assert sorted(each.subject for each in office.active(anna)) == sorted(f"Ours {number}" for number in range(12))
    assert {action for action, *_ in office.told()} == {"Delete"}
    assert figures(view(office, started)) == (CleanupState.DONE, 8, 8, 0)


def test_what_was_imported_goes_also_when_the_mappings_are_lost(office: Office) -> None:
    anna = office.hire()
    filled(office, anna)
    office.pairs.lose()

    started = start_for_rep(anna.user, SALESEXEC, office.ports)
    office.settle()

    assert [each for each in office.active(anna) if "Own" in each.subject] == []
    assert view(office, started).state is CleanupState.DONE


def test_both_sides_at_once_add_up(office: Office) -> None:
    anna = office.hire()
    filled(office, anna)

    started = start_for_rep(anna.user, BOTH, office.ports)
    office.settle()

    assert figures(view(office, started)) == (CleanupState.DONE, 22, 19, 3)
