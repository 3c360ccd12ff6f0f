"""What a salesperson does in SalesExec, and what a test may look at there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.control.orders import OrderError, control_table, order
from sandbox.salesexec.instants import instant_of
from sandbox.salesexec.occurrences import Occurrences
from sandbox.salesexec.pushing import Webhooks
from sandbox.salesexec.store import DEFAULTS, Appointment, Office
from sandbox.salesexec.viewing import Calendar
from sandbox.world import World

SETTABLE = frozenset({*DEFAULTS, "ReminderMinutes"})
# How an order wants its push: not at all, more than once, under a known correlation id.
PUSH_FIELDS = frozenset({"Push", "Retries", "CorrelationId"})
CONFIG_FIELDS = frozenset({"FunctionsUrl", "FunctionKey", "FunctionKeys", "PageSize", "RejectSubjects"})


def control_routes(world: World) -> list[Route]:
    """Return SalesExec's control routes."""
    orders = SalesOffice(world)
    table = [
        ("GET", "/config", orders.config),
        ("POST", "/config", orders.configure),
        ("PUT", "/config", orders.configure),
        ("GET", "/users", orders.users),
        ("POST", "/users", orders.hire),
        ("POST", "/users/{guid}/link", orders.link),
        ("POST", "/calls", orders.call),
        ("GET", "/leads", orders.leads),
        ("POST", "/leads", orders.add_lead),
        ("GET", "/notices", orders.notices),
        ("GET", "/appointments", orders.appointments),
        ("POST", "/appointments", orders.book),
        ("GET", "/appointments/{guid}", orders.appointment),
        ("PATCH", "/appointments/{guid}", orders.edit),
        ("POST", "/appointments/{guid}/reschedule", orders.reschedule),
        ("POST", "/appointments/{guid}/cancel", orders.cancel),
        ("POST", "/appointments/{guid}/complete", orders.complete),
        ("POST", "/appointments/{guid}/miss", orders.miss),
        ("POST", "/appointments/{guid}/transfer", orders.transfer),
        ("POST", "/appointments/{guid}/push", orders.push),
    ]
    return [*control_table(table, under="/salesexec"), *Occurrences(world).routes(), *Calendar(world).routes()]


