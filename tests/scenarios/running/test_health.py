"""Health, and what the app says to whom when settings are missing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
import requests

from sandbox.stack import Stack
from tests.scenarios.api import Api
from tests.scenarios.people import a_guid

MISSING = ("SALESEXEC_AUTH_TOKEN", "KEY_VAULT_URL", "ENTRA_CLIENT_ID")
MALFORMED = {"LINK_SIGNING_KEY": "short-and-secret", "ALLOWED_LINK_HOSTS": "https://crm.example/"}


def test_a_well_app_says_so_to_anybody(stack: Stack) -> None:
    answer = requests.get(f"{stack.host_url}/api/health", timeout=10)

    assert answer.status_code == 200
    assert answer.json()["Status"] == "Healthy"


def test_health_tells_nothing_secret(stack: Stack) -> None:
    text = requests.get(f"{stack.host_url}/api/health", timeout=10).text

    for name, value in stack.settings().items():
        assert name not in text
        assert len(value) < 8 or value not in text


def test_the_description_for_programs_is_there_for_anybody(stack: Stack) -> None:
    answer = requests.get(f"{stack.host_url}/api/openapi.json", timeout=10)

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.json()["openapi"] == "3.1.0"


@pytest.fixture(name="broken", scope="module")
def _broken(own_stack: Stack) -> Iterator[Stack]:
    """Return a stack whose app lacks settings."""
    plan = own_stack.plan
    own_stack.stop_host()
    own_stack.plan = replace(plan, extra_settings={**dict.fromkeys(MISSING, ""), **MALFORMED})
    own_stack.start_host()
    yield own_stack
    own_stack.stop_host()
    own_stack.plan = plan
    own_stack.start_host()


def test_an_app_without_settings_indexes_and_says_that_it_is_not_well(broken: Stack) -> None:
    answer = requests.get(f"{broken.host_url}/api/health", timeout=10)

    assert answer.status_code == 503
    assert not [name for name in (*MISSING, *MALFORMED) if name in answer.text]


def test_every_call_says_that_the_app_is_not_configured_and_the_log_names_all_settings_once(broken: Stack) -> None:
    api, guid = Api(broken), a_guid()

    answers = [
        api.put(guid, {}),
        api.delete(guid, "2026-11-23T17:00:00Z"),
        api.call("GET", f"appointments/{guid}/receipt", "get_receipt"),
        api.call("GET", f"users/{guid}/connection", "get_connection"),
        api.change(guid, {"Enabled": True}),
        api.disconnect(guid),
        api.sync(guid),
        api.call("POST", f"users/{guid}/link", "create_link", json={"Page": "connect"}),
    ]
    pages = [
        requests.get(f"{broken.host_url}/api/connect?ticket=x", timeout=10),
        requests.post(f"{broken.host_url}/api/connect", data={"ticket": "x"}, timeout=10),
        requests.get(f"{broken.host_url}/api/oauth/callback?state=x", timeout=10),
        requests.post(f"{broken.host_url}/api/oauth/confirm", data={"sealed": "x"}, timeout=10),
    ]

    assert {answer.status_code for answer in answers + pages} == {503}
    assert {answer.headers["Content-Type"].partition(";")[0] for answer in answers} == {"application/problem+json"}
    assert {page.headers["Content-Type"].partition(";")[0] for page in pages} == {"text/html"}
    for page in pages:
        assert "What to do now" in page.text
    lines = [line for line in broken.host.log().splitlines() if "The app is not configured" in line]
    assert len(lines) == 1
    for name in (*MISSING, *MALFORMED):
        assert lines[0].count(name) == 1
    assert "short-and-secret" not in broken.host.log()


def test_the_timer_of_an_unconfigured_app_does_no_harm(broken: Stack) -> None:
    broken.host.fire("poll_timer")

    assert requests.get(f"{broken.host_url}/api/health", timeout=10).status_code == 503
