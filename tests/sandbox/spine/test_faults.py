"""Ordered faults, seen by a client on a real connection."""

from __future__ import annotations

import json
import threading
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest
import requests

from sandbox.journal import Entry
from sandbox.misleading import with_link
from tests.sandbox.conftest import LiveSandbox
from tests.sandbox.salesexec.office import OTHER_REP, REP, a_change, appointments, call, open_office
from tests.waiting import until

CHANGES = {"UserGuid": REP, "Changes": [a_change()]}


def order(sandbox: LiveSandbox, kind: str, **fields: Any) -> dict[str, Any]:
    ordered: dict[str, Any] = sandbox.control("POST", "/faults", {"Service": "salesexec", "Kind": kind, **fields})
    return ordered


def report(sandbox: LiveSandbox) -> requests.Response:
    return call(sandbox, "POST", "/CalendarChanges", json=CHANGES)


def look(sandbox: LiveSandbox, rep: str = REP) -> requests.Response:
    span = {"StartUtc": "2026-12-01T00:00:00Z", "EndUtc": "2027-01-01T00:00:00Z"}
    return call(sandbox, "GET", "/Appointments", params={"UserGuid": rep, **span})


def journal(sandbox: LiveSandbox) -> list[Entry]:
    return sandbox.world.journal.since(0, "salesexec")


def in_the_background(sandbox: LiveSandbox, answers: list[requests.Response]) -> threading.Thread:
    thread = threading.Thread(target=lambda: answers.append(report(sandbox)), daemon=True)
    thread.start()
    return thread


def waiting(sandbox: LiveSandbox) -> int:
    return sum(int(fault["Waiting"]) for fault in sandbox.control("GET", "/faults")["Faults"])


def test_a_connection_dropped_before_leaves_nothing_done(live_sandbox: LiveSandbox) -> None:
    open_office(live_sandbox)
    order(live_sandbox, "drop_before")

    with pytest.raises(requests.ConnectionError):
        report(live_sandbox)

    assert appointments(live_sandbox) == []
    assert [entry.fault for entry in journal(live_sandbox)] == ["drop_before", ""]


def test_a_connection_dropped_after_leaves_it_done(live_sandbox: LiveSandbox) -> None:
    open_office(live_sandbox)
    order(live_sandbox, "drop_after")

    with pytest.raises(requests.ConnectionError):
        report(live_sandbox)

    assert len(appointments(live_sandbox)) == 1
    assert report(live_sandbox).json()["Results"][0]["Outcome"] == "Duplicate"


def test_a_connection_over_tls_is_dropped_too(live_sandbox: LiveSandbox) -> None:
    live_sandbox.control("POST", "/faults", {"Service": "entra", "Kind": "drop_before"})

    with pytest.raises(requests.ConnectionError):
        requests.get(live_sandbox.entra_authority + "/v2.0/.well-known/openid-configuration", timeout=30)


def test_an_answer_can_fail_after_the_work_was_done(live_sandbox: LiveSandbox) -> None:
    open_office(live_sandbox)
    order(live_sandbox, "accept_then_fail", Status=500)

    answer = report(live_sandbox)

    assert answer.status_code == 500
    assert len(appointments(live_sandbox)) == 1


