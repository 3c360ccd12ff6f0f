"""What the use cases need from outside, named by need. Adapters implement these; so do the fakes of the tests."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from shared_code.domain.appointments import ListedAppointment
from shared_code.domain.changes import ChangeResult, CrmChange
from shared_code.domain.connections import Activity, Connection, LastError, Mailbox, TokenPlace
from shared_code.domain.events import CalendarEvent, EventContent, Mark, NewEvent
from shared_code.domain.identifiers import AppointmentGuid, EventId, MailboxKey, UserGuid
from shared_code.domain.pairs import Pair
from shared_code.domain.receipts import ReceiptEntry
from shared_code.domain.schedules import Window
from shared_code.use_cases.turns import Turns


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Return the time, aware UTC."""
        ...


class Calendar(Protocol):
    """One rep's default calendar. Every call may raise TryAgainLater, ReconnectNeeded or Refused."""

    def read(self, event_id: EventId) -> CalendarEvent | None:
        """Return the event with its extension, or None when it is not in the mailbox."""
        ...

    def view(self, window: Window) -> Iterator[Sequence[CalendarEvent]]:
        """Yield every event of the window, a page at a time; a page that fails raises, so half a read is no read."""
        ...

    def find(self, property_value: str) -> list[CalendarEvent]:
        """Return the events whose extended property holds this value."""
        ...

    def create(self, new: NewEvent) -> CalendarEvent:
        """Create the event and return it as stored; AlreadyCreated when its transaction id was used before."""
        ...

    def change(self, event_id: EventId, content: EventContent, *, change_key: str) -> CalendarEvent:
        """Write the given fields and return the event as stored; ChangedMeanwhile or EventGone when it is not so."""
        ...

    def mark(self, event_id: EventId, mark: Mark) -> None:
        """Write our extension onto the event; EventGone when it is not there."""
        ...

    def remove(self, event_id: EventId, *, change_key: str) -> bool:
        """Delete the event; False when it was not there; ChangedMeanwhile when it is another version."""
        ...


class Calendars(Protocol):
    """Opens calendars."""

    def of(self, connection: Connection, *, until: datetime | None = None) -> Calendar:
        """Return the rep's calendar; its requests give up (TryAgainLater) when `until` has passed."""
        ...


class Crm(Protocol):
    """SalesExec. Every call may raise TryAgainLater or Refused."""

    def tell(self, user: UserGuid, changes: Sequence[CrmChange]) -> list[ChangeResult]:
        """Send at most CHANGES_PER_CALL changes of one rep, in order; one result each, in the same order."""
        ...

    def appointments(self, user: UserGuid, window: Window) -> Iterator[ListedAppointment]:
        """Yield the rep's appointments that overlap the window, cancelled ones included."""
        ...

    def notify(self, user: UserGuid, code: str, message: str, at: datetime) -> None:
        """Have SalesExec tell the rep something."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """Who signed in, and the token cache that proves it; the cache is secret."""

    mailbox: Mailbox
    display_name: str
    token_cache: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInBegun:
    """A sign-in under way: where to send the browser, and what must be known at its return (secret)."""

    authorize_url: str
    flow: dict[str, object]


class SignInRefused(Exception):
    """Entra or our own checks refused a sign-in; `kind` picks the page that explains it."""

    def __init__(self, kind: str, detail: str = "") -> None:
        super().__init__(kind, detail)
        self.kind = kind
        self.detail = detail


class SignIn(Protocol):
    """Microsoft Entra's sign-in."""

    def begin(self, *, state: str, login_hint: str | None) -> SignInBegun:
        """Start an authorization-code flow with PKCE; TryAgainLater when Entra cannot be reached."""
        ...

    def complete(self, flow: dict[str, object], answer: dict[str, str]) -> SignedIn:
        """Redeem Entra's answer; SignInRefused says what was wrong, TryAgainLater that it is worth another try."""
        ...


class TokenVault(Protocol):
    """Where token caches lie. May raise TryAgainLater."""

    def keep(self, token_cache: str, place: TokenPlace | None = None) -> TokenPlace:
        """Store the cache, in a new place unless one is given, and return where it lies."""
        ...

    def read(self, place: TokenPlace) -> str | None:
        """Return the cache, or None when the vault has it no more."""
        ...

    def destroy(self, place: TokenPlace) -> None:
        """Delete the cache, and purge it where the vault permits."""
        ...


