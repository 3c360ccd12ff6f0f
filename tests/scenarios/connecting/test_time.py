"""Links, sign-ins and confirmations that are too old, keys that are rotated, tenants that are not admitted."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from sandbox.stack import Stack
from tests.scenarios.conftest import Hire
from tests.scenarios.connecting.pages import heading, way_on

type Restart = Callable[..., None]

HOME_TENANT = "5a1e5e8e-c0de-4c0d-8a11-0f0f0f0f0f01"


@pytest.fixture(name="restart")
def _restart(own_stack: Stack) -> Iterator[Restart]:
    """Start the host again with other settings; the story after this one has the usual ones."""
    plan = own_stack.plan

    def restart(**settings: str) -> None:
        own_stack.stop_host()
        own_stack.plan = replace(plan, extra_settings=settings)
        own_stack.start_host()

    yield restart
    if own_stack.plan is not plan:
        restart()


def test_a_link_is_good_for_five_minutes(own_stack: Stack, own_hire: Hire) -> None:
    rep = own_hire()
    url = rep.api.link(rep.user)
    opened = rep.browser().open(url)
    before = rep.traces()

    own_stack.advance_clock(timedelta(minutes=4))
    assert heading(rep.browser().open(url)) == (200, "Connect your Outlook calendar")
    own_stack.advance_clock(timedelta(minutes=1, seconds=1))

    assert heading(rep.browser().open(url)) == (410, "This link cannot be used any more")
    assert heading(opened.submit()) == (410, "This link cannot be used any more")
    assert way_on(opened)
    assert rep.traces() == before


def test_a_rep_who_takes_too_long_at_microsoft_begins_anew(own_stack: Stack, own_hire: Hire) -> None:
    rep = own_hire()
    browser = rep.browser().open(rep.api.link(rep.user)).submit()
    before = rep.traces()

    own_stack.advance_clock(timedelta(minutes=16))
    browser.submit(account=rep.upn)

    assert browser.status in (403, 410)
    assert way_on(browser)
    assert rep.traces() == before


def test_a_yes_that_comes_too_late_connects_nobody(own_stack: Stack, own_hire: Hire) -> None:
    rep = own_hire()
    browser = rep.to_confirm_page()
    before = rep.traces()

    own_stack.advance_clock(timedelta(minutes=16))
    browser.submit()

    assert heading(browser) == (403, "This confirmation cannot be used")
    assert way_on(browser)
    assert rep.traces() == before


def test_links_and_sign_ins_under_way_survive_a_new_signing_key(
    own_stack: Stack, own_hire: Hire, restart: Restart
) -> None:
    rep = own_hire()
    browser = rep.browser().open(rep.api.link(rep.user))
    old = own_stack.settings()["LINK_SIGNING_KEY"]

    restart(LINK_SIGNING_KEY=f"{secrets.token_hex(32)},{old}")

    assert heading(browser.submit().submit(account=rep.upn)) == (200, "Is this the right mailbox?")
    assert heading(browser.submit()) == (200, "Connected")


def test_links_of_a_key_that_was_taken_away_are_refused(own_hire: Hire, restart: Restart) -> None:
    rep = own_hire()
    browser = rep.browser().open(rep.api.link(rep.user))

    restart(LINK_SIGNING_KEY=secrets.token_hex(32))

    assert heading(browser.submit()) == (410, "This link cannot be used any more")


def test_an_organisation_that_is_not_listed_is_refused(own_hire: Hire, restart: Restart) -> None:
    rep = own_hire()
    restart(ENTRA_ALLOWED_TENANTS="00000000-0000-4000-8000-000000000001")
    before = rep.traces()

    browser = rep.to_confirm_page()

    assert heading(browser) == (403, "This organisation is not admitted")
    assert way_on(browser)
    assert rep.traces() == before


def test_an_organisation_that_is_listed_is_admitted(own_hire: Hire, restart: Restart) -> None:
    home, elsewhere = own_hire(), own_hire(TenantId="77777777-0000-4000-8000-000000000007")
    tenant = HOME_TENANT
    restart(ENTRA_ALLOWED_TENANTS=f"{tenant}, 00000000-0000-4000-8000-000000000001")

    assert heading(home.to_confirm_page()) == (200, "Is this the right mailbox?")
    assert heading(elsewhere.to_confirm_page()) == (403, "This organisation is not admitted")


def test_a_personal_account_is_refused_where_the_authority_would_let_it_in(
    own_stack: Stack, own_hire: Hire, restart: Restart
) -> None:
    rep = own_hire(Personal=True)
    restart(ENTRA_AUTHORITY=own_stack.settings()["ENTRA_AUTHORITY"].replace("/organizations", "/common"))
    before = rep.traces()

    browser = rep.to_confirm_page()

    assert heading(browser) == (403, "This is a personal Microsoft account")
    assert way_on(browser)
    assert rep.traces() == before
