"""Access tokens from the simulated Entra, with token caches in a vault."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from shared_code.adapters.entra.access_tokens import AccessTokens
from shared_code.domain.connections import Connection
from shared_code.use_cases.errors import ReconnectNeeded, TryAgainLater
from tests.builders import a_connection, a_user
from tests.contracts.conftest import all_at_once
from tests.contracts.entra import SandboxDoorman, applications, entra_sign_in
from tests.control import Control
from tests.fakes.clock import FakeClock, RealClock
from tests.fakes.vault import FakeTokens
from tests.waiting import until

pytest_plugins = ["tests.contracts.simulators"]


@dataclass(kw_only=True)
class House:
    """A rep who signed in, the vault with her tokens, and the app."""

    simulators: dict[str, str]
    control: Control
    people: SandboxDoorman
    vault: FakeTokens
    clock: FakeClock
    connection: Connection

    def tokens(self, **other: Any) -> AccessTokens:
        """Return the app's tokens as a new process has them: with nothing in memory."""
        return AccessTokens(applications(self.simulators, self.clock, **other), self.vault, self.clock)

    def redemptions(self, since: int) -> int:
        """Return how many requests for tokens Entra has had since."""
        entries = self.control.journal("entra", since)
        return len([entry for entry in entries if entry["Method"] == "POST" and "/token" in entry["Path"]])

    def kept(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.vault.kept[self.connection.tokens])
        return found

    def forget_access_token_kept(self) -> None:
        """Leave nothing but the refresh token in the vault."""
        cache = self.kept()
        cache["AccessToken"] = {}
        self.vault.keep(json.dumps(cache), self.connection.tokens)

    def age_refresh_token(self, by: timedelta) -> None:
        """Make the refresh token in the vault older."""
        cache = self.kept()
        for entry in cache["RefreshToken"].values():
            entry["last_modification_time"] = str(int(entry["last_modification_time"]) - int(by.total_seconds()))
        self.vault.keep(json.dumps(cache), self.connection.tokens)

    def spoil(self, fate: str) -> None:
        """Have the rep's grant revoked, or whatever else happens to grants."""
        self.control.call("POST", "entra/grants", {"Upn": self.connection.mailbox.address, "Fate": fate})


def sign_in(house_of: dict[str, str], people: SandboxDoorman, address: str, vault: FakeTokens) -> Connection:
    door = entra_sign_in(house_of)
    begun = door.begin(state="s", login_hint=None)
    somebody = door.complete(begun.flow, people.answer(begun.authorize_url, address))
    place = vault.keep(somebody.token_cache)
    return a_connection(user=a_user(), mailbox=somebody.mailbox, tokens=place, connected_at=RealClock().now())


