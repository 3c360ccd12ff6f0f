"""The stores in memory, with the versions, races and rules of the real ones."""

import itertools
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared_code.domain.connections import Activity, Connection, LastError
from shared_code.domain.identifiers import AppointmentGuid, MailboxKey, UserGuid, shard_of
from shared_code.domain.pairs import Pair, PairState
from shared_code.domain.receipts import ENTRIES_KEPT, ReceiptEntry
from shared_code.use_cases.errors import StaleVersion
from shared_code.use_cases.fan_out import SHARDS
from shared_code.use_cases.ports import Holder, PollTurn
from tests.fakes.faults import Faults

WORDS_KEPT = 1000

_versions = itertools.count(1)


def _next_version(stored: str | None, given: str | None) -> str:
    """Return a new version if the given one is the stored one (None: not there), as an ETag does."""
    if stored != given:
        raise StaleVersion("it is another version")
    return f"v{next(_versions)}"


class FakeConnections:
    """Connections in memory."""

    def __init__(self) -> None:
        self.faults = Faults()
        self._lock = threading.RLock()
        self._connections: dict[UserGuid, Connection] = {}
        self._owners: dict[MailboxKey, UserGuid] = {}
        self._activity: dict[UserGuid, Activity] = {}

    def get(self, user: UserGuid) -> Connection | None:
        with self.faults.around("get"):
            return self._connections.get(user)

    def save(self, connection: Connection) -> Connection:
        with self.faults.around("save"), self._lock:
            stored = self._connections.get(connection.user)
            version = _next_version(stored.version if stored else None, connection.version)
            self._connections[connection.user] = replace(connection, version=version)
            return self._connections[connection.user]

    def claim_mailbox(self, mailbox: MailboxKey, user: UserGuid) -> UserGuid:
        with self.faults.around("claim_mailbox"), self._lock:
            return self._owners.setdefault(mailbox, user)

    def mailbox_owner(self, mailbox: MailboxKey) -> UserGuid | None:
        with self.faults.around("mailbox_owner"):
            return self._owners.get(mailbox)

    def release_mailbox(self, mailbox: MailboxKey, user: UserGuid) -> None:
        with self.faults.around("release_mailbox"), self._lock:
            if self._owners.get(mailbox) == user:
                del self._owners[mailbox]

    def activity(self, user: UserGuid) -> Activity:
        with self.faults.around("activity"):
            return self._activity.get(user, Activity())

    def note_poll(self, user: UserGuid, at: datetime, error: LastError | None) -> None:
        with self.faults.around("note_poll"), self._lock:
            known = self._activity.get(user, Activity())
            if error is None:
                self._activity[user] = replace(known, last_poll_at=at, last_error=None)
            else:
                kept = replace(error, message=error.message[:WORDS_KEPT])
                self._activity[user] = replace(known, last_error=kept)

    def note_push(self, user: UserGuid, at: datetime) -> None:
        with self._lock:
            self._activity[user] = replace(self._activity.get(user, Activity()), last_push_at=at)


class FakePairs:
    """Pairs in memory; the push times go to the connections' activity."""

    def __init__(self, connections: FakeConnections | None = None) -> None:
        self.faults = Faults()
        self._connections = connections or FakeConnections()
        self._lock = threading.RLock()
        self._pairs: dict[tuple[UserGuid, AppointmentGuid], Pair] = {}
        self._receipts: dict[tuple[UserGuid, AppointmentGuid], list[ReceiptEntry]] = {}

    def get(self, user: UserGuid, appointment: AppointmentGuid) -> Pair | None:
        with self.faults.around("get"):
            return self._pairs.get((user, appointment))

    def all_of(self, user: UserGuid) -> list[Pair]:
        with self.faults.around("all_of"), self._lock:
            return [pair for (owner, _), pair in sorted(self._pairs.items()) if owner == user]

    def save(self, pair: Pair, *, receipt: ReceiptEntry | None = None, pushed_at: datetime | None = None) -> Pair:
        with self.faults.around("save"), self._lock:
            saved = self._save(pair, receipt)
            if pushed_at is not None:
                self._connections.note_push(pair.user, pushed_at)
            return saved

    def save_all(self, saves: Sequence[tuple[Pair, ReceiptEntry | None]]) -> list[Pair | None]:
        with self.faults.around("save_all"), self._lock:
            return [self._save_or_none(pair, receipt) for pair, receipt in saves]

    def receipt(self, user: UserGuid, appointment: AppointmentGuid) -> list[ReceiptEntry]:
        with self.faults.around("receipt"), self._lock:
            return self._receipts.get((user, appointment), [])[: -ENTRIES_KEPT - 1 : -1]

    def _save_or_none(self, pair: Pair, receipt: ReceiptEntry | None) -> Pair | None:
        try:
            return self._save(pair, receipt)
        except StaleVersion:
            return None

    def _save(self, pair: Pair, receipt: ReceiptEntry | None) -> Pair:
        key = (pair.user, pair.appointment)
        stored = self._pairs.get(key)
        version = _next_version(stored.version if stored else None, pair.version)
        for other in self._pairs.values():
            if other.user == pair.user and other.appointment != pair.appointment and _hold_the_same(other, pair):
                raise StaleVersion("another appointment holds the event")
        self._pairs[key] = replace(pair, version=version)
        if receipt is not None:
            self._receipts.setdefault(key, []).append(replace(receipt, why=receipt.why[:WORDS_KEPT]))
        return self._pairs[key]


