"""The answer of Microsoft is taken only in the browser that asked for it, once; so is the rep's yes."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from sandbox.browser import Browser
from sandbox.stack import Stack
from tests.scenarios.conftest import Hire
from tests.scenarios.connecting.pages import heading, session_of, way_on
from tests.scenarios.people import Person

NOT_HERE = (403, "This sign-in did not begin here")
NOT_CONFIRMED = (403, "This confirmation cannot be used")


def begun(person: Person) -> Browser:
    """Return her browser at Microsoft's page."""
    return person.browser().open(person.api.link(person.user)).submit()


def stopped_before_callback(person: Person, browser: Browser) -> str:
    """Let her accept at Microsoft and return the address that her browser is sent back to, without going there."""
    form = browser.form()
    with requests.Session() as session:
        session.trust_env = False
        answer = session.post(
            browser.url,
            data={**form.values, "account": person.upn, "decision": "accept"},
            verify=person.trust,
            allow_redirects=False,
            timeout=10,
        )
    return str(answer.headers["Location"])


def plant(browser: Browser, value: str) -> None:
    browser.cookies.set("salesexec_sign_in", value, domain="127.0.0.1", path="/api/oauth")


def test_a_forwarded_sign_in_address_is_refused_in_a_browser_that_did_not_ask(hire: Hire) -> None:
    anna, mallory = hire(), hire()
    annas = begun(anna)
    before = anna.traces(), mallory.traces()

    browser = mallory.browser().open(annas.url)
    browser.submit(account=mallory.upn)

    assert heading(browser) == NOT_HERE
    assert way_on(browser)
    assert (anna.traces(), mallory.traces()) == before
    annas.submit(account=anna.upn).submit()
    assert heading(annas) == (200, "Connected")


def test_a_session_that_was_planted_beforehand_is_worth_nothing(hire: Hire) -> None:
    anna, mallory = hire(), hire()
    browser = anna.browser()
    plant(browser, "planted-by-mallory")
    browser.open(anna.api.link(anna.user)).submit()

    fresh = session_of(browser)
    callback = stopped_before_callback(anna, browser)
    thief = mallory.browser()
    plant(thief, "planted-by-mallory")
    thief.open(callback)

    assert fresh
    assert fresh != "planted-by-mallory"
    assert heading(thief) == NOT_HERE
    assert anna.api.connection(anna.user)["State"] == "NotConnected"


def test_every_sign_in_has_a_session_of_its_own(new_rep: Person) -> None:
    browser = begun(new_rep)
    first = session_of(browser)

    browser.open(new_rep.api.link(new_rep.user)).submit()

    assert session_of(browser) not in (None, first)


def test_a_callback_works_once_and_its_page_stays_good(new_rep: Person) -> None:
    browser = begun(new_rep)
    callback = stopped_before_callback(new_rep, browser)
    browser.open(callback)
    page, url = browser.page, browser.url

    browser.open(callback)

    assert heading(browser) == NOT_HERE
    browser.page, browser.url = page, url  # she goes back to the page before
    assert heading(browser.submit()) == (200, "Connected")


def test_a_callback_of_somebody_elses_sign_in_does_not_use_up_the_one_under_way(hire: Hire) -> None:
    anna, mallory = hire(), hire()
    browser = begun(anna)
    at_microsoft = browser.page, browser.url
    foreign = stopped_before_callback(mallory, begun(mallory))

    browser.open(foreign)

    assert heading(browser) == NOT_HERE
    browser.page, browser.url = at_microsoft
    assert heading(browser.submit(account=anna.upn)) == (200, "Is this the right mailbox?")


@pytest.mark.parametrize(
    "query", ["", "?code=abc", "?state=abc", "?code=abc&state=abc", "?error=access_denied", "?state="]
)
def test_a_callback_out_of_nowhere_is_refused(stack: Stack, new_rep: Person, query: str) -> None:
    browser = new_rep.browser().open(f"{stack.host_url}/api/oauth/callback{query}")

    assert heading(browser) == NOT_HERE
    assert way_on(browser)


def test_a_code_that_microsoft_never_gave_connects_nobody(stack: Stack, new_rep: Person) -> None:
    browser = begun(new_rep)
    before = new_rep.traces()
    state = parse_qs(urlsplit(browser.url).query)["state"][0]

    browser.open(f"{stack.host_url}/api/oauth/callback?code=made-up&state={state}")

    assert heading(browser) == (410, "That took too long")
    assert way_on(browser)
    assert new_rep.traces() == before


def test_a_code_of_another_account_cannot_be_smuggled_into_a_sign_in(hire: Hire) -> None:
    anna, mallory = hire(), hire()
    browser = begun(anna)
    state = parse_qs(urlsplit(browser.url).query)["state"][0]
    stolen = parse_qs(urlsplit(stopped_before_callback(mallory, begun(mallory))).query)["code"][0]
    before = anna.traces()

    browser.open(f"{browser_home(anna)}/api/oauth/callback?code={stolen}&state={state}")

    assert browser.status in (403, 410)
    assert way_on(browser)
    assert anna.traces() == before


def browser_home(person: Person) -> str:
    url = urlsplit(person.api.link(person.user))
    return f"{url.scheme}://{url.netloc}"


def test_the_yes_counts_once(new_rep: Person) -> None:
    browser = new_rep.to_confirm_page()
    page, url, session = browser.page, browser.url, session_of(browser)
    browser.submit()
    secrets = new_rep.evidence.secrets()

    plant(browser, session or "")
    browser.page, browser.url = page, url
    browser.submit()

    assert heading(browser) == NOT_CONFIRMED
    assert way_on(browser)
    assert new_rep.evidence.secrets() == secrets


def test_the_yes_counts_only_in_the_browser_that_signed_in(hire: Hire) -> None:
    anna, mallory = hire(), hire()
    hers, his = anna.to_confirm_page(), mallory.to_confirm_page()
    before = anna.traces()
    stranger = mallory.browser()

    for browser in (stranger, his):
        browser.page, browser.url = hers.page, hers.url
        browser.submit()
        assert heading(browser) == NOT_CONFIRMED

    assert anna.traces() == before
    assert heading(hers.submit()) == (200, "Connected")


def test_a_confirmation_that_was_tampered_with_is_refused(new_rep: Person) -> None:
    browser = new_rep.to_confirm_page()
    before = new_rep.traces()
    page, url, sealed = browser.page, browser.url, browser.form().values["sealed"]

    for spoiled in ("", "x", sealed[:-8], sealed[:60] + "AAAA" + sealed[64:], sealed.swapcase()):
        browser.page, browser.url = page, url
        browser.submit(sealed=spoiled)
        assert heading(browser) == NOT_CONFIRMED

    assert new_rep.traces() == before
    browser.page, browser.url = page, url
    assert heading(browser.submit()) == (200, "Connected")
