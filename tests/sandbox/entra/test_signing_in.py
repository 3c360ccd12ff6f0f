"""Signing in at the simulated Entra through Microsoft's own library over TLS."""

from __future__ import annotations

import jwt
import pytest
import requests

from tests.sandbox.conftest import LiveSandbox
from tests.sandbox.entra.browsing import (
    PATIENCE,
    REDIRECT_URI,
    an_app,
    answer_page,
    begin,
    sent_back,
    signed_in,
)

ANNA = {"Upn": "anna@contoso.example", "DisplayName": "Anna Adams"}


@pytest.mark.parametrize("response_mode", ["query", "form_post", "fragment"])
def test_msal_gets_tokens_after_a_person_agreed(live_sandbox: LiveSandbox, response_mode: str) -> None:
    [anna] = live_sandbox.seed(ANNA)
    app = an_app(live_sandbox)
    flow = begin(app, response_mode=response_mode)

    answer = answer_page(flow["auth_uri"], anna["Upn"])
    tokens = app.acquire_token_by_auth_code_flow(flow, sent_back(answer))

    claims = tokens["id_token_claims"]
    assert (claims["oid"], claims["tid"]) == (anna["Oid"], anna["TenantId"])
    assert claims["preferred_username"] == anna["Upn"]
    assert set(tokens["scope"].split()) == {"openid", "profile", "Calendars.ReadWrite", "User.Read"}
    assert 3600 <= tokens["expires_in"] < 5400
    grant = live_sandbox.world.directory.authenticate(tokens["access_token"])
    assert grant is not None
    assert grant.user.upn == anna["Upn"]
    assert set(grant.scopes) == {"Calendars.ReadWrite", "User.Read"}
    assert app.get_accounts()[0]["home_account_id"] == f"{anna['Oid']}.{anna['TenantId']}"


def test_the_id_token_is_signed_by_the_published_key_and_names_the_tenants_issuer(live_sandbox: LiveSandbox) -> None:
    [anna] = live_sandbox.seed(ANNA)
    _, tokens = signed_in(live_sandbox, anna["Upn"])
    authority = live_sandbox.entra_authority
    found = requests.get(f"{authority}/v2.0/.well-known/openid-configuration", timeout=PATIENCE).json()
    keys = jwt.PyJWKSet.from_dict(requests.get(found["jwks_uri"], timeout=PATIENCE).json())
    key = keys[jwt.get_unverified_header(tokens["id_token"])["kid"]]

    claims = jwt.decode(
        tokens["id_token"],
        key,
        algorithms=["RS256"],
        audience=live_sandbox.client_id,
        issuer=found["issuer"].replace("{tenantid}", anna["TenantId"]),
    )

    assert {"aud", "iss", "exp", "iat", "nbf", "sub", "oid", "tid", "name", "nonce"} <= set(claims)


def test_the_page_preselects_the_account_hinted_at(live_sandbox: LiveSandbox) -> None:
    live_sandbox.seed(ANNA, {"Upn": "ben@contoso.example"})
    flow = begin(an_app(live_sandbox), login_hint="ben@contoso.example")

    page = requests.get(flow["auth_uri"], timeout=PATIENCE).text

    assert 'value="ben@contoso.example" required checked' in page
    assert 'value="anna@contoso.example" required>' in page


def test_declining_sends_the_browser_back_with_access_denied(live_sandbox: LiveSandbox) -> None:
    live_sandbox.seed(ANNA)
    app = an_app(live_sandbox)
    flow = begin(app)

    back = sent_back(answer_page(flow["auth_uri"], "", decision="deny"))

    assert back["error"] == "access_denied"
    assert back["state"] == flow["state"]
    assert app.acquire_token_by_auth_code_flow(flow, back)["error"] == "access_denied"


def test_a_wrong_verifier_is_refused(live_sandbox: LiveSandbox) -> None:
    live_sandbox.seed(ANNA)
    app = an_app(live_sandbox)
    flow = begin(app)
    back = sent_back(answer_page(flow["auth_uri"], ANNA["Upn"]))
    stranger = {**flow, "code_verifier": "x" * 43}

    refusal = app.acquire_token_by_auth_code_flow(stranger, back)

    assert refusal["error"] == "invalid_grant"
    assert "AADSTS501481" in refusal["error_description"]


def test_a_code_is_good_once(live_sandbox: LiveSandbox) -> None:
    live_sandbox.seed(ANNA)
    app = an_app(live_sandbox)
    flow = begin(app)
    back = sent_back(answer_page(flow["auth_uri"], ANNA["Upn"]))
    app.acquire_token_by_auth_code_flow(flow, back)

    refusal = an_app(live_sandbox).acquire_token_by_auth_code_flow(flow, back)

    assert refusal["error"] == "invalid_grant"
    assert "AADSTS54005" in refusal["error_description"]


def test_a_code_is_good_for_ten_minutes(live_sandbox: LiveSandbox) -> None:
    live_sandbox.seed(ANNA)
    app = an_app(live_sandbox)
    flow = begin(app)
    back = sent_back(answer_page(flow["auth_uri"], ANNA["Upn"]))
    live_sandbox.control("POST", "/clock", {"AdvanceSeconds": 601})

    refusal = app.acquire_token_by_auth_code_flow(flow, back)

    assert "AADSTS70008" in refusal["error_description"]


