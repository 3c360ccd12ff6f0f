"""HTTP: push, delete, receipt. Queue: pushes that had to wait."""

from collections.abc import Callable

import azure.functions as func

from functions.answers import BadRequest, answering, json_answer, problem
from functions.push_appointment.wire import STATUS_OF, appointment_of, occurrence_of, push_body, receipt_body
from functions.queue_runs import CONNECTION, running_work, text_of, waiting
from functions.requests_in import appointment_guid, modified_utc, original_start_of
from shared_code.adapters.queues import names, wire
from shared_code.telemetry import current_run
from shared_code.use_cases.errors import CrossesNeighbour, NoSuchOccurrence
from shared_code.use_cases.pushing import PushAnswer
from shared_code.wiring import services

blueprint = func.Blueprint()

ROUTE = "appointments/{appointment_guid}"
OCCURRENCE = ROUTE + "/occurrences/{original_start}"


@blueprint.function_name("push_appointment")
@blueprint.route(route=ROUTE, methods=["PUT"], auth_level=func.AuthLevel.FUNCTION)
@answering
def push_appointment(req: func.HttpRequest) -> func.HttpResponse:
    """Make the rep's Outlook say what the appointment in the body says."""
    wired = services()
    appointment = appointment_of(req, wired.lead_links)
    current_run().note(appointment=appointment.guid, user=appointment.user)
    answer = wired.push(appointment, current_run().correlation_id)
    current_run().note(outcome=answer.outcome.value, reason=answer.reason)
    return json_answer(push_body(answer), status=STATUS_OF.get(answer.outcome, 200))


@blueprint.function_name("delete_appointment")
@blueprint.route(route=ROUTE, methods=["DELETE"], auth_level=func.AuthLevel.FUNCTION)
@answering
def delete_appointment(req: func.HttpRequest) -> func.HttpResponse:
    """Take the appointment out of its rep's Outlook."""
    guid, modified_at = appointment_guid(req), modified_utc(req)
    current_run().note(appointment=guid)
    answer = services().remove(guid, modified_at, current_run().correlation_id)
    current_run().note(outcome=answer.outcome.value, reason=answer.reason)
    return json_answer(push_body(answer), status=STATUS_OF.get(answer.outcome, 200))


@blueprint.function_name("push_occurrence")
@blueprint.route(route=OCCURRENCE, methods=["PUT"], auth_level=func.AuthLevel.FUNCTION)
@answering
def push_occurrence(req: func.HttpRequest) -> func.HttpResponse:
    """Make one occurrence of a series in the rep's Outlook say what the body says."""
    wired = services()
    slot = original_start_of(req)
    appointment = occurrence_of(req, wired.lead_links)
    current_run().note(appointment=appointment.guid, user=appointment.user)
    return _answered(lambda: wired.push_occurrence(appointment, slot, current_run().correlation_id))


@blueprint.function_name("delete_occurrence")
@blueprint.route(route=OCCURRENCE, methods=["DELETE"], auth_level=func.AuthLevel.FUNCTION)
@answering
def delete_occurrence(req: func.HttpRequest) -> func.HttpResponse:
    """Take one occurrence of a series out of its rep's Outlook."""
    guid, slot, modified_at = appointment_guid(req), original_start_of(req), modified_utc(req)
    current_run().note(appointment=guid)
    return _answered(lambda: services().remove_occurrence(guid, slot, modified_at, current_run().correlation_id))


def _answered(deed: Callable[[], PushAnswer]) -> func.HttpResponse:
    """Return the answer to what was done with one occurrence."""
    try:
        answer = deed()
    except NoSuchOccurrence as unknown:
        return problem(404, str(unknown))
    except CrossesNeighbour as refused:
        raise BadRequest(str(refused), [("/Start", str(refused))]) from refused
    current_run().note(outcome=answer.outcome.value, reason=answer.reason)
    return json_answer(push_body(answer), status=STATUS_OF.get(answer.outcome, 200))


@blueprint.function_name("get_receipt")
@blueprint.route(route=ROUTE + "/receipt", methods=["GET"], auth_level=func.AuthLevel.FUNCTION)
@answering
def get_receipt(req: func.HttpRequest) -> func.HttpResponse:
    """Say why the appointment is, or is not, where it should be."""
    found = services().receipt(appointment_guid(req))
    if found is None:
        return problem(404, "No appointment of this AppointmentGuid was ever pushed or imported.")
    return json_answer(receipt_body(found))


@blueprint.function_name("push_appointment_from_queue")
@blueprint.queue_trigger(arg_name="message", queue_name=names.WAITING_QUEUE, connection=CONNECTION)
def push_appointment_from_queue(message: func.QueueMessage) -> None:
    """Make a rep's waiting pushes that are due."""
    with running_work("push_appointment_from_queue", message) as run:
        work = wire.parse_deliver(text_of(message))
        run.note(user=work.user)
        with waiting(work, run):
            run.count(services().deliver(work))
