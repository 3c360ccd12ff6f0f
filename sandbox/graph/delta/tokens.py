"""The tokens of one mailbox: opaque, of no fixed life, the oldest forgotten when there are too many.

Source: Microsoft docs, concepts/delta-query-overview: Outlook's tokens live in a cache of bounded size.
"""

from __future__ import annotations

import secrets
from typing import Any

from sandbox.graph.delta.rounds import Mark, Rest

# Long, as the real ones are: whoever keeps them needs a column of text.
RANDOM_BYTES = 210


class Tokens:
    """What each token that was given out stands for."""

    def __init__(self) -> None:
        self._meanings: dict[str, Mark | Rest] = {}

    def __len__(self) -> int:
        return len(self._meanings)

    def give(self, meaning: Mark | Rest, *, kept: int) -> str:
        """Return a token for what a caller may go on with; the oldest are forgotten when more than `kept` are known."""
        # Not from the world's seeded ids: what an event is called must not depend on how often somebody asked.
        token = secrets.token_urlsafe(RANDOM_BYTES)
        self._meanings[token] = meaning
        while len(self._meanings) > kept:
            del self._meanings[next(iter(self._meanings))]
        return token

    def meaning[Meaning: (Mark, Rest)](self, token: str, kind: type[Meaning]) -> Meaning | None:
        """Return what a token stands for; None when it was forgotten, never given out, or is of the other kind."""
        found: Any = self._meanings.get(token)
        return found if isinstance(found, kind) else None

    def forget(self) -> int:
        """Forget every token and return how many there were."""
        count = len(self._meanings)
        self._meanings.clear()
        return count
