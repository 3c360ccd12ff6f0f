"""Events, calendars and people as answers hold them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import quote

from sandbox.directory import User
from sandbox.graph.mailbox.items import Body, Calendar, Event
from sandbox.graph.mailbox.properties import find_extension, written_extension
from sandbox.graph.queries.options import Expansion
from sandbox.graph.recurring.payloads import written_recurrence
from sandbox.graph.wire.markup import html_of, preview, text_of
from sandbox.graph.wire.people import written_attendee, written_recipient
from sandbox.graph.wire.preferences import Preferences
from sandbox.graph.wire.zones import Moment, seven_digits, timestamp


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How one request wants events to look."""

    preferences: Preferences
    select: tuple[str, ...] | None = None
    expansion: Expansion = field(default_factory=Expansion)
    empty_expansion: bool = False
    text_as_html: bool = False
    all_day_zone_is_told: bool = True


def event_id(event: Event, preferences: Preferences) -> str:
    """Return the id of the format that is preferred."""
    return event.immutable_id if preferences.immutable_ids else event.default_id


def written_event(event: Event, reading: Reading) -> dict[str, Any]:
    """Return an event with what was selected and expanded; its etag and id always."""
    properties = reading.select if reading.select is not None else tuple(PROPERTIES)
    written: dict[str, Any] = {
        "@odata.etag": f'W/"{event.change_key}"',
        "id": event_id(event, reading.preferences),
    }
    for name in PROPERTIES:
        # Quirk: whoever selects `location` gets `locations` too.
        # Source: Microsoft docs, api/user-list-events (its own example).
        if name in properties or (name == "locations" and "location" in properties):
            written[name] = PROPERTIES[name](event, reading)
    if event.transaction_id is None:
        # Source: v1.0 metadata, event.transactionId: returned only if an app set it.
        written.pop("transactionId", None)
    if event.slot is None:
        written.pop("originalStart", None)
    return written | _expanded(event, reading)


def written_calendar(calendar: Calendar, owner: User) -> dict[str, Any]:
    """Return a calendar.

    Source: Microsoft docs, resources/calendar; v1.0 metadata.
    """
    return {
        "id": calendar.id,
        "name": calendar.name,
        "color": calendar.color,
        "hexColor": "",
        "isDefaultCalendar": calendar.is_default,
        "changeKey": calendar.change_key,
        "canShare": True,
        "canViewPrivateItems": True,
        "canEdit": True,
        "allowedOnlineMeetingProviders": list(calendar.online_providers),
        "defaultOnlineMeetingProvider": calendar.online_providers[0] if calendar.online_providers else "unknown",
        "isTallyingResponses": calendar.is_default,
        "isRemovable": not calendar.is_default,
        "owner": {"name": owner.display_name, "address": owner.upn},
    }


def written_user(user: User) -> dict[str, Any]:
    """Return a user with the properties that come without `$select`.

    Source: Microsoft docs, api/user-get.
    """
    first, _, last = user.display_name.rpartition(" ")
    return {
        "businessPhones": [],
        "displayName": user.display_name,
        "givenName": first or None,
        "jobTitle": None,
        "mail": user.upn if user.licensed else None,
        "mobilePhone": None,
        "officeLocation": None,
        "preferredLanguage": None,
        "surname": last or None,
        "userPrincipalName": user.upn,
        "id": user.oid,
    }


def _expanded(event: Event, reading: Reading) -> dict[str, Any]:
    """Return the hidden properties that were asked for; one that is not there leaves no trace, or an empty list."""
    expansion = reading.expansion
    result: dict[str, Any] = {}
    if expansion.extensions is not None:
        found = [find_extension(event.extensions, name) for name in expansion.extensions]
        written = [written_extension(name, event.extensions[name]) for name in found if name is not None]
        if written or reading.empty_expansion:
            result["extensions"] = written
    if expansion.extended_properties is not None:
        held = event.extended_properties
        values = [{"id": key, "value": held[key]} for key in expansion.extended_properties if key in held]
        if values or reading.empty_expansion:
            result["singleValueExtendedProperties"] = values
    return result


def _moment(event: Event, moment: Moment, reading: Reading) -> dict[str, str]:
    zone = reading.preferences.zone
    # Quirk: all-day events float: midnight to midnight in whatever zone is asked for, never shifted.
    # Source: developer report microsoft-graph-docs#1802 (Microsoft: by design).
    wall = moment.wall if event.is_all_day else moment.instant.astimezone(zone.rules).replace(tzinfo=None)
    return {"dateTime": seven_digits(wall), "timeZone": zone.name}


