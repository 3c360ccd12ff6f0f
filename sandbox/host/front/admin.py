"""The host's own pages: its state, its clock, and starting a timer or queue function by name with the master key."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.host.clock import ShiftedClock
from sandbox.host.front.keys import Keys, given_key
from sandbox.host.triggers.timers import timer_info
from sandbox.host.worker.functions import AuthLevel, Function, HttpTrigger, TimerTrigger
from sandbox.host.worker.invocations import Invocations
from sandbox.host.worker.messages import TypedData


class Admin:
    """Serves /admin and /_host; every call needs the master key."""

    def __init__(
        self, *, functions: Mapping[str, Function], keys: Keys, invocations: Invocations, clock: ShiftedClock
    ) -> None:
        self._functions = {name.lower(): function for name, function in functions.items()}
        self._keys = keys
        self._invocations = invocations
        self._clock = clock
        self._began = time.monotonic()
        self._tasks: set[asyncio.Task[object]] = set()

    def _refused(self, request: Request) -> bool:
        return not self._keys.allows(AuthLevel.ADMIN, given_key(request), None)

    async def status(self, request: Request) -> Response:
        """GET /admin/host/status: that it runs, for how long, and what has run and runs in it."""
        if self._refused(request):
            return Response(status_code=401)
        return JSONResponse(
            {
                "id": "local",
                "state": "Running",
                "processUptime": int((time.monotonic() - self._began) * 1000),
                "invocations": dict(self._invocations.counts),
                "running": self._invocations.running(),
            }
        )

    async def clock(self, request: Request) -> Response:
        """GET /_host/clock: how far this process's time is from real time."""
        if self._refused(request):
            return Response(status_code=401)
        self._clock.read()
        return JSONResponse({"OffsetSeconds": self._clock.offset, "Now": datetime.now(UTC).isoformat()})

    async def start(self, request: Request) -> Response:
        """POST /admin/functions/NAME {"input": "..."}: start it and answer 202 at once, as Azure does.

        Source: Microsoft docs, functions/functions-manually-run-non-http.
        """
        if self._refused(request):
            return Response(status_code=401)
        function = self._functions.get(str(request.path_params["name"]).lower())
        if function is None:
            return Response(status_code=404)
        try:
            content = json.loads(await request.body())
            given = content.get("input")
        except (ValueError, AttributeError):
            return Response('Send a JSON object: {"input": "..."}', status_code=400)
        if isinstance(function.trigger, HttpTrigger):
            return Response("Call an HTTP function by its route.", status_code=400)
        self._run(function, "" if given is None else str(given))
        return Response(status_code=202)

    def _run(self, function: Function, given: str) -> None:
        if isinstance(function.trigger, TimerTrigger):
            value = TypedData(json=timer_info(last=None, next_at=None, past_due=False))
        else:
            value = TypedData(string=given)
        task: asyncio.Task[object] = asyncio.create_task(self._invocations.run(function, value, because="by hand"))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
