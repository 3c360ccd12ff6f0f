"""A person at Entra's page, and an app that speaks through Microsoft's own library."""

from __future__ import annotations

import html
import re
import warnings
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msal
import requests

from tests.sandbox.conftest import LiveSandbox

REDIRECT_URI = "http://127.0.0.1:7071/api/oauth/callback"
SCOPES = ["Calendars.ReadWrite", "User.Read"]
PATIENCE = 30


def an_app(sandbox: LiveSandbox, secret: str | None = None, tenant: str = "organizations") -> Any:
    """Return a fresh MSAL app: an old one remembers failures for a minute."""
    return msal.ConfidentialClientApplication(
        sandbox.client_id,
        client_credential=secret or sandbox.client_secret,
        authority=sandbox.entra_authority.replace("organizations", tenant),
        instance_discovery=False,
        token_cache=msal.SerializableTokenCache(),
    )


def answer_page(address: str, account: str, decision: str = "accept", browser: Any = None) -> requests.Response:
    """Open the page like a browser without script, choose, and return what the form's post led to."""
    browser = browser or requests.Session()
    page = browser.get(address, timeout=PATIENCE)
    assert page.status_code == 200, page.text
    assert '<form method="post">' in page.text
    answer: requests.Response = browser.post(
        page.url, data={"account": account, "decision": decision}, allow_redirects=False, timeout=PATIENCE
    )
    return answer


def sent_back(answer: requests.Response) -> dict[str, str]:
    """Return the parameters with which a browser was sent back to the app."""
    if answer.status_code == 302:
        parts = urlsplit(answer.headers["Location"])
        return dict(parse_qsl(parts.query or parts.fragment))
    fields = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', answer.text)
    return {name: html.unescape(value) for name, value in fields}


def begin(app: Any, **wanted: Any) -> dict[str, Any]:
    """Begin a sign-in."""
    wanted.setdefault("response_mode", "form_post")
    with warnings.catch_warnings():
        # MSAL recommends form_post; that the other ways work is what some tests are about.
        warnings.simplefilter("ignore", UserWarning)
        flow: dict[str, Any] = app.initiate_auth_code_flow(SCOPES, redirect_uri=REDIRECT_URI, **wanted)
    return flow


def signed_in(sandbox: LiveSandbox, upn: str) -> tuple[Any, dict[str, Any]]:
    """Sign a person in and return the app and its tokens."""
    app = an_app(sandbox)
    flow = begin(app)
    tokens: dict[str, Any] = app.acquire_token_by_auth_code_flow(flow, sent_back(answer_page(flow["auth_uri"], upn)))
    assert "access_token" in tokens, tokens
    return app, tokens


def with_the_cache_of(app: Any, sandbox: LiveSandbox, secret: str | None = None, tenant: str = "organizations") -> Any:
    """Return a fresh app that knows what another one knew."""
    another = an_app(sandbox, secret, tenant)
    another.token_cache.deserialize(app.token_cache.serialize())
    return another


def refreshed(app: Any) -> Any:
    """Force a refresh."""
    return app.acquire_token_silent_with_error(SCOPES, app.get_accounts()[0], force_refresh=True)
