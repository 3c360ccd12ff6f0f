"""A rep authorises the sync: one-time link, form, Entra, confirmation, and only then is anything stored."""

import hashlib
import json
import secrets
import zlib
from base64 import b64decode, b64encode
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from shared_code.domain.cleanups import JobId
from shared_code.domain.connections import Connection, ConnectionState, Mailbox, TokenPlace, state_of
from shared_code.domain.identifiers import MailboxKey, UserGuid
from shared_code.use_cases.errors import Refused, StaleVersion, SyncError, TryAgainLater
from shared_code.use_cases.ports import CleanUp, Poll, Ports, Reconcile, SignedIn, SignInRefused, TellRep
from shared_code.use_cases.waiting_pushes import resume_waiting

LINK_LASTS = timedelta(minutes=5)
SIGN_IN_LASTS = timedelta(minutes=15)

_LINK, _ANSWER = "link", "signed-in"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """What a one-time link is for."""

    user: UserGuid
    page: str
    ticket: str
    return_url: str | None = None
    mailbox: str | None = None
    display_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BegunSignIn:
    """A sign-in that began: the browser's new session, and where to send it."""

    session: str
    authorize_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToConfirm:
    """A sign-in that Entra completed, waiting for the rep's yes; `sealed` goes through her browser, for us only."""

    user: UserGuid
    display_name: str | None
    mailbox_address: str
    account_name: str
    sealed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """A connection that was made."""

    user: UserGuid
    mailbox_address: str
    return_url: str | None


class LinkUsed(Exception):
    """The link, or the sign-in, is unknown, used, or too old; `where` says which."""

    def __init__(self, where: str) -> None:
        super().__init__(where)
        self.where = where


class VaultUnavailable(Exception):
    """Nothing could be stored right now; `again` is what the rep may confirm once more."""

    def __init__(self, again: ToConfirm) -> None:
        super().__init__("the vault cannot be reached")
        self.again = again


def _key(kind: str, *parts: str) -> str:
    return f"{kind}-{hashlib.sha256('|'.join(parts).encode()).hexdigest()}"


def create_link(
    user: UserGuid,
    page: str,
    *,
    return_url: str | None,
    mailbox: str | None,
    display_name: str | None,
    ports: Ports,
) -> tuple[str, datetime]:
    """Return a ticket that opens the page once, as this rep, and until when."""
    expires_at = ports.clock.now() + LINK_LASTS
    link = Link(
        user=user,
        page=page,
        ticket=secrets.token_urlsafe(24),
        return_url=return_url,
        mailbox=mailbox,
        display_name=display_name,
    )
    ports.one_time.put(_key("link", link.ticket), page, expires_at)
    return ports.sealer.seal(_LINK, json.dumps(asdict(link))), expires_at


def open_link(sealed: str, page: str, ports: Ports) -> Link:
    """Return what a link is for without using it up: mail scanners open links too. LinkUsed when it is not valid."""
    text = ports.sealer.unseal(_LINK, sealed, lasting=LINK_LASTS)
    if text is None:
        raise LinkUsed("link")
    link = Link(**json.loads(text))
    if link.page != page:
        raise LinkUsed("link")
    return link


def use_link(sealed: str, page: str, ports: Ports) -> Link:
    """Return what a link is for, once."""
    link = open_link(sealed, page, ports)
    if ports.one_time.take(_key("link", link.ticket), ports.clock.now()) is None:
        raise LinkUsed("link")
    return link


def begin_sign_in(sealed_link: str, ports: Ports) -> BegunSignIn:
    """Use up the link, begin a sign-in in a fresh session, and return where the browser goes.

    Safety: the session is always new. One that somebody planted in the browser beforehand is worth nothing.
    """
    opened = open_link(sealed_link, "connect", ports)
    session, state = secrets.token_urlsafe(32), secrets.token_urlsafe(24)
    begun = ports.sign_in.begin(state=state, login_hint=opened.mailbox)
    link = use_link(sealed_link, "connect", ports)
    memory = json.dumps({"link": asdict(link), "flow": begun.flow})
    sealed = ports.sealer.seal(session, memory)
    ports.one_time.put(_key("sign-in", session, state), sealed, ports.clock.now() + SIGN_IN_LASTS)
    return BegunSignIn(session=session, authorize_url=begun.authorize_url)


def complete_sign_in(session: str | None, answer: dict[str, str], ports: Ports) -> ToConfirm:
    """Redeem Entra's answer and return what the rep shall confirm; nothing is stored yet.

    Safety: the answer is taken only in the session that began the sign-in, and only once; an answer with a state
    of another sign-in finds nothing, and does not use up the one that is under way.
    """
    sealed = None
    if session:
        sealed = ports.one_time.take(_key("sign-in", session, answer.get("state", "")), ports.clock.now())
    memory = ports.sealer.unseal(session, sealed, lasting=SIGN_IN_LASTS) if session and sealed else None
    if session is None or memory is None:
        raise LinkUsed("sign-in")
    begun = json.loads(memory)
    link = Link(**begun["link"])
    signed_in = ports.sign_in.complete(begun["flow"], answer)
    _check_mailbox(link, signed_in.mailbox, ports)
    return _to_confirm(link, signed_in, session, ports)


def _check_mailbox(link: Link, mailbox: Mailbox, ports: Ports) -> None:
    """Refuse an account that may not become this rep's calendar."""
    if link.mailbox is not None and link.mailbox.casefold() != mailbox.address.casefold():
        raise SignInRefused("wrong_mailbox", mailbox.address)
    known = ports.connections.get(link.user)
    still_connected = state_of(known) is not ConnectionState.NOT_CONNECTED
    if known is not None and still_connected and known.mailbox.key != mailbox.key:
        raise SignInRefused("other_mailbox_connected", known.mailbox.address)
    owner = ports.connections.mailbox_owner(mailbox.key)
    if owner is None or owner == link.user:
        return
    theirs = ports.connections.get(owner)
    if theirs is not None and theirs.disconnected_at is None and theirs.mailbox.key == mailbox.key:
        raise SignInRefused("mailbox_of_another", mailbox.address)
    # A claim whose connection was never written (the process died in between) binds nobody.
    ports.connections.release_mailbox(mailbox.key, owner)


