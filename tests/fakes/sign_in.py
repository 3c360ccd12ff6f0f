"""Entra's sign-in without Entra: people who accept or decline at a page that nobody sees."""

import itertools
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode, urlsplit

from shared_code.domain.connections import Mailbox
from shared_code.domain.identifiers import MailboxKey
from shared_code.use_cases.ports import SignedIn, SignInBegun, SignInRefused
from tests.fakes.faults import Faults

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who can sign in; `refusal` is the kind with which Entra, or a check of ours, turns her down."""

    address: str
    display_name: str
    key: MailboxKey
    refusal: str | None = None


class FakeSignIn:
    """Signs people in. `answer` plays the person at Entra's page and returns what her browser brings back."""

    def __init__(self, *people: Person) -> None:
        self.faults = Faults()
        self.people = {person.address: person for person in people}
        self._flows: dict[str, str] = {}
        self._codes: dict[str, tuple[str, Person]] = {}

    def begin(self, *, state: str, login_hint: str | None) -> SignInBegun:
        with self.faults.around("begin"):
            verifier = f"verifier-{next(_numbers)}"
            query = {"state": state, "challenge": verifier, "login_hint": login_hint or ""}
            url = f"https://entra.example/authorize?{urlencode(query)}"
            return SignInBegun(authorize_url=url, flow={"state": state, "code_verifier": verifier})

    def answer(self, authorize_url: str, address: str, *, accepts: bool = True) -> dict[str, str]:
        """Return what comes back when the person accepts, or declines."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(authorize_url).query).items()}
        if not accepts:
            return {"error": "access_denied", "state": asked["state"]}
        code = f"code-{next(_numbers)}"
        self._codes[code] = (asked["challenge"], self.people[address])
        return {"code": code, "state": asked["state"]}

    def complete(self, flow: dict[str, object], answer: dict[str, str]) -> SignedIn:
        with self.faults.around("complete"):
            if answer.get("state") != flow.get("state"):
                raise SignInRefused("foreign_answer", "state")
            if "error" in answer:
                raise SignInRefused("denied", answer["error"])
            if not answer.get("code"):
                raise SignInRefused("foreign_answer", "code")
            challenge, person = self._codes.pop(answer["code"], ("", None))
            if person is None or challenge != flow.get("code_verifier"):
                raise SignInRefused("expired", "invalid_grant")
            if person.refusal is not None:
                raise SignInRefused(person.refusal)
            mailbox = Mailbox(key=person.key, address=person.address, home_account_id=person.key)
            return SignedIn(mailbox=mailbox, display_name=person.display_name, token_cache=f"tokens of {person.key}")
