"""Orders to the whole sandbox: seeding, time, switches, the journal and its counts, tokens, reset."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import requests

from sandbox.world import World
from tests.sandbox.conftest import LiveSandbox
from tests.sandbox.salesexec.office import REP, appointments, open_office
from tests.waiting import until

ANNA = {"Upn": "anna.adams@contoso.example", "UserGuid": REP, "Leads": ["Wingtip Toys", {"Name": "Fabrikam"}]}


def refusal(sandbox: LiveSandbox, method: str, path: str, order: Any) -> requests.Response:
    return requests.request(method, sandbox.control_url + path, json=order, timeout=30)


def test_seeding_makes_a_microsoft_account_and_a_rep_with_leads(live_sandbox: LiveSandbox) -> None:
    [anna] = live_sandbox.seed(ANNA)

    assert (anna["DisplayName"], anna["UserGuid"]) == ("Anna Adams", REP)
    assert [lead["Name"] for lead in anna["Leads"]] == ["Wingtip Toys", "Fabrikam"]
    assert all(lead["LeadUrl"].endswith(lead["LeadGuid"]) for lead in anna["Leads"])
    user = live_sandbox.world.directory.user_by_upn("ANNA.adams@contoso.example")
    assert user is not None
    assert user.oid == anna["Oid"]


def test_the_same_person_cannot_be_seeded_twice(live_sandbox: LiveSandbox) -> None:
    live_sandbox.seed(ANNA)

    answer = refusal(live_sandbox, "POST", "/seed", {"Users": [ANNA]})

    assert answer.status_code == 400


def test_the_same_seed_gives_the_same_ids(live_sandbox: LiveSandbox) -> None:
    person = {"Upn": "ben@contoso.example"}
    live_sandbox.control("POST", "/reset", {"Seed": 7})
    first = live_sandbox.seed(person)
    live_sandbox.control("POST", "/reset", {"Seed": 7})
    second = live_sandbox.seed(person)
    live_sandbox.control("POST", "/reset", {"Seed": 8})
    other = live_sandbox.seed(person)

    assert first == second
    assert first != other


def test_answers_are_dated_by_the_simulated_time(live_sandbox: LiveSandbox) -> None:
    live_sandbox.control("POST", "/clock", {"AdvanceSeconds": 36_000})

    answers = [
        requests.get(f"{url}/me", timeout=30) for url in (live_sandbox.graph_base_url, live_sandbox.salesexec_api_url)
    ]

    now = datetime.fromisoformat(live_sandbox.control("GET", "/clock")["Now"])
    dates = [parsedate_to_datetime(answer.headers["Date"]) for answer in answers]
    assert all(abs(now - date) < timedelta(minutes=1) for date in dates)


def test_a_reset_empties_everything(live_sandbox: LiveSandbox) -> None:
    open_office(live_sandbox)
    live_sandbox.control("POST", "/clock", {"AdvanceSeconds": 3600})
    live_sandbox.control("PUT", "/switches", {"entra.single_sign_on": "on"})
    live_sandbox.control("POST", "/faults", {"Service": "graph", "Kind": "slow"})

    live_sandbox.control("POST", "/reset")

    assert live_sandbox.world.directory.users() == []
    assert live_sandbox.control("GET", "/salesexec/users") == {"Users": []}
    assert live_sandbox.control("GET", "/faults") == {"Faults": []}
    assert live_sandbox.control("GET", "/journal") == {"Entries": []}
    assert live_sandbox.world.switches["entra.single_sign_on"] == "off"
    assert abs(live_sandbox.world.clock.now() - datetime.now().astimezone()) < timedelta(seconds=5)


def test_time_can_be_set_and_moved(live_sandbox: LiveSandbox) -> None:
    live_sandbox.control("POST", "/clock", {"Now": "2027-03-14T01:59:00-08:00"})
    shown = live_sandbox.control("POST", "/clock", {"AdvanceSeconds": 60})

    now = datetime.fromisoformat(shown["Now"])
    assert timedelta() <= now - datetime.fromisoformat("2027-03-14T10:00:00+00:00") < timedelta(seconds=5)
    assert refusal(live_sandbox, "POST", "/clock", {"Now": "2027-03-14T01:59:00"}).status_code == 400


def test_switches_say_what_they_can_be_and_why(live_sandbox: LiveSandbox) -> None:
    shown = {each["Name"]: each for each in live_sandbox.control("GET", "/switches")["Switches"]}

    assert shown["vault.challenge_resource"]["Values"] == ["azure", "suffix"]
    assert shown["vault.challenge_resource"]["Why"]
    assert refusal(live_sandbox, "PUT", "/switches", {"vault.challenge_resource": "other"}).status_code == 400
    assert refusal(live_sandbox, "PUT", "/switches", {"no.such": "x"}).status_code == 400


def test_the_journal_tells_who_did_what(live_sandbox: LiveSandbox) -> None:
    open_office(live_sandbox)
    appointments(live_sandbox)
    [entry] = live_sandbox.control("GET", "/journal?service=salesexec")["Entries"]

    nothing_later = live_sandbox.control("GET", f"/journal?since={entry['Seq']}")["Entries"]

    assert (entry["Method"], entry["Path"], entry["Status"]) == ("GET", "/api/Appointments", 200)
    assert (entry["Actor"], entry["Summary"]) == (REP, "0 appointments")
    assert nothing_later == []


def test_figures_count_answers_and_the_most_requests_at_once(live_sandbox: LiveSandbox) -> None:
    open_office(live_sandbox)
    appointments(live_sandbox)
    appointments(live_sandbox)

    figures = until(lambda: live_sandbox.control("GET", "/figures"))

    assert figures["Answers"]["salesexec"] == {"200": 2}
    assert figures["MostAtOnce"]["salesexec"] == {REP: 1}
    assert figures["Mails"] == 0


def test_a_token_lets_a_test_play_a_persons_own_outlook(live_sandbox: LiveSandbox) -> None:
    [anna] = live_sandbox.seed(ANNA)

    issued = live_sandbox.control("POST", "/tokens", {"Upn": anna["Upn"], "Scopes": ["Calendars.Read"]})

    grant = live_sandbox.world.directory.authenticate(issued["AccessToken"])
    assert grant is not None
    assert (grant.user.oid, grant.scopes) == (anna["Oid"], ("Calendars.Read",))
    assert refusal(live_sandbox, "POST", "/tokens", {"Upn": "nobody@contoso.example"}).status_code == 404


def test_an_access_token_ends_with_its_lifetime(live_sandbox: LiveSandbox) -> None:
    [anna] = live_sandbox.seed(ANNA)
    issued = live_sandbox.control("POST", "/tokens", {"Upn": anna["Upn"], "LifetimeSeconds": 60})

    live_sandbox.control("POST", "/clock", {"AdvanceSeconds": 61})

    assert live_sandbox.world.directory.authenticate(issued["AccessToken"]) is None


def test_mails_are_kept_for_those_who_would_have_got_them(live_sandbox: LiveSandbox) -> None:
    mailroom = live_sandbox.world.mailroom
    mailroom.send(sender="a@x.example", recipients=["b@x.example"], kind="update", subject="Moved", event_id="AAMk")
    mailroom.send(sender="a@x.example", recipients=[], kind="update", subject="Nobody", event_id="AAMk")

    [mail] = live_sandbox.control("GET", "/mails")["Mails"]

    assert (mail["Recipients"], mail["Kind"], mail["Subject"]) == (["b@x.example"], "update", "Moved")


def test_an_order_that_is_not_an_object_is_refused(live_sandbox: LiveSandbox) -> None:
    answer = refusal(live_sandbox, "POST", "/reset", ["now"])

    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_store_is_made_once_and_emptied_with_its_world() -> None:
    class Shelf:
        def __init__(self, world: World) -> None:
            self.name = world.ids.opaque("shelf-", 12)
            self.books = ["one"]

        def reset(self) -> None:
            self.books.clear()

    world = World(seed=1)
    shelf = world.store(Shelf)

    world.reset()

    assert world.store(Shelf) is shelf
    assert len(shelf.name) == 12
    assert shelf.books == []