def test_a_code_belongs_to_the_address_it_was_sent_to(live_sandbox: LiveSandbox) -> None:
    live_sandbox.seed(ANNA)
    app = an_app(live_sandbox)
    flow = begin(app)
    back = sent_back(answer_page(flow["auth_uri"], ANNA["Upn"]))

    refusal = app.acquire_token_by_auth_code_flow({**flow, "redirect_uri": REDIRECT_URI + "/other"}, back)

    assert "AADSTS500112" in refusal["error_description"]


def test_an_address_that_is_not_registered_never_gets_an_answer(live_sandbox: LiveSandbox) -> None:
    live_sandbox.seed(ANNA)
    live_sandbox.control("PUT", "/entra/redirect-uris", {"RedirectUris": ["https://app.example/api/oauth/callback"]})
    flow = begin(an_app(live_sandbox))

    answer = requests.get(flow["auth_uri"], allow_redirects=False, timeout=PATIENCE)

    assert answer.status_code == 400
    assert "AADSTS50011" in answer.text


def test_a_personal_account_cannot_use_the_organizations_page(live_sandbox: LiveSandbox) -> None:
    live_sandbox.seed({"Upn": "someone@outlook.example", "Personal": True})
    flow = begin(an_app(live_sandbox))
    common = begin(an_app(live_sandbox, tenant="common"))

    refused = answer_page(flow["auth_uri"], "someone@outlook.example")
    welcome = answer_page(common["auth_uri"], "someone@outlook.example")

    assert refused.status_code == 400
    assert "personal Microsoft account" in refused.text
    assert "code" in sent_back(welcome)


def test_consent_that_needs_an_administrator_ends_in_access_denied(live_sandbox: LiveSandbox) -> None:
    live_sandbox.seed({**ANNA, "ConsentNeedsAdministrator": True})
    flow = begin(an_app(live_sandbox))

    page = answer_page(flow["auth_uri"], ANNA["Upn"])
    back = sent_back(answer_page(flow["auth_uri"], ANNA["Upn"], decision="deny"))

    assert "Need admin approval" in page.text
    assert back["error"] == "access_denied"


def test_a_disabled_account_cannot_sign_in(live_sandbox: LiveSandbox) -> None:
    live_sandbox.seed(ANNA)
    live_sandbox.control("POST", "/entra/accounts", {"Upn": ANNA["Upn"], "Disabled": True})

    answer = answer_page(begin(an_app(live_sandbox))["auth_uri"], ANNA["Upn"])

    assert answer.status_code == 400
    assert "AADSTS50057" in answer.text


def test_an_organisation_may_grant_fewer_scopes_than_were_asked_for(live_sandbox: LiveSandbox) -> None:
    live_sandbox.seed(ANNA)
    live_sandbox.control("POST", "/entra/accounts", {"Upn": ANNA["Upn"], "WithheldScopes": ["Calendars.ReadWrite"]})

    _, tokens = signed_in(live_sandbox, ANNA["Upn"])

    assert "Calendars.ReadWrite" not in tokens["scope"]
    assert "User.Read" in tokens["scope"]


def test_a_silent_request_without_a_session_is_sent_back_at_once(live_sandbox: LiveSandbox) -> None:
    live_sandbox.seed(ANNA)
    flow = begin(an_app(live_sandbox), prompt="none", response_mode="query")

    answer = requests.get(flow["auth_uri"], allow_redirects=False, timeout=PATIENCE)

    assert sent_back(answer)["error"] == "login_required"


def test_a_browser_that_is_signed_in_is_sent_back_without_a_page_where_single_sign_on_is_on(
    live_sandbox: LiveSandbox,
) -> None:
    live_sandbox.seed(ANNA)
    live_sandbox.control("PUT", "/switches", {"entra.single_sign_on": "on"})
    browser = requests.Session()
    answer_page(begin(an_app(live_sandbox))["auth_uri"], ANNA["Upn"], browser=browser)
    again = begin(an_app(live_sandbox), response_mode="query")
    asked_to_choose = begin(an_app(live_sandbox), response_mode="query", prompt="select_account")

    at_once = browser.get(again["auth_uri"], allow_redirects=False, timeout=PATIENCE)
    page = browser.get(asked_to_choose["auth_uri"], allow_redirects=False, timeout=PATIENCE)

    assert "code" in sent_back(at_once)
    assert page.status_code == 200


def test_an_unknown_app_and_an_unknown_tenant_are_told_so(live_sandbox: LiveSandbox) -> None:
    token_endpoint = live_sandbox.entra_authority + "/oauth2/v2.0/token"
    stranger = {
        "grant_type": "refresh_token",
        "refresh_token": "x",
        "client_id": "not-registered",
        "client_secret": "x",
    }

    app_refused = requests.post(token_endpoint, data=stranger, timeout=PATIENCE)
    tenant_refused = requests.post(token_endpoint.replace("organizations", "nowhere.example"), timeout=PATIENCE)

    assert (app_refused.json()["error"], app_refused.json()["error_codes"]) == ("unauthorized_client", [700016])
    assert tenant_refused.json()["error_codes"] == [90002]
