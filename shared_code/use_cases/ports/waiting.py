"""What the use cases need remembered of pushes that could not be made yet."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from shared_code.domain.appointments import Appointment
from shared_code.domain.identifiers import AppointmentGuid, UserGuid


class WaitKind(StrEnum):
    """What a waiting push will do once it can."""

    PUT = "Put"  # bring an appointment into the calendar
    REMOVE = "Remove"  # take it out, because SalesExec removed it
    DETACH = "Detach"  # take it out, because it moved to another rep


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingPush:
    """A push that could not be made yet. Waiting is state: nothing of it hangs on a message or on a count of retries.

    `due_at` None: not before the rep has signed in again. `waiting_since` orders a rep's waiting pushes.
    `slot`: the original start of the one occurrence that it is about, as its caller named it; empty for all of it.
    """

    user: UserGuid
    appointment: AppointmentGuid
    slot: str = ""
    kind: WaitKind
    modified_at: datetime
    waiting_since: datetime
    due_at: datetime | None
    reason: str
    attempts: int = 0
    correlation_id: str = ""
    version: str | None = None


class WaitingStore(Protocol):
    """Waiting pushes. Their content is encrypted, and erased with them. May raise TryAgainLater."""

    def put(self, push: WaitingPush, content: Appointment | None) -> WaitingPush:
        """Store it in the place of an older one of the same appointment or occurrence; return it with its version.

        StaleVersion when a newer one of the rep waits already. `content` is what a PUT will bring.
        """
        ...

    def of(self, user: UserGuid) -> list[WaitingPush]:
        """Return the rep's waiting pushes, the longest waiting first, without content."""
        ...

    def content(self, push: WaitingPush) -> Appointment | None:
        """Return what a PUT brings, or None when it is gone or cannot be read any more."""
        ...

    def postpone(self, push: WaitingPush) -> None:
        """Store due_at, attempts and reason anew; nothing when a newer one took its place meanwhile."""
        ...

    def forget(self, user: UserGuid, appointment: AppointmentGuid, slot: str = "", *, up_to: datetime) -> None:
        """Erase the waiting push of the appointment, or of one occurrence, unless it is newer than `up_to`."""
        ...

    def schedule(self, user: UserGuid, due_at: datetime | None) -> str:
        """Note when the rep's waiting pushes are next to be tried (None: not by time); return the new turn's token."""
        ...

    def is_scheduled(self, user: UserGuid, turn: str) -> bool:
        """Tell whether that turn is still the newest: a message of an older one has been overtaken."""
        ...

    def overdue(self, shard: int, before: datetime) -> list[UserGuid]:
        """Return the reps whose turn was due before then: their message was lost."""
        ...
