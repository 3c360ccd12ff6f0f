"""SalesExec's own calls to the calendar sync, as its webhooks make them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import requests

from sandbox.control.orders import OrderError
from sandbox.salesexec.instants import instant_of, is_date, utc_text
from sandbox.salesexec.rules import removed
from sandbox.salesexec.store import Appointment, Office
from sandbox.world import World

PATIENCE_SECONDS = 60
RETRY_PAUSE_SECONDS = 1.0
# Outcomes after which the appointment is an event in Outlook.
IN_OUTLOOK = ("Created", "Updated", "Unchanged")


class Webhooks:
    """Where SalesExec was told to send its changes, and sending them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.functions_url = ""
        self.function_keys: dict[str, str] = {}

    def reset(self) -> None:
        """Keep the address: it belongs to the installation, not to the people in it."""

    async def push(self, appointment: Appointment, *, retries: int = 0, correlation_id: str = "") -> dict[str, Any]:
        """Send an appointment as it is now, and say what the sync answered."""
        path, pushed = f"/api/appointments/{appointment.guid}", utc_text(appointment.modified_at)
        if appointment.fields["Status"] == "Canceled":
            query = {"modifiedUtc": utc_text(appointment.modified_at)}
            answer = await self._persist("DELETE", path, query, None, retries, correlation_id)
        else:
            answer = await self._persist("PUT", path, {}, pushed_body(appointment), retries, correlation_id)
        body = answer["Body"] if isinstance(answer["Body"], dict) else {}
        if body.get("EventId") and body.get("Outcome") in IN_OUTLOOK:
            appointment.event_id = body["EventId"]
        self._note(appointment, answer, pushed, {})
        return answer

    async def push_occurrence(
        self, appointment: Appointment, slot: str, *, retries: int = 0, correlation_id: str = ""
    ) -> dict[str, Any]:
        """Send one occurrence as it is now, or that it is canceled, and say what the sync answered."""
        path, pushed = f"/api/appointments/{appointment.guid}/occurrences/{slot}", utc_text(appointment.modified_at)
        if slot in removed(appointment.fields):
            query = {"modifiedUtc": utc_text(appointment.modified_at)}
            answer = await self._persist("DELETE", path, query, None, retries, correlation_id)
        else:
            answer = await self._persist("PUT", path, {}, occurrence_body(appointment, slot), retries, correlation_id)
        self._note(appointment, answer, pushed, {"Slot": slot})
        return answer

    def _note(self, appointment: Appointment, answer: dict[str, Any], pushed: str, where: Mapping[str, str]) -> None:
        """Note the answer to the push of what the appointment was at `pushed`; it may have changed since."""
        body = answer["Body"] if isinstance(answer["Body"], dict) else {}
        outcome = body.get("Outcome") or answer["Error"] or answer["Status"]
        what = " of ".join([*where.values(), f"“{appointment.fields['Subject']}”"])
        self._world.journal.note("salesexec", f"pushed {what}: {outcome}", actor=appointment.user_guid, answer=answer)
        self._world.store(Office).remember(appointment, By="push", PushedUtc=pushed, Outcome=str(outcome), **where)

    async def link(self, user_guid: str, wanted: Mapping[str, Any]) -> dict[str, Any]:
        """Ask the sync for a one-time link, as SalesExec does when a rep clicks."""
        return await self._persist("POST", f"/api/users/{user_guid}/link", {}, dict(wanted), 0, "")

    async def ask(self, method: str, path: str, body: Any) -> dict[str, Any]:
        """Make any other call of SalesExec's to the sync, once; what changes something is noted in the journal."""
        answer = await self._persist(method, path, {}, body, 0, "")
        if method != "GET":
            words = f"asked the sync: {method} {path}: {answer['Error'] or answer['Status']}"
            self._world.journal.note("salesexec", words, answer=answer)
        return answer

    async def _persist(
        self, method: str, path: str, query: Mapping[str, str], body: Any, retries: int, correlation_id: str
    ) -> dict[str, Any]:
        if not self.functions_url:
            raise OrderError("SalesExec does not know where the calendar sync is: PUT /_sandbox/salesexec/config first")
        answer = await asyncio.to_thread(self._call, method, path, query, body, correlation_id)
        for _ in range(retries):
            if answer["Status"] and answer["Status"] < 500 and answer["Status"] != 429:
                break
            await asyncio.sleep(RETRY_PAUSE_SECONDS)
            answer = await asyncio.to_thread(self._call, method, path, query, body, correlation_id)
        return answer

    def _call(self, method: str, path: str, query: Mapping[str, str], body: Any, correlation_id: str) -> dict[str, Any]:
        headers = {"x-functions-key": self._key(path)}
        if correlation_id:
            headers["x-correlation-id"] = correlation_id
        with requests.Session() as session:
            # Proxies and certificates of the machine have no say on loopback.
            session.trust_env = False
            try:
                answer = session.request(
                    method,
                    self.functions_url.rstrip("/") + path,
                    params=query,
                    json=body,
                    headers=headers,
                    timeout=PATIENCE_SECONDS,
                    allow_redirects=False,
                )
            except requests.RequestException as error:
                return {"Status": 0, "Body": None, "Error": f"{type(error).__name__}: {error}", "CorrelationId": None}
        return {
            "Status": answer.status_code,
            "Body": json_or_text(answer),
            "Error": None,
            "CorrelationId": answer.headers.get("x-correlation-id"),
        }

    def _key(self, path: str) -> str:
        area = path.split("/")[2]
        return self.function_keys.get(area) or self.function_keys.get("", "")


def pushed_body(appointment: Appointment) -> dict[str, Any]:
    """Return an appointment as the sync is sent it: what is not set is left out."""
    fields = {
        name: value
        for name, value in appointment.fields.items()
        if value not in (None, []) or name == "ReminderMinutes"
    }
    return {"UserGuid": appointment.user_guid, **fields, "ModifiedUtc": utc_text(appointment.modified_at)}


def occurrence_body(appointment: Appointment, slot: str) -> dict[str, Any]:
    """Return one occurrence as the sync is sent it: all of its series but the recurrence, at its own time."""
    own = {**regular_times(appointment.fields, slot), **appointment.occurrences.get(slot, {})}
    body = pushed_body(appointment) | {name: value for name, value in own.items() if value is not None}
    body.pop("Recurrence", None)
    return body


def regular_times(series: Mapping[str, Any], slot: str) -> dict[str, str]:
    """Return when the occurrence of a slot begins and ends as long as nobody changes it."""
    zone = series["TimeZone"]
    length = instant_of(series["End"], zone) - instant_of(series["Start"], zone)
    end = instant_of(slot) + length
    return {"Start": slot, "End": end.date().isoformat() if is_date(slot) else utc_text(end)}


def json_or_text(answer: requests.Response) -> Any:
    """Return an answer's JSON, or its text where it is none."""
    try:
        return answer.json()
    except ValueError:
        return answer.text
