"""The main job as a story: one rep, her SalesExec and her Outlook, each step checked on the other side.

`./dev demo` plays it in one go, the sandbox's page one step at a time.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import requests

from sandbox.browser import Browser, authorise

PATIENCE_SECONDS = 30.0

# Gives an order to the control plane: method, path, content.
Control = Callable[..., Any]


class StepFailed(Exception):
    """A step of the story did not come true; the text says which, and what was seen instead."""


class Story:
    """One rep, her SalesExec and her Outlook; each method is a step that acts on one side and looks at the other."""

    def __init__(self, control: Control, trust: str) -> None:
        self._control = control
        self._trust = trust
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
        yield "An administrator takes everything back out", self.clean_up
        yield "She disconnects", self.disconnect

    @property
    def user(self) -> str:
        """The SalesExec user whom the story is about; empty before it begins."""
        return str(self._rep.get("UserGuid", ""))

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
        [self._rep] = self._control("POST", "seed", {"Users": [person]})["Users"]
        self._lead = self._rep["Leads"][0]
        link = self._control("POST", f"salesexec/users/{self.user}/link", {"Page": "connect", "DisplayName": "Anna"})
        self._expect(link["Status"] == 200, f"asking for a link was answered {link}")
        authorise(Browser(self._trust), _body(link)["Url"], self._rep["Upn"])
        state = self._until(lambda: self._connection()["State"] == "Connected" and self._connection(), "Connected")
        secrets = self._control("GET", "vault/secrets")
        return f"connection of {state['Mailbox']} is {state['State']}; the vault holds {_count(secrets)} secret(s)"

    def book(self) -> str:
        """Book an appointment and find it in Outlook, with its link."""
        booked = self._book("Call Wingtip Toys", self._day)
        self._guid = booked["Appointment"]["AppointmentGuid"]
        answer = booked["Push"]
        self._expect(answer["Status"] == 201, f"the push was answered {answer}")
        event = self._event_named("Call Wingtip Toys")
        self._expect("Show Lead" in event["Body"], f"there is no Show Lead link in {event['Body']!r}")
        seen = f"Outlook has '{event['Subject']}' at {event['StartUtc']} with a Show Lead link"
        return f"{seen}; answered {_outcome(answer)}"

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
        receipt = _body(self._call("GET", f"appointments/{self._guid}/receipt"))
        self._expect(len(receipt["Entries"]) >= 4, f"the receipt has only {receipt['Entries']}")
        mails = sum(mail["Sender"] == self._rep["Upn"] for mail in self._control("GET", "mails")["Mails"])
        self._expect(mails == 0, f"{mails} mails were sent")
        return f"receipt of {len(receipt['Entries'])} entries, newest: {receipt['Summary']} Mails sent: {mails}"

    def clean_up(self) -> str:
        """Clean up both sides: what was synced goes, what is her own stays."""
        self._book("Call Fabrikam", self._day + timedelta(days=1))
        wanted = {"UserGuid": self.user, "Sides": ["Outlook", "SalesExec"]}
        counted = self._call("POST", "cleanup", {**wanted, "DryRun": True})
        self._expect(counted["Status"] == 200, f"counting was answered {counted}")
        begun = self._call("POST", "cleanup", wanted)
        self._expect(begun["Status"] == 202, f"beginning was answered {begun}")
        path = f"cleanup/{_body(begun)['JobId']}"
        done = self._until(lambda: (job := _body(self._call("GET", path)))["State"] == "Done" and job, "the clean-up")
        left = sorted(event["Subject"] for event in self._events())
        self._expect(left == ["Job interview"], f"Outlook holds {left}")
        self._expect(self._appointment_named("Busy") is None, "SalesExec still shows the imported time")
        announced = " and ".join(f"{count} for {side}" for side, count in _body(counted).items())
        return f"announced {announced}, removed {done['Removed']}; Outlook keeps only her own {left[0]!r}"

    def disconnect(self) -> str:
        """End the connection and see the tokens destroyed."""
        answer = self._call("DELETE", f"users/{self.user}/connection")
        self._expect(answer["Status"] == 204, f"disconnecting was answered {answer}")
        state = self._connection()["State"]
        self._expect(state == "NotConnected", f"the connection is {state}")
        return f"connection is {state}; the vault holds {_count(self._control('GET', 'vault/secrets'))} secret(s)"

    # How.

    def _book(self, subject: str, start: datetime) -> dict[str, Any]:
        appointment = {
            "UserGuid": self.user,
            "Subject": subject,
            "Body": "Bring the offer.",
            "Start": _utc(start),
            "End": _utc(start + timedelta(minutes=30)),
            "LeadGuid": self._lead["LeadGuid"],
        }
        booked: dict[str, Any] = self._control("POST", "salesexec/appointments", appointment)
        return booked

    def _event(self, subject: str, days: int, **more: str) -> dict[str, Any]:
        when = _times(self._day + timedelta(days=days))
        return {"Upn": self._rep["Upn"], "Event": {"Subject": subject, **when, **more}}

    def _outlook(self, method: str, path: str, content: dict[str, Any] | None = None) -> Any:
        return self._control(method, f"graph/events{path}", content)

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Call the app as SalesExec does, and return Status and Body of its answer."""
        wanted = {"Method": method, "Path": f"/api/{path}", "Body": body}
        answer: dict[str, Any] = self._control("POST", "salesexec/calls", wanted)
        return answer

    def _sync(self) -> None:
        answer = self._call("POST", f"users/{self.user}/sync")
        self._expect(answer["Status"] == 202, f"asking for a poll was answered {answer}")

    def _connection(self) -> dict[str, Any]:
        answer = self._call("GET", f"users/{self.user}/connection")
        self._expect(answer["Status"] == 200, f"asking for the connection was answered {answer}")
        return _body(answer)

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
        mine = self._control("GET", f"salesexec/appointments?UserGuid={self.user}")["Appointments"]
        return next((each for each in mine if each["Subject"] == subject and each["Status"] != "Canceled"), None)

    @staticmethod
    def _expect(holds: bool, otherwise: str) -> None:
        if not holds:
            raise StepFailed(otherwise)

    @staticmethod
    def _until[T](seen: Callable[[], T | Literal[False] | None], what: str) -> T:
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


def played(step: Callable[[], str]) -> tuple[bool, str]:
    """Play a step; return whether it came true, and what was seen or what was wrong."""
    try:
        return True, step()
    except (StepFailed, LookupError, RuntimeError, requests.RequestException) as fault:
        return False, str(fault)
