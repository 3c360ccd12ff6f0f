"""Reading what the control plane was asked to do, and showing what it knows."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.directory import User
from sandbox.journal import Entry
from sandbox.world import World

PREFIX = "/_sandbox"

Answering = Callable[[Request], Awaitable[Response]]


class OrderError(ValueError):
    """An order that cannot be followed; its words say why."""


def control_table(table: Iterable[tuple[str, str, Answering]], under: str = "") -> list[Route]:
    """Return routes under the control plane's prefix from (method, path, answering) rows."""
    return [Route(PREFIX + under + path, answering, methods=[method]) for method, path, answering in table]


async def order(request: Request, known: frozenset[str] | None = None) -> dict[str, Any]:
    """Return the JSON object of an order; an empty body is an empty one, a field nobody knows is an OrderError."""
    body = await request.body()
    try:
        wanted = json.loads(body) if body else {}
    except json.JSONDecodeError as error:
        raise OrderError(f"not JSON: {error}") from error
    if not isinstance(wanted, dict):
        raise OrderError("a JSON object is expected")
    if known is not None and not set(wanted) <= known:
        raise OrderError(f"unknown: {', '.join(sorted(set(wanted) - known))}; known: {', '.join(sorted(known))}")
    return wanted


def person(world: World, wanted: Mapping[str, Any]) -> User:
    """Return the account an order names by Upn or Oid."""
    found = None
    if "Upn" in wanted:
        found = world.directory.user_by_upn(str(wanted["Upn"]))
    elif "Oid" in wanted:
        found = world.directory.user_by_oid(str(wanted["Oid"]))
    if found is None:
        raise HTTPException(404, f"no account with Upn {wanted.get('Upn')!r} or Oid {wanted.get('Oid')!r}")
    return found


def user_json(user: User) -> dict[str, Any]:
    """Return an account as the control plane shows it."""
    return {
        "Upn": user.upn,
        "Oid": user.oid,
        "TenantId": user.tenant_id,
        "DisplayName": user.display_name,
        "Personal": user.personal,
        "Licensed": user.licensed,
    }


def entry_json(entry: Entry) -> dict[str, Any]:
    """Return a journal entry as the control plane shows it."""
    return {
        "Seq": entry.seq,
        "AtUtc": entry.at.isoformat(),
        "Service": entry.service,
        "Method": entry.method,
        "Path": entry.path,
        "Query": entry.query,
        "Status": entry.status,
        "Actor": entry.actor,
        "Headers": entry.headers,
        "Summary": entry.summary,
        "Fault": entry.fault,
        "Facts": entry.facts,
        "RequestBody": entry.request_body.decode("utf-8", "replace"),
    }