def _hold_the_same(one: Pair, other: Pair) -> bool:
    is_live = PairState.GONE not in (one.state, other.state)
    return is_live and one.event_id is not None and one.event_id == other.event_id


class FakeHolders:
    """Who has which appointment, in memory."""

    def __init__(self) -> None:
        self.faults = Faults()
        self._lock = threading.RLock()
        self._holders: dict[AppointmentGuid, Holder] = {}

    def get(self, appointment: AppointmentGuid) -> Holder | None:
        with self.faults.around("get"):
            return self._holders.get(appointment)

    def claim(self, appointment: AppointmentGuid, user: UserGuid) -> Holder:
        with self.faults.around("claim"), self._lock:
            noted = self._holders.get(appointment)
            return noted or self.save(Holder(appointment=appointment, user=user))

    def save(self, holder: Holder) -> Holder:
        with self.faults.around("save"), self._lock:
            stored = self._holders.get(holder.appointment)
            version = _next_version(stored.version if stored else None, holder.version)
            self._holders[holder.appointment] = replace(holder, version=version)
            return self._holders[holder.appointment]


@dataclass
class _Enrolled:
    fence: int = 0
    leased_until: datetime | None = None
    again: bool = False
    last_full_at: datetime | None = None


class FakePolls:
    """Who is polled, in memory."""

    def __init__(self) -> None:
        self.faults = Faults()
        self._lock = threading.RLock()
        self._fences = itertools.count(1)
        self._enrolled: dict[UserGuid, _Enrolled] = {}

    def enrol(self, user: UserGuid) -> None:
        with self.faults.around("enrol"), self._lock:
            self._enrolled.setdefault(user, _Enrolled())

    def withdraw(self, user: UserGuid) -> None:
        with self.faults.around("withdraw"), self._lock:
            self._enrolled.pop(user, None)

    def enrolled(self, shard: int) -> list[UserGuid]:
        with self.faults.around("enrolled"), self._lock:
            return sorted(user for user in self._enrolled if shard_of(user, SHARDS) == shard)

    def lease(self, user: UserGuid, now: datetime, lasting: timedelta) -> PollTurn | None:
        with self.faults.around("lease"), self._lock:
            row = self._enrolled.get(user)
            if row is None:
                return None
            if row.leased_until is not None and row.leased_until > now:
                row.again = True
                return None
            row.fence, row.leased_until, row.again = next(self._fences), now + lasting, False
            return PollTurn(
                user=user,
                fence=row.fence,
                leased_until=row.leased_until,
                last_full_at=row.last_full_at,
                version=str(row.fence),
            )

    def finish(self, turn: PollTurn, *, full_at: datetime | None) -> bool:
        with self.faults.around("finish"), self._lock:
            row = self._enrolled.get(turn.user)
            if row is None or row.fence != turn.fence or row.leased_until is None:
                raise StaleVersion("the turn was lost")
            again, row.again, row.leased_until = row.again, False, None
            row.last_full_at = full_at or row.last_full_at
            return again


class FakeOneTime:
    """One-time values in memory."""

    def __init__(self) -> None:
        self.faults = Faults()
        self._lock = threading.RLock()
        self._values: dict[str, tuple[str, datetime]] = {}

    def put(self, key: str, value: str, expires_at: datetime) -> None:
        with self.faults.around("put"), self._lock:
            self._values[key] = (value, expires_at)

    def take(self, key: str, now: datetime) -> str | None:
        with self.faults.around("take"), self._lock:
            value, expires_at = self._values.pop(key, ("", now))
            return value if expires_at > now else None

    def sweep(self, now: datetime) -> int:
        with self.faults.around("sweep"), self._lock:
            expired = [key for key, (_, expires_at) in self._values.items() if expires_at <= now]
            for key in expired:
                del self._values[key]
            return len(expired)
