"""What a salesperson does in SalesExec to one occurrence of a series."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.control.orders import OrderError, control_table, order
from sandbox.salesexec.instants import instant_of
from sandbox.salesexec.pushing import Webhooks, occurrence_body
from sandbox.salesexec.rules import is_slot_name, with_exdate, without_exdate
from sandbox.salesexec.store import DEFAULTS, Appointment, Office
from sandbox.world import World

SETTABLE = frozenset({*DEFAULTS, "ReminderMinutes"}) - {"Recurrence", "Status", "LeadGuid", "LeadUrl"}
PUSH_FIELDS = frozenset({"Push", "Retries", "CorrelationId"})


class Occurrences:
    """The orders that concern one occurrence, named by its slot: when it was to begin in UTC, or its day.

    SalesExec does not look whether its series has such a slot; the sync is to say so.
    """

    def __init__(self, world: World) -> None:
        self._office = world.store(Office)
        self._webhooks = world.store(Webhooks)

    def routes(self) -> list[Route]:
        """Return path and order of each."""
        one = "/appointments/{guid}/occurrences/{slot}"
        table = [
            ("GET", one, self.show),
            ("PATCH", one, self.edit),
            ("POST", f"{one}/cancel", self.cancel),
            ("POST", f"{one}/push", self.push),
        ]
        return control_table(table, under="/salesexec")

    async def show(self, request: Request) -> Response:
        """Show an occurrence as the sync would be sent it."""
        appointment, slot = self._found(request)
        return JSONResponse(occurrence_body(appointment, slot))

    async def edit(self, request: Request) -> Response:
        """Change fields of one occurrence and push it; one that was canceled lives again."""
        appointment, slot = self._found(request)
        wanted = await order(request, SETTABLE | PUSH_FIELDS)
        fields = {name: value for name, value in wanted.items() if name in SETTABLE}
        _check_times({**occurrence_body(appointment, slot), **fields})
        appointment.occurrences.setdefault(slot, {}).update(fields)
        appointment.fields["Recurrence"] = without_exdate(appointment.fields, slot)
        return await self._changed(appointment, slot, wanted, "edited", fields)

    async def cancel(self, request: Request) -> Response:
        """Cancel one occurrence and push that: the series gets an EXDATE."""
        appointment, slot = self._found(request)
        wanted = await order(request, PUSH_FIELDS)
        appointment.occurrences.pop(slot, None)
        appointment.fields["Recurrence"] = with_exdate(appointment.fields, slot)
        return await self._changed(appointment, slot, wanted, "canceled", {})

    async def push(self, request: Request) -> Response:
        """Push one occurrence again as it is."""
        appointment, slot = self._found(request)
        return await self._answered(appointment, slot, await order(request, PUSH_FIELDS))

    async def _changed(
        self, appointment: Appointment, slot: str, wanted: Mapping[str, Any], did: str, fields: Mapping[str, Any]
    ) -> Response:
        appointment.modified_at = self._office.next_modified(appointment.modified_at)
        self._office.remember(appointment, By="SalesExec", Action=did, Slot=slot, Fields=sorted(fields))
        return await self._answered(appointment, slot, wanted)

    async def _answered(self, appointment: Appointment, slot: str, wanted: Mapping[str, Any]) -> Response:
        answer = None
        if wanted.get("Push", True):
            answer = await self._webhooks.push_occurrence(
                appointment,
                slot,
                retries=int(wanted.get("Retries", 0)),
                correlation_id=str(wanted.get("CorrelationId", "")),
            )
        shown = {**appointment.as_json(), "Occurrences": appointment.occurrences, "History": appointment.history}
        return JSONResponse({"Appointment": shown, "Push": answer})

    def _found(self, request: Request) -> tuple[Appointment, str]:
        appointment = self._office.appointments.get(request.path_params["guid"])
        if appointment is None:
            raise HTTPException(404, "there is no such appointment")
        if not appointment.fields["Recurrence"]:
            raise OrderError("the appointment is no series")
        slot = request.path_params["slot"]
        if not is_slot_name(slot):
            raise OrderError("an occurrence is named by its original start in UTC, or by its day")
        return appointment, slot


def _check_times(fields: Mapping[str, Any]) -> None:
    try:
        instant_of(str(fields["Start"]), fields.get("TimeZone"))
        instant_of(str(fields["End"]), fields.get("TimeZone"))
    except ValueError as error:
        raise OrderError(f"Start and End must be times: {error}") from error
