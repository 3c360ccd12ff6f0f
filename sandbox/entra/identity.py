"""The managed-identity endpoint of an App Service machine.

Source: Microsoft docs, app-service overview-managed-identity.
"""

from __future__ import annotations

from datetime import timedelta

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from sandbox.middleware import Recorded
from sandbox.world import World

PATH = "/msi/token"
IDENTITY_HEADER = "sandbox-identity-header"
SYSTEM_ASSIGNED_CLIENT_ID = "5a1e5e8e-0000-4000-8000-00000000a1d1"
USER_ASSIGNED_CLIENT_ID = "5a1e5e8e-0000-4000-8000-00000000a1d2"
AUDIENCES = ("https://vault.azure.net", "https://storage.azure.com")
# Source: Microsoft docs, managed identities: tokens live 24 hours.
LIFETIME = timedelta(hours=24)


def plain_error(status: int, retry_after: str | None) -> Response:
    """Return the platform's error body."""
    answer = refused(status, "The identity endpoint cannot answer now.")
    if retry_after is not None:
        answer.headers["Retry-After"] = retry_after
    return answer


def refused(status: int, words: str) -> Response:
    """Return an error as App Service writes it."""
    return JSONResponse({"statusCode": status, "message": words, "correlationId": None}, status_code=status)


def mount(world: World) -> Mount:
    """Return the endpoint, recorded as a service of its own."""
    endpoint = Identity(world)
    recorded = Middleware(Recorded, world=world, service="identity", plain_error=plain_error)
    return Mount("/msi", Starlette(routes=[Route("/token", endpoint.token, methods=["GET"])], middleware=[recorded]))


class Identity:
    """Tokens for whoever runs on this machine and knows its header."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def token(self, request: Request) -> Response:
        """Answer a request for a token of the machine's own identity."""
        query = request.query_params
        client_id = query.get("client_id", SYSTEM_ASSIGNED_CLIENT_ID)
        resource = query.get("resource", "")
        audience = resource.removesuffix("/.default").rstrip("/")
        if request.headers.get("x-identity-header") != IDENTITY_HEADER:
            return refused(401, "The X-IDENTITY-HEADER is missing or wrong.")
        if not query.get("api-version"):
            return refused(400, "The api-version parameter is required.")
        if audience not in AUDIENCES:
            return refused(400, f"The resource principal named {resource} was not found.")
        if client_id not in (SYSTEM_ASSIGNED_CLIENT_ID, USER_ASSIGNED_CLIENT_ID):
            return refused(400, "No MSI found for specified ClientId/ResourceId.")
        token = self._world.directory.issue_app_token(audience, client_id, LIFETIME)
        expires_at = self._world.clock.now() + LIFETIME
        request.state.entry.summary = f"the app's own token for {audience}"
        return JSONResponse(
            {
                "access_token": token,
                "client_id": client_id,
                "expires_on": str(int(expires_at.timestamp())),
                "not_before": str(int(self._world.clock.now().timestamp())),
                "resource": resource,
                "token_type": "Bearer",
            }
        )
