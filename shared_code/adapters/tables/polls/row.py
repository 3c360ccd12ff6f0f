"""A rep's poll row: what a lease writes into it, what giving the turn back does, and what can be read from it."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self

from shared_code.adapters.tables.columns import (
    Columns,
    joined_text,
    moment,
    number,
    or_empty,
    split_text,
    text,
    truth,
    whole,
)
from shared_code.adapters.tables.names import key_of, shard_key
from shared_code.adapters.tables.table import Row, Write
from shared_code.domain.identifiers import UserGuid
from shared_code.use_cases.ports import PollResult, PollRow, PollTurn

FENCE, LEASE, LEASED_UNTIL, AGAIN = "Fence", "Lease", "LeasedUntil", "Again"
TOKEN, ROUND_BEGAN_AT, LAST_POLL_AT, WAIT_UNTIL = "Token", "RoundBeganAt", "LastPollAt", "WaitUntil"
RECONCILE_SENT_AT, RECONCILED_AT = "ReconcileSentAt", "ReconciledAt"
TOLD = ("UserGuid", WAIT_UNTIL, LAST_POLL_AT, RECONCILE_SENT_AT, RECONCILED_AT)
"""What to ask for when only the row's story is wanted."""


@dataclass(frozen=True, slots=True)
class TurnVersion:
    """What giving a turn back must know of its row so that it need not read it; the ETag makes sure it is still so."""

    lease: str
    again: bool
    etag: str

    @classmethod
    def of(cls, turn: PollTurn) -> Self:
        """Read the version that a turn was handed out with."""
        lease, again, etag = turn.version.split("|", 2)
        return cls(lease, again == "again", etag)

    def __str__(self) -> str:
        return f"{self.lease}|{'again' if self.again else ''}|{self.etag}"


@dataclass(frozen=True, slots=True)
class Wish:
    """One wish to take turns: from when to when, and the id of the lease."""

    now: datetime
    until: datetime
    lease: str


@dataclass(frozen=True, slots=True)
class Move:
    """What to write into a rep's row, and the turn that this gives us (None: somebody has it, and is asked again)."""

    user: UserGuid
    write: Write
    turn: PollTurn | None

    def taken(self, etag: str, lease: str) -> PollTurn | None:
        """Return the turn with the row's new version, once it is written."""
        version = str(TurnVersion(lease, again=False, etag=etag))
        return None if self.turn is None else replace(self.turn, version=version)


def move_for(user: UserGuid, row: Row, wish: Wish) -> Move | None:
    """Return how the rep's turn is taken, or asked for again; None when there is nothing to write."""
    wait_until, leased_until = moment(row.columns, WAIT_UNTIL), moment(row.columns, LEASED_UNTIL)
    if wait_until is not None and wait_until > wish.now:
        return None
    if leased_until is not None and leased_until > wish.now:
        asked = Write.merge(shard_key(user), key_of(user), {AGAIN: True}, row.etag)
        return None if truth(row.columns, AGAIN) else Move(user, asked, None)
    turn = turn_of(user, row, wish)
    # The first fence comes from the clock, so that a row made anew repeats none of the row before it.
    turn = replace(turn, fence=number(row.columns, FENCE, int(wish.now.timestamp() * 1000)) + 1)
    taken = {FENCE: whole(turn.fence), LEASE: wish.lease, LEASED_UNTIL: wish.until, AGAIN: False}
    return Move(user, Write.merge(shard_key(user), key_of(user), taken, row.etag), turn)


def turn_of(user: UserGuid, row: Row, wish: Wish) -> PollTurn:
    """Read the turn that a row holds for a wish."""
    again = truth(row.columns, AGAIN)
    return PollTurn(
        user=user,
        fence=number(row.columns, FENCE),
        leased_until=wish.until,
        round_began_at=moment(row.columns, ROUND_BEGAN_AT),
        token=joined_text(row.columns, TOKEN),
        version=str(TurnVersion(wish.lease, again=again, etag=row.etag)),
    )


def given_back(result: PollResult, known: TurnVersion) -> Write:
    """Return what ends a turn and stores what it came to."""
    columns: dict[str, Any] = {
        LEASE: "",
        LEASED_UNTIL: "",
        AGAIN: False,
        WAIT_UNTIL: or_empty(result.wait_until),
    }
    if result.polled_at is not None:
        columns[LAST_POLL_AT] = result.polled_at
    if result.round_began_at is not None:
        columns[ROUND_BEGAN_AT] = result.round_began_at
    if result.token is not None:
        columns |= split_text(TOKEN, result.token)
    user = result.turn.user
    return Write.merge(shard_key(user), key_of(user), columns, known.etag)


def told(columns: Columns) -> PollRow:
    """Read a row."""
    return PollRow(
        user=UserGuid(text(columns, "UserGuid")),
        wait_until=moment(columns, WAIT_UNTIL),
        last_poll_at=moment(columns, LAST_POLL_AT),
        reconcile_sent_at=moment(columns, RECONCILE_SENT_AT),
        reconciled_at=moment(columns, RECONCILED_AT),
    )
