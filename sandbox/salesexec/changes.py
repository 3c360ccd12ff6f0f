"""Applying what the calendar sync reports, exactly once and in order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.salesexec.instants import instant_of, utc_text
from sandbox.salesexec.rules import is_slot, removed, without_exdate
from sandbox.salesexec.store import DEFAULTS, FROM_CALENDAR, Appointment, Office


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of one change."""

    outcome: str
    appointment: Appointment | None = None
    reason: str | None = None


def apply_change(office: Office, user_guid: str, change: Mapping[str, Any]) -> Result:
    """Apply one change of one rep, and say what became of it."""
    known = office.applied.get((user_guid, change["ChangeId"]))
    if known is not None:
        return Result(outcome="Duplicate", appointment=office.appointments[known])
    guid = change["AppointmentGuid"]
    appointment = office.appointments.get(guid) if guid else None
    if appointment and appointment.user_guid != user_guid:
        appointment = None
    refusal = refusal_of(office, change, appointment)
    if refusal:
        return Result(outcome="Rejected", appointment=appointment, reason=refusal)
    slot = change["OriginalStartUtc"] or ""
    if appointment and change["Sequence"] < appointment.sequences.get(slot, 0):
        return Result(outcome="Duplicate", appointment=appointment)
    if change["Action"] == "Delete":
        changed = deleted(office, appointment)
    elif appointment is None:
        changed = imported(office, user_guid, change)
    else:
        changed = updated(office, appointment, change, slot)
    changed.sequences[slot] = change["Sequence"]
    office.applied[(user_guid, change["ChangeId"])] = changed.guid
    office.remember(
        changed,
        By="Outlook",
        Action=change["Action"],
        ChangeId=change["ChangeId"],
        Sequence=change["Sequence"],
        Slot=slot or None,
        Fields=change.get("ChangedFields") or [],
    )
    return Result(outcome="Applied", appointment=changed)


def refusal_of(office: Office, change: Mapping[str, Any], appointment: Appointment | None) -> str | None:
    """Return why SalesExec does not want a change, or nothing."""
    if change["AppointmentGuid"] and appointment is None:
        return "There is no such appointment of this user."
    if change["Action"] == "Delete" and appointment is None:
        return "A Delete needs the appointment it is about."
    if change["OriginalStartUtc"] and appointment and not has_slot(appointment, change["OriginalStartUtc"]):
        return "The series has no such occurrence."
    if appointment and change["Action"] == "Upsert" and not makes_sense(mixed(appointment, change)):
        return "It would end before it starts."
    subject = str((change.get("Event") or {}).get("Subject", ""))
    forbidden = next((text for text in office.rejected_subjects if text.lower() in subject.lower()), None)
    return f"The subject contains “{forbidden}”." if forbidden else None


def has_slot(appointment: Appointment, slot: str) -> bool:
    """Say whether an appointment is a series with such a slot, be it one that was removed."""
    try:
        return bool(appointment.fields["Recurrence"]) and is_slot(appointment.fields, slot)
    except ValueError:
        # A salesperson may book what nobody can read.
        return False


def imported(office: Office, user_guid: str, change: Mapping[str, Any]) -> Appointment:
    """Make an appointment of an event that came from Outlook."""
    event = change["Event"]
    fields = {name: event[name] for name in DEFAULTS if name in event}
    appointment = office.add_appointment(user_guid, fields, origin="Outlook")
    appointment.event_id = change["EventId"]
    appointment.from_calendar = {name: event[name] for name in FROM_CALENDAR if name in event}
    return appointment


def updated(office: Office, appointment: Appointment, change: Mapping[str, Any], slot: str) -> Appointment:
    """Take over the fields that changed; an appointment that was canceled lives again."""
    event, changed = change["Event"], change["ChangedFields"]
    target = appointment.occurrences.setdefault(slot, {"Status": "Pending"}) if slot else appointment.fields
    target |= {name: event[name] for name in changed if name in DEFAULTS}
    if "Body" in changed and "BodyType" in event:
        target["BodyType"] = event["BodyType"]
    if target.get("Status") == "Canceled":
        target["Status"] = "Pending"
    if slot:
        # An occurrence that was removed lives again.
        appointment.fields["Recurrence"] = without_exdate(appointment.fields, slot)
    else:
        appointment.from_calendar |= {name: event[name] for name in changed if name in FROM_CALENDAR}
        appointment.event_id = change["EventId"]
        forget_slots(appointment)
    appointment.modified_at = office.next_modified(appointment.modified_at)
    return appointment


def mixed(appointment: Appointment, change: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an appointment, or its occurrence, would be with the fields that changed."""
    held = appointment.fields | appointment.occurrences.get(change["OriginalStartUtc"] or "", {})
    return held | {name: change["Event"][name] for name in change["ChangedFields"] if name in held}


def makes_sense(fields: Mapping[str, Any]) -> bool:
    """Say whether an appointment ends after it starts, and has times of one kind."""
    start, end, zone = fields["Start"], fields["End"], fields["TimeZone"]
    if ("T" in start) is not ("T" in end) or ("T" in start) is bool(fields["IsAllDay"]):
        return False
    try:
        return instant_of(start, zone) < instant_of(end, zone)
    except (ValueError, KeyError):
        # A salesperson may book what nobody can read.
        return True


def forget_slots(appointment: Appointment) -> None:
    """Drop what was special about occurrences that the series does not have any more."""
    series = appointment.fields
    gone = removed(series)
    appointment.occurrences = {
        slot: own
        for slot, own in appointment.occurrences.items()
        if series["Recurrence"] and slot not in gone and is_slot(series, slot)
    }


def deleted(office: Office, appointment: Appointment | None) -> Appointment:
    """Cancel an appointment."""
    assert appointment is not None, "a Delete without its appointment was refused before"  # noqa: S101 - our own fact
    appointment.fields["Status"] = "Canceled"
    appointment.modified_at = office.next_modified(appointment.modified_at)
    return appointment


def result_json(change: Mapping[str, Any], result: Result) -> dict[str, Any]:
    """Return a result as the API answers it."""
    found = result.appointment
    return {
        "ChangeId": change["ChangeId"],
        "Outcome": result.outcome,
        "AppointmentGuid": found.guid if found else change["AppointmentGuid"],
        "ModifiedUtc": utc_text(found.modified_at) if found else None,
        "Reason": result.reason,
    }
