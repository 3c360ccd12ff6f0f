"""PollStore: the turns of many reps of a shard, taken and given back together."""

import threading
from datetime import timedelta

import pytest

from shared_code.adapters.tables.polls import TablePolls
from shared_code.adapters.tables.table import Table, Tables, Write
from shared_code.domain.identifiers import UserGuid, shard_of
from shared_code.settings import Storage
from shared_code.use_cases.ports import BATCH_SIZE, SHARDS, PollResult, PollStore, PollTurn
from tests.builders import NOW, a_user
from tests.contracts.conftest import FAKE_AND_REAL, all_at_once, real_or_fake
from tests.fakes.stores import FakePolls

LASTING = timedelta(minutes=5)
SHARD = 11


@pytest.fixture(name="polls", params=FAKE_AND_REAL)
def polls_fixture(request: pytest.FixtureRequest) -> PollStore:
    store: PollStore = real_or_fake(request, FakePolls, TablePolls)
    return store


def a_user_of(shard: int) -> UserGuid:
    while shard_of(user := a_user(), SHARDS) != shard:
        pass
    return user


def enrolled_reps(polls: PollStore, count: int) -> list[UserGuid]:
    """Enrol reps of one shard who are nobody else's; others of the shard lie between them."""
    reps = [a_user_of(SHARD) for _ in range(count)]
    for user in reps:
        polls.enrol(user)
    return reps


def users_of(turns: list[PollTurn]) -> list[UserGuid]:
    return [turn.user for turn in turns]


def test_a_full_batch_is_taken_and_given_back(polls: PollStore) -> None:
    reps = enrolled_reps(polls, BATCH_SIZE)

    turns = polls.lease(reps, NOW, LASTING)
    asked = polls.finish([PollResult(turn=turn, token=turn.user * 40, polled_at=NOW) for turn in turns])

    assert users_of(turns) == reps
    assert asked == frozenset()
    again = polls.lease(reps, NOW, LASTING)
    assert [turn.token for turn in again] == [user * 40 for user in reps]


def test_nobody_and_nothing_are_no_batch(polls: PollStore) -> None:
    assert polls.lease([], NOW, LASTING) == []
    assert polls.finish([]) == frozenset()


def test_a_rep_named_twice_has_one_turn(polls: PollStore) -> None:
    (user,) = enrolled_reps(polls, 1)

    assert users_of(polls.lease([user, user], NOW, LASTING)) == [user]


def test_a_batch_is_of_one_shard_and_not_too_large(polls: PollStore) -> None:
    with pytest.raises(ValueError, match="one shard"):
        polls.lease([a_user_of(1), a_user_of(2)], NOW, LASTING)
    with pytest.raises(ValueError, match="one shard"):
        polls.lease([a_user_of(1) for _ in range(BATCH_SIZE + 1)], NOW, LASTING)


def test_a_batch_leaves_out_who_is_not_enrolled_who_must_wait_and_who_is_being_polled(polls: PollStore) -> None:
    free, waiting, taken = enrolled_reps(polls, 3)
    (waits,) = polls.lease([waiting], NOW, LASTING)
    polls.finish([PollResult(turn=waits, wait_until=NOW + timedelta(hours=1))])
    (theirs,) = polls.lease([taken], NOW, LASTING)

    ours = polls.lease([a_user_of(SHARD), taken, waiting, free], NOW, LASTING)

    assert users_of(ours) == [free]
    assert polls.finish([PollResult(turn=theirs)]) == {taken}


def test_reps_of_the_shard_who_are_not_of_the_batch_keep_their_turns(polls: PollStore) -> None:
    reps = sorted(enrolled_reps(polls, 5))

    polls.lease([reps[0], reps[4]], NOW, LASTING)

    assert users_of(polls.lease(reps[1:4], NOW, LASTING)) == reps[1:4]


