"""What every SignIn does, the fake one and Entra's; and what only Entra can do wrong."""

import json
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest

from shared_code.use_cases.errors import TryAgainLater
from shared_code.use_cases.ports import SignedIn, SignInRefused
from tests.contracts.entra import Door, SandboxDoorman, a_fake_door, a_simulated_door, entra_sign_in
from tests.control import Control

pytest_plugins = ["tests.contracts.simulators"]

STATE = "state-that-only-our-session-knows"


@pytest.fixture(name="entra")
def entra_fixture(simulators: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """Trust the simulated Entra, and leave it as it was found."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", simulators["CaBundle"])
    yield simulators
    Control(simulators["ControlUrl"]).clear_faults()


@pytest.fixture(name="people")
def people_fixture(entra: dict[str, str]) -> SandboxDoorman:
    return SandboxDoorman(Control(entra["ControlUrl"]))


@pytest.fixture(name="door", params=("fake", "entra"))
def door_fixture(request: pytest.FixtureRequest) -> Door:
    return a_fake_door() if request.param == "fake" else a_simulated_door(request.getfixturevalue("entra"))


def signed_in(door: Door, address: str) -> SignedIn:
    begun = door.sign_in.begin(state=STATE, login_hint=address)
    return door.sign_in.complete(begun.flow, door.people.answer(begun.authorize_url, address))


def refused(door: Door, flow: dict[str, object], answer: dict[str, str]) -> str:
    with pytest.raises(SignInRefused) as refusal:
        door.sign_in.complete(flow, answer)
    return refusal.value.kind


def test_whoever_accepts_is_signed_in(door: Door) -> None:
    address = door.people.person()

    somebody = signed_in(door, address)

    assert somebody.mailbox.address == address
    assert somebody.mailbox.key.startswith(door.people.key_of(address))
    assert somebody.mailbox.home_account_id
    assert somebody.display_name
    assert somebody.token_cache


def test_the_same_account_has_the_same_key_every_time(door: Door) -> None:
    address = door.people.person()

    assert signed_in(door, address).mailbox == signed_in(door, address).mailbox


def test_what_is_to_be_kept_until_the_return_can_be_stored_as_json(door: Door) -> None:
    address = door.people.person()
    begun = door.sign_in.begin(state=STATE, login_hint=None)
    stored = json.dumps(begun.flow)

    somebody = door.sign_in.complete(json.loads(stored), door.people.answer(begun.authorize_url, address))

    assert somebody.mailbox.address == address


def test_whoever_declines_is_refused(door: Door) -> None:
    address = door.people.person()
    begun = door.sign_in.begin(state=STATE, login_hint=None)

    answer = door.people.answer(begun.authorize_url, address, accepts=False)

    assert refused(door, begun.flow, answer) == "denied"


def test_an_answer_with_another_state_is_refused(door: Door) -> None:
    address = door.people.person()
    begun = door.sign_in.begin(state=STATE, login_hint=None)
    answer = door.people.answer(begun.authorize_url, address)

    assert refused(door, begun.flow, {**answer, "state": "another"}) == "foreign_answer"


def test_an_answer_to_another_flow_is_refused_even_with_its_state(door: Door) -> None:
    address = door.people.person()
    begun = door.sign_in.begin(state=STATE, login_hint=None)
    another = door.sign_in.begin(state=STATE, login_hint=None)

    answer = door.people.answer(another.authorize_url, address)

    assert refused(door, begun.flow, answer) in ("expired", "foreign_answer")


def test_an_answer_works_once(door: Door) -> None:
    address = door.people.person()
    begun = door.sign_in.begin(state=STATE, login_hint=None)
    answer = door.people.answer(begun.authorize_url, address)
    door.sign_in.complete(begun.flow, answer)

    assert refused(door, begun.flow, answer) == "expired"


@pytest.mark.parametrize("answer", [{"state": STATE}, {"state": STATE, "code": ""}, {}, {"code": "x"}])
def test_an_answer_without_code_or_state_is_refused(door: Door, answer: dict[str, str]) -> None:
    begun = door.sign_in.begin(state=STATE, login_hint=None)

    assert refused(door, begun.flow, answer) == "foreign_answer"


def test_a_grant_without_the_calendar_is_refused(door: Door) -> None:
    address = door.people.person_without_calendar_consent()
    begun = door.sign_in.begin(state=STATE, login_hint=None)

    answer = door.people.answer(begun.authorize_url, address)

    assert refused(door, begun.flow, answer) == "missing_scope"


def test_the_browser_is_sent_with_pkce_a_nonce_and_nothing_secret(entra: dict[str, str]) -> None:
    begun = entra_sign_in(entra).begin(state=STATE, login_hint="anna@contoso.example")

    asked = {name: values[0] for name, values in parse_qs(urlsplit(begun.authorize_url).query).items()}
    assert (asked["response_type"], asked["response_mode"], asked["prompt"]) == ("code", "query", "select_account")
    assert (asked["code_challenge_method"], asked["state"]) == ("S256", STATE)
    assert (asked["login_hint"], bool(asked["nonce"])) == ("anna@contoso.example", True)
    scopes = {"Calendars.ReadWrite", "User.Read", "openid", "profile", "offline_access"}
    assert set(asked["scope"].split()) == scopes
    assert str(begun.flow["code_verifier"]) not in begun.authorize_url


def test_an_account_of_a_tenant_that_is_not_allowed_is_refused(entra: dict[str, str], people: SandboxDoorman) -> None:
    address = people.person()
    door = Door(
        sign_in=entra_sign_in(entra, tenants=frozenset({"00000000-0000-0000-0000-000000000000"})), people=people
    )
    begun = door.sign_in.begin(state=STATE, login_hint=None)

    assert refused(door, begun.flow, people.answer(begun.authorize_url, address)) == "wrong_tenant"


def test_an_account_of_an_allowed_tenant_is_signed_in(entra: dict[str, str], people: SandboxDoorman) -> None:
    address = people.person()
    tenant = signed_in(Door(sign_in=entra_sign_in(entra), people=people), address).mailbox.key.partition(".")[2]

    door = Door(sign_in=entra_sign_in(entra, tenants=frozenset({tenant})), people=people)

    assert signed_in(door, address).mailbox.address == address


def test_a_personal_account_is_refused(entra: dict[str, str], people: SandboxDoorman) -> None:
    address = people.person(Personal=True)
    common = entra["EntraAuthority"].replace("organizations", "common")
    door = Door(sign_in=entra_sign_in(entra, authority=common), people=people)
    begun = door.sign_in.begin(state=STATE, login_hint=None)

    assert refused(door, begun.flow, people.answer(begun.authorize_url, address)) == "personal_account"


def test_a_wrong_secret_is_the_operators_affair(
    entra: dict[str, str], people: SandboxDoorman, caplog: pytest.LogCaptureFixture
) -> None:
    door = Door(sign_in=entra_sign_in(entra, client_secret="wrong"), people=people)
    begun = door.sign_in.begin(state=STATE, login_hint=None)
    answer = people.answer(begun.authorize_url, people.person())

    kind = refused(door, begun.flow, answer)

    assert kind == "misconfigured"
    assert "operator alarm" in caplog.text


def test_an_authority_that_does_not_exist_is_worth_another_try_and_an_alarm(
    entra: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    nowhere = entra["EntraAuthority"].replace("organizations", "nowhere.example")

    with pytest.raises(TryAgainLater):
        entra_sign_in(entra, authority=nowhere).begin(state=STATE, login_hint=None)

    assert "operator alarm" in caplog.text


@pytest.mark.parametrize("kind", ["unavailable", "throttle", "drop_before"])
def test_when_entra_is_down_the_sign_in_can_be_tried_again(
    entra: dict[str, str], people: SandboxDoorman, kind: str
) -> None:
    control = Control(entra["ControlUrl"])
    door = Door(sign_in=entra_sign_in(entra), people=people)
    begun = door.sign_in.begin(state=STATE, login_hint=None)
    answer = people.answer(begun.authorize_url, people.person())
    control.fault("entra", kind, Match={"PathContains": "/token"}, RetryAfter="7")

    with pytest.raises(TryAgainLater) as later:
        door.sign_in.complete(begun.flow, answer)

    assert later.value.throttled == (kind == "throttle")
    if kind == "throttle":
        assert later.value.retry_after.total_seconds() == 7


def test_nothing_secret_is_logged(
    entra: dict[str, str], people: SandboxDoorman, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    address = people.person()
    door = Door(sign_in=entra_sign_in(entra), people=people)

    somebody = signed_in(door, address)

    secrets = [entra["ClientSecret"]]
    for kind in ("AccessToken", "RefreshToken", "IdToken"):
        secrets += [entry["secret"] for entry in json.loads(somebody.token_cache)[kind].values()]
    assert [secret for secret in secrets if secret in caplog.text] == []
