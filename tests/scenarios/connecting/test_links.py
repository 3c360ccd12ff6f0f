"""One-time links: opened by scanners, used twice, forwarded, damaged."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from sandbox.stack import Stack
from tests.scenarios.api import Api
from tests.scenarios.conftest import Hire
from tests.scenarios.connecting.pages import heading, way_on, words
from tests.scenarios.people import Person

type Spoil = Callable[[str], str]
USED = (410, "This link cannot be used any more")


def ticket_of(url: str) -> str:
    return parse_qs(urlsplit(url).query)["ticket"][0]


def test_opening_a_link_changes_nothing_however_often_it_is_opened(new_rep: Person) -> None:
    url = new_rep.api.link(new_rep.user)
    before = new_rep.evidence.stored_about(new_rep.user)

    for _ in range(5):
        scanner = new_rep.browser().open(url)
        assert heading(scanner) == (200, "Connect your Outlook calendar")
        assert not scanner.cookies
        requests.head(url, timeout=10)
        requests.options(url, timeout=10)

    assert new_rep.evidence.stored_about(new_rep.user) == before
    new_rep.browser().open(url).submit().submit(account=new_rep.upn).submit()
    assert new_rep.api.connection(new_rep.user)["State"] == "Connected"


def test_a_link_works_once(new_rep: Person) -> None:
    url = new_rep.api.link(new_rep.user)
    first, second = new_rep.browser().open(url), new_rep.browser().open(url)
    first.submit()

    second.submit()

    assert heading(second) == USED
    assert way_on(second)
    first.submit(account=new_rep.upn).submit()
    assert heading(first) == (200, "Connected")


def test_going_back_to_the_form_and_sending_it_again_is_refused_with_a_way_on(new_rep: Person) -> None:
    url = new_rep.api.link(new_rep.user)
    browser = new_rep.browser().open(url).submit()

    browser.open(url).submit()

    assert heading(browser) == USED
    assert "new link" in way_on(browser)


def test_a_link_forwarded_after_it_was_used_opens_nothing(hire: Hire) -> None:
    anna, mallory = hire(), hire()
    url = anna.api.link(anna.user)
    anna.browser().open(url).submit().submit(account=anna.upn).submit()
    before = anna.traces(), mallory.traces()

    browser = mallory.browser().open(url)
    browser.submit()

    assert heading(browser) == USED
    assert (anna.traces(), mallory.traces()) == before


def test_whoever_gets_a_link_forwarded_is_told_whose_it_is_before_anything_is_stored(hire: Hire) -> None:
    anna, mallory = hire(), hire()
    before = anna.traces()

    browser = mallory.browser().open(anna.api.link(anna.user, DisplayName="Anna Berg"))
    browser.submit().submit(account=mallory.upn)

    assert "Anna Berg" in words(browser)
    assert mallory.upn in words(browser)
    assert anna.traces() == before


def test_a_link_for_a_mailbox_takes_no_other_account(hire: Hire) -> None:
    anna, mallory = hire(), hire()
    before = anna.traces()

    browser = mallory.browser().open(anna.api.link(anna.user, Mailbox=anna.upn))
    browser.submit().submit(account=mallory.upn)

    assert heading(browser) == (403, "That is a different mailbox")
    assert mallory.upn in words(browser)
    assert way_on(browser)
    assert anna.traces() == before


def test_two_links_of_one_rep_do_not_disturb_each_other(new_rep: Person) -> None:
    old, fresh = new_rep.api.link(new_rep.user), new_rep.api.link(new_rep.user)

    new_rep.browser().open(fresh).submit()
    browser = new_rep.browser().open(old).submit().submit(account=new_rep.upn).submit()

    assert heading(browser) == (200, "Connected")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: "",
        lambda ticket: ticket[:-4],
        lambda ticket: ticket[:-6] + "AAAA==",
        lambda ticket: ticket.swapcase(),
        lambda ticket: "x" * 5000 + ticket,
        lambda _: "gAAAAA",
        lambda _: "../../etc/passwd",
        lambda _: "%00",
        lambda _: "日本",
    ],
)
def test_a_damaged_link_is_refused_in_plain_words(new_rep: Person, spoil: Spoil) -> None:
    address, _, ticket = new_rep.api.link(new_rep.user).partition("?ticket=")

    opened = new_rep.browser().open(f"{address}?ticket={spoil(ticket)}")
    sent = requests.post(address, data={"ticket": spoil(ticket)}, timeout=10, allow_redirects=False)

    assert heading(opened) == USED
    assert way_on(opened)
    assert sent.status_code == 410
    assert "Set-Cookie" not in sent.headers


def test_a_link_without_a_ticket_where_it_belongs_is_refused(stack: Stack, new_rep: Person) -> None:
    ticket = ticket_of(new_rep.api.link(new_rep.user))
    address = f"{stack.host_url}/api/connect"

    answers = [
        requests.get(address, timeout=10),
        requests.get(f"{address}?ticket=x&ticket={ticket}", timeout=10),
        requests.post(address, timeout=10),
        requests.post(address, json={"ticket": ticket}, timeout=10),
        requests.post(f"{address}?ticket={ticket}", timeout=10),
    ]

    assert [answer.status_code for answer in answers] == [410] * 5


def test_a_link_to_the_settings_connects_nobody(api: Api, stack: Stack, new_rep: Person) -> None:
    ticket = ticket_of(api.link(new_rep.user, Page="settings"))

    browser = new_rep.browser().open(f"{stack.host_url}/api/connect?ticket={ticket}")
    sent = requests.post(f"{stack.host_url}/api/connect", data={"ticket": ticket}, timeout=10, allow_redirects=False)

    assert heading(browser) == USED
    assert sent.status_code == 410


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/Page"),
        ({"Page": "fleet"}, "/Page"),
        ({"Page": ["connect"]}, "/Page"),
        ({"Page": "connect", "Mailbox": 7}, "/Mailbox"),
        ({"Page": "connect", "Mailbox": " "}, "/Mailbox"),
        ({"Page": "connect", "DisplayName": "x" * 256}, "/DisplayName"),
        ([], ""),
        ("connect", ""),
    ],
)
def test_a_link_asked_for_wrongly_is_not_made(api: Api, new_rep: Person, body: object, pointer: str) -> None:
    answer = api.call("POST", f"users/{new_rep.user}/link", "create_link", json=body)

    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
