"""HTTP, anonymous at the platform: every page of connecting. Each is checked by ticket or session."""

import azure.functions as func

from functions.answers import answering
from functions.oauth_callback.pages import done_page, form_page, to_confirm_page, to_microsoft
from functions.oauth_callback.trouble import explaining
from functions.requests_in import form_value, query, session_of
from shared_code.telemetry import current_run
from shared_code.wiring import services

blueprint = func.Blueprint()


@blueprint.function_name("connect_page")
@blueprint.route(route="connect", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@answering
@explaining
def connect_page(req: func.HttpRequest) -> func.HttpResponse:
    """Show the one form that begins a connection; opening it changes nothing, since mail scanners open links."""
    ticket = req.params.get("ticket", "")
    return form_page(services().open_link(ticket, "connect"), ticket)


@blueprint.function_name("begin_connect")
@blueprint.route(route="connect", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@answering
@explaining
def begin_connect(req: func.HttpRequest) -> func.HttpResponse:
    """Use up the link, begin a fresh session, and lead on to Microsoft without the ticket."""
    wired = services()
    return to_microsoft(wired.begin_sign_in(form_value(req, "ticket")), wired.settings)


@blueprint.function_name("oauth_callback")
@blueprint.route(route="oauth/callback", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@answering
@explaining
def oauth_callback(req: func.HttpRequest) -> func.HttpResponse:
    """Take Microsoft's answer in the session that asked for it, and ask the rep whether this is the mailbox."""
    found = services().complete_sign_in(session_of(req), query(req))
    current_run().note(user=found.user)
    return to_confirm_page(found)


@blueprint.function_name("confirm_connection")
@blueprint.route(route="oauth/confirm", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@answering
@explaining
def confirm_connection(req: func.HttpRequest) -> func.HttpResponse:
    """Store the connection the rep said yes to."""
    wired = services()
    made = wired.confirm_connection(session_of(req), form_value(req, "sealed"))
    current_run().note(user=made.user)
    return done_page(made, wired.settings)
