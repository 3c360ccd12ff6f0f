"""Entra's endpoints: discovery, keys, sign-in page, tokens."""

from __future__ import annotations

from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.entra.authorize import SignIn
from sandbox.entra.errors import EntraError, plain_error, token_error
from sandbox.entra.redeeming import Redeeming
from sandbox.entra.store import Registry
from sandbox.middleware import Recorded
from sandbox.world import World


def application(world: World) -> Starlette:
    """Return Entra for a world."""
    registry = world.store(Registry)
    entra = Entra(registry)
    sign_in = SignIn(world, registry)
    redeeming = Redeeming(world, registry)
    routes = [
        Route("/{tenant}/v2.0/.well-known/openid-configuration", entra.discovery, methods=["GET"]),
        Route("/{tenant}/discovery/v2.0/keys", entra.keys, methods=["GET"]),
        Route("/{tenant}/oauth2/v2.0/authorize", sign_in.show, methods=["GET"]),
        Route("/{tenant}/oauth2/v2.0/authorize", sign_in.answer, methods=["POST"]),
        Route("/{tenant}/oauth2/v2.0/token", redeeming.token, methods=["POST"]),
    ]
    recorded = Middleware(Recorded, world=world, service="entra", plain_error=plain_error, actor_of=actor_of_grant)
    return Starlette(routes=routes, middleware=[recorded], exception_handlers={EntraError: entra_error})


def actor_of_grant(world: World, request: Request, body: bytes) -> str:
    """Return the UPN of the person whose code, refresh token or sign-in a request is about."""
    if request.method != "POST":
        return request.query_params.get("login_hint", "")
    form = {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
    user = world.store(Registry).whose(form.get("code") or form.get("refresh_token") or "")
    return user.upn if user else form.get("account", "")


async def entra_error(request: Request, error: Exception) -> Response:
    """Answer with Entra's own error body."""
    if not isinstance(error, EntraError):
        raise error
    request.state.entry.summary = f"refused: {error}"
    return token_error(error)


class Entra:
    """The documents that say where everything is."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    async def discovery(self, request: Request) -> Response:
        """Return the OpenID Connect configuration of a tenant or of a group of tenants."""
        tenant = request.path_params["tenant"]
        self._registry.check_tenant(tenant)
        host = f"https://{request.headers['host']}"
        # Quirk: for tenants in general the issuer holds a placeholder, to be compared after putting in the token's tid.
        # Source: Microsoft docs, entra access-tokens, "multitenant applications".
        issuer_tenant = "{tenantid}" if tenant in ("organizations", "common") else tenant
        return JSONResponse(
            {
                "issuer": f"{host}/{issuer_tenant}/v2.0",
                "authorization_endpoint": f"{host}/{tenant}/oauth2/v2.0/authorize",
                "token_endpoint": f"{host}/{tenant}/oauth2/v2.0/token",
                "jwks_uri": f"{host}/{tenant}/discovery/v2.0/keys",
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
                "response_modes_supported": ["query", "fragment", "form_post"],
                "response_types_supported": ["code"],
                "subject_types_supported": ["pairwise"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "scopes_supported": ["openid", "profile", "email", "offline_access"],
                "request_uri_parameter_supported": False,
                "tenant_region_scope": None,
                "cloud_instance_name": "sandbox",
            }
        )

    async def keys(self, request: Request) -> Response:
        """Return the keys that id tokens are signed with."""
        self._registry.check_tenant(request.path_params["tenant"])
        return JSONResponse({"keys": [self._registry.key.as_jwk()]})
