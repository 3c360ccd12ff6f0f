"""A mailbox of two thousand events, with everything that people do to some of them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import requests

from sandbox.stack import Stack
from shared_code.adapters.tables.connections import TableConnections
from shared_code.adapters.tables.pairs.store import TablePairs
from shared_code.adapters.tables.table import Tables
from shared_code.domain.identifiers import (
    EXTENDED_PROPERTY_ID,
    EXTENSION_NAME,
    AppointmentGuid,
    EventId,
    UserGuid,
    property_value,
    transaction_id,
)
from shared_code.domain.pairs import Pair, PairState
from shared_code.settings import Storage
from tests.control import Control
from tests.scenarios.people import Person, a_guid, at, lasting, now, wall

DAYS = 80
A_BATCH = 20
PUSHED = 20


@dataclass
class Mailbox:
    """Whose it is, and the ids of its events by what they are."""

    person: Person
    ours: list[str] = field(default_factory=list)
    own: list[str] = field(default_factory=list)
    copies: list[str] = field(default_factory=list)
    meetings: list[str] = field(default_factory=list)
    earlier_half: str = ""
    later_half: str = ""

    @property
    def provably_ours(self) -> set[str]:
        """Return what a clean-up takes away."""
        return {*self.ours, self.earlier_half} - {*self.meetings, ""}

    @property
    def not_provably_ours(self) -> set[str]:
        """Return what carries our mark without proof."""
        return {*self.copies, self.later_half} - {""}


class Seeding:
    """Fills a rep's calendars, in bulk where that leaves the same behind as one by one."""

    def __init__(self, stack: Stack, control: Control, person: Person) -> None:
        self._stack = stack
        self._graph = stack.addresses["GraphBaseUrl"]
        self._control = control
        self._person = person
        self._token = control.token(person.rep)

    def full(self, *, ours: int, own: int) -> Mailbox:
        """Return a mailbox with so many synced events among so many of her own; some of them are truly pushed."""
        mailbox = Mailbox(self._person)
        mailbox.own = [self._own(number) for number in range(own)]
        pushed = [self._book(number, push=True) for number in range(PUSHED)]
        rest = [self._book(number, push=False) for number in range(PUSHED, ours)]
        made = self._made_by_us(rest)
        self._noted(rest, made)
        mailbox.ours = [each["EventId"] for each in pushed] + [each["id"] for each in made]
        return mailbox

    def _own(self, number: int) -> str:
        event = {"Subject": f"Own {number}", **wall(when(number))}
        made = self._control.call("POST", "graph/events", {"Upn": self._person.upn, "Event": event})
        return str(made["Id"])

    def _book(self, number: int, *, push: bool) -> dict[str, Any]:
        times = lasting(when(number) + timedelta(minutes=30))
        return self._person.book(Subject=f"Ours {number}", Push=push, **times)

    def _made_by_us(self, appointments: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Make the events of appointments with what the app writes on them, twenty at a time."""
        made: list[dict[str, Any]] = []
        for some in itertools.batched(appointments, A_BATCH, strict=False):
            bodies = [event_of(each["AppointmentGuid"], self._person.user, **spoken_of(each)) for each in some]
            headers = {"Content-Type": "application/json", "Prefer": 'IdType="ImmutableId"'}
            parts = [
                {"id": str(number), "method": "POST", "url": "/me/events", "headers": headers, "body": body}
                for number, body in enumerate(bodies)
            ]
            answers = {each["id"]: each for each in self._post("$batch", {"requests": parts})["responses"]}
            made += [answers[str(part["id"])]["body"] for part in parts]
        return made

    def _post(self, path: str, content: object) -> Any:
        headers = {"Authorization": f"Bearer {self._token}", "Prefer": 'IdType="ImmutableId"'}
        answer = requests.post(f"{self._graph}/{path}", json=content, headers=headers, timeout=30)
        assert answer.ok, answer.text
        return answer.json()

    def _noted(self, appointments: list[dict[str, Any]], made: list[dict[str, Any]]) -> None:
        """Note the pairs as pushes note them, through the app's own store, for pushing each takes minutes."""
        tables = Tables(Storage(connection_string=self._stack.storage))
        connection = TableConnections(tables).get(UserGuid(self._person.user))
        assert connection is not None, "she is connected"
        pairs = [
            Pair(
                book=connection.book,
                user=connection.user,
                appointment=AppointmentGuid(each["AppointmentGuid"]),
                state=PairState.LINKED,
                event_id=EventId(event["id"]),
                change_key=event["changeKey"],
                accepted_at=now(),
            )
            for each, event in zip(appointments, made, strict=True)
        ]
        assert all(TablePairs(tables).save_all([(pair, None) for pair in pairs]))

    def handled(self, mailbox: Mailbox, *, copies: int, meetings: int, moved: int) -> Mailbox:
        """Do what people do by hand: copy, invite, move to another calendar, and split a series."""
        person = self._person
        touched = iter(mailbox.ours)
        mailbox.copies = [person.copy_event(each)["Id"] for each in itertools.islice(touched, copies)]
        mailbox.meetings = list(itertools.islice(touched, meetings))
        for each in mailbox.meetings:
            person.invite(each, "eve@elsewhere.example")
        self._control.call("POST", "graph/calendars", {"Upn": person.upn, "Name": "Private"})
        for each in itertools.islice(touched, moved):
            self._control.call("POST", f"graph/events/{each}/move", {"Calendar": "Private"})
        self._split_series(mailbox)
        return mailbox

    def _split_series(self, mailbox: Mailbox) -> None:
        first = at(2, 17)
        pattern = {"type": "weekly", "interval": 1, "daysOfWeek": [first.strftime("%A").lower()]}
        span = {"type": "numbered", "startDate": first.date().isoformat(), "numberOfOccurrences": 8}
        body = event_of(a_guid(), self._person.user, Subject="Weekly", **wall(first))
        series = self._post("me/events", {**body, "recurrence": {"pattern": pattern, "range": span}})
        order = {"At": (first + timedelta(days=21)).date().isoformat(), "Subject": "Weekly, later"}
        halves = self._control.call("POST", f"graph/events/{series['id']}/split", order)
        mailbox.earlier_half, mailbox.later_half = halves["Before"]["Id"], halves["After"]["Id"]


def when(number: int) -> datetime:
    """Return a time of its own for each of so many events, all within the sync's window."""
    return at(1 + number % DAYS, 7 + number // DAYS)


def spoken_of(appointment: dict[str, Any]) -> dict[str, Any]:
    """Return what an appointment says, as Graph's event says it."""
    return {"Subject": appointment["Subject"], "Start": appointment["Start"], "End": appointment["End"]}


def event_of(guid: str, user: str, *, Subject: str, Start: str, End: str, **_: Any) -> dict[str, Any]:  # noqa: N803 - SalesExec's names
    """Return the body with which the app makes an event: extension, extended property, and transaction id."""
    appointment, rep = AppointmentGuid(guid), UserGuid(user)
    extension = {"extensionName": EXTENSION_NAME, "AppointmentGuid": guid, "UserGuid": user}
    return {
        "subject": Subject,
        "start": {"dateTime": Start.removesuffix("Z"), "timeZone": "UTC"},
        "end": {"dateTime": End.removesuffix("Z"), "timeZone": "UTC"},
        "transactionId": transaction_id(appointment, rep, 1),
        "extensions": [{"@odata.type": "microsoft.graph.openTypeExtension", **extension}],
        "singleValueExtendedProperties": [{"id": EXTENDED_PROPERTY_ID, "value": property_value(appointment, 1)}],
    }
