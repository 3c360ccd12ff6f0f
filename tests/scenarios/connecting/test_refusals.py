"""Sign-ins that Microsoft or our own checks turn down: a page in plain words, a way on, and nothing stored."""

from __future__ import annotations

from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests

from sandbox.browser import Browser
from tests.control import Control
from tests.scenarios.conftest import Hire
from tests.scenarios.connecting.pages import heading, way_on, words
from tests.scenarios.people import Person

DENIED = (403, "You did not allow access")


def at_microsoft(person: Person, **wanted: object) -> Browser:
    return person.browser().open(person.api.link(person.user, **wanted)).submit()


def test_a_rep_who_declines_is_not_connected(new_rep: Person) -> None:
    before = new_rep.traces()

    browser = at_microsoft(new_rep).submit(account=new_rep.upn, decision="deny")

    assert heading(browser) == DENIED
    assert "new link" in way_on(browser)
    assert new_rep.traces() == before


def test_a_rep_who_declined_can_try_again_with_a_new_link(new_rep: Person) -> None:
    at_microsoft(new_rep).submit(account=new_rep.upn, decision="deny")

    browser = new_rep.connect()

    assert heading(browser) == (200, "Connected")


def test_an_organisation_that_must_approve_first_is_said_in_plain_words(control: Control, new_rep: Person) -> None:
    control.call("POST", "entra/accounts", {"Upn": new_rep.upn, "ConsentNeedsAdministrator": True})
    before = new_rep.traces()

    browser = at_microsoft(new_rep).submit(account=new_rep.upn)
    assert heading(browser) == (200, "Need admin approval")
    browser.submit()

    assert browser.status == 403
    assert way_on(browser)
    assert new_rep.traces() == before


def callback_with(browser: Browser, **answer: str) -> Browser:
    """Come back from Microsoft with an answer that the simulator does not give by itself."""
    query = {name: values[0] for name, values in parse_qs(urlsplit(browser.url).query).items()}
    return browser.open(f"{query['redirect_uri']}?{urlencode({'state': query['state'], **answer})}")


@pytest.mark.parametrize(
    ("error", "description", "status", "title"),
    [
        ("access_denied", "AADSTS65004: User declined to consent.", *DENIED),
        ("access_denied", "", *DENIED),
        ("access_denied", "AADSTS90094: needs admin", 403, "Your organisation must approve this app first"),
        ("consent_required", "AADSTS65001: not consented", 403, "Your organisation must approve this app first"),
        ("invalid_request", "AADSTS90013: invalid", 503, "The calendar sync is not set up correctly"),
        ("invalid_resource", "AADSTS500011: no such", 503, "The calendar sync is not set up correctly"),
        ("invalid_client", "AADSTS650052: no service", 503, "The calendar sync is not set up correctly"),
        ("temporarily_unavailable", "AADSTS90033: try later", 503, "Microsoft cannot be reached right now"),
        ("server_error", "AADSTS90020: later", 503, "Microsoft cannot be reached right now"),
        ("access_denied", "AADSTS50020: other tenant", 403, "This organisation is not admitted"),
        ("something_new", "<b>AADSTS12345</b> of anna@contoso.example", 502, "Microsoft reported an error"),
    ],
)
def test_each_error_of_microsoft_has_a_page(
    new_rep: Person, error: str, description: str, status: int, title: str
) -> None:
    browser = at_microsoft(new_rep)
    before = new_rep.traces()

    callback_with(browser, error=error, error_description=description)

    assert heading(browser) == (status, title)
    assert way_on(browser)
    assert "<b>" not in browser.page
    assert "anna@contoso.example" not in browser.page
    assert new_rep.traces() == before


def test_an_error_uses_up_the_sign_in(new_rep: Person) -> None:
    browser = at_microsoft(new_rep)
    page, url = browser.page, browser.url
    callback_with(browser, error="access_denied")

    browser.page, browser.url = page, url
    browser.submit(account=new_rep.upn)

    assert heading(browser) == (403, "This sign-in did not begin here")


def test_a_mailbox_of_another_rep_is_refused(hire: Hire, anna: Person) -> None:
    ben = hire()
    before = ben.traces(), anna.traces()

    browser = at_microsoft(ben).submit(account=anna.upn)

    assert heading(browser) == (409, "This mailbox is connected to somebody else")
    assert anna.upn in words(browser)
    assert way_on(browser)
    assert (ben.traces(), anna.traces()) == before


