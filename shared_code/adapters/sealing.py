"""Sealing of what passes through browsers: Fernet (AES-128-CBC with HMAC-SHA256), one derived key for each purpose."""

import base64
from collections.abc import Sequence
from datetime import timedelta

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from shared_code.use_cases.ports import Clock


class FernetSealer:
    """Seals with the first signing key, unseals with any, so that a key can be exchanged while links are under way."""

    def __init__(self, signing_keys: Sequence[bytes], clock: Clock) -> None:
        self._signing_keys = tuple(signing_keys)
        self._clock = clock

    def seal(self, purpose: str, text: str) -> str:
        """Return the text as a token that is safe in an address."""
        at = int(self._clock.now().timestamp())
        return self._fernet(purpose).encrypt_at_time(text.encode(), at).decode()

    def unseal(self, purpose: str, token: str, *, lasting: timedelta) -> str | None:
        """Return the text, or None when the token is not ours, was changed, is for another purpose or too old."""
        at, lifetime = int(self._clock.now().timestamp()), int(lasting.total_seconds())
        try:
            return self._fernet(purpose).decrypt_at_time(token.encode("utf-8", "replace"), lifetime, at).decode()
        except InvalidToken:
            return None

    def _fernet(self, purpose: str) -> MultiFernet:
        return MultiFernet([Fernet(_derived(key, purpose)) for key in self._signing_keys])


def _derived(signing_key: bytes, purpose: str) -> bytes:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"salesexec-seal:{purpose}".encode())
    return base64.urlsafe_b64encode(derived.derive(signing_key))
