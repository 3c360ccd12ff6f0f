"""The simulated Key Vault through Azure's own client and managed identity."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import requests
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.identity import ManagedIdentityCredential
from azure.keyvault.secrets import SecretClient

from tests.sandbox.conftest import LiveSandbox

PATIENCE = 30
Opened = Callable[..., SecretClient]


@pytest.fixture(name="opened")
def opened_fixture(live_sandbox: LiveSandbox, monkeypatch: pytest.MonkeyPatch) -> Opened:
    monkeypatch.setenv("IDENTITY_ENDPOINT", live_sandbox.addresses["IdentityEndpoint"])
    monkeypatch.setenv("IDENTITY_HEADER", live_sandbox.addresses["IdentityHeader"])

    def opened(url: str = live_sandbox.key_vault_url, *, check: bool = False, retries: int = 0) -> SecretClient:
        return SecretClient(
            url, ManagedIdentityCredential(), verify_challenge_resource=check, retry_total=retries, polling_interval=0
        )

    return opened


def test_a_secret_is_written_and_read_with_the_apps_identity(opened: Opened) -> None:
    client = opened()

    written = client.set_secret("rep-1", "tokens", content_type="application/json", tags={"rep": "1"})
    read = client.get_secret("rep-1")

    assert read.value == "tokens"
    assert read.properties.version == written.properties.version
    assert read.properties.content_type == "application/json"
    assert read.properties.tags == {"rep": "1"}
    assert read.properties.recovery_level == "Recoverable+Purgeable"


def test_every_write_is_a_version_of_its_own(opened: Opened) -> None:
    client = opened()
    first = client.set_secret("rep-1", "one")
    client.set_secret("rep-1", "two")

    newest = client.get_secret("rep-1").value
    oldest = client.get_secret("rep-1", version=first.properties.version).value
    versions = list(client.list_properties_of_secret_versions("rep-1"))

    assert (newest, oldest, len(versions)) == ("two", "one", 2)


def test_long_lists_come_in_pages(opened: Opened) -> None:
    client = opened()
    names = {f"rep-{number:02}" for number in range(30)}
    for name in names:
        client.set_secret(name, "x")

    pages = [[secret.name for secret in page] for page in client.list_properties_of_secrets().by_page()]

    assert [len(page) for page in pages] == [25, 5]
    assert {name for page in pages for name in page} == names


def test_a_disabled_secret_cannot_be_read(opened: Opened) -> None:
    client = opened()
    client.set_secret("rep-1", "x")

    client.update_secret_properties("rep-1", enabled=False)

    with pytest.raises(HttpResponseError) as refused:
        client.get_secret("rep-1")
    assert refused.value.status_code == 403


def test_a_deleted_secret_keeps_its_name_until_it_is_purged(opened: Opened) -> None:
    client = opened()
    client.set_secret("rep-1", "x")
    client.begin_delete_secret("rep-1").wait()

    with pytest.raises(ResourceNotFoundError):
        client.get_secret("rep-1")
    with pytest.raises(ResourceExistsError, match="deleted but recoverable"):
        client.set_secret("rep-1", "y")
    client.purge_deleted_secret("rep-1")
    client.set_secret("rep-1", "y")

    assert client.get_secret("rep-1").value == "y"


def test_a_deleted_secret_can_be_found_and_recovered(opened: Opened) -> None:
    client = opened()
    client.set_secret("rep-1", "x")
    deleted = client.begin_delete_secret("rep-1").result()
    listed = [secret.name for secret in client.list_deleted_secrets()]

    client.begin_recover_deleted_secret("rep-1").wait()

    assert listed == ["rep-1"]
    assert deleted.deleted_date is not None
    assert deleted.scheduled_purge_date is not None
    assert (deleted.scheduled_purge_date - deleted.deleted_date).days == 90
    assert client.get_secret("rep-1").value == "x"


def test_a_deleted_secret_is_gone_after_ninety_days(live_sandbox: LiveSandbox, opened: Opened) -> None:
    client = opened()
    client.set_secret("rep-1", "x")
    client.begin_delete_secret("rep-1").wait()

    live_sandbox.control("POST", "/clock", {"AdvanceSeconds": 91 * 24 * 3600})

    assert opened().set_secret("rep-1", "y").value == "y"


def test_purge_protection_forbids_purging(live_sandbox: LiveSandbox, opened: Opened) -> None:
    live_sandbox.control("PUT", "/vault/rules", {"PurgeProtection": True})
    client = opened()
    client.set_secret("rep-1", "x")
    client.begin_delete_secret("rep-1").wait()

    with pytest.raises(HttpResponseError) as refused:
        client.purge_deleted_secret("rep-1")

    assert refused.value.status_code == 403


def test_a_deletion_that_takes_time_is_waited_for(live_sandbox: LiveSandbox, opened: Opened) -> None:
    live_sandbox.control("PUT", "/vault/rules", {"DeletionSeconds": 3600})
    client = opened()
    client.set_secret("rep-1", "x")
    deleting = client.begin_delete_secret("rep-1")

    with pytest.raises(ResourceExistsError, match="being deleted"):
        client.set_secret("rep-1", "y")
    live_sandbox.control("POST", "/clock", {"AdvanceSeconds": 3601})

    deleting.wait(PATIENCE)
    assert deleting.done()


def test_a_value_has_at_most_25_kilobytes(opened: Opened) -> None:
    client = opened()
    client.set_secret("rep-1", "x" * 25 * 1024)

    with pytest.raises(HttpResponseError) as refused:
        client.set_secret("rep-1", "x" * (25 * 1024 + 1))

    assert refused.value.status_code == 400


def test_names_are_letters_digits_and_hyphens(opened: Opened) -> None:
    with pytest.raises(HttpResponseError) as refused:
        opened().set_secret("rep_1", "x")

    assert refused.value.status_code == 400


def test_the_challenge_names_azure_unless_it_is_switched(live_sandbox: LiveSandbox, opened: Opened) -> None:
    with pytest.raises(ValueError, match="challenge resource"):
        opened(check=True).get_secret("rep-1")
    live_sandbox.control("PUT", "/switches", {"vault.challenge_resource": "suffix"})
    secret = requests.get(live_sandbox.key_vault_url + "/secrets/rep-1", timeout=PATIENCE)

    assert secret.status_code == 401
    port = live_sandbox.key_vault_url.rpartition(":")[2]
    assert f'resource="https://0.0.1:{port}"' in secret.headers["WWW-Authenticate"]


def test_a_token_for_another_resource_is_refused(live_sandbox: LiveSandbox) -> None:
    identity = requests.get(
        live_sandbox.addresses["IdentityEndpoint"],
        params={"api-version": "2019-08-01", "resource": "https://storage.azure.com"},
        headers={"X-IDENTITY-HEADER": live_sandbox.addresses["IdentityHeader"]},
        timeout=PATIENCE,
    )

    refused = requests.get(
        live_sandbox.key_vault_url + "/secrets/x?api-version=7.5",
        headers={"Authorization": f"Bearer {identity.json()['access_token']}"},
        timeout=PATIENCE,
    )

    assert refused.status_code == 401
    assert "Invalid audience" in refused.json()["error"]["message"]


def test_the_identity_endpoint_knows_its_machine_by_a_header(live_sandbox: LiveSandbox) -> None:
    endpoint = live_sandbox.addresses["IdentityEndpoint"]
    good = {"X-IDENTITY-HEADER": live_sandbox.addresses["IdentityHeader"]}
    asked = {"api-version": "2019-08-01", "resource": "https://vault.azure.net"}

    stranger = requests.get(endpoint, params=asked, timeout=PATIENCE)
    other_resource = requests.get(endpoint, params={**asked, "resource": "https://x"}, headers=good, timeout=PATIENCE)
    other_identity = requests.get(endpoint, params={**asked, "client_id": "x"}, headers=good, timeout=PATIENCE)

    assert (stranger.status_code, other_resource.status_code, other_identity.status_code) == (401, 400, 400)


def test_a_user_assigned_identity_is_asked_for_by_its_client_id(live_sandbox: LiveSandbox, opened: Opened) -> None:
    opened()
    client_id = live_sandbox.addresses["IdentityClientId"]
    client = SecretClient(
        live_sandbox.key_vault_url, ManagedIdentityCredential(client_id=client_id), verify_challenge_resource=False
    )

    client.set_secret("rep-1", "x")

    actors = {entry.actor for entry in live_sandbox.world.journal.since(0, "vault")}
    assert client_id in actors


def test_a_caller_without_a_role_is_forbidden(live_sandbox: LiveSandbox, opened: Opened) -> None:
    live_sandbox.control("PUT", "/vault/rules", {"Allowed": False})

    with pytest.raises(HttpResponseError) as refused:
        opened().get_secret("rep-1")

    assert refused.value.status_code == 403


def test_a_request_without_an_api_version_is_refused(live_sandbox: LiveSandbox) -> None:
    directory = live_sandbox.world.directory
    token = directory.issue_app_token(
        "https://vault.azure.net", live_sandbox.addresses["IdentityClientId"], timedelta(hours=1)
    )

    answer = requests.get(
        live_sandbox.key_vault_url + "/secrets", headers={"Authorization": f"Bearer {token}"}, timeout=PATIENCE
    )

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BadParameter")


def test_a_throttled_vault_is_tried_again_by_azures_own_client(live_sandbox: LiveSandbox, opened: Opened) -> None:
    client = opened(retries=3)
    client.set_secret("rep-1", "x")
    live_sandbox.control("POST", "/faults", {"Service": "vault", "Kind": "throttle", "RetryAfter": "1"})

    value = client.get_secret("rep-1").value

    statuses = [entry.status for entry in live_sandbox.world.journal.since(0, "vault")][-2:]
    assert value == "x"
    assert statuses == [429, 200]


def test_localhost_and_127_0_0_1_are_two_vaults(live_sandbox: LiveSandbox, opened: Opened) -> None:
    first, second = opened(), opened(live_sandbox.key_vault_url.replace("127.0.0.1", "localhost"))

    first.set_secret("rep-1", "x")

    with pytest.raises(ResourceNotFoundError):
        second.get_secret("rep-1")


def test_the_control_plane_shows_names_and_sizes_but_no_values(live_sandbox: LiveSandbox, opened: Opened) -> None:
    opened().set_secret("rep-1", "very secret")

    shown = live_sandbox.control("GET", "/vault/secrets")

    assert shown == {"Secrets": [{"Host": "127.0.0.1", "Name": "rep-1", "Versions": 1, "Bytes": 11, "Deleted": False}]}
