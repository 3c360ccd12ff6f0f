"""A person's hand on a series: looking at its occurrences, changing or deleting one, changing all that follow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.control.orders import Answering, OrderError, control_table, order
from sandbox.graph.control.desk import Desk, calendar_of, described_event, marked, speaks_graph, with_zone
from sandbox.graph.control.outlook import shown, wish_of
from sandbox.graph.mailbox import by_hand
from sandbox.graph.mailbox.items import Event
from sandbox.graph.mailbox.mailbox import Mailbox
from sandbox.graph.queries.windows import Window, window_of
from sandbox.graph.store import GraphStore
from sandbox.graph.wire.zones import Moment, read_instant
from sandbox.world import World


class SeriesOrders:
    """The orders that concern series and what takes place in a window of time."""

    def __init__(self, world: World, store: GraphStore) -> None:
        self._desk = Desk(world, store)

    def routes(self) -> list[Route]:
        """Return path and order of each."""
        one = "/events/{event}/occurrences/{slot}"
        table: list[tuple[str, str, Answering]] = [
            ("GET", "/view", self.view),
            ("GET", "/events/{event}/occurrences", self.list_occurrences),
            ("GET", one, self.show_occurrence),
            ("PATCH", one, self.edit_occurrence),
            ("DELETE", one, self.remove_occurrence),
            ("POST", "/events/{event}/split", self.split),
            ("POST", "/polls", self.make_poll),
        ]
        return control_table([(method, path, speaks_graph(act)) for method, path, act in table], under="/graph")

    async def view(self, request: Request) -> Response:
        """Show what a person sees in a window of time: single events, occurrences and exceptions, earliest first.

        `Upn` or `Oid`, `StartUtc`, `EndUtc`; with `Calendar` that one, else every calendar.
        """
        query = request.query_params
        mailbox = self._desk.mailbox(query)
        calendar = calendar_of(mailbox, query) if "Calendar" in query else None
        return _listed(mailbox, mailbox.events(calendar), _window(query))

    async def list_occurrences(self, request: Request) -> Response:
        """Show the occurrences and exceptions of one series in a window, earliest first."""
        mailbox, event = self._desk.event(request)
        return _listed(mailbox, [event], _window(request.query_params))

    async def show_occurrence(self, request: Request) -> Response:
        """Show one occurrence, named by its day or by when it was to begin."""
        mailbox, one = self._occurrence(request)
        return JSONResponse(shown(mailbox, one))

    async def edit_occurrence(self, request: Request) -> Response:
        """Change fields of one occurrence."""
        mailbox, one = self._occurrence(request)
        described = with_zone(await order(request), one)
        changed = mailbox.patch(one, wish_of(described, creating=False), if_match=None)
        return self._desk.done(mailbox, marked(mailbox, changed, described), "changed this one")

    async def remove_occurrence(self, request: Request) -> Response:
        """Delete one occurrence."""
        mailbox, one = self._occurrence(request)
        mailbox.delete(one, if_match=None)
        self._desk.note(mailbox, one, "deleted this one")
        return Response(status_code=204)

    async def split(self, request: Request) -> Response:
        """Change an occurrence and all that follow: {"At": its day or original start, and the changed fields}.

        Answers with the series that ends there, `Before`, and the new one, `After`.
        """
        mailbox, event = self._desk.event(request)
        wanted = await order(request)
        day = _day(event, str(wanted.pop("At", "")))
        described = with_zone(wanted, mailbox.occurrence(event, day))
        before, after = by_hand.split(mailbox, event, day, wish_of(described, creating=False))
        self._desk.note(mailbox, event, f"changed from {day} on")
        return JSONResponse({"Before": shown(mailbox, before), "After": shown(mailbox, after)}, status_code=201)

    async def make_poll(self, request: Request) -> Response:
        """Begin a meeting poll: {"Event": {"Start", "End", …}, "Times": [{"Start", "End"}]}, each on its own day."""
        wanted = await order(request)
        mailbox = self._desk.mailbox(wanted)
        described = described_event(wanted, "Event")
        times: dict[date, tuple[Moment, Moment]] = {}
        for one in wanted.get("Times", []):
            offered = wish_of({"TimeZone": described.get("TimeZone", "UTC"), **one}, creating=True).changes
            times[offered["start"].wall.date()] = (offered["start"], offered["end"])
        if not times or len(times) < len(wanted["Times"]):
            raise OrderError("Times is a list of objects with Start and End, each on a day of its own")
        event = by_hand.poll(mailbox, calendar_of(mailbox, wanted), wish_of(described, creating=True), times)
        return self._desk.done(mailbox, event, "put to the vote", status=201)

    def _occurrence(self, request: Request) -> tuple[Mailbox, Event]:
        mailbox, event = self._desk.event(request)
        return mailbox, mailbox.occurrence(event, _day(event, request.path_params["slot"]))


def _day(master: Event, named: str) -> date:
    """Return the day of the series that is meant by a date, or by the instant at which its occurrence was to begin."""
    try:
        return date.fromisoformat(named)
    except ValueError:
        instant = read_instant(named)
    recurrence = master.series.recurrence if master.series else None
    if instant is None or recurrence is None:
        raise HTTPException(404, f"there is no occurrence {named!r}; name it by its day or by its original start")
    return instant.astimezone(recurrence.zone.rules).date()


def _window(query: Mapping[str, str]) -> Window:
    return window_of({"startdatetime": query.get("StartUtc", ""), "enddatetime": query.get("EndUtc", "")})


def _listed(mailbox: Mailbox, events: Iterable[Event], window: Window) -> Response:
    found = mailbox.view(events, window.start, window.end)
    found.sort(key=_begin)
    return JSONResponse({"Events": [shown(mailbox, one) for one in found]})


def _begin(event: Event) -> tuple[datetime, int, Any]:
    return event.starts_at, event.serial, event.slot.day if event.slot else date.min
