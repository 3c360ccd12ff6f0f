"""HTTP: link, connection, sync now. Queue: forget a rep who disconnected long ago."""

import azure.functions as func

from functions.answers import answering, json_answer
from functions.connection.wire import change_of, connection_body, decision_of, link_request_of
from functions.queue_runs import CONNECTION, running_work, text_of, waiting
from functions.requests_in import user_guid
from shared_code.adapters.queues import names, wire
from shared_code.domain.fields import canonical_instant
from shared_code.telemetry import current_run
from shared_code.wiring import services

blueprint = func.Blueprint()

ROUTE = "users/{user_guid}"


@blueprint.function_name("create_link")
@blueprint.route(route=ROUTE + "/link", methods=["POST"], auth_level=func.AuthLevel.FUNCTION)
@answering
def create_link(req: func.HttpRequest) -> func.HttpResponse:
    """Make a one-time link that opens a page as this rep."""
    user = user_guid(req)
    current_run().note(user=user)
    wired = services()
    url, expires_at = wired.create_link(user, link_request_of(req, wired.settings.allowed_link_hosts))
    return json_answer({"Url": url, "ExpiresUtc": canonical_instant(expires_at)})


@blueprint.function_name("get_connection")
@blueprint.route(route=ROUTE + "/connection", methods=["GET"], auth_level=func.AuthLevel.FUNCTION)
@answering
def get_connection(req: func.HttpRequest) -> func.HttpResponse:
    """Show the rep's connection."""
    return json_answer(connection_body(services().show_connection(user_guid(req))))


@blueprint.function_name("update_connection")
@blueprint.route(route=ROUTE + "/connection", methods=["PATCH"], auth_level=func.AuthLevel.FUNCTION)
@answering
def update_connection(req: func.HttpRequest) -> func.HttpResponse:
    """Switch the rep's sync on or off, and change preferences."""
    user = user_guid(req)
    enabled, preferences = change_of(req)
    current_run().note(user=user)
    return json_answer(connection_body(services().change_connection(user, enabled, preferences)))


@blueprint.function_name("delete_connection")
@blueprint.route(route=ROUTE + "/connection", methods=["DELETE"], auth_level=func.AuthLevel.FUNCTION)
@answering
def delete_connection(req: func.HttpRequest) -> func.HttpResponse:
    """End the rep's connection and destroy its tokens."""
    user = user_guid(req)
    current_run().note(user=user)
    services().disconnect(user)
    return func.HttpResponse(status_code=204)


@blueprint.function_name("sync_now")
@blueprint.route(route=ROUTE + "/sync", methods=["POST"], auth_level=func.AuthLevel.FUNCTION)
@answering
def sync_now(req: func.HttpRequest) -> func.HttpResponse:
    """Have the rep's calendar read now."""
    user = user_guid(req)
    current_run().note(user=user)
    services().sync_now(user)
    return json_answer({"UserGuid": user, "Queued": True}, status=202)


@blueprint.function_name("decide_held_deletes")
@blueprint.route(route=ROUTE + "/held-deletes", methods=["POST"], auth_level=func.AuthLevel.FUNCTION)
@answering
def decide_held_deletes(req: func.HttpRequest) -> func.HttpResponse:
    """Apply the deletes that were held, or make their events again."""
    user, decision = user_guid(req), decision_of(req)
    current_run().note(user=user)
    services().decide_held(user, decision)
    return json_answer({"UserGuid": user, "Decision": decision.value}, status=202)


@blueprint.function_name("forget_rep")
@blueprint.queue_trigger(arg_name="message", queue_name=names.FORGET_QUEUE, connection=CONNECTION)
def forget_rep(message: func.QueueMessage) -> None:
    """Forget what is kept of a rep and a mailbox, thirty days after she disconnected it."""
    with running_work("forget_rep", message) as run:
        work = wire.parse_forget(text_of(message))
        run.note(user=work.user)
        with waiting(work, run):
            run.count(services().forget_rep(work))
