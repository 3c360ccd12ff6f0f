"""The transactionIds of one mailbox: a POST that is sent again makes no second event.

Source: v1.0 metadata, event.transactionId; what a second, different POST is answered was found by integrators.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sandbox.graph.errors import duplicate_transaction
from sandbox.graph.mailbox.items import Event
from sandbox.world import Switches


class Transactions:
    """Which body each transactionId came with, and which event it made."""

    def __init__(self, switches: Switches) -> None:
        self._switches = switches
        self._known: dict[str, tuple[str, str]] = {}

    def remember(self, transaction_id: str | None, given: Mapping[str, Any], event: Event) -> None:
        """Keep what a POST made; one without a transactionId can be sent again at will."""
        if transaction_id:
            self._known[transaction_id] = (_fingerprint(given), event.immutable_id)

    def event_of(
        self, transaction_id: str | None, given: Mapping[str, Any], events: Mapping[str, Event]
    ) -> Event | None:
        """Return the event that the same POST made before; refuse another body under the same transactionId."""
        known = self._known.get(transaction_id) if transaction_id else None
        if known is None:
            return None
        fingerprint, event_id = known
        event = events.get(event_id)
        if event is None and self._switches["graph.transaction_after_delete"] == "forgotten":
            return None
        if event is not None and fingerprint == _fingerprint(given):
            return event
        named = event.default_id if event and self._switches["graph.duplicate_names_event"] == "yes" else None
        raise duplicate_transaction(int(self._switches["graph.duplicate_transaction_status"]), named)


def _fingerprint(given: Mapping[str, Any]) -> str:
    return json.dumps(given, sort_keys=True)
