"""A rep as a story needs her: her hands in Outlook, in SalesExec and in her browser."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import requests

from sandbox.browser import Browser
from sandbox.stack import Stack
from tests.control import Control, Rep
from tests.scenarios.api import Api
from tests.scenarios.evidence import Evidence, Postbox
from tests.waiting import until

_newest = [datetime(2026, 1, 1, tzinfo=UTC)]


def utc(at: datetime) -> str:
    """Return an instant as SalesExec writes it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def now() -> datetime:
    """Return the time, in whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)


def at(days: int = 1, hour: int = 10, minute: int = 0) -> datetime:
    """Return a time on a day from today."""
    return (now() + timedelta(days=days)).replace(hour=hour, minute=minute, second=0)


def later() -> str:
    """Return a ModifiedUtc that is newer than every one before it."""
    _newest.append(max(now(), _newest.pop() + timedelta(seconds=1)))
    return utc(_newest[0])


def lasting(start: datetime, minutes: int = 30) -> dict[str, str]:
    """Return Start and End."""
    return {"Start": utc(start), "End": utc(start + timedelta(minutes=minutes))}


def a_guid() -> str:
    """Return a guid that nothing has yet."""
    return str(uuid.uuid4())


class Person:
    """One rep: `user` is her SalesExec id, `upn` her Microsoft account."""

    def __init__(self, stack: Stack, control: Control, postbox: Postbox, rep: Rep) -> None:
        self._stack = stack
        self._control = control
        self._postbox = postbox
        self.rep = rep
        self.api = Api(stack)
        self.evidence = Evidence(stack, control)
        postbox.watch(rep.upn)

    @property
    def user(self) -> str:
        return self.rep.user_guid

    @property
    def upn(self) -> str:
        return self.rep.upn

    @property
    def trust(self) -> str:
        """Return the bundle of certificates that her browser trusts."""
        return self._stack.addresses["CaBundle"]

    # In her browser.

    def browser(self) -> Browser:
        """Return a browser with no history."""
        return Browser(self.trust)

    def connect(self, **wanted: Any) -> Browser:
        """Go the whole way from link to done, and wait until the first sync has ended."""
        before = self._syncs()
        browser = self.to_confirm_page(**wanted)
        browser.submit()
        assert "<h1>Connected</h1>" in browser.page or browser.status == 303, f"{browser.status} {browser.page[-900:]}"
        until(lambda: self._syncs() >= (before[0] + 1, before[1] + 1), what="the first sync has ended")
        return browser

    def to_confirm_page(self, **wanted: Any) -> Browser:
        """Go from link to the page that asks whether this is the mailbox."""
        browser = self.browser()
        browser.open(self.api.link(self.user, **wanted)).submit().submit(account=self.upn)
        return browser

    def _syncs(self) -> tuple[int, int]:
        runs = self.evidence.runs
        return len(runs("poll_calendar", self.user)), len(runs("reconcile_appointments", self.user))

    def traces(self) -> tuple[Any, ...]:
        """Return everything that is stored of a connection of hers, so that before and after can be compared."""
        connection = {name: value for name, value in self.api.connection(self.user).items() if "Utc" not in name}
        return self.evidence.secrets(), self.evidence.rows_of(self.user), connection

    def tomorrow(self) -> datetime:
        """Return tomorrow at ten as her stack's clock has it."""
        shift = float((self._stack.folder / "clock").read_text(encoding="ascii"))
        return at() + timedelta(seconds=shift)

    # In SalesExec.

    def body(self, **said: Any) -> dict[str, Any]:
        """Return the body of a push that is right; whatever is given replaces the default."""
        times = lasting(self.tomorrow())
        plain = {"UserGuid": self.user, "Subject": "Call Wingtip Toys", "Body": "Bring the offer.", **times}
        return {**plain, "ModifiedUtc": later(), **said}

    def push(self, guid: str, **said: Any) -> requests.Response:
        """Push an appointment past SalesExec, which knows nothing of it."""
        return self.api.put(guid, self.body(**said))

    def book(self, **said: Any) -> dict[str, Any]:
        """Book an appointment in SalesExec, which pushes it; return it with the answer as `Push`."""
        times = lasting(self.tomorrow())
        order = {"UserGuid": self.user, "Subject": "Call Wingtip Toys", "Body": "Bring the offer.", **times}
        made = self._control.call("POST", "salesexec/appointments", {**order, **said})
        return {**made["Appointment"], "Push": made["Push"]}

    def edit(self, guid: str, **said: Any) -> dict[str, Any]:
        """Change an appointment in SalesExec; return it with the answer as `Push`."""
        made = self._control.call("PATCH", f"salesexec/appointments/{guid}", said)
        return {**made["Appointment"], "Push": made["Push"]}

    def cancel(self, guid: str, **how: Any) -> dict[str, Any]:
        """Cancel an appointment in SalesExec; return it with the answer as `Push`."""
        made = self._control.call("POST", f"salesexec/appointments/{guid}/cancel", how)
        return {**made["Appointment"], "Push": made["Push"]}

    def hand_over(self, guid: str, to: Person, **how: Any) -> dict[str, Any]:
        """Give an appointment to another rep in SalesExec; return it with the answer as `Push`."""
        order = {"UserGuid": to.user, **how}
        made = self._control.call("POST", f"salesexec/appointments/{guid}/transfer", order)
        return {**made["Appointment"], "Push": made["Push"]}

    def appointment(self, guid: str) -> dict[str, Any]:
        """Return an appointment as SalesExec has it."""
        found: dict[str, Any] = self._control.call("GET", f"salesexec/appointments/{guid}")
        return found

    def all_appointments(self) -> list[dict[str, Any]]:
        """Return her appointments as SalesExec has them, with the history of each."""
        mine: list[dict[str, Any]] = self._control.call("GET", "salesexec/appointments", UserGuid=self.user)[
            "Appointments"
        ]
        return mine

    def appointments(self) -> list[dict[str, Any]]:
        """Return her appointments as SalesExec has them, cancelled ones left out."""
        return [each for each in self.all_appointments() if each["Status"] != "Canceled"]

    def notices(self) -> list[str]:
        """Return the codes of the notices SalesExec got for her."""
        listed = self._control.call("GET", "salesexec/notices")["Notices"]
        return [notice["Code"] for notice in listed if notice["UserGuid"] == self.user]

    def prefer(self, **preferences: Any) -> dict[str, Any]:
        """Change preferences, and wait until the sync that this causes has ended."""
        before, moment = self.api.connection(self.user)["Preferences"], self.evidence.moment()
        connection = self.api.prefer(self.user, **preferences)
        if connection["Preferences"] == before:
            return connection
        until(lambda: self.evidence.runs_since("poll_calendar", self.user, moment), what="the poll has ended")
        until(lambda: self.evidence.runs_since("reconcile_appointments", self.user, moment), what="all is pushed")
        return connection

    def poll(self) -> dict[str, Any]:
        """Have her calendar read, and return the log line of a run that began after this and has ended."""
        moment = self.evidence.moment()
        assert self.api.sync(self.user).status_code == 202
        found = until(lambda: self.evidence.runs_since("poll_calendar", self.user, moment), what="the poll has ended")
        return found[-1]

    def told(self, since: int = 0) -> list[dict[str, Any]]:
        """Return the changes SalesExec was told of her calendar."""
        return self.evidence.told(self.user, since)

    # In Outlook.

    def add_event(self, start: datetime | None = None, **said: Any) -> dict[str, Any]:
        """Make an event."""
        event = {"Subject": "Dentist", **wall(start or self.tomorrow() + timedelta(hours=5)), **said}
        order = {"Upn": self.upn, "Event": event}
        made: dict[str, Any] = self._postbox.by_hand(lambda: self._control.call("POST", "graph/events", order))
        return made

    def edit_event(self, event_id: str, **said: Any) -> dict[str, Any]:
        """Change an event."""
        path = f"graph/events/{event_id}"
        changed: dict[str, Any] = self._postbox.by_hand(lambda: self._control.call("PATCH", path, said))
        return changed

    def invite(self, event_id: str, *addresses: str) -> None:
        """Invite people to an event."""
        path, order = f"graph/events/{event_id}/attendees", {"Attendees": list(addresses)}
        self._postbox.by_hand(lambda: self._control.call("POST", path, order))

    def delete_event(self, event_id: str) -> None:
        """Delete an event."""
        self._postbox.by_hand(lambda: self._control.call("DELETE", f"graph/events/{event_id}"))

    def copy_event(self, event_id: str) -> dict[str, Any]:
        """Copy an event within its calendar."""
        made: dict[str, Any] = self._control.call("POST", f"graph/events/{event_id}/copy", {})
        return made

    def move_to_other_calendar(self, event_id: str) -> None:
        """Move an event to another calendar of hers."""
        self._control.call("POST", "graph/calendars", {"Upn": self.upn, "Name": "Private"})
        self._control.call("POST", f"graph/events/{event_id}/move", {"Calendar": "Private"})

    def ask_graph(self, method: str, path: str, content: object | None = None) -> requests.Response:
        """Ask Graph in her name, past the app, as another program of hers does."""
        return requests.request(
            method,
            f"{self._stack.addresses['GraphBaseUrl']}/me/{path}",
            json=content,
            headers={"Authorization": f"Bearer {self._control.token(self.rep)}", "Prefer": 'IdType="ImmutableId"'},
            timeout=10,
        )

    def strip_extension(self, event_id: str) -> None:
        """Take our extension off an event, as another program may do."""
        answer = self.ask_graph("DELETE", f"events/{quote(event_id, safe='')}/extensions/SalesExec.Appointment")
        assert answer.status_code == 204, answer.text

    def events(self) -> list[dict[str, Any]]:
        """Return every event of every calendar of hers, with all it holds."""
        found: list[dict[str, Any]] = self._control.call("GET", "graph/events", Upn=self.upn)["Events"]
        return found

    def event(self, subject: str) -> dict[str, Any]:
        """Return the one event with this subject."""
        found = [event for event in self.events() if event["Subject"] == subject]
        assert len(found) == 1, (
            f"{len(found)} events of {[event['Subject'] for event in self.events()]} are {subject!r}"
        )
        return found[0]

    def mails_caused_by_app(self) -> int:
        """Return how many mails would have left in her name without her doing."""
        return len(self._postbox.caused_by_app(self.upn))

    # What the app asked.

    def mark(self) -> int:
        """Return the present end of the journal."""
        return self._control.mark()

    def graph_calls(self, since: int) -> list[str]:
        """Return what was asked of Graph in her name."""
        return self.evidence.graph_calls(self.upn, since)


def wall(start: datetime, minutes: int = 30) -> dict[str, str]:
    """Return Start, End and TimeZone as Outlook's owner says them."""
    end = start + timedelta(minutes=minutes)
    return {"Start": start.strftime("%Y-%m-%dT%H:%M:%S"), "End": end.strftime("%Y-%m-%dT%H:%M:%S"), "TimeZone": "UTC"}