@pytest.fixture(name="house")
def house_fixture(simulators: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", simulators["CaBundle"])
    control = Control(simulators["ControlUrl"])
    people, vault = SandboxDoorman(control), FakeTokens()
    connection = sign_in(simulators, people, people.person(), vault)
    clock = FakeClock(RealClock().now())
    yield House(simulators=simulators, control=control, people=people, vault=vault, clock=clock, connection=connection)
    control.clear_faults()


def test_the_token_of_the_sign_in_is_used_while_it_lasts(house: House) -> None:
    before = house.control.mark()
    tokens = house.tokens()

    token = tokens.for_(house.connection)

    assert token == next(iter(house.kept()["AccessToken"].values()))["secret"]
    assert tokens.for_(house.connection) == token
    assert house.redemptions(before) == 0


def test_a_token_in_memory_costs_neither_vault_nor_entra(house: House) -> None:
    tokens = house.tokens()
    token = tokens.for_(house.connection)
    house.vault.faults.before("read", AssertionError("the vault was asked"))

    assert tokens.for_(house.connection) == token


def test_a_token_about_to_end_is_refreshed(house: House) -> None:
    house.forget_access_token_kept()
    tokens = house.tokens()
    first = tokens.for_(house.connection)
    house.clock.move(timedelta(hours=2))

    second = tokens.for_(house.connection)

    assert second != first


def test_forgetting_leaves_nothing_in_memory(house: House) -> None:
    tokens = house.tokens()
    tokens.for_(house.connection)
    tokens.forget(house.connection)
    house.vault.destroy(house.connection.tokens)

    with pytest.raises(ReconnectNeeded):
        tokens.for_(house.connection)


def test_a_refused_token_is_replaced_by_a_new_one_once_for_everybody(house: House) -> None:
    tokens = house.tokens()
    refused = tokens.for_(house.connection)
    before = house.control.mark()

    renewed = [tokens.renew(house.connection, refused) for _ in range(3)]

    assert refused not in renewed
    assert len(set(renewed)) == 1
    assert house.redemptions(before) == 1
    assert tokens.for_(house.connection) == renewed[0]


def test_callers_at_the_same_time_share_one_refresh(house: House) -> None:
    house.forget_access_token_kept()
    tokens = house.tokens()
    before = house.control.mark()
    house.control.fault("entra", "slow", Seconds=0.5, Match={"PathContains": "/token"})

    found = all_at_once(8, lambda _: tokens.for_(house.connection))

    assert len(set(found)) == 1
    assert house.redemptions(before) == 1


def test_a_failed_refresh_fails_for_all_who_waited_and_for_nobody_after(house: House) -> None:
    house.forget_access_token_kept()
    tokens = house.tokens()
    house.control.fault("entra", "unavailable", Status=503, Match={"PathContains": "/token"})

    with pytest.raises(TryAgainLater):
        tokens.for_(house.connection)

    assert tokens.for_(house.connection)


@pytest.mark.parametrize(
    "fate",
    ["Revoked", "Expired", "SignInFrequency", "MfaRequired", "MfaEnrolment", "BlockedByPolicy", "ConsentWithdrawn"],
)
def test_a_dead_grant_needs_the_rep(house: House, fate: str) -> None:
    house.forget_access_token_kept()
    house.spoil(fate)

    with pytest.raises(ReconnectNeeded):
        house.tokens().for_(house.connection)


def test_after_a_reconnect_yesterdays_refusal_is_not_repeated(house: House) -> None:
    house.forget_access_token_kept()
    tokens = house.tokens()
    house.spoil("Revoked")
    with pytest.raises(ReconnectNeeded):
        tokens.for_(house.connection)

    again = sign_in(house.simulators, house.people, house.connection.mailbox.address, house.vault)
    reconnected = replace(again, user=house.connection.user)

    assert tokens.for_(reconnected)


def test_a_token_of_an_earlier_connection_is_not_used(house: House) -> None:
    tokens = house.tokens()
    old = tokens.for_(house.connection)
    again = sign_in(house.simulators, house.people, house.connection.mailbox.address, house.vault)

    new = tokens.for_(replace(again, user=house.connection.user))

    assert new != old


def test_tokens_that_the_vault_lost_need_the_rep(house: House) -> None:
    house.vault.destroy(house.connection.tokens)

    with pytest.raises(ReconnectNeeded):
        house.tokens().for_(house.connection)


@pytest.mark.parametrize("rubbish", ["", "{}", "no json", "[]", '{"AccessToken": {}}'])
def test_rubbish_in_the_vault_needs_the_rep(house: House, rubbish: str) -> None:
    house.vault.keep(rubbish, house.connection.tokens)

    with pytest.raises(ReconnectNeeded):
        house.tokens().for_(house.connection)


def test_a_wrong_secret_disconnects_nobody(house: House, caplog: pytest.LogCaptureFixture) -> None:
    house.forget_access_token_kept()

    with pytest.raises(TryAgainLater):
        house.tokens(client_secret="expired").for_(house.connection)

    assert "operator alarm" in caplog.text


def test_a_throttled_entra_says_how_long_to_wait(house: House) -> None:
    house.forget_access_token_kept()
    house.control.fault("entra", "throttle", RetryAfter="11", Match={"PathContains": "/token"})

    with pytest.raises(TryAgainLater) as later:
        house.tokens().for_(house.connection)

    assert (later.value.throttled, later.value.retry_after) == (True, timedelta(seconds=11))


def test_no_time_left_asks_nobody(house: House) -> None:
    house.forget_access_token_kept()
    before = house.control.mark()

    with pytest.raises(TryAgainLater):
        house.tokens().for_(house.connection, until=house.clock.now() - timedelta(seconds=1))

    assert house.redemptions(before) == 0


def test_a_vault_that_is_down_is_worth_another_try(house: House) -> None:
    house.vault.faults.before("read", TryAgainLater("down", retry_after=timedelta(seconds=5)))

    with pytest.raises(TryAgainLater):
        house.tokens().for_(house.connection)


def test_a_young_refresh_token_is_not_written_back(house: House) -> None:
    house.forget_access_token_kept()
    as_it_was = house.kept()

    house.tokens().for_(house.connection)

    assert house.kept() == as_it_was


def test_a_refresh_token_a_day_old_is_replaced_in_the_vault(house: House) -> None:
    house.forget_access_token_kept()
    house.age_refresh_token(timedelta(days=1, minutes=1))
    as_it_was = house.kept()["RefreshToken"]

    house.tokens().for_(house.connection)

    assert house.kept()["RefreshToken"] != as_it_was
    assert house.tokens().for_(house.connection)


def test_a_vault_that_cannot_keep_the_new_one_costs_nothing(house: House) -> None:
    house.forget_access_token_kept()
    house.age_refresh_token(timedelta(days=2))
    house.vault.faults.before("keep", TryAgainLater("down", retry_after=timedelta(seconds=5)))

    assert house.tokens().for_(house.connection)


def test_tokens_destroyed_during_a_refresh_do_not_come_back(house: House) -> None:
    house.forget_access_token_kept()
    house.age_refresh_token(timedelta(days=2))
    tokens = house.tokens()
    held = house.control.fault("entra", "hold_after", Match={"PathContains": "/token"})

    def deed(number: int) -> None:
        if number == 0:
            tokens.for_(house.connection)
            return
        until(lambda: any(fault["Waiting"] for fault in house.control.faults()))
        house.vault.destroy(house.connection.tokens)
        house.control.call("DELETE", f"faults/{held['Id']}")

    all_at_once(2, deed)

    assert house.vault.kept == {}
