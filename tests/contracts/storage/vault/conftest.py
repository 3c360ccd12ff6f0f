"""The simulated vault, and the identity that may use it."""

from collections.abc import Iterator

import pytest

from shared_code.adapters.azure_clients import app_identity
from tests.control import Control


@pytest.fixture(name="vault_url")
def vault_url_fixture(simulators: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> str:
    """Give the address of the simulated vault, and this process the identity that may use it."""
    monkeypatch.setenv("IDENTITY_ENDPOINT", simulators["IdentityEndpoint"])
    monkeypatch.setenv("IDENTITY_HEADER", simulators["IdentityHeader"])
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", simulators["CaBundle"])
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    app_identity.cache_clear()
    return simulators["KeyVaultUrl"]


@pytest.fixture(name="owner")
def owner_fixture(simulators: dict[str, str]) -> Iterator[Control]:
    """Give the means to change the vault's rules and to break it, and put all of it right afterwards."""
    owner = Control(simulators["ControlUrl"])
    yield owner
    owner.clear_faults()
    owner.call("PUT", "vault/rules", {"PurgeProtection": False, "Allowed": True, "DeletionSeconds": 0})
