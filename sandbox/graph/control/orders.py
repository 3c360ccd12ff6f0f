"""What a test or demo may order of Graph, and what it may look at: a person's hand in Outlook, limits, figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import fields
from datetime import timedelta
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.control.orders import Answering, OrderError, control_table, order, person
from sandbox.graph.control.notifications import Notifications
from sandbox.graph.control.outlook import marks_of, shown, wish_of
from sandbox.graph.control.tracking import Tracking
from sandbox.graph.errors import GraphError
from sandbox.graph.limits import Settings
from sandbox.graph.mailbox.items import Address, Calendar, Event
from sandbox.graph.mailbox.mailbox import Mailbox
from sandbox.graph.store import GraphStore
from sandbox.graph.wire.words import one_of
from sandbox.world import World

DURATIONS = {
    "window": ("WindowSeconds", 1.0),
    "retry_after": ("RetryAfterSeconds", 1.0),
    "latency": ("LatencyMs", 1e-3),
}
COUNTS = {"at_once": "AtOnce", "in_window": "InWindow"}


def control_routes(world: World) -> list[Route]:
    """Return the control plane's routes for Graph."""
    store = world.store(GraphStore)
    return [*Outlook(world, store).routes(), *Tracking(world, store).routes(), *Notifications(store).routes()]


def speaks_graph(answering: Answering) -> Answering:
    """Turn a refusal of the mailbox into one of the control plane."""

    async def answered(request: Request) -> Response:
        try:
            return await answering(request)
        except GraphError as error:
            raise HTTPException(error.status, f"{error.code}: {error.message}") from error

    return answered


