"""What the use cases need of the outside systems: the clock, Outlook, SalesExec, Entra, the vault, the browser."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from shared_code.domain.appointments import ListedAppointment
from shared_code.domain.changes import ChangeResult, CrmChange
from shared_code.domain.connections import Connection, Mailbox, TokenPlace
from shared_code.domain.events import CalendarEvent, EventContent, Mark, NewEvent, OddEvent
from shared_code.domain.identifiers import EventId, UserGuid
from shared_code.domain.schedules import Window
from shared_code.use_cases.errors import SyncError


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

    def read_series(self, event_id: EventId) -> CalendarEvent | None:
        """Return what `read` returns; of a series master also its removed days and all its exceptions.

        One request where Graph has all of it on one page. A master whose pattern or zone makes no sense is Refused.
        """
        ...

    def read_occurrence(self, master: CalendarEvent, day: date) -> CalendarEvent | None:
        """Return what is on that day of a series that was read with its exceptions, or None if it was removed.

        The day is that of the slot, in the zone of the series, wherever the occurrence was moved since.
        """
        ...

    def view(self, window: Window) -> Iterator[Sequence[CalendarEvent]]:
        """Yield every event of the window, a page at a time; a page that fails raises, so half a read is no read."""
        ...

    def read_and_view(
        self, event_id: EventId, window: Window
    ) -> tuple[CalendarEvent | None, list[CalendarEvent] | None]:
        """Return what `read` returns, and with it the first events of a window: None when those could not be read."""
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

    def read_batch(self, event_ids: Sequence[EventId]) -> "Sequence[CalendarEvent | SyncError | None]":
        """Read at most 20 events in one request; return what `read` returns or raises of each."""
        ...

    def remove_batch(self, items: Sequence[tuple[EventId, str]]) -> "Sequence[bool | SyncError]":
        """Delete at most 20 events, each by its change key, in one request; return what `remove` returns or raises."""
        ...

    def find_ours(self) -> Iterator[Sequence[CalendarEvent | OddEvent]]:
        """Yield every event of every calendar of the mailbox that carries our extension, with its extended property.

        An event that cannot be read, and that may carry it, is among them as an odd one.
        """
        ...

    def remove(self, event_id: EventId, *, change_key: str) -> bool:
        """Delete the event; False when it was not there; ChangedMeanwhile when it is another version."""
        ...


class Calendars(Protocol):
    """Opens calendars."""

    def of(self, connection: Connection, *, until: datetime | None = None) -> Calendar:
        """Return the rep's calendar; its requests give up (TryAgainLater) when `until` has passed."""
        ...

    def feed(self, connection: Connection) -> "ChangeFeed":
        """Return the trip-wire of the rep's calendar."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarChanges:
    """What a calendar's change token says: ids with their newest change key, ids that left, and the next token.

    Nothing in it is the truth: an id that left may have left the window only, a change may be missing or repeated.
    """

    changed: dict[EventId, str]
    removed: frozenset[EventId]
    token: str


class ChangeFeed(Protocol):
    """The trip-wire of one calendar. May raise what a calendar raises, and SyncStateLost."""

    def begin(self, window: Window) -> str:
        """Start a new round over the window and return its token."""
        ...

    def since(self, token: str) -> CalendarChanges:
        """Return what changed since the token was given."""
        ...


class Sealer(Protocol):
    """Encrypts what must pass through a browser; only we can read it, only for a while, only for its purpose."""

    def seal(self, purpose: str, text: str) -> str:
        """Return the text as a sealed token."""
        ...

    def unseal(self, purpose: str, token: str, *, lasting: timedelta) -> str | None:
        """Return the text, or None when the token is not ours, was changed, is for another purpose or too old."""
        ...
