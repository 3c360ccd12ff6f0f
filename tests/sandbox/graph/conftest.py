"""Graph on a real port, emptied before every test."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
import requests
import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException

from sandbox.control.plane import refused
from sandbox.graph.routes import application, control_routes
from sandbox.graph.store import GraphStore
from sandbox.world import World
from tests.sandbox.graph.rep import Ports, Rep


@pytest.fixture(name="house", scope="session")
def served_house() -> Iterator[tuple[World, Ports]]:
    world = World()
    sockets = [_bound() for _ in range(2)]
    control = Starlette(routes=control_routes(world), exception_handlers={ValueError: refused, HTTPException: refused})
    apps = [application(world), control]
    servers = [
        uvicorn.Server(uvicorn.Config(app, lifespan="off", ws="none", log_config=None, access_log=False))
        for app in apps
    ]
    loop = asyncio.new_event_loop()
    ready = threading.Event()

    async def serve() -> None:
        tasks = [loop.create_task(server.serve(sockets=[one])) for server, one in zip(servers, sockets, strict=True)]
        while not all(server.started for server in servers):
            await asyncio.sleep(0.01)
        ready.set()
        await asyncio.gather(*tasks)

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert ready.wait(timeout=30)
    addresses = [f"http://127.0.0.1:{one.getsockname()[1]}" for one in sockets]
    yield world, Ports(graph=addresses[0], control=addresses[1])
    for server in servers:
        server.should_exit = True
    thread.join(timeout=30)
    loop.close()
    for one in sockets:
        one.close()


@pytest.fixture(name="ports")
def ports_of_the_house(house: tuple[World, Ports]) -> Ports:
    return house[1]


@pytest.fixture(name="world")
def empty_world(house: tuple[World, Ports]) -> World:
    world, _ = house
    world.reset()
    # Only the tests of the limits need requests that last.
    world.store(GraphStore).limits.settings.latency = timedelta()
    return world


@pytest.fixture(name="session")
def http_session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        yield session


@pytest.fixture(name="rep")
def rep_with_a_mailbox(world: World, ports: Ports, session: requests.Session) -> Rep:
    user = world.directory.add_user(upn="dana@contoso.example", display_name="Dana Swope")
    return Rep(world, ports, session, user)


def _bound() -> socket.socket:
    # Named by its protocol, or asyncio leaves Nagle's algorithm on and every answer waits 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen(128)
    listener.setblocking(False)
    return listener
