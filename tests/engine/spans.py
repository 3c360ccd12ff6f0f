"""Plays a span of histories on all cores, and fails at the first that ended badly."""

from collections.abc import Callable
from concurrent.futures import Executor

import pytest

from tests.engine.histories import History, Played, explained
from tests.engine.tally import Tally


def play_span(
    seeds: range,
    players: Executor,
    tally: Tally,
    *,
    outcome_of: Callable[[int], Played],
    written: Callable[[int], History],
) -> Tally:
    """Play the histories of these seeds; return what they came to, which `tally` counts as well, also of bad ones."""
    here = Tally()
    try:
        for seed, outcome in zip(seeds, players.map(outcome_of, seeds, chunksize=10), strict=True):
            here.add(outcome)
            if outcome.wrongs:
                pytest.fail(explained(written(seed), outcome.wrongs), pytrace=False)
    finally:
        tally.take_in(here)
    return here
