"""A calendar sync that only listens: it keeps what SalesExec sends and answers as it is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Listening:
    """What came in, and the answers that are to be given, the last one for ever."""

    url: str
    answers: list[tuple[int, dict[str, Any]]]
    received: list[tuple[str, str, str, Any]] = field(default_factory=list)

    def next_answer(self) -> tuple[int, dict[str, Any]]:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def listening(*answers: tuple[int, dict[str, Any]]) -> Iterator[Listening]:
    """Listen on a free port for as long as the block runs."""

    class Receiver(BaseHTTPRequestHandler):
        def _receive(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            sync.received.append((self.command, self.path, self.headers.get("x-functions-key", ""), body))
            status, answer = sync.next_answer()
            content = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_PUT = do_DELETE = do_POST = _receive  # noqa: N815 - the names http.server calls

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name http.server gives it
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    sync = Listening(url=f"http://127.0.0.1:{server.server_port}", answers=list(answers))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield sync
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
