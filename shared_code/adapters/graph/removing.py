"""Events deleted many at a time, each on its own terms."""

from collections.abc import Sequence

from shared_code.adapters.graph import addresses
from shared_code.adapters.graph.batch import Part
from shared_code.adapters.graph.client import GraphClient
from shared_code.adapters.graph.failures import is_forbidden
from shared_code.adapters.graph.wire.payloads import NotJson
from shared_code.adapters.graph.wire.reading import UnreadableEvent, event_in
from shared_code.adapters.http import Answer
from shared_code.domain.identifiers import EventId
from shared_code.use_cases.errors import EventGone, SyncError

type Removal = bool | SyncError
"""Whether an event was deleted: False when there was nothing left to delete, or why it was not."""


def remove_batch(client: GraphClient, items: Sequence[tuple[EventId, str]]) -> list[Removal]:
    """Delete at most MOST_PARTS events, each if it has its change key; one removal each, in the same order.

    Quirk: deleting an event that was already cancelled was answered with 403 (developers), which is also the
    answer to somebody who may not delete: only a look at those events tells them apart.
    """
    outcomes = client.batch(
        [
            Part(method="DELETE", path=addresses.event(event_id), if_match=addresses.etag(change_key))
            for event_id, change_key in items
        ]
    )
    removals = [_removal(outcome) for outcome in outcomes]
    forbidden = [n for n, outcome in enumerate(outcomes) if isinstance(outcome, SyncError) and is_forbidden(outcome)]
    for number, is_over in zip(forbidden, _are_over(client, [items[n][0] for n in forbidden]), strict=True):
        if is_over:
            removals[number] = False
    return removals


def _removal(outcome: Answer | SyncError) -> Removal:
    if isinstance(outcome, EventGone):
        return False
    return outcome if isinstance(outcome, SyncError) else True


def _are_over(client: GraphClient, event_ids: Sequence[EventId]) -> list[bool]:
    """Tell of each event whether it is gone or called off; of one that cannot be read, that it is not."""
    parts = [Part(method="GET", path=addresses.event_with_mark(event_id)) for event_id in event_ids]
    try:
        return [_is_over(outcome) for outcome in client.batch(parts)]
    except SyncError:
        return [False] * len(parts)


def _is_over(outcome: Answer | SyncError) -> bool:
    if isinstance(outcome, SyncError):
        return isinstance(outcome, EventGone)
    try:
        return event_in(outcome.content).is_cancelled
    except (NotJson, UnreadableEvent):
        return False
