"""The contract's JSON of pushes and receipts."""

from typing import Any

import azure.functions as func

from functions.answers import BadRequest
from functions.requests_in import appointment_guid, body_text
from shared_code.adapters.salesexec.appointment_json import BodyProblems, LeadLinks, read_appointment, read_json
from shared_code.domain.appointments import Appointment
from shared_code.domain.fields import canonical_instant
from shared_code.domain.receipts import Outcome
from shared_code.domain.schedules import AllDay, Schedule, Series
from shared_code.domain.series import single
from shared_code.use_cases.pushing import DoubleBooking, PushAnswer
from shared_code.use_cases.show_receipt import Receipt

STATUS_OF = {Outcome.CREATED: 201, Outcome.QUEUED: 202}


def appointment_of(request: func.HttpRequest, links: LeadLinks) -> Appointment:
    """Return the appointment of the route and body; BadRequest names every field at fault and the cure."""
    guid = appointment_guid(request)
    try:
        return read_appointment(read_json(body_text(request)), guid=guid, links=links)
    except BodyProblems as problems:
        count = len(problems.problems)
        what = "1 field cannot be used as it is" if count == 1 else f"{count} fields cannot be used as they are"
        raise BadRequest(
            f"{what}. Nothing was changed.",
            [(each.pointer, each.detail) for each in problems.problems],
        ) from None


def occurrence_of(request: func.HttpRequest, links: LeadLinks) -> Appointment:
    """Return what one occurrence of a series is to be; it has all fields of an appointment but Recurrence."""
    appointment = appointment_of(request, links)
    if isinstance(appointment.schedule, Series):
        detail = "One occurrence cannot repeat; leave Recurrence out, or push the whole series without /occurrences."
        raise BadRequest(detail, [("/Recurrence", detail)])
    return appointment


def push_body(answer: PushAnswer) -> dict[str, Any]:
    """Return the answer to a push."""
    conflicts = None if answer.conflicts is None else [_conflict(each) for each in answer.conflicts]
    return {
        "Outcome": answer.outcome.value,
        "AppointmentGuid": answer.appointment,
        "EventId": answer.event_id,
        "WebLink": answer.web_link,
        "Conflicts": conflicts,
        "Reason": answer.reason,
        "PreviousRep": answer.previous_rep,
        "ReceiptUrl": f"/api/appointments/{answer.appointment}/receipt",
    }


def _conflict(booking: DoubleBooking) -> dict[str, Any]:
    start, end = _ends(booking.schedule)
    return {"EventId": booking.event_id, "Subject": booking.subject, "Start": start, "End": end}


def _ends(schedule: Schedule) -> tuple[str, str]:
    schedule = single(schedule)
    if isinstance(schedule, AllDay):
        return schedule.first_day.isoformat(), schedule.day_after.isoformat()
    return canonical_instant(schedule.start_at), canonical_instant(schedule.end_at)


def receipt_body(receipt: Receipt) -> dict[str, Any]:
    """Return a receipt."""
    return {
        "AppointmentGuid": receipt.pair.appointment,
        "Summary": receipt.summary,
        "EventId": receipt.pair.event_id,
        "UserGuid": receipt.pair.user,
        "Entries": [
            {
                "AtUtc": canonical_instant(entry.at),
                "Direction": entry.towards.value,
                "Outcome": entry.outcome.value,
                "Fields": [name.value for name in entry.fields],
                "Why": entry.why,
                "CorrelationId": entry.correlation_id,
            }
            for entry in receipt.entries
        ],
    }
