"""Several requests in one: JSON for Graph's `$batch`, and what came of each part. Pure.

The parts are in no order, none waits for another, and the answer as a whole says nothing of any of them.
Source: Microsoft docs, concepts/json-batching.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from requests.structures import CaseInsensitiveDict

from shared_code.adapters.graph.wire.payloads import BATCH, BATCH_PART, BatchPart, decoded
from shared_code.adapters.http import Answer

MOST_PARTS = 20
"""Parts that Graph takes at once. Source: Microsoft docs, concepts/json-batching."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One request of several, without a body of its own."""

    method: str
    path: str
    if_match: str | None = None


def batch_body(parts: Sequence[Part], prefer: str) -> dict[str, Any]:
    """Return the body that asks for the parts, numbered from 0; each needs headers of its own, `Prefer` included."""
    return {
        "requests": [
            {"id": str(number), "method": part.method, "url": part.path, "headers": _headers(part, prefer)}
            for number, part in enumerate(parts)
        ]
    }


def _headers(part: Part, prefer: str) -> dict[str, str]:
    headers = {"Prefer": prefer, "client-request-id": str(uuid.uuid4())}
    if part.if_match is not None:
        headers["If-Match"] = part.if_match
    return headers


def part_answers(answer: Answer, count: int) -> list[Answer | None]:
    """Return the answer to each part, in the order of the parts; None for one that was not answered intelligibly.

    NotJson or msgspec.ValidationError when the whole is not the answer to a batch.
    """
    found: dict[str, BatchPart] = {}
    for raw in decoded(BATCH, answer.content).responses:
        try:
            part = decoded(BATCH_PART, raw)
        except msgspec.ValidationError:
            continue
        found[part.id] = part
    return [_answer(found.get(str(number)), answer.headers) for number in range(count)]


def _answer(part: BatchPart | None, outer: Mapping[str, str]) -> Answer | None:
    """Return a part as an answer of its own; the time and the request id of the whole stand in for missing ones."""
    if part is None:
        return None
    shared = {name: outer[name] for name in ("Date", "request-id") if name in outer}
    headers = CaseInsensitiveDict(shared)
    headers.update({name: str(value) for name, value in (part.headers or {}).items()})
    return Answer(part.status, headers, bytes(part.body))
