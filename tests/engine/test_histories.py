"""Whole histories of two reps, both sides editing, everything failing, workers dying: in the end both sides agree.

A seed decides all of a history. One that fails names its seed and says the fewest steps that still fail alike, as
code. To keep it, paste that into `test_kept_histories.py` under a name that says what went wrong, next to a test of
the use case alone that fails for the same reason; then mend the engine. `--long` plays 50,000 histories.
"""

from concurrent.futures import Executor

from tests.engine.histories import STEPS, outcome_of, played, written
from tests.engine.spans import play_span
from tests.engine.tally import Tally


def test_the_same_seed_plays_the_same_history_call_by_call() -> None:
    seeds = (1, 6, 33)

    first = [played(written(seed)) for seed in seeds]
    second = [played(written(seed)) for seed in seeds]

    assert [each.trace for each in first] == [each.trace for each in second]
    assert first == second
    assert all(len(each.trace) > STEPS for each in first)


def test_other_seeds_play_other_histories() -> None:
    traces = {played(written(seed)).trace for seed in range(20)}

    assert len(traces) == 20


def test_whatever_happens_both_sides_agree_in_the_end(seeds: range, tally: Tally, players: Executor) -> None:
    here = play_span(seeds, players, tally, outcome_of=outcome_of, written=written)

    assert here.steps == len(seeds) * STEPS
    assert here.between * 3 >= here.histories, "too few histories invite people between a poll and a push"
    assert here.faults
    assert here.kills
