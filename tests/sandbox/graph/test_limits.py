"""Who may ask, and how much."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
import requests

from sandbox import graph
from sandbox.world import World
from tests.sandbox.graph.rep import Ports, Rep, an_event, code_of


def limits(rep: Rep, **numbers: float) -> None:
    rep.outlook("PUT", "/limits", numbers)


def at_once(rep: Rep, count: int) -> list[requests.Response]:
    """Send requests so that they overlap."""
    url, headers = f"{rep.root}/me/events", {"Authorization": f"Bearer {rep.token}"}
    with ThreadPoolExecutor(count) as pool:
        sent = [pool.submit(requests.get, url, headers=headers, timeout=30) for _ in range(count)]
        return [one.result() for one in sent]


def test_me_is_the_signed_in_user(rep: Rep) -> None:
    me = rep.get("/me")

    assert (me["id"], me["userPrincipalName"], me["mail"]) == (rep.user.oid, rep.user.upn, rep.user.upn)
    assert (me["displayName"], me["givenName"], me["surname"]) == ("Dana Swope", "Dana", "Swope")
    assert set(rep.get("/me", "$select=displayName")) == {"@odata.context", "id", "displayName"}


@pytest.mark.parametrize("header", ["", "Bearer ", "Bearer made.up.token", "Basic abc"])
def test_without_a_token_that_is_known_the_answer_is_401(rep: Rep, header: str) -> None:
    answer = rep.ask("GET", "/me/events", headers={"Authorization": header})

    assert (answer.status_code, code_of(answer)) == (401, "InvalidAuthenticationToken")
    assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="", authorization_uri=')


def test_an_expired_or_revoked_token_is_no_token(rep: Rep) -> None:
    rep.world.clock.advance(timedelta(hours=2))
    expired = rep.ask("GET", "/me/events")
    rep.token = rep.fresh_token()
    rep.world.directory.revoke_access_tokens(rep.user)
    revoked = rep.ask("GET", "/me/events")

    assert expired.status_code == revoked.status_code == 401


@pytest.mark.parametrize(
    ("scopes", "method", "path", "status"),
    [
        (("User.Read",), "GET", "/me/events", 403),
        (("Calendars.Read",), "GET", "/me/events", 200),
        (("Calendars.Read",), "POST", "/me/events", 403),
        (("https://graph.microsoft.com/Calendars.ReadWrite",), "POST", "/me/events", 201),
        (("Calendars.ReadWrite",), "GET", "/me", 403),
    ],
)
def test_every_address_needs_its_scope(rep: Rep, scopes: tuple[str, ...], method: str, path: str, status: int) -> None:
    rep.token = rep.fresh_token(scopes)

    answer = rep.ask(method, path, an_event() if method == "POST" else None)

    assert answer.status_code == status
    assert status != 403 or code_of(answer) == "ErrorAccessDenied"


def test_a_user_without_a_licence_has_no_mailbox(world: World, ports: Ports, session: requests.Session) -> None:
    user = world.directory.add_user(upn="new@contoso.example", display_name="New", licensed=False)

    answer = Rep(world, ports, session, user).ask("GET", "/me/events")

    assert (answer.status_code, code_of(answer)) == (404, "MailboxNotEnabledForRESTAPI")


def test_four_requests_at_once_are_served_and_a_fifth_is_throttled(rep: Rep) -> None:
    limits(rep, LatencyMs=400)

    answers = at_once(rep, 5)

    refused = [answer for answer in answers if answer.status_code != 200]
    assert len(refused) == 1
    assert (refused[0].status_code, code_of(refused[0])) == (429, "ApplicationThrottled")
    assert refused[0].json()["error"]["message"] == "Application is over its MailboxConcurrency limit."
    assert refused[0].headers["Retry-After"] == "5"
    assert rep.outlook("GET", "/figures")["Mailboxes"][0]["MostAtOnce"] == 5


def test_two_mailboxes_and_two_apps_do_not_throttle_each_other(
    rep: Rep, world: World, ports: Ports, session: requests.Session
) -> None:
    limits(rep, LatencyMs=300, AtOnce=1)
    colleague = Rep(world, ports, session, world.directory.add_user(upn="lee@contoso.example", display_name="Lee"))
    other_app = Rep(world, ports, session, rep.user)
    other_app.token = other_app.fresh_token(client_id="app-2")

    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda who: at_once(who, 1)[0], (rep, colleague, other_app)))

    assert [answer.status_code for answer in answers] == [200, 200, 200]


def test_a_caller_that_comes_back_early_is_throttled_again_and_later_served(rep: Rep) -> None:
    limits(rep, InWindow=2, WindowSeconds=60)
    rep.get("/me/events")
    rep.get("/me/events")

    throttled = rep.ask("GET", "/me/events")
    rep.world.clock.advance(timedelta(seconds=int(throttled.headers["Retry-After"]) - 30))
    early = rep.ask("GET", "/me/events")
    rep.world.clock.advance(timedelta(seconds=90))
    late = rep.ask("GET", "/me/events")

    assert [throttled.status_code, early.status_code, late.status_code] == [429, 429, 200]
    assert 28 <= int(early.headers["Retry-After"]) <= 31
    figures = rep.outlook("GET", "/figures")["Mailboxes"][0]
    assert (figures["Requests"], figures["Throttled"], figures["Early"]) == (5, 2, 1)


def test_the_published_limits_hold_unless_a_test_lowers_them(rep: Rep) -> None:
    numbers = rep.outlook("GET", "/limits")

    assert (numbers["AtOnce"], numbers["InWindow"], numbers["WindowSeconds"]) == (4, 10_000, 600)


def test_reading_the_profile_does_not_count_against_the_mailbox(rep: Rep) -> None:
    rep.get("/me")

    assert rep.outlook("GET", "/figures")["Mailboxes"] == []


def test_an_ordered_fault_answers_in_graphs_shape(rep: Rep) -> None:
    rep.world.faults.order({"Service": "graph", "Kind": "unavailable", "Status": 503, "RetryAfter": "7"})

    answer = rep.ask("GET", "/me/events")

    assert (answer.status_code, code_of(answer)) == (503, "ServiceUnavailable")
    assert answer.headers["Retry-After"] == "7"
    assert set(answer.json()["error"]["innerError"]) == {"date", "request-id", "client-request-id"}


def test_the_fidelity_page_names_every_switch_with_all_its_values(world: World) -> None:
    page = Path(graph.__file__).with_name("FIDELITY.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(graph\.\w+)` \| ([^|]+) \|", page, re.MULTILINE)

    switches = {switch.name: switch.values for switch in world.switches.declared() if switch.name.startswith("graph.")}

    assert {name: tuple(values.strip().split(", ")) for name, values in rows} == switches


def test_half_a_surrogate_pair_does_not_break_an_answer(rep: Rep) -> None:
    answer = rep.ask("POST", "/me/events", an_event(subject="\ud83d alone"))

    assert (answer.status_code, answer.json()["subject"]) == (201, "? alone")
