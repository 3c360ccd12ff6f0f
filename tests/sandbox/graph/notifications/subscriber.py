"""Somebody who wants to be told of changes: an address that answers, and keeps what it is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.sandbox.graph.rep import Rep
from tests.waiting import until

NOTIFY, LIFECYCLE = "/notify", "/lifecycle"


@dataclass
class Subscriber:
    """What came to an address, and how it answers."""

    url: str
    # Replaces the repeated token, by path.
    says: dict[str, tuple[int, str, str]] = field(default_factory=dict)
    # Statuses of the next answers to notifications; 202 afterwards.
    statuses: list[int] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    posts: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def notices(self, *, lifecycle: bool = False) -> list[dict[str, Any]]:
        """Return every notification that came to one of the two addresses."""
        path = LIFECYCLE if lifecycle else NOTIFY
        return [notice for where, body in list(self.posts) if where == path for notice in body["value"]]

    def wait_for(self, count: int, *, lifecycle: bool = False) -> list[dict[str, Any]]:
        """Return the notifications as soon as there are so many."""
        return until(
            lambda: found if len(found := self.notices(lifecycle=lifecycle)) >= count else [],
            what=f"{count} notifications",
        )

    def kinds(self) -> list[str]:
        return [notice["changeType"] for notice in self.notices()]


@contextmanager
def subscriber() -> Iterator[Subscriber]:
    """Listen on a free port for as long as the block runs."""

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            parts = urlsplit(self.path)
            content = self.rfile.read(int(self.headers.get("content-length") or 0))
            tokens = parse_qs(parts.query).get("validationToken")
            if tokens:
                there.asked.append(self.path)
                self._answer(*there.says.get(parts.path, (200, "text/plain", tokens[0])))
                return
            there.posts.append((parts.path, json.loads(content)))
            self._answer(there.statuses.pop(0) if there.statuses else 202, "text/plain", "")

        def _answer(self, status: int, kind: str, text: str) -> None:
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name http.server gives it
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    there = Subscriber(url=f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield there
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def later(rep: Rep, **lapse: float) -> str:
    """Return an instant so long from now, as Graph writes it."""
    return (rep.world.clock.now() + timedelta(**lapse)).strftime("%Y-%m-%dT%H:%M:%S.%f0Z")


def wanted(rep: Rep, there: Subscriber, **properties: Any) -> dict[str, Any]:
    """Return the body of a POST that subscribes; a property that is None is left out."""
    body = {
        "changeType": "created,updated,deleted",
        "resource": "me/events",
        "notificationUrl": there.url + NOTIFY,
        "lifecycleNotificationUrl": there.url + LIFECYCLE,
        "expirationDateTime": later(rep, days=2),
        "clientState": "secret",
        **properties,
    }
    return {name: value for name, value in body.items() if value is not None}


def subscribe(rep: Rep, there: Subscriber, *, prefer: str = "", **properties: Any) -> dict[str, Any]:
    """Subscribe and return what Graph says of it."""
    return rep.post("/subscriptions", wanted(rep, there, **properties), prefer=prefer)
