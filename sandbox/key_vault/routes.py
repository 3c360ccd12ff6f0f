"""Key Vault's REST interface for secrets. Source: Microsoft docs, rest keyvault secrets."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.directory import TENANT_ID, bearer_token
from sandbox.entra.identity import SYSTEM_ASSIGNED_CLIENT_ID, USER_ASSIGNED_CLIENT_ID
from sandbox.key_vault.bodies import deleted_bundle, deleted_item, item, page, secret_bundle, version_item, written_from
from sandbox.key_vault.errors import VaultError, bad_parameter, error_answer, forbidden, plain_error
from sandbox.key_vault.store import Vault, Vaults
from sandbox.middleware import Recorded
from sandbox.world import World

AUDIENCE = "https://vault.azure.net"
API_VERSION = re.compile(r"(7\.\d|\d{4}-\d{2}-\d{2})(-preview\.\d)?")

Answering = Callable[[Request, Vault], Awaitable[Response]]


def application(world: World) -> Starlette:
    """Return Key Vault for a world."""
    recorded = Middleware(Recorded, world=world, service="vault", plain_error=plain_error, actor_of=actor_of_app)
    return Starlette(
        routes=KeyVault(world).routes(), middleware=[recorded], exception_handlers={VaultError: vault_error}
    )


def actor_of_app(world: World, request: Request, body: bytes) -> str:  # noqa: ARG001 - one shape for all services
    """Return the client id of the identity that calls."""
    grant = world.directory.authenticate_app(bearer_token(request.headers.get("authorization", "")))
    return grant.client_id if grant else ""


async def vault_error(request: Request, error: Exception) -> Response:
    """Answer with the vault's own error body."""
    if not isinstance(error, VaultError):
        raise error
    request.state.entry.summary = f"refused: {error.inner or error.code}"
    return error_answer(error)


