"""What the page orders beyond the simulators' own control plane, and how it is served."""

from __future__ import annotations

import re
from typing import Any

import pytest
import requests

from sandbox.page.serving import FILES
from sandbox.page.troubles import TROUBLES
from tests.repository.pages import page
from tests.sandbox.conftest import LiveSandbox


def troubles_on(sandbox: LiveSandbox, upn: str = "") -> set[str]:
    listed = sandbox.control("GET", f"/troubles?Upn={upn}")["Troubles"]
    return {each["Name"] for each in listed if each["On"]}


def refusal(sandbox: LiveSandbox, method: str, path: str, order: Any = None) -> str:
    answer = requests.request(method, sandbox.control_url + path, json=order, timeout=30)
    assert answer.status_code >= 400, answer.text
    return str(answer.json()["detail"])


@pytest.mark.parametrize("name", [each.name for each in TROUBLES if not each.personal])
def test_every_trouble_can_be_turned_on_and_off(live_sandbox: LiveSandbox, name: str) -> None:
    live_sandbox.control("PUT", f"/troubles/{name}", {"On": True})
    after_on = troubles_on(live_sandbox)
    live_sandbox.control("PUT", f"/troubles/{name}", {"On": False})

    assert after_on == {name}
    assert troubles_on(live_sandbox) == set()
    assert live_sandbox.control("GET", "/faults")["Faults"] == []


def test_turning_a_trouble_on_twice_orders_one_fault(live_sandbox: LiveSandbox) -> None:
    for _ in range(2):
        live_sandbox.control("PUT", "/troubles/outlook-down", {"On": True})

    assert len(live_sandbox.control("GET", "/faults")["Faults"]) == 1


def test_clearing_troubles_also_ends_faults_ordered_elsewhere(live_sandbox: LiveSandbox) -> None:
    live_sandbox.control("POST", "/faults", {"Service": "graph", "Kind": "slow", "Seconds": 1, "Times": None})
    live_sandbox.control("PUT", "/troubles/short-pages", {"On": True})

    live_sandbox.control("DELETE", "/troubles")

    assert live_sandbox.control("GET", "/faults")["Faults"] == []
    assert troubles_on(live_sandbox) == set()


def test_an_unknown_trouble_is_refused_with_the_names_there_are(live_sandbox: LiveSandbox) -> None:
    assert "outlook-down" in refusal(live_sandbox, "PUT", "/troubles/earthquake", {"On": True})
    assert "true or false" in refusal(live_sandbox, "PUT", "/troubles/outlook-down", {"On": "yes"})


def test_a_grant_can_only_be_revoked_once_there_is_one(live_sandbox: LiveSandbox) -> None:
    rep = live_sandbox.control("POST", "/people", {})

    assert "granted nothing yet" in refusal(
        live_sandbox, "PUT", "/troubles/grant-revoked", {"On": True, "Upn": rep["Upn"]}
    )


def test_a_fault_can_be_meant_for_several_methods(live_sandbox: LiveSandbox) -> None:
    fault = {"Service": "graph", "Kind": "unavailable", "Times": None, "Match": {"Method": "post, PATCH"}}
    live_sandbox.control("POST", "/faults", fault)
    url = f"{live_sandbox.graph_base_url}/me/events"

    assert requests.post(url, json={}, timeout=30).status_code == 503
    assert requests.get(url, timeout=30).status_code == 401


def test_a_new_rep_has_a_mailbox_and_leads(live_sandbox: LiveSandbox) -> None:
    first, second = (live_sandbox.control("POST", "/people", {}) for _ in range(2))
    namesake = live_sandbox.control("POST", "/people", {"Name": first["Name"]})

    assert len({first["Upn"], second["Upn"], namesake["Upn"]}) == 3
    assert len(first["Leads"]) == 3
    assert live_sandbox.control("GET", f"/graph/events?Upn={first['Upn']}") == {"Events": []}


def test_without_an_app_the_page_says_so_and_the_story_is_refused(live_sandbox: LiveSandbox) -> None:
    live_sandbox.control("PUT", "/salesexec/config", {"FunctionsUrl": ""})
    rep = live_sandbox.control("POST", "/people", {})

    shown = live_sandbox.control("GET", f"/people/{rep['UserGuid']}")

    assert shown["Connection"] is None
    assert "No app is attached" in shown["Trouble"]
    assert "./dev demo" in refusal(live_sandbox, "POST", "/story")
    assert {each["State"] for each in live_sandbox.control("GET", "/story")["Steps"]} == {"Waiting"}


def test_the_journal_can_be_read_from_its_end(live_sandbox: LiveSandbox) -> None:
    for _ in range(3):
        live_sandbox.control("POST", "/people", {})

    entries = live_sandbox.control("GET", "/journal?last=2")["Entries"]

    assert len(entries) == 2
    assert entries == live_sandbox.control("GET", "/journal")["Entries"][-2:]


def test_the_page_may_load_nothing_from_elsewhere(live_sandbox: LiveSandbox) -> None:
    address = live_sandbox.addresses["PageUrl"]

    answer = requests.get(address, timeout=30)

    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'")
    for path in re.findall(r'(?:src|href)="(page/[^"]+)"', answer.text):
        assert requests.get(address + path, timeout=30).status_code == 200, path


def test_no_file_of_the_page_names_another_host() -> None:
    texts = {path.name: path.read_text(encoding="utf-8") for path in FILES.rglob("*.*") if path.is_file()}

    hosts = {
        (name, host)
        for name, text in texts.items()
        for host in re.findall(r"https?://([\w.-]+)", text)
        if host != "www.w3.org"  # the name of SVG, which nobody asks for
    }

    assert hosts == set()


def test_the_sandbox_page_documents_every_trouble() -> None:
    documented = set(re.findall(r"^\| `([a-z-]+)` \|", page("sandbox/README.md"), re.MULTILINE))

    assert {each.name for each in TROUBLES} <= documented
