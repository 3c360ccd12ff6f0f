"""TokenVault: token caches are kept, replaced and destroyed."""

from datetime import timedelta

import pytest

from shared_code.adapters.azure_clients import app_identity
from shared_code.adapters.key_vault.tokens import KeyVaultTokens
from shared_code.domain.connections import TokenPlace
from shared_code.use_cases.errors import Refused, TryAgainLater
from shared_code.use_cases.ports import TokenVault
from tests.contracts.conftest import FAKE_AND_REAL, all_at_once
from tests.control import Control
from tests.fakes.vault import FakeTokens

pytest_plugins = ["tests.contracts.simulators"]

CACHE = '{"RefreshToken": {"secret": "0.AXoA"}}'


@pytest.fixture(name="real_vault")
def real_vault_fixture(vault_url: str, simulators: dict[str, str]) -> KeyVaultTokens:
    return KeyVaultTokens([vault_url], client_id=simulators["IdentityClientId"], challenge_check=False)


@pytest.fixture(name="vault", params=FAKE_AND_REAL)
def vault_fixture(request: pytest.FixtureRequest) -> TokenVault:
    vault: TokenVault = FakeTokens() if request.param == "fake" else request.getfixturevalue("real_vault")
    return vault


def secrets_named(owner: Control, place: TokenPlace) -> list[dict[str, object]]:
    return [each for each in owner.call("GET", "vault/secrets")["Secrets"] if each["Name"] == place.secret_name]


def test_a_cache_comes_back_from_where_it_was_put(vault: TokenVault) -> None:
    place = vault.keep(CACHE)

    assert vault.read(place) == CACHE


def test_every_new_cache_has_a_place_of_its_own(vault: TokenVault) -> None:
    places = {vault.keep(CACHE) for _ in range(3)}

    assert len(places) == 3
    assert all(place.secret_name.startswith("rep-") for place in places)


def test_a_newer_cache_replaces_the_one_before_in_its_place(vault: TokenVault) -> None:
    place = vault.keep(CACHE)

    assert vault.keep("newer", place) == place

    assert vault.read(place) == "newer"


def test_a_cache_that_was_never_kept_is_none(vault: TokenVault) -> None:
    known = vault.keep(CACHE)

    assert vault.read(TokenPlace(vault_url=known.vault_url, secret_name="rep-unknown")) is None


def test_a_destroyed_cache_is_gone(vault: TokenVault) -> None:
    place = vault.keep(CACHE)

    vault.destroy(place)

    assert vault.read(place) is None


def test_destroying_what_is_not_there_does_nothing(vault: TokenVault) -> None:
    place = vault.keep(CACHE)

    vault.destroy(place)
    vault.destroy(place)
    vault.destroy(TokenPlace(vault_url=place.vault_url, secret_name="rep-unknown"))


def test_a_large_cache_is_kept_whole(vault: TokenVault) -> None:
    cache = "ü" * 12_000

    assert vault.read(vault.keep(cache)) == cache


def test_many_can_keep_at_once(vault: TokenVault) -> None:
    places = all_at_once(8, lambda number: vault.keep(str(number)))

    assert [vault.read(place) for place in places] == [str(number) for number in range(8)]


def test_a_cache_whose_place_was_deleted_meanwhile_goes_to_a_new_one(
    real_vault: KeyVaultTokens, owner: Control
) -> None:
    owner.call("PUT", "vault/rules", {"PurgeProtection": True})
    place = real_vault.keep(CACHE)
    real_vault.destroy(place)

    moved = real_vault.keep("newer", place)

    assert moved != place
    assert real_vault.read(moved) == "newer"


@pytest.mark.parametrize("rules", [{"PurgeProtection": True}, {"DeletionSeconds": 60}], ids=["protected", "deleting"])
def test_a_vault_that_does_not_purge_now_has_still_deleted(
    real_vault: KeyVaultTokens, owner: Control, rules: dict[str, object]
) -> None:
    owner.call("PUT", "vault/rules", rules)
    place = real_vault.keep(CACHE)

    real_vault.destroy(place)

    assert real_vault.read(place) is None
    assert [secret["Deleted"] for secret in secrets_named(owner, place)] == [True]


def test_a_vault_that_purges_has_nothing_left(real_vault: KeyVaultTokens, owner: Control) -> None:
    place = real_vault.keep(CACHE)

    real_vault.destroy(place)

    assert secrets_named(owner, place) == []


def test_a_busy_vault_says_how_long_to_wait(real_vault: KeyVaultTokens, owner: Control) -> None:
    place = real_vault.keep(CACHE)
    owner.fault("vault", "throttle", RetryAfter=16)

    with pytest.raises(TryAgainLater) as caught:
        real_vault.read(place)

    assert caught.value.retry_after == timedelta(seconds=16)
    assert caught.value.throttled


@pytest.mark.parametrize("kind", ["unavailable", "drop_before"])
def test_a_vault_that_is_down_is_to_be_tried_again(real_vault: KeyVaultTokens, owner: Control, kind: str) -> None:
    place = real_vault.keep(CACHE)
    owner.fault("vault", kind, times=5)

    with pytest.raises(TryAgainLater) as caught:
        real_vault.keep("newer", place)

    assert CACHE not in str(caught.value)
    assert not caught.value.throttled or kind == "unavailable"


def test_a_vault_that_does_not_let_us_in_has_refused(real_vault: KeyVaultTokens, owner: Control) -> None:
    owner.call("PUT", "vault/rules", {"Allowed": False})

    with pytest.raises(Refused) as caught:
        real_vault.keep(CACHE)

    assert "Forbidden" in str(caught.value)


def test_an_identity_that_cannot_be_had_now_is_to_be_tried_again(
    vault_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IDENTITY_ENDPOINT", "http://127.0.0.1:9/msi/token")
    app_identity.cache_clear()
    vault = KeyVaultTokens([vault_url], challenge_check=False)

    with pytest.raises(TryAgainLater):
        vault.keep(CACHE)


def test_a_vault_outside_azure_gets_no_token_unless_the_settings_say_so(vault_url: str) -> None:
    vault = KeyVaultTokens([vault_url.replace("127.0.0.1", "localhost")])

    with pytest.raises(Refused, match="KEY_VAULT_CHALLENGE_CHECK"):
        vault.keep(CACHE)


def test_new_caches_are_spread_over_the_vaults(vault_url: str) -> None:
    urls = [vault_url, vault_url.replace("127.0.0.1", "localhost")]
    vault = KeyVaultTokens(urls, challenge_check=False)

    places = [vault.keep(CACHE) for _ in range(20)]

    assert {place.vault_url for place in places} == set(urls)
    assert all(vault.read(place) == CACHE for place in places)
