"""Whose calendars are polled, in Tables: one row a rep, many reps of a shard in one partition.

A lease is a time in the row and a fence, a number that no two leases of a rep share, so that one who comes back
after his lease ran out cannot overwrite what the next one did.
"""

from datetime import datetime, timedelta
from typing import Any

from shared_code.adapters.tables.columns import moment, number, or_empty, truth, whole
from shared_code.adapters.tables.names import POLLS, key_of
from shared_code.adapters.tables.table import ATTEMPTS, Row, Table, Tables, Write, too_busy
from shared_code.domain.identifiers import UserGuid, shard_of
from shared_code.use_cases.errors import StaleVersion
from shared_code.use_cases.fan_out import SHARDS
from shared_code.use_cases.ports import PollTurn

_FENCE, _LEASED_UNTIL, _AGAIN, _LAST_FULL_AT = "Fence", "LeasedUntil", "Again", "LastFullAt"


class TablePolls:
    """Keeps in Azure Tables who is polled and whose turn is leased."""

    def __init__(self, tables: Tables) -> None:
        self._polls: Table = tables.table(POLLS)

    def enrol(self, user: UserGuid) -> None:
        """Have the rep polled from now on."""
        columns = {"UserGuid": user, _LEASED_UNTIL: "", _AGAIN: False, _LAST_FULL_AT: ""}
        try:
            self._polls.write(Write.insert(_shard(user), key_of(user), columns))
        except StaleVersion:
            # She is polled already; her lease and position stay as they are.
            return

    def withdraw(self, user: UserGuid) -> None:
        """Have the rep polled no more."""
        try:
            self._polls.write(Write.delete(_shard(user), key_of(user)))
        except StaleVersion:
            # She was not polled.
            return

    def enrolled(self, shard: int) -> list[UserGuid]:
        """Return the reps of a shard who are polled."""
        rows = self._polls.rows("PartitionKey eq @shard", {"shard": _partition(shard)}, ["UserGuid"])
        return [UserGuid(row.columns["UserGuid"]) for row in rows]

    def lease(self, user: UserGuid, now: datetime, lasting: timedelta) -> PollTurn | None:
        """Take the rep's turn; None when she is not enrolled, or somebody has it (who is then asked to go again)."""
        for _ in range(ATTEMPTS):
            row = self._polls.get(_shard(user), key_of(user))
            if row is None:
                return None
            leased_until = moment(row.columns, _LEASED_UNTIL)
            is_taken = leased_until is not None and leased_until > now
            if is_taken and truth(row.columns, _AGAIN):
                return None
            # The first fence comes from the clock, so that a row made anew repeats none of the row before it.
            fence = number(row.columns, _FENCE, int(now.timestamp() * 1000)) + 1
            until = now + lasting
            taken = {_FENCE: whole(fence), _LEASED_UNTIL: until, _AGAIN: False}
            try:
                version = self._merge(user, {_AGAIN: True} if is_taken else taken, row.etag)
            except StaleVersion:
                # Somebody took it, gave it back or asked again meanwhile: look anew, so that no request is lost.
                continue
            if is_taken:
                return None
            last_full_at = moment(row.columns, _LAST_FULL_AT)
            return PollTurn(user=user, fence=fence, leased_until=until, last_full_at=last_full_at, version=version)
        raise too_busy(POLLS)

    def finish(self, turn: PollTurn, *, full_at: datetime | None) -> bool:
        """Give the turn back and store the position; True when somebody asked to go again. StaleVersion: it was lost.

        `full_at` None: the poll did not come through; the position stays. One call, unless somebody asked meanwhile.
        """
        given_back: dict[str, Any] = {_LEASED_UNTIL: "", _AGAIN: False}
        if full_at is not None:
            given_back[_LAST_FULL_AT] = or_empty(full_at)
        version, again = turn.version, False
        for _ in range(ATTEMPTS):
            try:
                self._merge(turn.user, given_back, version)
            except StaleVersion:
                row = self._still_ours(turn)
                version, again = row.etag, truth(row.columns, _AGAIN)
            else:
                return again
        raise too_busy(POLLS)

    def _still_ours(self, turn: PollTurn) -> Row:
        row = self._polls.get(_shard(turn.user), key_of(turn.user))
        if row is None or number(row.columns, _FENCE) != turn.fence or moment(row.columns, _LEASED_UNTIL) is None:
            raise StaleVersion(f"{POLLS}: the turn was lost")
        return row

    def _merge(self, user: UserGuid, columns: dict[str, Any], etag: str) -> str:
        (version,) = self._polls.write(Write.merge(_shard(user), key_of(user), columns, etag))
        return version


def _shard(user: UserGuid) -> str:
    return _partition(shard_of(user, SHARDS))


def _partition(shard: int) -> str:
    return f"{shard:02d}"
