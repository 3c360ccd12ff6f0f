"""Parts of batches, and sending them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.sandbox.graph.rep import Rep

JSON = {"Content-Type": "application/json"}


def part(name: str, method: str, url: str, body: Any = None, **more: Any) -> dict[str, Any]:
    """Return one request of a batch."""
    written: dict[str, Any] = {"id": name, "method": method, "url": url}
    if body is not None:
        written |= {"body": body, "headers": JSON}
    return written | more


def reads(count: int) -> list[dict[str, Any]]:
    return [part(str(number), "GET", "/me/events") for number in range(count)]


def run(rep: Rep, *parts: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Send a batch and return what was said of each part."""
    answer = rep.post("/$batch", {"requests": list(parts)}, status=200)
    said = {one["id"]: one for one in answer["responses"]}
    assert len(said) == len(answer["responses"]) == len(parts)
    return said


def statuses(said: Mapping[str, dict[str, Any]]) -> dict[str, int]:
    return {name: one["status"] for name, one in said.items()}
