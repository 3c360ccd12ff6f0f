"""The keys that waiting content is encrypted with: versions of one secret in the first vault, 32 random bytes each.

A new version is a new key; older ones stay readable by their version for what was encrypted with them.
"""

import base64
import binascii
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING

from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from shared_code.adapters.azure_failures import is_conflict, is_disabled, is_forbidden, is_missing
from shared_code.adapters.key_vault.client import TAGS, asking_vault, vault_opener
from shared_code.use_cases.errors import Refused, SyncError, TryAgainLater
from shared_code.use_cases.ports import Clock

if TYPE_CHECKING:
    from azure.keyvault.secrets import KeyVaultSecret, SecretClient

SECRET_NAME = "waiting-data-key"  # noqa: S105 - the name of a secret, not a secret
CONTENT_TYPE = "application/octet-stream;base64"
KEY_BYTES = 32

ROTATED_AFTER = timedelta(days=90)
LOOKED_UP_EVERY = timedelta(hours=1)
"""How long a process goes on with the key it has before it looks for a newer one, or for one that was disabled."""

_PAUSE = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class DataKey:
    """A key, and the id by which it is found again."""

    id: str
    secret: bytes = field(repr=False)


class DataKeys:
    """Keeps data keys in Key Vault and, once read, in memory. Raises nothing but TryAgainLater.

    Safety: a vault that forbids or answers oddly is never the fault of the push whose content is to be kept or read;
    roles are put right, and the push must still be there.
    """

    def __init__(
        self, vault_urls: Sequence[str], clock: Clock, *, client_id: str | None = None, challenge_check: bool = True
    ) -> None:
        self._vault_urls = tuple(vault_urls)
        self._clock = clock
        self._client = vault_opener(client_id, challenge_check=challenge_check)
        self._lock = Lock()
        self._known: dict[str, DataKey] = {}
        self._current: DataKey | None = None
        self._look_up_at: datetime | None = None

    def current(self) -> DataKey:
        """Return the key to encrypt with; made when there is none, and anew when it has become old."""
        with self._lock:
            now = self._clock.now()
            if self._current is not None and self._look_up_at is not None and now < self._look_up_at:
                return self._current
            try:
                self._current = self._kept(self._looked_up(now))
            except SyncError as error:
                if self._current is None:
                    raise _waiting_for_the_vault(error) from error
                # The key at hand is as good as it was; a vault that is down is not asked for each push.
            self._look_up_at = now + LOOKED_UP_EVERY
            return self._current

    def by_id(self, key_id: str) -> DataKey | None:
        """Return the key something was encrypted with, or None when it is gone for good or was disabled."""
        if key_id in self._known:
            return self._known[key_id]
        with self._lock:
            try:
                return self._version(key_id)
            except SyncError as error:
                raise _waiting_for_the_vault(error) from error

    def _looked_up(self, now: datetime) -> DataKey:
        """Read the newest key, or make one.

        Two processes that make one at the same time make two versions: each encrypts with its own for a while, and
        both can read both.
        """
        with asking_vault():
            client = self._client(self._vault_urls[0])
            try:
                found = client.get_secret(SECRET_NAME)
            except HttpResponseError as error:
                # Quirk: a disabled version cannot be read; what is wanted then is a new key, not no key.
                if not is_missing(error) and not is_disabled(error):
                    raise
            else:
                made_at = found.properties.created_on
                key = _key_of(found)
                if key is not None and made_at is not None and now - made_at < ROTATED_AFTER:
                    return key
            return self._made(client)

    def _made(self, client: "SecretClient") -> DataKey:
        value = base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
        try:
            made = client.set_secret(SECRET_NAME, value, content_type=CONTENT_TYPE, tags=dict(TAGS))
        except HttpResponseError as error:
            if is_conflict(error):
                self._recover(client)
            raise
        key = _key_of(made)
        if key is None:
            raise Refused("Key Vault stored another data key than the one given")
        return key

    def _recover(self, client: "SecretClient") -> None:
        """Take back a deletion of the secret: its name is taken for as long, and what waits needs its versions.

        Who wants content to be unreadable disables the versions instead.
        Source: Microsoft docs, key-vault/general/soft-delete-overview
        """
        words = f"the secret {SECRET_NAME} was deleted and is being recovered"
        try:
            client.begin_recover_deleted_secret(SECRET_NAME)
        except HttpResponseError as error:
            # While it is still being deleted or recovered this is a conflict, which passes by itself.
            if is_forbidden(error):
                words = f"the secret {SECRET_NAME} was deleted, and our role does not allow to recover it"
        raise TryAgainLater(words, retry_after=_PAUSE)

    def _version(self, key_id: str) -> DataKey | None:
        """Read a key from whichever vault has it: the order of the vaults may have changed since."""
        with asking_vault():
            for vault_url in self._vault_urls:
                client = self._client(vault_url)
                try:
                    found = _key_of(client.get_secret(SECRET_NAME, key_id))
                except HttpResponseError as error:
                    if is_disabled(error):
                        return None
                    if not is_missing(error):
                        raise
                    if _is_deleted(client):
                        self._recover(client)
                else:
                    return None if found is None else self._kept(found)
        return None

    def _kept(self, key: DataKey) -> DataKey:
        return self._known.setdefault(key.id, key)


def _is_deleted(client: "SecretClient") -> bool:
    """Tell whether the secret was deleted and can still be had back."""
    try:
        client.get_deleted_secret(SECRET_NAME)
    except ResourceNotFoundError:
        return False
    except HttpResponseError as error:
        if is_forbidden(error):
            # Our role does not allow to look, so it does not allow to recover either.
            return False
        raise
    return True


def _key_of(found: "KeyVaultSecret") -> DataKey | None:
    """Read a version; None when it holds no key, because somebody wrote something else there."""
    try:
        secret = base64.b64decode(found.value or "", validate=True)
    except (ValueError, binascii.Error):
        return None
    version = found.properties.version
    return DataKey(version, secret) if version and len(secret) == KEY_BYTES else None


def _waiting_for_the_vault(error: SyncError) -> TryAgainLater:
    if isinstance(error, TryAgainLater):
        return error
    return TryAgainLater(
        f"no key for waiting content: {error}", retry_after=_PAUSE, status=error.status, code=error.code
    )
