"""What a test may order of change tracking: hidden and late changes, lost tokens, small caches."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.control.orders import Answering, OrderError, control_table, order, person
from sandbox.directory import User
from sandbox.graph.store import GraphStore
from sandbox.world import World

# The fields of an order and the least value of each.
ORDERS = {
    "HideNext": ("hide_next", 0),
    "DelayNext": ("delay_next", 0),
    "DelayRounds": ("delay_rounds", 1),
    "LoseNext": ("lose_next", 0),
    "TokensKept": ("tokens_kept", 1),
    "ChangesKept": ("changes_kept", 1),
    "WidestDays": ("widest_days", 1),
}


class Tracking:
    """The orders that concern calendarView/delta, of one mailbox each."""

    def __init__(self, world: World, store: GraphStore) -> None:
        self._world = world
        self._store = store

    def routes(self) -> list[Route]:
        """Return path and order of each."""
        table: list[tuple[str, str, Answering]] = [
            ("GET", "/delta", self.show),
            ("POST", "/delta", self.set),
            ("POST", "/delta/forget", self.forget),
        ]
        return control_table(table, under="/graph")

    async def show(self, request: Request) -> Response:
        """Show what one mailbox keeps for change tracking, and what is ordered of it."""
        return JSONResponse(self._shown(person(self._world, request.query_params)))

    async def set(self, request: Request) -> Response:
        """Order by name what becomes of the next writes and tokens, and how much is kept; the rest stays."""
        wanted = await order(request, frozenset({"Upn", "Oid", *ORDERS}))
        user = person(self._world, wanted)
        orders = self._store.mailbox(user).changes.orders
        for name, (field, least) in ORDERS.items():
            number = wanted.get(name, least)
            if not isinstance(number, int) or isinstance(number, bool) or number < least:
                raise OrderError(f"{name} is a whole number from {least}")
            if name in wanted:
                setattr(orders, field, number)
        return JSONResponse(self._shown(user))

    async def forget(self, request: Request) -> Response:
        """Forget every token of one mailbox, or of all when none is named."""
        wanted = await order(request, frozenset({"Upn", "Oid"}))
        users = [person(self._world, wanted)] if wanted else self._world.directory.users()
        forgotten = sum(self._store.tokens(user).forget() for user in users)
        who = users[0].upn if wanted else "every mailbox"
        self._world.journal.note("graph", f"forgot {forgotten} change tracking tokens of {who}")
        return JSONResponse({"Forgotten": forgotten})

    def _shown(self, user: User) -> dict[str, Any]:
        log = self._store.mailbox(user).changes
        ordered = {name: getattr(log.orders, field) for name, (field, _) in ORDERS.items()}
        return {"Tokens": len(self._store.tokens(user)), "Changes": len(log), "Rounds": log.rounds, **ordered}
