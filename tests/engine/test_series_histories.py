"""Whole histories with series: they, and single occurrences of them, are changed on both sides, and in the end agree.

They are a set of their own, so that the histories without series stay what they are.
"""

from concurrent.futures import Executor

from tests.engine.histories import STEPS, played
from tests.engine.series_histories import outcome_with_series, written_with_series
from tests.engine.spans import play_span
from tests.engine.tally import Tally


def test_the_same_seed_plays_the_same_history_with_series_call_by_call() -> None:
    first, second = (played(written_with_series(3)) for _ in range(2))

    assert first.trace == second.trace
    assert len(first.trace) > STEPS


def test_histories_with_series_change_occurrences_on_both_sides() -> None:
    kinds = {step.kind for seed in range(20) for step in written_with_series(seed).steps}

    assert {"crm_occurrence_edit", "crm_occurrence_cancel"} <= kinds
    assert {"outlook_occurrence_edit", "outlook_occurrence_delete"} <= kinds


def test_whatever_happens_to_series_both_sides_agree_in_the_end(
    series_seeds: range, series_tally: Tally, players: Executor
) -> None:
    here = play_span(series_seeds, players, series_tally, outcome_of=outcome_with_series, written=written_with_series)

    assert here.steps == len(series_seeds) * STEPS
    assert here.faults
    assert here.kills
