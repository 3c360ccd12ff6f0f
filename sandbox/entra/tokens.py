"""Id tokens: what Entra says of a person, signed."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from sandbox.directory import CLIENT_ID, User, base64url

ID_TOKEN_LIFETIME = timedelta(hours=1)
EARLY = timedelta(minutes=5)
KEY_BITS = 2048


class SigningKey:
    """One RSA key that signs id tokens and is published in the key set."""

    def __init__(self) -> None:
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
        numbers = self._key.public_key().public_numbers()
        self._modulus = base64url(numbers.n.to_bytes(KEY_BITS // 8, "big"))
        self._exponent = base64url(numbers.e.to_bytes(3, "big"))
        self.key_id = base64url(hashlib.sha256(self._modulus.encode()).digest()[:20])

    def as_jwk(self) -> dict[str, str]:
        """Return the public half as a key set shows it."""
        return {
            "kty": "RSA",
            "use": "sig",
            "kid": self.key_id,
            "x5t": self.key_id,
            "n": self._modulus,
            "e": self._exponent,
        }

    def signed(self, claims: Mapping[str, Any]) -> str:
        """Return a JWT of these claims, signed with RS256."""
        header = {"typ": "JWT", "alg": "RS256", "kid": self.key_id}
        text = ".".join(base64url(json.dumps(part, separators=(",", ":")).encode()) for part in (header, dict(claims)))
        signature = self._key.sign(text.encode("ascii"), padding.PKCS1v15(), hashes.SHA256())
        return f"{text}.{base64url(signature)}"


def pairwise_subject(user: User) -> str:
    """Return the id by which one app knows a person, and no other app does."""
    return base64url(hashlib.sha256(f"{CLIENT_ID}:{user.oid}".encode()).digest())


def id_token_claims(user: User, scopes: tuple[str, ...], *, host: str, nonce: str, now: datetime) -> dict[str, Any]:
    """Return an id token's claims. Source: Microsoft docs, entra id-token-claims-reference."""
    claims: dict[str, Any] = {
        "aud": CLIENT_ID,
        "iss": f"https://{host}/{user.tenant_id}/v2.0",
        # Entra's tokens begin five minutes early, for clocks that are behind.
        "iat": int((now - EARLY).timestamp()),
        "nbf": int((now - EARLY).timestamp()),
        "exp": int((now + ID_TOKEN_LIFETIME).timestamp()),
        "sub": pairwise_subject(user),
        "tid": user.tenant_id,
        "ver": "2.0",
    }
    if "profile" in scopes:
        claims |= {"name": user.display_name, "oid": user.oid, "preferred_username": user.upn}
    if nonce:
        claims["nonce"] = nonce
    return claims


def client_info(user: User) -> str:
    """Return the account's home, as MSAL keys its cache by it."""
    return base64url(json.dumps({"uid": user.oid, "utid": user.tenant_id}).encode())


def challenge_met(verifier: str, challenge: str, method: str) -> bool:
    """Say whether a verifier is the one a PKCE challenge was made from."""
    if method == "S256":
        digest = hashlib.sha256(verifier.encode("ascii", "replace")).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == challenge
    return verifier == challenge
