"""Access tokens that expire, grants that die, and nothing of it in the log."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from sandbox.stack import Stack
from tests.control import Control
from tests.scenarios.conftest import Hire
from tests.scenarios.connecting.pages import session_of
from tests.scenarios.people import Person, a_guid
from tests.waiting import until


def refreshes(control: Control, person: Person, since: int) -> list[dict[str, Any]]:
    return [e for e in control.journal("entra", since, person.upn) if e["Path"].endswith("/token")]


def test_an_access_token_that_expired_is_refreshed_once(own_stack: Stack, own_control: Control, own_hire: Hire) -> None:
    rep = own_hire()
    rep.connect()
    rep.push(a_guid())
    own_stack.advance_clock(timedelta(hours=2))
    since = own_control.mark()

    answers = [rep.push(a_guid(), Subject=f"After two hours {number}") for number in range(3)]

    assert [answer.status_code for answer in answers] == [201, 201, 201]
    assert len(refreshes(own_control, rep, since)) == 1


def test_a_rep_stays_connected_over_many_months(own_stack: Stack, own_control: Control, own_hire: Hire) -> None:
    rep = own_hire()
    rep.connect()

    for _ in range(3):
        own_stack.advance_clock(timedelta(days=60))
        rep.poll()

    connection = rep.api.connection(rep.user)
    assert (connection["State"], connection["LastError"]) == ("Connected", None)
    assert own_control.faults() == []


def test_a_host_that_starts_anew_needs_no_new_sign_in(own_stack: Stack, own_hire: Hire) -> None:
    rep = own_hire()
    rep.connect()

    own_stack.stop_host()
    own_stack.start_host()

    assert rep.push(a_guid()).status_code == 201


@pytest.mark.parametrize("fate", ["Revoked", "SignInFrequency", "MfaRequired", "ConsentWithdrawn", "BlockedByPolicy"])
def test_a_grant_that_died_is_said_and_told_once(anna: Person, control: Control, fate: str) -> None:
    control.call("POST", "entra/grants", {"Upn": anna.upn, "Fate": fate, "AccessTokensToo": True})

    anna.poll()
    until(lambda: anna.notices(), what="SalesExec is told")
    since = anna.mark()
    anna.push(a_guid())
    for _ in range(2):
        anna.poll()

    assert anna.api.connection(anna.user)["State"] == "ReconnectNeeded"
    assert anna.api.connection(anna.user)["Mailbox"] == anna.upn
    assert anna.notices() == ["ReconnectNeeded"]
    assert anna.graph_calls(since) == []
    assert anna.events() == []


def test_signing_in_again_brings_everything_back(anna: Person, control: Control) -> None:
    guid = anna.book()["AppointmentGuid"]
    control.call("POST", "entra/grants", {"Upn": anna.upn, "AccessTokensToo": True})
    anna.poll()
    anna.add_event(Subject="Added meanwhile")
    anna.edit(guid, Subject="Changed meanwhile")

    anna.connect()

    assert anna.api.connection(anna.user)["State"] == "Connected"
    until(lambda: "Changed meanwhile" in [event["Subject"] for event in anna.events()], what="the change arrives")
    until(lambda: len(anna.appointments()) == 2, what="the event is imported")
    assert len(anna.events()) == 2


@pytest.mark.parametrize("kind", ["unavailable", "throttle", "drop_before"])
def test_a_microsoft_that_cannot_refresh_disconnects_nobody(
    own_stack: Stack, own_control: Control, own_hire: Hire, kind: str
) -> None:
    rep = own_hire()
    rep.connect()
    own_stack.advance_clock(timedelta(hours=2))
    own_control.fault("entra", kind, times=None, RetryAfter="1", Match={"PathContains": "/token"})

    answer = rep.push(a_guid())

    assert answer.status_code in (202, 503)
    assert rep.api.connection(rep.user)["State"] == "Connected"
    assert rep.notices() == []
    own_control.clear_faults()
    until(lambda: rep.push(a_guid(), Subject="Later").status_code in (200, 201), what="it works again", seconds=60)


def test_no_secret_and_no_content_is_in_the_log(new_rep: Person, stack: Stack, control: Control) -> None:
    browser = new_rep.to_confirm_page(DisplayName="Unmistakable Name")
    session, sealed = session_of(browser), browser.form().values["sealed"]
    browser.submit()
    until(lambda: new_rep.evidence.runs("poll_calendar", new_rep.user), what="the first poll")
    new_rep.book(Subject="Unmistakable Subject", Body="Unmistakable Body", Location="Unmistakable Place")
    new_rep.add_event(Subject="Unmistakable Event", Body="Unmistakable Text")
    new_rep.poll()
    control.fault("graph", "unavailable", Match={"Actor": new_rep.upn})
    new_rep.push(a_guid(), Subject="Unmistakable Subject", Body="Unmistakable Body")

    log = stack.host.log()

    queries = [url.partition("?")[2] for url in browser.visited if "?" in url]
    values = [part.partition("=")[2] for query in queries for part in query.split("&")]
    secrets = [value for value in values if len(value) > 15] + [session or "", sealed]
    assert len(secrets) > 6
    assert not [secret for secret in secrets if secret in log and "redirect" not in secret and "http" not in secret]
    for word in ("Unmistakable", new_rep.upn, stack.addresses["ClientSecret"], "refresh_token", "Bearer ", "eyJ0"):
        assert word not in log
    for key in stack.keys.values():
        assert key not in log
