"""Pairs in memory."""

import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from shared_code.domain.identifiers import AppointmentGuid, Book, EventId
from shared_code.domain.pairs import Pair, PairState, Unconfirmed
from shared_code.domain.receipts import ENTRIES_KEPT, ReceiptEntry
from shared_code.use_cases.errors import StaleVersion
from tests.fakes.faults import Faults
from tests.fakes.stores.versions import WORDS_KEPT, next_version

HOLDING = (PairState.CREATING, PairState.LINKED, PairState.LEAVING)


class FakePairs:
    """Pairs in memory, each with its receipt."""

    def __init__(self) -> None:
        self.faults = Faults()
        self._lock = threading.RLock()
        self._pairs: dict[tuple[Book, AppointmentGuid, str], Pair] = {}
        self._receipts: dict[tuple[Book, AppointmentGuid, str], list[ReceiptEntry]] = {}
        self._pushed_at: dict[Book, datetime] = {}
        self._push_lags: dict[Book, timedelta] = {}
        self._imports: dict[Book, dict[EventId, Unconfirmed]] = {}

    def get(self, book: Book, appointment: AppointmentGuid, slot: date | None = None) -> Pair | None:
        with self.faults.around("get"):
            return self._pairs.get((book, appointment, _name(slot)))

    def all_of(self, book: Book) -> list[Pair]:
        with self.faults.around("all_of"), self._lock:
            return [self._pairs[key] for key in sorted(self._pairs) if key[0] == book and not key[2]]

    def occurrences_of(self, book: Book, appointment: AppointmentGuid | None = None) -> list[Pair]:
        with self.faults.around("occurrences_of"), self._lock:
            keys = [key for key in sorted(self._pairs) if key[0] == book and key[2]]
            return [self._pairs[key] for key in keys if appointment in (None, key[1])]

    def save(self, pair: Pair, *, receipt: ReceiptEntry | None = None, pushed_at: datetime | None = None) -> Pair:
        with self.faults.around("save"), self._lock:
            saved = self._save(pair, receipt)
            if pushed_at is not None:
                self._pushed_at[pair.book] = pushed_at
                self._push_lags[pair.book] = max(timedelta(0), pushed_at - (pair.accepted_at or pushed_at))
            return saved

    def save_all(self, saves: Sequence[tuple[Pair, ReceiptEntry | None]]) -> list[Pair | None]:
        with self.faults.around("save_all"), self._lock:
            return [self._save_or_none(pair, receipt) for pair, receipt in saves]

    def begin_imports(self, book: Book, told: Mapping[EventId, Unconfirmed]) -> None:
        with self.faults.around("begin_imports"), self._lock:
            self._imports.setdefault(book, {}).update(told)

    def imports_begun(self, book: Book) -> dict[EventId, Unconfirmed]:
        with self.faults.around("imports_begun"), self._lock:
            return dict(self._imports.get(book, {}))

    def end_imports(self, book: Book, events: Collection[EventId]) -> None:
        with self.faults.around("end_imports"), self._lock:
            for event_id in events:
                self._imports.get(book, {}).pop(event_id, None)

    def erase(self, book: Book) -> list[AppointmentGuid]:
        with self.faults.around("erase"), self._lock:
            known = [key for key in sorted(self._pairs) if key[0] == book]
            for key in known:
                del self._pairs[key]
                self._receipts.pop(key, None)
            self._imports.pop(book, None)
            self._pushed_at.pop(book, None)
            self._push_lags.pop(book, None)
            return [appointment for _, appointment, slot in known if not slot]

    def last_push_at(self, book: Book) -> datetime | None:
        with self.faults.around("last_push_at"):
            return self._pushed_at.get(book)

    def last_push_lag(self, book: Book) -> timedelta | None:
        with self.faults.around("last_push_lag"):
            return self._push_lags.get(book)

    def receipt(self, book: Book, appointment: AppointmentGuid, slot: date | None = None) -> list[ReceiptEntry]:
        with self.faults.around("receipt"), self._lock:
            return self._receipts.get((book, appointment, _name(slot)), [])[: -ENTRIES_KEPT - 1 : -1]

    def lose(self) -> None:
        """Forget every pair, as when the table is lost."""
        with self._lock:
            self._pairs.clear()
            self._receipts.clear()
            self._imports.clear()

    def _save_or_none(self, pair: Pair, receipt: ReceiptEntry | None) -> Pair | None:
        try:
            return self._save(pair, receipt)
        except StaleVersion:
            return None

    def _save(self, pair: Pair, receipt: ReceiptEntry | None) -> Pair:
        key = (pair.book, pair.appointment, _name(pair.slot))
        stored = self._pairs.get(key)
        version = next_version(stored.version if stored else None, pair.version)
        for place, other in self._pairs.items():
            if other.book == pair.book and place != key and _hold_the_same(other, pair):
                message = "another appointment holds the event"
                raise StaleVersion(message)
        self._pairs[key] = replace(pair, version=version)
        if receipt is not None:
            self._receipts.setdefault(key, []).append(replace(receipt, why=receipt.why[:WORDS_KEPT]))
        return self._pairs[key]


def _name(slot: date | None) -> str:
    return "" if slot is None else slot.isoformat()


def _hold_the_same(one: Pair, other: Pair) -> bool:
    both_hold = one.state in HOLDING and other.state in HOLDING
    return both_hold and one.event_id is not None and one.event_id == other.event_id
