"""What Entra remembers: the app's registration, consents, authorization codes and refresh tokens."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal
from urllib.parse import urlsplit

from sandbox.directory import CLIENT_ID, PERSONAL_TENANT_ID, TENANT_ID, User
from sandbox.entra.errors import REFUSALS, EntraError
from sandbox.entra.tokens import SigningKey
from sandbox.world import World

CLIENT_SECRET = "sandbox~first~client~secret~0000000000000"
CODE_LIFETIME = timedelta(minutes=10)
# Source: Microsoft docs, entra refresh-tokens: 90 days, renewed with every token that is issued.
REFRESH_LIFETIME = timedelta(days=90)
LOOPBACK = ("127.0.0.1", "localhost")
# Scopes of OpenID Connect: they need no permission of Graph's.
OPENID_SCOPES = frozenset({"openid", "profile", "offline_access", "email"})
GRAPH_PREFIX = "https://graph.microsoft.com/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """An authorization code: proof that one person agreed to one request."""

    user: User
    redirect_uri: str
    scopes: tuple[str, ...]
    nonce: str
    challenge: str
    challenge_method: str
    expires_at: datetime


@dataclass(slots=True, kw_only=True)
class RefreshToken:
    """A refresh token and, when it is of no use any more, the number of the reason."""

    user: User
    scopes: tuple[str, ...]
    expires_at: datetime
    refused_with: int = 0


@dataclass(slots=True, kw_only=True)
class Account:
    """What Entra knows of one person beyond the directory."""

    consented: set[str] = field(default_factory=set)
    disabled: bool = False
    needs_administrator: bool = False
    # Scopes that are left out of what is granted, as an organisation's policy may do.
    withheld: set[str] = field(default_factory=set)


@dataclass(slots=True, kw_only=True)
class Lifetimes:
    """How long tokens live; without an access lifetime it varies as Entra's does."""

    access: timedelta | None = None
    refresh_in: timedelta | None = None
    refresh: timedelta = REFRESH_LIFETIME
    code: timedelta = CODE_LIFETIME


SecretState = Literal["valid", "expired"]


