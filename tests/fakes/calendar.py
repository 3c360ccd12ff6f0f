"""Outlook calendars in memory, which obey the rules of the port and count the mails that Exchange would have sent."""

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from shared_code.domain.connections import Connection
from shared_code.domain.events import CalendarEvent, EventContent, EventKind, Mark, NewEvent, Sensitivity
from shared_code.domain.identifiers import EventId, MailboxKey
from shared_code.domain.schedules import Schedule, Timed, Window, widest_instants
from shared_code.use_cases.errors import AlreadyCreated, ChangedMeanwhile, EventGone, SyncError
from tests.builders import NOW
from tests.fakes.change_feed import FakeChangeFeed
from tests.fakes.faults import Faults

PAGE_SIZE = 50
REMOVALS_PER_CALL = 20
DEFAULT_REMINDER = 15
_numbers = itertools.count(1)
_BODY_OF_DOCUMENT = re.compile(r"<body>\r\n(.*)\r\n</body>", re.DOTALL)


class FakeCalendar:
    """One mailbox. The methods that end in `by_hand` are its owner in Outlook; `calls` names what the app asked.

    `touched` holds the id of an event for each time that it was stored or forgotten.
    """

    def __init__(self, address: str = "anna@example.com") -> None:
        self.address = address
        self.faults = Faults()
        self.calls: list[str] = []
        self.mails = 0
        self.now = NOW
        self.events: dict[EventId, CalendarEvent] = {}
        self.properties: dict[EventId, str] = {}
        self.elsewhere: set[EventId] = set()
        self.touched: list[EventId] = []
        self._made: dict[str, tuple[NewEvent, EventId]] = {}

    def read(self, event_id: EventId) -> CalendarEvent | None:
        self.calls.append("read")
        with self.faults.around("read"):
            return self.events.get(event_id)

    def view(self, window: Window) -> Iterator[Sequence[CalendarEvent]]:
        self.calls.append("view")
        for page in self._pages(window):
            with self.faults.around("view"):
                yield page

    def read_and_view(
        self, event_id: EventId, window: Window
    ) -> tuple[CalendarEvent | None, list[CalendarEvent] | None]:
        self.calls.append("read_and_view")
        with self.faults.around("read_and_view"):
            with self.faults.around("read"):
                event = self.events.get(event_id)
            try:
                with self.faults.around("view"):
                    return event, list(self._pages(window)[0])
            except SyncError:
                return event, None

    def find(self, property_value: str) -> list[CalendarEvent]:
        self.calls.append("find")
        with self.faults.around("find"):
            return [self.events[event_id] for event_id, value in self.properties.items() if value == property_value]

    def find_ours(self) -> Iterator[Sequence[CalendarEvent]]:
        self.calls.append("find_ours")
        ours = [event for event in self.events.values() if event.mark is not None]
        for page in itertools.batched(ours, PAGE_SIZE, strict=False):
            with self.faults.around("find_ours"):
                yield [replace(event, property_value=self.properties.get(event.id)) for event in page]

    def create(self, new: NewEvent) -> CalendarEvent:
        self.calls.append("create")
        with self.faults.around("create"):
            made, event_id = self._made.get(new.transaction_id, (None, None))
            if made == new and event_id in self.events:
                return self.events[event_id]
            if made is not None:
                message = "the transaction id was used for another event"
                raise AlreadyCreated(message, event_id=None, status=400, code="ErrorDuplicateTransactionId")
            event = self._stored(
                replace(_written(self._blank(), new.content), transaction_id=new.transaction_id, mark=new.mark)
            )
            self._made[new.transaction_id] = (new, event.id)
            self.properties[event.id] = new.property_value
            return event

    def change(self, event_id: EventId, content: EventContent, *, change_key: str) -> CalendarEvent:
        self.calls.append("change")
        with self.faults.around("change"):
            event = self._same_version(event_id, change_key)
            self._mail_attendees(event)
            return self._stored(_written(event, content))

    def mark(self, event_id: EventId, mark: Mark) -> None:
        self.calls.append("mark")
        with self.faults.around("mark"):
            if event_id not in self.events:
                message = "no such event"
                raise EventGone(message, status=404)
            self._stored(replace(self.events[event_id], mark=mark))

    def remove(self, event_id: EventId, *, change_key: str) -> bool:
        self.calls.append("remove")
        return self._removed(event_id, change_key)

    def remove_batch(self, items: Sequence[tuple[EventId, str]]) -> list[bool | SyncError]:
        assert len(items) <= REMOVALS_PER_CALL
        self.calls.append("remove_batch")
        with self.faults.around("remove_batch"):
            return [self._removal(event_id, change_key) for event_id, change_key in items]

    def add_by_hand(self, **said: Any) -> CalendarEvent:
        """Put an event into the calendar as its owner does."""
        return self._stored(replace(self._blank(), **said))

    def change_by_hand(self, event_id: EventId, **said: Any) -> CalendarEvent:
        """Change an event as its owner does."""
        return self._stored(replace(self.events[event_id], **said))

    def delete_by_hand(self, event_id: EventId) -> None:
        """Delete an event as its owner does."""
        self._forget(event_id)

    def invite_by_hand(self, event_id: EventId, *addresses: str) -> CalendarEvent:
        """Add attendees; the mails that this sends are the owner's, so they are not counted."""
        return self.change_by_hand(event_id, attendees=(*self.events[event_id].attendees, *addresses))

    def copy_by_hand(self, event_id: EventId, **said: Any) -> CalendarEvent:
        """Copy an event: the copy keeps mark and extended property, and has no transaction id."""
        copy = self._stored(replace(self.events[event_id], id=EventId(""), transaction_id=None, **said))
        if event_id in self.properties:
            self.properties[copy.id] = self.properties[event_id]
        return copy

    def move_to_other_calendar_by_hand(self, event_id: EventId) -> None:
        """Move an event to another calendar of the mailbox: it keeps its id and leaves the view."""
        self.elsewhere.add(event_id)
        self._stored(self.events[event_id])

    def shows(self, event_id: EventId, window: Window) -> bool:
        """Tell whether the event is in the default calendar, in the window."""
        event = self.events.get(event_id)
        return event is not None and window.overlaps(event.schedule) and event_id not in self.elsewhere

    def _pages(self, window: Window) -> list[Sequence[CalendarEvent]]:
        """Return the events of the window in pages, of which there is at least one."""
        shown = [event for event in self.events.values() if self.shows(event.id, window)]
        return list(itertools.batched(shown, PAGE_SIZE, strict=False)) or [()]

    def _removal(self, event_id: EventId, change_key: str) -> bool | SyncError:
        try:
            return self._removed(event_id, change_key)
        except SyncError as error:
            return error

    def _removed(self, event_id: EventId, change_key: str) -> bool:
        with self.faults.around("remove"):
            if event_id not in self.events:
                return False
            event = self._same_version(event_id, change_key)
            self._mail_attendees(event)
            self._forget(event_id)
            return True

    def _blank(self) -> CalendarEvent:
        return CalendarEvent(
            id=EventId(""),
            change_key="",
            kind=EventKind.SINGLE,
            subject="",
            body_html="",
            schedule=Timed(start_at=self.now, end_at=self.now),
            modified_at=self.now,
            organizer=self.address,
            reminder=DEFAULT_REMINDER,
        )

    def _stored(self, event: CalendarEvent) -> CalendarEvent:
        """Store it as the next version."""
        number = next(_numbers)
        self.now += timedelta(seconds=1)
        event_id = event.id or EventId(f"AAkALgAAAA/event{number}+Aa==")
        stored = replace(
            event,
            id=event_id,
            change_key=f"ck-{number}",
            modified_at=self.now,
            body_html=_as_exchange_writes(event.body_html),
            web_link=event.web_link or f"https://outlook.office365.com/owa/?itemid={number}",
        )
        self.events[event_id] = stored
        self.touched.append(event_id)
        return stored

    def _same_version(self, event_id: EventId, change_key: str) -> CalendarEvent:
        event = self.events.get(event_id)
        if event is None:
            message = "no such event"
            raise EventGone(message, status=404)
        if change_key and change_key != event.change_key:
            message = "another version"
            raise ChangedMeanwhile(message, status=412)
        return event

    def _mail_attendees(self, event: CalendarEvent) -> None:
        if event.is_organizer:
            self.mails += len(event.attendees)

    def _forget(self, event_id: EventId) -> None:
        del self.events[event_id]
        self.touched.append(event_id)
        self.properties.pop(event_id, None)
        self.elsewhere.discard(event_id)


