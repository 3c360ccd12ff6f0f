"""A request that cannot be right, and what it must be answered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

HOLE = "\N{OBJECT REPLACEMENT CHARACTER}"
"""Stands in a body where raw text is put in later, since no JSON writer would write it."""

BODY = frozenset({""})
"""The pointer to a body as a whole, which is no JSON or no object."""


@dataclass(frozen=True)
class Call:
    """One request; `points_at` holds the pointers that a 400 names, and None leaves them open."""

    what: str
    method: str
    path: str
    function: str
    content: bytes | None = None
    headers: Mapping[str, str | bytes] = field(default_factory=dict)
    status: int = 400
    points_at: frozenset[str] | None = None


@dataclass(frozen=True)
class Route:
    """A route that takes a JSON body: how it is called, and a body that would be right."""

    name: str
    method: str
    path: str
    function: str
    body: Mapping[str, Any]

    def call(self, what: str, content: bytes, points_at: frozenset[str] | None, **how: Any) -> Call:
        """Return a call of this route with a body."""
        return Call(f"{self.name}: {what}", self.method, self.path, self.function, content, points_at=points_at, **how)


def with_raw(body: Mapping[str, Any], raw: str) -> bytes:
    """Return a body as JSON with raw text where its hole is."""
    return json.dumps(body).replace(json.dumps(HOLE), raw).encode("utf-8", "surrogatepass")
