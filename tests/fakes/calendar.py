"""Outlook calendars in memory, which obey the rules of the port and count the mails that Exchange would have sent."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from shared_code.domain.connections import Connection
from shared_code.domain.events import CalendarEvent, EventContent, EventKind, Mark, NewEvent, OddEvent
from shared_code.domain.identifiers import EventId, MailboxKey
from shared_code.domain.recurrence import read
from shared_code.domain.schedules import Once, Series, Window
from shared_code.domain.series import series_of
from shared_code.use_cases.errors import AlreadyCreated, Refused, SyncError
from tests.fakes.change_feed import FakeChangeFeed
from tests.fakes.faults import Faults
from tests.fakes.outlook.shelf import Shelf
from tests.fakes.outlook.writing import drops_exceptions, is_same_series, named_in, once, written

PAGE_SIZE = 50
REMOVALS_PER_CALL = 20


class FakeCalendar:
    """One mailbox. The methods that end in `by_hand` are its owner in Outlook; `calls` names what the app asked.

    What lies in it is on its `shelf`, where one also chooses what nobody knows: whether occurrences show the mark of
    their series, and whether an exception keeps its id.
    """

    def __init__(self, address: str = "anna@example.com") -> None:
        self.address = address
        self.faults = Faults()
        self.calls: list[str] = []
        self.mails = 0
        self.shelf = Shelf(address)
        self.events = self.shelf.events
        self.properties = self.shelf.properties
        self.exceptions = self.shelf.exceptions
        self.touched = self.shelf.touched
        self._made: dict[str, tuple[NewEvent, EventId]] = {}

    @property
    def now(self) -> datetime:
        """What time the mailbox thinks that it was at its last write."""
        return self.shelf.now

    @now.setter
    def now(self, at: datetime) -> None:
        self.shelf.now = at

    def read(self, event_id: EventId) -> CalendarEvent | None:
        self.calls.append("read")
        return self._read(event_id)

    def _read(self, event_id: EventId) -> CalendarEvent | None:
        with self.faults.around("read"):
            return self._readable(event_id)

    def _readable(self, event_id: EventId) -> CalendarEvent | None:
        if event_id in self.shelf.odd:
            message = "event cannot be read"
            raise Refused(message, code="UnreadableEvent")
        event = self.shelf.look_up(event_id)
        return None if event is None else _without_removed(event)

    def read_series(self, event_id: EventId) -> CalendarEvent | None:
        self.calls.append("read_series")
        with self.faults.around("read_series"):
            event = self._readable(event_id)
            is_series = event is not None and event.kind is EventKind.SERIES_MASTER
            return self.shelf.series(event_id).told() if is_series else event

    def read_occurrence(self, master: CalendarEvent, day: date) -> CalendarEvent | None:
        self.calls.append("read_occurrence")
        with self.faults.around("read_occurrence"):
            known = next((each for each in master.exceptions if each.slot_day == day), None)
            if known is not None or master.id not in self.events:
                return known
            there = self.shelf.series(master.id)
            return there.occurrence(day) if there.has(day) and not there.occurrence(day).is_cancelled else None

    def read_batch(self, event_ids: Sequence[EventId]) -> list[CalendarEvent | SyncError | None]:
        assert len(event_ids) <= REMOVALS_PER_CALL
        self.calls.append("read_batch")
        with self.faults.around("read_batch"):
            return [self._read_or_error(event_id) for event_id in event_ids]

    def _read_or_error(self, event_id: EventId) -> CalendarEvent | SyncError | None:
        try:
            return self._read(event_id)
        except SyncError as error:
            return error

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
                event = self._readable(event_id)
            try:
                with self.faults.around("view"):
                    return event, list(self._pages(window)[0])
            except SyncError:
                return event, None

    def find(self, property_value: str) -> list[CalendarEvent]:
        self.calls.append("find")
        with self.faults.around("find"):
            found = [event_id for event_id, value in self.properties.items() if value == property_value]
            return [_without_removed(self.events[event_id]) for event_id in found]

    def find_ours(self) -> Iterator[Sequence[CalendarEvent | OddEvent]]:
        self.calls.append("find_ours")
        ours = [event for event in self.events.values() if event.mark is not None]
        for page in itertools.batched(ours, PAGE_SIZE, strict=False):
            with self.faults.around("find_ours"):
                yield [self._found(event) for event in page]

    def _found(self, event: CalendarEvent) -> CalendarEvent | OddEvent:
        if event.id in self.shelf.odd:
            return OddEvent(id=event.id)
        return replace(_without_removed(event), property_value=self.properties.get(event.id))

    def create(self, new: NewEvent) -> CalendarEvent:
        self.calls.append("create")
        with self.faults.around("create"):
            made, event_id = self._made.get(new.transaction_id, (None, None))
            if made == new and event_id in self.events:
                return _without_removed(self.events[event_id])
            if made is not None:
                message = "the transaction id was used for another event"
                raise AlreadyCreated(message, event_id=None, status=400, code="ErrorDuplicateTransactionId")
            content = replace(new.content, with_rule=True)
            event = self.shelf.stored(
                replace(written(self.shelf.blank(), content), transaction_id=new.transaction_id, mark=new.mark)
            )
            self._made[new.transaction_id] = (new, event.id)
            self.properties[event.id] = new.property_value
            return event

    def change(self, event_id: EventId, content: EventContent, *, change_key: str) -> CalendarEvent:
        self.calls.append("change")
        with self.faults.around("change"):
            event = self.shelf.same_version(event_id, change_key)
            if event.series_master_id is not None:
                changed = self._occurrence_written(event, content)
            else:
                if drops_exceptions(event.schedule, content):
                    self.exceptions.pop(event_id, None)
                changed = _without_removed(self.shelf.stored(written(event, content)))
            self._mail_attendees(event)
            return changed

    def _occurrence_written(self, event: CalendarEvent, content: EventContent) -> CalendarEvent:
        if isinstance(content.schedule, Series):
            message = "an occurrence cannot have a recurrence"
            raise Refused(message, status=400, code="ErrorInvalidRequest")
        times = {} if content.schedule is None else {"schedule": once(content.schedule)}
        return self.shelf.keep_exception(event, {**named_in(content), **times})

    def mark(self, event_id: EventId, mark: Mark) -> None:
        self.calls.append("mark")
        with self.faults.around("mark"):
            event = self.shelf.same_version(event_id, "")
            if event.series_master_id is not None:
                self.shelf.keep_exception(event, {"mark": mark})
            else:
                self.shelf.stored(replace(event, mark=mark))

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
        return self.shelf.stored(replace(self.shelf.blank(), **said))

    def change_by_hand(self, event_id: EventId, **said: Any) -> CalendarEvent:
        """Change an event, a series or an occurrence as its owner does; a series forgets exceptions with its rule."""
        if event_id not in self.events:
            return self.shelf.keep_exception(self.shelf.same_version(event_id, ""), said)
        event = self.events[event_id]
        if not is_same_series(event.schedule, said.get("schedule", event.schedule)):
            self.exceptions.pop(event_id, None)
        return self.shelf.stored(replace(event, **said))

    def delete_by_hand(self, event_id: EventId) -> None:
        """Delete an event, a series or an occurrence as its owner does."""
        self.shelf.delete(self.shelf.same_version(event_id, ""))

    def add_series_by_hand(self, first: Once, *lines: str, **said: Any) -> CalendarEvent:
        """Put a series into the calendar as its owner does: its first occurrence, and RRULE and EXDATE."""
        return self.add_by_hand(schedule=series_of(once(first), read(lines)), **said)

    def change_rule_by_hand(self, event_id: EventId, *lines: str, first: Once | None = None) -> CalendarEvent:
        """Give a series another pattern as its owner does: exceptions and removed days are forgotten."""
        start = once(first) if first is not None else self.shelf.series(event_id).series.first
        return self.change_by_hand(event_id, schedule=series_of(start, read(lines)))

    def occurrence(self, event_id: EventId, day: date) -> CalendarEvent:
        """Return what the slot of a day of a series has."""
        assert self.shelf.series(event_id).has(day), "no occurrence there"
        return self.shelf.series(event_id).occurrence(day)

    def change_occurrence_by_hand(self, event_id: EventId, day: date, **said: Any) -> CalendarEvent:
        """Change one occurrence of a series as its owner does."""
        return self.shelf.keep_exception(self.occurrence(event_id, day), said)

    def delete_occurrence_by_hand(self, event_id: EventId, day: date) -> None:
        """Delete one occurrence of a series as its owner does."""
        self.shelf.delete(self.occurrence(event_id, day))

    def split_by_hand(self, event_id: EventId, day: date, **said: Any) -> tuple[CalendarEvent, CalendarEvent]:
        """Change an occurrence and all that follow as its owner does: the series ends there, and another one begins.

        Mark and extended property are copied to the other one.
        """
        whole = self.shelf.series(event_id)
        earlier, later = whole.ended_before(day), whole.begun_on(day)
        kept = {each: own for each, own in self.exceptions.pop(event_id, {}).items() if each < day}
        after = self.copy_by_hand(event_id, **{"schedule": later, **said})
        before = self.change_by_hand(event_id, schedule=earlier)
        self.exceptions[event_id] = kept
        return before, after

    def invite_by_hand(self, event_id: EventId, *addresses: str) -> CalendarEvent:
        """Add attendees; the mails that this sends are the owner's, so they are not counted."""
        return self.change_by_hand(event_id, attendees=(*self.events[event_id].attendees, *addresses))

    def copy_by_hand(self, event_id: EventId, **said: Any) -> CalendarEvent:
        """Copy an event: the copy keeps mark and extended property, and has no transaction id."""
        event = replace(
            self.shelf.same_version(event_id, ""), series_master_id=None, original_start=None, slot_day=None
        )
        copy = self.shelf.stored(replace(event, id=EventId(""), transaction_id=None, **said))
        if event_id in self.properties:
            self.properties[copy.id] = self.properties[event_id]
        if event_id in self.exceptions:
            self.exceptions[copy.id] = {
                day: {name: value for name, value in own.items() if name != "id"}
                for day, own in self.exceptions[event_id].items()
            }
        return copy

    def garble_by_hand(self, event_id: EventId) -> None:
        """Make an event one that nobody can read, as another program may; `odd` ones are there, and make no sense."""
        self.shelf.odd.add(event_id)

    def move_to_other_calendar_by_hand(self, event_id: EventId) -> None:
        """Move an event to another calendar of the mailbox: it keeps its id and leaves the view."""
        self.shelf.elsewhere.add(event_id)
        self.shelf.stored(self.events[event_id])

    def shows(self, event_id: EventId, window: Window) -> bool:
        """Tell whether the event, or any occurrence of the series, is in the default calendar, in the window."""
        return any(True for _ in self.shelf.shown(event_id, window))

    def shown(self, event_id: EventId, window: Window) -> Iterator[CalendarEvent]:
        """Yield what a view of the window has of an event: itself, or of a series every occurrence there."""
        return self.shelf.shown(event_id, window)

    def _pages(self, window: Window) -> list[Sequence[CalendarEvent]]:
        """Return the events of the window in pages, of which there is at least one."""
        shown = [one for event_id in self.events for one in self.shelf.shown(event_id, window)]
        return list(itertools.batched(shown, PAGE_SIZE, strict=False)) or [()]

    def _removal(self, event_id: EventId, change_key: str) -> bool | SyncError:
        try:
            return self._removed(event_id, change_key)
        except SyncError as error:
            return error

    def _removed(self, event_id: EventId, change_key: str) -> bool:
        with self.faults.around("remove"):
            if self.shelf.look_up(event_id) is None:
                return False
            event = self.shelf.same_version(event_id, change_key)
            self._mail_attendees(event)
            self.shelf.delete(event)
            return True

    def _mail_attendees(self, event: CalendarEvent) -> None:
        if event.is_organizer:
            self.mails += len(event.attendees)


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


def _without_removed(event: CalendarEvent) -> CalendarEvent:
    """Return a series as plain readings tell it: without the days taken out of it."""
    if not isinstance(event.schedule, Series):
        return event
    return replace(event, schedule=replace(event.schedule, removed=frozenset()))
