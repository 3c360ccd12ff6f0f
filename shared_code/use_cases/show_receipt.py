"""Say why an appointment is, or is not, where it should be."""

from dataclasses import dataclass

from shared_code.domain.identifiers import AppointmentGuid, book_of
from shared_code.domain.pairs import Pair
from shared_code.domain.receipts import ENTRIES_KEPT, ReceiptEntry
from shared_code.use_cases.ports import Ports


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """An appointment's receipt, newest entry first."""

    pair: Pair
    entries: list[ReceiptEntry]

    @property
    def summary(self) -> str:
        """Return the state of things in one sentence."""
        return self.entries[0].why if self.entries else "Nothing has happened to this appointment yet."


def show_receipt(appointment: AppointmentGuid, ports: Ports) -> Receipt | None:
    """Return the receipt, or None for an appointment that was never seen."""
    holder = ports.holders.get(appointment)
    if holder is None:
        return None
    connection = ports.connections.get(holder.user)
    books = [book_of(holder.user, None)] if connection is None else [connection.book, book_of(holder.user, None)]
    for book in books:
        pair = ports.pairs.get(book, appointment)
        if pair is not None:
            return Receipt(pair=pair, entries=_entries(pair, ports))
    return None


def _entries(pair: Pair, ports: Ports) -> list[ReceiptEntry]:
    """Return what was done with the appointment, and with single occurrences of it."""
    entries = ports.pairs.receipt(pair.book, pair.appointment)
    if not pair.is_series:
        return entries
    for occurrence in ports.pairs.occurrences_of(pair.book, pair.appointment):
        entries += ports.pairs.receipt(pair.book, pair.appointment, occurrence.slot)
    return sorted(entries, key=lambda entry: entry.at, reverse=True)[:ENTRIES_KEPT]
