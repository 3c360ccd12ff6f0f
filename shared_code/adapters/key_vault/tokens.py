"""Keeps token caches in Key Vault, one secret for each connection of a rep, under a random name."""

import hashlib
import uuid
from collections.abc import Sequence

from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from shared_code.adapters.azure_failures import is_conflict, is_forbidden, is_missing
from shared_code.adapters.key_vault.client import TAGS, asking_vault, vault_opener
from shared_code.domain.connections import TokenPlace

CONTENT_TYPE = "application/json"


class KeyVaultTokens:
    """Keeps token caches in one or several vaults.

    A name is never used again for another connection: a deleted one stays taken for the vault's retention time.
    Source: Microsoft docs, key-vault/general/soft-delete-overview
    """

    def __init__(
        self, vault_urls: Sequence[str], *, client_id: str | None = None, challenge_check: bool = True
    ) -> None:
        self._vault_urls = tuple(vault_urls)
        self._client = vault_opener(client_id, challenge_check=challenge_check)

    def keep(self, token_cache: str, place: TokenPlace | None = None) -> TokenPlace:
        """Store the cache, in a new place unless one is given, and return where it lies.

        A place whose secret was deleted meanwhile cannot be written; the cache then goes to a new one.
        """
        with asking_vault():
            if place is not None:
                try:
                    self._write(place, token_cache)
                except HttpResponseError as error:
                    if not is_conflict(error):
                        raise
                else:
                    return place
            fresh = self._new_place()
            self._write(fresh, token_cache)
            return fresh

    def read(self, place: TokenPlace) -> str | None:
        """Return the cache, or None when the vault has it no more."""
        with asking_vault():
            try:
                return self._client(place.vault_url).get_secret(place.secret_name).value
            except ResourceNotFoundError:
                return None

    def destroy(self, place: TokenPlace) -> None:
        """Delete the cache, and purge it where the vault permits.

        Nothing waits: deleting takes the vault some seconds, and where it has not ended yet, or purging is not
        allowed, the vault purges by itself when the retention time is over.
        """
        with asking_vault():
            client = self._client(place.vault_url)
            try:
                client.begin_delete_secret(place.secret_name)
            except HttpResponseError as error:
                if not is_missing(error) and not is_conflict(error):
                    raise
            try:
                client.purge_deleted_secret(place.secret_name)
            except HttpResponseError as error:
                if not (is_missing(error) or is_conflict(error) or is_forbidden(error)):
                    raise

    def _write(self, place: TokenPlace, token_cache: str) -> None:
        client = self._client(place.vault_url)
        client.set_secret(place.secret_name, token_cache, content_type=CONTENT_TYPE, tags=dict(TAGS))

    def _new_place(self) -> TokenPlace:
        """Return a place that nobody had; its name alone decides which vault, so that all fill evenly."""
        name = f"rep-{uuid.uuid4().hex}"
        number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4])
        return TokenPlace(vault_url=self._vault_urls[number % len(self._vault_urls)], secret_name=name)
