"""A request to Graph and its answer, free of HTTP, so that one part of a batch is the same thing as a whole request."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from sandbox.graph.errors import bad_request

VERSION = "v1.0"
JSON_CONTENT = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphRequest:
    """One request: where, with which options, preferences and body."""

    method: str
    # Scheme, host and version: what links in answers begin with.
    root: str
    segments: tuple[str, ...]
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    # Whether it came inside a batch; and the request-id that its errors name, if that is already given.
    in_batch: bool = False
    request_id: str = ""

    def json(self) -> dict[str, Any]:
        """Return the body's JSON object, or refuse."""
        if not self.body.strip():
            raise bad_request("Empty Payload. JSON content expected.")
        try:
            value = json.loads(self.body)
        except ValueError:
            value = None
        if not isinstance(value, dict) or "json" not in self.headers.get("content-type", "").lower():
            raise bad_request(
                "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of "
                "valid JSON format."
            )
        return value


@dataclass(slots=True, kw_only=True)
class GraphAnswer:
    """One answer; without a body it has no content."""

    status: int
    body: dict[str, Any] | None = None
    headers: dict[str, str] = field(default_factory=dict)


def path_segments(raw_path: str) -> tuple[str, ...]:
    """Split an undecoded path into decoded segments, with `events('id')` read as `events/id`.

    Safety: a slash inside an id arrives as %2F; decoding first would cut the id in two.
    """
    segments: list[str] = []
    for part in raw_path.strip("/").split("/"):
        name, bracket, key = unquote(part).partition("('")
        segments.append(name)
        if bracket and key.endswith("')"):
            segments.append(key[:-2].replace("''", "'"))
    return tuple(segments)
