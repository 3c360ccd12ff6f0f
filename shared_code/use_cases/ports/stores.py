"""What the use cases need remembered: connections, pairs, who has an appointment, things for one use."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Protocol

from shared_code.domain.cleanups import CleanupJob, CleanupPart, JobId
from shared_code.domain.connections import Connection, LastError
from shared_code.domain.fields import Field
from shared_code.domain.identifiers import AppointmentGuid, Book, EventId, MailboxKey, UserGuid
from shared_code.domain.pairs import Pair, Unconfirmed
from shared_code.domain.receipts import ReceiptEntry


class ConnectionStore(Protocol):
    """Connections, and which mailbox belongs to which rep."""

    def get(self, user: UserGuid) -> Connection | None:
        """Return the rep's connection, also a past one, or None."""
        ...

    def save(self, connection: Connection) -> Connection:
        """Insert (version None) or replace it, and return it with its new version; StaleVersion on a race."""
        ...

    def erase(self, user: UserGuid) -> None:
        """Forget the rep's connection and what went wrong for her."""
        ...

    def claim_mailbox(self, mailbox: MailboxKey, user: UserGuid) -> UserGuid:
        """Note that the mailbox is this rep's unless it is somebody's already; return whose it is now."""
        ...

    def mailbox_owner(self, mailbox: MailboxKey) -> UserGuid | None:
        """Return whose the mailbox is, or None when it is free."""
        ...

    def release_mailbox(self, mailbox: MailboxKey, user: UserGuid) -> None:
        """Give the mailbox free if it is this rep's."""
        ...

    def last_error(self, user: UserGuid) -> LastError | None:
        """Return what went wrong last, unless all went well since."""
        ...

    def everyone(self) -> Iterator[tuple[Connection, LastError | None]]:
        """Yield every rep who ever connected, with what went wrong for her last."""
        ...

    def note_error(self, user: UserGuid, error: LastError | None) -> None:
        """Remember what went wrong, or None that all went well since; no call to the store when nothing changes."""
        ...


class PairStore(Protocol):
    """Pairs of a rep, each with its receipt."""

    def get(self, book: Book, appointment: AppointmentGuid, slot: date | None = None) -> Pair | None:
        """Return the pair of the appointment, or of one occurrence of it, or None."""
        ...

    def all_of(self, book: Book) -> list[Pair]:
        """Return every pair of the book, gone ones too; not those of occurrences."""
        ...

    def occurrences_of(self, book: Book, appointment: AppointmentGuid | None = None) -> list[Pair]:
        """Return the pairs of occurrences: of one series, or of all of the book."""
        ...

    def save(self, pair: Pair, *, receipt: ReceiptEntry | None = None, pushed_at: datetime | None = None) -> Pair:
        """Insert (version None) or replace the pair, in one transaction with its receipt entry and the push time.

        Return it with its new version. StaleVersion on a race, or when another appointment of the rep holds its event.
        """
        ...

    def save_all(self, saves: Sequence[tuple[Pair, ReceiptEntry | None]]) -> list[Pair | None]:
        """Save many of one book in few transactions; None in the place of each that somebody else changed meanwhile."""
        ...

    def begin_imports(self, book: Book, told: Mapping[EventId, Unconfirmed]) -> None:
        """Note what SalesExec is about to be told of at most a hundred events that it may not know."""
        ...

    def imports_begun(self, book: Book) -> dict[EventId, Unconfirmed]:
        """Return what was noted of imports that were begun and not ended."""
        ...

    def end_imports(self, book: Book, events: Collection[EventId]) -> None:
        """Forget what was noted of these imports, at most a hundred; those that were not begun are passed over."""
        ...

    def erase(self, book: Book) -> list[AppointmentGuid]:
        """Forget everything of the book, receipts too; return which appointments it knew. Repeatable."""
        ...

    def last_push_at(self, book: Book) -> datetime | None:
        """Return when a push of the book last went to Outlook."""
        ...

    def last_push_lag(self, book: Book) -> timedelta | None:
        """Return how long the last push of the book took from SalesExec's change to Outlook."""
        ...

    def receipt(self, book: Book, appointment: AppointmentGuid, slot: date | None = None) -> list[ReceiptEntry]:
        """Return the entries kept for the appointment, or for one occurrence of it, newest first."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Which rep has an appointment, since which push it is hers after a move, and when it was last removed.

    `attempt`: the hashes of what her first push was about to write, should it have died before it could note more.
    `is_new` is true only for whoever has just made the note, and knows thereby that no event was made before.
    """

    appointment: AppointmentGuid
    user: UserGuid
    moved_at: datetime | None = None
    removed_at: datetime | None = None
    attempt: Mapping[Field, str] = field(default_factory=dict)
    is_new: bool = field(default=False, compare=False)
    version: str | None = None

    def was_removed_after(self, modified_at: datetime) -> bool:
        """Tell whether it was removed later than a push of that time was made, which is stale then."""
        return self.removed_at is not None and self.removed_at > modified_at


NOBODY = UserGuid("nobody")
"""Who has an appointment that was removed before it was ever pushed."""


class HolderStore(Protocol):
    """Which rep has which appointment."""

    def get(self, appointment: AppointmentGuid) -> Holder | None:
        """Return who has it, or None."""
        ...

    def claim(self, appointment: AppointmentGuid, user: UserGuid, attempt: Mapping[Field, str] | None = None) -> Holder:
        """Note that the rep has it unless it is noted already; return what is noted now."""
        ...

    def save(self, holder: Holder) -> Holder:
        """Insert (version None) or replace the note; StaleVersion on a race."""
        ...

    def release(self, appointment: AppointmentGuid, user: UserGuid) -> None:
        """Forget the note if the rep has the appointment."""
        ...


class OneTimeStore(Protocol):
    """Things that may be used once and not after their time: links, and sign-ins under way."""

    def put(self, key: str, value: str, expires_at: datetime) -> None:
        """Store a value under a key of ours."""
        ...

    def take(self, key: str, now: datetime) -> str | None:
        """Return the value and forget it, for one caller only; None when it is unknown, used or expired."""
        ...

    def sweep(self, now: datetime) -> int:
        """Forget what has expired; return how many there were."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """Something that only the operator can put right, however many reps it shows in."""

    code: str
    message: str
    first_at: datetime
    last_at: datetime
    count: int


class AlarmStore(Protocol):
    """Alarms for the operator, one for each code."""

    def sound(self, code: str, message: str, at: datetime) -> None:
        """Note that it happened, again perhaps."""
        ...

    def sounded(self) -> list[Alarm]:
        """Return every alarm that was ever sounded and not silenced."""
        ...

    def silence(self, code: str) -> None:
        """Forget the alarm."""
        ...


class CleanupStore(Protocol):
    """Cleanups and how far each has come."""

    def job(self, job: JobId) -> CleanupJob | None:
        """Return the job, or None."""
        ...

    def save_job(self, job: CleanupJob) -> CleanupJob:
        """Insert (version None) or replace the job; StaleVersion on a race."""
        ...

    def part(self, job: JobId, user: UserGuid) -> CleanupPart | None:
        """Return one rep's part, or None."""
        ...

    def parts(self, job: JobId) -> list[CleanupPart]:
        """Return everybody's part."""
        ...

    def save_part(self, part: CleanupPart) -> CleanupPart:
        """Insert (version None) or replace a part; StaleVersion on a race."""
        ...

    def unfinished(self, before: datetime) -> Sequence[CleanupJob | CleanupPart]:
        """Return what is not finished and made no progress since: jobs not spread out yet, and parts not done."""
        ...
