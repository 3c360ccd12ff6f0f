"""A person at their own Outlook: events as the control plane says and shows them, in PascalCase."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from sandbox.control.orders import OrderError
from sandbox.graph.mailbox.items import Body, Event
from sandbox.graph.mailbox.mailbox import Mailbox
from sandbox.graph.mailbox.properties import EXTENSION_TYPE
from sandbox.graph.recurring.payloads import written_recurrence
from sandbox.graph.wire.bodies import EventReader, Wish
from sandbox.graph.wire.zones import seven_digits

# Fields that go to Graph under the same name, but for the first letter.
SAME = (
    "Subject", "IsAllDay", "Categories", "Importance", "Sensitivity", "ShowAs", "IsReminderOn", "IsOnlineMeeting",
    "ReminderMinutesBeforeStart", "ResponseRequested", "HideAttendees",
)  # fmt: skip
# What no client may write, and a test needs: fields of the stored event.
MARKS = {
    "IsCancelled": "is_cancelled",
    "OriginalStartTimeZone": "original_start_zone",
    "OriginalEndTimeZone": "original_end_zone",
    "Response": "response",
}
# How the zone of a series is named to readers: a custom zone of an old client has no name that anybody knows.
ZONE_MARK = "RecurrenceTimeZone"
# HTML that is stored to the letter, whatever Exchange would have made of it.
RAW_BODY = "RawBody"
FIELDS = {
    *SAME, *MARKS, ZONE_MARK, RAW_BODY, "Recurrence", "Body", "BodyType", "Start", "End", "TimeZone", "Location",
    "Attendees", "Extensions", "ExtendedProperties",
}  # fmt: skip


def wish_of(described: Mapping[str, Any], *, creating: bool) -> Wish:
    """Read an event, or changes to one, from what the control plane was told."""
    return EventReader(every_iana_zone=True, creating=creating).read(graph_json(described))


def marks_of(event: Event, described: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of the stored event that are set past Graph's rules."""
    marks = {attribute: described[name] for name, attribute in MARKS.items() if name in described}
    if ZONE_MARK in described and event.series is not None:
        marks["series"] = replace(event.series, zone_told=described[ZONE_MARK])
    if RAW_BODY in described:
        marks["body"] = Body(content_type="html", content=str(described[RAW_BODY]))
    return marks


