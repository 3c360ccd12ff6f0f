"""Answers that lead a caller astray: redirects, and links that point elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterable

from starlette.types import Message

REDIRECT_STATUSES = (301, 302, 303, 307, 308)
# A page of Graph's has one of these, never both.
_LINKS = {"@odata.nextLink", "@odata.deltaLink"}


def redirection(status: int, location: str) -> list[Message]:
    """Return the answer that sends a caller to another address."""
    headers = [(b"location", location.encode("latin-1", "replace")), (b"content-length", b"0")]
    return [
        {"type": "http.response.start", "status": status, "headers": headers},
        {"type": "http.response.body", "body": b""},
    ]


def with_link(messages: Iterable[Message], link: str, location: str) -> list[Message]:
    """Return an answer with one of its links leading elsewhere; an answer that is no JSON object stays as it is."""
    start, *rest = messages
    try:
        said = json.loads(b"".join(message.get("body", b"") for message in rest))
    except ValueError:
        return [start, *rest]
    if not isinstance(said, dict):
        return [start, *rest]
    kept = {name: value for name, value in said.items() if not (link in _LINKS and name in _LINKS)}
    body = json.dumps({**kept, link: location}).encode()
    headers = [(name, value) for name, value in start.get("headers", ()) if name.lower() != b"content-length"]
    headers.append((b"content-length", str(len(body)).encode()))
    return [{**start, "headers": headers}, {"type": "http.response.body", "body": body}]
