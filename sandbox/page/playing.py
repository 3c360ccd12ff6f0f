"""The story of the demo, played one step at a time from the control plane."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.control.orders import PREFIX, OrderError, control_table
from sandbox.salesexec.pushing import Webhooks
from sandbox.story import Story, played
from sandbox.world import World

PATIENCE_SECONDS = 90


@dataclass(slots=True, kw_only=True)
class Step:
    """One step of the story, and what became of it."""

    what: str
    play: Callable[[], str]
    state: str = "Waiting"
    seen: str = ""


class Stage:
    """The story that is being played, if any; a store, so that a reset of the world ends it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.turn = asyncio.Lock()
        self.reset()

    def reset(self) -> None:
        """Go back to the beginning."""
        self.story: Story | None = None
        self.steps: list[Step] = []


class Playing:
    """The control plane's routes for the story."""

    def __init__(self, world: World, trust: Path) -> None:
        self._world = world
        self._trust = trust
        self._stage = world.store(Stage)

    def routes(self) -> list[Route]:
        """Return path and order of each."""
        table = [("GET", "", self.listed), ("POST", "", self.play), ("DELETE", "", self.begin_again)]
        return control_table(table, under="/story")

    async def listed(self, request: Request) -> Response:
        """List the steps, and what was seen in those that were played."""
        self._set_the_stage(request)
        return self._shown()

    async def play(self, request: Request) -> Response:
        """Play the next step; a failed one is played again."""
        if not self._world.store(Webhooks).functions_url:
            raise OrderError("the story needs the app: start it with ./dev demo or ./dev up")
        if self._stage.turn.locked():
            raise HTTPException(409, "a step is being played")
        async with self._stage.turn:
            self._set_the_stage(request)
            step = next((each for each in self._stage.steps if each.state != "Done"), None)
            if step is None:
                raise HTTPException(409, "the story is over: DELETE it to begin again")
            step.state, step.seen = "Playing", ""
            came_true, step.seen = await asyncio.to_thread(played, step.play)
            step.state = "Done" if came_true else "Failed"
        return self._shown()

    async def begin_again(self, request: Request) -> Response:
        """Forget how far the story is; the next time it is about somebody new."""
        if self._stage.turn.locked():
            raise HTTPException(409, "a step is being played")
        self._stage.reset()
        return await self.listed(request)

    def _set_the_stage(self, request: Request) -> None:
        if self._stage.story is None:
            host, port = request.scope["server"]
            story = Story(own_control(f"http://{host}:{port}{PREFIX}"), str(self._trust))
            self._stage.story = story
            self._stage.steps = [Step(what=what, play=play) for what, play in story.steps()]

    def _shown(self) -> Response:
        story = self._stage.story
        steps = [{"What": each.what, "State": each.state, "Seen": each.seen} for each in self._stage.steps]
        return JSONResponse({"UserGuid": story.user if story else "", "Steps": steps})


def own_control(url: str) -> Callable[[str, str, object | None], Any]:
    """Return how a story gives orders to the control plane it is played on."""

    def control(method: str, path: str, content: object | None = None) -> Any:
        with requests.Session() as session:
            # Proxies of the machine have no say on loopback.
            session.trust_env = False
            answer = session.request(method, f"{url}/{path}", json=content, timeout=PATIENCE_SECONDS)
        if not answer.ok:
            raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json() if answer.content else None

    return control
