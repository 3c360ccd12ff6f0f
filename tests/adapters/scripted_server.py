"""A server on this machine that gives prepared answers and remembers what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Asked:
    """One request."""

    method: str
    path: str
    headers: Mapping[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.content)


@dataclass(frozen=True)
class Reply:
    """One prepared answer; `drops` closes the connection instead."""

    status: int = 200
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)
    drops: bool = False
    raw: bytes | None = None
    waits_for: threading.Event | None = None


class ScriptedServer:
    """Answers in the order of its replies, the last one for ever."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.replies: list[Reply] = [Reply()]
        self.asked: list[Asked] = []

    def next_reply(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a client that hung up, which is what some tests are about."""


@contextmanager
def scripted_server() -> Iterator[ScriptedServer]:
    """Run a scripted server on a free port."""
    server = _Server(("127.0.0.1", 0), BaseHTTPRequestHandler)
    script = ScriptedServer(f"http://127.0.0.1:{server.server_port}")
    server.RequestHandlerClass = _answering(script.next_reply)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield script
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


def _answering(reply_to: Callable[[Asked], Reply]) -> type[BaseHTTPRequestHandler]:
    class Answering(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            reply = reply_to(Asked(self.command, self.path, dict(self.headers), content))
            if reply.waits_for is not None:
                reply.waits_for.wait(20)
            if reply.drops:
                self.close_connection = True
                return
            body = reply.raw if reply.raw is not None else json.dumps(reply.body).encode()
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PATCH = do_DELETE = _answer  # noqa: N815 - names of http.server

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    return Answering