class Outlook:
    """The orders that concern mailboxes."""

    def __init__(self, world: World, store: GraphStore) -> None:
        self._world = world
        self._store = store

    def routes(self) -> list[Route]:
        """Return path and order of each."""
        table: list[tuple[str, str, Answering]] = [
            ("GET", "/events", self.list_events),
            ("POST", "/events", self.make_event),
            ("POST", "/invitations", self.receive_invitation),
            ("GET", "/events/{event}", self.show_event),
            ("PATCH", "/events/{event}", self.edit_event),
            ("DELETE", "/events/{event}", self.remove_event),
            ("POST", "/events/{event}/attendees", self.add_attendees),
            ("POST", "/events/{event}/responses", self.receive_response),
            ("POST", "/events/{event}/touch", self.touch_event),
            ("POST", "/events/{event}/move", self.move_event),
            ("POST", "/events/{event}/copy", self.copy_event),
            ("GET", "/calendars", self.list_calendars),
            ("POST", "/calendars", self.make_calendar),
            ("GET", "/limits", self.show_limits),
            ("PUT", "/limits", self.set_limits),
            ("GET", "/figures", self.figures),
        ]
        return control_table([(method, path, speaks_graph(act)) for method, path, act in table], under="/graph")

    async def list_events(self, request: Request) -> Response:
        """Show every event of every calendar of one person, with all it holds."""
        mailbox = self._mailbox(request.query_params)
        return JSONResponse({"Events": [shown(mailbox, event) for event in mailbox.events()]})

    async def make_event(self, request: Request) -> Response:
        """Create an event as its owner does in Outlook."""
        wanted = await order(request)
        mailbox = self._mailbox(wanted)
        described = _described(wanted, "Event")
        wish = wish_of(described, creating=True)
        event = mailbox.create(_calendar(mailbox, wanted), wish, {})
        return self._done(mailbox, _marked(mailbox, event, described), "made", status=201)

    async def receive_invitation(self, request: Request) -> Response:
        """Put a meeting of somebody else into a person's calendar."""
        wanted = await order(request)
        mailbox = self._mailbox(wanted)
        who = _organizer(wanted.get("Organizer", "organizer@elsewhere.example"))
        described = _described(wanted, "Event")
        event = mailbox.invite(_calendar(mailbox, wanted), wish_of(described, creating=True), who)
        return self._done(mailbox, _marked(mailbox, event, described), "received", status=201)

    async def show_event(self, request: Request) -> Response:
        """Show one event, named by either of its ids."""
        mailbox, event = self._event(request)
        return JSONResponse(shown(mailbox, event))

    async def edit_event(self, request: Request) -> Response:
        """Change fields of an event as its owner does in Outlook."""
        mailbox, event = self._event(request)
        described = await order(request)
        if ("Start" in described or "End" in described) and "TimeZone" not in described:
            described["TimeZone"] = event.start.zone.name
        changed = mailbox.patch(event, wish_of(described, creating=False), if_match=None)
        return self._done(mailbox, _marked(mailbox, changed, described), "changed")

    async def add_attendees(self, request: Request) -> Response:
        """Invite more people to an event."""
        mailbox, event = self._event(request)
        more = (await order(request)).get("Attendees", [])
        already = [{"Address": one.who.address, "Name": one.who.name, "Type": one.kind} for one in event.attendees]
        wish = wish_of({"Attendees": [*already, *more]}, creating=False)
        return self._done(mailbox, mailbox.patch(event, wish, if_match=None), "invited people to")

    async def receive_response(self, request: Request) -> Response:
        """Let an attendee answer an invitation."""
        mailbox, event = self._event(request)
        wanted = await order(request)
        response = one_of("responseType", wanted.get("Response", "accepted"))
        answered = mailbox.respond(event, str(wanted.get("Address", "")), response)
        return self._done(mailbox, answered, "has a new answer")

    async def touch_event(self, request: Request) -> Response:
        """Make an event a new version in which nothing has changed, as a dismissed reminder does."""
        mailbox, event = self._event(request)
        return self._done(mailbox, mailbox.mark(event, {}), "touched")

    async def move_event(self, request: Request) -> Response:
        """Move an event to another calendar of the same mailbox."""
        mailbox, event = self._event(request)
        calendar = _calendar(mailbox, await order(request))
        return self._done(mailbox, mailbox.move(event, calendar), f"moved to calendar '{calendar.name}'")

    async def copy_event(self, request: Request) -> Response:
        """Copy an event by hand; what is hidden in it goes along."""
        mailbox, event = self._event(request)
        wanted = await order(request)
        calendar = _calendar(mailbox, wanted) if "Calendar" in wanted else mailbox.calendars[event.calendar_id]
        return self._done(mailbox, mailbox.copy(event, calendar), "copied", status=201)

    async def remove_event(self, request: Request) -> Response:
        """Delete an event as its owner does in Outlook."""
        mailbox, event = self._event(request)
        mailbox.delete(event, if_match=None)
        self._note(mailbox, event, "deleted")
        return Response(status_code=204)

    async def list_calendars(self, request: Request) -> Response:
        """Show a person's calendars."""
        mailbox = self._mailbox(request.query_params)
        return JSONResponse({"Calendars": [_calendar_json(one) for one in mailbox.calendars.values()]})

    async def make_calendar(self, request: Request) -> Response:
        """Create a calendar."""
        wanted = await order(request)
        calendar = self._mailbox(wanted).add_calendar(str(wanted.get("Name", "Another calendar")))
        if not wanted.get("AllowsTeams", True):
            calendar.online_providers = ()
        return JSONResponse(_calendar_json(calendar), status_code=201)

    async def show_limits(self, request: Request) -> Response:  # noqa: ARG002 - Starlette's shape
        """Show the throttling limits."""
        settings = self._store.limits.settings
        numbers: dict[str, float] = {name: getattr(settings, field) for field, name in COUNTS.items()}
        for field, (name, unit) in DURATIONS.items():
            numbers[name] = getattr(settings, field).total_seconds() / unit
        return JSONResponse(numbers)

    async def set_limits(self, request: Request) -> Response:
        """Set throttling limits by name; the others stay."""
        known = frozenset({*COUNTS.values(), *(name for name, _ in DURATIONS.values())})
        wanted = await order(request, known)
        settings = self._store.limits.settings
        for field in (field.name for field in fields(Settings)):
            name, unit = DURATIONS.get(field, (COUNTS.get(field, ""), 0.0))
            if name in wanted:
                number = float(wanted[name])
                setattr(settings, field, timedelta(seconds=number * unit) if unit else int(number))
        return await self.show_limits(request)

    async def figures(self, request: Request) -> Response:  # noqa: ARG002 - Starlette's shape
        """Show what each app did in each mailbox, how many requests came and how, and how many mails left.

        A batch is one request over HTTP and up to twenty to the mailbox; the sandbox's own figures count both.
        """
        rows = []
        for (app, oid), use in self._store.limits.uses.items():
            user = self._world.directory.user_by_oid(oid)
            row = {"ClientId": app, "Upn": user.upn if user else "", "Requests": use.requests}
            rows.append(row | {"MostAtOnce": use.most_at_once, "Throttled": use.throttled, "Early": use.early})
        kinds = Counter(mail.kind for mail in self._world.mailroom.mails)
        mails = {kind.capitalize() + "s": kinds[kind] for kind in ("invitation", "update", "cancellation")}
        batches = self._store.batches
        answers = self._world.journal.figures()["Answers"].get("graph", {})
        came = {"Http": sum(answers.values()) - batches.parts, "Batches": batches.batches, "Parts": batches.parts}
        return JSONResponse({"Mailboxes": rows, "Requests": came, "Mails": mails})

    def _mailbox(self, wanted: Mapping[str, Any]) -> Mailbox:
        return self._store.mailbox(person(self._world, wanted))

    def _event(self, request: Request) -> tuple[Mailbox, Event]:
        wanted = request.path_params["event"]
        for mailbox in self._store.mailboxes():
            for event in mailbox.events():
                if wanted in (event.immutable_id, event.default_id):
                    return mailbox, event
        raise HTTPException(404, f"no mailbox has an event {wanted}")

    def _done(self, mailbox: Mailbox, event: Event, what: str, status: int = 200) -> Response:
        self._note(mailbox, event, what)
        return JSONResponse(shown(mailbox, event), status_code=status)

    def _note(self, mailbox: Mailbox, event: Event, what: str) -> None:
        words = f"{mailbox.user.display_name}, in Outlook: '{event.subject}' {what}"
        self._world.journal.note("graph", words, actor=mailbox.user.upn, event_id=event.immutable_id)


