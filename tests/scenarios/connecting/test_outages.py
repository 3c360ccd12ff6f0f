"""Microsoft, the vault or the storage fails while a rep connects: nothing is stored, and she can try again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
import requests

from sandbox.browser import Browser
from sandbox.stack import Stack
from tests.control import Control
from tests.scenarios.api import Api
from tests.scenarios.conftest import Hire
from tests.scenarios.connecting.pages import heading, way_on, words
from tests.scenarios.people import Person, a_guid

NOT_NOW = (503, "Microsoft cannot be reached right now")
TOKEN = {"PathContains": "/oauth2/v2.0/token"}
DISCOVERY = {"PathContains": "openid-configuration"}


def at_microsoft(person: Person) -> Browser:
    return person.browser().open(person.api.link(person.user)).submit()


@pytest.mark.parametrize("kind", ["unavailable", "throttle", "drop_before", "drop_after", "accept_then_fail"])
def test_microsoft_failing_at_the_token_stores_nothing(control: Control, new_rep: Person, kind: str) -> None:
    before = new_rep.traces()
    browser = at_microsoft(new_rep)
    control.fault("entra", kind, Match=TOKEN)

    browser.submit(account=new_rep.upn)

    assert heading(browser) == NOT_NOW
    assert way_on(browser)
    assert new_rep.traces() == before
    control.clear_faults()
    assert heading(new_rep.connect()) == (200, "Connected")


def test_microsoft_answering_never_stores_nothing(control: Control, new_rep: Person) -> None:
    browser = at_microsoft(new_rep)
    control.fault("entra", "hold", Match=TOKEN)

    browser.submit(account=new_rep.upn)

    assert heading(browser) == NOT_NOW
    assert new_rep.api.connection(new_rep.user)["State"] == "NotConnected"


@pytest.fixture(name="secret_expired")
def _secret_expired(stack: Stack, control: Control) -> Iterator[None]:
    secret = stack.addresses["ClientSecret"]
    control.call("PUT", "entra/secrets", {"Expire": [secret]})
    yield
    control.call("PUT", "entra/secrets", {"Remove": [secret]})
    control.call("PUT", "entra/secrets", {"Add": [secret]})


def test_the_apps_own_expired_secret_is_told_as_what_it_is_and_disconnects_nobody(
    anna: Person, new_rep: Person, secret_expired: None, stack: Stack
) -> None:
    before = new_rep.traces()

    browser = at_microsoft(new_rep).submit(account=new_rep.upn)

    assert secret_expired is None
    assert heading(browser) == (503, "The calendar sync is not set up correctly")
    assert "nothing you did" in words(browser)
    assert way_on(browser)
    assert new_rep.traces() == before
    assert anna.api.connection(anna.user)["State"] == "Connected"
    assert "operator alarm: Entra does not accept this app" in stack.host.log()


@pytest.mark.parametrize("kind", ["unavailable", "throttle", "drop_before"])
def test_a_vault_that_is_down_stores_nothing_and_the_same_page_works_afterwards(
    control: Control, new_rep: Person, kind: str
) -> None:
    before = new_rep.traces()
    browser = new_rep.to_confirm_page()
    control.fault("vault", kind, times=None, Match={"Method": "PUT"})

    browser.submit()

    assert heading(browser) == (503, "Is this the right mailbox?")
    assert "could not be stored" in words(browser)
    assert new_rep.traces() == before
    browser.submit()
    assert heading(browser) == (503, "Is this the right mailbox?")
    control.clear_faults()
    browser.submit()
    assert heading(browser) == (200, "Connected")
    assert new_rep.api.connection(new_rep.user)["State"] == "Connected"
    assert len(new_rep.evidence.secrets() - before[0]) == 1


def test_a_vault_that_lets_the_app_no_more_stores_nothing(control: Control, new_rep: Person) -> None:
    before = new_rep.traces()
    browser = new_rep.to_confirm_page()
    control.call("PUT", "vault/rules", {"Allowed": False})

    browser.submit()

    assert browser.status == 503
    assert "What to do now" in browser.page or "once more" in browser.page
    assert new_rep.traces() == before


def test_an_identity_that_cannot_be_had_stores_nothing(own_stack: Stack, own_control: Control, own_hire: Hire) -> None:
    rep = own_hire()
    own_stack.stop_host()
    # Before the host starts: a message that an earlier story left would fetch it a token for the vault.
    own_control.fault("identity", "drop_before", times=None)
    own_stack.start_host()
    before = rep.traces()
    browser = rep.to_confirm_page()

    browser.submit()

    assert browser.status == 503
    assert rep.traces() == before
    own_control.clear_faults()
    assert heading(browser.submit()) == (200, "Connected")


@pytest.mark.parametrize("kind", ["unavailable", "throttle", "drop_before"])
def test_microsoft_failing_before_the_sign_in_leaves_the_link_unused(
    own_stack: Stack, own_control: Control, own_hire: Hire, kind: str
) -> None:
    rep = own_hire()
    own_stack.stop_host()
    # Before the host starts: a message that an earlier story left would have it ask Microsoft first.
    own_control.fault("entra", kind, times=None, Match=DISCOVERY)
    own_stack.start_host()
    url = rep.api.link(rep.user)

    browser = rep.browser().open(url).submit()

    assert heading(browser) == NOT_NOW
    assert way_on(browser)
    own_control.clear_faults()
    browser.open(url).submit().submit(account=rep.upn).submit()
    assert heading(browser) == (200, "Connected")


@pytest.fixture(name="no_storage")
def _no_storage(own_stack: Stack) -> Iterator[Stack]:
    """Return a stack whose app cannot reach its tables."""
    plan = own_stack.plan
    own_stack.stop_host()
    away = "".join(f"{part};" for part in own_stack.storage.split(";") if part and not part.startswith("TableEndpoint"))
    own_stack.plan = replace(
        plan, extra_settings={"AzureWebJobsStorage": f"{away}TableEndpoint=http://127.0.0.1:9/devstoreaccount1;"}
    )
    own_stack.start_host()
    yield own_stack
    own_stack.stop_host()
    own_stack.plan = plan
    own_stack.start_host()


def test_an_app_without_its_storage_says_that_it_is_not_well_and_to_try_again(no_storage: Stack) -> None:
    health = requests.get(f"{no_storage.host_url}/api/health", timeout=30)
    shown = Api(no_storage).call("GET", f"users/{a_guid()}/connection", "get_connection")

    assert (health.status_code, health.json()["Status"]) == (503, "Unhealthy")
    assert shown.status_code == 503
    assert int(shown.headers["Retry-After"]) > 0
