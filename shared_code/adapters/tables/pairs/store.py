"""Pairs in Tables, a book in one partition: a row by appointment, and one by event that makes it belong to one only.

Occurrences that were changed by themselves have rows of their own, which the reading of a book leaves out; so have
imports that are under way.

Both rows change in one transaction, with the time of the book's last push in a row of its own; the event's row goes
when the pair lets go of the event. So a known pair costs one call to read and one to save.
"""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from shared_code.adapters.tables.columns import moment, text
from shared_code.adapters.tables.names import MAPPINGS, digest_key, key_of
from shared_code.adapters.tables.pairs.receipt_ring import COLUMNS as RECEIPT_COLUMNS
from shared_code.adapters.tables.pairs.receipt_ring import COUNT, appended, newest_first
from shared_code.adapters.tables.pairs.row import (
    COLUMNS,
    PairVersion,
    columns_of,
    hashes_by_field,
    held_event_of,
    pair_from,
    stored_hashes,
)
from shared_code.adapters.tables.table import WRITES_PER_CALL, Tables, Write
from shared_code.domain.identifiers import AppointmentGuid, Book, EventId
from shared_code.domain.pairs import Pair, Unconfirmed
from shared_code.domain.receipts import ReceiptEntry
from shared_code.use_cases.errors import StaleVersion

_ACTIVITY_ROW = "activity"
_LAST_PUSH_AT = "LastPushAt"
_LAST_PUSH_LAG = "LastPushLagSeconds"
_PAIR = "pair-"
_OCCURRENCE = "slot-"
_EVENT = "event-"
_IMPORT = "import-"
_ALL_PAIRS = "PartitionKey eq @partition and RowKey ge 'pair-' and RowKey lt 'pair.'"
_ALL_IMPORTS = "PartitionKey eq @partition and RowKey ge 'import-' and RowKey lt 'import.'"
_OCCURRENCES = "PartitionKey eq @partition and RowKey ge @first and RowKey lt @end"

type Save = tuple[Pair, ReceiptEntry | None]


@dataclass(frozen=True, slots=True)
class _Saving:
    """The writes of one save, the pair's own row first, and what the next version says beside the ETag."""

    pair: Pair
    writes: tuple[Write, ...]
    entries: int
    held_event: str

    def saved(self, etag: str) -> Pair:
        return replace(self.pair, version=str(PairVersion(self.entries, self.held_event, etag)))


