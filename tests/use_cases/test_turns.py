"""Within one process, work on the same appointment takes turns."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from shared_code.use_cases.turns import Turns


def test_work_on_the_same_key_never_overlaps() -> None:
    turns, inside, most = Turns(), [0], [0]

    def work(_: int) -> None:
        with turns.of("one"):
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            threading.Event().wait(0.001)
            inside[0] -= 1

    with ThreadPoolExecutor(8) as workers:
        list(workers.map(work, range(24)))

    assert most == [1]


def test_work_on_different_keys_runs_side_by_side() -> None:
    turns, meeting = Turns(), threading.Barrier(2, timeout=5)

    def work(key: str) -> int:
        with turns.of(key):
            return meeting.wait()

    with ThreadPoolExecutor(2) as workers:
        assert sorted(workers.map(work, ["one", "other"])) == [0, 1]


def test_a_turn_that_fails_is_given_back_and_nothing_is_kept() -> None:
    turns = Turns()

    for _ in range(3):
        with pytest.raises(ValueError, match="oops"), turns.of("one"):
            raise ValueError("oops")

    with turns.of("one"):
        assert len(turns._locks) == 1  # noqa: SLF001 - that nothing is kept cannot be seen from outside
    assert turns._locks == {}  # noqa: SLF001
