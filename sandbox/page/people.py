"""The reps whom the page shows: who they are, how they are connected, and what it cost so far."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.browser import Browser, authorise
from sandbox.control.orders import OrderError, control_table, order
from sandbox.directory import User
from sandbox.entra.store import Registry
from sandbox.graph.store import GraphStore
from sandbox.key_vault.store import Vaults
from sandbox.salesexec.pushing import Webhooks
from sandbox.salesexec.store import Office
from sandbox.world import World

NAMES = (
    "Anna Berg", "Ben Okafor", "Clara Novak", "David Kim", "Elena Rossi", "Farid Haddad", "Grace Lin", "Hugo Martin",
    "Ines Costa", "Jonas Weber",
)  # fmt: skip
LEADS = ("Wingtip Toys", "Fabrikam", "Adventure Works")


@dataclass(slots=True)
class Cast:
    """Every rep with a Microsoft account, by SalesExec user, in the order they were seeded."""

    world: World
    accounts: dict[str, User] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Watch whoever is seeded."""
        self.world.on_seed(self._seed)

    def _seed(self, user: User, description: Mapping[str, Any]) -> None:
        self.accounts[description["UserGuid"]] = user

    def reset(self) -> None:
        """Forget everyone."""
        self.accounts.clear()


class People:
    """The control plane's routes for the reps of the page."""

    def __init__(self, world: World, trust: Path) -> None:
        self._world = world
        self._trust = trust
        self._cast = world.store(Cast)
        self._office = world.store(Office)
        self._webhooks = world.store(Webhooks)

    def routes(self) -> list[Route]:
        """Return path and order of each."""
        table = [
            ("GET", "", self.listed),
            ("POST", "", self.hire),
            ("GET", "/{guid}", self.show),
            ("POST", "/{guid}/connect", self.connect),
        ]
        return control_table(table, under="/people")

    async def listed(self, request: Request) -> Response:  # noqa: ARG002 - Starlette's shape
        """List the reps, and say whether there is an app to sync them."""
        people = [self._identity(guid) for guid in self._cast.accounts]
        return JSONResponse({"App": self._webhooks.functions_url, "People": people})

    async def hire(self, request: Request) -> Response:
        """Make a rep with a mailbox and three leads: {"Name"?}."""
        wanted = await order(request, frozenset({"Name"}))
        number = len(self._cast.accounts)
        name = str(wanted.get("Name") or NAMES[number % len(NAMES)]).strip()
        base = ".".join(name.lower().split())
        address = f"{base}@contoso.example"
        while self._world.directory.user_by_upn(address):
            number += 1
            address = f"{base}.{number}@contoso.example"
        user = self._world.directory.add_user(upn=address, display_name=name)
        guid = self._world.ids.guid()
        self._world.seed_person(user, {"UserGuid": guid, "Leads": [{"Name": lead} for lead in LEADS]})
        self._world.journal.note("sandbox", f"{name} joins the sales office, with the mailbox {address}")
        return JSONResponse(self._identity(guid), status_code=201)

    async def show(self, request: Request) -> Response:
        """Show how a rep is connected, and what Outlook, Entra, Key Vault and the mail room know of it."""
        guid = self._found(request)
        user = self._cast.accounts[guid]
        connection, trouble = await self._connection(guid)
        uses = self._world.store(GraphStore).limits.uses.items()
        mine = [use for (_, oid), use in uses if oid == user.oid]
        vaults = self._world.store(Vaults)
        return JSONResponse(
            self._identity(guid)
            | {
                "Connection": connection,
                "Trouble": trouble,
                "Grants": self._world.store(Registry).good_grants(user),
                "Secrets": sum(len(list(vaults.at(host).all_live())) for host in vaults.hosts()),
                "Requests": sum(use.requests for use in mine),
                "Throttled": sum(use.throttled for use in mine) + self._struck(user),
                "MostAtOnce": max((use.most_at_once for use in mine), default=0),
                "Mails": len(self._world.mailroom.mails),
            }
        )

    async def connect(self, request: Request) -> Response:
        """Connect a rep by going through the real pages, as a browser of hers would."""
        guid = self._found(request)
        answer = await self._webhooks.link(guid, {"Page": "connect", "DisplayName": self._office.reps[guid]})
        if answer["Status"] != 200:
            raise OrderError(f"the sync gave no link: {answer['Error'] or answer['Status']} {answer['Body']}")
        browser = Browser(str(self._trust))
        try:
            await asyncio.to_thread(authorise, browser, answer["Body"]["Url"], self._cast.accounts[guid].upn)
        except (LookupError, requests.RequestException) as fault:
            raise HTTPException(502, f"connecting came to an end: {fault}") from fault
        return JSONResponse({"Status": browser.status, "Address": browser.url})

    async def _connection(self, guid: str) -> tuple[Any, str | None]:
        if not self._webhooks.functions_url:
            return None, "No app is attached: SalesExec does not know where the calendar sync is."
        answer = await self._webhooks.ask("GET", f"/api/users/{guid}/connection", None)
        if answer["Status"] == 200:
            return answer["Body"], None
        return None, f"The app does not answer: {answer['Error'] or answer['Status']}"

    def _struck(self, user: User) -> int:
        """Count the throttled answers that were ordered, which Graph's own limits do not know."""
        entries = self._world.journal.since(0, "graph")
        return sum(entry.status == 429 and bool(entry.fault) and entry.actor == user.upn for entry in entries)

    def _identity(self, guid: str) -> dict[str, Any]:
        user = self._cast.accounts[guid]
        leads = [lead.as_json() for lead in self._office.leads_of(guid)]
        return {"UserGuid": guid, "Name": user.display_name, "Upn": user.upn, "Leads": leads}

    def _found(self, request: Request) -> str:
        guid = str(request.path_params["guid"])
        if guid not in self._cast.accounts:
            raise HTTPException(404, f"there is no rep {guid} with a Microsoft account")
        return guid
