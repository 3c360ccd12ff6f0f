"""From a request to its answer: who asks, may they, is there room, and what does the address do."""

from __future__ import annotations

import asyncio
import uuid

from sandbox.directory import Grant
from sandbox.graph.access import authenticated, own_path, require_mailbox_of, require_scope
from sandbox.graph.batch.reading import is_batch
from sandbox.graph.batch.running import Batch
from sandbox.graph.errors import GraphError, error_body
from sandbox.graph.resources.call import Call
from sandbox.graph.resources.table import Resource, find
from sandbox.graph.store import GraphStore
from sandbox.graph.wire.messages import GraphAnswer, GraphRequest
from sandbox.graph.wire.preferences import read_preferences
from sandbox.journal import Entry
from sandbox.versions import doing


async def answered(store: GraphStore, request: GraphRequest, entry: Entry | None) -> GraphAnswer:
    """Return Graph's answer; a refusal is an answer too."""
    # Not from the world's seeded ids: what an event is called must not depend on how often somebody asked.
    request_id = request.request_id or str(uuid.uuid4())
    client_request_id = request.headers.get("client-request-id", "") or request_id
    try:
        answer = await _served(store, request, entry, request_id)
    except GraphError as error:
        at = store.world.clock.now()
        body = error_body(error, at=at, request_id=request_id, client_request_id=client_request_id)
        answer = GraphAnswer(status=error.status, body=body, headers=error.headers)
        if entry is not None:
            entry.summary = f"refused: {error.code}"
    answer.headers |= {"request-id": request_id, "client-request-id": client_request_id}
    return answer


async def _served(store: GraphStore, request: GraphRequest, entry: Entry | None, request_id: str) -> GraphAnswer:
    grant = authenticated(store.world, request.headers.get("authorization", ""))
    if is_batch(request):
        return await Batch(store, request, entry, actor=grant.user.upn, request_id=request_id, serve=answered).answer()
    segments = own_path(store.world, grant, request.segments)
    resource, ids = find(request.method, segments)
    require_scope(grant, resource.scopes)
    if not resource.is_outlook:
        return await _acted(store, request, entry, grant, resource, ids)
    require_mailbox_of(grant.user)
    with store.limits.admitted(grant.client_id, grant.user.oid):
        # The place stays taken for the latency; reading and writing in the middle is one step.
        half = store.limits.settings.latency.total_seconds() / 2
        await asyncio.sleep(half)
        answer = await _acted(store, request, entry, grant, resource, ids)
        await asyncio.sleep(half)
    return answer


async def _acted(
    store: GraphStore,
    request: GraphRequest,
    entry: Entry | None,
    grant: Grant,
    resource: Resource,
    ids: dict[str, str],
) -> GraphAnswer:
    every_zone = store.world.switches["graph.iana_zones"] == "all"
    call = Call(
        store=store,
        user=grant.user,
        client_id=grant.client_id,
        request=request,
        preferences=read_preferences(request.headers.get("prefer", ""), every_iana_zone=every_zone),
        ids=ids,
        in_default_calendar="calendar" in resource.path,
    )
    with doing("Program", request.headers.get("if-match")):
        acted = resource.act(call)
        # Only what has to ask somebody else first takes time.
        answer = acted if isinstance(acted, GraphAnswer) else await acted
    if entry is not None and call.summary:
        entry.summary = call.summary
    return answer
