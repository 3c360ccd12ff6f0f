"""The life of the host: index the app, listen, poll, and end in order when told to."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import socket
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn

from sandbox.host.clock import ShiftedClock
from sandbox.host.configuration import HostOptions, is_disabled, read_host_options, resolver, settings
from sandbox.host.front.admin import Admin
from sandbox.host.front.application import Front, application
from sandbox.host.front.key_pages import KeyPages
from sandbox.host.front.keys import Keys, read_keys
from sandbox.host.front.routes import Routes
from sandbox.host.triggers.pace import Pace
from sandbox.host.triggers.queues import QueueListener
from sandbox.host.triggers.storage import queue_client
from sandbox.host.triggers.timers import Timer
from sandbox.host.worker import library
from sandbox.host.worker.functions import (
    AppRefused,
    Function,
    HttpTrigger,
    QueueTrigger,
    TimerTrigger,
    functions_of,
)
from sandbox.host.worker.invocations import Invocations

logger = logging.getLogger("host")


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
    """What the command line chose."""

    app: Path
    port: int
    ready_file: Path | None
    keys_file: Path | None
    clock_file: Path | None
    timers: bool
    queues: bool
    lease_seconds: int
    drain_seconds: float
    front_end_seconds: float


class QuietServer(uvicorn.Server):
    """A server that leaves signals to the host."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


class Host:
    """One app, hosted."""

    def __init__(self, arguments: Arguments, listening: socket.socket) -> None:
        self._arguments = arguments
        self._listening = listening
        self._values: Mapping[str, str] = settings()
        self._options: HostOptions = read_host_options(arguments.app, self._values)
        self._clock = ShiftedClock(arguments.clock_file)
        self._pace = Pace()
        self._invocations = Invocations(self._options.function_timeout, self._pace.stir)
        self._threads = ThreadPoolExecutor(thread_name_prefix="storage")
        self._timers: list[Timer] = []
        self._listeners: list[QueueListener] = []
        self._background: list[asyncio.Task[None]] = []

    async def run(self) -> bool:
        """Serve until a signal ends it; False when something had to be abandoned."""
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        self._clock.read()
        functions = await self._index()
        keys = self._keys(functions)
        server = self._server(functions, keys)
        serving = asyncio.create_task(server.serve(sockets=[self._listening]))
        while not server.started and not serving.done():
            await asyncio.sleep(0.01)
        loops = [timer.run() for timer in self._timers] + [listener.run() for listener in self._listeners]
        self._background = [asyncio.create_task(loop) for loop in [self._clock.follow(self._pace.stir), *loops]]
        self._announce(functions, keys)
        await asyncio.wait([serving, asyncio.create_task(stop.wait())], return_when=asyncio.FIRST_COMPLETED)
        return await self._end(server, serving)

    async def _index(self) -> list[Function]:
        metadata = await library.index(self._arguments.app)
        functions = functions_of(metadata, resolver(self._values), is_disabled(self._values))
        faults = []
        for function in functions:
            try:
                self._prepare(function)
            except AppRefused as fault:
                faults.append(f"  - {function.name}: {fault}")
        if faults:
            raise AppRefused("\n".join(["The host refuses this app:", *faults]))
        return functions

    def _prepare(self, function: Function) -> None:
        """Make what will feed a timer or queue function; a schedule or connection that is wrong shows here."""
        if isinstance(function.trigger, TimerTrigger):
            timer = Timer(function, function.trigger, self._invocations)
            if self._arguments.timers and not function.disabled:
                self._timers.append(timer)
        elif isinstance(function.trigger, QueueTrigger) and self._arguments.queues and not function.disabled:
            trigger = function.trigger
            self._listeners.append(
                QueueListener(
                    function=function,
                    queue=queue_client(self._values, trigger.connection, trigger.queue),
                    poison=queue_client(self._values, trigger.connection, f"{trigger.queue}-poison"),
                    options=self._options.queues,
                    lease_seconds=self._arguments.lease_seconds,
                    invocations=self._invocations,
                    threads=self._threads,
                    pace=self._pace,
                )
            )

    def _keys(self, functions: list[Function]) -> Keys:
        keys = read_keys(self._arguments.keys_file)
        keys.complete(function.name for function in functions if isinstance(function.trigger, HttpTrigger))
        return keys

    def _server(self, functions: list[Function], keys: Keys) -> QuietServer:
        front = Front(
            routes=Routes(functions, self._options.route_prefix),
            keys=keys,
            invocations=self._invocations,
            options=self._options,
        )
        admin = Admin(
            functions={function.name: function for function in functions},
            keys=keys,
            invocations=self._invocations,
            clock=self._clock,
        )
        key_pages = KeyPages([function.name for function in functions], keys)
        config = uvicorn.Config(
            application(front, admin, key_pages, self._arguments.front_end_seconds),
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            timeout_graceful_shutdown=max(1, int(self._arguments.drain_seconds)),
        )
        return QuietServer(config)

    def _announce(self, functions: list[Function], keys: Keys) -> None:
        address, port = self._listening.getsockname()[:2]
        url = f"http://{address}:{port}"
        for function in functions:
            logger.info("%s: %s%s", function.name, _told(function), " (disabled)" if function.disabled else "")
        logger.info("%d functions at %s", len(functions), url)
        if self._arguments.ready_file is not None:
            content = {
                "Url": url,
                "Pid": os.getpid(),
                "MasterKey": keys.master,
                "HostKey": keys.host["default"],
                "FunctionKeys": {
                    name: named["default"] for name, named in keys.functions.items() if "default" in named
                },
                "Functions": [description(function) for function in functions],
            }
            fresh = self._arguments.ready_file.with_suffix(".new")
            fresh.touch(mode=0o600)
            fresh.write_text(json.dumps(content, indent=2), encoding="utf-8")
            fresh.replace(self._arguments.ready_file)

    async def _end(self, server: QuietServer, serving: asyncio.Task[None]) -> bool:
        """Take nothing new, let what runs finish, and say what did not."""
        logger.info("ending; %d running", len(self._invocations.running()))
        for task in self._background:
            task.cancel()
        server.should_exit = True
        finished = await self._invocations.drained(self._arguments.drain_seconds)
        if finished:
            await asyncio.gather(*(listener.finish() for listener in self._listeners))
            await serving
        else:
            logger.warning("abandoned: %s", ", ".join(self._invocations.running()))
        return finished


def _told(function: Function) -> str:
    match function.trigger:
        case HttpTrigger(route=route, methods=methods, auth_level=level):
            return f"{','.join(methods) or 'any method'} {route} ({level})"
        case TimerTrigger(schedule=schedule):
            return f"timer {schedule}"
        case QueueTrigger(queue=queue):
            return f"queue {queue}"


def description(function: Function) -> dict[str, Any]:
    """Return the function as the ready file lists it."""
    match function.trigger:
        case HttpTrigger(route=route, methods=methods, auth_level=level):
            facts: dict[str, Any] = {"Route": route, "Methods": list(methods), "AuthLevel": str(level)}
        case TimerTrigger(schedule=schedule):
            facts = {"Schedule": schedule}
        case QueueTrigger(queue=queue, connection=connection):
            facts = {"Queue": queue, "Connection": connection}
    kind = type(function.trigger).__name__.removesuffix("Trigger")
    return {"Name": function.name, "Trigger": kind, "Disabled": function.disabled, **facts}
