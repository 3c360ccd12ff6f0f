"""A sales rep with a mailbox, and the two hands that touch it: an app through Graph, a person in Outlook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import requests

from sandbox.directory import User
from sandbox.world import World

SCOPES = ("Calendars.ReadWrite", "User.Read")
NAME = "SalesExec.Appointment"
PROPERTY = "String {1dbb5d2b-0b2e-4c35-9d0e-4d3c6f7f5b10} Name SalesExecAppointment"


@dataclass(frozen=True, kw_only=True)
class Ports:
    """Where Graph and the control plane listen."""

    graph: str
    control: str


class Rep:
    """One user of the world, with an access token for Graph."""

    def __init__(self, world: World, ports: Ports, session: requests.Session, user: User) -> None:
        self.world = world
        self.user = user
        self.root = f"{ports.graph}/v1.0"
        self._control = f"{ports.control}/_sandbox/graph"
        self._session = session
        self.token = self.fresh_token()

    def fresh_token(self, scopes: tuple[str, ...] = SCOPES, client_id: str = "app-1") -> str:
        return self.world.directory.issue_access_token(self.user, scopes, timedelta(hours=1), client_id)

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        prefer: str = "",
        headers: Mapping[str, str] | None = None,
        query: str = "",
    ) -> requests.Response:
        """Send one request to Graph; `path` may be a link from an answer."""
        url = path if path.startswith("http") else self.root + path
        sent = {"Authorization": f"Bearer {self.token}", **(headers or {})}
        if prefer:
            sent["Prefer"] = prefer
        return self._session.request(
            method, url + (f"?{query}" if query else ""), json=body, headers=sent, timeout=30, allow_redirects=False
        )

    def get(self, path: str, query: str = "", *, prefer: str = "", status: int = 200) -> dict[str, Any]:
        return self._body(self.ask("GET", path, query=query, prefer=prefer), status)

    def post(self, path: str, body: Any, *, prefer: str = "", status: int = 201) -> dict[str, Any]:
        return self._body(self.ask("POST", path, body, prefer=prefer), status)

    def patch(self, path: str, body: Any, *, prefer: str = "", status: int = 200) -> dict[str, Any]:
        return self._body(self.ask("PATCH", path, body, prefer=prefer), status)

    def delete(self, path: str) -> int:
        return self.ask("DELETE", path).status_code

    def create(self, **properties: Any) -> dict[str, Any]:
        return self.post("/me/events", an_event(**properties))

    def outlook(self, method: str, path: str, body: Any = None, status: int = 200) -> dict[str, Any]:
        """Do something by hand in Outlook, or look at what it holds."""
        answer = self._session.request(method, self._control + path, json=body, timeout=30)
        return self._body(answer, status) if answer.content else {}

    def everything(self) -> list[dict[str, Any]]:
        """Return every event of every calendar with all it holds."""
        events: list[dict[str, Any]] = self.outlook("GET", f"/events?Upn={self.user.upn}")["Events"]
        return events

    def mails(self) -> list[tuple[str, tuple[str, ...]]]:
        """Return kind and recipients of every mail that would have left."""
        return [(mail.kind, mail.recipients) for mail in self.world.mailroom.mails]

    @staticmethod
    def _body(answer: requests.Response, status: int) -> dict[str, Any]:
        assert answer.status_code == status, answer.text
        body: dict[str, Any] = answer.json()
        return body


def an_event(**properties: Any) -> dict[str, Any]:
    """Return the body of a POST that creates an event; `start` and `end` may be plain UTC texts."""
    event: dict[str, Any] = {"subject": "Call Wingtip", "start": "2026-11-24T09:00:00", "end": "2026-11-24T09:30:00"}
    event |= properties
    for name in ("start", "end"):
        if isinstance(event[name], str):
            event[name] = {"dateTime": event[name], "timeZone": "UTC"}
    return event


def at(wall: str, zone: str) -> dict[str, str]:
    """Return a dateTimeTimeZone."""
    return {"dateTime": wall, "timeZone": zone}


def attendee(address: str, kind: str = "required") -> dict[str, Any]:
    """Return an attendee of a request."""
    return {"emailAddress": {"address": address, "name": address.partition("@")[0]}, "type": kind}


def extension(**values: Any) -> dict[str, Any]:
    """Return an open extension of a request."""
    return {"@odata.type": "microsoft.graph.openTypeExtension", "extensionName": NAME, **values}


def code_of(answer: requests.Response) -> str:
    """Return the code of a refusal."""
    code: str = answer.json()["error"]["code"]
    return code
