"""HTTP: count, begin, look how far it is; of its own, so that its keys are for administrators. Queue: go on."""

import azure.functions as func

from functions.answers import answering, json_answer, problem
from functions.cleanup.wire import cleanup_body, preview_body, request_of
from functions.queue_runs import CONNECTION, running_work, text_of, waiting
from shared_code.adapters.queues import names, wire
from shared_code.domain.cleanups import JobId
from shared_code.telemetry import current_run
from shared_code.wiring import services

blueprint = func.Blueprint()


@blueprint.function_name("start_cleanup")
@blueprint.route(route="cleanup", methods=["POST"], auth_level=func.AuthLevel.FUNCTION)
@answering
def start_cleanup(req: func.HttpRequest) -> func.HttpResponse:
    """Count what a cleanup would remove, or begin one."""
    wanted = request_of(req)
    current_run().note(user=wanted.user, dry_run=wanted.dry_run)
    if wanted.user is not None and wanted.dry_run:
        return json_answer(preview_body(services().preview_cleanup(wanted.user, wanted.sides)))
    view = services().start_cleanup(wanted.user, wanted.sides, dry_run=wanted.dry_run)
    current_run().note(job=view.job.id)
    return json_answer(cleanup_body(view), status=202, headers={"Location": f"/api/cleanup/{view.job.id}"})


@blueprint.function_name("get_cleanup")
@blueprint.route(route="cleanup/{job_id}", methods=["GET"], auth_level=func.AuthLevel.FUNCTION)
@answering
def get_cleanup(req: func.HttpRequest) -> func.HttpResponse:
    """Show how far a cleanup is."""
    view = services().show_cleanup(JobId(req.route_params.get("job_id", "").lower()))
    if view is None:
        return problem(404, "There is no clean-up of this JobId.")
    return json_answer(cleanup_body(view))


@blueprint.function_name("clean_up_slice")
@blueprint.queue_trigger(arg_name="message", queue_name=names.CLEANUP_QUEUE, connection=CONNECTION)
def clean_up_slice(message: func.QueueMessage) -> None:
    """Go on with a cleanup."""
    with running_work("clean_up_slice", message) as run:
        work = wire.parse_clean_up(text_of(message))
        run.note(job=work.job, user=work.user)
        with waiting(work, run):
            run.count(services().clean_up(work, run.correlation_id))
