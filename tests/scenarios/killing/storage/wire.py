"""HTTP as it comes over a connection, whole messages at a time, passed on byte for byte."""

from __future__ import annotations

import asyncio
import base64
import binascii
from dataclasses import dataclass

END_OF_HEAD = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Message:
    """One HTTP request or response, as it came."""

    head: bytes
    body: bytes

    @property
    def first_line(self) -> list[str]:
        """The three parts of the first line."""
        return self.head.split(b"\r\n", 1)[0].decode("latin-1").split(" ", 2)

    @property
    def plain_body(self) -> str:
        """The body without the marks of its chunks, near enough to look for names in it."""
        return self.body.decode("utf-8", "replace")


async def exchanged(request: Message, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Message:
    """Pass a request on and return the answer."""
    writer.write(request.head + request.body)
    answer = await read_message(reader, to=request.first_line[0])
    if answer is None:
        raise ConnectionError("the emulator said nothing")
    return answer


async def said(answer: Message, writer: asyncio.StreamWriter) -> None:
    """Pass an answer back."""
    writer.write(answer.head + answer.body)
    await writer.drain()


def plain_text(text: str) -> str:
    """Return a message's text, decoded where it is base64."""
    try:
        return base64.b64decode(text, validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return text


async def read_message(reader: asyncio.StreamReader, to: str = "") -> Message | None:
    """Read one request, or the answer to a method; None when the other side has closed the connection."""
    try:
        head = await reader.readuntil(END_OF_HEAD)
    except asyncio.IncompleteReadError:
        return None
    headers = {
        name.strip().lower(): value.strip().lower()
        for name, _, value in (line.partition(":") for line in head.decode("latin-1").split("\r\n")[1:])
    }
    status = head.split(b" ", 2)[1] if to else b""
    if to == "HEAD" or status in (b"204", b"304"):
        return Message(head, b"")
    if "chunked" in headers.get("transfer-encoding", ""):
        return Message(head, await _chunks(reader))
    return Message(head, await reader.readexactly(int(headers.get("content-length") or 0)))


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    parts = []
    while True:
        line = await reader.readuntil(b"\r\n")
        parts.append(line)
        size = int(line.partition(b";")[0], 16)
        parts.append(await reader.readexactly(size + 2))
        if not size:
            return b"".join(parts)
