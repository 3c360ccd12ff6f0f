"""`./dev demo`: the main job, played visibly on the local stack, each step checked on the other side.

A step that does not come true ends the demo with a status other than 0 and its name.
"""

from __future__ import annotations

import argparse
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from sandbox.browser import Browser
from sandbox.stack import Stack
from sandbox.up import addresses, local_stack, run_until_stopped, say

PATIENCE_SECONDS = 30.0


class StepFailed(Exception):
    """A step of the story did not come true; the text says which, and what was seen instead."""


class Story:
    """One rep, her SalesExec and her Outlook; each method is a step that acts on one side and looks at the other."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._rep: dict[str, Any] = {}
        self._lead: dict[str, Any] = {}
        self._guid = ""
        self._dentist = ""
        self._day = (datetime.now(UTC) + timedelta(days=1)).replace(hour=14, minute=0, second=0, microsecond=0)

    def steps(self) -> Iterator[tuple[str, Callable[[], str]]]:
        """Yield what happens, and the step that does it and returns what was seen."""
        yield "A rep authorises the sync once, in her browser", self.connect
        yield "An appointment is booked in SalesExec", self.book
        yield "The appointment is moved in SalesExec", self.reschedule
        yield "The rep moves it in Outlook", self.drag
        yield "The rep adds an event of her own in Outlook", self.add_own_event
        yield "Her event is renamed in SalesExec", self.rename_own_event
        yield "She deletes her event in Outlook", self.delete_own_event
        yield "The appointment is cancelled in SalesExec", self.cancel
        yield "She adds a private event", self.add_private_event
        yield "Somebody asks why", self.ask_why
        yield "She disconnects", self.disconnect

    # What is done and what is looked at.

    def connect(self) -> str:
        """Go through link, form, Microsoft's page and confirmation, as a browser does."""
        name = f"anna.{uuid.uuid4().hex[:6]}"
        person = {
            "Upn": f"{name}@contoso.example",
            "DisplayName": "Anna Berg",
            "UserGuid": str(uuid.uuid4()),
            "Leads": [{"Name": "Wingtip Toys"}],
        }
        [self._rep] = self._stack.control("POST", "seed", {"Users": [person]})["Users"]
        self._lead = self._rep["Leads"][0]
        answer = self._control("POST", f"salesexec/users/{self._user}/link", {"Page": "connect", "DisplayName": "Anna"})
        browser = Browser(self._stack.addresses["CaBundle"])
        browser.open(_body(answer)["Url"]).submit()
        browser.submit(account=self._rep["Upn"])
        self._expect("Is this the right mailbox?" in browser.page, f"no confirmation page: {browser.page[:300]}")
        browser.submit()
        state = self._until(lambda: self._connection()["State"] == "Connected" and self._connection(), "Connected")
        secrets = self._control("GET", "vault/secrets")
        return f"connection of {state['Mailbox']} is {state['State']}; the vault holds {_count(secrets)} secret(s)"

    def book(self) -> str:
        """Book an appointment and find it in Outlook, with its link."""
        booked = self._control(
            "POST",
            "salesexec/appointments",
            {
                "UserGuid": self._user,
                "Subject": "Call Wingtip Toys",
                "Body": "Bring the offer.",
                "Start": _utc(self._day),
                "End": _utc(self._day + timedelta(minutes=30)),
                "LeadGuid": self._lead["LeadGuid"],
            },
        )
        self._guid = booked["Appointment"]["AppointmentGuid"]
        answer = booked["Push"]
        self._expect(answer["Status"] == 201, f"the push was answered {answer}")
        event = self._event_named("Call Wingtip Toys")
        self._expect("Show Lead" in event["Body"], f"there is no Show Lead link in {event['Body']!r}")
        return f"Outlook has '{event['Subject']}' at {event['StartUtc']} with a Show Lead link; answered {_outcome(answer)}"

    def reschedule(self) -> str:
        """Move the appointment in SalesExec and see it move in Outlook."""
        self._day += timedelta(hours=1)
        times = {"Start": _utc(self._day), "End": _utc(self._day + timedelta(minutes=30))}
        answer = self._control("POST", f"salesexec/appointments/{self._guid}/reschedule", times)["Push"]
        event = self._event_named("Call Wingtip Toys")
        self._expect(_same(event["StartUtc"], self._day), f"Outlook still says {event['StartUtc']}")
        return f"Outlook says {event['StartUtc']}; answered {_outcome(answer)}"

    def drag(self) -> str:
        """Move the event in Outlook and see the appointment move in SalesExec."""
        event = self._event_named("Call Wingtip Toys")
        self._day += timedelta(hours=1)
        self._outlook("PATCH", f"/{event['Id']}", _times(self._day))
        self._sync()
        moved = self._until(lambda: _same(self._appointment()["Start"], self._day) and self._appointment(), "moved")
        return f"SalesExec says {moved['Start']}"

    def add_own_event(self) -> str:
        """Make an event in Outlook and find it in SalesExec."""
        made = self._outlook("POST", "", self._event("Dentist", 2))
        self._expect(bool(made), "the event was not made")
        self._sync()
        found = self._until(lambda: self._appointment_named("Dentist"), "the event in SalesExec")
        self._dentist = found["AppointmentGuid"]
        return f"SalesExec has '{found['Subject']}', origin {found['Origin']}"

    def rename_own_event(self) -> str:
        """Edit the imported appointment in SalesExec and see the event change."""
        answer = self._control("PATCH", f"salesexec/appointments/{self._dentist}", {"Subject": "Dentist, 2nd floor"})
        event = self._event_named("Dentist, 2nd floor")
        return f"Outlook has '{event['Subject']}'; answered {_outcome(answer['Push'])}"

    def delete_own_event(self) -> str:
        """Delete the event in Outlook and see the appointment go."""
        event = self._event_named("Dentist, 2nd floor")
        self._outlook("DELETE", f"/{event['Id']}")
        self._sync()
        self._until(lambda: self._appointment_named("Dentist, 2nd floor") is None, "the appointment gone")
        return "SalesExec shows the appointment no more"

    def cancel(self) -> str:
        """Cancel the appointment and see the event go."""
        answer = self._control("POST", f"salesexec/appointments/{self._guid}/cancel", {})["Push"]
        left = [event["Subject"] for event in self._events() if event["Subject"] == "Call Wingtip Toys"]
        self._expect(not left, f"Outlook still has {left}")
        return f"Outlook has the event no more; answered {_outcome(answer)}"

    def add_private_event(self) -> str:
        """Make a private event and see that SalesExec learns only that the time is taken."""
        self._outlook("POST", "", self._event("Job interview", 3, Sensitivity="private"))
        self._sync()
        found = self._until(lambda: self._appointment_named("Busy"), "the busy time in SalesExec")
        self._expect("interview" not in str(found).lower(), "SalesExec was told what the private event is")
        return f"SalesExec knows only '{found['Subject']}' at {found['Start']}"

    def ask_why(self) -> str:
        """Read the receipt of the cancelled appointment."""
        receipt = self._call("GET", f"appointments/{self._guid}/receipt", "get_receipt").json()
        self._expect(len(receipt["Entries"]) >= 4, f"the receipt has only {receipt['Entries']}")
        mails = _count(self._control("GET", "mails"))
        self._expect(mails == 0, f"{mails} mails were sent")
        return f"receipt of {len(receipt['Entries'])} entries, newest: {receipt['Summary']} Mails sent in all: {mails}"

    def disconnect(self) -> str:
        """End the connection and see the tokens destroyed."""
        answer = self._call("DELETE", f"users/{self._user}/connection", "delete_connection")
        self._expect(answer.status_code == 204, f"disconnecting was answered {answer.status_code}")
        state = self._connection()["State"]
        self._expect(state == "NotConnected", f"the connection is {state}")
        return f"connection is {state}; the vault holds {_count(self._control('GET', 'vault/secrets'))} secret(s)"

    # How.

    @property
    def _user(self) -> str:
        return str(self._rep["UserGuid"])

    def _event(self, subject: str, days: int, **more: str) -> dict[str, Any]:
        when = _times(self._day + timedelta(days=days))
        return {"Upn": self._rep["Upn"], "Event": {"Subject": subject, **when, **more}}

    def _control(self, method: str, path: str, content: object | None = None) -> Any:
        return self._stack.control(method, path, content)

    def _outlook(self, method: str, path: str, content: dict[str, Any] | None = None) -> Any:
        return self._control(method, f"graph/events{path}", content)

    def _call(self, method: str, path: str, function: str) -> requests.Response:
        headers = {"x-functions-key": self._stack.keys[function]}
        return requests.request(method, f"{self._stack.host_url}/api/{path}", headers=headers, timeout=30)

    def _sync(self) -> None:
        answer = self._call("POST", f"users/{self._user}/sync", "sync_now")
        self._expect(answer.status_code == 202, f"asking for a poll was answered {answer.status_code} {answer.text}")

    def _connection(self) -> dict[str, Any]:
        found: dict[str, Any] = self._call("GET", f"users/{self._user}/connection", "get_connection").json()
        return found

    def _events(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._control("GET", f"graph/events?Upn={self._rep['Upn']}")["Events"]
        return found

    def _event_named(self, subject: str) -> dict[str, Any]:
        found = [event for event in self._events() if event["Subject"] == subject]
        self._expect(len(found) == 1, f"Outlook has {len(found)} events named {subject!r}")
        return found[0]

    def _appointment(self) -> dict[str, Any]:
        found: dict[str, Any] = self._control("GET", f"salesexec/appointments/{self._guid}")
        return found

    def _appointment_named(self, subject: str) -> dict[str, Any] | None:
        mine = self._control("GET", f"salesexec/appointments?UserGuid={self._user}")["Appointments"]
        return next((each for each in mine if each["Subject"] == subject and each["Status"] != "Canceled"), None)

    @staticmethod
    def _expect(holds: bool, otherwise: str) -> None:
        if not holds:
            raise StepFailed(otherwise)

    @staticmethod
    def _until[T](seen: Callable[[], T], what: str) -> T:
        deadline, pause = time.monotonic() + PATIENCE_SECONDS, threading.Event()
        while True:
            found = seen()
            if found:
                return found
            if time.monotonic() > deadline:
                raise StepFailed(f"{what}: not seen within {PATIENCE_SECONDS:g} s")
            pause.wait(0.1)


def _utc(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _times(start: datetime) -> dict[str, str]:
    return {"Start": _wall(start), "End": _wall(start + timedelta(minutes=30)), "TimeZone": "UTC"}


def _wall(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S")


def _same(text: str, at: datetime) -> bool:
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) == at


def _outcome(answer: dict[str, Any]) -> str:
    return f"{_body(answer).get('Outcome')} ({answer.get('Status')})"


def _body(answer: dict[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = answer.get("Body", answer)
    return body


def _count(listing: dict[str, Any]) -> int:
    return max((len(value) for value in listing.values() if isinstance(value, list)), default=0)


def play(stack: Stack) -> bool:
    """Play the story; False when a step did not come true."""
    story = Story(stack)
    began = time.monotonic()
    for number, (what, step) in enumerate(story.steps(), start=1):
        say(f"\n{number:>2}. {what}")
        try:
            seen = step()
        except (StepFailed, LookupError, RuntimeError, requests.RequestException) as fault:
            say(f"    FAILED at step {number}, '{what}': {fault}")
            return False
        say(f"    ok: {seen}")
    say(f"\nEvery step came true, in {time.monotonic() - began:.1f} s.")
    return True


@contextmanager
def _told() -> Iterator[None]:
    say("SalesExec <-> Microsoft 365 calendar sync: the main job, on a local stand-in of everything around it.\n")
    yield


def _run(options: argparse.Namespace) -> int:
    broken = {f"AzureWebJobs.{name}.Disabled": "true" for name in options.disable}
    with _told(), local_stack(timers=True, extra_settings=broken) as stack:
        came_true = play(stack)
        if options.once or not came_true:
            return 0 if came_true else 1
        say(f"\n{addresses(stack)}\n\nThe stack stays up; Ctrl-C ends it.")
        threading.Event().wait()
    return 0


def main() -> int:
    """Run the demo."""
    parser = argparse.ArgumentParser(prog="./dev demo", description="Play the main job and check every step.")
    parser.add_argument("--once", action="store_true", help="end when the story is over")
    parser.add_argument("--disable", action="append", default=[], metavar="FUNCTION", help="break it on purpose")
    options = parser.parse_args()
    return run_until_stopped(lambda: _run(options))


if __name__ == "__main__":
    sys.exit(main())
