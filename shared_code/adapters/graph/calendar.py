"""A rep's Outlook calendar through Graph."""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Protocol

import msgspec

from shared_code.adapters.graph import addresses
from shared_code.adapters.graph.batch import Part
from shared_code.adapters.graph.client import AccessToken, GraphClient
from shared_code.adapters.graph.failures import is_forbidden, is_missing, is_unknown_zone
from shared_code.adapters.graph.feed import GraphChangeFeed
from shared_code.adapters.graph.finding import pages_of_ours
from shared_code.adapters.graph.gates import Gates
from shared_code.adapters.graph.removing import Removal, remove_batch
from shared_code.adapters.graph.series import read_event, read_occurrence, read_whole
from shared_code.adapters.graph.wire.payloads import PAGE, NotJson, decoded
from shared_code.adapters.graph.wire.reading import UnreadableEvent, event_in
from shared_code.adapters.graph.wire.writing import EventBody, content_body, extension_body, new_event_body
from shared_code.adapters.http import Answer, Http
from shared_code.domain.connections import Connection
from shared_code.domain.events import CalendarEvent, EventContent, EventKind, Mark, NewEvent, OddEvent
from shared_code.domain.identifiers import EXTENSION_NAME, EventId
from shared_code.domain.schedules import Series, Window
from shared_code.use_cases.errors import EventGone, Refused, SyncError
from shared_code.use_cases.ports import Calendar, ChangeFeed, Clock

_log = logging.getLogger(__name__)


