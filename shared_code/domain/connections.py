"""A rep's connection: whose mailbox, where its tokens lie, whether it is on, and what state that makes."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from shared_code.domain.identifiers import Book, MailboxKey, UserGuid, book_of
from shared_code.domain.preferences import Preferences


class ConnectionState(StrEnum):
    """What a rep's connection is, the first that is true."""

    NOT_CONNECTED = "NotConnected"
    RECONNECT_NEEDED = "ReconnectNeeded"
    PAUSED = "Paused"
    HELD = "Held"
    CONNECTED = "Connected"


class HeldDecision(StrEnum):
    """What somebody decided about deletes that were held."""

    APPLY = "Apply"
    RESTORE = "Restore"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenPlace:
    """Where a rep's tokens lie: a vault's address and the name of a secret in it."""

    vault_url: str
    secret_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """The account that was connected: its unchanging key, its address for people, its home id for the token cache."""

    key: MailboxKey
    address: str
    home_account_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """A rep who authorised the sync. `salt` keys her fingerprints; `epoch` counts her mailboxes.

    `throttled_until`: Graph asked that nothing of hers be sent before; `told_to_reconnect`: SalesExec was told
    that she must sign in; `cleanup_job`: a cleanup of hers is under way. `held_deletes`: so many deletes found in
    Outlook wait for a decision; `told_of_held`: SalesExec was told of them; `decision`: what is being done with them.
    """

    user: UserGuid
    mailbox: Mailbox
    tokens: TokenPlace
    connected_at: datetime
    salt: bytes
    epoch: int = 1
    enabled: bool = True
    needs_reconnect: bool = False
    disconnected_at: datetime | None = None
    told_to_reconnect: bool = False
    throttled_until: datetime | None = None
    cleanup_job: str | None = None
    held_deletes: int = 0
    told_of_held: bool = False
    decision: HeldDecision | None = None
    preferences: Preferences = field(default_factory=Preferences)
    version: str | None = None

    @property
    def state(self) -> ConnectionState:
        """Return what the connection is."""
        if self.disconnected_at is not None:
            return ConnectionState.NOT_CONNECTED
        if self.needs_reconnect:
            return ConnectionState.RECONNECT_NEEDED
        if not self.enabled:
            return ConnectionState.PAUSED
        if self.held_deletes:
            return ConnectionState.HELD
        return ConnectionState.CONNECTED

    @property
    def book(self) -> Book:
        """Return where the pairs of this rep and this mailbox are kept."""
        return book_of(self.user, self.mailbox.key)

    @property
    def has_news(self) -> bool:
        """Tell whether SalesExec has yet to tell the rep that her sign-in died, or lives again, or of held deletes."""
        if self.disconnected_at is not None:
            return False
        return self.needs_reconnect != self.told_to_reconnect or bool(self.held_deletes) != self.told_of_held

    @property
    def works(self) -> bool:
        """Tell whether the sync runs for this rep now."""
        return self.state in (ConnectionState.CONNECTED, ConnectionState.HELD)


def state_of(connection: Connection | None) -> ConnectionState:
    """Return the state of a rep who may never have connected."""
    return ConnectionState.NOT_CONNECTED if connection is None else connection.state


PUSH_BREAKS = "PushBreaks"
"""The code of a waiting push that ends in an error which nobody expected."""

PUSH_BREAKS_FOR = timedelta(minutes=20)
"""How long that stays true though a poll went well: a little longer than until such a push is tried again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LastError:
    """What went wrong last for a rep, in words for people."""

    code: str
    message: str
    at: datetime

    @property
    def passes_by_itself(self) -> bool:
        """Tell whether waiting cures it, or what the rep was asked to do."""
        return self.code in ("TryAgainLater", "OperatorNeeded", "VaultRefuses", "ReconnectNeeded")

    def outlives_a_poll(self, now: datetime) -> bool:
        """Tell whether it is about something else than polls, and still so."""
        return self.code == PUSH_BREAKS and now - self.at < PUSH_BREAKS_FOR
