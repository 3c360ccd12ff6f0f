"""Graph's event as our CalendarEvent: pure, event by event."""

import re

import msgspec

from shared_code.adapters.graph.wire.payloads import (
    EVENT,
    EVENT_EXTENSIONS,
    EVENT_NAME,
    Event,
    Recipient,
    decoded,
)
from shared_code.adapters.graph.wire.times import instant_in, once_in, series_in, slot_day_in
from shared_code.domain.appointments import Reminder, ShowAs
from shared_code.domain.events import CalendarEvent, EventKind, Mark, Sensitivity
from shared_code.domain.identifiers import (
    EXTENDED_PROPERTY_ID,
    EXTENSION_NAME,
    AppointmentGuid,
    EventId,
    UserGuid,
    parse_guid,
)
from shared_code.domain.markup import from_text
from shared_code.domain.zones import UnknownZone
from shared_code.use_cases.errors import Refused

_SHOW_AS = {
    "free": ShowAs.FREE,
    "tentative": ShowAs.TENTATIVE,
    "busy": ShowAs.BUSY,
    "oof": ShowAs.OUT_OF_OFFICE,
    "workingelsewhere": ShowAs.WORKING_ELSEWHERE,
}
_SENSITIVITIES = {each.value: each for each in Sensitivity}
_KINDS = {each.value.casefold(): each for each in EventKind}
_ETAG = re.compile(r'(?:W/)?"(.*)"')


class UnreadableEvent(Refused):
    """An event that makes no sense to us; it exists, so it is neither missing nor deleted."""

    def __init__(self, event_id: EventId | None, reason: str) -> None:
        super().__init__(f"event cannot be read: {reason}", code="UnreadableEvent")
        self.event_id = event_id
        self.reason = reason


def event_in(raw: msgspec.Raw | bytes) -> CalendarEvent:
    """Return the event that a piece of JSON holds; UnreadableEvent when it makes no sense, NotJson when it is none."""
    try:
        return event_of(decoded(EVENT, raw))
    except msgspec.ValidationError as odd:
        raise UnreadableEvent(_id_of(raw), "its fields are not of the kinds that Graph documents") from odd


def carries_our_extension(raw: msgspec.Raw | bytes) -> bool:
    """Tell whether our extension is on the event, whatever it says; one that cannot be read may carry it."""
    try:
        extensions = decoded(EVENT_EXTENSIONS, raw).extensions
    except msgspec.ValidationError:
        return True
    return any(extension.get("extensionName") == EXTENSION_NAME for extension in extensions or ())


def version_of(change_key: str | None, etag: str | None) -> str:
    """Return the version: the quoted part of the etag is the same. Source: Microsoft docs, api/user-post-events."""
    if change_key:
        return change_key
    quoted = _ETAG.fullmatch(etag or "")
    return quoted[1] if quoted else ""


def event_of(payload: Event) -> CalendarEvent:
    """Return the event that Graph described; UnreadableEvent when its id or its times make no sense."""
    if not payload.id:
        raise UnreadableEvent(None, "it has no id")
    event_id = EventId(payload.id)
    kind = _kind(payload)
    try:
        schedule = series_in(payload) if kind is EventKind.SERIES_MASTER else once_in(payload)
        modified_at = instant_in(payload.last_modified_date_time or payload.created_date_time)
        original_start = instant_in(payload.original_start) if payload.original_start else None
    except (UnknownZone, ValueError, OverflowError) as odd:
        raise UnreadableEvent(event_id, _reason(odd)) from odd
    return CalendarEvent(
        id=event_id,
        change_key=version_of(payload.change_key, payload.etag),
        kind=kind,
        subject=payload.subject or "",
        body_html=_body(payload),
        schedule=schedule,
        modified_at=modified_at,
        location=(payload.location.display_name if payload.location else None) or "",
        show_as=_SHOW_AS.get((payload.show_as or "").casefold(), ShowAs.BUSY),
        sensitivity=_sensitivity(payload.sensitivity),
        reminder=_reminder(payload),
        is_cancelled=bool(payload.is_cancelled),
        is_organizer=payload.is_organizer is not False,
        organizer=_address(payload.organizer),
        # Safety: somebody without an address still counts, since what counts is whether anybody would get mail.
        attendees=tuple(_address(each) or "(no address)" for each in payload.attendees or ()),
        categories=tuple(payload.categories or ()),
        web_link=payload.web_link or "",
        series_master_id=EventId(payload.series_master_id) if payload.series_master_id else None,
        original_start=original_start,
        slot_day=slot_day_in(payload, original_start),
        transaction_id=payload.transaction_id or None,
        mark=_mark(payload),
        property_value=_property_value(payload),
    )


def _id_of(raw: msgspec.Raw | bytes) -> EventId | None:
    try:
        found = decoded(EVENT_NAME, raw).id
    except msgspec.ValidationError:
        return None
    return EventId(found) if found else None


def _reason(odd: Exception) -> str:
    """Say what was odd without quoting the event, whose words are the rep's."""
    return str(odd) if isinstance(odd, UnknownZone) else "its times or its pattern make no sense"


def _kind(payload: Event) -> EventKind:
    stated = _KINDS.get((payload.type or "").casefold())
    if stated is not None:
        return stated
    if payload.series_master_id:
        return EventKind.OCCURRENCE
    return EventKind.SERIES_MASTER if payload.recurrence else EventKind.SINGLE


def _sensitivity(text: str | None) -> Sensitivity:
    """Return how private an event is; a word we do not know hides more than nothing, so it counts as private."""
    return _SENSITIVITIES.get((text or "normal").casefold(), Sensitivity.PRIVATE)


def _body(payload: Event) -> str:
    content = (payload.body.content if payload.body else None) or ""
    is_text = payload.body is not None and (payload.body.content_type or "").casefold() == "text"
    return from_text(content) if is_text else content


def _reminder(payload: Event) -> Reminder:
    return (payload.reminder_minutes_before_start or 0) if payload.is_reminder_on else None


def _address(somebody: Recipient | None) -> str:
    mail = somebody.email_address if somebody else None
    return (mail.address or mail.name or "") if mail else ""


def _mark(payload: Event) -> Mark | None:
    """Return what our extension says; nothing unless it names an appointment.

    Quirk: extensions come with one of two id prefixes, so ours is known by `extensionName`.
    Source: Microsoft docs, api/opentypeextension-get and api/opentypeextension-post-opentypeextension.
    """
    for extension in payload.extensions or ():
        if extension.get("extensionName") == EXTENSION_NAME:
            appointment = _guid(extension.get("AppointmentGuid"))
            if appointment is None:
                return None
            user = _guid(extension.get("UserGuid"))
            return Mark(
                appointment=AppointmentGuid(appointment),
                user=UserGuid(user) if user else None,
                lead_guid=_guid(extension.get("LeadGuid")),
                lead_url=_text(extension.get("LeadUrl")),
            )
    return None


def _property_value(payload: Event) -> str | None:
    """Return what our extended property says, when it was asked for; its id's case is Graph's own."""
    for each in payload.single_value_extended_properties or ():
        if (each.id or "").casefold() == EXTENDED_PROPERTY_ID.casefold():
            return each.value
    return None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _guid(value: object) -> str | None:
    try:
        return parse_guid(value) if isinstance(value, str) else None
    except ValueError:
        return None
