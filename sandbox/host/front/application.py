"""The host's HTTP front: keys and limits are checked here, then the function is called."""

from __future__ import annotations

import asyncio

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.types import Message, Receive, Scope, Send

from sandbox.host.configuration import HostOptions
from sandbox.host.front.admin import Admin
from sandbox.host.front.conversion import raw_path, to_response, to_rpc
from sandbox.host.front.key_pages import KeyPages
from sandbox.host.front.keys import Keys, given_key
from sandbox.host.front.routes import Match, Routes
from sandbox.host.worker.functions import AuthLevel
from sandbox.host.worker.invocations import Invocations


class Front:
    """Answers every request that is not the host's own."""

    def __init__(self, *, routes: Routes, keys: Keys, invocations: Invocations, options: HostOptions) -> None:
        self._routes = routes
        self._keys = keys
        self._invocations = invocations
        self._options = options
        self._outstanding = 0
        concurrent = options.max_concurrent_requests
        self._turns = asyncio.Semaphore(concurrent if concurrent > 0 else 1_000_000)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        limit = self._options.max_outstanding_requests
        if limit > 0 and self._outstanding >= limit:
            await Response(status_code=429)(scope, receive, send)
            return
        self._outstanding += 1
        try:
            response = await self._respond(request)
        finally:
            self._outstanding -= 1
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        match = self._routes.find(request.method, raw_path(request))
        if match is None:
            return await _unrouted(request)
        level = match.trigger.auth_level
        if not self._keys.allows(level, given_key(request), match.function.name):
            return Response(status_code=401)
        if match.function.disabled and not self._keys.allows(AuthLevel.ADMIN, given_key(request), None):
            return Response(status_code=404)
        body = await self._body(request)
        return Response(status_code=413) if body is None else await self._invoke(match, request, body)

    async def _body(self, request: Request) -> bytes | None:
        """Return the body, or None if it is too long.

        Quirk: a body without Content-Length is read but never reaches a Python function.
        Source: azure-functions-host, ToRpcHttp ("request.ContentLength > 0").
        """
        counted = "content-length" in request.headers
        if counted and int(request.headers["content-length"]) > self._options.body_limit:
            return None
        pieces, total = [], 0
        async for piece in request.stream():
            total += len(piece)
            if total > self._options.body_limit:
                return None
            pieces.append(piece if counted else b"")
        return b"".join(pieces)

    async def _invoke(self, match: Match, request: Request, body: bytes) -> Response:
        """Call the function; what it raises becomes an empty 500, and its traceback is in the log."""
        async with self._turns:
            result = await self._invocations.run(
                match.function,
                to_rpc(request, match.values, body),
                because=f"{request.method} {request.url.path}",
                traceparent=request.headers.get("traceparent", ""),
            )
        return Response(status_code=500) if result.failure else to_response(result.value)


async def _unrouted(request: Request) -> Response:
    async for _ in request.stream():
        pass
    if request.url.path == "/":
        return PlainTextResponse("The local Functions host is up.\n")
    return Response(status_code=404)


class FrontEnd:
    """Stands for Azure's load balancer, which waits 230 seconds for an answer and no longer."""

    def __init__(self, inner: Front, seconds: float) -> None:
        self._inner = inner
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and give up when the answer has not begun in time; the function runs on."""
        begun, given_up = asyncio.Event(), asyncio.Event()

        async def pass_on(message: Message) -> None:
            begun.set()
            if not given_up.is_set():
                await send(message)

        work = asyncio.ensure_future(self._inner(scope, receive, pass_on))
        await asyncio.wait([work], timeout=self._seconds)
        if begun.is_set() or work.done():
            await work
            return
        given_up.set()
        await Response(status_code=504)(scope, receive, send)


def application(front: Front, admin: Admin, key_pages: KeyPages, front_end_seconds: float) -> Starlette:
    """Return the host as an ASGI application."""
    return Starlette(
        routes=[
            Route("/admin/host/status", admin.status, methods=["GET"]),
            Route("/admin/functions/{name}", admin.start, methods=["POST"]),
            Route("/admin/functions/{name}/keys", key_pages.list, methods=["GET"]),
            Route("/admin/functions/{name}/keys/{key}", key_pages.change, methods=["PUT", "POST", "DELETE"]),
            Route("/_host/clock", admin.clock, methods=["GET"]),
            Mount("/", FrontEnd(front, front_end_seconds)),
        ]
    )
