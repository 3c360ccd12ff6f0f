"""What all orders to a person at their Outlook have in common: whose mailbox, which event, and what is answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.control.orders import Answering, OrderError, person
from sandbox.graph.control.outlook import marks_of, shown
from sandbox.graph.errors import GraphError
from sandbox.graph.mailbox import by_hand
from sandbox.graph.mailbox.items import Calendar, Event
from sandbox.graph.mailbox.mailbox import Mailbox
from sandbox.graph.store import GraphStore
from sandbox.world import World


def speaks_graph(answering: Answering) -> Answering:
    """Turn a refusal of the mailbox into one of the control plane."""

    async def answered(request: Request) -> Response:
        try:
            return await answering(request)
        except GraphError as error:
            raise HTTPException(error.status, f"{error.code}: {error.message}") from error

    return answered


class Desk:
    """Where a person sits whom the control plane gives orders."""

    def __init__(self, world: World, store: GraphStore) -> None:
        self._world = world
        self._store = store

    def mailbox(self, wanted: Mapping[str, Any]) -> Mailbox:
        """Return the mailbox of the person an order names."""
        return self._store.mailbox(person(self._world, wanted))

    def event(self, request: Request) -> tuple[Mailbox, Event]:
        """Return the event that an address names by either of its ids, occurrences too, and whose it is."""
        wanted = request.path_params["event"]
        for mailbox in self._store.mailboxes():
            found = mailbox.look_up(wanted)
            if found is not None:
                return mailbox, found
        raise HTTPException(404, f"no mailbox has an event {wanted}")

    def done(self, mailbox: Mailbox, event: Event, what: str, status: int = 200) -> Response:
        """Note what a person did, and answer with the event as it is now."""
        self.note(mailbox, event, what)
        return JSONResponse(shown(mailbox, event), status_code=status)

    def note(self, mailbox: Mailbox, event: Event, what: str) -> None:
        """Note in the journal what a person did."""
        words = f"{mailbox.user.display_name}, in Outlook: '{event.subject}' {what}"
        self._world.journal.note("graph", words, actor=mailbox.user.upn, event_id=event.immutable_id)


def described_event(wanted: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the event that an order describes."""
    described = wanted.get(name)
    if not isinstance(described, dict) or "Start" not in described or "End" not in described:
        raise OrderError(f"{name} is an object with at least Start and End")
    return described


def with_zone(described: Mapping[str, Any], event: Event) -> dict[str, Any]:
    """Return changes of an event whose times are meant in the event's own zone unless they name one."""
    result = dict(described)
    if ("Start" in described or "End" in described) and "TimeZone" not in described:
        result["TimeZone"] = event.start.zone.name
    recurrence = described.get("Recurrence")
    if isinstance(recurrence, dict) and "Start" not in described:
        result["Recurrence"] = {**recurrence, "Range": _begun(event, recurrence.get("Range", {}))}
    return result


def _begun(event: Event, described: Mapping[str, Any]) -> dict[str, Any]:
    return {"Type": "noEnd", "StartDate": event.start.wall.date().isoformat(), **described}


def marked(mailbox: Mailbox, event: Event, described: Mapping[str, Any]) -> Event:
    """Set what an order wants past Graph's rules."""
    marks = marks_of(event, described)
    return by_hand.mark(mailbox, event, marks) if marks else event


def calendar_of(mailbox: Mailbox, wanted: Mapping[str, Any]) -> Calendar:
    """Return the calendar that an order names by id or name, else the default one."""
    named = wanted.get("Calendar")
    if named is None:
        return mailbox.default_calendar
    found = next((one for one in mailbox.calendars.values() if named in (one.id, one.name)), None)
    if found is None:
        raise HTTPException(404, f"no calendar {named!r} in the mailbox of {mailbox.user.upn}")
    return found