class GraphCalendar:
    """The default calendar of one rep. Events that cannot be read are left out of a view and noted in `unreadable`."""

    def __init__(self, client: GraphClient) -> None:
        self._client = client
        self._marks: dict[EventId, Mark | None] = {}
        self.unreadable: set[EventId] = set()

    def read(self, event_id: EventId) -> CalendarEvent | None:
        """Return the event with its extension, or None when Graph says that there is no such item."""
        try:
            answer = self._client.send("GET", addresses.event_with_mark(event_id))
        except EventGone:
            return None
        return self._read(event_id, answer)

    def read_series(self, event_id: EventId) -> CalendarEvent | None:
        """Return what `read` returns, of a series with its removed days and its exceptions."""
        try:
            event = read_whole(self._client, event_id)
        except EventGone:
            return None
        self._marks[event_id] = event.mark
        return event

    def read_occurrence(self, master: CalendarEvent, day: date) -> CalendarEvent | None:
        """Return what is on that day of a series, wherever it was moved since, or None if it was removed."""
        return read_occurrence(self._client, master, day)

    def view(self, window: Window) -> Iterator[Sequence[CalendarEvent]]:
        """Yield every readable event of the window, a page at a time."""
        for page in self._client.pages(addresses.view(window)):
            yield self._readable(page)

    def read_and_view(
        self, event_id: EventId, window: Window
    ) -> tuple[CalendarEvent | None, list[CalendarEvent] | None]:
        """Return what `read` returns, and the first page of a window or None, for one request.

        Whatever befalls the window costs the window only; whatever befalls the event is raised, as `read` raises it.
        """
        paths = (addresses.event_with_mark(event_id), addresses.view(window))
        event, view = self._client.batch([Part(method="GET", path=path) for path in paths])
        if isinstance(event, EventGone):
            return None, self._first_page(view)
        if isinstance(event, SyncError):
            raise event
        return self._read(event_id, event), self._first_page(view)

    def find(self, property_value: str) -> list[CalendarEvent]:
        """Return the events whose extended property holds this value.

        Quirk: Graph compares the value without regard to case (developers), so what comes back may hold another.
        Ours are lower-case. Source: Microsoft docs, api/singlevaluelegacyextendedproperty-get.
        """
        pages = self._client.pages(addresses.events_holding(property_value))
        return [event for page in pages for event in self._readable(page)]

    def find_ours(self) -> Iterator[Sequence[CalendarEvent | OddEvent]]:
        """Yield every event that carries our extension, from every calendar of her own, with its extended property."""
        for page in pages_of_ours(self._client):
            odd: list[OddEvent] = []
            yield [*self._readable(page, odd), *odd]

    def create(self, new: NewEvent) -> CalendarEvent:
        """Create the event in the default calendar and return it as stored."""
        in_zone = isinstance(new.content.schedule, Series)
        answer = self._write("POST", "/me/events", lambda in_utc: new_event_body(new, in_utc=in_utc), in_zone=in_zone)
        event = read_event(answer)
        # An answer without the extension that was part of the request says nothing about it.
        return event if event.mark else replace(event, mark=new.mark)

    def change(self, event_id: EventId, content: EventContent, *, change_key: str) -> CalendarEvent:
        """Write the given fields, if Graph agrees about the version, and return the event as stored.

        Quirk: whether a PATCH enforces If-Match is not established, so the caller's read just before is what counts.
        Its answer does not show extensions; the mark is the one last read here, which a PATCH leaves alone. Of a series
        it tells neither removed days nor exceptions, and neither does what is returned: `read_series` does.
        """
        is_series = isinstance(content.schedule, Series)
        answer = self._write(
            "PATCH",
            addresses.event(event_id),
            lambda in_utc: content_body(content, in_utc=in_utc),
            if_match=addresses.etag(change_key),
            in_zone=is_series,
        )
        try:
            event = read_event(answer)
        except UnreadableEvent:
            return self._stored(event_id)  # the documented answer is cut short: no id, no times (api/event-update)
        if is_series and content.with_rule and event.kind is not EventKind.SERIES_MASTER:
            return self._stored(event_id)  # cut short likewise: the rule was written, so it is a series
        return event if event.mark else replace(event, mark=self._marks.get(event_id))

    def mark(self, event_id: EventId, mark: Mark) -> None:
        """Write our extension onto the event, whether or not there is one already."""
        extensions = f"{addresses.event(event_id)}/extensions"
        try:
            self._client.send("PATCH", f"{extensions}/{EXTENSION_NAME}", body=extension_body(mark, clearing=True))
        except (EventGone, Refused) as missing:
            if not is_missing(missing):
                raise
            self._client.send("POST", extensions, body=extension_body(mark))
        self._marks[event_id] = mark

    def remove(self, event_id: EventId, *, change_key: str) -> bool:
        """Delete the event, if Graph agrees about the version; False when it was not there, or was called off.

        Quirk: deleting an event that was already cancelled was answered with 403 (developers), which is also the
        answer to somebody who may not delete: only a look at the event tells them apart.
        """
        try:
            self._client.send("DELETE", addresses.event(event_id), if_match=addresses.etag(change_key))
        except EventGone:
            return False
        except Refused as refused:
            if not is_forbidden(refused):
                raise
            event = self.read(event_id)
            if event is not None and not event.is_cancelled:
                raise
            return False
        return True

    def read_batch(self, event_ids: Sequence[EventId]) -> list[CalendarEvent | SyncError | None]:
        """Return of at most 20 events what `read` returns or raises; only what befalls them all is raised."""
        parts = [Part(method="GET", path=addresses.event_with_mark(event_id)) for event_id in event_ids]
        outcomes = self._client.batch(parts)
        return [self._outcome(event_id, each) for event_id, each in zip(event_ids, outcomes, strict=True)]

    def _outcome(self, event_id: EventId, outcome: Answer | SyncError) -> CalendarEvent | SyncError | None:
        if isinstance(outcome, SyncError):
            return None if isinstance(outcome, EventGone) else outcome
        try:
            return self._read(event_id, outcome)
        except SyncError as odd:
            return odd

    def remove_batch(self, items: Sequence[tuple[EventId, str]]) -> list[Removal]:
        """Delete at most 20 events, each by its change key; return for each what `remove` returns, or its error.

        Only what befalls them all is raised: then any of them may be gone or not.
        """
        return remove_batch(self._client, items)

    def _read(self, event_id: EventId, answer: Answer) -> CalendarEvent:
        event = read_event(answer)
        self._marks[event_id] = event.mark
        return event

    def _first_page(self, answer: Answer | SyncError) -> list[CalendarEvent] | None:
        if isinstance(answer, SyncError):
            return None
        try:
            return self._readable(decoded(PAGE, answer.content).value)
        except (NotJson, msgspec.ValidationError):
            return None

    def _stored(self, event_id: EventId) -> CalendarEvent:
        event = self.read(event_id)
        if event is None:
            message = "the event went away while it was written"
            raise EventGone(message)
        return event

    def _write(
        self, method: str, path: str, body: Callable[[bool], EventBody], *, in_zone: bool, if_match: str | None = None
    ) -> Answer:
        """Send a write; if Graph has never heard of the zone's name, send it again in UTC, unless the zone matters.

        Quirk: CLDR learns new Windows zones before every mailbox does; an unknown one is refused, never replaced.
        """
        try:
            return self._client.send(method, path, body=body(False), if_match=if_match)
        except Refused as refused:
            if in_zone or not is_unknown_zone(refused):
                raise
            return self._client.send(method, path, body=body(True), if_match=if_match)

    def _readable(self, page: list[msgspec.Raw], odd_ones: list[OddEvent] | None = None) -> list[CalendarEvent]:
        events = []
        for raw in page:
            try:
                events.append(event_in(raw))
            except UnreadableEvent as odd:
                self.unreadable.add(odd.event_id or EventId(""))
                if odd_ones is not None:
                    odd_ones.append(OddEvent(id=odd.event_id or EventId("")))
                _log.warning("Graph sent an event that cannot be read: %s (%s)", odd.event_id, odd.reason)
        return events


class Tokens(Protocol):
    """Supplies the access tokens of many reps."""

    def of(self, connection: Connection, *, until: datetime | None = None) -> AccessToken:
        """Return what supplies this rep's."""
        ...


class GraphCalendars:
    """Opens reps' calendars at one Graph."""

    def __init__(self, http: Http, base_url: str, tokens: Tokens, clock: Clock) -> None:
        self._http = http
        self._base_url = base_url
        self._tokens = tokens
        self._clock = clock
        self._gates = Gates()

    def of(self, connection: Connection, *, until: datetime | None = None) -> Calendar:
        """Return the rep's calendar; nothing is asked of Graph, or of Entra, before it is used."""
        return GraphCalendar(self._client(connection, until))

    def feed(self, connection: Connection) -> ChangeFeed:
        """Return the trip-wire of the rep's calendar; nothing is asked before it is used."""
        return GraphChangeFeed(self._client(connection, None))

    def _client(self, connection: Connection, until: datetime | None) -> GraphClient:
        token = self._tokens.of(connection, until=until)
        gate = self._gates.of(connection.mailbox.key)
        return GraphClient(self._http, self._base_url, token, self._clock, gate=gate, until=until)
