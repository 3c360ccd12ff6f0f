"""The last entries of a receipt, in a ring of columns on the pair's row, so that an entry costs no call of its own.

An entry is appended by a merge that sets one column, r00 to r49, without reading the others: its place is the number
of entries ever written, which travels in the pair's version.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

from shared_code.adapters.tables.columns import Columns, number, text
from shared_code.domain.fields import Field
from shared_code.domain.receipts import ENTRIES_KEPT, Outcome, ReceiptEntry, Towards

COUNT = "Entries"
WORDS_KEPT = 1000
"""Characters of an entry's explanation; SalesExec's own reasons are part of some, and have no limit we know."""

COLUMNS = (COUNT, *(f"r{place:02d}" for place in range(ENTRIES_KEPT)))


def appended(entry: ReceiptEntry, written_before: int) -> dict[str, str | int]:
    """Return the columns to set for a further entry."""
    return {f"r{written_before % ENTRIES_KEPT:02d}": _stored(entry), COUNT: written_before + 1}


def newest_first(columns: Columns) -> Iterator[ReceiptEntry]:
    """Yield the entries kept."""
    count = number(columns, COUNT)
    for index in range(count - 1, max(count - ENTRIES_KEPT, 0) - 1, -1):
        stored = text(columns, f"r{index % ENTRIES_KEPT:02d}")
        if stored:
            yield _entry(stored)


def _stored(entry: ReceiptEntry) -> str:
    return json.dumps(
        [
            entry.at.astimezone(UTC).isoformat(),
            entry.towards.value,
            entry.outcome.value,
            entry.why[:WORDS_KEPT],
            [field.value for field in entry.fields],
            entry.correlation_id,
        ],
        separators=(",", ":"),
    )


def _entry(stored: str) -> ReceiptEntry:
    at, towards, outcome, why, names, correlation_id = json.loads(stored)
    return ReceiptEntry(
        at=datetime.fromisoformat(at),
        towards=Towards(towards),
        outcome=Outcome(outcome),
        why=why,
        fields=tuple(Field(name) for name in names),
        correlation_id=correlation_id,
    )
