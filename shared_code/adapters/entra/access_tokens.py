"""Access tokens in reps' names: in memory while they last, refreshed from the vault when they do not."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shared_code.adapters.entra.applications import SCOPES, EntraApplications
from shared_code.adapters.entra.failures import refresh_failure
from shared_code.domain.connections import Connection, TokenPlace
from shared_code.domain.identifiers import UserGuid
from shared_code.use_cases.errors import ReconnectNeeded, Refused, SyncError, TryAgainLater, VaultRefuses
from shared_code.use_cases.ports import Clock, TokenVault

MOST_IN_MEMORY = 2000
"""Reps whose access token is remembered, the latest ones: at 2 to 3 KB each some 5 MB."""

REFRESH_TOKEN_KEPT_FOR = timedelta(days=1)
"""A refresh token in the vault is replaced once it is this old.

Entra gives a new one with every refresh, does not revoke the old one, and lets one die after 90 days without use.
Source: Microsoft docs, identity-platform/refresh-tokens. So one write a day for each rep keeps her signed in.
"""

_MARGIN = timedelta(minutes=5)
_LONGEST_WAIT_FOR_ANOTHER = 60.0
_log = logging.getLogger(__name__)

VAULT_WAIT = timedelta(minutes=5)
"""How long to leave a vault alone that refuses the app: somebody must give it a role."""


@dataclass(frozen=True, slots=True)
class _Remembered:
    place: TokenPlace
    connected_at: datetime
    token: str
    good_until: datetime

    def is_of(self, connection: Connection) -> bool:
        """Tell whether the token came of this very connection, and not of one before it."""
        return (self.place, self.connected_at) == (connection.tokens, connection.connected_at)


class AccessTokens:
    """Supplies access tokens; calls for one rep at the same time share one refresh. Thread-safe.

    A grant that Entra calls dead, or that the vault has no more, is ReconnectNeeded. Trouble with the app's own
    secret, or with Entra, is TryAgainLater and disconnects nobody.
    """

    def __init__(self, applications: EntraApplications, vault: TokenVault, clock: Clock) -> None:
        self._applications = applications
        self._vault = vault
        self._clock = clock
        self._lock = threading.Lock()
        self._remembered: OrderedDict[UserGuid, _Remembered] = OrderedDict()
        self._under_way: dict[tuple[UserGuid, TokenPlace, datetime, bool], Future[str]] = {}

    def of(self, connection: Connection, *, until: datetime | None = None) -> RepToken:
        """Return what supplies this rep's token for the requests of one calendar."""
        return RepToken(self, connection, until)

    def for_(self, connection: Connection, *, until: datetime | None = None) -> str:
        """Return a token that is good for at least the margin."""
        return self._recall(connection) or self._shared(connection, until, renewing=False)

    def renew(self, connection: Connection, refused: str, *, until: datetime | None = None) -> str:
        """Return another token than the one that was refused: somebody else's newer one, or a new one from Entra."""
        known = self._recall(connection)
        if known is not None and known != refused:
            return known
        return self._shared(connection, until, renewing=True)

    def forget(self, connection: Connection) -> None:
        """Drop the rep's token from memory."""
        with self._lock:
            self._remembered.pop(connection.user, None)

    def _recall(self, connection: Connection) -> str | None:
        with self._lock:
            known = self._remembered.get(connection.user)
            if known is None or not known.is_of(connection) or known.good_until <= self._clock.now():
                return None
            self._remembered.move_to_end(connection.user)
            return known.token

    def _remember(self, connection: Connection, token: str, lifetime: timedelta) -> None:
        # Half of a short life, so that a token is used at all where lives are shorter than the margin.
        good_until = self._clock.now() + lifetime - min(_MARGIN, lifetime / 2)
        with self._lock:
            self._remembered[connection.user] = _Remembered(
                connection.tokens, connection.connected_at, token, good_until
            )
            self._remembered.move_to_end(connection.user)
            while len(self._remembered) > MOST_IN_MEMORY:
                self._remembered.popitem(last=False)

    def _shared(self, connection: Connection, until: datetime | None, *, renewing: bool) -> str:
        """Refresh, or wait for the refresh of the same connection that another thread has under way."""
        key = (connection.user, connection.tokens, connection.connected_at, renewing)
        with self._lock:
            awaited = self._under_way.get(key)
            mine: Future[str] | None = None
            if awaited is None:
                mine = self._under_way[key] = Future()
        if mine is None:
            assert awaited is not None  # noqa: S101 - one of the two is set above
            return self._await(awaited, until)
        return self._settle(mine, key, lambda: self._refreshed(connection, until, renewing=renewing))

    def _settle(
        self, mine: Future[str], key: tuple[UserGuid, TokenPlace, datetime, bool], refresh: Callable[[], str]
    ) -> str:
        try:
            token = refresh()
        except BaseException as failure:
            mine.set_exception(failure)
            raise
        else:
            mine.set_result(token)
            return token
        finally:
            with self._lock:
                self._under_way.pop(key, None)

    def _await(self, awaited: Future[str], until: datetime | None) -> str:
        left = _LONGEST_WAIT_FOR_ANOTHER
        if until is not None:
            left = min(left, max((until - self._clock.now()).total_seconds(), 0.0))
        try:
            return awaited.result(timeout=left)
        except FutureTimeoutError:
            message = "Entra's answer took too long"
            raise TryAgainLater(message, retry_after=timedelta(seconds=5), code="TooSlow") from None

    def _read(self, connection: Connection) -> str | None:
        """Return the stored cache; a vault that refuses the app is no rep's fault and never a reason to give up."""
        try:
            return self._vault.read(connection.tokens)
        except Refused as refused:
            raise VaultRefuses(str(refused), retry_after=VAULT_WAIT, code=refused.code) from refused

    def _refreshed(self, connection: Connection, until: datetime | None, *, renewing: bool) -> str:
        stored = self._read(connection)
        if stored is None:
            message = "the vault has no tokens of this rep any more"
            raise ReconnectNeeded(message, code="TokensLost")
        try:
            cache = self._applications.cache(stored)
        except ValueError as odd:
            message = "what the vault has of this rep is no token cache"
            raise ReconnectNeeded(message, code="TokensLost") from odd
        refresh_token_before = _refresh_token(cache, connection)
        result = self._acquire(cache, connection, until, renewing=renewing)
        self._remember(connection, result["access_token"], timedelta(seconds=int(result.get("expires_in", 0))))
        if self._is_worth_keeping(refresh_token_before, _refresh_token(cache, connection)):
            self._keep(connection, stored, cache.serialize())
        return str(result["access_token"])

    def _acquire(self, cache: Any, connection: Connection, until: datetime | None, *, renewing: bool) -> dict[str, Any]:
        application = self._applications.open(cache, until=until)
        account_id = connection.mailbox.home_account_id
        account = next((each for each in application.get_accounts() if each["home_account_id"] == account_id), None)
        result = account and application.acquire_token_silent_with_error(list(SCOPES), account, force_refresh=renewing)
        if not result:
            message = "the tokens kept are not of this rep's account"
            raise ReconnectNeeded(message, code="TokensLost")
        if "access_token" not in result:
            raise refresh_failure(result)
        return dict(result)

    def _is_worth_keeping(self, before: dict[str, Any] | None, after: dict[str, Any] | None) -> bool:
        if before is None or after is None or before["secret"] == after["secret"]:
            return False
        made_at = float(before.get("last_modification_time") or 0)
        return self._clock.now().timestamp() - made_at > REFRESH_TOKEN_KEPT_FOR.total_seconds()

    def _keep(self, connection: Connection, as_read: str, cache: str) -> None:
        """Replace the tokens in the vault, unless they were replaced or destroyed since they were read.

        A failure costs nothing today: the old refresh token goes on working.
        """
        try:
            if self._vault.read(connection.tokens) != as_read:
                return
            place = self._vault.keep(cache, connection.tokens)
            if place != connection.tokens:
                # Safety: destroyed at this very moment, as by a disconnect; tokens must not live on elsewhere.
                self._vault.destroy(place)
        except SyncError as failure:
            _log.warning("refreshed tokens of user %s could not be kept: %s", connection.user, failure)


class RepToken:
    """Supplies one rep's access token."""

    def __init__(self, tokens: AccessTokens, connection: Connection, until: datetime | None) -> None:
        self._tokens = tokens
        self._connection = connection
        self._until = until

    def current(self) -> str:
        """Return a token that should be good."""
        return self._tokens.for_(self._connection, until=self._until)

    def after(self, refused: str) -> str:
        """Return another token than the refused one."""
        return self._tokens.renew(self._connection, refused, until=self._until)


def _refresh_token(cache: Any, connection: Connection) -> dict[str, Any] | None:
    """Return MSAL's newest entry for the rep's refresh token."""
    found = cache.search(
        cache.CredentialType.REFRESH_TOKEN, query={"home_account_id": connection.mailbox.home_account_id}
    )
    newest = max(found, key=lambda entry: int(entry.get("last_modification_time") or 0), default=None)
    return None if newest is None else dict(newest)