def _to_confirm(link: Link, signed_in: SignedIn, session: str, ports: Ports) -> ToConfirm:
    """Seal the tokens for the way through the rep's browser, bound to her session; they rest nowhere on our side."""
    nonce = secrets.token_urlsafe(24)
    memory = {
        "link": asdict(link),
        "mailbox": asdict(signed_in.mailbox),
        "name": signed_in.display_name,
        "cache": b64encode(zlib.compress(signed_in.token_cache.encode())).decode(),
        "nonce": nonce,
    }
    ports.one_time.put(_key("confirm", session, nonce), link.user, ports.clock.now() + SIGN_IN_LASTS)
    return ToConfirm(
        user=link.user,
        display_name=link.display_name,
        mailbox_address=signed_in.mailbox.address,
        account_name=signed_in.display_name,
        sealed=ports.sealer.seal(f"{_ANSWER}-{session}", json.dumps(memory)),
    )


def confirm_connection(session: str | None, sealed: str, ports: Ports) -> Connected:
    """Store the connection the rep said yes to, and start her first sync."""
    text = ports.sealer.unseal(f"{_ANSWER}-{session}", sealed, lasting=SIGN_IN_LASTS) if session else None
    if session is None or text is None:
        raise LinkUsed("confirmation")
    memory = json.loads(text)
    if ports.one_time.take(_key("confirm", session, memory["nonce"]), ports.clock.now()) is None:
        raise LinkUsed("confirmation")
    link = Link(**memory["link"])
    signed_in = SignedIn(
        mailbox=Mailbox(
            key=MailboxKey(memory["mailbox"]["key"]),
            address=memory["mailbox"]["address"],
            home_account_id=memory["mailbox"]["home_account_id"],
        ),
        display_name=memory["name"],
        token_cache=zlib.decompress(b64decode(memory["cache"])).decode(),
    )
    _check_mailbox(link, signed_in.mailbox, ports)
    try:
        _store(link.user, signed_in, ports)
    except TryAgainLater as error:
        raise VaultUnavailable(_to_confirm(link, signed_in, session, ports)) from error
    return Connected(user=link.user, mailbox_address=signed_in.mailbox.address, return_url=link.return_url)


def _store(user: UserGuid, signed_in: SignedIn, ports: Ports) -> None:
    """Claim the mailbox, keep the tokens, write the connection, start the sync; in this order, each step repeatable."""
    owner = ports.connections.claim_mailbox(signed_in.mailbox.key, user)
    if owner != user:
        raise SignInRefused("mailbox_of_another", signed_in.mailbox.address)
    known = ports.connections.get(user)
    place = None
    try:
        place = ports.vault.keep(signed_in.token_cache)
        ports.polls.enrol(user)
        saved = ports.connections.save(_connection(user, signed_in, place, known, ports.clock.now()))
    except SyncError as error:
        _undo(user, signed_in.mailbox.key, place, ports)
        if isinstance(error, StaleVersion):
            message = "the connection was changed meanwhile"
            raise TryAgainLater(message, retry_after=timedelta(seconds=1)) from error
        raise
    if known is not None and known.tokens != place and known.disconnected_at is None:
        _destroy_quietly(known.tokens, ports)
    resume_waiting(user, ports)
    if saved.has_news:
        ports.work.send(TellRep(user=user))
    if saved.cleanup_job is not None:
        ports.work.send(CleanUp(job=JobId(saved.cleanup_job), user=user))
    ports.work.send(Reconcile(user=user))
    ports.work.send(Poll(user=user))


def _connection(
    user: UserGuid, signed_in: SignedIn, place: TokenPlace, known: Connection | None, now: datetime
) -> Connection:
    """Return the connection to store: a rep's first, or her earlier one brought to life."""
    if known is None:
        salt = secrets.token_bytes(16)
        return Connection(user=user, mailbox=signed_in.mailbox, tokens=place, connected_at=now, salt=salt)
    same_mailbox = known.mailbox.key == signed_in.mailbox.key
    return replace(
        known,
        mailbox=signed_in.mailbox,
        tokens=place,
        connected_at=now,
        # Who comes back after a disconnect wants the sync, whatever paused it before; who signs in again only that.
        enabled=known.enabled or known.disconnected_at is not None,
        epoch=known.epoch if same_mailbox else known.epoch + 1,
        needs_reconnect=False,
        told_to_reconnect=known.told_to_reconnect and known.disconnected_at is None,
        throttled_until=known.throttled_until if same_mailbox else None,
        disconnected_at=None,
    )


def _undo(user: UserGuid, mailbox: MailboxKey, place: TokenPlace | None, ports: Ports) -> None:
    """Leave nothing of a connection that could not be stored, unless it was stored after all."""
    known = ports.connections.get(user)
    if known is not None and known.tokens == place:
        return
    if place is not None:
        _destroy_quietly(place, ports)
    if state_of(known) is ConnectionState.NOT_CONNECTED:
        ports.polls.withdraw(user)
        ports.connections.release_mailbox(mailbox, user)


def _destroy_quietly(place: TokenPlace, ports: Ports) -> None:
    """Destroy tokens that nothing refers to any more; a busy vault must not undo a new sign-in for that."""
    try:
        ports.vault.destroy(place)
    except (TryAgainLater, Refused):
        return