def _described(wanted: Mapping[str, Any], name: str) -> dict[str, Any]:
    described = wanted.get(name)
    if not isinstance(described, dict) or "Start" not in described or "End" not in described:
        raise OrderError(f"{name} is an object with at least Start and End")
    return described


def _marked(mailbox: Mailbox, event: Event, described: Mapping[str, Any]) -> Event:
    marks = marks_of(described)
    return mailbox.mark(event, marks) if marks else event


def _organizer(described: Any) -> Address:
    row = {"Address": described} if isinstance(described, str) else described
    if not isinstance(row, dict) or not row.get("Address"):
        raise OrderError("Organizer is an address, or an object with Address and Name")
    return Address(name=str(row.get("Name") or row["Address"]), address=str(row["Address"]))


def _calendar(mailbox: Mailbox, wanted: Mapping[str, Any]) -> Calendar:
    named = wanted.get("Calendar")
    if named is None:
        return mailbox.default_calendar
    found = next((one for one in mailbox.calendars.values() if named in (one.id, one.name)), None)
    if found is None:
        raise HTTPException(404, f"no calendar {named!r} in the mailbox of {mailbox.user.upn}")
    return found


def _calendar_json(calendar: Calendar) -> dict[str, Any]:
    return {"Id": calendar.id, "Name": calendar.name, "IsDefault": calendar.is_default}