class KeyVault:
    """The secrets of all vaults, for identities that may use them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._vaults = world.store(Vaults)

    def routes(self) -> list[Route]:
        """Return every route of the interface."""
        name, version = "/secrets/{name}", "/secrets/{name}/{version}"
        table: list[tuple[str, str, Answering]] = [
            ("GET", "/secrets", self.list_secrets),
            ("PUT", name, self.set),
            ("GET", name, self.get),
            ("PATCH", name, self.update),
            ("DELETE", name, self.delete),
            ("GET", name + "/versions", self.list_versions),
            ("GET", name + "/", self.get),
            ("PATCH", name + "/", self.update),
            ("GET", version, self.get),
            ("PATCH", version, self.update),
            ("GET", "/deletedsecrets", self.list_deleted),
            ("GET", "/deletedsecrets/{name}", self.get_deleted),
            ("DELETE", "/deletedsecrets/{name}", self.purge),
            ("POST", "/deletedsecrets/{name}/recover", self.recover),
        ]
        return [Route(path, self._guarded(answer), methods=[method]) for method, path, answer in table]

    def _guarded(self, answer: Answering) -> Callable[[Request], Awaitable[Response]]:
        async def guarded(request: Request) -> Response:
            challenge = self._challenge(request)
            if challenge is not None:
                return challenge
            if not API_VERSION.fullmatch(request.query_params.get("api-version", "")):
                raise bad_parameter("The query parameter api-version is missing or not supported.")
            if not self._vaults.rules.allowed:
                words = (
                    "Caller is not authorized to perform action on resource. "
                    "If role assignments were changed recently, please observe propagation time."
                )
                raise forbidden(words, "ForbiddenByRbac")
            return await answer(request, self._vaults.at(host_name(request)))

        return guarded

    def _challenge(self, request: Request) -> Response | None:
        """Ask a caller without a usable token for one."""
        token = bearer_token(request.headers.get("authorization", ""))
        grant = self._world.directory.authenticate_app(token)
        if (
            grant
            and grant.audience == AUDIENCE
            and grant.client_id in (SYSTEM_ASSIGNED_CLIENT_ID, USER_ASSIGNED_CLIENT_ID)
        ):
            return None
        if not token:
            words = "AKV10000: Request is missing a Bearer or PoP token."
        elif grant is None:
            words = "AKV10022: Error validating token: it is expired or was never issued."
        else:
            words = f"AKV10022: Invalid audience. Expected {AUDIENCE}, found: {grant.audience}."
        answer = error_answer(VaultError(401, "Unauthorized", words))
        authorization = f"https://login.microsoftonline.com/{TENANT_ID}"
        answer.headers["WWW-Authenticate"] = (
            f'Bearer authorization="{authorization}", resource="{self._challenge_resource(request)}"'
        )
        request.state.entry.summary = "asked for a token"
        return answer

    def _challenge_resource(self, request: Request) -> str:
        if self._world.switches["vault.challenge_resource"] == "suffix":
            return "https://" + request.headers["host"].partition(".")[2]
        return AUDIENCE

    async def set(self, request: Request, vault: Vault) -> Response:
        """Write a new version."""
        body = await json_object(request)
        if not isinstance(body.get("value"), str):
            raise bad_parameter("The request body must be JSON with a property 'value'.")
        secret, version = vault.set(request.path_params["name"], body["value"], written_from(body))
        request.state.entry.summary = f"wrote secret {secret.name}"
        return JSONResponse(secret_bundle(base(request), secret, version, with_value=True))

    async def get(self, request: Request, vault: Vault) -> Response:
        """Return a version with its value."""
        secret, version = vault.get(request.path_params["name"], request.path_params.get("version", ""))
        request.state.entry.summary = f"read secret {secret.name}"
        return JSONResponse(secret_bundle(base(request), secret, version, with_value=True))

    async def update(self, request: Request, vault: Vault) -> Response:
        """Change attributes."""
        body = await json_object(request)
        version_id = request.path_params.get("version", "")
        secret, version = vault.update(request.path_params["name"], version_id, written_from(body))
        return JSONResponse(secret_bundle(base(request), secret, version, with_value=False))

    async def delete(self, request: Request, vault: Vault) -> Response:
        """Delete, recoverably."""
        secret = vault.delete(request.path_params["name"])
        request.state.entry.summary = f"deleted secret {secret.name}"
        return JSONResponse(deleted_bundle(base(request), secret))

    async def list_secrets(self, request: Request, vault: Vault) -> Response:
        """List secrets without values."""
        return page(request, [item(base(request), secret) for secret in vault.all_live()])

    async def list_versions(self, request: Request, vault: Vault) -> Response:
        """List the versions of a secret without values."""
        secret = vault.live(request.path_params["name"])
        return page(request, [version_item(base(request), secret, version) for version in secret.versions])

    async def list_deleted(self, request: Request, vault: Vault) -> Response:
        """List deleted secrets."""
        return page(request, [deleted_item(base(request), secret) for secret in vault.all_deleted()])

    async def get_deleted(self, request: Request, vault: Vault) -> Response:
        """Return a deleted secret without its value."""
        return JSONResponse(deleted_bundle(base(request), vault.deleted(request.path_params["name"])))

    async def recover(self, request: Request, vault: Vault) -> Response:
        """Bring a deleted secret back."""
        secret = vault.recover(request.path_params["name"])
        return JSONResponse(secret_bundle(base(request), secret, secret.current, with_value=False))

    async def purge(self, request: Request, vault: Vault) -> Response:
        """Destroy a deleted secret."""
        vault.purge(request.path_params["name"])
        return Response(status_code=204)


async def json_object(request: Request) -> dict[str, Any]:
    """Return the JSON object of a request."""
    try:
        body = json.loads(await request.body())
    except ValueError as error:
        raise bad_parameter("The request body is not JSON.") from error
    if not isinstance(body, dict):
        raise bad_parameter("The request body is not a JSON object.")
    return body


def base(request: Request) -> str:
    """Return the address of the vault that was called."""
    return f"https://{request.headers['host']}"


def host_name(request: Request) -> str:
    """Return the host name by which a vault was called."""
    return request.headers["host"].rpartition(":")[0] or request.headers["host"]
