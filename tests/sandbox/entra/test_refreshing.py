"""Refresh tokens at the simulated Entra: rotation, and every way in which they come to an end."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests
from msal.exceptions import MsalServiceError

from tests.sandbox.conftest import LiveSandbox
from tests.sandbox.entra.browsing import PATIENCE, SCOPES, an_app, refreshed, signed_in, with_the_cache_of

ANNA = {"Upn": "anna@contoso.example", "DisplayName": "Anna Adams"}
WEEK = 7 * 24 * 3600


def refresh_token_of(app: Any) -> str:
    cache = json.loads(app.token_cache.serialize())
    [entry] = cache["RefreshToken"].values()
    return str(entry["secret"])


def test_a_fresh_token_comes_from_the_cache_and_a_forced_one_from_entra(live_sandbox: LiveSandbox) -> None:
    live_sandbox.seed(ANNA)
    app, tokens = signed_in(live_sandbox, ANNA["Upn"])

    cached = app.acquire_token_silent(SCOPES, app.get_accounts()[0])
    forced = refreshed(app)

    assert cached["access_token"] == tokens["access_token"]
    assert forced["access_token"] != tokens["access_token"]
    assert live_sandbox.world.directory.authenticate(forced["access_token"]) is not None


def test_an_old_refresh_token_stays_good_after_a_new_one_was_issued(live_sandbox: LiveSandbox) -> None:
    live_sandbox.seed(ANNA)
    app, _ = signed_in(live_sandbox, ANNA["Upn"])
    twin = with_the_cache_of(app, live_sandbox)
    old = refresh_token_of(app)

    first, second = refreshed(app), refreshed(twin)

    assert "access_token" in first
    assert "access_token" in second
    assert len({old, refresh_token_of(app), refresh_token_of(twin)}) == 3


def test_another_tenant_segment_refreshes_with_the_same_token(live_sandbox: LiveSandbox) -> None:
    [anna] = live_sandbox.seed(ANNA)
    app, _ = signed_in(live_sandbox, ANNA["Upn"])

    tokens = refreshed(with_the_cache_of(app, live_sandbox, tenant=anna["TenantId"]))

    assert "access_token" in tokens


@pytest.mark.parametrize(
    ("fate", "error", "number"),
    [
        ("Revoked", "invalid_grant", 50173),
        ("Expired", "invalid_grant", 700082),
        ("SignInFrequency", "invalid_grant", 70043),
        ("MfaRequired", "invalid_grant", 50076),
        ("MfaEnrolment", "interaction_required", 50079),
        ("BlockedByPolicy", "interaction_required", 53003),
        ("ConsentWithdrawn", "invalid_grant", 65001),
        ("Unknown", "invalid_grant", 70000),
    ],
)
def test_a_spoilt_grant_is_refused_with_entras_own_number(
    live_sandbox: LiveSandbox, fate: str, error: str, number: int
) -> None:
    live_sandbox.seed(ANNA)
    app, _ = signed_in(live_sandbox, ANNA["Upn"])
    live_sandbox.control("POST", "/entra/grants", {"Upn": ANNA["Upn"], "Fate": fate})

    refusal = refreshed(with_the_cache_of(app, live_sandbox))

    assert (refusal["error"], refusal["error_codes"]) == (error, [number])
    assert refusal["error_description"].startswith(f"AADSTS{number}: ")


def test_a_new_sign_in_after_a_revocation_is_good_again(live_sandbox: LiveSandbox) -> None:
    live_sandbox.seed(ANNA)
    signed_in(live_sandbox, ANNA["Upn"])
    live_sandbox.control("POST", "/entra/grants", {"Upn": ANNA["Upn"], "Fate": "Revoked"})

    app, _ = signed_in(live_sandbox, ANNA["Upn"])

    assert "access_token" in refreshed(app)


def test_revoking_leaves_access_tokens_alone_unless_told_otherwise(live_sandbox: LiveSandbox) -> None:
    live_sandbox.seed(ANNA)
    _, tokens = signed_in(live_sandbox, ANNA["Upn"])
    directory = live_sandbox.world.directory

    live_sandbox.control("POST", "/entra/grants", {"Upn": ANNA["Upn"]})
    lives_on = directory.authenticate(tokens["access_token"])
    live_sandbox.control("POST", "/entra/grants", {"Upn": ANNA["Upn"], "AccessTokensToo": True})

    assert lives_on is not None
    assert directory.authenticate(tokens["access_token"]) is None


def test_a_disabled_account_gets_no_tokens(live_sandbox: LiveSandbox) -> None:
    live_sandbox.seed(ANNA)
    app, _ = signed_in(live_sandbox, ANNA["Upn"])
    live_sandbox.control("POST", "/entra/accounts", {"Upn": ANNA["Upn"], "Disabled": True})

    assert refreshed(with_the_cache_of(app, live_sandbox))["error_codes"] == [50057]


def test_a_refresh_token_lives_ninety_days_from_its_issue(live_sandbox: LiveSandbox) -> None:
    live_sandbox.seed(ANNA)
    app, _ = signed_in(live_sandbox, ANNA["Upn"])
    early = with_the_cache_of(app, live_sandbox)
    live_sandbox.control("POST", "/clock", {"AdvanceSeconds": 12 * WEEK})
    renewed = with_the_cache_of(early, live_sandbox)
    within = refreshed(renewed)
    live_sandbox.control("POST", "/clock", {"AdvanceSeconds": WEEK})

    forgotten = refreshed(with_the_cache_of(early, live_sandbox))
    sliding = refreshed(with_the_cache_of(renewed, live_sandbox))

    assert "access_token" in within
    assert forgotten["error_codes"] == [700082]
    assert "access_token" in sliding


def test_lifetimes_can_be_set(live_sandbox: LiveSandbox) -> None:
    live_sandbox.seed(ANNA)
    live_sandbox.control("PUT", "/entra/lifetimes", {"AccessSeconds": 600, "RefreshInSeconds": 300})

    app, tokens = signed_in(live_sandbox, ANNA["Upn"])

    [cached] = json.loads(app.token_cache.serialize())["AccessToken"].values()
    assert tokens["expires_in"] == 600
    assert int(cached["refresh_on"]) - int(cached["cached_at"]) == 300


def test_two_secrets_are_good_while_one_replaces_the_other(live_sandbox: LiveSandbox) -> None:
    live_sandbox.seed(ANNA)
    app, _ = signed_in(live_sandbox, ANNA["Upn"])
    live_sandbox.control("PUT", "/entra/secrets", {"Add": ["second"]})
    with_new = refreshed(with_the_cache_of(app, live_sandbox, secret="second"))
    with_old = refreshed(with_the_cache_of(app, live_sandbox))
    live_sandbox.control("PUT", "/entra/secrets", {"Remove": [live_sandbox.client_secret]})

    removed = refreshed(with_the_cache_of(app, live_sandbox))
    still_good = refreshed(with_the_cache_of(app, live_sandbox, secret="second"))

    assert "access_token" in with_new
    assert "access_token" in with_old
    assert (removed["error"], removed["error_codes"]) == ("invalid_client", [7000215])
    assert "access_token" in still_good


def test_an_expired_secret_is_told_from_a_wrong_one(live_sandbox: LiveSandbox) -> None:
    live_sandbox.seed(ANNA)
    app, _ = signed_in(live_sandbox, ANNA["Upn"])
    live_sandbox.control("PUT", "/entra/secrets", {"Expire": [live_sandbox.client_secret]})

    assert refreshed(with_the_cache_of(app, live_sandbox))["error_codes"] == [7000222]


def test_an_outage_and_throttling_look_like_entras(live_sandbox: LiveSandbox) -> None:
    live_sandbox.seed(ANNA)
    app, _ = signed_in(live_sandbox, ANNA["Upn"])
    live_sandbox.control("POST", "/faults", {"Service": "entra", "Kind": "unavailable", "Match": {"Method": "POST"}})
    with pytest.raises(MsalServiceError):
        refreshed(with_the_cache_of(app, live_sandbox))
    live_sandbox.control("POST", "/faults", {"Service": "entra", "Kind": "throttle", "RetryAfter": "1"})

    throttled = requests.post(live_sandbox.entra_authority + "/oauth2/v2.0/token", timeout=PATIENCE)

    assert throttled.status_code == 429
    assert throttled.headers["Retry-After"] == "1"
    assert throttled.json()["error"] == "temporarily_unavailable"


def test_a_fault_can_be_meant_for_one_person(live_sandbox: LiveSandbox) -> None:
    live_sandbox.seed(ANNA, {"Upn": "ben@contoso.example"})
    anna, _ = signed_in(live_sandbox, ANNA["Upn"])
    ben, _ = signed_in(live_sandbox, "ben@contoso.example")
    for_anna = {"Service": "entra", "Kind": "unavailable", "Times": None, "Match": {"Actor": ANNA["Upn"]}}
    live_sandbox.control("POST", "/faults", for_anna)

    bens = refreshed(with_the_cache_of(ben, live_sandbox))

    assert "access_token" in bens
    with pytest.raises(MsalServiceError):
        refreshed(with_the_cache_of(anna, live_sandbox))


def test_a_code_flow_needs_the_apps_secret(live_sandbox: LiveSandbox) -> None:
    live_sandbox.seed(ANNA)
    app, _ = signed_in(live_sandbox, ANNA["Upn"])

    refusal = refreshed(with_the_cache_of(app, live_sandbox, secret="wrong"))

    assert refusal["error"] == "invalid_client"
    assert "AADSTS7000215" in refusal["error_description"]
    assert an_app(live_sandbox).get_accounts() == []
