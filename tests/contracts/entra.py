"""Entra as the suites of sign-in and tokens see it: the app's side, and people in front of its page."""

import uuid
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit

import requests

from shared_code.adapters.entra.applications import EntraApplications
from shared_code.adapters.entra.sign_in import EntraSignIn
from shared_code.adapters.http import Http
from shared_code.domain.identifiers import MailboxKey
from shared_code.use_cases.ports import Clock, SignIn
from tests.control import Control, Rep
from tests.fakes.clock import RealClock
from tests.fakes.sign_in import FakeSignIn, Person

REDIRECT_URI = "http://127.0.0.1:7071/api/oauth/callback"
PATIENCE = 30


class Doorman(Protocol):
    """People, and what happens when they sign in."""

    def person(self) -> str: ...
    def key_of(self, address: str) -> MailboxKey: ...
    def person_without_calendar_consent(self) -> str: ...
    def answer(self, authorize_url: str, address: str, *, accepts: bool = True) -> dict[str, str]: ...


@dataclass(frozen=True, kw_only=True)
class Door:
    """The sign-in from both sides."""

    sign_in: SignIn
    people: Doorman


class FakeDoorman:
    """People at the fake sign-in."""

    def __init__(self, sign_in: FakeSignIn) -> None:
        self._sign_in = sign_in

    def person(self) -> str:
        return self._add(None)

    def person_without_calendar_consent(self) -> str:
        return self._add("missing_scope")

    def key_of(self, address: str) -> MailboxKey:
        return self._sign_in.people[address].key

    def answer(self, authorize_url: str, address: str, *, accepts: bool = True) -> dict[str, str]:
        return self._sign_in.answer(authorize_url, address, accepts=accepts)

    def _add(self, refusal: str | None) -> str:
        address = f"{uuid.uuid4().hex[:8]}@contoso.example"
        key = MailboxKey(f"{uuid.uuid4()}.{uuid.uuid4()}")
        self._sign_in.people[address] = Person(address=address, display_name="Somebody", key=key, refusal=refusal)
        return address


class SandboxDoorman:
    """People at the simulated Entra, with a browser that has no script."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self._reps: dict[str, Rep] = {}
        self._tenants: dict[str, str] = {}

    def person(self, **facts: object) -> str:
        rep = self._control.new_rep(**facts)
        self._reps[rep.upn] = rep
        return rep.upn

    def person_without_calendar_consent(self) -> str:
        address = self.person()
        self._control.call("POST", "entra/accounts", {"Upn": address, "WithheldScopes": ["Calendars.ReadWrite"]})
        return address

    def key_of(self, address: str) -> MailboxKey:
        """Return the start of the key: the tenant is the simulator's to choose."""
        return MailboxKey(self._reps[address].oid)

    def answer(self, authorize_url: str, address: str, *, accepts: bool = True) -> dict[str, str]:
        with requests.Session() as browser:
            page = browser.get(authorize_url, timeout=PATIENCE)
            form = {"account": address, "decision": "accept" if accepts else "deny"}
            back = browser.post(page.url, data=form, allow_redirects=False, timeout=PATIENCE)
        assert back.is_redirect, back.text
        return dict(parse_qsl(urlsplit(back.headers["Location"]).query))


def a_fake_door() -> Door:
    """Return a sign-in in memory."""
    sign_in = FakeSignIn()
    return Door(sign_in=sign_in, people=FakeDoorman(sign_in))


def applications(simulators: dict[str, str], clock: Clock | None = None, **other: Any) -> EntraApplications:
    """Return the app at the simulated Entra; `other` credentials or authority replace the right ones."""
    known = {
        "authority": simulators["EntraAuthority"],
        "client_id": simulators["ClientId"],
        "client_secret": simulators["ClientSecret"],
    }
    time = clock or RealClock()
    return EntraApplications(Http("Entra", time), time, **{**known, **other})


def entra_sign_in(simulators: dict[str, str], *, tenants: frozenset[str] = frozenset(), **other: Any) -> EntraSignIn:
    """Return the app's sign-in at the simulated Entra."""
    made = applications(simulators, **other)
    return EntraSignIn(made, RealClock(), redirect_uri=REDIRECT_URI, allowed_tenants=tenants)


def a_simulated_door(simulators: dict[str, str]) -> Door:
    """Return the sign-in at the simulated Entra."""
    return Door(sign_in=entra_sign_in(simulators), people=SandboxDoorman(Control(simulators["ControlUrl"])))