def test_of_a_batch_only_those_asked_for_go_again(polls: PollStore) -> None:
    reps = enrolled_reps(polls, 6)
    turns = polls.lease(reps, NOW, LASTING)
    polls.lease(reps[2:4], NOW, LASTING)

    asked = polls.finish([PollResult(turn=turn, token="new") for turn in turns])

    assert asked == frozenset(reps[2:4])
    again = polls.lease(reps, NOW, LASTING)
    assert [turn.token for turn in again] == ["new"] * 6
    assert polls.finish([PollResult(turn=turn) for turn in again]) == frozenset()


def test_lost_turns_of_a_batch_change_nothing_and_the_others_count(polls: PollStore) -> None:
    reps = enrolled_reps(polls, 5)
    turns = polls.lease(reps, NOW, LASTING)
    (taken_over,) = polls.lease([reps[1]], NOW + LASTING, LASTING)
    polls.withdraw(reps[3])

    polls.finish([PollResult(turn=turn, token="ours", polled_at=NOW) for turn in turns])

    assert polls.row(reps[3]) is None
    assert polls.finish([PollResult(turn=taken_over)]) == frozenset()
    tokens = [turn.token for turn in polls.lease([*reps[:3], reps[4]], NOW, LASTING)]
    assert tokens == ["ours", None, "ours", "ours"]


def test_of_many_batches_that_overlap_every_rep_has_one_turn(polls: PollStore) -> None:
    reps = enrolled_reps(polls, 24)

    found = all_at_once(6, lambda number: polls.lease(reps[number * 2 : number * 2 + 14], NOW, LASTING))

    turns = [turn for batch in found for turn in batch]
    assert sorted(users_of(turns)) == sorted(reps)
    asked = polls.finish([PollResult(turn=turn) for turn in turns])
    assert asked == frozenset(reps[2:-2])


def test_batches_and_single_polls_at_once_never_share_a_turn(polls: PollStore) -> None:
    reps = enrolled_reps(polls, 10)
    at_work: dict[UserGuid, int] = dict.fromkeys(reps, 0)
    guard = threading.Lock()
    clashes: list[UserGuid] = []

    def poll(number: int) -> None:
        for _ in range(6):
            turns = polls.lease(reps if number == 0 else [reps[number]], NOW, LASTING)
            with guard:
                for turn in turns:
                    at_work[turn.user] += 1
                    clashes.extend([turn.user] if at_work[turn.user] > 1 else [])
            with guard:
                for turn in turns:
                    at_work[turn.user] -= 1
            polls.finish([PollResult(turn=turn, token=str(number)) for turn in turns])

    all_at_once(4, poll)

    assert clashes == []
    assert len(polls.lease(reps, NOW, LASTING)) == len(reps)


class TablesThatLoseAnAnswer(Tables):
    """Tables of which the first transaction is done and, its answer lost, sent once more, as the client does."""

    def __init__(self, storage: str) -> None:
        super().__init__(Storage(connection_string=storage))
        self.lost = 0

    def table(self, name: str) -> Table:
        """Return one table."""
        return _LosingTable(self, name)


class _LosingTable(Table):
    def __init__(self, tables: TablesThatLoseAnAnswer, name: str) -> None:
        super().__init__(tables, name)
        self._losing = tables

    def write(self, *writes: Write) -> list[str]:
        etags = super().write(*writes)
        if len(writes) < 2 or self._losing.lost:
            return etags
        self._losing.lost += 1
        return super().write(*writes)


def test_a_lease_whose_answer_was_lost_is_still_ours(storage: str) -> None:
    tables = TablesThatLoseAnAnswer(storage)
    polls = TablePolls(tables)
    reps = enrolled_reps(polls, 3)

    turns = polls.lease(reps, NOW, LASTING)

    assert tables.lost == 1
    assert users_of(turns) == reps
    assert polls.finish([PollResult(turn=turn, token="kept") for turn in turns]) == frozenset()
    assert [turn.token for turn in polls.lease(reps, NOW, LASTING)] == ["kept"] * 3
