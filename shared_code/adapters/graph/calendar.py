"""A rep's Outlook calendar through Graph."""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Protocol
from urllib.parse import quote

import msgspec

from shared_code.adapters.graph.client import AccessToken, GraphClient
from shared_code.adapters.graph.failures import is_forbidden, is_missing, is_unknown_zone, not_understood
from shared_code.adapters.graph.payloads import EVENT, EVENT_NAME, NotJson, decoded
from shared_code.adapters.graph.reading import UnreadableEvent, event_of
from shared_code.adapters.graph.writing import EventBody, content_body, extension_body, new_event_body
from shared_code.adapters.http import Answer, Http
from shared_code.domain.connections import Connection
from shared_code.domain.events import CalendarEvent, EventContent, Mark, NewEvent
from shared_code.domain.identifiers import EXTENDED_PROPERTY_ID, EXTENSION_NAME, EventId
from shared_code.domain.schedules import Window
from shared_code.use_cases.errors import EventGone, Refused
from shared_code.use_cases.ports import Calendar, Clock

PAGE_SIZE = 50
"""Events a page: large enough for few round trips; larger pages of full bodies risk a 504 (api/user-list-messages)."""

_SAFE = "$()=,'/:"
_WITH_MARK = "$expand=" + quote(f"extensions($filter=id eq '{EXTENSION_NAME}')", safe=_SAFE)
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
            answer = self._client.send("GET", f"{_path(event_id)}?{_WITH_MARK}")
        except EventGone:
            return None
        event = _event(answer)
        self._marks[event_id] = event.mark
        return event

    def view(self, window: Window) -> Iterator[Sequence[CalendarEvent]]:
        """Yield every readable event of the window, a page at a time.

        Quirk: `$select` is left off, because the times of creation and change are documented as not selectable here.
        Source: Microsoft docs, api/user-list-calendarview.
        """
        path = (
            f"/me/calendar/calendarView?startDateTime={_utc(window.start_at)}&endDateTime={_utc(window.end_at)}"
            f"&{_WITH_MARK}&$top={PAGE_SIZE}"
        )
        for page in self._client.pages(path):
            yield self._readable(page)

    def find(self, property_value: str) -> list[CalendarEvent]:
        """Return the events whose extended property holds this value.

        Quirk: Graph compares the value without regard to case (developers), so what comes back may hold another.
        Ours are lower-case. Source: Microsoft docs, api/singlevaluelegacyextendedproperty-get.
        """
        condition = (
            f"singleValueExtendedProperties/Any(ep: ep/id eq {_quoted(EXTENDED_PROPERTY_ID)}"
            f" and ep/value eq {_quoted(property_value)})"
        )
        path = f"/me/events?$filter={quote(condition, safe=_SAFE)}&{_WITH_MARK}"
        return [event for page in self._client.pages(path) for event in self._readable(page)]

    def create(self, new: NewEvent) -> CalendarEvent:
        """Create the event in the default calendar and return it as stored."""
        answer = self._write("POST", "/me/events", lambda in_utc: new_event_body(new, in_utc=in_utc))
        event = _event(answer)
        # An answer without the extension that was part of the request says nothing about it.
        return event if event.mark else replace(event, mark=new.mark)

    def change(self, event_id: EventId, content: EventContent, *, change_key: str) -> CalendarEvent:
        """Write the given fields, if Graph agrees about the version, and return the event as stored.

        Quirk: whether a PATCH enforces If-Match is not established, so the caller's read just before is what counts.
        Its answer does not show extensions; the mark is the one last read here, which a PATCH leaves alone.
        """
        answer = self._write(
            "PATCH", _path(event_id), lambda in_utc: content_body(content, in_utc=in_utc), if_match=_etag(change_key)
        )
        try:
            event = _event(answer)
        except UnreadableEvent:
            return self._stored(event_id)  # the documented answer is cut short: no id, no times (api/event-update)
        return event if event.mark else replace(event, mark=self._marks.get(event_id))

    def mark(self, event_id: EventId, mark: Mark) -> None:
        """Write our extension onto the event, whether or not there is one already."""
        extensions = f"{_path(event_id)}/extensions"
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
            self._client.send("DELETE", _path(event_id), if_match=_etag(change_key))
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

    def _stored(self, event_id: EventId) -> CalendarEvent:
        event = self.read(event_id)
        if event is None:
            message = "the event went away while it was written"
            raise EventGone(message)
        return event

    def _write(
        self, method: str, path: str, body: Callable[[bool], EventBody], *, if_match: str | None = None
    ) -> Answer:
        """Send a write; if Graph has never heard of the zone's name, send it again in UTC.

        Quirk: CLDR learns new Windows zones before every mailbox does; an unknown one is refused, never replaced.
        """
        try:
            return self._client.send(method, path, body=body(False), if_match=if_match)
        except Refused as refused:
            if not is_unknown_zone(refused):
                raise
            return self._client.send(method, path, body=body(True), if_match=if_match)

    def _readable(self, page: list[msgspec.Raw]) -> list[CalendarEvent]:
        events = []
        for raw in page:
            try:
                events.append(_decoded(raw))
            except UnreadableEvent as odd:
                self.unreadable.add(odd.event_id or EventId(""))
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

    def of(self, connection: Connection, *, until: datetime | None = None) -> Calendar:
        """Return the rep's calendar; nothing is asked of Graph, or of Entra, before it is used."""
        token = self._tokens.of(connection, until=until)
        return GraphCalendar(GraphClient(self._http, self._base_url, token, self._clock, until=until))


def _event(answer: Answer) -> CalendarEvent:
    try:
        return _decoded(answer.content)
    except NotJson as odd:
        raise not_understood(answer, "an event") from odd


def _decoded(raw: msgspec.Raw | bytes) -> CalendarEvent:
    try:
        return event_of(decoded(EVENT, raw))
    except msgspec.ValidationError as odd:
        raise UnreadableEvent(_id_of(raw), "its fields are not of the kinds that Graph documents") from odd


def _id_of(raw: msgspec.Raw | bytes) -> EventId | None:
    try:
        found = decoded(EVENT_NAME, raw).id
    except msgspec.ValidationError:
        return None
    return EventId(found) if found else None


def _path(event_id: EventId) -> str:
    return f"/me/events/{quote(event_id, safe='')}"


def _etag(change_key: str) -> str | None:
    return f'W/"{change_key}"' if change_key else None


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).replace(tzinfo=None, microsecond=0).isoformat() + "Z"
