"""The brake: many deletes at once in Outlook are more likely a mishap than a decision, so somebody is asked first."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from shared_code.domain.pairs import Pair, PairState

COUNTED_OVER = timedelta(hours=24)
MOST_APPOINTMENTS = 10
LARGEST_SHARE = 0.2


def is_too_much(found: int, pairs: Iterable[Pair], now: datetime) -> bool:
    """Tell whether deletes just found are to be held, together with those of the last 24 hours.

    More than 10 appointments, and more than a fifth of those that the rep had in step during these hours. A series is
    one. Pairs that our own cleanup, a move or a changed window ended have no `deleted_at`, and do not count.
    """
    pairs = list(pairs)
    before = [pair for pair in pairs if _was_deleted_since(pair, now - COUNTED_OVER)]
    held = [pair for pair in pairs if pair.held_at is not None]
    if found and held:
        return True
    in_step = sum(pair.state is PairState.LINKED for pair in pairs) + len(before)
    deleted = found + len(before)
    return deleted > MOST_APPOINTMENTS and deleted > LARGEST_SHARE * in_step


def _was_deleted_since(pair: Pair, since: datetime) -> bool:
    return pair.state is PairState.GONE and pair.deleted_at is not None and pair.deleted_at > since
