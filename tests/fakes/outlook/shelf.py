"""What lies in a fake mailbox: events and series, each write a new version."""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from shared_code.domain.events import CalendarEvent, EventKind
from shared_code.domain.identifiers import EventId
from shared_code.domain.schedules import Series, Timed, Window
from shared_code.use_cases.errors import ChangedMeanwhile, EventGone
from tests.builders import NOW
from tests.fakes.outlook.series import Own, StoredSeries, id_of, master_named
from tests.fakes.outlook.writing import as_exchange_writes

DEFAULT_REMINDER = 15
_numbers = itertools.count(1)


class Shelf:
    """The events of one mailbox. A series is one event, its master: in `events` with the days taken out of it.

    What its exceptions have of their own is in `exceptions`, by day. `touched` holds the id of an event for each time
    that it was stored or forgotten; nobody can read `odd` ones, and `elsewhere` are those of other calendars.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self.now = NOW
        self.events: dict[EventId, CalendarEvent] = {}
        self.exceptions: dict[EventId, dict[date, Own]] = {}
        self.properties: dict[EventId, str] = {}
        self.elsewhere: set[EventId] = set()
        self.odd: set[EventId] = set()
        self.touched: list[EventId] = []
        self.occurrences_show_marks = True
        self.exceptions_get_ids = False

    def shown(self, event_id: EventId, window: Window) -> Iterator[CalendarEvent]:
        """Yield what a view of the window has of an event: itself, or of a series every occurrence there."""
        event = self.events.get(event_id)
        if event is None or event_id in self.elsewhere:
            return
        if event.kind is EventKind.SERIES_MASTER:
            yield from self.series(event_id).in_window(window)
        elif window.overlaps(event.schedule) and event_id not in self.odd:
            yield event

    def series(self, event_id: EventId) -> StoredSeries:
        """Return a series with all that is known of it."""
        return StoredSeries(
            master=self.events[event_id],
            exceptions=self.exceptions.get(event_id, {}),
            shows_marks=self.occurrences_show_marks,
        )

    def look_up(self, event_id: EventId) -> CalendarEvent | None:
        """Return an event or an occurrence by its id."""
        if event_id in self.events:
            return self.events[event_id]
        master_id = master_named(event_id)
        master = self.events.get(master_id)
        if master is None or master.kind is not EventKind.SERIES_MASTER:
            return None
        day = self.series(master_id).day_named(event_id)
        return None if day is None else self.series(master_id).occurrence(day)

    def keep_exception(self, event: CalendarEvent, said: Own) -> CalendarEvent:
        """Keep what an occurrence has of its own from now on, as a new version of its series."""
        assert event.series_master_id is not None
        assert event.slot_day is not None
        master_id, day = event.series_master_id, event.slot_day
        whole = self.series(master_id)
        if "schedule" in said:
            whole.refuse_crossing(replace(event, schedule=said["schedule"]))
        own = {**self.exceptions.get(master_id, {}).get(day, {}), **said}
        if "body_html" in own:
            own["body_html"] = as_exchange_writes(own["body_html"])
        if self.exceptions_get_ids:
            own.setdefault("id", id_of(master_id, f"exception{next(_numbers)}"))
        self.exceptions.setdefault(master_id, {})[day] = own
        self.stored(self.events[master_id])
        return self.series(master_id).occurrence(day)

    def delete(self, event: CalendarEvent) -> None:
        """Forget an event; of an occurrence, that its series had it: a series without any is gone."""
        if event.series_master_id is None or event.slot_day is None:
            self.forget(event.id)
            return
        master_id = event.series_master_id
        self.exceptions.get(master_id, {}).pop(event.slot_day, None)
        series = self.series(master_id).series
        less = replace(series, removed=series.removed | {event.slot_day})
        self.stored(replace(self.events[master_id], schedule=less))
        if self.series(master_id).is_empty():
            self.forget(master_id)

    def blank(self) -> CalendarEvent:
        """Return a fresh event with Outlook's defaults, not yet stored."""
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

    def stored(self, event: CalendarEvent) -> CalendarEvent:
        """Store it as the next version."""
        number = next(_numbers)
        self.now += timedelta(seconds=1)
        event_id = event.id or EventId(f"AAkALgAAAA/event{number}+Aa==")
        stored = replace(
            event,
            id=event_id,
            change_key=f"ck-{number}",
            modified_at=self.now,
            kind=EventKind.SERIES_MASTER if isinstance(event.schedule, Series) else EventKind.SINGLE,
            body_html=as_exchange_writes(event.body_html),
            web_link=event.web_link or f"https://outlook.office365.com/owa/?itemid={number}",
        )
        self.events[event_id] = stored
        self.touched.append(event_id)
        return stored

    def same_version(self, event_id: EventId, change_key: str) -> CalendarEvent:
        """Return an event or an occurrence, or raise unless it is the given version; an empty one is any."""
        event = self.look_up(event_id)
        if event is None:
            message = "no such event"
            raise EventGone(message, status=404)
        if change_key and change_key != event.change_key:
            message = "another version"
            raise ChangedMeanwhile(message, status=412)
        return event

    def forget(self, event_id: EventId) -> None:
        """Have an event no more."""
        del self.events[event_id]
        self.touched.append(event_id)
        self.properties.pop(event_id, None)
        self.exceptions.pop(event_id, None)
        self.elsewhere.discard(event_id)
