"""What a test or demo may order of Graph, and what it may look at: a person's hand in Outlook, limits, figures."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.control.orders import Answering, OrderError, control_table, order
from sandbox.graph.control.desk import Desk, calendar_of, described_event, marked, speaks_graph, with_zone
from sandbox.graph.control.notifications import Notifications
from sandbox.graph.control.outlook import shown, wish_of
from sandbox.graph.control.series import SeriesOrders
from sandbox.graph.control.tracking import Tracking
from sandbox.graph.limits import Settings
from sandbox.graph.mailbox import by_hand
from sandbox.graph.mailbox.items import Address, Calendar
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
    return [
        *Outlook(world, store).routes(),
        *SeriesOrders(world, store).routes(),
        *Tracking(world, store).routes(),
        *Notifications(store).routes(),
    ]


class Outlook:
    """The orders that concern mailboxes."""

    def __init__(self, world: World, store: GraphStore) -> None:
        self._world = world
        self._store = store
        self._desk = Desk(world, store)

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
        mailbox = self._desk.mailbox(request.query_params)
        return JSONResponse({"Events": [shown(mailbox, event) for event in mailbox.events()]})

    async def make_event(self, request: Request) -> Response:
        """Create an event as its owner does in Outlook."""
        wanted = await order(request)
        mailbox = self._desk.mailbox(wanted)
        described = described_event(wanted, "Event")
        wish = wish_of(described, creating=True)
        event = mailbox.create(calendar_of(mailbox, wanted), wish, {})
        return self._desk.done(mailbox, marked(mailbox, event, described), "made", status=201)

    async def receive_invitation(self, request: Request) -> Response:
        """Put a meeting of somebody else into a person's calendar."""
        wanted = await order(request)
        mailbox = self._desk.mailbox(wanted)
        who = _organizer(wanted.get("Organizer", "organizer@elsewhere.example"))
        described = described_event(wanted, "Event")
        event = by_hand.invite(mailbox, calendar_of(mailbox, wanted), wish_of(described, creating=True), who)
        return self._desk.done(mailbox, marked(mailbox, event, described), "received", status=201)

    async def show_event(self, request: Request) -> Response:
        """Show one event or occurrence, named by either of its ids."""
        mailbox, event = self._desk.event(request)
        return JSONResponse(shown(mailbox, event))

    async def edit_event(self, request: Request) -> Response:
        """Change fields of an event, a series or an occurrence as its owner does in Outlook."""
        mailbox, event = self._desk.event(request)
        described = with_zone(await order(request), event)
        changed = mailbox.patch(event, wish_of(described, creating=False), if_match=None)
        return self._desk.done(mailbox, marked(mailbox, changed, described), "changed")

    async def add_attendees(self, request: Request) -> Response:
        """Invite more people to an event."""
        mailbox, event = self._desk.event(request)
        more = (await order(request)).get("Attendees", [])
        already = [{"Address": one.who.address, "Name": one.who.name, "Type": one.kind} for one in event.attendees]
        wish = wish_of({"Attendees": [*already, *more]}, creating=False)
        return self._desk.done(mailbox, mailbox.patch(event, wish, if_match=None), "invited people to")

    async def receive_response(self, request: Request) -> Response:
        """Let an attendee answer an invitation."""
        mailbox, event = self._desk.event(request)
        wanted = await order(request)
        response = one_of("responseType", wanted.get("Response", "accepted"))
        answered = by_hand.respond(mailbox, event, str(wanted.get("Address", "")), response)
        return self._desk.done(mailbox, answered, "has a new answer")

    async def touch_event(self, request: Request) -> Response:
        """Make an event a new version in which nothing has changed, as a dismissed reminder does."""
        mailbox, event = self._desk.event(request)
        return self._desk.done(mailbox, by_hand.mark(mailbox, event, {}), "touched")

    async def move_event(self, request: Request) -> Response:
        """Move an event to another calendar of the same mailbox."""
        mailbox, event = self._desk.event(request)
        calendar = calendar_of(mailbox, await order(request))
        return self._desk.done(mailbox, by_hand.move(mailbox, event, calendar), f"moved to calendar '{calendar.name}'")

    async def copy_event(self, request: Request) -> Response:
        """Copy an event by hand; what is hidden in it goes along."""
        mailbox, event = self._desk.event(request)
        wanted = await order(request)
        calendar = calendar_of(mailbox, wanted) if "Calendar" in wanted else mailbox.calendars[event.calendar_id]
        return self._desk.done(mailbox, by_hand.copy(mailbox, event, calendar), "copied", status=201)

    async def remove_event(self, request: Request) -> Response:
        """Delete an event, a series or an occurrence as its owner does in Outlook."""
        mailbox, event = self._desk.event(request)
        mailbox.delete(event, if_match=None)
        self._desk.note(mailbox, event, "deleted")
        return Response(status_code=204)

    async def list_calendars(self, request: Request) -> Response:
        """Show a person's calendars."""
        mailbox = self._desk.mailbox(request.query_params)
        return JSONResponse({"Calendars": [_calendar_json(one) for one in mailbox.calendars.values()]})

    async def make_calendar(self, request: Request) -> Response:
        """Create a calendar."""
        wanted = await order(request)
        calendar = self._desk.mailbox(wanted).add_calendar(str(wanted.get("Name", "Another calendar")))
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


def _calendar_json(calendar: Calendar) -> dict[str, Any]:
    return {"Id": calendar.id, "Name": calendar.name, "IsDefault": calendar.is_default}


def _organizer(described: Any) -> Address:
    row = {"Address": described} if isinstance(described, str) else described
    if not isinstance(row, dict) or not row.get("Address"):
        raise OrderError("Organizer is an address, or an object with Address and Name")
    return Address(name=str(row.get("Name") or row["Address"]), address=str(row["Address"]))
