"""Pages and the links between them."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from sandbox.graph.errors import GraphError
from sandbox.graph.wire.messages import GraphRequest


def page[Item](
    items: Sequence[Item], request: GraphRequest, *, top: int, habit: str
) -> tuple[Sequence[Item], str | None]:
    """Return one page and the link to the next, if there is one.

    The link says how far the caller has come, not what comes next: an item deleted between two pages makes the next
    page begin one later. It carries the query, never the headers. `habit` is "full", "short" (pages hold less than
    asked) or "empty" (the first page is empty).
    Source: Microsoft docs, concepts/paging: a page may be shorter than $top, or empty while a nextLink is present.
    """
    token = request.query.get("$skiptoken")
    skip = _position(token) if token is not None else _skip(request.query)
    if habit == "empty" and token is None and items[skip:]:
        return [], _link(request, skip)
    size = max(1, top // 2) if habit == "short" else top
    after = skip + size
    return items[skip:after], _link(request, after) if after < len(items) else None


def _link(request: GraphRequest, position: int) -> str:
    path = "/".join(quote(segment, safe="") for segment in request.segments)
    query = {name: value for name, value in request.query.items() if name not in ("$skip", "$skiptoken")}
    query["$skiptoken"] = _token(position)
    options = "&".join(f"{quote(name, safe='$')}={quote(value, safe='')}" for name, value in query.items())
    return f"{request.root}/{path}?{options}"


def _token(position: int) -> str:
    # Padded with text that means nothing, so that nobody reads or computes one.
    return base64.urlsafe_b64encode(json.dumps({"v": 2, "p": position, "c": "X'0'"}).encode()).decode().rstrip("=")


def _position(token: str) -> int:
    try:
        position = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))["p"]
    except (ValueError, KeyError, TypeError):
        position = None
    if not isinstance(position, int) or position < 0:
        raise GraphError(400, "ErrorInvalidUrlQuery", "The skip token is not valid.")
    return position


def _skip(query: Mapping[str, str]) -> int:
    text = query.get("$skip", "0")
    if not text.isdigit():
        raise GraphError(400, "ErrorInvalidUrlQuery", f"Invalid value '{text}' for $skip query option found.")
    return int(text)
