"""A mailbox as the calendar suite sees it: the app's calendar, its owner's hands, and the mails that went out."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from shared_code.adapters.graph.calendar import GraphCalendar
from shared_code.adapters.graph.client import GraphClient
from shared_code.adapters.http import Http
from shared_code.domain.events import EventContent, Mark, NewEvent
from shared_code.domain.identifiers import AppointmentGuid, EventId, UserGuid, property_value, transaction_id
from shared_code.domain.schedules import Schedule
from shared_code.use_cases.ports import Calendar
from tests.builders import ANNA, a_time, an_appointment_guid
from tests.control import Control, Rep
from tests.fakes.calendar import FakeCalendar
from tests.fakes.clock import RealClock


class Hands(Protocol):
    """What the owner of a mailbox does and sees in Outlook."""

    def add(self, subject: str, schedule: Schedule) -> EventId: ...
    def rename(self, event_id: EventId, subject: str) -> None: ...
    def invite(self, event_id: EventId, address: str) -> None: ...
    def copy(self, event_id: EventId) -> EventId: ...
    def move_away(self, event_id: EventId) -> None: ...
    def delete(self, event_id: EventId) -> None: ...
    def count(self) -> int: ...
    def mails(self) -> int: ...


@dataclass(frozen=True, kw_only=True)
class MailboxUnderTest:
    """One mailbox from both sides."""

    calendar: Calendar
    hands: Hands


class FakeHands:
    """The owner of a fake mailbox."""

    def __init__(self, calendar: FakeCalendar) -> None:
        self._calendar = calendar

    def add(self, subject: str, schedule: Schedule) -> EventId:
        return self._calendar.add_by_hand(subject=subject, schedule=schedule).id

    def rename(self, event_id: EventId, subject: str) -> None:
        self._calendar.change_by_hand(event_id, subject=subject)

    def invite(self, event_id: EventId, address: str) -> None:
        self._calendar.invite_by_hand(event_id, address)

    def copy(self, event_id: EventId) -> EventId:
        return self._calendar.copy_by_hand(event_id).id

    def move_away(self, event_id: EventId) -> None:
        self._calendar.move_to_other_calendar_by_hand(event_id)

    def delete(self, event_id: EventId) -> None:
        self._calendar.delete_by_hand(event_id)

    def count(self) -> int:
        return len(self._calendar.events)

    def mails(self) -> int:
        return self._calendar.mails


class SandboxHands:
    """The owner of a simulated mailbox, through the control plane. Her own invitations are not counted as mails."""

    def __init__(self, control: Control, rep: Rep) -> None:
        self._control = control
        self._rep = rep

    def add(self, subject: str, schedule: Schedule) -> EventId:
        assert not hasattr(schedule, "first_day"), "timed events only"
        event = {"Subject": subject, "Start": _wall(schedule.start_at), "End": _wall(schedule.end_at)}
        return EventId(self._control.call("POST", "graph/events", {"Upn": self._rep.upn, "Event": event})["Id"])

    def rename(self, event_id: EventId, subject: str) -> None:
        self._control.call("PATCH", f"graph/events/{event_id}", {"Subject": subject})

    def invite(self, event_id: EventId, address: str) -> None:
        self._control.call("POST", f"graph/events/{event_id}/attendees", {"Attendees": [address]})

    def copy(self, event_id: EventId) -> EventId:
        return EventId(self._control.call("POST", f"graph/events/{event_id}/copy", {})["Id"])

    def move_away(self, event_id: EventId) -> None:
        self._control.call("POST", "graph/calendars", {"Upn": self._rep.upn, "Name": "Private"})
        self._control.call("POST", f"graph/events/{event_id}/move", {"Calendar": "Private"})

    def delete(self, event_id: EventId) -> None:
        self._control.call("DELETE", f"graph/events/{event_id}")

    def count(self) -> int:
        return len(self.everything())

    def everything(self) -> list[dict[str, Any]]:
        """Return every event with all it holds."""
        found: list[dict[str, Any]] = self._control.call("GET", "graph/events", Upn=self._rep.upn)["Events"]
        return found

    def mails(self) -> int:
        sent = [mail for mail in self._control.mails() if mail["Sender"] == self._rep.upn]
        return len([mail for mail in sent if mail["Kind"] != "invitation"])


class FixedToken:
    """An access token that cannot be replaced."""

    def __init__(self, token: str) -> None:
        self._token = token

    def current(self) -> str:
        return self._token

    def after(self, refused: str) -> str:
        return refused


def a_fake_mailbox() -> MailboxUnderTest:
    """Return a mailbox in memory."""
    calendar = FakeCalendar()
    return MailboxUnderTest(calendar=calendar, hands=FakeHands(calendar))


def a_graph_calendar(simulators: dict[str, str], rep: Rep, *, until: datetime | None = None) -> GraphCalendar:
    """Return the app's calendar of a simulated rep."""
    clock = RealClock()
    token = FixedToken(Control(simulators["ControlUrl"]).token(rep))
    base_url = simulators["GraphBaseUrl"]
    return GraphCalendar(GraphClient(Http("Graph", clock), base_url, token, clock, until=until))


def a_simulated_mailbox(simulators: dict[str, str]) -> MailboxUnderTest:
    """Return a mailbox behind the simulated Graph."""
    control = Control(simulators["ControlUrl"])
    rep = control.new_rep()
    return MailboxUnderTest(calendar=a_graph_calendar(simulators, rep), hands=SandboxHands(control, rep))


def a_new_event(
    *, appointment: AppointmentGuid | None = None, user: UserGuid = ANNA, generation: int = 1, **content: Any
) -> NewEvent:
    """Return an event to create, an hour tomorrow unless told otherwise."""
    guid = appointment or an_appointment_guid()
    said = {"subject": "Call Wingtip", "body_html": "<p>Bring the offer.</p>", "schedule": a_time(), **content}
    return NewEvent(
        content=EventContent(**said),
        transaction_id=transaction_id(guid, user, generation),
        property_value=property_value(guid, generation),
        mark=Mark(appointment=guid, user=user),
    )


def _wall(at: datetime) -> str:
    return at.replace(tzinfo=None).isoformat()
