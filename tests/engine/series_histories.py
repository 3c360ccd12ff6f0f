"""Histories with series, written out of a seed: a set of their own, so that those without stay what they are."""

from dataclasses import replace

from tests.engine.histories import STEPS, History, Played, played, terms_by
from tests.engine.story import Step
from tests.engine.world import dice_of

_WEIGHTS = {
    "crm_new": 1, "crm_edit": 5, "crm_cancel": 1, "crm_revive": 1, "outlook_new": 1, "outlook_edit": 5,
    "outlook_delete": 1, "outlook_copy": 0.4, "tick": 5, "start": 12, "run": 12, "finish": 3, "wait": 6, "kill": 2,
    "grant_dies": 0.5, "reconnect": 1, "feed_trap": 0.6,
    "crm_series_new": 2, "outlook_series_new": 2, "crm_occurrence_edit": 8, "crm_occurrence_cancel": 4,
    "outlook_occurrence_edit": 8, "outlook_occurrence_delete": 4,
}  # fmt: skip


def written_with_series(seed: int, steps: int = STEPS) -> History:
    """Write the history of a seed in which people change series, and single occurrences of them, on both sides."""
    dice = dice_of("history with series", seed)
    terms = terms_by(dice)
    kinds = ["crm_series_new", "outlook_series_new", dice.choice(("crm_series_new", "crm_new", "outlook_new"))]
    kinds += dice.choices(list(_WEIGHTS), weights=list(_WEIGHTS.values()), k=steps - len(kinds))
    return History(seed, terms, tuple(Step(kind, dice.randrange(1_000_000_000)) for kind in kinds))


def outcome_with_series(seed: int) -> Played:
    """Play the history of a seed, and return what it came to without its trace, which is long."""
    return replace(played(written_with_series(seed)), trace=())
