"""A mailbox as the calendar suite sees it: the app's calendar, its owner's hands, and the mails that went out."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from shared_code.adapters.graph.calendar import GraphCalendar, GraphCalendars
from shared_code.adapters.graph.client import AccessToken
from shared_code.adapters.http import Http
from shared_code.domain.connections import Connection
from shared_code.domain.events import EventContent, Mark, NewEvent
from shared_code.domain.identifiers import (
    AppointmentGuid,
    EventId,
    MailboxKey,
    UserGuid,
    property_value,
    transaction_id,
)
from shared_code.domain.schedules import Schedule, Timed
from shared_code.use_cases.ports import Calendar, Calendars, ChangeFeed
from tests.builders import ANNA, a_connection, a_mailbox, a_time, an_appointment_guid
from tests.control import Control, Rep
from tests.fakes.calendar import FakeCalendar, FakeCalendars
from tests.fakes.change_feed import FakeChangeFeed
from tests.fakes.clock import RealClock


class Hands(Protocol):
    """What the owner of a mailbox does and sees in Outlook."""

    def add(self, subject: str, schedule: Schedule) -> EventId: ...
    def rename(self, event_id: EventId, subject: str) -> None: ...
    def put_off(self, event_id: EventId, schedule: Timed) -> None: ...
    def invite(self, event_id: EventId, address: str) -> None: ...
    def copy(self, event_id: EventId) -> EventId: ...
    def move_away(self, event_id: EventId) -> None: ...
    def delete(self, event_id: EventId) -> None: ...
    def count(self) -> int: ...
    def mails(self) -> int: ...


class Tracking(Protocol):
    """What can befall the change tracking of a mailbox, and how often it was asked."""

    def forget_tokens(self) -> None: ...
    def hide_next(self) -> None: ...
    def asked(self) -> int: ...


@dataclass(frozen=True, kw_only=True)
class MailboxUnderTest:
    """One mailbox from both sides."""

    calendar: Calendar
    feed: ChangeFeed
    hands: Hands
    tracking: Tracking


class FakeHands:
    """The owner of a fake mailbox."""

    def __init__(self, calendar: FakeCalendar) -> None:
        self._calendar = calendar

    def add(self, subject: str, schedule: Schedule) -> EventId:
        return self._calendar.add_by_hand(subject=subject, schedule=schedule).id

    def rename(self, event_id: EventId, subject: str) -> None:
        self._calendar.change_by_hand(event_id, subject=subject)

    def put_off(self, event_id: EventId, schedule: Timed) -> None:
        self._calendar.change_by_hand(event_id, schedule=schedule)

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
        self._has_another_calendar = False

    def add(self, subject: str, schedule: Schedule) -> EventId:
        assert isinstance(schedule, Timed), "timed events only"
        event = {"Subject": subject, "Start": _wall(schedule.start_at), "End": _wall(schedule.end_at)}
        return EventId(self._control.call("POST", "graph/events", {"Upn": self._rep.upn, "Event": event})["Id"])

    def rename(self, event_id: EventId, subject: str) -> None:
        self._control.call("PATCH", f"graph/events/{event_id}", {"Subject": subject})

    def put_off(self, event_id: EventId, schedule: Timed) -> None:
        times = {"Start": _wall(schedule.start_at), "End": _wall(schedule.end_at)}
        self._control.call("PATCH", f"graph/events/{event_id}", times)

    def invite(self, event_id: EventId, address: str) -> None:
        self._control.call("POST", f"graph/events/{event_id}/attendees", {"Attendees": [address]})

    def copy(self, event_id: EventId) -> EventId:
        return EventId(self._control.call("POST", f"graph/events/{event_id}/copy", {})["Id"])

    def move_away(self, event_id: EventId) -> None:
        if not self._has_another_calendar:
            self._control.call("POST", "graph/calendars", {"Upn": self._rep.upn, "Name": "Private"})
            self._has_another_calendar = True
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


class FixedTokens:
    """One rep's token for whoever asks."""

    def __init__(self, token: str) -> None:
        self._token = token

    def of(self, _: Connection, *, until: datetime | None = None) -> AccessToken:  # noqa: ARG002 - Tokens' own
        return FixedToken(self._token)


class SandboxTracking:
    """The change tracking of a simulated mailbox, through the control plane."""

    def __init__(self, control: Control, rep: Rep) -> None:
        self._control = control
        self._rep = rep
        self._since = control.mark()

    def forget_tokens(self) -> None:
        self._control.call("POST", "graph/delta/forget", {"Upn": self._rep.upn})

    def hide_next(self) -> None:
        self._control.call("POST", "graph/delta", {"Upn": self._rep.upn, "HideNext": 1})

    def asked(self) -> int:
        return len(self._control.journal("graph", self._since, self._rep.upn))


class FakeTracking:
    """The change tracking of a fake mailbox."""

    def __init__(self, feed: FakeChangeFeed) -> None:
        self._feed = feed

    def forget_tokens(self) -> None:
        self._feed.forget_tokens()

    def hide_next(self) -> None:
        self._feed.hide_next()

    def asked(self) -> int:
        return len(self._feed.calls)


def a_fake_mailbox() -> MailboxUnderTest:
    """Return a mailbox in memory."""
    calendars, connection = FakeCalendars(), a_connection()
    calendar, feed = calendars.of(connection), calendars.feed(connection)
    return MailboxUnderTest(calendar=calendar, feed=feed, hands=FakeHands(calendar), tracking=FakeTracking(feed))


def graph_calendars(simulators: dict[str, str], rep: Rep) -> Calendars:
    """Return the app's calendars of one simulated rep."""
    clock = RealClock()
    tokens = FixedTokens(Control(simulators["ControlUrl"]).token(rep))
    return GraphCalendars(Http("Graph", clock), simulators["GraphBaseUrl"], tokens, clock)


def a_graph_calendar(simulators: dict[str, str], rep: Rep, *, until: datetime | None = None) -> GraphCalendar:
    """Return the app's calendar of a simulated rep."""
    calendar = graph_calendars(simulators, rep).of(connection_of(rep), until=until)
    assert isinstance(calendar, GraphCalendar)
    return calendar


def connection_of(rep: Rep) -> Connection:
    """Return the connection of a simulated rep."""
    return a_connection(user=UserGuid(rep.user_guid), mailbox=a_mailbox(key=MailboxKey(rep.oid), address=rep.upn))


def a_simulated_mailbox(simulators: dict[str, str], rep: Rep | None = None) -> MailboxUnderTest:
    """Return a mailbox behind the simulated Graph, a new rep's unless one is given."""
    control = Control(simulators["ControlUrl"])
    rep = rep or control.new_rep()
    calendars, connection = graph_calendars(simulators, rep), connection_of(rep)
    return MailboxUnderTest(
        calendar=calendars.of(connection),
        feed=calendars.feed(connection),
        hands=SandboxHands(control, rep),
        tracking=SandboxTracking(control, rep),
    )


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
