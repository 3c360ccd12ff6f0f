"""What every simulator's requests pass through: the journal and the ordered faults."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.directory import bearer_token
from sandbox.faults import Fault, Struck
from sandbox.journal import LARGEST_KEPT_BODY, Entry
from sandbox.misleading import redirection, with_link
from sandbox.world import World

HEADERS_OF_INTEREST = (
    "client-request-id",
    "prefer",
    "if-match",
    "if-none-match",
    "content-type",
    "user-agent",
    "x-correlation-id",
)
# A server that drops connections must reach its transport; sandbox/server.py puts the way to it here.
DROP_CONNECTION = "drop_connection"

PlainError = Callable[[int, str | None], Response]
ActorOf = Callable[[World, Request, bytes], str]


def actor_of_bearer(world: World, request: Request, body: bytes) -> str:  # noqa: ARG001 - one shape for all services
    """Return the UPN of whose access token the request carries, or an empty text."""
    grant = world.directory.authenticate(bearer_token(request.headers.get("authorization", "")))
    return grant.user.upn if grant else ""


@dataclass(slots=True)
class Answer:
    """A simulator's answer, kept until it may leave."""

    messages: list[Message] = field(default_factory=list)

    async def keep(self, message: Message) -> None:
        """Stand in for ASGI's send."""
        self.messages.append(message)

    @property
    def status(self) -> int:
        """The answer's status."""
        return int(self.messages[0]["status"]) if self.messages else 500


class Recorded:
    """Wraps one simulator: `Middleware(Recorded, world=world, service="graph", plain_error=plain_error)`."""

    def __init__(
        self,
        app: ASGIApp,
        world: World,
        service: str,
        plain_error: PlainError,
        actor_of: ActorOf = actor_of_bearer,
        keep_bodies: bool = False,
    ) -> None:
        self._app = app
        self._world = world
        self._service = service
        self._plain_error = plain_error
        self._actor_of = actor_of
        self._keep_bodies = keep_bodies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Journal one request and let it suffer what was ordered for it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = await whole_body(receive)
        if body is None:
            return
        actor = self._actor_of(self._world, Request(scope), body)
        entry = self._entry(scope, actor, body)
        scope.setdefault("state", {})["entry"] = entry
        try:
            await self._serve(scope, body, entry, Conversation(scope, receive, send, self._world.clock.now))
        finally:
            self._world.journal.end(entry, actor=actor)

    def _entry(self, scope: Scope, actor: str, body: bytes) -> Entry:
        headers = Headers(scope=scope)
        entry = self._world.journal.begin(
            self._service,
            method=scope["method"],
            path=scope["path"],
            query=scope["query_string"].decode("latin-1"),
            actor=actor,
            headers={name: headers[name] for name in HEADERS_OF_INTEREST if name in headers},
        )
        if self._keep_bodies:
            entry.request_body = body[:LARGEST_KEPT_BODY]
        return entry

    async def _serve(self, scope: Scope, body: bytes, entry: Entry, conversation: Conversation) -> None:
        struck = self._world.faults.strike(self._service, scope["method"], scope["path"], entry.actor)
        with struck.engaging():
            await self._undergo(struck, scope, body, entry, conversation)

    async def _undergo(
        self, struck: Struck, scope: Scope, body: bytes, entry: Entry, conversation: Conversation
    ) -> None:
        for slow in struck.slowed_by:
            entry.fault = slow.kind
            await slow.hold.wait_at_most(slow.seconds)
        if struck.fault is None:
            await conversation.say(await self._answered(scope, body, entry))
            return
        entry.fault = "early" if struck.early else struck.fault.kind
        await self._suffer(struck, struck.fault, scope, body, entry, conversation)

    async def _suffer(
        self, struck: Struck, fault: Fault, scope: Scope, body: bytes, entry: Entry, conversation: Conversation
    ) -> None:
        match fault.kind:
            case "throttle" | "unavailable" | "refuse":
                status = 429 if fault.kind == "throttle" else fault.status
                await conversation.say(await self._failed(status, struck.retry_after, scope, entry))
            case "redirect" | "mislead":
                await conversation.say(await self._led_astray(fault, scope, body, entry))
            case "drop_before":
                await conversation.drop()
            case "drop_after":
                await self._answered(scope, body, entry)
                await conversation.drop()
            case "accept_then_fail":
                await self._answered(scope, body, entry)
                await conversation.say(await self._failed(fault.status, fault.retry_after, scope, entry))
            case "hold":
                if await conversation.lasts_until(fault.hold.wait()):
                    await conversation.say(await self._answered(scope, body, entry))
            case "hold_after":
                answer = await self._answered(scope, body, entry)
                if await conversation.lasts_until(fault.hold.wait()):
                    await conversation.say(answer)
            case _:
                raise ValueError(f"nobody knows what {fault.kind!r} does")

    async def _led_astray(self, fault: Fault, scope: Scope, body: bytes, entry: Entry) -> Answer:
        if fault.kind == "mislead":
            answer = await self._answered(scope, body, entry)
            return Answer(with_link(answer.messages, fault.link, fault.location))
        entry.status = fault.status
        return Answer(redirection(fault.status, fault.location))

    async def _answered(self, scope: Scope, body: bytes, entry: Entry) -> Answer:
        answer = Answer()
        try:
            await self._app(scope, said_once(body), answer.keep)
        except BaseException:
            entry.status = 500
            raise
        entry.status = answer.status
        return answer

    async def _failed(self, status: int, retry_after: str | None, scope: Scope, entry: Entry) -> Answer:
        answer = Answer()
        await self._plain_error(status, retry_after)(scope, said_once(b""), answer.keep)
        entry.status = status
        return answer


class Conversation:
    """The connection to one caller, after its request has been read."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, now: Callable[[], datetime]) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._now = now

    async def say(self, answer: Answer) -> None:
        """Send a kept answer; its `Date` is the simulated time, as are the dates that it may speak of."""
        date = (b"date", format_datetime(self._now(), usegmt=True).encode())
        for message in answer.messages:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), date]
            await self._send(message)

    async def drop(self) -> None:
        """Close the connection without a word, and return when it is closed."""
        self._scope["state"][DROP_CONNECTION]()
        await self._gone()

    async def lasts_until(self, moment: Awaitable[None]) -> bool:
        """Wait for a moment; false when the caller went away before it came."""
        waiting = asyncio.ensure_future(moment)
        gone = asyncio.ensure_future(self._gone())
        try:
            await asyncio.wait([waiting, gone], return_when=asyncio.FIRST_COMPLETED)
            return waiting.done()
        finally:
            for task in (waiting, gone):
                task.cancel()

    async def _gone(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            continue


async def whole_body(receive: Receive) -> bytes | None:
    """Read a request to its end; nothing when the caller went away in the middle."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


def said_once(body: bytes) -> Receive:
    """Return a receive that tells the body once and never anything after it."""
    messages: list[dict[str, Any]] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        if not messages:
            await asyncio.Event().wait()
        return messages.pop()

    return receive
