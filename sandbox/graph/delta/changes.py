"""What happened in a mailbox, write by write: what rounds of change tracking are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sandbox.graph.mailbox.items import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One write, as one calendar saw it."""

    number: int
    calendar_id: str
    # None where the event was not in this calendar yet, or is not any more.
    before: Event | None
    after: Event | None
    # The first round that learns of it; replication may lag behind.
    seen_from_round: int = 0

    @property
    def event(self) -> Event:
        """The event as this calendar last had it."""
        found = self.after or self.before
        if found is None:
            raise ValueError("a change has an event before it or after it")
        return found


@dataclass(slots=True, kw_only=True)
class Orders:
    """What the control plane ordered of one mailbox's change tracking."""

    # How many of the next writes are never told; how many are told late, and after how many rounds without them.
    hide_next: int = 0
    delay_next: int = 0
    delay_rounds: int = 1
    # How many of the next tokens shown are answered as if they were lost.
    lose_next: int = 0
    tokens_kept: int = 200
    changes_kept: int = 5_000
    # A longer window is too much for a service that gives up on wide ones.
    widest_days: int = 400


class ChangeLog:
    """The writes to one mailbox in order, the oldest forgotten when there are too many."""

    def __init__(self) -> None:
        self.orders = Orders()
        self.rounds = 0
        self.last = 0
        # How many of the oldest are no longer known.
        self.forgotten = 0
        self._changes: list[Change] = []
        self._listeners: list[Callable[[Event | None, Event | None], None]] = []

    def __len__(self) -> int:
        return len(self._changes)

    def listen(self, listener: Callable[[Event | None, Event | None], None]) -> None:
        """Have every write told, hidden ones too."""
        self._listeners.append(listener)

    def note(self, before: Event | None, after: Event | None) -> None:
        """Keep one write; a move is a departure from one calendar and an arrival in another."""
        self._keep(before, after)
        for listener in self._listeners:
            listener(before, after)

    def begin_round(self) -> int:
        """Return the number of a round that starts now."""
        self.rounds += 1
        return self.rounds

    def after(self, number: int, calendar_id: str) -> list[Change] | None:
        """Return a calendar's changes after one that is known; None when some of them were forgotten."""
        if number < self.forgotten:
            return None
        first = number - self.forgotten
        return [change for change in self._changes[first:] if change.calendar_id == calendar_id]

    def numbered(self, numbers: Iterable[int]) -> list[Change]:
        """Return changes by number, without those that were forgotten."""
        return [self._changes[one - self.forgotten - 1] for one in numbers if one > self.forgotten]

    def _keep(self, before: Event | None, after: Event | None) -> None:
        if self.orders.hide_next:
            self.orders.hide_next -= 1
            return
        seen_from = 0
        if self.orders.delay_next:
            self.orders.delay_next -= 1
            seen_from = self.rounds + self.orders.delay_rounds + 1
        if before is not None and after is not None and before.calendar_id != after.calendar_id:
            self._add(before, None, seen_from)
            self._add(None, after, seen_from)
        else:
            self._add(before, after, seen_from)

    def _add(self, before: Event | None, after: Event | None, seen_from: int) -> None:
        event = after or before
        if event is None:
            return
        self.last += 1
        change = Change(
            number=self.last, calendar_id=event.calendar_id, before=before, after=after, seen_from_round=seen_from
        )
        self._changes.append(change)
        surplus = len(self._changes) - self.orders.changes_kept
        if surplus > 0:
            del self._changes[:surplus]
            self.forgotten += surplus
