"""The control plane: what a test or a demo may order, and what it may look at. JSON in PascalCase."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.control.orders import Answering, OrderError, control_table, entry_json, order, person, user_json
from sandbox.entra import control as entra
from sandbox.entra import identity
from sandbox.graph.routes import control_routes as graph_control_routes
from sandbox.key_vault import control as key_vault
from sandbox.page import serving as page
from sandbox.salesexec import control as salesexec
from sandbox.salesexec.store import Office
from sandbox.world import World

TOKEN_LIFETIME = timedelta(hours=1)
DEFAULT_SCOPES = ("Calendars.ReadWrite", "User.Read")


def application(world: World, trust: Path) -> Starlette:
    """Return the control plane of a world, with the managed-identity endpoint and the page beside it.

    `trust` is the bundle with which the sandbox's own browser believes the sandbox's certificates.
    """
    world.store(Office)
    routes: list[BaseRoute] = [
        *ControlPlane(world).routes(),
        *entra.control_routes(world),
        *key_vault.control_routes(world),
        *salesexec.control_routes(world),
        *graph_control_routes(world),
        identity.mount(world),
        *page.routes(world, trust),
    ]
    return Starlette(routes=routes, exception_handlers={ValueError: refused, HTTPException: refused})


async def refused(request: Request, error: Exception) -> Response:  # noqa: ARG001 - Starlette's shape
    """Say what was wrong with an order."""
    status = error.status_code if isinstance(error, HTTPException) else 400
    detail = error.detail if isinstance(error, HTTPException) else str(error)
    problem = {"type": "about:blank", "title": "The sandbox cannot do that", "status": status, "detail": detail}
    return JSONResponse(problem, status_code=status, media_type="application/problem+json")


class ControlPlane:
    """The orders that concern all simulators."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        """Return the routes that belong to no one simulator."""
        table: list[tuple[str, str, Answering]] = [
            ("POST", "/reset", self.reset),
            ("POST", "/seed", self.seed),
            ("GET", "/clock", self.clock),
            ("POST", "/clock", self.move_clock),
            ("GET", "/faults", self.faults),
            ("POST", "/faults", self.order_fault),
            ("DELETE", "/faults", self.clear_faults),
            ("DELETE", "/faults/{number:int}", self.release_fault),
            ("GET", "/switches", self.switches),
            ("PUT", "/switches", self.choose),
            ("GET", "/journal", self.journal),
            ("GET", "/versions", self.versions),
            ("GET", "/mails", self.mails),
            ("GET", "/figures", self.figures),
            ("POST", "/tokens", self.token),
        ]
        return control_table(table)

    async def reset(self, request: Request) -> Response:
        """Empty the world."""
        seed = (await order(request)).get("Seed", 0)
        if not isinstance(seed, int):
            raise OrderError("Seed is a whole number")
        self._world.reset(seed)
        return Response(status_code=204)

    async def seed(self, request: Request) -> Response:
        """Create people: a Microsoft account and a SalesExec user each, with whatever else simulators read."""
        people = (await order(request)).get("Users", [])
        if not isinstance(people, list) or not all(isinstance(person, dict) for person in people):
            raise OrderError("Users is a list of objects")
        return JSONResponse({"Users": [self._seed_person(person) for person in people]}, status_code=201)

    def _seed_person(self, person: Mapping[str, Any]) -> dict[str, Any]:
        upn = person.get("Upn")
        if not upn or not isinstance(upn, str):
            raise OrderError("every user has an Upn")
        user = self._world.directory.add_user(
            upn=upn,
            display_name=person.get("DisplayName") or upn.partition("@")[0].replace(".", " ").title(),
            tenant_id=person.get("TenantId"),
            oid=person.get("Oid"),
            personal=bool(person.get("Personal", False)),
            licensed=bool(person.get("Licensed", True)),
        )
        described = {**person, "UserGuid": person.get("UserGuid") or self._world.ids.guid()}
        self._world.seed_person(user, described)
        office = self._world.store(Office)
        return {
            **user_json(user),
            "UserGuid": described["UserGuid"],
            "Leads": [lead.as_json() for lead in office.leads_of(described["UserGuid"])],
        }

    async def clock(self, request: Request) -> Response:  # noqa: ARG002 - Starlette's shape
        """Show the simulated time."""
        return JSONResponse({"Now": self._world.clock.now().isoformat()})

    async def move_clock(self, request: Request) -> Response:
        """Move the simulated time by seconds, or to an instant."""
        wanted = await order(request)
        if "Now" in wanted:
            self._world.clock.set(datetime.fromisoformat(wanted["Now"]))
        elif "AdvanceSeconds" in wanted:
            self._world.clock.advance(timedelta(seconds=float(wanted["AdvanceSeconds"])))
        else:
            raise OrderError("AdvanceSeconds or Now")
        return await self.clock(request)

    async def faults(self, request: Request) -> Response:  # noqa: ARG002 - Starlette's shape
        """List the faults that may still strike."""
        return JSONResponse({"Faults": [fault.as_json() for fault in self._world.faults.listed()]})

    async def order_fault(self, request: Request) -> Response:
        """Order a fault."""
        return JSONResponse(self._world.faults.order(await order(request)).as_json(), status_code=201)

    async def clear_faults(self, request: Request) -> Response:  # noqa: ARG002 - Starlette's shape
        """End all faults and let held requests go on."""
        self._world.faults.reset()
        return Response(status_code=204)

    async def release_fault(self, request: Request) -> Response:
        """End one fault and let the requests it holds go on."""
        if self._world.faults.release(request.path_params["number"]) is None:
            raise HTTPException(404, "there is no such fault")
        return Response(status_code=204)

    async def switches(self, request: Request) -> Response:  # noqa: ARG002 - Starlette's shape
        """List the behaviours nobody has established, and how each is set."""
        listed = [
            {"Name": each.name, "Value": self._world.switches[each.name], "Values": each.values, "Why": each.why}
            for each in self._world.switches.declared()
        ]
        return JSONResponse({"Switches": listed})

    async def choose(self, request: Request) -> Response:
        """Set switches by name."""
        for name, value in (await order(request)).items():
            self._world.switches.set(name, value)
        return await self.switches(request)

    async def journal(self, request: Request) -> Response:
        """Show what happened after entry `since`; of that, only the `last` so many."""
        since, service = int(request.query_params.get("since", 0)), request.query_params.get("service", "")
        last = int(request.query_params.get("last", 0))
        entries = self._world.journal.since(since, service)[-last:]
        return JSONResponse({"Entries": [entry_json(entry) for entry in entries]})

    async def versions(self, request: Request) -> Response:
        """Show every version of events and appointments after number `since`, and the number of the newest."""
        found = self._world.versions.since(int(request.query_params.get("since", 0)))
        owners = request.query_params.getlist("owner")
        shown = [each.as_json() for each in found if not owners or each.owner in owners]
        return JSONResponse({"Versions": shown, "Last": self._world.versions.last})

    async def mails(self, request: Request) -> Response:  # noqa: ARG002 - Starlette's shape
        """Show every mail that would have been sent."""
        sent = [
            {
                "Seq": mail.seq,
                "AtUtc": mail.at.isoformat(),
                "Sender": mail.sender,
                "Recipients": list(mail.recipients),
                "Kind": mail.kind,
                "Subject": mail.subject,
                "EventId": mail.event_id,
                "By": mail.by,
            }
            for mail in self._world.mailroom.mails
        ]
        return JSONResponse({"Mails": sent})

    async def figures(self, request: Request) -> Response:  # noqa: ARG002 - Starlette's shape
        """Show the counts."""
        return JSONResponse({**self._world.journal.figures(), "Mails": len(self._world.mailroom.mails)})

    async def token(self, request: Request) -> Response:
        """Issue an access token with which a test plays a person's own Outlook."""
        wanted = await order(request)
        user = person(self._world, wanted)
        scopes = tuple(wanted.get("Scopes") or DEFAULT_SCOPES)
        lifetime = timedelta(seconds=wanted["LifetimeSeconds"]) if "LifetimeSeconds" in wanted else TOKEN_LIFETIME
        token = self._world.directory.issue_access_token(user, scopes, lifetime)
        return JSONResponse({"AccessToken": token, "Upn": user.upn, "Oid": user.oid})
