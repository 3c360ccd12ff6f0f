"""Keys: what waiting content is encrypted with is made once, found again, rotated, and never lost by accident."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from azure.core.exceptions import ResourceNotFoundError
from azure.keyvault.secrets import SecretClient

from shared_code.adapters.azure_clients import app_identity
from shared_code.adapters.key_vault.data_keys import SECRET_NAME, DataKeys
from shared_code.adapters.tables.waiting.content import Keys
from shared_code.use_cases.errors import TryAgainLater
from tests.contracts.conftest import FAKE_AND_REAL, all_at_once
from tests.control import Control
from tests.fakes.clock import FakeClock
from tests.fakes.data_keys import FakeDataKeys

pytest_plugins = ["tests.contracts.simulators"]

type Process = Callable[[], DataKeys]


@pytest.fixture(name="clock")
def clock_fixture() -> FakeClock:
    return FakeClock(datetime.now(UTC))


@pytest.fixture(name="admin")
def admin_fixture(vault_url: str, simulators: dict[str, str]) -> SecretClient:
    """Give the vault as its administrator has it, without any data key in it."""
    identity = app_identity(simulators["IdentityClientId"])
    admin = SecretClient(vault_url, identity, verify_challenge_resource=False)
    try:
        admin.begin_delete_secret(SECRET_NAME).wait()
        admin.purge_deleted_secret(SECRET_NAME)
    except ResourceNotFoundError:
        # No test before this one has made a key.
        pass
    return admin


@pytest.fixture(name="process")
def process_fixture(admin: SecretClient, simulators: dict[str, str], clock: FakeClock, vault_url: str) -> Process:
    """Give a way to start a further process that uses the vault."""
    assert admin.vault_url.startswith(vault_url)
    return lambda: DataKeys([vault_url], clock, client_id=simulators["IdentityClientId"], challenge_check=False)


@pytest.fixture(name="keys", params=FAKE_AND_REAL)
def keys_fixture(request: pytest.FixtureRequest) -> Keys:
    keys: Keys = FakeDataKeys() if request.param == "fake" else request.getfixturevalue("process")()
    return keys


def versions(admin: SecretClient) -> int:
    return len(list(admin.list_properties_of_secret_versions(SECRET_NAME)))


def calls_to_vault(owner: Control, since: int) -> int:
    return len(owner.journal("vault", since))


def test_a_key_is_made_when_first_needed_and_used_from_then_on(keys: Keys) -> None:
    first = keys.current()

    assert keys.current() == first
    assert len(first.secret) == 32


def test_a_key_is_found_by_its_id(keys: Keys) -> None:
    key = keys.current()

    assert keys.by_id(key.id) == key


def test_an_id_that_is_no_keys_is_none(keys: Keys) -> None:
    keys.current()

    assert keys.by_id("0" * 32) is None


def test_a_key_is_not_printed(keys: Keys) -> None:
    key = keys.current()

    assert str(key.secret) not in repr(key)


def test_another_process_finds_the_same_key(process: Process, admin: SecretClient) -> None:
    key = process().current()

    other = process()

    assert other.current() == key
    assert other.by_id(key.id) == key
    assert versions(admin) == 1


def test_processes_that_need_the_first_key_at_once_can_read_each_others(process: Process) -> None:
    processes = [process() for _ in range(6)]

    keys = all_at_once(6, lambda number: processes[number].current())

    assert all(reader.by_id(key.id) == key for reader in processes for key in keys)


def test_threads_of_a_process_ask_the_vault_once(process: Process, admin: SecretClient) -> None:
    keys = process()

    found = all_at_once(8, lambda _: keys.current())

    assert len({key.id for key in found}) == 1
    assert versions(admin) == 1


def test_a_key_at_hand_costs_no_call(process: Process, owner: Control) -> None:
    keys = process()
    key = keys.current()
    mark = owner.mark()

    keys.current()
    keys.by_id(key.id)

    assert calls_to_vault(owner, mark) == 0


def test_an_old_key_is_followed_by_a_new_one_and_still_reads(process: Process, clock: FakeClock) -> None:
    keys = process()
    old = keys.current()
    clock.move(timedelta(days=90, seconds=1))

    new = keys.current()
    clock.move(-timedelta(days=90))  # the vault's own clock stood still, so the new key was made today

    assert new != old
    assert keys.by_id(old.id) == old
    assert process().current() == new
    assert process().by_id(old.id) == old


def test_a_key_of_less_than_ninety_days_stays(process: Process, clock: FakeClock) -> None:
    keys = process()
    key = keys.current()

    clock.move(timedelta(days=89))

    assert keys.current() == key


def test_a_key_that_another_process_made_is_taken_up_within_the_hour(
    process: Process, clock: FakeClock, admin: SecretClient
) -> None:
    keys = process()
    old = keys.current()
    admin.set_secret(SECRET_NAME, "A" * 43 + "=")

    before = keys.current()
    clock.move(timedelta(hours=1))

    assert before == old
    assert keys.current().secret == bytes(32)


@pytest.mark.parametrize("kind", ["unavailable", "throttle", "drop_before"])
def test_without_a_key_a_vault_that_is_down_is_to_be_tried_again(process: Process, owner: Control, kind: str) -> None:
    keys = process()
    owner.fault("vault", kind, times=5)

    with pytest.raises(TryAgainLater):
        keys.current()
    owner.clear_faults()

    assert keys.current().secret


def test_with_a_key_at_hand_a_vault_that_is_down_does_not_matter(
    process: Process, owner: Control, clock: FakeClock
) -> None:
    keys = process()
    key = keys.current()
    owner.fault("vault", "unavailable", times=None)
    clock.move(timedelta(days=100))

    assert keys.current() == key
    mark = owner.mark()
    assert keys.current() == key
    assert calls_to_vault(owner, mark) == 0


def test_a_key_that_cannot_be_read_now_is_not_taken_for_gone(process: Process, owner: Control) -> None:
    key = process().current()
    other = process()
    owner.fault("vault", "unavailable", times=5)

    with pytest.raises(TryAgainLater):
        other.by_id(key.id)
    owner.clear_faults()

    assert other.by_id(key.id) == key


def test_a_vault_that_does_not_let_us_in_is_no_fault_of_the_push(process: Process, owner: Control) -> None:
    key = process().current()
    owner.call("PUT", "vault/rules", {"Allowed": False})

    with pytest.raises(TryAgainLater, match="Forbidden"):
        process().current()
    with pytest.raises(TryAgainLater, match="Forbidden"):
        process().by_id(key.id)


def test_a_disabled_key_is_gone_and_a_new_one_is_made(process: Process, admin: SecretClient) -> None:
    disabled = process().current()
    admin.update_secret_properties(SECRET_NAME, disabled.id, enabled=False)

    keys = process()

    assert keys.by_id(disabled.id) is None
    assert keys.current() != disabled


def test_a_deleted_key_is_recovered_with_all_it_reads(process: Process, admin: SecretClient) -> None:
    key = process().current()
    admin.begin_delete_secret(SECRET_NAME).wait()
    keys = process()

    with pytest.raises(TryAgainLater, match="recovered"):
        keys.by_id(key.id)

    assert keys.by_id(key.id) == key
    assert keys.current() == key


def test_a_deleted_key_is_recovered_when_a_push_needs_one(process: Process, admin: SecretClient) -> None:
    key = process().current()
    admin.begin_delete_secret(SECRET_NAME).wait()
    keys = process()

    with pytest.raises(TryAgainLater, match="recovered"):
        keys.current()

    assert keys.current() == key


def test_a_purged_key_is_gone_and_a_new_one_is_made(process: Process, admin: SecretClient) -> None:
    purged = process().current()
    admin.begin_delete_secret(SECRET_NAME).wait()
    admin.purge_deleted_secret(SECRET_NAME)

    keys = process()

    assert keys.by_id(purged.id) is None
    assert keys.current() != purged


@pytest.mark.parametrize("rubbish", ["", "no base64 at all!", "dG9vIHNob3J0"])
def test_a_secret_that_is_no_key_is_replaced_by_one(process: Process, admin: SecretClient, rubbish: str) -> None:
    admin.set_secret(SECRET_NAME, rubbish)

    assert len(process().current().secret) == 32


def test_keys_are_found_in_whichever_vault_has_them(
    process: Process, vault_url: str, clock: FakeClock, simulators: dict[str, Any]
) -> None:
    key = process().current()
    other_url = vault_url.replace("127.0.0.1", "localhost")

    both = DataKeys([other_url, vault_url], clock, client_id=simulators["IdentityClientId"], challenge_check=False)

    assert both.by_id(key.id) == key
    assert both.current() != key
