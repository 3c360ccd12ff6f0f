"""Runs all simulators in one event loop, each on its own port."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from sandbox.certificates import Certificates, certificates
from sandbox.control.orders import PREFIX
from sandbox.control.plane import application as control_application
from sandbox.directory import CLIENT_ID
from sandbox.entra import identity
from sandbox.entra.routes import application as entra_application
from sandbox.entra.store import CLIENT_SECRET
from sandbox.graph.routes import application as graph_application
from sandbox.key_vault.routes import application as key_vault_application
from sandbox.middleware import DROP_CONNECTION
from sandbox.salesexec.routes import application as salesexec_application
from sandbox.salesexec.store import AUTH_TOKEN
from sandbox.world import World

HOST = "127.0.0.1"
BACKLOG = 512


class PortTakenError(Exception):
    """A port that was asked for by number is in use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Where each simulator listens; 0 is any free port."""

    graph: int = 0
    entra: int = 0
    vault: int = 0
    salesexec: int = 0
    control: int = 0


class DroppableProtocol(HttpToolsProtocol):
    """HTTP as uvicorn speaks it, with a way for a fault to cut the connection."""

    def on_message_begin(self) -> None:
        """Hand the request the means to end its connection without an answer."""
        super().on_message_begin()
        self.scope["state"][DROP_CONNECTION] = self.transport.abort

    def shutdown(self) -> None:
        """End an idle connection at once: over TLS, closing politely waits for a client that may never answer."""
        # uvicorn types the cycle as always there; before the first request there is none.
        if getattr(self.cycle, "response_complete", True):
            self.transport.abort()
        else:
            super().shutdown()


class QuietServer(uvicorn.Server):
    """A uvicorn server that leaves signals to whoever runs it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture nothing."""
        yield


class Sandbox:
    """The simulators of one world, bound to their ports from the beginning and serving between start and stop."""

    def __init__(self, *, state: Path, ports: Ports | None = None, seed: int = 0) -> None:
        self.world = World(seed)
        self.certificates = certificates(state / "certificates")
        self._sockets = bound_sockets(ports or Ports())
        self._servers: list[QuietServer] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin to serve, and return when every port answers."""
        for name, (application, over_tls) in applications(self.world, self.certificates).items():
            server = QuietServer(configuration(application, self.certificates if over_tls else None))
            self._servers.append(server)
            self._tasks.append(asyncio.create_task(server.serve(sockets=[self._sockets[name]]), name=name))
        while not all(server.started for server in self._servers):
            for task in self._tasks:
                if task.done():
                    task.result()
            await asyncio.sleep(0.01)

    async def stop(self) -> None:
        """Let held requests go, close every connection and return."""
        self.world.faults.reset()
        for server in self._servers:
            server.should_exit = True
        await asyncio.gather(*self._tasks)
        for server in self._servers:
            for connection in list(server.server_state.connections):
                connection.transport.abort()
        await asyncio.sleep(0.01)

    def addresses(self) -> dict[str, str]:
        """Return every address and secret that an app needs to use this sandbox."""
        at = {name: f"{HOST}:{bound.getsockname()[1]}" for name, bound in self._sockets.items()}
        return {
            "GraphBaseUrl": f"http://{at['graph']}/v1.0",
            "EntraAuthority": f"https://{at['entra']}/organizations",
            "ClientId": CLIENT_ID,
            "ClientSecret": CLIENT_SECRET,
            "KeyVaultUrl": f"https://{at['vault']}",
            "SalesExecApiUrl": f"http://{at['salesexec']}/api",
            "SalesExecAuthToken": AUTH_TOKEN,
            "IdentityEndpoint": f"http://{at['control']}{identity.PATH}",
            "IdentityHeader": identity.IDENTITY_HEADER,
            "IdentityClientId": identity.USER_ASSIGNED_CLIENT_ID,
            "ControlUrl": f"http://{at['control']}{PREFIX}",
            "PageUrl": f"http://{at['control']}/",
            "CaBundle": str(self.certificates.bundle.resolve()),
            "CaFile": str(self.certificates.authority.resolve()),
        }


def applications(world: World, made: Certificates) -> Mapping[str, tuple[Starlette, bool]]:
    """Return each port's application and whether it speaks TLS."""
    return {
        "graph": (graph_application(world), False),
        "entra": (entra_application(world), True),
        "vault": (key_vault_application(world), True),
        "salesexec": (salesexec_application(world), False),
        "control": (control_application(world, made.bundle), False),
    }


def bound_sockets(ports: Ports) -> dict[str, socket.socket]:
    """Bind every port, or none: a taken one is a PortTakenError that names it."""
    bound: dict[str, socket.socket] = {}
    with contextlib.ExitStack() as undo:
        for name in (field.name for field in fields(ports)):
            listener = undo.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP))
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            wanted: int = getattr(ports, name)
            try:
                listener.bind((HOST, wanted))
                listener.listen(BACKLOG)
            except OSError as error:
                if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                    raise
                raise PortTakenError(
                    f"port {wanted} for {name} is taken or not allowed; "
                    f"choose another with --{name}-port, or 0 for any free one"
                ) from error
            listener.setblocking(False)
            bound[name] = listener
        undo.pop_all()
    return bound


def configuration(application: Starlette, tls: Certificates | None) -> uvicorn.Config:
    """Return how uvicorn serves one simulator: quietly, over HTTP/1.1, and gone soon when told to stop."""
    return uvicorn.Config(
        application,
        http=DroppableProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        # The simulators say their own, simulated time.
        date_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=1,
        ssl_certfile=str(tls.server) if tls else None,
        backlog=BACKLOG,
    )
