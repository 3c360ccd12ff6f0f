"""One rep of a history: her browser, her Outlook, and her colleagues in SalesExec, all over HTTP."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import requests

from sandbox.browser import Browser
from shared_code.domain.preferences import ConflictWinner
from tests.waiting import until
from tests.world.stage import Stage

Json = dict[str, Any]

_LINK = re.compile(r"<p><a href=\"[^\"]*\">Show Lead</a></p>")
PUSHED_AGAIN = 4
"""How often SalesExec calls again when nobody answers; what it then gives up is made good by the daily reading."""


class Hands:
    """What is done for one rep; what is not there any more when a hand reaches for it is let be."""

    def __init__(self, stage: Stage, number: int, winner: ConflictWinner) -> None:
        self._stage = stage
        self._winner = winner
        self.rep = self._stage.control.new_rep(DisplayName=f"Rep {number}")
        self.own: dict[str, Json] = {}

    @property
    def user(self) -> str:
        return self.rep.user_guid

    @property
    def upn(self) -> str:
        return self.rep.upn

    def settle_in(self) -> None:
        """Connect, choose who wins, and have some events that are none of SalesExec's business."""
        self.connect()
        until(lambda: self.connection()["State"] == "Connected", what="she is connected")
        chosen = {"ConflictWinner": self._winner.value, "PrivateEvents": "Full"}
        self._stage.api.prefer(self.user, **chosen)
        self._stage.count("calls", 4)
        start = self._stage.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=30)
        times = {"Start": start.strftime("%Y-%m-%dT%H:%M:%S"), "TimeZone": "UTC"}
        times["End"] = (start + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S")
        for said in (
            {"Subject": "Gym", "ShowAs": "free", "Sensitivity": "private", "Categories": ["Sport"]},
            {"Subject": "Choir", "ShowAs": "free", "Attendees": ["friend@elsewhere.example"], "Body": "<p>Bass</p>"},
        ):
            made = self.ask("POST", "graph/events", {"Upn": self.upn, "Event": {**times, **said}})
            self.own[made["Id"]] = made
        order = {"Upn": self.upn, "Event": {**times, "Subject": "Town hall"}, "Organizer": "boss@elsewhere.example"}
        made = self.ask("POST", "graph/invitations", order)
        self.own[made["Id"]] = made

    def connect(self) -> None:
        """Go through all pages with her browser."""
        browser = Browser(self._stage.stack.addresses["CaBundle"])
        browser.open(self._stage.api.link(self.user)).submit().submit(account=self.upn).submit()

    def connect_if_asked(self) -> None:
        """Sign in again where the app says that she must; what breaks on the way is tried again another time."""
        try:
            if self.connection()["State"] == "ReconnectNeeded":
                self._stage.count("calls", 5)
                self._stage.count("reconnects")
                self.connect()
        except (requests.RequestException, AssertionError, LookupError):
            # A page that says "later", or a host that was killed meanwhile: she gives up for now.
            self._stage.count("sign-ins that broke")

    def connection(self) -> Json:
        """Return her connection as the app shows it."""
        self._stage.count("calls")
        return self._stage.api.connection(self.user)

    # In SalesExec. Each of these returns when the app has answered the push.

    def book(self, guid: str, **said: Any) -> None:
        """Book an appointment."""
        order = {"UserGuid": self.user, "AppointmentGuid": guid, "BodyType": "Html", **said}
        self._pushed("POST", "salesexec/appointments", order)

    def edit(self, guid: str, **said: Any) -> None:
        """Change an appointment."""
        self._pushed("PATCH", f"salesexec/appointments/{guid}", said)

    def cancel(self, guid: str) -> None:
        """Cancel an appointment."""
        self._pushed("POST", f"salesexec/appointments/{guid}/cancel", {})

    def hand_over(self, guid: str, to: Hands) -> None:
        """Give an appointment to another rep."""
        self._pushed("POST", f"salesexec/appointments/{guid}/transfer", {"UserGuid": to.user})

    def push_again(self, guid: str) -> None:
        """Push an appointment once more, as it is."""
        self._pushed("POST", f"salesexec/appointments/{guid}/push", {})

    def _pushed(self, method: str, path: str, order: Json) -> None:
        self._stage.count("calls")
        self._stage.control.call(method, path, {**order, "Retries": PUSHED_AGAIN})

    def appointments(self) -> list[Json]:
        """Return her appointments as SalesExec has them, cancelled ones too."""
        found: list[Json] = self._stage.control.call("GET", "salesexec/appointments", UserGuid=self.user)[
            "Appointments"
        ]
        return found

    # In Outlook.

    def events(self) -> list[Json]:
        """Return the events in her calendars, those left out that are nobody else's business."""
        found: list[Json] = self._stage.control.call("GET", "graph/events", Upn=self.upn)["Events"]
        return [event for event in found if event["Id"] not in self.own]

    def add_event(self, **said: Any) -> Json:
        """Make an event."""
        return self.ask("POST", "graph/events", {"Upn": self.upn, "Event": said})

    def edit_event(self, event: Json, **said: Any) -> None:
        """Change an event; the link to the lead is left where it is."""
        if "Body" in said:
            link = _LINK.search(event["Body"])
            said["Body"] += link.group() if link else ""
        self.ask("PATCH", f"graph/events/{event['Id']}", said)

    def delete_event(self, event: Json) -> None:
        """Delete an event."""
        self.ask("DELETE", f"graph/events/{event['Id']}")

    def copy_event(self, event: Json, **said: Any) -> None:
        """Copy an event, and call the copy something else."""
        made = self.ask("POST", f"graph/events/{event['Id']}/copy", {})
        if made:
            self.ask("PATCH", f"graph/events/{made['Id']}", said)

    def invite(self, event: Json, address: str) -> bool:
        """Invite somebody to an event, and tell whether it was still there."""
        return bool(self.ask("POST", f"graph/events/{event['Id']}/attendees", {"Attendees": [address]}))

    # At Microsoft.

    def lose_grants(self, *, access_tokens_too: bool) -> None:
        """Have Entra revoke what she granted."""
        order = {"Upn": self.upn, "Fate": "Revoked", "AccessTokensToo": access_tokens_too}
        self.ask("POST", "entra/grants", order)

    def trap_feed(self, **orders: int) -> None:
        """Order what her change feed is to do wrong; without orders it forgets every position."""
        self.ask("POST", "graph/delta" if orders else "graph/delta/forget", {"Upn": self.upn, **orders})

    def mark(self) -> int:
        """Return the present end of the journal."""
        return self._stage.control.mark()

    def has_been_read(self, since: int) -> bool:
        """Tell whether the app has looked at her calendar after an entry of the journal."""
        entries = self._stage.control.journal("graph", since, self.upn)
        return any("calendarview" in entry["Path"].lower() and entry["Status"] == 200 for entry in entries)

    def ask(self, method: str, path: str, order: Json | None = None) -> Json:
        """Give an order to the simulators; what it is about may be gone by now."""
        url = f"{self._stage.stack.control_url}/{path}"
        answer = requests.request(method, url, json=order, timeout=60)
        if answer.status_code == 404:
            return {}
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text}"
        found: Json = answer.json() if answer.content else {}
        return found
