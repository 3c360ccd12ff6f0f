"""Who is polled, in memory."""

import itertools
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared_code.domain.identifiers import UserGuid, shard_of
from shared_code.use_cases.ports import BATCH_SIZE, SHARDS, PollResult, PollRow, PollTurn
from tests.fakes.faults import Faults


@dataclass
class _Enrolled:
    told: PollRow
    fence: int = 0
    leased_until: datetime | None = None
    again: bool = False
    round_began_at: datetime | None = None
    token: str | None = None


class FakePolls:
    """Who is polled, in memory."""

    def __init__(self) -> None:
        self.faults = Faults()
        self._lock = threading.RLock()
        self._fences = itertools.count(1)
        self._enrolled: dict[UserGuid, _Enrolled] = {}

    def enrol(self, user: UserGuid) -> None:
        with self.faults.around("enrol"), self._lock:
            told = PollRow(user=user, wait_until=None, last_poll_at=None, reconcile_sent_at=None, reconciled_at=None)
            self._enrolled[user] = _Enrolled(told)

    def withdraw(self, user: UserGuid) -> None:
        with self.faults.around("withdraw"), self._lock:
            self._enrolled.pop(user, None)

    def row(self, user: UserGuid) -> PollRow | None:
        with self.faults.around("row"), self._lock:
            row = self._enrolled.get(user)
            return row.told if row is not None else None

    def rows(self, shard: int) -> list[PollRow]:
        with self.faults.around("rows"), self._lock:
            return [self._enrolled[user].told for user in sorted(self._enrolled) if shard_of(user, SHARDS) == shard]

    def lease(self, users: Sequence[UserGuid], now: datetime, lasting: timedelta) -> list[PollTurn]:
        with self.faults.around("lease"), self._lock:
            if len({shard_of(user, SHARDS) for user in users}) > 1 or len(set(users)) > BATCH_SIZE:
                message = "turns are taken for few reps of one shard"
                raise ValueError(message)
            turns = [self._lease_one(user, now, lasting) for user in dict.fromkeys(users)]
            return [turn for turn in turns if turn is not None]

    def finish(self, results: Sequence[PollResult]) -> frozenset[UserGuid]:
        with self.faults.around("finish"), self._lock:
            return frozenset(result.turn.user for result in results if self._finish_one(result))

    def note_reconcile(
        self, user: UserGuid, *, sent_at: datetime | None = None, done_at: datetime | None = None
    ) -> None:
        with self.faults.around("note_reconcile"), self._lock:
            row = self._enrolled.get(user)
            if row is not None:
                row.told = replace(
                    row.told,
                    reconcile_sent_at=sent_at or row.told.reconcile_sent_at,
                    reconciled_at=done_at or row.told.reconciled_at,
                )

    def _lease_one(self, user: UserGuid, now: datetime, lasting: timedelta) -> PollTurn | None:
        row = self._enrolled.get(user)
        if row is None or (row.told.wait_until is not None and row.told.wait_until > now):
            return None
        if row.leased_until is not None and row.leased_until > now:
            row.again = True
            return None
        row.fence, row.leased_until, row.again = next(self._fences), now + lasting, False
        return PollTurn(
            user=user,
            fence=row.fence,
            leased_until=row.leased_until,
            round_began_at=row.round_began_at,
            token=row.token,
            version=str(row.fence),
        )

    def _finish_one(self, result: PollResult) -> bool:
        row = self._enrolled.get(result.turn.user)
        if row is None or row.fence != result.turn.fence or row.leased_until is None:
            return False
        again, row.again, row.leased_until = row.again, False, None
        row.token = result.token if result.token is not None else row.token
        row.round_began_at = result.round_began_at or row.round_began_at
        last_poll_at = result.polled_at or row.told.last_poll_at
        row.told = replace(row.told, wait_until=result.wait_until, last_poll_at=last_poll_at)
        return again
