"""Whole histories over HTTP, with everything failing and the host killed: in the end both sides agree.

A seed decides all that a history does, and a round's first seed the ways of Graph in it; which of two requests is
faster nobody decides. One that fails prints its seed, its steps, what is wrong, and what happened to the appointment.
To play its round again: `-k seeds-4-to-7`. `--long` plays 200 histories.
"""

from __future__ import annotations

import time

import pytest

from tests.engine.histories import STEPS, as_code
from tests.world.rounds import Played, Round, with_invitation
from tests.world.stage import Stage
from tests.world.tally import Tally


def test_whatever_happens_both_sides_agree_in_the_end(stage: Stage, seeds: range, tally: Tally) -> None:
    began = time.monotonic()
    played_round = Round(stage, [with_invitation(seed) for seed in seeds])

    played_round.play()
    played = played_round.judged()

    tally.add(played, time.monotonic() - began)
    if played.wrongs or any(verdict.wrongs for verdict in played.verdicts):
        pytest.fail(f"{explained(played)}\n{played_round.switches}", pytrace=False)
    assert sum(verdict.steps for verdict in played.verdicts) == len(seeds) * STEPS


def explained(played: Played) -> str:
    """Return what there is to say of a round that failed."""
    parts = list(played.wrongs)
    for verdict in played.verdicts:
        if verdict.wrongs:
            wrongs = "\n".join(verdict.wrongs)
            parts.append(f"seed {verdict.history.seed}:\n{wrongs}\n{as_code(verdict.history)}\n{verdict.tail}")
    return "\n".join(parts)
