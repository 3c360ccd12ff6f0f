"""What a salesperson sees in SalesExec's calendar: single appointments, and series as their occurrences."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.control.orders import OrderError, control_table
from sandbox.salesexec.instants import instant_of, is_date, utc_text
from sandbox.salesexec.pushing import regular_times
from sandbox.salesexec.rules import is_slot, removed, slots_between
from sandbox.salesexec.store import Appointment, Office
from sandbox.world import World

LONGEST = timedelta(days=40)
"""How long an occurrence may last and still be seen by what looks at its middle."""


class Calendar:
    """Looks at one rep's calendar, a span of time at once."""

    def __init__(self, world: World) -> None:
        self._office = world.store(Office)

    def routes(self) -> list[Route]:
        """Return path and order of each."""
        return control_table([("GET", "/view", self.view)], under="/salesexec")

    async def view(self, request: Request) -> Response:
        """Show what takes place from `StartUtc` to `EndUtc` in the calendar of `UserGuid`, cancelled ones left out."""
        query = request.query_params
        if query.get("UserGuid") not in self._office.reps:
            raise HTTPException(404, "there is no such rep")
        try:
            start, end = instant_of(query["StartUtc"]), instant_of(query["EndUtc"])
        except (KeyError, ValueError) as error:
            raise OrderError("StartUtc and EndUtc must be times") from error
        shown = [
            each
            for appointment in self._office.appointments_of(query["UserGuid"])
            if appointment.fields["Status"] != "Canceled"
            for each in seen(appointment, start, end)
        ]
        return JSONResponse({"Shown": sorted(shown, key=lambda each: (each["Start"], each["Subject"]))})


def seen(appointment: Appointment, start: datetime, end: datetime) -> list[dict[str, Any]]:
    """Return what of an appointment takes place in a span of time, each occurrence as it is by now."""
    series = appointment.fields
    if not series["Recurrence"]:
        return [_shown(appointment, None, {})] if appointment.overlaps(start, end) else []
    slots = set(slots_between(series, start - LONGEST, end))
    lost = set(removed(series))
    slots |= {slot for slot in appointment.occurrences if slot not in lost and is_slot(series, slot)}
    shown = (_shown(appointment, slot, appointment.occurrences.get(slot, {})) for slot in slots)
    return [each for each in shown if _is_in(each, start, end)]


def _shown(appointment: Appointment, slot: str | None, own: dict[str, Any]) -> dict[str, Any]:
    fields = appointment.fields
    times = {"Start": fields["Start"], "End": fields["End"]} if slot is None else regular_times(fields, slot)
    said = {**times, **{name: value for name, value in own.items() if value is not None}}
    zone = own.get("TimeZone") or fields["TimeZone"]
    return {
        "AppointmentGuid": appointment.guid,
        "Slot": slot,
        "IsChanged": bool(own),
        "Subject": said.get("Subject", fields["Subject"]),
        "Location": said.get("Location", fields["Location"]),
        "IsAllDay": said.get("IsAllDay", fields["IsAllDay"]),
        "Start": _instant(said["Start"], zone),
        "End": _instant(said["End"], zone),
    }


def _instant(text: str, zone: str | None) -> str:
    return text if is_date(text) else utc_text(instant_of(text, zone))


def _is_in(shown: dict[str, Any], start: datetime, end: datetime) -> bool:
    begins, ends = instant_of(shown["Start"]), instant_of(shown["End"])
    return begins < end and (ends > start or begins == ends == start)
