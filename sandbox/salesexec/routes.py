"""SalesExec's API as the calendar sync calls it."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.middleware import Recorded
from sandbox.salesexec.changes import Result, apply_change, result_json
from sandbox.salesexec.errors import Fault, ProblemError, plain_error, problem_answer
from sandbox.salesexec.instants import instant_of, is_utc_instant
from sandbox.salesexec.store import AUTH_TOKEN, Office
from sandbox.salesexec.validation import check_changes, check_notice, is_guid
from sandbox.versions import doing
from sandbox.world import World

LARGEST_REQUEST = 8 * 1024 * 1024


def application(world: World) -> Starlette:
    """Return SalesExec for a world."""
    api = Api(world)
    recorded = Middleware(
        Recorded, world=world, service="salesexec", plain_error=plain_error, actor_of=actor_of_rep, keep_bodies=True
    )
    return Starlette(
        routes=[
            Route("/api/CalendarChanges", api.calendar_changes, methods=["POST"]),
            Route("/api/Appointments", api.appointments, methods=["GET"]),
            Route("/api/SyncNotices", api.sync_notices, methods=["POST"]),
        ],
        middleware=[recorded],
        exception_handlers={ProblemError: as_problem, HTTPException: as_problem},
    )


def actor_of_rep(world: World, request: Request, body: bytes) -> str:  # noqa: ARG001 - one shape for all services
    """Return the guid of the rep a request is about."""
    if request.method == "GET":
        return request.query_params.get("UserGuid", "")
    try:
        guid = json.loads(body).get("UserGuid", "")
    except (ValueError, AttributeError):
        return ""
    return guid if isinstance(guid, str) else ""


async def as_problem(request: Request, error: Exception) -> Response:
    """Answer with a problem."""
    if isinstance(error, HTTPException):
        error = ProblemError(error.status_code, error.detail)
    if not isinstance(error, ProblemError):
        raise error
    where = "; ".join(f"{fault.pointer} {fault.detail}" for fault in error.faults)
    request.state.entry.summary = f"refused: {error}" + (f" {where}" if where else "")
    return problem_answer(error)


class Api:
    """The three calls, for whoever knows the AuthToken."""

    def __init__(self, world: World) -> None:
        self._office = world.store(Office)

    async def calendar_changes(self, request: Request) -> Response:
        """Take up to a hundred changes of one rep's calendar, in order."""
        check_token(request)
        body = await json_body(request)
        check_changes(body)
        user_guid = body["UserGuid"]
        self._known(user_guid)
        with doing("Program"):
            results = [(change, apply_change(self._office, user_guid, change)) for change in body["Changes"]]
        request.state.entry.summary = ", ".join(
            f"{change['Action']} “{subject_of(result)}”: {result.outcome}" for change, result in results
        )
        return JSONResponse({"Results": [result_json(change, result) for change, result in results]})

    async def appointments(self, request: Request) -> Response:
        """Return a rep's appointments in a span of time, page by page."""
        check_token(request)
        query = request.query_params
        faults = [
            Fault(f"/{name}", "a time that ends in Z is required")
            for name in ("StartUtc", "EndUtc")
            if not is_utc_instant(query.get(name))
        ]
        if not is_guid(query.get("UserGuid")):
            faults.insert(0, Fault("/UserGuid", "a lower-case GUID is required"))
        faults += [Fault(f"/{name}", "nobody knows this parameter") for name in sorted(unknown_parameters(request))]
        if faults:
            raise ProblemError(400, "The appointments cannot be looked up.", faults)
        start, end = instant_of(query["StartUtc"]), instant_of(query["EndUtc"])
        if end <= start:
            raise ProblemError(400, "The span is empty.", [Fault("/EndUtc", "must be later than StartUtc")])
        self._known(query["UserGuid"])
        found = [each for each in self._office.appointments_of(query["UserGuid"]) if each.overlaps(start, end)]
        place = place_of(query.get("PageToken", ""))
        following = place + self._office.page_size
        page = [appointment.as_json() for appointment in found[place:following]]
        request.state.entry.summary = f"{len(page)} appointments"
        token = token_of(following) if following < len(found) else None
        return JSONResponse({"Appointments": page, "NextPageToken": token})

    async def sync_notices(self, request: Request) -> Response:
        """Take a notice for a rep."""
        check_token(request)
        body = await json_body(request)
        check_notice(body)
        self._known(body["UserGuid"])
        self._office.notices.append(body)
        request.state.entry.summary = f"notice {body['Code']}: {body['Message']}"
        return Response(status_code=204)

    def _known(self, user_guid: str) -> None:
        if user_guid not in self._office.reps:
            raise ProblemError(404, f"There is no user {user_guid}.")


def subject_of(result: Result) -> str:
    """Return what an appointment is called, for a person who reads along."""
    return str(result.appointment.fields["Subject"]) if result.appointment else "?"


def check_token(request: Request) -> None:
    """Refuse a caller without the AuthToken."""
    if not hmac.compare_digest(request.headers.get("authtoken", "").encode(), AUTH_TOKEN.encode()):
        raise ProblemError(401, "The header AuthToken is missing or wrong.")


def unknown_parameters(request: Request) -> set[str]:
    """Return the query parameters that are not documented."""
    return set(request.query_params) - {"UserGuid", "StartUtc", "EndUtc", "PageToken"}


async def json_body(request: Request) -> Any:
    """Return a request's JSON."""
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise ProblemError(400, "The body must be application/json.")
    raw = await request.body()
    if len(raw) > LARGEST_REQUEST:
        raise ProblemError(413, "The body is too large.")
    try:
        return json.loads(raw)
    except ValueError as error:
        raise ProblemError(400, f"The body is not JSON: {error}") from error


def token_of(place: int) -> str:
    """Return an opaque token for a place in a list."""
    return base64.urlsafe_b64encode(f"from:{place}".encode()).decode()


def place_of(token: str) -> int:
    """Return the place that a page token stands for."""
    if not token:
        return 0
    try:
        return int(base64.urlsafe_b64decode(token).decode().removeprefix("from:"))
    except (binascii.Error, ValueError) as error:
        raise ProblemError(400, "The page token is not one of ours.", [Fault("/PageToken", "is not valid")]) from error
