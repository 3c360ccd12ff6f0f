"""A gate per mailbox: how many requests of this process may be with Graph at once for one mailbox."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Condition, Lock

from shared_code.domain.identifiers import MailboxKey
from shared_code.use_cases.errors import TryAgainLater

PLACES = 3
"""Requests of one mailbox at once. Graph refuses a fifth of one app (Microsoft docs, throttling-limits, Outlook);
one below that is left for another process of ours, which this gate knows nothing of."""

LONGEST_WAIT = timedelta(seconds=30)
_COME_BACK_AFTER = timedelta(seconds=5)


@dataclass(slots=True)
class _Gate:
    """One mailbox: the places left, and who waits, in the order in which they came."""

    changed: Condition
    free: int = PLACES
    queue: deque[object] = field(default_factory=deque)

    @property
    def is_idle(self) -> bool:
        return self.free == PLACES and not self.queue


class Gates:
    """The gates of all mailboxes that somebody uses or waits for right now; the others are forgotten. Thread-safe."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._gates: dict[MailboxKey, _Gate] = {}

    def of(self, mailbox: MailboxKey) -> "MailboxGate":
        """Return the gate of a mailbox."""
        return MailboxGate(self, mailbox)

    @contextmanager
    def hold(self, mailbox: MailboxKey, requests: int, waiting: timedelta) -> Iterator[None]:
        """Hold as many places as there are requests, or all; TryAgainLater when they did not become free in time.

        First come, first served: somebody who needs all places is not overtaken for ever by those who need one.
        """
        places = min(max(requests, 1), PLACES)
        self._enter(mailbox, places, waiting)
        try:
            yield
        finally:
            self._leave(mailbox, places)

    def __len__(self) -> int:
        """Return how many mailboxes are in use."""
        with self._lock:
            return len(self._gates)

    def _enter(self, mailbox: MailboxKey, places: int, waiting: timedelta) -> None:
        ticket = object()
        with self._lock:
            gate = self._gates.setdefault(mailbox, _Gate(Condition(self._lock)))
            gate.queue.append(ticket)
            entered = False
            try:
                entered = gate.changed.wait_for(
                    lambda: gate.queue[0] is ticket and gate.free >= places, max(waiting.total_seconds(), 0)
                )
            finally:
                gate.queue.remove(ticket)
                if entered:
                    gate.free -= places
                self._tell(mailbox, gate)
        if not entered:
            message = "Graph: too much is under way for this mailbox"
            raise TryAgainLater(message, retry_after=_COME_BACK_AFTER, code="MailboxBusy")

    def _leave(self, mailbox: MailboxKey, places: int) -> None:
        with self._lock:
            gate = self._gates[mailbox]
            gate.free += places
            self._tell(mailbox, gate)

    def _tell(self, mailbox: MailboxKey, gate: _Gate) -> None:
        """Have those who wait look again; forget the mailbox when there is nobody."""
        if gate.is_idle:
            del self._gates[mailbox]
        else:
            gate.changed.notify_all()


@dataclass(frozen=True, slots=True)
class MailboxGate:
    """The gate of one mailbox."""

    gates: Gates
    mailbox: MailboxKey

    @contextmanager
    def hold(self, requests: int, waiting: timedelta) -> Iterator[None]:
        """Hold places for so many requests at once."""
        with self.gates.hold(self.mailbox, requests, waiting):
            yield
