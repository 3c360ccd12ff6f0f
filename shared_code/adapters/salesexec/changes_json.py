"""Changes as SalesExec is told them, and its answers: pure."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from shared_code.domain.changes import ChangeOutcome, ChangeResult, CrmChange, EventForCrm
from shared_code.domain.fields import Field, canonical_instant
from shared_code.domain.identifiers import AppointmentGuid, UserGuid, parse_guid
from shared_code.domain.schedules import AllDay, Once, Series
from shared_code.domain.series import lines_of, single
from shared_code.domain.zones import resolve


class Result(msgspec.Struct, rename="pascal"):
    """SalesExec's answer to one change, undecided where it says something else than agreed."""

    change_id: str
    outcome: str
    appointment_guid: str | None = None
    modified_utc: str | None = None
    reason: str | None = None


class Results(msgspec.Struct, rename="pascal"):
    """SalesExec's answer to a call."""

    results: list[Result]


RESULTS = msgspec.json.Decoder(Results)


def changes_body(user: UserGuid, changes: Sequence[CrmChange]) -> dict[str, Any]:
    """Return the body that tells SalesExec of changes, in their order."""
    return {"UserGuid": user, "Changes": [_change(change) for change in changes]}


def results_of(answer: Results, changes: Sequence[CrmChange]) -> list[ChangeResult] | None:
    """Return one result for each change, in the order of the changes; None when any has no usable one."""
    by_id = {result.change_id: result for result in answer.results}
    found = [_result(by_id.get(change.change_id), change) for change in changes]
    complete = [result for result in found if result is not None]
    return complete if len(complete) == len(changes) else None


def _change(change: CrmChange) -> dict[str, Any]:
    return {
        "ChangeId": change.change_id,
        "Sequence": change.sequence,
        "Action": change.action.value,
        "AppointmentGuid": change.appointment,
        "EventId": change.event_id,
        "SeriesEventId": change.series_event_id,
        "OriginalStartUtc": None if change.slot is None else str(change.slot),
        "ChangedFields": _changed_fields(change),
        "Event": None if change.event is None else _event(change.event),
    }


def _changed_fields(change: CrmChange) -> list[str]:
    """Return the names of what changed; the zone is part of when a series is, though not a field by itself."""
    names = [name.value for name in change.changed]
    is_series = change.event is not None and isinstance(change.event.schedule, Series)
    zone = ["TimeZone"] if is_series and {Field.START, Field.RECURRENCE} & set(change.changed) else []
    return names + zone


def _event(event: EventForCrm) -> dict[str, Any]:
    return {
        "Subject": event.subject,
        "Body": event.body_html,
        "BodyType": "Html",
        **_times(single(event.schedule)),
        "Location": event.location,
        "Recurrence": list(lines_of(event.schedule)) if isinstance(event.schedule, Series) else [],
        "ShowAs": event.show_as.value,
        "IsPrivate": event.is_private,
        "IsBusyOnly": event.is_busy_only,
        "Organizer": event.organizer,
        "Attendees": list(event.attendees),
        "WebLink": event.web_link,
        "ModifiedUtc": canonical_instant(event.modified_at),
    }


def _times(schedule: Once) -> dict[str, Any]:
    """Return the times: days as dates, hours with the offset that their zone has at that moment."""
    if isinstance(schedule, AllDay):
        return {
            "Start": schedule.first_day.isoformat(),
            "End": schedule.day_after.isoformat(),
            "TimeZone": None,
            "IsAllDay": True,
        }
    name = schedule.zone or "UTC"
    zone = resolve(name)
    return {
        "Start": _with_offset(schedule.start_at.astimezone(zone)),
        "End": _with_offset(schedule.end_at.astimezone(zone)),
        "TimeZone": name,
        "IsAllDay": False,
    }


def _with_offset(at: datetime) -> str:
    text = at.replace(microsecond=0).isoformat()
    return text.removesuffix("+00:00") + "Z" if at.utcoffset() == UTC.utcoffset(None) else text


def _result(result: Result | None, change: CrmChange) -> ChangeResult | None:
    if result is None or result.outcome not in set(ChangeOutcome):
        return None
    outcome = ChangeOutcome(result.outcome)
    try:
        guid = parse_guid(result.appointment_guid) if result.appointment_guid else None
        modified_at = _instant(result.modified_utc) if result.modified_utc else None
    except ValueError:
        return None
    return ChangeResult(
        change_id=change.change_id,
        outcome=outcome,
        appointment=AppointmentGuid(guid) if guid else None,
        modified_at=modified_at,
        reason=result.reason,
    )


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
