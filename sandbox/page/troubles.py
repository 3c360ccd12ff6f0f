"""Troubles by name: each is a fault, a switch or a spoiled grant that a person can turn on and off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.control.orders import OrderError, control_table, order
from sandbox.directory import User
from sandbox.entra.errors import REFUSALS
from sandbox.entra.store import Registry
from sandbox.world import World

REVOKED = REFUSALS[50173].code


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One trouble; without a fault and a switch it is the end of one person's grants."""

    name: str
    title: str
    what: str
    ends: str = "when switched off"
    fault: Mapping[str, Any] | None = None
    switch: tuple[str, str] | None = None

    @property
    def personal(self) -> bool:
        """Whether it befalls one person, and is over when she signs in again."""
        return self.fault is None and self.switch is None


def _down(service: str) -> dict[str, Any]:
    return {"Service": service, "Kind": "unavailable", "Times": None}


TROUBLES = (
    Trouble(
        name="throttled",
        title="Outlook throttles for 5 s",
        what="The next request to Graph is answered 429 with Retry-After: 5; whoever comes back sooner is refused too.",
        ends="by itself",
        fault={"Service": "graph", "Kind": "throttle", "RetryAfter": "5"},
    ),
    Trouble(
        name="outlook-down",
        title="Outlook is down",
        what="Graph answers every request with 503.",
        fault=_down("graph"),
    ),
    Trouble(
        name="outlook-slow",
        title="Outlook is slow",
        what="Graph takes 3 seconds longer for every request.",
        fault={"Service": "graph", "Kind": "slow", "Seconds": 3, "Times": None},
    ),
    Trouble(
        name="answer-lost",
        title="Connection dropped after a write",
        what="Graph carries out the next write, and its answer never arrives.",
        ends="by itself",
        fault={"Service": "graph", "Kind": "drop_after", "Match": {"Method": "POST,PATCH,DELETE"}},
    ),
    Trouble(
        name="salesexec-down",
        title="SalesExec is down",
        what="SalesExec answers what the sync tells it with 503.",
        fault=_down("salesexec"),
    ),
    Trouble(
        name="vault-down",
        title="Key Vault is down",
        what="No tokens can be stored or read. What is still in the app's memory goes on working.",
        fault=_down("vault"),
    ),
    Trouble(
        name="entra-down",
        title="Sign-in is down",
        what="Entra answers with 503: nobody can connect, and no token can be refreshed.",
        fault=_down("entra"),
    ),
    Trouble(
        name="grant-revoked",
        title="Grant revoked",
        what="This rep's refresh and access tokens are worthless at once, as after a change of password.",
        ends="when she signs in again",
    ),
    Trouble(
        name="if-match-ignored",
        title="Outlook ignores If-Match",
        what="Writes to a version that is not the current one are carried out.",
        switch=("graph.if_match", "ignored"),
    ),
    Trouble(
        name="short-pages",
        title="Short pages",
        what="Graph's pages hold fewer events than asked for, and there are more of them.",
        switch=("graph.pages", "short"),
    ),
    Trouble(
        name="deletions-untold",
        title="Deletions are not told",
        what="Change tracking does not mention deleted events.",
        switch=("graph.delta_deletions", "missing"),
    ),
)


@dataclass(slots=True)
class Ordered:
    """Which fault stands for which trouble; a store, so that a reset of the world forgets it."""

    world: World
    numbers: dict[str, int] = field(default_factory=dict)

    def reset(self) -> None:
        """Forget."""
        self.numbers.clear()


class Troubles:
    """The control plane's routes for troubles."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._ordered = world.store(Ordered)

    def routes(self) -> list[Route]:
        """Return path and order of each."""
        table = [("GET", "", self.listed), ("PUT", "/{name}", self.turn), ("DELETE", "", self.clear)]
        return control_table(table, under="/troubles")

    async def listed(self, request: Request) -> Response:
        """List every trouble and whether it is on; the personal ones for ?Upn=."""
        return self._shown(self._user(request.query_params.get("Upn", "")))

    async def turn(self, request: Request) -> Response:
        """Turn one on or off: {"On": true, "Upn"?}."""
        wanted = await order(request, frozenset({"On", "Upn"}))
        trouble = next((each for each in TROUBLES if each.name == request.path_params["name"]), None)
        if trouble is None:
            raise HTTPException(404, f"the troubles are {', '.join(each.name for each in TROUBLES)}")
        if not isinstance(wanted.get("On"), bool):
            raise OrderError("On is true or false")
        user = self._user(str(wanted.get("Upn", "")))
        if self._is_on(trouble, user) != wanted["On"]:
            self._begin(trouble, user) if wanted["On"] else self._end(trouble)
        return self._shown(user)

    async def clear(self, request: Request) -> Response:
        """End all faults, also those ordered elsewhere, and put the switches of troubles back."""
        for trouble in TROUBLES:
            if not trouble.personal:
                self._end(trouble)
        self._world.faults.reset()
        return self._shown(self._user(request.query_params.get("Upn", "")))

    def _begin(self, trouble: Trouble, user: User | None) -> None:
        if trouble.fault is not None:
            self._ordered.numbers[trouble.name] = self._world.faults.order(trouble.fault).number
        elif trouble.switch is not None:
            self._world.switches.set(*trouble.switch)
        elif user is None:
            raise OrderError(f"{trouble.name} needs the Upn of a person")
        elif self._world.store(Registry).refuse_grants(user, REVOKED) == 0:
            raise OrderError(f"{user.display_name} has granted nothing yet")
        else:
            self._world.directory.revoke_access_tokens(user)
        self._world.journal.note("sandbox", f"trouble on: {trouble.title}")

    def _end(self, trouble: Trouble) -> None:
        if trouble.personal:
            raise OrderError(f"{trouble.name} ends {trouble.ends}")
        if not self._is_on(trouble, None):
            return
        if trouble.switch is not None:
            name = trouble.switch[0]
            default = next(each.default for each in self._world.switches.declared() if each.name == name)
            self._world.switches.set(name, default)
        else:
            self._world.faults.release(self._ordered.numbers.pop(trouble.name))
        self._world.journal.note("sandbox", f"trouble over: {trouble.title}")

    def _is_on(self, trouble: Trouble, user: User | None) -> bool:
        if trouble.fault is not None:
            return self._ordered.numbers.get(trouble.name) in {each.number for each in self._world.faults.listed()}
        if trouble.switch is not None:
            name, value = trouble.switch
            return self._world.switches[name] == value
        registry = self._world.store(Registry)
        return user is not None and registry.refused_grants(user) > 0 and registry.good_grants(user) == 0

    def _user(self, upn: str) -> User | None:
        return self._world.directory.user_by_upn(upn) if upn else None

    def _shown(self, user: User | None) -> Response:
        listed = [
            {
                "Name": each.name,
                "Title": each.title,
                "What": each.what,
                "Ends": each.ends,
                "On": self._is_on(each, user),
                "Personal": each.personal,
            }
            for each in TROUBLES
        ]
        return JSONResponse({"Troubles": listed})
