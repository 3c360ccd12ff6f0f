"""The people and organisations of the sandbox, and the access tokens that stand for them."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

TENANT_ID = "5a1e5e8e-c0de-4c0d-8a11-0f0f0f0f0f01"
PERSONAL_TENANT_ID = "9188040d-6c67-4c5b-b112-36a304b66dad"
CLIENT_ID = "c1a0c1a0-0000-4000-8000-5a1e5e8ec0de"
GRAPH_AUDIENCE = "https://graph.microsoft.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """One account, of an organisation or personal."""

    oid: str
    tenant_id: str
    upn: str
    display_name: str
    personal: bool = False
    licensed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What an access token lets its bearer do, as one user."""

    user: User
    scopes: tuple[str, ...]
    client_id: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AppGrant:
    """What a managed identity's access token lets the app do, as itself."""

    audience: str
    client_id: str
    expires_at: datetime


def base64url(raw: bytes) -> str:
    """Return unpadded URL-safe base64, as JWTs are written."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def looks_like_jwt(claims: Mapping[str, Any]) -> str:
    """Return a token that reads like Entra's but is only ever looked up, never verified."""
    header = {"typ": "JWT", "nonce": secrets.token_urlsafe(32), "alg": "RS256", "x5t": "sandbox", "kid": "sandbox"}
    parts = [base64url(json.dumps(part, separators=(",", ":")).encode()) for part in (header, dict(claims))]
    return ".".join([*parts, secrets.token_urlsafe(256)])


class Directory:
    """Tenants, accounts, and every access token that was issued and not revoked."""

    def __init__(self, *, now: Callable[[], datetime], guid: Callable[[], str]) -> None:
        self._now = now
        self._guid = guid
        self._users: dict[str, User] = {}
        self._grants: dict[str, Grant] = {}
        self._app_grants: dict[str, AppGrant] = {}

    def add_user(
        self,
        *,
        upn: str,
        display_name: str,
        tenant_id: str | None = None,
        oid: str | None = None,
        personal: bool = False,
        licensed: bool = True,
    ) -> User:
        """Create an account; its UPN and object id must be new."""
        user = User(
            oid=oid or self._guid(),
            tenant_id=tenant_id or (PERSONAL_TENANT_ID if personal else TENANT_ID),
            upn=upn,
            display_name=display_name,
            personal=personal,
            licensed=licensed,
        )
        if self.user_by_upn(upn) or user.oid in self._users:
            raise ValueError(f"there is an account {upn} or {user.oid} already")
        self._users[user.oid] = user
        return user

    def users(self) -> list[User]:
        """Return all accounts in the order they were made."""
        return list(self._users.values())

    def user_by_upn(self, upn: str) -> User | None:
        """Return the account with that sign-in name, whatever its case."""
        return next((user for user in self._users.values() if user.upn.lower() == upn.lower()), None)

    def user_by_oid(self, oid: str) -> User | None:
        """Return the account with that object id."""
        return self._users.get(oid)

    def issue_access_token(
        self, user: User, scopes: tuple[str, ...], lifetime: timedelta, client_id: str = CLIENT_ID
    ) -> str:
        """Issue a token for Graph that `authenticate` accepts until it expires or is revoked."""
        now = self._now()
        claims = {
            "aud": GRAPH_AUDIENCE,
            "iss": f"https://sts.windows.net/{user.tenant_id}/",
            "iat": int(now.timestamp()),
            "nbf": int(now.timestamp()),
            "exp": int((now + lifetime).timestamp()),
            "appid": client_id,
            "name": user.display_name,
            "oid": user.oid,
            "scp": " ".join(scopes),
            "tid": user.tenant_id,
            "upn": user.upn,
            "ver": "1.0",
        }
        token = looks_like_jwt(claims)
        self._grants[token] = Grant(user=user, scopes=scopes, client_id=client_id, expires_at=now + lifetime)
        return token

    def authenticate(self, access_token: str) -> Grant | None:
        """Return what the token grants, or nothing when it is unknown, expired or revoked."""
        grant = self._grants.get(access_token)
        return grant if grant and grant.expires_at > self._now() else None

    def issue_app_token(self, audience: str, client_id: str, lifetime: timedelta) -> str:
        """Issue a managed identity's token for one resource."""
        now = self._now()
        claims = {
            "aud": audience,
            "iss": f"https://sts.windows.net/{TENANT_ID}/",
            "iat": int(now.timestamp()),
            "nbf": int(now.timestamp()),
            "exp": int((now + lifetime).timestamp()),
            "appid": client_id,
            "idtyp": "app",
            "tid": TENANT_ID,
        }
        token = looks_like_jwt(claims)
        self._app_grants[token] = AppGrant(audience=audience, client_id=client_id, expires_at=now + lifetime)
        return token

    def authenticate_app(self, access_token: str) -> AppGrant | None:
        """Return what a managed identity's token grants, or nothing."""
        grant = self._app_grants.get(access_token)
        return grant if grant and grant.expires_at > self._now() else None

    def revoke_access_tokens(self, user: User) -> int:
        """Make every access token of an account worthless at once, and say how many there were."""
        theirs = [token for token, grant in self._grants.items() if grant.user.oid == user.oid]
        for token in theirs:
            del self._grants[token]
        return len(theirs)

    def reset(self) -> None:
        """Forget every account and its tokens; an app that keeps running keeps its identity."""
        self._users.clear()
        self._grants.clear()


def bearer_token(authorization: str) -> str:
    """Return the token of an Authorization header, or an empty text."""
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
