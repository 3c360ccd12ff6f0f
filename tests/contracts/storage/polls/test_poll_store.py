"""PollStore: who is polled, and whose turn it is."""

from datetime import timedelta

import pytest

from shared_code.adapters.tables.polls import TablePolls
from shared_code.domain.identifiers import UserGuid, shard_of
from shared_code.use_cases.ports import SHARDS, PollResult, PollRow, PollStore, PollTurn
from tests.builders import NOW, a_user
from tests.contracts.conftest import FAKE_AND_REAL, all_at_once, real_or_fake
from tests.fakes.stores import FakePolls

LASTING = timedelta(minutes=5)
LATER = NOW + timedelta(hours=4)


@pytest.fixture(name="polls", params=FAKE_AND_REAL)
def polls_fixture(request: pytest.FixtureRequest) -> PollStore:
    store: PollStore = real_or_fake(request, FakePolls, TablePolls)
    return store


def enrolled_rep(polls: PollStore) -> UserGuid:
    user = a_user()
    polls.enrol(user)
    return user


def leased(polls: PollStore, user: UserGuid, *, later: timedelta = timedelta(0)) -> PollTurn:
    (turn,) = polls.lease([user], NOW + later, LASTING)
    return turn


def asked_again(polls: PollStore, turn: PollTurn) -> bool:
    """Give the turn back with nothing to store."""
    return turn.user in polls.finish([PollResult(turn=turn)])


def test_a_rep_is_found_in_her_shard_from_enrolling_to_withdrawing(polls: PollStore) -> None:
    user = a_user()
    shard = shard_of(user, SHARDS)

    before = polls.rows(shard)
    polls.enrol(user)
    during = polls.rows(shard)
    polls.withdraw(user)

    fresh = PollRow(user=user, wait_until=None, last_poll_at=None, reconcile_sent_at=None, reconciled_at=None)
    assert fresh not in before
    assert fresh in during
    assert fresh not in polls.rows(shard)
    assert polls.row(user) is None


def test_every_rep_of_a_shard_is_found_and_no_other(polls: PollStore) -> None:
    reps = [enrolled_rep(polls) for _ in range(120)]

    found = [row.user for shard in range(SHARDS) for row in polls.rows(shard)]

    assert sorted(user for user in found if user in reps) == sorted(reps)
    assert all(shard_of(row.user, SHARDS) == 7 for row in polls.rows(7))


def test_withdrawing_somebody_unknown_does_nothing(polls: PollStore) -> None:
    polls.withdraw(a_user())


def test_a_rep_who_is_not_enrolled_has_no_row_and_no_turn(polls: PollStore) -> None:
    user = a_user()

    assert polls.row(user) is None
    assert polls.lease([user], NOW, LASTING) == []


def test_a_turn_is_hers_for_as_long_as_asked(polls: PollStore) -> None:
    user = enrolled_rep(polls)

    turn = leased(polls, user)

    assert (turn.user, turn.leased_until) == (user, NOW + LASTING)
    assert (turn.token, turn.round_began_at) == (None, None)


def test_a_turn_that_is_taken_cannot_be_taken_again(polls: PollStore) -> None:
    user = enrolled_rep(polls)
    leased(polls, user)

    assert polls.lease([user], NOW + LASTING - timedelta(seconds=1), LASTING) == []


def test_who_finds_the_turn_taken_makes_the_other_go_again_once(polls: PollStore) -> None:
    user = enrolled_rep(polls)
    turn = leased(polls, user)
    polls.lease([user], NOW, LASTING)
    polls.lease([user], NOW, LASTING)

    assert asked_again(polls, turn)
    assert not asked_again(polls, leased(polls, user))


def test_a_turn_nobody_asked_for_meanwhile_ends_quietly(polls: PollStore) -> None:
    user = enrolled_rep(polls)

    assert not asked_again(polls, leased(polls, user))


