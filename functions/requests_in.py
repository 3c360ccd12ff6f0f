"""What callers send, read and checked: ids in the route, JSON bodies, times in the query."""

from collections.abc import Mapping
from datetime import UTC, datetime
from http.cookies import CookieError, SimpleCookie
from typing import Any

import azure.functions as func

from functions.answers import BadRequest
from shared_code.adapters.strict_json import strict_json
from shared_code.domain.fields import canonical_instant
from shared_code.domain.identifiers import AppointmentGuid, UserGuid, parse_guid
from shared_code.domain.recurrence import Day
from shared_code.domain.series import original_start

LARGEST_BODY = 128 * 1024


def appointment_guid(request: func.HttpRequest) -> AppointmentGuid:
    """Return the appointment of the route."""
    return AppointmentGuid(_guid(request, "appointment_guid", "AppointmentGuid"))


def user_guid(request: func.HttpRequest) -> UserGuid:
    """Return the user of the route."""
    return UserGuid(_guid(request, "user_guid", "UserGuid"))


def _guid(request: func.HttpRequest, route_name: str, name: str) -> str:
    try:
        return parse_guid(request.route_params.get(route_name) or "")
    except ValueError:
        detail = f"The {name} in the address must be a GUID such as 1b4e28ba-2fa1-11d2-883f-0016d3cca427."
        raise BadRequest(detail, [(f"/{name}", detail)]) from None


def original_start_of(request: func.HttpRequest) -> str:
    """Return the original start of the route, in one form: an instant in UTC, or a date."""
    given = (request.route_params.get("original_start") or "").strip()
    try:
        moment = original_start(given)
    except (ValueError, OverflowError):
        detail = (
            "The OriginalStart in the address must be when the occurrence starts by its series' rule, in UTC, such as"
            " 2026-12-01T17:00:00Z, or for an all-day series a date such as 2026-12-01."
        )
        raise BadRequest(detail, [("/OriginalStart", detail)]) from None
    return moment.day.isoformat() if isinstance(moment, Day) else canonical_instant(moment.at)


def body_text(request: func.HttpRequest) -> bytes:
    """Return the body; BadRequest when it is empty or too large."""
    body: bytes = request.get_body() or b""
    if len(body) > LARGEST_BODY:
        detail = f"The body has {len(body)} bytes; at most {LARGEST_BODY} are taken."
        raise BadRequest(detail, status=413)
    if not body.strip():
        detail = (
            "The body arrived empty. Send JSON with a Content-Length header: "
            "a body sent with Transfer-Encoding chunked does not reach the app on this platform."
        )
        raise BadRequest(detail, [("", detail)])
    return body


def body_object(request: func.HttpRequest) -> Mapping[str, Any]:
    """Return the JSON object of the body."""
    try:
        parsed = strict_json(body_text(request))
    except (ValueError, RecursionError):
        detail = "The body is not JSON; send one JSON object, as UTF-8."
        raise BadRequest(detail, [("", detail)]) from None
    if not isinstance(parsed, dict):
        detail = "The body must be one JSON object."
        raise BadRequest(detail, [("", detail)])
    return parsed


def modified_utc(request: func.HttpRequest) -> datetime:
    """Return the required `modifiedUtc` of the query."""
    given = request.params.get("modifiedUtc", "")
    # A plus sign of an offset arrives as a space when the caller did not encode it.
    try:
        at = datetime.fromisoformat(given.strip().replace(" ", "+"))
        moment = None if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        moment = None
    if moment is None:
        detail = "modifiedUtc is required in the query: when SalesExec removed it, such as 2026-11-23T17:00:00Z."
        raise BadRequest(detail, [("/modifiedUtc", detail)])
    return moment


SESSION_COOKIE = "salesexec_sign_in"


def session_of(request: func.HttpRequest) -> str | None:
    """Return the session of the browser's cookie."""
    cookies = SimpleCookie()
    try:
        cookies.load(request.headers.get("cookie", ""))
    except CookieError:
        return None
    morsel = cookies.get(SESSION_COOKIE)
    return morsel.value if morsel is not None else None


def form_value(request: func.HttpRequest, name: str) -> str:
    """Return one value of a posted form, empty when it is absent."""
    value = request.form.get(name, "")
    return value if isinstance(value, str) else ""


def query(request: func.HttpRequest) -> dict[str, str]:
    """Return the query as plain text values."""
    return {str(name): str(value) for name, value in request.params.items()}