def _body(body: Body, reading: Reading) -> dict[str, str]:
    wanted = reading.preferences.body_type
    if wanted is None and reading.text_as_html:
        wanted = "html"
    if wanted in (None, body.content_type):
        return {"contentType": body.content_type, "content": body.content}
    convert = text_of if wanted == "text" else html_of
    return {"contentType": str(wanted), "content": convert(body.content) if body.content else ""}


def master_id(event: Event, preferences: Preferences) -> str | None:
    """Return the id of the series that an occurrence belongs to."""
    if event.slot is None:
        return None
    return event.slot.master_immutable_id if preferences.immutable_ids else event.slot.master_default_id


def occurrence_name(master: str, day: date) -> str:
    """Return the id of an occurrence's slot. Source: Microsoft docs, api/event-get (beta; the form)."""
    return f"OID.{master}.{day.isoformat()}"


def _occurrence_id(event: Event, reading: Reading) -> str | None:
    master = master_id(event, reading.preferences)
    return occurrence_name(master, event.slot.day) if master and event.slot else None


def _recurrence(event: Event, reading: Reading) -> dict[str, Any] | None:
    if event.series is None or event.series.recurrence is None:
        return None
    recurrence = event.series.recurrence
    name = recurrence.zone.name if event.series.zone_told is None else event.series.zone_told
    # Quirk: the zone of an all-day series may be missing. Source: developer report microsoft-graph-docs#7163.
    return written_recurrence(recurrence, name if reading.all_day_zone_is_told or not event.is_all_day else "")


def _web_link(event: Event, reading: Reading) -> str:
    item = quote(event_id(event, reading.preferences), safe="")
    return f"https://outlook.office365.com/owa/?itemid={item}&exvsurl=1&path=/calendar/item"


# In the order of the published answers. Source: Microsoft docs, api/user-post-events.
PROPERTIES: dict[str, Callable[[Event, Reading], Any]] = {
    "createdDateTime": lambda event, _: timestamp(event.created_at),
    "lastModifiedDateTime": lambda event, _: timestamp(event.modified_at),
    "changeKey": lambda event, _: event.change_key,
    "categories": lambda event, _: list(event.categories),
    "transactionId": lambda event, _: event.transaction_id,
    "originalStartTimeZone": lambda event, _: event.original_start_zone,
    "originalEndTimeZone": lambda event, _: event.original_end_zone,
    # Of occurrences and exceptions only. Source: v1.0 metadata, event.originalStart.
    "originalStart": lambda event, _: timestamp(event.slot.original_start) if event.slot else None,
    "iCalUId": lambda event, _: event.ical_uid,
    "reminderMinutesBeforeStart": lambda event, _: event.reminder_minutes,
    "isReminderOn": lambda event, _: event.is_reminder_on,
    "hasAttachments": lambda _event, _: False,
    "hideAttendees": lambda event, _: event.hide_attendees,
    "subject": lambda event, _: event.subject,
    "bodyPreview": lambda event, _: preview(event.body.content, event.body.content_type),
    "importance": lambda event, _: event.importance,
    "sensitivity": lambda event, _: event.sensitivity,
    "isAllDay": lambda event, _: event.is_all_day,
    "isCancelled": lambda event, _: event.is_cancelled,
    "isDraft": lambda _event, _: False,
    "isOrganizer": lambda event, _: event.is_organizer,
    "responseRequested": lambda event, _: event.response_requested,
    "seriesMasterId": lambda event, reading: master_id(event, reading.preferences),
    "showAs": lambda event, _: event.show_as,
    "type": lambda event, _: event.kind,
    "webLink": _web_link,
    "onlineMeetingUrl": lambda _event, _: None,
    "isOnlineMeeting": lambda event, _: event.is_online_meeting,
    "onlineMeetingProvider": lambda event, _: event.online_meeting_provider,
    "allowNewTimeProposals": lambda event, _: event.allow_new_time_proposals,
    "occurrenceId": _occurrence_id,
    "responseStatus": lambda event, _: {"response": event.response, "time": event.responded},
    "body": lambda event, reading: _body(event.body, reading),
    "start": lambda event, reading: _moment(event, event.start, reading),
    "end": lambda event, reading: _moment(event, event.end, reading),
    "location": lambda event, _: dict(event.location),
    "locations": lambda event, _: [dict(one) for one in event.locations],
    "recurrence": _recurrence,
    "attendees": lambda event, _: [written_attendee(one) for one in event.attendees],
    "organizer": lambda event, _: written_recipient(event.organizer),
    "onlineMeeting": lambda event, _: event.online_meeting,
}
# Every property of an event by lower-case name, for `$select`.
OF_MASTERS = ("cancelledOccurrences", "exceptionOccurrences")
SELECTABLE = {name.lower(): name for name in ("id", *PROPERTIES, *OF_MASTERS)}
