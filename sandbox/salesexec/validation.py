"""What SalesExec's API refuses to read: everything that is not exactly as documented."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import available_timezones

from sandbox.salesexec.errors import Fault, ProblemError
from sandbox.salesexec.instants import instant_of, is_date, is_time, is_utc_instant
from sandbox.salesexec.markup import objection
from sandbox.salesexec.rules import is_recurrence, series_faults

GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
MOST_CHANGES = 100
LONGEST_TEXT = 255
LARGEST_BODY = 256 * 1024
SHOW_AS = ("Free", "Tentative", "Busy", "OutOfOffice", "WorkingElsewhere")
NOTICE_CODES = ("ReconnectNeeded", "DeletesHeld", "Reconnected", "CleanupDone")
REQUEST_FIELDS = {"UserGuid", "Changes"}
CHANGE_FIELDS = {
    "ChangeId",
    "Sequence",
    "Action",
    "AppointmentGuid",
    "EventId",
    "SeriesEventId",
    "OriginalStartUtc",
    "ChangedFields",
    "Event",
}
NOTICE_FIELDS = {"UserGuid", "Code", "Message", "AtUtc"}
ZONES = frozenset(available_timezones())

Check = Callable[[Any], bool]


def is_guid(value: Any) -> bool:
    """Say whether a value is a lower-case GUID."""
    return isinstance(value, str) and GUID.fullmatch(value) is not None


def is_text(value: Any, longest: int = LONGEST_TEXT) -> bool:
    """Say whether a value is a text of at most so many characters."""
    return isinstance(value, str) and len(value) <= longest


def is_filled_text(value: Any) -> bool:
    """Say whether a value is a text with something in it."""
    return isinstance(value, str) and bool(value.strip())


def is_flag(value: Any) -> bool:
    """Say whether a value is true or false."""
    return isinstance(value, bool)


EVENT_CHECKS: Mapping[str, tuple[Check, str]] = {
    "Subject": (is_text, "a text of at most 255 characters"),
    "Body": (lambda value: is_text(value, LARGEST_BODY), "a text"),
    "BodyType": (lambda value: value in ("Html", "Text"), "Html or Text"),
    "Start": (lambda value: is_time(value) or is_date(value), "an RFC 3339 time with an offset, or a date"),
    "End": (lambda value: is_time(value) or is_date(value), "an RFC 3339 time with an offset, or a date"),
    "TimeZone": (lambda value: value is None or value in ZONES, "an IANA time zone"),
    "IsAllDay": (is_flag, "true or false"),
    "Location": (lambda value: value is None or is_text(value), "a text of at most 255 characters, or null"),
    "Recurrence": (is_recurrence, "a list of one RRULE and any EXDATE lines, or []"),
    "ShowAs": (lambda value: value in SHOW_AS, f"one of {', '.join(SHOW_AS)}"),
    "IsPrivate": (is_flag, "true or false"),
    "IsBusyOnly": (is_flag, "true or false"),
    "Organizer": (lambda value: value is None or isinstance(value, str | dict), "a text, an object or null"),
    "Attendees": (lambda value: isinstance(value, list), "a list"),
    "WebLink": (lambda value: value is None or is_text(value, 4096), "a link or null"),
    "ModifiedUtc": (is_utc_instant, "a time that ends in Z"),
}
CHANGE_CHECKS: Mapping[str, tuple[Check, str]] = {
    "ChangeId": (lambda value: is_filled_text(value) and is_text(value), "a text of 1 to 255 characters"),
    "Sequence": (lambda value: type(value) is int and value >= 0, "a whole number from 0"),
    "Action": (lambda value: value in ("Upsert", "Delete"), "Upsert or Delete"),
    "AppointmentGuid": (lambda value: value is None or is_guid(value), "a lower-case GUID or null"),
    "EventId": (is_filled_text, "a text"),
    "SeriesEventId": (lambda value: value is None or is_filled_text(value), "a text or null"),
    "OriginalStartUtc": (
        lambda value: value is None or is_utc_instant(value) or is_date(value),
        "a time that ends in Z, a date, or null",
    ),
}
NOTICE_CHECKS: Mapping[str, tuple[Check, str]] = {
    "UserGuid": (is_guid, "a lower-case GUID"),
    "Code": (lambda value: value in NOTICE_CODES, f"one of {', '.join(NOTICE_CODES)}"),
    "Message": (is_filled_text, "a text"),
    "AtUtc": (is_utc_instant, "a time that ends in Z"),
}


def check_changes(body: Any) -> None:
    """Refuse a `POST /CalendarChanges` body that is not as documented, naming every fault."""
    if not isinstance(body, dict):
        raise ProblemError(400, "A JSON object is expected.")
    faults = unknown_fields(body, REQUEST_FIELDS, "")
    if not is_guid(body.get("UserGuid")):
        faults.append(Fault("/UserGuid", "a lower-case GUID is required"))
    changes = body.get("Changes")
    if not isinstance(changes, list) or not 1 <= len(changes) <= MOST_CHANGES:
        faults.append(Fault("/Changes", f"1 to {MOST_CHANGES} changes are required"))
        changes = []
    for place, change in enumerate(changes):
        faults += change_faults(change, f"/Changes/{place}")
    if not faults:
        ids = [change["ChangeId"] for change in changes]
        faults += [
            Fault("/Changes", f"ChangeId {each} comes twice") for each in sorted(set(ids)) if ids.count(each) > 1
        ]
    if faults:
        raise ProblemError(400, "The changes cannot be read.", faults)


def check_notice(body: Any) -> None:
    """Refuse a `POST /SyncNotices` body that is not as documented."""
    if not isinstance(body, dict):
        raise ProblemError(400, "A JSON object is expected.")
    faults = unknown_fields(body, NOTICE_FIELDS, "") + failed(body, NOTICE_CHECKS, "", required=True)
    if faults:
        raise ProblemError(400, "The notice cannot be read.", faults)


def unknown_fields(body: Mapping[str, Any], known: set[str], pointer: str) -> list[Fault]:
    """Return a fault for every field that is not documented."""
    return [Fault(f"{pointer}/{name}", "nobody knows this field") for name in sorted(set(body) - known)]


def failed(
    body: Mapping[str, Any], checks: Mapping[str, tuple[Check, str]], pointer: str, *, required: bool
) -> list[Fault]:
    """Return a fault for every field whose check fails, and for every one that is missing but required."""
    faults = []
    for name, (check, expected) in checks.items():
        if name not in body:
            if required:
                faults.append(Fault(f"{pointer}/{name}", "is required"))
        elif not check(body[name]):
            faults.append(Fault(f"{pointer}/{name}", f"must be {expected}"))
    return faults


def change_faults(change: Any, pointer: str) -> list[Fault]:
    """Return everything that is wrong with one change."""
    if not isinstance(change, dict):
        return [Fault(pointer, "must be an object")]
    faults = unknown_fields(change, CHANGE_FIELDS, pointer) + failed(change, CHANGE_CHECKS, pointer, required=True)
    if (change.get("SeriesEventId") is None) != (change.get("OriginalStartUtc") is None):
        faults.append(Fault(pointer, "SeriesEventId and OriginalStartUtc come together"))
    if change.get("OriginalStartUtc") is not None:
        faults += occurrence_faults(change, pointer)
    if change.get("Action") == "Upsert":
        faults += upsert_faults(change, pointer)
    elif change.get("Event") is not None:
        faults.append(Fault(f"{pointer}/Event", "a Delete has none"))
    return faults


def occurrence_faults(change: Mapping[str, Any], pointer: str) -> list[Fault]:
    """Return what is wrong with a change of one occurrence of a series."""
    faults = []
    if change.get("AppointmentGuid") is None:
        faults.append(Fault(f"{pointer}/AppointmentGuid", "an occurrence needs its series' appointment"))
    if change.get("Action") == "Delete":
        faults.append(Fault(f"{pointer}/Action", "a removed occurrence is an EXDATE of its series, and nothing else"))
    if change.get("SeriesEventId") == change.get("EventId"):
        faults.append(Fault(f"{pointer}/EventId", "is the occurrence's, not its series'"))
    event = change.get("Event")
    if isinstance(event, dict) and event.get("Recurrence"):
        faults.append(Fault(f"{pointer}/Event/Recurrence", "an occurrence has none"))
    if "Recurrence" in (change.get("ChangedFields") or []):
        faults.append(Fault(f"{pointer}/ChangedFields", "an occurrence has no Recurrence"))
    return faults


def upsert_faults(change: Mapping[str, Any], pointer: str) -> list[Fault]:
    """Return what is wrong with an Upsert's event and its list of changed fields."""
    event, changed = change.get("Event"), change.get("ChangedFields")
    if not isinstance(event, dict):
        return [Fault(f"{pointer}/Event", "an Upsert needs one")]
    is_new = change.get("AppointmentGuid") is None
    faults = unknown_fields(event, set(EVENT_CHECKS), f"{pointer}/Event")
    faults += failed(event, EVENT_CHECKS, f"{pointer}/Event", required=is_new)
    if not isinstance(changed, list) or not all(name in EVENT_CHECKS for name in changed):
        faults.append(Fault(f"{pointer}/ChangedFields", "must be names of the event's fields"))
    else:
        missing = sorted(set(changed) - set(event))
        faults += [Fault(f"{pointer}/Event/{name}", "is said to have changed but is missing") for name in missing]
    return faults or event_faults(event, f"{pointer}/Event")


def event_faults(event: Mapping[str, Any], pointer: str) -> list[Fault]:
    """Return where fields that are right by themselves do not go together."""
    faults = []
    start, end = event.get("Start"), event.get("End")
    if (start is None) != (end is None):
        faults.append(Fault(pointer, "Start and End come together"))
    elif start is not None and end is not None:
        all_day = is_date(start)
        if is_date(end) != all_day or event.get("IsAllDay", all_day) != all_day:
            faults.append(Fault(pointer, "all-day events have dates, others have times"))
        elif instant_of(end) < instant_of(start) or (all_day and end == start):
            faults.append(Fault(f"{pointer}/End", "must not be before Start; an all-day End is exclusive"))
        if not all_day and event.get("TimeZone", "UTC") is None:
            faults.append(Fault(f"{pointer}/TimeZone", "is required for an event that is not all-day"))
    if not faults:
        faults += [Fault(f"{pointer}/{field}", detail) for field, detail in series_faults(event)]
    reason = objection(event.get("Body") or "") if event.get("BodyType", "Html") == "Html" else None
    if reason:
        faults.append(Fault(f"{pointer}/Body", reason))
    return faults
