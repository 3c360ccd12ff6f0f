"""What we write, as Graph's JSON: pure. Attendees are never among it, so that nobody gets mail because of us."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import NotRequired, TypedDict

from shared_code.adapters.graph.wire.recurrence import RecurrenceBody, recurrence_body
from shared_code.domain.appointments import ShowAs
from shared_code.domain.events import EventContent, Mark, NewEvent, Sensitivity
from shared_code.domain.identifiers import EXTENDED_PROPERTY_ID, EXTENSION_NAME
from shared_code.domain.recurrence import AllDayStart, starting
from shared_code.domain.schedules import AllDay, Once, Schedule, Series, Timed
from shared_code.domain.series import patterned_of
from shared_code.domain.zones import instant_of, resolve, windows_of

_SHOW_AS = {
    ShowAs.FREE: "free",
    ShowAs.TENTATIVE: "tentative",
    ShowAs.BUSY: "busy",
    ShowAs.OUT_OF_OFFICE: "oof",
    ShowAs.WORKING_ELSEWHERE: "workingElsewhere",
}


class DateTimeTimeZoneBody(TypedDict):
    """A time to write.

    Source: https://learn.microsoft.com/graph/api/resources/datetimetimezone
    """

    dateTime: str
    timeZone: str


class ItemBodyBody(TypedDict):
    """A text to write.

    Source: https://learn.microsoft.com/graph/api/resources/itembody
    """

    contentType: str
    content: str


class LocationBody(TypedDict):
    """A place to write.

    Source: https://learn.microsoft.com/graph/api/resources/location
    """

    displayName: str


class ExtendedPropertyBody(TypedDict):
    """A property to find an event by.

    Source: https://learn.microsoft.com/graph/api/resources/singlevaluelegacyextendedproperty
    """

    id: str
    value: str


class EventBody(TypedDict):
    """An event to write.

    Source: https://learn.microsoft.com/graph/api/resources/event
    """

    subject: NotRequired[str]
    body: NotRequired[ItemBodyBody]
    start: NotRequired[DateTimeTimeZoneBody]
    end: NotRequired[DateTimeTimeZoneBody]
    isAllDay: NotRequired[bool]
    recurrence: NotRequired[RecurrenceBody | None]
    location: NotRequired[LocationBody]
    showAs: NotRequired[str]
    sensitivity: NotRequired[str]
    isReminderOn: NotRequired[bool]
    reminderMinutesBeforeStart: NotRequired[int]
    transactionId: NotRequired[str]
    extensions: NotRequired[list[dict[str, str]]]
    singleValueExtendedProperties: NotRequired[list[ExtendedPropertyBody]]


def new_event_body(new: NewEvent, *, in_utc: bool = False) -> EventBody:
    """Return the body that creates an event, recognisable by transaction id, extension and extended property."""
    with_rule = isinstance(new.content.schedule, Series)
    body = content_body(replace(new.content, with_rule=with_rule), in_utc=in_utc)
    body["transactionId"] = new.transaction_id
    body["extensions"] = [extension_body(new.mark)]
    body["singleValueExtendedProperties"] = [{"id": EXTENDED_PROPERTY_ID, "value": new.property_value}]
    return body


def content_body(content: EventContent, *, in_utc: bool = False) -> EventBody:
    """Return the body that writes the fields given and leaves all others; `in_utc` names no zone but UTC.

    A series is always written in its own zone, or it would not keep its hour all year round.
    """
    body: EventBody = {}
    if content.subject is not None:
        body["subject"] = content.subject
    if content.body_html is not None:
        body["body"] = {"contentType": "html", "content": content.body_html}
    if content.schedule is not None:
        _add_schedule(body, content.schedule, with_rule=content.with_rule, in_utc=in_utc)
    if content.location is not None:
        body["location"] = {"displayName": content.location}
    if content.show_as is not None:
        body["showAs"] = _SHOW_AS[content.show_as]
    if content.is_private is not None:
        body["sensitivity"] = (Sensitivity.PRIVATE if content.is_private else Sensitivity.NORMAL).value
    if content.reminder is not None:
        body["isReminderOn"] = content.reminder.minutes is not None
        if content.reminder.minutes is not None:
            body["reminderMinutesBeforeStart"] = content.reminder.minutes
    return body


def extension_body(mark: Mark, *, clearing: bool = False) -> dict[str, str]:
    """Return our open extension. Both its type and its name are required, also to change one.

    Source: Microsoft docs, api/opentypeextension-post-opentypeextension and -update. `clearing`: what the mark does
    not know is written empty, because a change keeps every value that it does not name.
    """
    body = {
        "@odata.type": "microsoft.graph.openTypeExtension",
        "extensionName": EXTENSION_NAME,
        "AppointmentGuid": mark.appointment,
    }
    optional = {"UserGuid": mark.user, "LeadGuid": mark.lead_guid, "LeadUrl": mark.lead_url}
    for name, value in optional.items():
        if value or clearing:
            body[name] = value or ""
    return body


def _add_schedule(body: EventBody, schedule: Schedule, *, with_rule: bool, in_utc: bool) -> None:
    """Write the times, and where wanted the rule, or that there is none."""
    if isinstance(schedule, Series):
        _add_series(body, schedule, with_rule=with_rule)
        return
    _add_once(body, schedule, in_utc=in_utc)
    if with_rule:
        body["recurrence"] = None


def _add_series(body: EventBody, series: Series, *, with_rule: bool) -> None:
    """Write the times of the first occurrence and, where wanted, the rule; removed days cannot be written."""
    start = starting(series.first)
    if isinstance(start, AllDayStart):
        zone = "UTC"
        _add_once(body, series.first, in_utc=True)
    else:
        zone = windows_of(start.zone.key) or start.zone.key
        body["isAllDay"] = False
        body["start"] = {"dateTime": _wall_text(start.wall), "timeZone": zone}
        body["end"] = {"dateTime": _wall_text(start.wall + start.lasts), "timeZone": zone}
    if with_rule:
        body["recurrence"] = recurrence_body(patterned_of(series), zone)


def _add_once(body: EventBody, schedule: Once, *, in_utc: bool) -> None:
    """Write the times: whole days at midnight, and hours as the rep's clock shows them, for Outlook's own display."""
    if isinstance(schedule, AllDay):
        body["isAllDay"] = True
        body["start"], body["end"] = _midnight(schedule.first_day), _midnight(schedule.day_after)
        return
    windows = None if in_utc or schedule.zone is None else windows_of(schedule.zone)
    body["isAllDay"] = False
    if windows is None or not _can_be_said_in_its_zone(schedule):
        body["start"], body["end"] = _utc(schedule.start_at), _utc(schedule.end_at)
        return
    zone = resolve(schedule.zone or "UTC")
    body["start"] = {"dateTime": _wall_text(schedule.start_at.astimezone(zone)), "timeZone": windows}
    body["end"] = {"dateTime": _wall_text(schedule.end_at.astimezone(zone)), "timeZone": windows}


def _can_be_said_in_its_zone(schedule: Timed) -> bool:
    """Tell whether wall times of the zone mean these very instants: in the second of two equal hours they do not."""
    zone = resolve(schedule.zone or "UTC")
    return all(instant_of(at.astimezone(zone), zone) == at for at in (schedule.start_at, schedule.end_at))


def _midnight(day: date) -> DateTimeTimeZoneBody:
    return {"dateTime": f"{day.isoformat()}T00:00:00", "timeZone": "UTC"}


def _utc(at: datetime) -> DateTimeTimeZoneBody:
    return {"dateTime": _wall_text(at.astimezone(UTC)), "timeZone": "UTC"}


def _wall_text(at: datetime) -> str:
    return at.replace(tzinfo=None, microsecond=0).isoformat()