def graph_json(described: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body of the Graph request that says the same."""
    unknown = sorted(set(described) - FIELDS)
    if unknown:
        raise OrderError(f"an event has no {', '.join(unknown)}; it has {', '.join(sorted(FIELDS))}")
    body: dict[str, Any] = {name[0].lower() + name[1:]: described[name] for name in SAME if name in described}
    for name, write in PARTS.items():
        if name in described:
            body |= write(described, described[name])
    return body


def _moment(name: str) -> Callable[[Mapping[str, Any], Any], dict[str, Any]]:
    return lambda described, at: {name: {"dateTime": str(at), "timeZone": described.get("TimeZone", "UTC")}}


def _body(described: Mapping[str, Any], content: Any) -> dict[str, Any]:
    return {"body": {"contentType": described.get("BodyType", "Html"), "content": content}}


def _attendees(_described: Mapping[str, Any], people: Any) -> dict[str, Any]:
    """Return attendees from addresses, or from objects with Address, Name and Type."""
    rows = [{"Address": one} if isinstance(one, str) else one for one in people]
    written = [
        {
            "emailAddress": {"address": row.get("Address"), "name": row.get("Name", "")},
            "type": row.get("Type", "required"),
        }
        for row in rows
    ]
    return {"attendees": written}


def _extensions(_described: Mapping[str, Any], extensions: Any) -> dict[str, Any]:
    typed = {"@odata.type": EXTENSION_TYPE}
    return {"extensions": [{**typed, "extensionName": name, **values} for name, values in extensions.items()]}


def _extended_properties(_described: Mapping[str, Any], values: Any) -> dict[str, Any]:
    return {"singleValueExtendedProperties": [{"id": key, "value": value} for key, value in values.items()]}


def _recurrence(described: Mapping[str, Any], given: Any) -> dict[str, Any]:
    """Return a recurrence from {"Pattern", "Range"}: every time and without an end, unless it says otherwise."""
    if given is None:
        return {"recurrence": None}
    if not isinstance(given, dict) or not isinstance(given.get("Pattern"), dict) or set(given) - {"Pattern", "Range"}:
        raise OrderError("Recurrence is null, or an object with Pattern and perhaps Range, in Graph's words")
    start = {"StartDate": str(described["Start"])[:10]} if "Start" in described else {}
    pattern = {"Interval": 1, **given["Pattern"]}
    span = {"Type": "noEnd", **start, **given.get("Range", {})}
    return {"recurrence": {"pattern": _lower(pattern), "range": _lower(span)}}


def _lower(named: Mapping[str, Any]) -> dict[str, Any]:
    return {name[0].lower() + name[1:]: value for name, value in named.items()}


PARTS: dict[str, Callable[[Mapping[str, Any], Any], dict[str, Any]]] = {
    "Start": _moment("start"),
    "End": _moment("end"),
    "Body": _body,
    "Recurrence": _recurrence,
    "Location": lambda _, name: {"location": {"displayName": name}},
    "Attendees": _attendees,
    "Extensions": _extensions,
    "ExtendedProperties": _extended_properties,
}


def shown(mailbox: Mailbox, event: Event) -> dict[str, Any]:
    """Return everything an event holds, hidden properties too."""
    return {
        "Id": event.immutable_id,
        "DefaultId": event.default_id,
        "Type": event.kind,
        "ChangeKey": event.change_key,
        "ICalUId": event.ical_uid,
        "Calendar": mailbox.calendars[event.calendar_id].name,
        "CalendarId": event.calendar_id,
        "Subject": event.subject,
        "BodyType": event.body.content_type.capitalize(),
        "Body": event.body.content,
        "Start": seven_digits(event.start.wall),
        "End": seven_digits(event.end.wall),
        "TimeZone": event.start.zone.name,
        "StartUtc": event.starts_at.isoformat(),
        "EndUtc": event.ends_at.isoformat(),
        "OriginalStartTimeZone": event.original_start_zone,
        "OriginalEndTimeZone": event.original_end_zone,
        "IsAllDay": event.is_all_day,
        "IsCancelled": event.is_cancelled,
        "IsOrganizer": event.is_organizer,
        "Response": event.response,
        "Organizer": event.organizer.address,
        "Attendees": [
            {"Address": one.who.address, "Name": one.who.name, "Type": one.kind, "Response": one.response}
            for one in event.attendees
        ],
        "Location": event.location.get("displayName", ""),
        "Categories": list(event.categories),
        "Importance": event.importance,
        "Sensitivity": event.sensitivity,
        "ShowAs": event.show_as,
        "IsReminderOn": event.is_reminder_on,
        "ReminderMinutesBeforeStart": event.reminder_minutes,
        "IsOnlineMeeting": event.is_online_meeting,
        "JoinUrl": (event.online_meeting or {}).get("joinUrl"),
        "TransactionId": event.transaction_id,
        "Extensions": event.extensions,
        "ExtendedProperties": event.extended_properties,
        "CreatedUtc": event.created_at.isoformat(),
        "ModifiedUtc": event.modified_at.isoformat(),
        **_series_parts(mailbox, event),
    }


def _series_parts(mailbox: Mailbox, event: Event) -> dict[str, Any]:
    """Return what only an occurrence or a series master has."""
    if event.slot is not None:
        return {
            "SeriesMasterId": event.slot.master_immutable_id,
            "Day": event.slot.day.isoformat(),
            "OriginalStartUtc": event.slot.original_start.isoformat(),
        }
    if event.series is None:
        return {}
    recurrence = event.series.recurrence
    return {
        "Recurrence": _upper(written_recurrence(recurrence, recurrence.zone.name)) if recurrence else None,
        "CancelledDays": [day.isoformat() for day in sorted(event.series.cancelled)],
        "Exceptions": [shown(mailbox, one) for one in mailbox.exceptions(event)],
    }


def _upper(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {name[0].upper() + name[1:]: _upper(inner) for name, inner in value.items()}