class FakeCalendars:
    """The calendars of many reps, and their feeds; `by_mailbox` and `feeds` hold each that was opened or made."""

    def __init__(self) -> None:
        self.by_mailbox: dict[MailboxKey, FakeCalendar] = {}
        self.feeds: dict[MailboxKey, FakeChangeFeed] = {}
        self.opened_until: list[datetime | None] = []

    def of(self, connection: Connection, *, until: datetime | None = None) -> FakeCalendar:
        self.opened_until.append(until)
        return self._calendar(connection)

    def feed(self, connection: Connection) -> FakeChangeFeed:
        return self.feeds.setdefault(connection.mailbox.key, FakeChangeFeed(self._calendar(connection)))

    def _calendar(self, connection: Connection) -> FakeCalendar:
        return self.by_mailbox.setdefault(connection.mailbox.key, FakeCalendar(connection.mailbox.address))


def _written(event: CalendarEvent, content: EventContent) -> CalendarEvent:
    """Return the event with the given fields written, as Exchange keeps them."""
    said: dict[str, Any] = {
        name: value
        for name in ("subject", "body_html", "location", "show_as")
        if (value := getattr(content, name)) is not None
    }
    if content.schedule is not None:
        said["schedule"] = _in_whole_seconds(content.schedule)
    if content.is_private is not None:
        said["sensitivity"] = Sensitivity.PRIVATE if content.is_private else Sensitivity.NORMAL
    if content.reminder is not None:
        said["reminder"] = content.reminder.minutes
    return replace(event, **said)


def _in_whole_seconds(schedule: Schedule) -> Schedule:
    if not isinstance(schedule, Timed):
        return schedule
    starts_at, ends_at = (at.astimezone(UTC).replace(microsecond=0) for at in widest_instants(schedule))
    return Timed(start_at=starts_at, end_at=ends_at, zone=None if schedule.zone == "UTC" else schedule.zone)


def _as_exchange_writes(markup: str) -> str:
    """Return a body as Exchange gives it back: a whole document around what was sent."""
    document = _BODY_OF_DOCUMENT.search(markup)
    inside = document[1] if document else markup
    return f"<html>\r\n<head>\r\n</head>\r\n<body>\r\n{inside}\r\n</body>\r\n</html>\r\n"
