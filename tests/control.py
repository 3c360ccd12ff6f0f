"""A small client of the simulators' control plane."""

from __future__ import annotations

import itertools
import uuid
from dataclasses import dataclass
from typing import Any

import requests

numbers = itertools.count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rep:
    """A made-up sales rep: a SalesExec user with a Microsoft mailbox."""

    user_guid: str
    upn: str
    oid: str
    display_name: str


class Control:
    """Orders and looks, in the words of the control plane."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._session = requests.Session()
        # The server ends connections that were idle for some seconds: one that is kept may just be ending.
        self._session.headers["Connection"] = "close"

    def call(self, method: str, path: str, content: object | None = None, **query: object) -> Any:
        """Ask the control plane; an AssertionError carries what it complains of."""
        parameters = {name: str(value) for name, value in query.items()}
        answer = self._session.request(method, f"{self._url}/{path}", json=content, params=parameters, timeout=60)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def new_rep(self, **facts: object) -> Rep:
        """Create a rep whom no other test knows."""
        number = next(numbers)
        name = f"rep{number}.{uuid.uuid4().hex[:6]}"
        user_guid = str(uuid.uuid4())
        person = {"Upn": f"{name}@contoso.example", "DisplayName": f"Rep {number}", "UserGuid": user_guid, **facts}
        [made] = self.call("POST", "seed", {"Users": [person]})["Users"]
        return Rep(user_guid=made["UserGuid"], upn=made["Upn"], oid=made["Oid"], display_name=made["DisplayName"])

    def fault(self, service: str, kind: str, *, times: int | None = 1, **more: object) -> dict[str, Any]:
        """Order a fault; `Match`, `RetryAfter`, `Status` and `Seconds` as the control plane spells them."""
        made: dict[str, Any] = self.call("POST", "faults", {"Service": service, "Kind": kind, "Times": times, **more})
        return made

    def faults(self) -> list[dict[str, Any]]:
        """Return the faults that may still strike, and how many requests each holds."""
        found: list[dict[str, Any]] = self.call("GET", "faults")["Faults"]
        return found

    def clear_faults(self) -> None:
        """End all faults; held requests go on."""
        self.call("DELETE", "faults")

    def switch(self, **choices: str) -> None:
        """Choose how a behaviour nobody has established turns out; write the dot of a name as two underscores."""
        self.call("PUT", "switches", {name.replace("__", "."): value for name, value in choices.items()})

    def journal(self, service: str = "", since: int = 0, actor: str = "") -> list[dict[str, Any]]:
        """Return the requests that simulators answered after entry `since`, of one person if named."""
        entries: list[dict[str, Any]] = self.call("GET", "journal", since=since, service=service)["Entries"]
        return [entry for entry in entries if actor in ("", entry["Actor"])]

    def mark(self) -> int:
        """Return the number of the journal's newest entry, to ask for what comes after it."""
        newest = self.call("GET", "journal", last=1)["Entries"]
        return int(newest[0]["Seq"]) if newest else 0

    def mails(self) -> list[dict[str, Any]]:
        """Return every mail that Exchange would have sent."""
        found: list[dict[str, Any]] = self.call("GET", "mails")["Mails"]
        return found

    def token(self, rep: Rep, *scopes: str) -> str:
        """Return an access token with which a test plays the rep's own Outlook."""
        wanted: dict[str, object] = {"Upn": rep.upn}
        if scopes:
            wanted["Scopes"] = list(scopes)
        return str(self.call("POST", "tokens", wanted)["AccessToken"])
