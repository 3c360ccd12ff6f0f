"""Storage without any key: the app's managed identity, addresses only."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.azurite import Azurite, Certificate
from shared_code.adapters.azure_clients import app_identity
from shared_code.adapters.queues.work_queue import StorageWorkQueue
from shared_code.adapters.tables.connections import TableConnections
from shared_code.adapters.tables.pairs.store import TablePairs
from shared_code.adapters.tables.table import Tables
from shared_code.settings import Settings, Storage
from shared_code.use_cases.errors import Refused
from shared_code.use_cases.ports import Poll
from tests.builders import ANNA, NOW, a_connection, a_pair

pytest_plugins = ["tests.contracts.simulators"]


@pytest.fixture(scope="module", name="secured")
def secured_fixture(simulators: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Azurite]:
    """Give a storage account that speaks https and takes tokens."""
    server = Path(simulators["CaFile"]).with_name("server.pem")
    certificate = Certificate(certificate=server, key=server)
    with Azurite(tmp_path_factory.mktemp("secured"), certificate=certificate) as azurite:
        yield azurite


@pytest.fixture(name="storage_by_identity")
def storage_by_identity_fixture(
    secured: Azurite, simulators: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Storage]:
    monkeypatch.setenv("IDENTITY_ENDPOINT", simulators["IdentityEndpoint"])
    monkeypatch.setenv("IDENTITY_HEADER", simulators["IdentityHeader"])
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", simulators["CaBundle"])
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    app_identity.cache_clear()
    yield Storage(
        table_service_uri=secured.endpoints["Table"],
        queue_service_uri=secured.endpoints["Queue"],
        client_id=simulators["IdentityClientId"],
    )
    app_identity.cache_clear()


def test_tables_are_reached_as_the_apps_identity(storage_by_identity: Storage) -> None:
    tables = Tables(storage_by_identity)

    saved = TableConnections(tables).save(a_connection())
    pair = TablePairs(tables).save(a_pair(), pushed_at=NOW)

    assert TableConnections(tables).get(ANNA) == saved
    assert TablePairs(tables).last_push_at(pair.book) == NOW


def test_queues_are_reached_as_the_apps_identity(storage_by_identity: Storage) -> None:
    StorageWorkQueue(storage_by_identity).send(Poll(user=ANNA))


REQUIRED = {
    "AzureWebJobsStorage__accountName": "account",
    "ENTRA_CLIENT_ID": "client",
    "ENTRA_CLIENT_SECRET": "secret",
    "KEY_VAULT_URL": "https://vault.example",
    "PUBLIC_BASE_URL": "https://sync.example",
    "SALESEXEC_API_URL": "https://crm.example/api",
    "SALESEXEC_AUTH_TOKEN": "token",
    "SALESEXEC_LEAD_URL_TEMPLATE": "https://crm.example/leads/{LeadGuid}",
    "ALLOWED_LINK_HOSTS": "crm.example",
    "LINK_SIGNING_KEY": "00" * 32,
}


@pytest.mark.parametrize(
    ("named", "identity"),
    [
        ({}, None),
        ({"AZURE_CLIENT_ID": "app"}, "app"),
        ({"AzureWebJobsStorage__clientId": "storage"}, "storage"),
        ({"AZURE_CLIENT_ID": "app", "AzureWebJobsStorage__clientId": "storage"}, "storage"),
    ],
)
def test_storage_is_reached_as_the_identity_named_for_it_or_else_for_the_app(
    named: dict[str, str], identity: str | None
) -> None:
    settings = Settings.from_environment({**REQUIRED, **named})

    assert settings.storage.client_id == identity


@pytest.mark.usefixtures("storage_by_identity")
def test_no_token_goes_over_plain_http() -> None:
    plain = Storage(table_service_uri="http://127.0.0.1:9/account", queue_service_uri="http://127.0.0.1:9/account")

    with pytest.raises(Refused):
        TableConnections(Tables(plain)).get(ANNA)
    with pytest.raises(Refused):
        StorageWorkQueue(plain).send(Poll(user=ANNA))
