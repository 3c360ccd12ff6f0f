"""What every page of connecting has in common: headers, one form first, no script, a session cookie done right."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
import requests

from sandbox.stack import Stack
from tests.control import Control
from tests.scenarios.conftest import Hire
from tests.scenarios.people import Person


@pytest.fixture(name="shown")
def _shown(new_rep: Person, stack: Stack, control: Control) -> dict[str, requests.Response]:
    """Return every kind of page as it comes over the wire."""
    with requests.Session() as browser:
        browser.trust_env = False
        browser.verify = new_rep.trust
        url = new_rep.api.link(new_rep.user, DisplayName="Anna")
        shown = {"link": browser.get(url, timeout=10)}
        ticket = url.partition("ticket=")[2]
        begun = browser.post(f"{stack.host_url}/api/connect", data={"ticket": ticket}, timeout=10)
        shown["used"] = browser.get(f"{stack.host_url}/api/connect", timeout=10)
        accepted = {"account": new_rep.upn, "decision": "accept"}
        shown["confirm"] = browser.post(begun.url, data=accepted, timeout=10)
        sealed = {"sealed": re.findall(r'name="sealed" value="([^"]+)"', shown["confirm"].text)[0]}
        control.fault("vault", "unavailable", Match={"Method": "PUT"})
        shown["again"] = browser.post(f"{stack.host_url}/api/oauth/confirm", data=sealed, timeout=10)
        sealed = {"sealed": re.findall(r'name="sealed" value="([^"]+)"', shown["again"].text)[0]}
        shown["done"] = browser.post(f"{stack.host_url}/api/oauth/confirm", data=sealed, timeout=10)
        shown["over"] = browser.post(f"{stack.host_url}/api/oauth/confirm", data=sealed, timeout=10)
    return shown


def test_every_page_may_load_nothing_is_kept_nowhere_and_tells_nobody(shown: dict[str, requests.Response]) -> None:
    assert [page.status_code for page in shown.values()] == [200, 410, 200, 503, 200, 403]
    for page in shown.values():
        policy = page.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "base-uri 'none'" in policy
        assert "script" not in policy
        assert page.headers["Cache-Control"] == "no-store"
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert page.headers["X-Content-Type-Options"] == "nosniff"
        assert page.headers["Content-Type"] == "text/html; charset=utf-8"
        assert page.headers["x-correlation-id"]


def test_every_page_works_without_script_and_loads_nothing(shown: dict[str, requests.Response]) -> None:
    for page in shown.values():
        assert not re.search(r"<script|<iframe|<img|<link|\son\w+=|javascript:|https?://", page.text)
        assert page.text.startswith("<!doctype html>")
        assert '<html lang="en">' in page.text
        assert page.text.count("<h1>") == 1


def test_the_form_that_goes_on_is_the_first_and_only_one(shown: dict[str, requests.Response]) -> None:
    forms = {name: re.findall(r'<form method="post" action="(\w+)">', page.text) for name, page in shown.items()}

    assert forms == {
        "link": ["connect"],
        "used": [],
        "confirm": ["confirm"],
        "again": ["confirm"],
        "done": [],
        "over": [],
    }
    for name in ("used", "over"):
        assert "What to do now" in shown[name].text


def test_no_page_shows_a_token(shown: dict[str, requests.Response]) -> None:
    for page in shown.values():
        assert "refresh_token" not in page.text
        assert "eyJ" not in page.text


def begin(person: Person, home: str) -> requests.Response:
    """Send the first form and return the redirect to Microsoft."""
    ticket = person.api.link(person.user).partition("ticket=")[2]
    return requests.post(f"{home}/api/connect", data={"ticket": ticket}, timeout=10, allow_redirects=False)


def attributes(answer: requests.Response) -> set[str]:
    return {part.strip().lower() for part in answer.headers["Set-Cookie"].split(";")[1:]}


def test_the_session_is_out_of_reach_of_scripts_and_of_other_sites(new_rep: Person, stack: Stack) -> None:
    answer = begin(new_rep, stack.host_url)

    assert answer.status_code == 303
    assert {"httponly", "samesite=lax", "path=/api/oauth"} <= attributes(answer)
    assert "secure" not in attributes(answer)
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"


def test_microsoft_is_asked_with_a_proof_key_and_a_nonce_and_never_with_the_ticket(
    new_rep: Person, stack: Stack
) -> None:
    address = begin(new_rep, stack.host_url).headers["Location"]

    assert "code_challenge_method=S256" in address
    assert "nonce=" in address
    assert "state=" in address
    assert "ticket" not in address


@pytest.fixture(name="public")
def _public(own_stack: Stack) -> Iterator[Stack]:
    """Return a stack that is reached under an https address."""
    plan = own_stack.plan
    own_stack.stop_host()
    own_stack.plan = replace(plan, extra_settings={"PUBLIC_BASE_URL": "https://sync.example"})
    own_stack.start_host()
    yield own_stack
    own_stack.stop_host()
    own_stack.plan = plan
    own_stack.start_host()


def test_behind_an_https_address_the_session_travels_encrypted_only(public: Stack, own_hire: Hire) -> None:
    rep = own_hire()
    answer = begin(rep, public.host_url)

    assert "secure" in attributes(answer)
    assert rep.api.link(rep.user).startswith("https://sync.example/api/connect?ticket=")
    assert "redirect_uri=https%3A%2F%2Fsync.example%2Fapi%2Foauth%2Fcallback" in answer.headers["Location"]