class SalesOffice:
    """The people of the sales office at work."""

    def __init__(self, world: World) -> None:
        self._office = world.store(Office)
        self._webhooks = world.store(Webhooks)

    async def config(self, request: Request) -> Response:  # noqa: ARG002 - Starlette's shape
        """Show where changes are sent, and the rules."""
        return JSONResponse(
            {
                "FunctionsUrl": self._webhooks.functions_url,
                "FunctionKeys": sorted(self._webhooks.function_keys),
                "PageSize": self._office.page_size,
                "RejectSubjects": self._office.rejected_subjects,
            }
        )

    async def configure(self, request: Request) -> Response:
        """Say where the calendar sync is, by which keys it is called, and which subjects SalesExec rejects.

        `FunctionKey` serves every call; `FunctionKeys` has one for `appointments`, `users` or `cleanup`.
        """
        wanted = await order(request, CONFIG_FIELDS)
        self._webhooks.functions_url = str(wanted.get("FunctionsUrl", self._webhooks.functions_url))
        if "FunctionKey" in wanted:
            self._webhooks.function_keys[""] = str(wanted["FunctionKey"])
        self._webhooks.function_keys |= {str(area): str(key) for area, key in wanted.get("FunctionKeys", {}).items()}
        page_size = wanted.get("PageSize", self._office.page_size)
        if type(page_size) is not int or page_size < 1:
            raise OrderError("PageSize is a whole number from 1")
        self._office.page_size = page_size
        self._office.rejected_subjects = [
            str(text) for text in wanted.get("RejectSubjects", self._office.rejected_subjects)
        ]
        return await self.config(request)

    async def users(self, request: Request) -> Response:  # noqa: ARG002 - Starlette's shape
        """List the reps."""
        return JSONResponse({"Users": [{"UserGuid": guid, "Name": name} for guid, name in self._office.reps.items()]})

    async def hire(self, request: Request) -> Response:
        """Add a rep who need not have a Microsoft account."""
        wanted = await order(request, frozenset({"UserGuid", "Name"}))
        if "UserGuid" not in wanted:
            raise OrderError("UserGuid is required")
        self._office.add_rep(str(wanted["UserGuid"]), str(wanted.get("Name", "A rep")))
        return await self.users(request)

    async def link(self, request: Request) -> Response:
        """Ask the sync for a one-time link for a rep, passing the order on as it is."""
        guid = self._rep(request.path_params["guid"])
        return JSONResponse(await self._webhooks.link(guid, await order(request)))

    async def call(self, request: Request) -> Response:
        """Call the sync with SalesExec's or its administrator's key: {"Method", "Path": "/api/…", "Body"?}."""
        wanted = await order(request, frozenset({"Method", "Path", "Body"}))
        method, path = str(wanted.get("Method", "GET")).upper(), str(wanted.get("Path", ""))
        if method not in ("GET", "POST", "PUT", "PATCH", "DELETE") or not path.startswith("/api/"):
            raise OrderError("Method is one of HTTP's, and Path begins with /api/")
        return JSONResponse(await self._webhooks.ask(method, path, wanted.get("Body")))

    async def leads(self, request: Request) -> Response:  # noqa: ARG002 - Starlette's shape
        """List the leads."""
        return JSONResponse({"Leads": [lead.as_json() for lead in self._office.leads.values()]})

    async def add_lead(self, request: Request) -> Response:
        """Add a lead to a rep."""
        wanted = await order(request, frozenset({"UserGuid", "Name", "LeadGuid"}))
        guid = self._rep(str(wanted.get("UserGuid")))
        lead = self._office.add_lead(guid, str(wanted.get("Name", "A lead")), wanted.get("LeadGuid"))
        return JSONResponse(lead.as_json(), status_code=201)

    async def notices(self, request: Request) -> Response:  # noqa: ARG002 - Starlette's shape
        """List the notices that came for reps."""
        return JSONResponse({"Notices": self._office.notices})

    async def appointments(self, request: Request) -> Response:
        """List appointments with their history, of one rep or of all."""
        rep = request.query_params.get("UserGuid", "")
        found = [each for each in self._office.appointments.values() if rep in ("", each.user_guid)]
        return JSONResponse({"Appointments": [whole(each) for each in found]})

    async def appointment(self, request: Request) -> Response:
        """Show one appointment with its history."""
        return JSONResponse(whole(self._found(request)))

    async def book(self, request: Request) -> Response:
        """Make an appointment and push it."""
        wanted = await order(request, SETTABLE | PUSH_FIELDS | {"UserGuid", "AppointmentGuid"})
        guid = self._rep(str(wanted.get("UserGuid")))
        fields = settable(wanted)
        check_times(fields)
        lead = self._office.leads.get(str(fields.get("LeadGuid")))
        if lead and "LeadUrl" not in fields:
            fields["LeadUrl"] = lead.url
        appointment = self._office.add_appointment(guid, fields, origin="SalesExec", guid=wanted.get("AppointmentGuid"))
        return await self._changed(appointment, wanted, "booked", fields, status=201)

    async def edit(self, request: Request) -> Response:
        """Change fields and push."""
        return await self._edited(request, "edited", SETTABLE)

    async def reschedule(self, request: Request) -> Response:
        """Change when it is, and push."""
        return await self._edited(request, "rescheduled", frozenset({"Start", "End", "TimeZone", "IsAllDay"}))

    async def cancel(self, request: Request) -> Response:
        """Cancel and push."""
        return await self._with_status(request, "canceled", "Canceled")

    async def complete(self, request: Request) -> Response:
        """Mark as held and push."""
        return await self._with_status(request, "completed", "Completed")

    async def miss(self, request: Request) -> Response:
        """Mark as missed and push."""
        return await self._with_status(request, "missed", "Missed")

    async def transfer(self, request: Request) -> Response:
        """Give the appointment, and the lead it is about, to another rep, and push."""
        wanted = await order(request, PUSH_FIELDS | {"UserGuid"})
        appointment = self._found(request)
        appointment.user_guid = self._rep(str(wanted.get("UserGuid")))
        appointment.modified_at = self._office.next_modified(appointment.modified_at)
        return await self._changed(appointment, wanted, "transferred", {"UserGuid": appointment.user_guid})

    async def push(self, request: Request) -> Response:
        """Push again as it is."""
        wanted = await order(request, PUSH_FIELDS)
        return await self._changed(self._found(request), wanted, "pushed again", {})

    async def _with_status(self, request: Request, did: str, status: str) -> Response:
        wanted = await order(request, PUSH_FIELDS)
        return await self._apply(self._found(request), {**wanted, "Status": status}, did)

    async def _edited(self, request: Request, did: str, known: frozenset[str]) -> Response:
        return await self._apply(self._found(request), await order(request, known | PUSH_FIELDS), did)

    async def _apply(self, appointment: Appointment, wanted: Mapping[str, Any], did: str) -> Response:
        fields = settable(wanted)
        check_times({**appointment.fields, **fields})
        appointment.fields |= fields
        appointment.modified_at = self._office.next_modified(appointment.modified_at)
        return await self._changed(appointment, wanted, did, fields)

    async def _changed(
        self,
        appointment: Appointment,
        wanted: Mapping[str, Any],
        did: str,
        fields: Mapping[str, Any],
        status: int = 200,
    ) -> Response:
        """Note what a salesperson did, push it unless told not to, and show both."""
        self._office.remember(appointment, By="SalesExec", Action=did, Fields=sorted(fields))
        answer = None
        if wanted.get("Push", True):
            answer = await self._webhooks.push(
                appointment,
                retries=int(wanted.get("Retries", 0)),
                correlation_id=str(wanted.get("CorrelationId", "")),
            )
        return JSONResponse({"Appointment": whole(appointment), "Push": answer}, status_code=status)

    def _rep(self, guid: str) -> str:
        if guid not in self._office.reps:
            raise HTTPException(404, f"there is no user {guid}")
        return guid

    def _found(self, request: Request) -> Appointment:
        appointment = self._office.appointments.get(request.path_params["guid"])
        if appointment is None:
            raise HTTPException(404, "there is no such appointment")
        return appointment


def settable(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of an order that are an appointment's."""
    return {name: value for name, value in wanted.items() if name in SETTABLE}


def check_times(fields: Mapping[str, Any]) -> None:
    """Refuse times that SalesExec itself could not read."""
    try:
        instant_of(str(fields["Start"]), fields.get("TimeZone"))
        instant_of(str(fields["End"]), fields.get("TimeZone"))
    except (KeyError, ValueError) as error:
        raise OrderError(f"Start and End must be times: {error}") from error


def whole(appointment: Appointment) -> dict[str, Any]:
    """Return an appointment with everything that is known of it."""
    return {
        **appointment.as_json(),
        "FromCalendar": appointment.from_calendar,
        "Occurrences": appointment.occurrences,
        "Sequences": appointment.sequences,
        "History": appointment.history,
    }
