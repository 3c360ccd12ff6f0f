"""The clients of the vaults, and what their failures mean; tokens and data keys both go through here."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

from shared_code.adapters.azure_clients import RETRIES, app_identity, shared_transport
from shared_code.adapters.azure_failures import sorted_failures
from shared_code.use_cases.errors import Refused

if TYPE_CHECKING:
    from azure.keyvault.secrets import SecretClient

SYSTEM = "Key Vault"
TAGS = {"product": "salesexec-calendar-sync"}


@contextmanager
def asking_vault() -> Iterator[None]:
    """Sort what goes wrong inside the block.

    Safety: the client refuses to send our identity's token to a host that is no vault of Azure's, with a ValueError.
    Source: Microsoft docs, key-vault/general/authentication, challenge resource verification
    """
    with sorted_failures(SYSTEM):
        try:
            yield
        except ValueError as error:
            raise Refused("Key Vault: the address is no vault's, or KEY_VAULT_CHALLENGE_CHECK forbids it") from error


def vault_opener(client_id: str | None, *, challenge_check: bool) -> Callable[[str], "SecretClient"]:
    """Return a function that gives the client of a vault, made when first needed and then kept.

    The package is loaded then too: it takes 120 ms.
    """

    @cache
    def client_of(vault_url: str) -> "SecretClient":
        from azure.keyvault.secrets import SecretClient

        return SecretClient(
            vault_url,
            app_identity(client_id),
            verify_challenge_resource=challenge_check,
            transport=shared_transport(),
            **RETRIES,
        )

    return client_of