def test_an_outage_lasts_as_often_as_ordered(live_sandbox: LiveSandbox) -> None:
    open_office(live_sandbox)
    order(live_sandbox, "unavailable", Status=504, Times=2, RetryAfter="3")

    answers = [report(live_sandbox) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [504, 504, 200]
    assert answers[0].headers["Retry-After"] == "3"


def test_a_caller_that_comes_back_too_soon_is_throttled_again(live_sandbox: LiveSandbox) -> None:
    open_office(live_sandbox)
    order(live_sandbox, "throttle", RetryAfter="30")

    told, early = look(live_sandbox), look(live_sandbox)
    other = look(live_sandbox, OTHER_REP)
    live_sandbox.control("POST", "/clock", {"AdvanceSeconds": 31})
    later = look(live_sandbox)

    assert [told.status_code, early.status_code, other.status_code, later.status_code] == [429, 429, 200, 200]
    assert int(early.headers["Retry-After"]) <= 30
    assert [entry.fault for entry in journal(live_sandbox)] == ["throttle", "early", "", ""]


def test_retry_after_can_be_a_fraction_or_a_date(live_sandbox: LiveSandbox) -> None:
    open_office(live_sandbox)
    order(live_sandbox, "throttle", RetryAfter="2.128")
    fraction = look(live_sandbox)
    live_sandbox.control("DELETE", "/faults")
    date = format_datetime(live_sandbox.world.clock.now() + timedelta(seconds=60), usegmt=True)
    order(live_sandbox, "throttle", RetryAfter=date)

    dated, early = look(live_sandbox), look(live_sandbox)

    assert fraction.headers["Retry-After"] == "2.128"
    assert dated.headers["Retry-After"] == date
    assert early.status_code == 429


@pytest.mark.parametrize("odd", ["soon", "-5", "1e99", "", "NaN"])
def test_an_odd_retry_after_is_said_as_it_stands_and_keeps_nobody_away(live_sandbox: LiveSandbox, odd: str) -> None:
    open_office(live_sandbox)
    order(live_sandbox, "throttle", OddRetryAfter=odd)

    told, again = look(live_sandbox), look(live_sandbox)

    assert (told.status_code, told.headers["Retry-After"], again.status_code) == (429, odd, 200)


def test_a_request_can_be_refused_with_nothing_done(live_sandbox: LiveSandbox) -> None:
    open_office(live_sandbox)
    order(live_sandbox, "refuse", Status=422)
    order(live_sandbox, "refuse")

    assert [report(live_sandbox).status_code for _ in range(3)] == [422, 400, 200]
    assert len(appointments(live_sandbox)) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_caller_can_be_sent_to_another_address_with_nothing_done(live_sandbox: LiveSandbox, status: int) -> None:
    open_office(live_sandbox)
    order(live_sandbox, "redirect", Status=status, Location="https://elsewhere.example/x")
    headers = {"AuthToken": live_sandbox.addresses["SalesExecAuthToken"]}
    address = live_sandbox.salesexec_api_url + "/CalendarChanges"

    answer = requests.post(address, json=CHANGES, headers=headers, timeout=30, allow_redirects=False)

    assert (answer.status_code, answer.headers["Location"]) == (status, "https://elsewhere.example/x")
    assert appointments(live_sandbox) == []


def test_a_link_of_an_answer_can_lead_elsewhere(live_sandbox: LiveSandbox) -> None:
    open_office(live_sandbox)
    report(live_sandbox)
    order(live_sandbox, "mislead", Link="NextPageToken", Location="https://elsewhere.example/x")

    misled, straight = look(live_sandbox).json(), look(live_sandbox).json()

    assert misled == {**straight, "NextPageToken": "https://elsewhere.example/x"}


def test_a_page_that_is_to_lead_to_a_next_one_names_no_next_round() -> None:
    page: list[dict[str, Any]] = [
        {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"9")]},
        {"type": "http.response.body", "body": b'{"value": [], "@odata.deltaLink": "https://graph.example/d"}'},
    ]

    start, body = with_link([*page], "@odata.nextLink", "https://elsewhere.example/x")

    assert json.loads(body["body"]) == {"value": [], "@odata.nextLink": "https://elsewhere.example/x"}
    assert start["headers"] == [(b"content-length", str(len(body["body"])).encode())]


def test_slowness_waits_and_then_serves(live_sandbox: LiveSandbox) -> None:
    open_office(live_sandbox)
    order(live_sandbox, "slow", Seconds=0.3)

    answer = look(live_sandbox)

    assert answer.status_code == 200
    assert answer.elapsed >= timedelta(seconds=0.3)


def test_a_slow_answer_comes_at_once_when_faults_are_cleared(live_sandbox: LiveSandbox) -> None:
    open_office(live_sandbox)
    order(live_sandbox, "slow", Seconds=600)
    answers: list[requests.Response] = []
    thread = in_the_background(live_sandbox, answers)
    until(lambda: waiting(live_sandbox) == 1, what="a slow request")

    live_sandbox.control("DELETE", "/faults")
    thread.join(30)

    assert answers[0].status_code == 200


