"""What the use cases need remembered of polling: who is polled, by whom right now, and how far each has come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from shared_code.domain.identifiers import UserGuid

SHARDS = 64
"""How many shards the reps' poll rows are spread over; fixed for ever, since a rep's row is found by it."""


BATCH_SIZE = 50
"""How many reps are polled by one message at the most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PollRow:
    """A rep who is polled. `wait_until`: not before; the two times of reconciling: last sent for, last done."""

    user: UserGuid
    wait_until: datetime | None
    last_poll_at: datetime | None
    reconcile_sent_at: datetime | None
    reconciled_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PollTurn:
    """One rep's turn to be polled, leased to us: `fence` rises with each lease and is checked when it is given back.

    `token` is the calendar's change token, of a round over the window that began at `round_began_at`.
    """

    user: UserGuid
    fence: int
    leased_until: datetime
    round_began_at: datetime | None
    token: str | None
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PollResult:
    """What a turn came to. What is None stays as it was, but `wait_until` None means: no wait."""

    turn: PollTurn
    polled_at: datetime | None = None
    token: str | None = None
    round_began_at: datetime | None = None
    wait_until: datetime | None = None


class PollStore(Protocol):
    """Whose calendars are polled, who polls which right now, and how far each has come."""

    def enrol(self, user: UserGuid) -> None:
        """Have the rep polled from now on, from the start: any position, wait or turn of hers is void."""
        ...

    def withdraw(self, user: UserGuid) -> None:
        """Have the rep polled no more."""
        ...

    def row(self, user: UserGuid) -> PollRow | None:
        """Return the rep's row, or None when she is not polled."""
        ...

    def rows(self, shard: int) -> list[PollRow]:
        """Return the rows of a shard."""
        ...

    def lease(self, users: Sequence[UserGuid], now: datetime, lasting: timedelta) -> list[PollTurn]:
        """Take the turns of these reps, all of one shard, at most BATCH_SIZE: one query and one transaction.

        Left out are those who are not enrolled, who must wait, and whose turn somebody has (who is then asked to go
        again). A row that somebody else changes at that moment is tried on its own.
        """
        ...

    def finish(self, results: Sequence[PollResult]) -> frozenset[UserGuid]:
        """Give turns of one shard back in one transaction; return the reps whom somebody asked to go again for.

        A turn that was lost (its lease ran out and another has it, or she was withdrawn) changes nothing.
        """
        ...

    def note_reconcile(
        self, user: UserGuid, *, sent_at: datetime | None = None, done_at: datetime | None = None
    ) -> None:
        """Remember that a reconcile was sent for, or came through; nothing when she is not enrolled."""
        ...
