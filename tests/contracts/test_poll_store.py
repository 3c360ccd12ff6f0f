"""PollStore: who is polled, and whose turn it is."""

from datetime import timedelta

import pytest

from shared_code.adapters.tables.polls import TablePolls
from shared_code.domain.identifiers import UserGuid, shard_of
from shared_code.use_cases.errors import StaleVersion
from shared_code.use_cases.fan_out import SHARDS
from shared_code.use_cases.ports import PollStore, PollTurn
from tests.builders import NOW, a_user
from tests.contracts.conftest import FAKE_AND_REAL, all_at_once, real_or_fake
from tests.fakes.stores import FakePolls

LASTING = timedelta(minutes=5)


@pytest.fixture(name="polls", params=FAKE_AND_REAL)
def polls_fixture(request: pytest.FixtureRequest) -> PollStore:
    store: PollStore = real_or_fake(request, FakePolls, TablePolls)
    return store


def enrolled_rep(polls: PollStore) -> UserGuid:
    user = a_user()
    polls.enrol(user)
    return user


def leased(polls: PollStore, user: UserGuid, *, later: timedelta = timedelta(0)) -> PollTurn:
    turn = polls.lease(user, NOW + later, LASTING)
    assert turn is not None
    return turn


def test_a_rep_is_found_in_her_shard_from_enrolling_to_withdrawing(polls: PollStore) -> None:
    user = a_user()
    shard = shard_of(user, SHARDS)

    before = polls.enrolled(shard)
    polls.enrol(user)
    during = polls.enrolled(shard)
    polls.withdraw(user)

    assert user not in before
    assert user in during
    assert user not in polls.enrolled(shard)


def test_every_rep_of_a_shard_is_found_and_no_other(polls: PollStore) -> None:
    reps = [enrolled_rep(polls) for _ in range(120)]

    found = [user for shard in range(SHARDS) for user in polls.enrolled(shard)]

    assert sorted(user for user in found if user in reps) == sorted(reps)
    assert all(shard_of(user, SHARDS) == 7 for user in polls.enrolled(7))


def test_withdrawing_somebody_unknown_does_nothing(polls: PollStore) -> None:
    polls.withdraw(a_user())


def test_a_rep_who_is_not_enrolled_has_no_turn(polls: PollStore) -> None:
    assert polls.lease(a_user(), NOW, LASTING) is None


def test_a_turn_is_hers_for_as_long_as_asked(polls: PollStore) -> None:
    user = enrolled_rep(polls)

    turn = leased(polls, user)

    assert turn.user == user
    assert turn.leased_until == NOW + LASTING
    assert turn.last_full_at is None


def test_a_turn_that_is_taken_cannot_be_taken_again(polls: PollStore) -> None:
    user = enrolled_rep(polls)
    leased(polls, user)

    assert polls.lease(user, NOW + LASTING - timedelta(seconds=1), LASTING) is None


def test_who_finds_the_turn_taken_makes_the_other_go_again_once(polls: PollStore) -> None:
    user = enrolled_rep(polls)
    turn = leased(polls, user)
    polls.lease(user, NOW, LASTING)
    polls.lease(user, NOW, LASTING)

    assert polls.finish(turn, full_at=NOW) is True
    assert polls.finish(leased(polls, user), full_at=NOW) is False


def test_a_turn_nobody_asked_for_meanwhile_ends_quietly(polls: PollStore) -> None:
    user = enrolled_rep(polls)

    assert polls.finish(leased(polls, user), full_at=NOW) is False


def test_the_position_is_that_of_the_last_poll_that_came_through(polls: PollStore) -> None:
    user = enrolled_rep(polls)
    polls.finish(leased(polls, user), full_at=NOW)

    polls.finish(leased(polls, user), full_at=None)

    assert leased(polls, user).last_full_at == NOW


def test_a_turn_given_back_can_be_taken_at_once_with_a_higher_fence(polls: PollStore) -> None:
    user = enrolled_rep(polls)
    first = leased(polls, user)
    polls.finish(first, full_at=NOW)

    assert leased(polls, user).fence > first.fence


def test_a_turn_whose_time_ran_out_goes_to_the_next_and_is_lost_to_the_first(polls: PollStore) -> None:
    user = enrolled_rep(polls)
    first = leased(polls, user)

    second = leased(polls, user, later=LASTING)

    assert second.fence > first.fence
    with pytest.raises(StaleVersion):
        polls.finish(first, full_at=NOW)
    assert polls.finish(second, full_at=None) is False
    assert leased(polls, user).last_full_at is None


def test_a_turn_whose_time_ran_out_still_counts_when_nobody_took_it(polls: PollStore) -> None:
    user = enrolled_rep(polls)
    turn = leased(polls, user)

    polls.finish(turn, full_at=NOW)

    assert leased(polls, user, later=timedelta(days=1)).last_full_at == NOW


def test_a_turn_is_given_back_once(polls: PollStore) -> None:
    turn = leased(polls, enrolled_rep(polls))
    polls.finish(turn, full_at=NOW)

    with pytest.raises(StaleVersion):
        polls.finish(turn, full_at=NOW)


def test_a_turn_of_a_rep_who_was_withdrawn_is_lost(polls: PollStore) -> None:
    turn = leased(polls, enrolled_rep(polls))
    polls.withdraw(turn.user)

    with pytest.raises(StaleVersion):
        polls.finish(turn, full_at=NOW)


def test_a_turn_from_before_a_rep_left_is_no_turn_after_she_came_back(polls: PollStore) -> None:
    old = leased(polls, enrolled_rep(polls))
    polls.withdraw(old.user)
    polls.enrol(old.user)

    new = leased(polls, old.user, later=timedelta(seconds=1))

    assert new.last_full_at is None
    with pytest.raises(StaleVersion):
        polls.finish(old, full_at=NOW)
    assert polls.finish(new, full_at=NOW) is False


def test_enrolling_again_leaves_lease_and_position_alone(polls: PollStore) -> None:
    user = enrolled_rep(polls)
    polls.finish(leased(polls, user), full_at=NOW)
    turn = leased(polls, user)

    polls.enrol(user)

    assert polls.lease(user, NOW, LASTING) is None
    assert polls.finish(turn, full_at=None) is True
    assert leased(polls, user).last_full_at == NOW


def test_of_many_who_want_a_turn_at_once_one_gets_it_and_is_asked_to_go_again(polls: PollStore) -> None:
    user = enrolled_rep(polls)

    turns = [turn for turn in all_at_once(8, lambda _: polls.lease(user, NOW, LASTING)) if turn]

    assert len(turns) == 1
    assert polls.finish(turns[0], full_at=NOW) is True


def test_a_request_made_while_a_turn_ends_is_never_lost(polls: PollStore) -> None:
    """Either the one who ends it is told to go again, or the one who asks gets the turn."""
    user = enrolled_rep(polls)
    for _ in range(15):
        turn = leased(polls, user)

        def end_or_ask(number: int, turn: PollTurn = turn) -> bool:
            return polls.finish(turn, full_at=NOW) if number == 0 else polls.lease(user, NOW, LASTING) is not None

        told_to_go_again, got_a_turn = all_at_once(2, end_or_ask)

        assert told_to_go_again != got_a_turn
        polls.withdraw(user)
        polls.enrol(user)