class Registry:
    """The app registration and everything that was granted to it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.key = SigningKey()
        self.reset()
        world.on_seed(self._seed)
        world.switches.declare(
            "entra.single_sign_on",
            ("off", "on"),
            "off",
            "on: a browser that is signed in and has agreed before is sent back at once, as Entra does; "
            "off: the page is always shown",
        )

    def reset(self) -> None:
        """Return to one app with one secret and nobody's consent."""
        self.secrets: dict[str, SecretState] = {CLIENT_SECRET: "valid"}
        self.redirect_uris: list[str] = []
        self.lifetimes = Lifetimes()
        self._accounts: dict[str, Account] = {}
        self._codes: dict[str, Code] = {}
        self._redeemed: set[str] = set()
        self._refresh_tokens: dict[str, RefreshToken] = {}
        self._sessions: dict[str, User] = {}

    def account(self, user: User) -> Account:
        """Return what is known of a person, beginning with nothing."""
        return self._accounts.setdefault(user.oid, Account())

    def _seed(self, user: User, description: Mapping[str, Any]) -> None:
        self.account(user).needs_administrator = bool(description.get("ConsentNeedsAdministrator", False))

    # The app and its requests

    def check_client(self, client_id: str) -> None:
        """Refuse an app that is not registered."""
        if client_id != CLIENT_ID:
            raise EntraError(
                700016,
                "unauthorized_client",
                f"Application with identifier '{client_id}' was not found in the directory.",
            )

    def check_secret(self, secret: str) -> None:
        """Refuse a caller that cannot prove to be the app."""
        if not secret:
            words = "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."
            raise EntraError(7000218, "invalid_client", words, status=401)
        state = self.secrets.get(secret)
        if state == "expired":
            words = f"The provided client secret keys for app '{CLIENT_ID}' are expired."
            raise EntraError(7000222, "invalid_client", words, status=401)
        if state is None:
            words = (
                "Invalid client secret provided. Ensure the secret being sent in the request is the client secret "
                f"value, not the client secret ID, for a secret added to app '{CLIENT_ID}'."
            )
            raise EntraError(7000215, "invalid_client", words, status=401)

    def accepts_redirect(self, uri: str) -> bool:
        """Say whether answers may go there: one of the registered addresses, or any loopback one while none is."""
        if self.redirect_uris:
            return uri in self.redirect_uris
        return urlsplit(uri).hostname in LOOPBACK and urlsplit(uri).scheme in ("http", "https")

    def check_tenant(self, tenant: str) -> None:
        """Refuse a tenant nobody lives in."""
        known = {TENANT_ID, PERSONAL_TENANT_ID, *(user.tenant_id for user in self._world.directory.users())}
        if tenant not in {"organizations", "common", "consumers", *known}:
            raise EntraError(90002, "invalid_tenant", f"Tenant '{tenant}' not found.")

    def check_may_sign_in(self, user: User, tenant: str) -> None:
        """Refuse an account that this tenant's sign-in page does not serve."""
        if self.account(user).disabled:
            raise REFUSALS[50057].raised()
        if user.personal and tenant not in ("common", "consumers"):
            raise EntraError(
                500200,
                "invalid_request",
                f"User account '{user.upn}' is a personal Microsoft account. Personal Microsoft accounts are not "
                "supported for this application unless explicitly invited to an organization.",
            )
        if (not user.personal and tenant == "consumers") or (
            tenant not in ("common", "organizations", "consumers", user.tenant_id)
        ):
            raise EntraError(
                50020,
                "invalid_request",
                f"User account '{user.upn}' from identity provider does not exist in tenant '{tenant}' "
                "and cannot access the application in that tenant.",
            )

    # Codes

    def issue_code(
        self,
        user: User,
        *,
        redirect_uri: str,
        scopes: tuple[str, ...],
        nonce: str,
        challenge: str,
        challenge_method: str,
    ) -> str:
        """Note the person's consent and issue a code for it."""
        account = self.account(user)
        account.consented |= set(scopes) - account.withheld
        code = f"1.{secrets.token_urlsafe(400)}"
        self._codes[code] = Code(
            user=user,
            redirect_uri=redirect_uri,
            scopes=self.granted(user, scopes),
            nonce=nonce,
            challenge=challenge,
            challenge_method=challenge_method,
            expires_at=self._world.clock.now() + self.lifetimes.code,
        )
        return code

    def code(self, text: str) -> Code:
        """Return a code that can still be redeemed."""
        if text in self._redeemed:
            raise EntraError(54005, "invalid_grant", "OAuth2 Authorization code was already redeemed, please retry.")
        code = self._codes.get(text)
        if code is None:
            raise EntraError(9002313, "invalid_grant", "Invalid request. Request is malformed or invalid.")
        if code.expires_at <= self._world.clock.now():
            raise EntraError(70008, "invalid_grant", "The provided authorization code or refresh token has expired.")
        return code

    def redeem(self, text: str) -> None:
        """Make a code useless."""
        self._redeemed.add(text)

    # Grants

    def granted(self, user: User, scopes: tuple[str, ...]) -> tuple[str, ...]:
        """Return those of the scopes that this person's organisation lets the app have."""
        withheld = {short(scope) for scope in self.account(user).withheld}
        return tuple(scope for scope in scopes if short(scope) not in withheld)

    def issue_refresh_token(self, user: User, scopes: tuple[str, ...]) -> str:
        """Issue a refresh token; those issued before stay as good as they were."""
        token = f"1.{secrets.token_urlsafe(780)}"
        self._refresh_tokens[token] = RefreshToken(
            user=user, scopes=scopes, expires_at=self._world.clock.now() + self.lifetimes.refresh
        )
        return token

    def refresh_token(self, text: str) -> RefreshToken:
        """Return a refresh token that is still good."""
        token = self._refresh_tokens.get(text)
        if token is None:
            raise REFUSALS[70000].raised()
        if self.account(token.user).disabled:
            raise REFUSALS[50057].raised()
        if token.refused_with:
            raise REFUSALS[token.refused_with].raised()
        if token.expires_at <= self._world.clock.now():
            raise REFUSALS[700082].raised()
        return token

    def whose(self, text: str) -> User | None:
        """Return the person behind a code or refresh token, good or not."""
        found = self._codes.get(text) or self._refresh_tokens.get(text)
        return found.user if found else None

    def refuse_grants(self, user: User, number: int) -> int:
        """Make every refresh token a person's app holds fail from now on; a new sign-in gives good ones."""
        theirs = [token for token in self._refresh_tokens.values() if token.user == user]
        for token in theirs:
            token.refused_with = number
        if number == REFUSALS[65001].code:
            self.account(user).consented.clear()
        return len(theirs)

    def good_grants(self, user: User) -> int:
        """Count the refresh tokens of a person that still work."""
        now = self._world.clock.now()
        theirs = [token for token in self._refresh_tokens.values() if token.user == user]
        return sum(not token.refused_with and token.expires_at > now for token in theirs)

    def refused_grants(self, user: User) -> int:
        """Count the refresh tokens of a person that were spoiled."""
        return sum(bool(token.refused_with) for token in self._refresh_tokens.values() if token.user == user)

    # Browsers that stay signed in

    def sign_in(self, user: User) -> str:
        """Begin a browser session."""
        session = secrets.token_urlsafe(32)
        self._sessions[session] = user
        return session

    def signed_in(self, session: str) -> User | None:
        """Return who a browser session belongs to."""
        return self._sessions.get(session)


def short(scope: str) -> str:
    """Return a scope as Graph names it."""
    return scope.removeprefix(GRAPH_PREFIX)


def check_resource(scopes: tuple[str, ...]) -> None:
    """Refuse scopes of anything but Graph: nothing else is registered here."""
    for scope in scopes:
        resource = scope.rpartition("/")[0]
        if resource and not scope.startswith(GRAPH_PREFIX):
            raise EntraError(
                500011, "invalid_resource", f"The resource principal named {resource} was not found in the tenant."
            )
