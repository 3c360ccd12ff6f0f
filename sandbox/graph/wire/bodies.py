"""What a request may say about an event: every property by name and type, and what the others are answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.graph.errors import (
    invalid_request,
    not_simulated,
    property_validation,
    undeserializable_body,
    unknown_property,
    unreadable_body,
)
from sandbox.graph.mailbox.items import Body
from sandbox.graph.mailbox.properties import read_extended_properties, read_extension
from sandbox.graph.recurring.payloads import read_recurrence
from sandbox.graph.wire.markup import as_exchange_keeps_it
from sandbox.graph.wire.people import read_attendees
from sandbox.graph.wire.places import read_location, read_locations
from sandbox.graph.wire.words import one_of
from sandbox.graph.wire.zones import Moment, read_moment, zone_named

# Source: Microsoft docs, api/event-update: its own request example sends several of these and gets 200.
READ_ONLY = {
    "id", "createdDateTime", "lastModifiedDateTime", "changeKey", "originalStartTimeZone", "originalEndTimeZone",
    "originalStart", "responseStatus", "iCalUId", "uid", "hasAttachments", "bodyPreview", "isCancelled", "isDraft",
    "isOrganizer", "organizer", "seriesMasterId", "occurrenceId", "cancelledOccurrences", "exceptionOccurrences",
    "type", "webLink", "onlineMeetingUrl", "onlineMeeting", "calendar", "instances",
}  # fmt: skip
NOT_SIMULATED = {
    "attachments": "attachments",
    "multiValueExtendedProperties": "multi-value extended properties",
}


@dataclass(slots=True, kw_only=True)
class Wish:
    """What a POST or PATCH of an event asks for."""

    # Values by attribute name of a stored event.
    changes: dict[str, Any] = field(default_factory=dict)
    extensions: dict[str, dict[str, Any]] = field(default_factory=dict)
    extended_properties: dict[str, str] = field(default_factory=dict)
    transaction_id: str | None = None


class EventReader:
    """Reads the JSON of an event."""

    def __init__(
        self,
        *,
        every_iana_zone: bool,
        creating: bool,
        pattern_comes_first: bool = False,
        longest_count: int = 0,
        html_as_sent: bool = False,
    ) -> None:
        self._every_iana_zone = every_iana_zone
        self._creating = creating
        # Quirk: a range before its pattern was refused once. Source: developer report microsoft-graph-docs#11359.
        self._pattern_comes_first = pattern_comes_first
        self._longest_count = longest_count
        self._html_as_sent = html_as_sent

    def read(self, given: Mapping[str, Any]) -> Wish:
        """Return what is asked for; refuse what Graph does not know."""
        wish = Wish()
        for name, value in given.items():
            if "@" in name or name in READ_ONLY:
                continue
            if name in SIMPLE:
                attribute, read = SIMPLE[name]
                if value is not None or name in NULLABLE:
                    wish.changes[attribute] = read(name, value)
            elif name != "body" or value is not None:
                self._read_special(wish, name, value)
        _align_locations(wish.changes, given)
        return wish

    def _read_special(self, wish: Wish, name: str, value: Any) -> None:
        if name in ("start", "end"):
            wish.changes[name] = self._moment(name, value)
        elif name == "body":
            wish.changes[name] = _body(name, value, html_as_sent=self._html_as_sent)
        elif name == "recurrence":
            if self._pattern_comes_first and isinstance(value, dict) and next(iter(value), "") == "range":
                raise undeserializable_body()
            wish.changes["recurrence"] = read_recurrence(
                value, every_iana_zone=self._every_iana_zone, longest_count=self._longest_count
            )
        elif name == "transactionId":
            wish.transaction_id = _text(name, value) or None
        elif name == "extensions":
            wish.extensions = self._extensions(value)
        elif name == "singleValueExtendedProperties":
            wish.extended_properties = read_extended_properties(value)
        elif name in NOT_SIMULATED:
            if value:
                raise not_simulated(NOT_SIMULATED[name])
        else:
            raise unknown_property(name, "Microsoft.OutlookServices.Event")

    def _extensions(self, value: Any) -> dict[str, dict[str, Any]]:
        if not isinstance(value, list):
            raise unreadable_body("The property 'extensions' must be a collection.")
        if not self._creating:
            # Only POST takes them inline; later they have their own address.
            raise invalid_request("The OData request is not supported.")
        return dict(read_extension(one) for one in value)

    def _moment(self, name: str, value: Any) -> Moment:
        if not isinstance(value, dict):
            raise unreadable_body(f"The property '{name}' must be an object.")
        for key in value:
            if "@" not in key and key not in ("dateTime", "timeZone"):
                raise unknown_property(key, "Microsoft.OutlookServices.DateTimeTimeZone")
        zone_name = value.get("timeZone")
        zone = zone_named(zone_name if isinstance(zone_name, str) else "UTC", every_iana=self._every_iana_zone)
        moment = read_moment(str(value.get("dateTime") or ""), zone)
        if moment is None:
            raise property_validation()
        return moment


def _align_locations(changes: dict[str, Any], given: Mapping[str, Any]) -> None:
    """Keep `location` and `locations` in step: writing the one replaces the other.

    Source: v1.0 metadata, event.locations.
    """
    if "location" in changes and not given.get("locations"):
        location = changes["location"]
        only = {key: value for key, value in location.items() if key not in ("uniqueId", "uniqueIdType")}
        changes["locations"] = ({**only, "uniqueIdType": "unknown"},) if location.get("displayName") else ()
    elif "locations" in changes and not given.get("location"):
        names = "; ".join(str(one["displayName"]) for one in changes["locations"] if one.get("displayName"))
        changes["location"] = read_location("location", {"displayName": names})


def _text(name: str, value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise unreadable_body(f"Cannot convert the value of '{name}' to the expected type 'Edm.String'.")
    return value


def _boolean(name: str, value: Any) -> bool:
    # Quirk: the words are taken as text too. Source: python-o365 posts "isOnlineMeeting": "false" to the live service.
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if not isinstance(value, bool):
        raise unreadable_body(f"Cannot convert the value of '{name}' to the expected type 'Edm.Boolean'.")
    return value


def _integer(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise unreadable_body(f"Cannot convert the value of '{name}' to the expected type 'Edm.Int32'.")
    return value


def _texts(name: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise unreadable_body(f"The property '{name}' must be a collection.")
    return tuple(_text(name, one) for one in value)


def _body(name: str, value: Any, *, html_as_sent: bool) -> Body:
    if not isinstance(value, dict):
        raise unreadable_body(f"The property '{name}' must be an object.")
    for key in value:
        if "@" not in key and key not in ("contentType", "content"):
            raise unknown_property(key, "Microsoft.OutlookServices.ItemBody")
    content_type = one_of("bodyType", value.get("contentType", "text"))
    content = _text("content", value.get("content"))
    if content_type == "html" and not html_as_sent:
        content = as_exchange_keeps_it(content)
    return Body(content_type=content_type, content=content)


def _word(kind: str) -> Callable[[str, Any], str]:
    return lambda _name, value: one_of(kind, value)


SIMPLE: dict[str, tuple[str, Callable[[str, Any], Any]]] = {
    "subject": ("subject", _text),
    "isAllDay": ("is_all_day", _boolean),
    "categories": ("categories", _texts),
    "importance": ("importance", _word("importance")),
    "sensitivity": ("sensitivity", _word("sensitivity")),
    "showAs": ("show_as", _word("freeBusyStatus")),
    "isReminderOn": ("is_reminder_on", _boolean),
    "reminderMinutesBeforeStart": ("reminder_minutes", _integer),
    "location": ("location", read_location),
    "locations": ("locations", read_locations),
    "attendees": ("attendees", read_attendees),
    "responseRequested": ("response_requested", _boolean),
    "allowNewTimeProposals": ("allow_new_time_proposals", _boolean),
    "hideAttendees": ("hide_attendees", _boolean),
    "isOnlineMeeting": ("is_online_meeting", _boolean),
    "onlineMeetingProvider": ("online_meeting_provider", _word("onlineMeetingProviderType")),
}
NULLABLE = {"subject"}
