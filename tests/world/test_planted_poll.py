"""The checker sees a poll that still has something to do; in a file of its own, since it polls whatever is planted."""

from __future__ import annotations

from tests.engine.histories import History
from tests.engine.story import Step
from tests.engine.world import Terms
from tests.world.rounds import Round
from tests.world.stage import Stage

A_SEED = 1_000_001


def test_a_further_poll_that_still_does_something_is_seen(stage: Stage) -> None:
    spoiled = Round(stage, [History(A_SEED, Terms(), (Step("crm_new", 1), Step("finish", 0)))])
    spoiled.play()
    rep = next(rep for rep in spoiled.reps if rep.events())
    rep.edit_event(next(event for event in rep.events()), Location="Elsewhere")

    played = spoiled.judged()

    assert any(wrong.startswith("a further poll still tells SalesExec something") for wrong in played.wrongs)