class TablePairs:
    """Keeps pairs in Azure Tables."""

    def __init__(self, tables: Tables) -> None:
        self._mappings = tables.table(MAPPINGS)

    def get(self, book: Book, appointment: AppointmentGuid, slot: date | None = None) -> Pair | None:
        """Return the pair of the appointment, or of one occurrence of it, or None."""
        row = self._mappings.get(key_of(book), _key(appointment, slot), COLUMNS)
        return None if row is None else pair_from(book, row.columns, row.etag)

    def all_of(self, book: Book) -> list[Pair]:
        """Return every pair of the book, gone ones too; not those of occurrences."""
        rows = self._mappings.rows(_ALL_PAIRS, {"partition": key_of(book)}, COLUMNS)
        return [pair_from(book, row.columns, row.etag) for row in rows]

    def occurrences_of(self, book: Book, appointment: AppointmentGuid | None = None) -> list[Pair]:
        """Return the pairs of occurrences: of one series, or of all of the book."""
        first = _OCCURRENCE if appointment is None else f"{_OCCURRENCE}{key_of(appointment)}."
        end = f"{first.removesuffix('-')}." if appointment is None else f"{first}~"
        rows = self._mappings.rows(_OCCURRENCES, {"partition": key_of(book), "first": first, "end": end}, COLUMNS)
        return [pair_from(book, row.columns, row.etag) for row in rows]

    def save(self, pair: Pair, *, receipt: ReceiptEntry | None = None, pushed_at: datetime | None = None) -> Pair:
        """Insert (version None) or replace the pair, in one transaction with its receipt entry and the push time.

        Return it with its new version. StaleVersion on a race, or when another pair of the book holds its event.
        """
        saving = _saving(pair, receipt)
        noted = () if pushed_at is None else (_push_noted(pair, pushed_at),)
        etag, *_ = self._mappings.write(*saving.writes, *noted)
        return saving.saved(etag)

    def save_all(self, saves: Sequence[Save]) -> list[Pair | None]:
        """Save many of one book in few transactions; None in the place of each that somebody else changed meanwhile."""
        result: list[Pair | None] = []
        for together in _grouped([_saving(pair, receipt) for pair, receipt in saves]):
            result.extend(self._saved_together(together))
        return result

    def begin_imports(self, book: Book, told: Mapping[EventId, Unconfirmed]) -> None:
        """Note what SalesExec is about to be told of at most a hundred events that it may not know."""
        writes = [
            Write.put(
                key_of(book),
                _import_key(event_id),
                {"EventId": event_id, "Told": stored_hashes(each)},
            )
            for event_id, each in told.items()
        ]
        if writes:
            self._mappings.write(*writes)

    def imports_begun(self, book: Book) -> dict[EventId, Unconfirmed]:
        """Return what was noted of imports that were begun and not ended."""
        rows = self._mappings.rows(_ALL_IMPORTS, {"partition": key_of(book)}, ["EventId", "Told"])
        return {EventId(text(row.columns, "EventId")): hashes_by_field(text(row.columns, "Told")) for row in rows}

    def end_imports(self, book: Book, events: Collection[EventId]) -> None:
        """Forget what was noted of these imports, at most a hundred; those that were not begun are passed over."""
        writes = [Write.delete(key_of(book), _import_key(event_id)) for event_id in events]
        try:
            if writes:
                self._mappings.write(*writes)
        except StaleVersion:
            # Another process ended some of them: all or none would keep the others.
            for write in writes:
                with suppress(StaleVersion):
                    self._mappings.write(write)

    def erase(self, book: Book) -> list[AppointmentGuid]:
        """Forget everything of the book, receipts too; return which appointments it knew. Repeatable."""
        known = [pair.appointment for pair in self.all_of(book)]
        rows = self._mappings.rows("PartitionKey eq @book", {"book": key_of(book)}, ["RowKey"])
        # Pairs go last: whoever repeats this after a crash must still learn which appointments there were.
        for row in sorted(rows, key=lambda row: row.key.startswith(_PAIR)):
            try:
                self._mappings.write(Write.delete(key_of(book), row.key))
            except StaleVersion:
                # Another call has erased it.
                continue
        return known

    def last_push_at(self, book: Book) -> datetime | None:
        """Return when a push of the book last went to Outlook."""
        row = self._mappings.get(key_of(book), _ACTIVITY_ROW, [_LAST_PUSH_AT])
        return None if row is None else moment(row.columns, _LAST_PUSH_AT)

    def last_push_lag(self, book: Book) -> timedelta | None:
        """Return how long the last push of the book took from SalesExec's change to Outlook."""
        row = self._mappings.get(key_of(book), _ACTIVITY_ROW, [_LAST_PUSH_LAG])
        seconds = None if row is None else row.columns.get(_LAST_PUSH_LAG)
        return timedelta(seconds=seconds) if isinstance(seconds, float) else None

    def receipt(self, book: Book, appointment: AppointmentGuid, slot: date | None = None) -> list[ReceiptEntry]:
        """Return the entries kept for the appointment, or for one occurrence of it, newest first."""
        row = self._mappings.get(key_of(book), _key(appointment, slot), RECEIPT_COLUMNS)
        return [] if row is None else list(newest_first(row.columns))

    def _saved_together(self, savings: Sequence[_Saving]) -> list[Pair | None]:
        """Save in one transaction; when one of them is stale, that one alone shall fail, so each goes by itself."""
        try:
            etags = iter(self._mappings.write(*(write for each in savings for write in each.writes)))
        except StaleVersion:
            return [self._saved_alone(each) for each in savings]
        saved: list[Pair | None] = []
        for each in savings:
            own, *_ = [next(etags) for _ in each.writes]
            saved.append(each.saved(own))
        return saved

    def _saved_alone(self, saving: _Saving) -> Pair | None:
        try:
            etag, *_ = self._mappings.write(*saving.writes)
        except StaleVersion:
            return None
        return saving.saved(etag)


def _push_noted(pair: Pair, at: datetime) -> Write:
    since = max(timedelta(0), at - (pair.accepted_at or at))
    return Write.note(key_of(pair.book), _ACTIVITY_ROW, {_LAST_PUSH_AT: at, _LAST_PUSH_LAG: since.total_seconds()})


def _key(appointment: AppointmentGuid, slot: date | None) -> str:
    own = key_of(appointment)
    return f"{_PAIR}{own}" if slot is None else f"{_OCCURRENCE}{own}.{slot.isoformat()}"


def _import_key(event_id: EventId) -> str:
    return f"{_IMPORT}{digest_key(event_id)}"


def _saving(pair: Pair, receipt: ReceiptEntry | None) -> _Saving:
    partition, key = key_of(pair.book), _key(pair.appointment, pair.slot)
    stored = None if pair.version is None else PairVersion.parse(pair.version)
    entries = 0 if stored is None else stored.entries
    columns = columns_of(pair)
    if receipt is not None:
        columns |= appended(receipt, entries)
        entries += 1
    if stored is None:
        columns[COUNT] = entries
        own = Write.insert(partition, key, columns)
    else:
        own = Write.merge(partition, key, columns, stored.etag)
    holds, held = held_event_of(pair), "" if stored is None else stored.held_event
    turned = () if holds == held else _turned(partition, pair, holds=holds, held=held)
    return _Saving(pair, (own, *turned), entries, holds)


def _turned(partition: str, pair: Pair, *, holds: str, held: str) -> tuple[Write, ...]:
    """Return the writes that let go of one event and take hold of another."""
    released = (Write.delete(partition, _EVENT + held),) if held else ()
    taken = (Write.insert(partition, _EVENT + holds, {"AppointmentGuid": pair.appointment}),) if holds else ()
    return released + taken


def _grouped(savings: Sequence[_Saving]) -> list[list[_Saving]]:
    """Put into one transaction what fits; a row may be in it once only, so an event that changes hands ends it."""
    groups: list[list[_Saving]] = []
    rows: set[str] = set()
    for saving in savings:
        wanted = {write.identity for write in saving.writes}
        if not groups or rows & wanted or len(rows) + len(wanted) > WRITES_PER_CALL:
            groups.append([])
            rows = set()
        groups[-1].append(saving)
        rows |= wanted
    return groups
