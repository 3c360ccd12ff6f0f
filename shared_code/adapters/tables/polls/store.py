"""Whose calendars are polled, in Tables: one row a rep, many reps of a shard in one partition.

A lease is a time in the row and an id that no other lease has, so that one who comes back after his lease ran out
cannot overwrite what the next one did. Many leases are taken in one transaction and given back in one; where another
process changed a row in between, each row is written by itself.
"""

import uuid
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from shared_code.adapters.tables.columns import text, truth
from shared_code.adapters.tables.names import POLLS, key_of, shard_key, shard_partition
from shared_code.adapters.tables.polls.row import (
    AGAIN,
    LEASE,
    RECONCILE_SENT_AT,
    RECONCILED_AT,
    TOLD,
    TurnVersion,
    Wish,
    given_back,
    move_for,
    told,
    turn_of,
)
from shared_code.adapters.tables.table import ATTEMPTS, Row, Table, Tables, Write, too_busy
from shared_code.domain.identifiers import UserGuid
from shared_code.use_cases.errors import StaleVersion, TryAgainLater
from shared_code.use_cases.ports import BATCH_SIZE, PollResult, PollRow, PollTurn

_RANGE = "PartitionKey eq @shard and RowKey ge @first and RowKey le @last"


class TablePolls:
    """Keeps in Azure Tables who is polled and whose turn is leased."""

    def __init__(self, tables: Tables) -> None:
        self._polls: Table = tables.table(POLLS)

    def enrol(self, user: UserGuid) -> None:
        """Have the rep polled from now on, from the start: any position, wait or turn of hers is void."""
        self._polls.write(Write.put(shard_key(user), key_of(user), {"UserGuid": user}))

    def withdraw(self, user: UserGuid) -> None:
        """Have the rep polled no more."""
        try:
            self._polls.write(Write.delete(shard_key(user), key_of(user)))
        except StaleVersion:
            # She was not polled.
            return

    def row(self, user: UserGuid) -> PollRow | None:
        """Return the rep's row, or None when she is not polled."""
        row = self._polls.get(shard_key(user), key_of(user), TOLD)
        return None if row is None else told(row.columns)

    def rows(self, shard: int) -> list[PollRow]:
        """Return the rows of a shard."""
        rows = self._polls.rows("PartitionKey eq @shard", {"shard": shard_partition(shard)}, TOLD)
        return [told(row.columns) for row in rows]

    def lease(self, users: Sequence[UserGuid], now: datetime, lasting: timedelta) -> list[PollTurn]:
        """Take the turns of these reps, all of one shard, at most BATCH_SIZE: one query and one transaction.

        Left out are those who are not enrolled, who must wait, and whose turn somebody has (who is then asked to go
        again). A row that somebody else changes at that moment is tried on its own.
        """
        wish = Wish(now, now + lasting, uuid.uuid4().hex)
        rows = self._rows_of(users)
        wanted = [user for user in dict.fromkeys(users) if key_of(user) in rows]
        moves = [move for user in wanted if (move := move_for(user, rows[key_of(user)], wish)) is not None]
        if not moves:
            return []
        try:
            etags = self._polls.write(*(move.write for move in moves))
        except StaleVersion:
            turns = _each(moves, lambda move: self._lease_alone(move.user, wish))
        else:
            turns = [move.taken(etag, wish.lease) for move, etag in zip(moves, etags, strict=True)]
        return [turn for turn in turns if turn is not None]

    def finish(self, results: Sequence[PollResult]) -> frozenset[UserGuid]:
        """Give turns of one shard back in one transaction; return the reps whom somebody asked to go again for.

        A turn that was lost (its lease ran out and another has it, or she was withdrawn) changes nothing.
        """
        if not results:
            return frozenset()
        versions = [TurnVersion.of(result.turn) for result in results]
        try:
            self._polls.write(*(given_back(*each) for each in zip(results, versions, strict=True)))
        except StaleVersion:
            asked = _each(results, lambda result: result.turn.user if self._finish_alone(result) else None)
            return frozenset(user for user in asked if user is not None)
        return frozenset(result.turn.user for result, known in zip(results, versions, strict=True) if known.again)

    def note_reconcile(
        self, user: UserGuid, *, sent_at: datetime | None = None, done_at: datetime | None = None
    ) -> None:
        """Remember that a reconcile was sent for, or came through; nothing when she is not enrolled."""
        known = {RECONCILE_SENT_AT: sent_at, RECONCILED_AT: done_at}
        columns = {name: at for name, at in known.items() if at is not None}
        if not columns:
            return
        try:
            self._polls.write(Write.merge_any(shard_key(user), key_of(user), columns))
        except StaleVersion:
            # She is not enrolled.
            return

    def _rows_of(self, users: Sequence[UserGuid]) -> dict[str, Row]:
        """Read the reps' rows in one call; those of a batch lie side by side, so a range of keys holds few others."""
        keys, shards = sorted({key_of(user) for user in users}), {shard_key(user) for user in users}
        if len(shards) > 1 or len(keys) > BATCH_SIZE:
            message = f"turns are taken for reps of one shard and at most {BATCH_SIZE}"
            raise ValueError(message)
        if not keys:
            return {}
        (shard,) = shards
        if len(keys) == 1:
            row = self._polls.get(shard, keys[0])
            return {} if row is None else {row.key: row}
        rows = self._polls.rows(_RANGE, {"shard": shard, "first": keys[0], "last": keys[-1]})
        return {row.key: row for row in rows}

    def _lease_alone(self, user: UserGuid, wish: Wish) -> PollTurn | None:
        for _ in range(ATTEMPTS):
            row = self._polls.get(shard_key(user), key_of(user))
            if row is None:
                return None
            if text(row.columns, LEASE) == wish.lease:
                # The transaction had come through, only its answer was lost.
                return turn_of(user, row, wish)
            move = move_for(user, row, wish)
            if move is None:
                return None
            try:
                (etag,) = self._polls.write(move.write)
            except StaleVersion:
                # Somebody took it, gave it back or asked again meanwhile: look anew, so that no request is lost.
                continue
            return move.taken(etag, wish.lease)
        raise too_busy(POLLS)

    def _finish_alone(self, result: PollResult) -> bool:
        """Give one turn back; True when somebody asked to go again."""
        user, known = result.turn.user, TurnVersion.of(result.turn)
        for _ in range(ATTEMPTS):
            try:
                self._polls.write(given_back(result, known))
            except StaleVersion:
                row = self._polls.get(shard_key(user), key_of(user))
                if row is None or text(row.columns, LEASE) != known.lease:
                    return False
                known = TurnVersion(known.lease, again=truth(row.columns, AGAIN), etag=row.etag)
            else:
                return known.again
        raise too_busy(POLLS)


def _each[T, R](items: Sequence[T], deed: Callable[[T], R]) -> list[R]:
    """Do something for each; what cannot be done now is left out, unless nothing at all can be done.

    Story: of fifty turns one cannot be had. The other forty-nine are ours, and nobody else would free them before
    their leases run out.
    """
    done: list[R] = []
    failure: TryAgainLater | None = None
    for item in items:
        try:
            done.append(deed(item))
        except TryAgainLater as error:
            failure = error
    if failure is not None and not done:
        raise failure
    return done