def test_a_held_request_is_served_when_it_is_let_go(live_sandbox: LiveSandbox) -> None:
    open_office(live_sandbox)
    fault = order(live_sandbox, "hold")
    answers: list[requests.Response] = []
    thread = in_the_background(live_sandbox, answers)
    until(lambda: waiting(live_sandbox) == 1, what="a held request")
    before = appointments(live_sandbox)

    live_sandbox.control("DELETE", f"/faults/{fault['Id']}")
    thread.join(30)

    assert before == []
    assert answers[0].status_code == 200
    assert len(appointments(live_sandbox)) == 1


def test_an_answer_can_be_held_after_the_work_was_done(live_sandbox: LiveSandbox) -> None:
    open_office(live_sandbox)
    order(live_sandbox, "hold_after")
    answers: list[requests.Response] = []
    thread = in_the_background(live_sandbox, answers)
    until(lambda: waiting(live_sandbox) == 1, what="a held answer")
    done = appointments(live_sandbox)

    live_sandbox.control("DELETE", "/faults")
    thread.join(30)

    assert len(done) == 1
    assert answers[0].status_code == 200


def test_a_held_request_whose_caller_went_away_is_never_served(live_sandbox: LiveSandbox) -> None:
    open_office(live_sandbox)
    order(live_sandbox, "hold")
    headers = {"AuthToken": live_sandbox.addresses["SalesExecAuthToken"]}
    with pytest.raises(requests.Timeout):
        requests.post(
            live_sandbox.salesexec_api_url + "/CalendarChanges", json=CHANGES, headers=headers, timeout=(5, 0.2)
        )
    until(lambda: waiting(live_sandbox) == 0, what="the caller's going away being noticed")

    live_sandbox.control("DELETE", "/faults")

    assert appointments(live_sandbox) == []


def test_a_fault_strikes_only_what_it_is_meant_for(live_sandbox: LiveSandbox) -> None:
    open_office(live_sandbox)
    order(
        live_sandbox, "unavailable", Times=None, Match={"Method": "GET", "PathContains": "/appointments", "Actor": REP}
    )

    statuses = [
        look(live_sandbox).status_code,
        look(live_sandbox, OTHER_REP).status_code,
        report(live_sandbox).status_code,
    ]

    assert statuses == [503, 200, 200]


def test_a_fault_can_let_some_of_the_requests_that_it_means_pass_first(live_sandbox: LiveSandbox) -> None:
    open_office(live_sandbox)
    order(live_sandbox, "unavailable", Skip=2, Match={"Actor": REP})

    statuses = [
        look(live_sandbox).status_code,
        look(live_sandbox, OTHER_REP).status_code,
        report(live_sandbox).status_code,
        look(live_sandbox).status_code,
        look(live_sandbox).status_code,
    ]

    assert statuses == [200, 200, 200, 503, 200]


@pytest.mark.parametrize(
    "fault",
    [
        {"Service": "mail", "Kind": "slow"},
        {"Service": "graph", "Kind": "explode"},
        {"Service": "graph", "Kind": "slow", "Times": 0},
        {"Service": "graph", "Kind": "slow", "Skip": -1},
        {"Service": "graph", "Kind": "unavailable", "Status": 404},
        {"Service": "graph", "Kind": "throttle", "RetryAfter": "soon"},
        {"Service": "graph", "Kind": "slow", "Match": {"Verb": "GET"}},
        {"Service": "graph", "Kind": "refuse", "Status": 503},
        {"Service": "graph", "Kind": "redirect"},
        {"Service": "graph", "Kind": "redirect", "Status": 200, "Location": "https://elsewhere.example"},
        {"Service": "graph", "Kind": "mislead", "Location": "https://elsewhere.example"},
        {"Service": "graph", "Kind": "slow", "Location": "https://elsewhere.example"},
    ],
)
def test_an_order_nobody_can_follow_is_refused(live_sandbox: LiveSandbox, fault: dict[str, Any]) -> None:
    answer = requests.post(live_sandbox.control_url + "/faults", json=fault, timeout=30)

    assert answer.status_code == 400
    assert live_sandbox.control("GET", "/faults") == {"Faults": []}
