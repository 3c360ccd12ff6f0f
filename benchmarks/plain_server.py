"""The other end of the bare GET: a process that answers everything at once with the same few bytes."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

ANSWER = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{"value": "ok"}'


class PlainAnswers(asyncio.Protocol):
    """Answers each request that has arrived whole; those of a GET end with an empty line."""

    def __init__(self) -> None:
        self._received = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to answer."""
        self._transport = transport if isinstance(transport, asyncio.Transport) else None

    def data_received(self, data: bytes) -> None:
        """Answer what is complete."""
        self._received += data
        while b"\r\n\r\n" in self._received and self._transport is not None:
            _, _, self._received = self._received.partition(b"\r\n\r\n")
            self._transport.write(ANSWER)


async def serve(port_file: Path) -> None:
    """Listen on a free port, write it down, and answer until the process ends."""
    server = await asyncio.get_running_loop().create_server(PlainAnswers, "127.0.0.1", 0)
    fresh = port_file.with_suffix(".new")
    fresh.write_text(str(server.sockets[0].getsockname()[1]), encoding="ascii")
    fresh.replace(port_file)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