def test_a_mailbox_that_became_another_reps_while_one_hesitated_is_refused(hire: Hire) -> None:
    anna, ben = hire(), hire()
    hesitating = at_microsoft(ben).submit(account=anna.upn)
    assert heading(hesitating) == (200, "Is this the right mailbox?")
    anna.connect()
    before = ben.traces(), anna.traces()

    hesitating.submit()

    assert heading(hesitating) == (409, "This mailbox is connected to somebody else")
    assert (ben.traces(), anna.traces()) == before


def test_a_mailbox_is_free_for_another_rep_once_it_was_disconnected(hire: Hire, anna: Person) -> None:
    ben = hire()
    assert anna.api.disconnect(anna.user).status_code == 204

    browser = at_microsoft(ben).submit(account=anna.upn).submit()

    assert heading(browser) == (200, "Connected")
    assert ben.api.connection(ben.user)["Mailbox"] == anna.upn
    assert anna.api.connection(anna.user)["State"] == "NotConnected"


def test_another_mailbox_is_refused_while_one_is_connected(hire: Hire, anna: Person) -> None:
    other = hire()
    before = anna.traces()

    browser = at_microsoft(anna).submit(account=other.upn)

    assert heading(browser) == (409, "Another mailbox is connected already")
    assert anna.upn in words(browser)
    assert way_on(browser)
    assert anna.traces() == before


def test_another_mailbox_is_refused_while_the_connection_only_needs_a_new_sign_in(
    hire: Hire, control: Control, anna: Person
) -> None:
    other = hire()
    control.call("POST", "entra/grants", {"Upn": anna.upn, "AccessTokensToo": True})
    anna.poll()
    assert anna.api.connection(anna.user)["State"] == "ReconnectNeeded"

    browser = at_microsoft(anna).submit(account=other.upn)

    assert heading(browser) == (409, "Another mailbox is connected already")
    assert anna.api.connection(anna.user)["State"] == "ReconnectNeeded"


def test_after_disconnecting_any_mailbox_can_sign_in_and_starts_clean(hire: Hire, anna: Person) -> None:
    other = hire()
    guid = anna.book()["AppointmentGuid"]
    anna.api.disconnect(anna.user)

    browser = at_microsoft(anna).submit(account=other.upn).submit()

    assert heading(browser) == (200, "Connected")
    assert anna.api.connection(anna.user)["Mailbox"] == other.upn
    assert [event["Subject"] for event in anna.events()] == ["Call Wingtip Toys"]
    assert guid


def test_a_personal_account_does_not_get_past_microsoft(hire: Hire) -> None:
    rep = hire(Personal=True)
    before = rep.traces()

    browser = at_microsoft(rep).submit(account=rep.upn)

    assert browser.status == 400
    assert rep.traces() == before


@pytest.mark.parametrize("withheld", ["Calendars.ReadWrite", "offline_access"])
def test_a_sign_in_without_the_permission_connects_nobody(control: Control, new_rep: Person, withheld: str) -> None:
    control.call("POST", "entra/accounts", {"Upn": new_rep.upn, "WithheldScopes": [withheld]})
    before = new_rep.traces()

    browser = at_microsoft(new_rep).submit(account=new_rep.upn)

    assert heading(browser) == (403, "Access to the calendar was not granted")
    assert way_on(browser)
    assert new_rep.traces() == before


def test_a_disabled_account_stays_with_microsoft(control: Control, new_rep: Person) -> None:
    control.call("POST", "entra/accounts", {"Upn": new_rep.upn, "Disabled": True})

    browser = at_microsoft(new_rep).submit(account=new_rep.upn)

    assert browser.status == 400
    assert new_rep.api.connection(new_rep.user)["State"] == "NotConnected"


def test_methods_that_the_pages_do_not_have_are_not_there(new_rep: Person) -> None:
    url = new_rep.api.link(new_rep.user).partition("?")[0]
    home = url.removesuffix("connect")

    for method, address in (("PUT", url), ("POST", f"{home}oauth/callback"), ("GET", f"{home}oauth/confirm")):
        assert requests.request(method, address, timeout=10).status_code == 404
