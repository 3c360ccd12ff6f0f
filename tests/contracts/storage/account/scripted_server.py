"""A server that answers as it was told, for what Azurite never says: busy, down, broken off."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer; a status of 0 breaks the connection off after the request was read."""

    status: int
    code: str = ""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Script:
    """What is to be answered, in order; the last answer again and again. And what was asked."""

    port: int
    answers: deque[Answer] = field(default_factory=deque)
    asked: list[str] = field(default_factory=list)

    def next(self) -> Answer:
        """Return the next answer."""
        return self.answers.popleft() if len(self.answers) > 1 else self.answers[0]

    @property
    def connection_string(self) -> str:
        """Return how a storage client reaches this server."""
        address = f"http://127.0.0.1:{self.port}/account"
        return f"AccountName=account;AccountKey=a2V5;TableEndpoint={address};QueueEndpoint={address}"


@contextmanager
def scripted_server(*answers: Answer) -> Iterator[Script]:
    """Run a server for the length of the block."""
    script = Script(0, deque(answers))

    class Scripted(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            self.rfile.read(length)
            script.asked.append(f"{self.command} {self.path}")
            answer = script.next()
            if answer.status == 0:
                self.close_connection = True
                self.connection.close()
                return
            body = f'{{"odata.error":{{"code":"{answer.code}","message":{{"value":"secret"}}}}}}'.encode()
            self.send_response(answer.status)
            for name, value in {"Content-Type": "application/json", **answer.headers}.items():
                self.send_header(name, value)
            self.send_header("x-ms-error-code", answer.code)
            self.send_header("x-ms-request-id", "request-7")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_PUT = do_POST = do_PATCH = do_DELETE = do_MERGE = _answer  # noqa: N815 - http.server's own names

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - http.server's own name
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Scripted)
    script.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield script
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