def test_what_a_poll_came_to_is_there_at_the_next_turn(polls: PollStore) -> None:
    user = enrolled_rep(polls)
    result = PollResult(turn=leased(polls, user), polled_at=LATER, token="delta-1", round_began_at=NOW)

    polls.finish([result])

    turn, row = leased(polls, user), polls.row(user)
    assert (turn.token, turn.round_began_at) == ("delta-1", NOW)
    assert row is not None
    assert row.last_poll_at == LATER


def test_what_a_poll_does_not_say_stays_as_it_was(polls: PollStore) -> None:
    user = enrolled_rep(polls)
    polls.finish([PollResult(turn=leased(polls, user), polled_at=NOW, token="delta-1", round_began_at=NOW)])

    polls.finish([PollResult(turn=leased(polls, user), token="delta-2")])
    polls.finish([PollResult(turn=leased(polls, user))])

    turn, row = leased(polls, user), polls.row(user)
    assert (turn.token, turn.round_began_at) == ("delta-2", NOW)
    assert row is not None
    assert row.last_poll_at == NOW


@pytest.mark.parametrize(
    ("first", "second"), [("é" * 40_000, "x" * 5), ("x", "🌲" * 20_000), ("x" * 16_000, "x" * 16_001)]
)
def test_tokens_of_any_length_come_back_whole(polls: PollStore, first: str, second: str) -> None:
    user = enrolled_rep(polls)
    for token in (first, second):
        polls.finish([PollResult(turn=leased(polls, user), token=token)])

        turn = leased(polls, user)

        assert turn.token == token
        polls.finish([PollResult(turn=turn)])


def test_a_turn_given_back_can_be_taken_at_once_with_a_higher_fence(polls: PollStore) -> None:
    user = enrolled_rep(polls)
    first = leased(polls, user)
    asked_again(polls, first)

    assert leased(polls, user).fence > first.fence


def test_a_rep_who_must_wait_has_no_turn_until_then(polls: PollStore) -> None:
    user = enrolled_rep(polls)

    polls.finish([PollResult(turn=leased(polls, user), wait_until=LATER)])

    row = polls.row(user)
    assert row is not None
    assert row.wait_until == LATER
    assert polls.lease([user], LATER - timedelta(seconds=1), LASTING) == []
    assert len(polls.lease([user], LATER, LASTING)) == 1


def test_a_turn_that_ends_without_a_wait_ends_the_wait(polls: PollStore) -> None:
    user = enrolled_rep(polls)
    polls.finish([PollResult(turn=leased(polls, user), wait_until=LATER)])

    asked_again(polls, leased(polls, user, later=timedelta(hours=5)))

    row = polls.row(user)
    assert row is not None
    assert row.wait_until is None


def test_a_turn_whose_time_ran_out_goes_to_the_next_and_is_lost_to_the_first(polls: PollStore) -> None:
    user = enrolled_rep(polls)
    first = leased(polls, user)

    second = leased(polls, user, later=LASTING)

    assert second.fence > first.fence
    assert polls.finish([PollResult(turn=first, token="from the past", polled_at=LATER)]) == frozenset()
    assert not asked_again(polls, second)
    assert leased(polls, user).token is None


def test_a_turn_whose_time_ran_out_still_counts_when_nobody_took_it(polls: PollStore) -> None:
    user = enrolled_rep(polls)
    turn = leased(polls, user)

    polls.finish([PollResult(turn=turn, token="late")])

    assert leased(polls, user, later=timedelta(days=1)).token == "late"


def test_a_turn_is_given_back_once(polls: PollStore) -> None:
    turn = leased(polls, enrolled_rep(polls))
    polls.finish([PollResult(turn=turn, token="first")])

    polls.finish([PollResult(turn=turn, token="second")])

    assert leased(polls, turn.user).token == "first"