class ConnectionStore(Protocol):
    """Connections, and which mailbox belongs to which rep."""

    def get(self, user: UserGuid) -> Connection | None:
        """Return the rep's connection, also a past one, or None."""
        ...

    def save(self, connection: Connection) -> Connection:
        """Insert (version None) or replace it, and return it with its new version; StaleVersion on a race."""
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

    def activity(self, user: UserGuid) -> Activity:
        """Return when the rep's sync last did something."""
        ...

    def note_poll(self, user: UserGuid, at: datetime, error: LastError | None) -> None:
        """Remember a poll: its time when it came through (error None, which clears the last error), else the error."""
        ...


class PairStore(Protocol):
    """Pairs of a rep, each with its receipt."""

    def get(self, user: UserGuid, appointment: AppointmentGuid) -> Pair | None:
        """Return the pair, or None."""
        ...

    def all_of(self, user: UserGuid) -> list[Pair]:
        """Return every pair of the rep, gone ones too."""
        ...

    def save(self, pair: Pair, *, receipt: ReceiptEntry | None = None, pushed_at: datetime | None = None) -> Pair:
        """Insert (version None) or replace the pair, in one transaction with its receipt entry and the push time.

        Return it with its new version. StaleVersion on a race, or when another appointment of the rep holds its event.
        """
        ...

    def save_all(self, saves: Sequence[tuple[Pair, ReceiptEntry | None]]) -> list[Pair | None]:
        """Save many of one rep in few transactions; None in the place of each that somebody else changed meanwhile."""
        ...

    def receipt(self, user: UserGuid, appointment: AppointmentGuid) -> list[ReceiptEntry]:
        """Return the entries kept for the appointment, newest first."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Which rep has an appointment, and when it was last removed, if it was."""

    appointment: AppointmentGuid
    user: UserGuid
    removed_at: datetime | None = None
    version: str | None = None


class HolderStore(Protocol):
    """Which rep has which appointment."""

    def get(self, appointment: AppointmentGuid) -> Holder | None:
        """Return who has it, or None."""
        ...

    def claim(self, appointment: AppointmentGuid, user: UserGuid) -> Holder:
        """Note that the rep has it unless it is noted already; return what is noted now."""
        ...

    def save(self, holder: Holder) -> Holder:
        """Insert (version None) or replace the note; StaleVersion on a race."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PollTurn:
    """One rep's turn to be polled, leased to us: `fence` rises with each lease and is checked when it is given back."""

    user: UserGuid
    fence: int
    leased_until: datetime
    last_full_at: datetime | None
    version: str


class PollStore(Protocol):
    """Whose calendars are polled, and who polls which right now."""

    def enrol(self, user: UserGuid) -> None:
        """Have the rep polled from now on."""
        ...

    def withdraw(self, user: UserGuid) -> None:
        """Have the rep polled no more."""
        ...

    def enrolled(self, shard: int) -> list[UserGuid]:
        """Return the reps of a shard who are polled."""
        ...

    def lease(self, user: UserGuid, now: datetime, lasting: timedelta) -> PollTurn | None:
        """Take the rep's turn; None when she is not enrolled, or somebody has it (who is then asked to go again)."""
        ...

    def finish(self, turn: PollTurn, *, full_at: datetime | None) -> bool:
        """Give the turn back and store the position; True when somebody asked to go again. StaleVersion: it was lost.

        `full_at` None: the poll did not come through; the position stays.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """Work: read one rep's calendar."""

    user: UserGuid


@dataclass(frozen=True, slots=True, kw_only=True)
class PollBatch:
    """Work: poll these reps (at most 50)."""

    users: tuple[UserGuid, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PollShard:
    """Work: find out who of a shard is to be polled."""

    shard: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconcile:
    """Work: read the rep's appointments from SalesExec and push what is missing."""

    user: UserGuid


type Work = Poll | PollBatch | PollShard | Reconcile


class WorkQueue(Protocol):
    """Work to be done by another invocation; ids only, never content."""

    def send(self, work: Work, *, delay: timedelta = timedelta(0)) -> None:
        """Have the work done at least once, not before the delay has passed."""
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


class Sealer(Protocol):
    """Encrypts what must pass through a browser; only we can read it, only for a while, only for its purpose."""

    def seal(self, purpose: str, text: str) -> str:
        """Return the text as a sealed token."""
        ...

    def unseal(self, purpose: str, token: str, *, lasting: timedelta) -> str | None:
        """Return the text, or None when the token is not ours, was changed, is for another purpose or too old."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Everything the use cases may call, and the two facts of the deployment they need."""

    clock: Clock
    calendars: Calendars
    crm: Crm
    sign_in: SignIn
    vault: TokenVault
    connections: ConnectionStore
    pairs: PairStore
    holders: HolderStore
    polls: PollStore
    one_time: OneTimeStore
    work: WorkQueue
    sealer: Sealer
    turns: Turns
    lead_hosts: frozenset[str]
    allowed_link_hosts: frozenset[str]
