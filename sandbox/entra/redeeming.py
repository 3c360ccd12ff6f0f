"""The token endpoint: codes and refresh tokens turned into tokens."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.directory import User
from sandbox.entra.errors import REFUSALS, EntraError
from sandbox.entra.store import OPENID_SCOPES, Registry, check_resource, short
from sandbox.entra.tokens import challenge_met, client_info, id_token_claims
from sandbox.world import World

# Source: Microsoft docs, entra access-tokens: 60 to 90 minutes at random.
SHORTEST_ACCESS, LONGEST_ACCESS = 3600, 5399


class Redeeming:
    """The token endpoint of all tenants."""

    def __init__(self, world: World, registry: Registry) -> None:
        self._world = world
        self._registry = registry

    async def token(self, request: Request) -> Response:
        """Answer a token request."""
        form = {name: str(value) for name, value in (await request.form()).items()}
        self._registry.check_tenant(request.path_params["tenant"])
        grant_type = required(form, "grant_type")
        self._registry.check_client(required(form, "client_id"))
        self._registry.check_secret(form.get("client_secret", ""))
        match grant_type:
            case "authorization_code":
                user, scopes, nonce = self._by_code(form)
            case "refresh_token":
                user, scopes = self._by_refresh_token(form)
                nonce = ""
            case _:
                raise EntraError(
                    70003, "unsupported_grant_type", f"The app requested an unsupported grant type '{grant_type}'."
                )
        request.state.entry.actor = user.upn
        request.state.entry.summary = f"tokens for {user.display_name} ({grant_type})"
        answer = self._answer(user, scopes, host=request.headers["host"], nonce=nonce)
        if form.get("client_info") == "1":
            answer["client_info"] = client_info(user)
        return JSONResponse(answer, headers={"Cache-Control": "no-store", "Pragma": "no-cache"})

    def _by_code(self, form: Mapping[str, str]) -> tuple[User, tuple[str, ...], str]:
        text = required(form, "code")
        code = self._registry.code(text)
        if required(form, "redirect_uri") != code.redirect_uri:
            words = (
                f"The reply address '{form['redirect_uri']}' does not match the reply address '{code.redirect_uri}' "
                "provided when requesting Authorization code."
            )
            raise EntraError(500112, "invalid_client", words, status=401)
        verifier = form.get("code_verifier", "")
        if code.challenge and not challenge_met(verifier, code.challenge, code.challenge_method):
            words = "The Code_Verifier does not match the code_challenge supplied in the authorization request."
            raise EntraError(501481, "invalid_grant", words)
        if verifier and not code.challenge:
            words = (
                "The code_verifier does not match the code_challenge supplied in the authorization request for PKCE."
            )
            raise EntraError(50148, "invalid_grant", words)
        self._registry.redeem(text)
        return code.user, code.scopes, code.nonce

    def _by_refresh_token(self, form: Mapping[str, str]) -> tuple[User, tuple[str, ...]]:
        token = self._registry.refresh_token(required(form, "refresh_token"))
        scopes = tuple(form.get("scope", "").split()) or token.scopes
        check_resource(scopes)
        consented = {short(scope) for scope in self._registry.account(token.user).consented}
        asked = {short(scope) for scope in scopes} - OPENID_SCOPES - {".default"}
        withheld = {short(scope) for scope in self._registry.account(token.user).withheld}
        if not asked - withheld <= consented:
            raise REFUSALS[65001].raised()
        return token.user, self._registry.granted(token.user, scopes)

    def _answer(self, user: User, scopes: tuple[str, ...], *, host: str, nonce: str) -> dict[str, Any]:
        lifetimes = self._registry.lifetimes
        lifetime = lifetimes.access or timedelta(seconds=random.randint(SHORTEST_ACCESS, LONGEST_ACCESS))  # noqa: S311 - a lifetime
        graph_scopes = tuple(short(scope) for scope in scopes if scope not in OPENID_SCOPES)
        seconds = int(lifetime.total_seconds())
        answer: dict[str, Any] = {
            "token_type": "Bearer",
            # Quirk: Entra never lists offline_access among what it granted; the refresh token says it.
            "scope": " ".join(scope for scope in scopes if scope != "offline_access"),
            "expires_in": seconds,
            "ext_expires_in": seconds,
            "access_token": self._world.directory.issue_access_token(user, graph_scopes, lifetime),
        }
        if lifetimes.refresh_in:
            answer["refresh_in"] = int(lifetimes.refresh_in.total_seconds())
        if "offline_access" in scopes:
            answer["refresh_token"] = self._registry.issue_refresh_token(user, scopes)
        if "openid" in scopes:
            claims = id_token_claims(user, scopes, host=host, nonce=nonce, now=self._world.clock.now())
            answer["id_token"] = self._registry.key.signed(claims)
        return answer


def required(form: Mapping[str, str], name: str) -> str:
    """Return a field that must be there."""
    if not form.get(name):
        raise EntraError(900144, "invalid_request", f"The request body must contain the following parameter: '{name}'.")
    return form[name]