def test_a_turn_of_a_rep_who_was_withdrawn_is_lost(polls: PollStore) -> None:
    turn = leased(polls, enrolled_rep(polls))
    polls.withdraw(turn.user)

    assert polls.finish([PollResult(turn=turn, token="late")]) == frozenset()

    assert polls.row(turn.user) is None


def test_a_turn_from_before_a_rep_left_is_no_turn_after_she_came_back(polls: PollStore) -> None:
    old = leased(polls, enrolled_rep(polls))
    polls.withdraw(old.user)
    polls.enrol(old.user)

    new = leased(polls, old.user)
    polls.finish([PollResult(turn=old, token="old")])
    polls.finish([PollResult(turn=new, token="new")])

    assert leased(polls, old.user).token == "new"


def test_enrolling_again_starts_from_the_start(polls: PollStore) -> None:
    user = enrolled_rep(polls)
    polls.note_reconcile(user, sent_at=NOW, done_at=NOW)
    first = PollResult(
        turn=leased(polls, user), polled_at=NOW, token="old" * 9000, round_began_at=NOW, wait_until=LATER
    )
    polls.finish([first])

    polls.enrol(user)

    turn = leased(polls, user)
    assert polls.row(user) == PollRow(
        user=user, wait_until=None, last_poll_at=None, reconcile_sent_at=None, reconciled_at=None
    )
    assert (turn.token, turn.round_began_at) == (None, None)


def test_enrolling_again_takes_the_turn_from_who_has_it(polls: PollStore) -> None:
    old = leased(polls, enrolled_rep(polls))
    polls.lease([old.user], NOW, LASTING)

    polls.enrol(old.user)

    assert polls.finish([PollResult(turn=old, token="old")]) == frozenset()
    new = leased(polls, old.user)
    assert new.token is None
    assert not asked_again(polls, new)


def test_reconciles_are_remembered_each_by_itself(polls: PollStore) -> None:
    user = enrolled_rep(polls)

    polls.note_reconcile(user, sent_at=NOW)
    polls.note_reconcile(user, done_at=LATER)
    polls.note_reconcile(user)

    row = polls.row(user)
    assert row is not None
    assert (row.reconcile_sent_at, row.reconciled_at) == (NOW, LATER)
    assert row in polls.rows(shard_of(user, SHARDS))


def test_a_reconcile_of_somebody_who_is_not_enrolled_enrols_nobody(polls: PollStore) -> None:
    user = a_user()

    polls.note_reconcile(user, sent_at=NOW)

    assert polls.row(user) is None


def test_a_reconcile_noted_during_a_turn_costs_nobody_the_turn(polls: PollStore) -> None:
    turn = leased(polls, enrolled_rep(polls))
    polls.note_reconcile(turn.user, done_at=NOW)

    polls.finish([PollResult(turn=turn, token="new", polled_at=NOW)])

    row = polls.row(turn.user)
    assert row is not None
    assert (row.reconciled_at, row.last_poll_at) == (NOW, NOW)
    assert leased(polls, turn.user).token == "new"


def test_of_many_who_want_a_turn_at_once_one_gets_it_and_is_asked_to_go_again(polls: PollStore) -> None:
    user = enrolled_rep(polls)

    turns = [turn for found in all_at_once(8, lambda _: polls.lease([user], NOW, LASTING)) for turn in found]

    assert len(turns) == 1
    assert asked_again(polls, turns[0])


def test_a_request_made_while_a_turn_ends_is_never_lost(polls: PollStore) -> None:
    """Either the one who ends it is told to go again, or the one who asks gets the turn."""
    user = enrolled_rep(polls)
    for _ in range(15):
        turn = leased(polls, user)

        def end_or_ask(number: int, turn: PollTurn = turn) -> bool:
            return asked_again(polls, turn) if number == 0 else bool(polls.lease([user], NOW, LASTING))

        told_to_go_again, got_a_turn = all_at_once(2, end_or_ask)

        assert told_to_go_again != got_a_turn
        polls.enrol(user)
