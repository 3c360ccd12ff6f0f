"""Graph over HTTP: requests in, answers out."""

from __future__ import annotations

import json
import uuid

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.graph.control.orders import control_routes
from sandbox.graph.errors import GraphError, bad_request, error_body, plain_error
from sandbox.graph.queries.options import query_of
from sandbox.graph.serving import answered
from sandbox.graph.store import GraphStore
from sandbox.graph.wire.messages import JSON_CONTENT, VERSION, GraphAnswer, GraphRequest, path_segments
from sandbox.middleware import Recorded
from sandbox.world import World

__all__ = ["application", "control_routes"]

METHODS = ["GET", "POST", "PATCH", "PUT", "DELETE"]


def application(world: World) -> Starlette:
    """Return Graph, for a server to serve."""
    store = world.store(GraphStore)

    async def endpoint(request: Request) -> Response:
        try:
            graph_request = await _graph_request(store, request)
        except GraphError as error:
            request_id = str(uuid.uuid4())
            body = error_body(error, at=world.clock.now(), request_id=request_id, client_request_id=request_id)
            return _response(GraphAnswer(status=error.status, body=body, headers={"request-id": request_id}))
        return _response(await answered(store, graph_request, getattr(request.state, "entry", None)))

    recorded = Middleware(Recorded, world=world, service="graph", plain_error=plain_error)
    return Starlette(routes=[Route("/{path:path}", endpoint, methods=METHODS)], middleware=[recorded])


async def _graph_request(store: GraphStore, request: Request) -> GraphRequest:
    segments = path_segments(request.scope["raw_path"].decode("latin-1").partition("?")[0])
    if segments[0].lower() != VERSION:
        raise bad_request("Invalid version.")
    plus_is_space = store.world.switches["graph.plus_in_query"] == "space"
    headers: dict[str, str] = {}
    for name, value in request.headers.items():
        # Several headers of one name are one list (RFC 9110, section 5.3).
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return GraphRequest(
        method=request.method,
        root=f"{request.url.scheme}://{request.url.netloc}/{VERSION}",
        segments=segments[1:],
        query=query_of(request.scope["query_string"].decode("latin-1"), plus_is_space=plus_is_space),
        headers=headers,
        body=await request.body(),
    )


def _response(answer: GraphAnswer) -> Response:
    headers = {"Cache-Control": "private", **answer.headers}
    if answer.body is None:
        return Response(status_code=answer.status, headers=headers)
    # Half a surrogate pair is valid JSON and no valid UTF-8.
    content = json.dumps(answer.body, ensure_ascii=False).encode("utf-8", "replace")
    return Response(content, status_code=answer.status, headers={**headers, "Content-Type": JSON_CONTENT})
