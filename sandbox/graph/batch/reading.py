"""Reading a batch: its parts, and what is wrong with it as a whole.

Source: Microsoft docs, concepts/json-batching, concepts/known-issues; the words of refusals are what integrators met.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.graph.errors import GraphError, bad_request
from sandbox.graph.wire.messages import GraphRequest

SEGMENT = "$batch"
MOST_PARTS = 20
METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE")
WRITES = ("POST", "PATCH", "PUT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One request of a batch."""

    id: str
    method: str
    # Undecoded, with one slash before it.
    path: str
    query: str
    # By lower-case name.
    headers: Mapping[str, str]
    body: bytes
    depends_on: tuple[str, ...]


def is_batch(request: GraphRequest) -> bool:
    """Say whether a request is a batch; there are none inside of batches."""
    if [segment.lower() for segment in request.segments] != [SEGMENT] or request.in_batch:
        return False
    if request.method != "POST":
        words = "Specified HTTP method is not allowed for the request target."
        raise GraphError(405, "BadRequest", words, headers={"Allow": "POST"})
    return True


def read_batch(given: Mapping[str, Any]) -> tuple[Part, ...]:
    """Return the parts of a batch, or refuse it as a whole."""
    requests = given.get("requests")
    if not isinstance(requests, list) or not requests:
        raise _malformed()
    if len(requests) > MOST_PARTS:
        words = f"Number of batch request steps exceeds the maximum value of {MOST_PARTS}."
        raise GraphError(400, "MaximumValueExceeded", words)
    parts = tuple(_part(one) for one in requests)
    seen: set[str] = set()
    for part in parts:
        # Quirk: ids count in any case; two Outlook ids that differ by case are one.
        # Source: developer report msgraph-sdk-java#559.
        if part.id.lower() in seen:
            raise bad_request(f"Request Id {part.id} has to be unique in a batch.")
        seen.add(part.id.lower())
    return parts


def run_one_by_one(parts: Sequence[Part], *, same_is_served: bool) -> bool:
    """Say whether the parts run one after the other, or refuse their dependencies.

    A batch is fully parallel, or each part depends on the one before it. That all may also depend on the same one
    stands in concepts/known-issues and not in concepts/json-batching.
    """
    dependent = [part for part in parts if part.depends_on]
    if not dependent:
        return False
    ids = [part.id.lower() for part in parts]
    for part in dependent:
        wanted = [one.lower() for one in part.depends_on]
        if len(wanted) != 1 or wanted[0] not in ids[: ids.index(part.id.lower())]:
            raise _dependencies()
    serial = all(part.depends_on[0].lower() == before for part, before in zip(dependent, ids, strict=False))
    if serial and len(dependent) == len(parts) - 1 and not parts[0].depends_on:
        return True
    if same_is_served and len({part.depends_on[0].lower() for part in dependent}) == 1:
        return True
    raise _dependencies()


def _part(given: Any) -> Part:
    if not isinstance(given, dict):
        raise _malformed()
    part_id, method, url = given.get("id"), given.get("method"), given.get("url")
    if not isinstance(part_id, str) or not part_id or not isinstance(url, str) or not isinstance(method, str):
        raise _malformed()
    if method.upper() not in METHODS or not url.strip("/") or "://" in url.partition("?")[0]:
        raise _malformed()
    headers = _headers(given.get("headers") or {})
    _check_body(part_id, method.upper(), headers, given.get("body"))
    path, _, query = url.partition("?")
    return Part(
        id=part_id,
        method=method.upper(),
        path="/" + path.lstrip("/"),
        query=query,
        headers=headers,
        body=b"" if given.get("body") is None else json.dumps(given["body"]).encode(),
        depends_on=_depends_on(given.get("dependsOn") or []),
    )


def _headers(given: Any) -> dict[str, str]:
    if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
        raise _malformed()
    return {name.lower(): value for name, value in given.items()}


def _check_body(part_id: str, method: str, headers: Mapping[str, str], body: Any) -> None:
    """Refuse a write without a body, and a body without its type.

    Source: developer reports msgraph-sdk-dotnet#2628, Softeria/ms-365-mcp-server#677.
    """
    if (method in WRITES or body is not None) and "content-type" not in headers:
        raise bad_request(f"Write request with id '{part_id}' does not contain a Content-Type header.")
    if method in WRITES and body is None:
        raise bad_request(f"Write request id : {part_id} does not contain Content-Type header or body.")


def _depends_on(given: Any) -> tuple[str, ...]:
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        raise _malformed()
    return tuple(given)


def _malformed() -> GraphError:
    return bad_request("Invalid batch payload format.")


def _dependencies() -> GraphError:
    return bad_request("Invalid batch payload format: the requests must be fully sequential or fully parallel.")
