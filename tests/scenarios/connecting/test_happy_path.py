"""Link, form, Microsoft, confirmation, done: what a rep sees on the way, and what is there afterwards."""

from __future__ import annotations

import pytest

from tests.control import Control
from tests.scenarios.api import Api
from tests.scenarios.connecting.pages import heading, session_of, words
from tests.scenarios.people import Person, at, lasting, now, utc

RETURN_URL = "https://crm.salesexec.example/settings/calendar?done=1"
BAD_RETURN_URLS = [
    "http://crm.salesexec.example/",
    "https://evil.example/",
    "https://crm.salesexec.example.evil.example/",
    "https://evil.example/?https://crm.salesexec.example",
    "https://crm.salesexec.example@evil.example/",
    "https://user:secret@crm.salesexec.example/",
    "https://crm.salesexec.example:8443/",
    "https://crm.salesexec.example\\@evil.example/",
    "//crm.salesexec.example/",
    "/settings",
    "javascript:alert(1)",
    "https://crm.salesexec.example/\r\nSet-Cookie: a=b",
    "https://[crm.salesexec.example/",
    "",
    7,
    ["https://crm.salesexec.example/"],
]


def test_a_rep_who_says_yes_is_connected(new_rep: Person) -> None:
    browser = new_rep.connect(DisplayName="Anna")

    connection = new_rep.api.connection(new_rep.user)
    assert (connection["State"], connection["Mailbox"]) == ("Connected", new_rep.upn)
    assert connection["ConnectedUtc"]
    assert connection["LastPollUtc"]
    assert connection["LastError"] is None
    assert heading(browser) == (200, "Connected")
    assert new_rep.upn in words(browser)


def test_there_is_one_secret_and_it_is_the_only_place_of_tokens(new_rep: Person) -> None:
    before = new_rep.evidence.secrets()

    new_rep.connect()

    assert len(new_rep.evidence.secrets() - before) == 1
    stored = new_rep.evidence.everything_stored()
    assert new_rep.upn in stored
    assert "refresh_token" not in stored
    assert "RefreshToken" not in stored


def test_nothing_is_stored_before_the_rep_says_yes(new_rep: Person) -> None:
    before = new_rep.traces()

    browser = new_rep.to_confirm_page(DisplayName="Anna")

    assert heading(browser) == (200, "Is this the right mailbox?")
    assert new_rep.traces() == before
    assert new_rep.api.connection(new_rep.user)["State"] == "NotConnected"


def test_the_confirm_page_says_which_mailbox_and_which_user(new_rep: Person) -> None:
    named = new_rep.to_confirm_page(DisplayName="Anna Berg")
    unnamed = new_rep.to_confirm_page()

    assert new_rep.upn in words(named)
    assert "Anna Berg" in words(named)
    assert new_rep.user in words(unnamed)


def test_what_the_link_says_is_text_on_the_pages_never_markup(new_rep: Person) -> None:
    name = '<script>alert("x")</script>'

    first = new_rep.browser().open(new_rep.api.link(new_rep.user, DisplayName=name, Mailbox='a"><b>@x.example'))
    last = new_rep.to_confirm_page(DisplayName=name)

    for page in (first, last):
        assert "<script" not in page.page
        assert name in words(page)
    assert "<b>@x.example" not in first.page


def test_microsoft_is_told_whom_the_link_is_for(new_rep: Person) -> None:
    browser = new_rep.browser().open(new_rep.api.link(new_rep.user, Mailbox=new_rep.upn.upper()))
    browser.submit()

    assert f"login_hint={new_rep.upn.upper().replace('@', '%40')}" in browser.url
    browser.submit()  # her account is chosen already
    browser.submit()
    assert heading(browser) == (200, "Connected")


def test_the_ticket_is_in_no_address_after_the_first_form(new_rep: Person) -> None:
    browser = new_rep.connect()

    assert "ticket=" in browser.visited[0]
    assert not [url for url in browser.visited[1:] if "ticket" in url]


def test_the_session_is_over_when_it_is_done(new_rep: Person) -> None:
    browser = new_rep.to_confirm_page()
    assert session_of(browser)

    browser.submit()

    assert session_of(browser) is None


def test_a_rep_is_led_back_to_salesexec_when_the_link_says_where(new_rep: Person) -> None:
    browser = new_rep.connect(ReturnUrl=RETURN_URL)

    assert browser.url == RETURN_URL
    assert new_rep.api.connection(new_rep.user)["State"] == "Connected"


@pytest.mark.parametrize("return_url", BAD_RETURN_URLS)
def test_no_link_is_made_that_would_lead_elsewhere(api: Api, new_rep: Person, return_url: object) -> None:
    body = {"Page": "connect", "ReturnUrl": return_url}

    answer = api.call("POST", f"users/{new_rep.user}/link", "create_link", json=body)

    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/ReturnUrl"]
    assert "Url" not in answer.json()


def test_a_return_url_may_name_the_host_in_capitals_and_the_usual_port(new_rep: Person) -> None:
    for return_url in ("https://CRM.SalesExec.example/a", "https://crm.salesexec.example:443/b"):
        browser = new_rep.connect(ReturnUrl=return_url)

        assert browser.url.lower() == return_url.lower()


def test_what_salesexec_had_before_is_in_outlook_after_the_first_sync(new_rep: Person, control: Control) -> None:
    booked = new_rep.book(Push=False, Subject="Booked before")
    new_rep.book(Push=False, Subject="Long over", **lasting(at(days=-3)))
    new_rep.book(Push=False, Subject="Too far away", **lasting(at(days=200)))
    called_off = new_rep.book(Push=False, Subject="Called off")
    new_rep.cancel(called_off["AppointmentGuid"], Push=False)

    new_rep.connect()

    assert [event["Subject"] for event in new_rep.events()] == ["Booked before"]
    receipt = new_rep.api.receipt(booked["AppointmentGuid"])
    assert receipt["EventId"] == new_rep.events()[0]["Id"]
    assert control.mails() == [mail for mail in control.mails() if mail["Sender"] != new_rep.upn]


def test_what_outlook_had_before_is_in_salesexec_after_the_first_sync(new_rep: Person) -> None:
    new_rep.add_event(Subject="Dentist")

    new_rep.connect()

    assert [(each["Subject"], each["Origin"]) for each in new_rep.appointments()] == [("Dentist", "Outlook")]


def test_a_link_says_until_when_it_works(api: Api, new_rep: Person) -> None:
    answer = api.call("POST", f"users/{new_rep.user}/link", "create_link", json={"Page": "connect"})

    left = answer.json()["ExpiresUtc"]
    assert utc(now()) < left <= utc(now().replace(year=now().year + 1))
    assert sorted(answer.json()) == ["ExpiresUtc", "Url"]
