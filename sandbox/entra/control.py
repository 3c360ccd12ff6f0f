"""What a test may order of Entra: revoked grants, rotated secrets, policies, lifetimes."""

from __future__ import annotations

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.control.orders import OrderError, control_table, order, person
from sandbox.entra.errors import REFUSALS
from sandbox.entra.store import Registry
from sandbox.world import World

# What can happen to the grants a person gave, and how Entra then refuses them.
FATES = {
    "Revoked": 50173,
    "Expired": 700082,
    "SignInFrequency": 70043,
    "MfaRequired": 50076,
    "MfaEnrolment": 50079,
    "BlockedByPolicy": 53003,
    "ConsentWithdrawn": 65001,
    "Unknown": 70000,
}


def control_routes(world: World) -> list[Route]:
    """Return Entra's control routes."""
    orders = EntraOrders(world)
    table = [
        ("POST", "/grants", orders.grants),
        ("POST", "/accounts", orders.account),
        ("GET", "/secrets", orders.secrets),
        ("PUT", "/secrets", orders.change_secrets),
        ("PUT", "/redirect-uris", orders.redirect_uris),
        ("PUT", "/lifetimes", orders.lifetimes),
    ]
    return control_table(table, under="/entra")


class EntraOrders:
    """The administrator of the organisation, and of the app registration."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._registry = world.store(Registry)

    async def grants(self, request: Request) -> Response:
        """Spoil a person's refresh tokens: {"Upn", "Fate", "AccessTokensToo": false}."""
        wanted = await order(request, frozenset({"Upn", "Oid", "Fate", "AccessTokensToo"}))
        user = person(self._world, wanted)
        fate = wanted.get("Fate", "Revoked")
        if fate not in FATES:
            raise OrderError(f"Fate is one of {', '.join(FATES)}")
        count = self._registry.refuse_grants(user, REFUSALS[FATES[fate]].code)
        access = self._world.directory.revoke_access_tokens(user) if wanted.get("AccessTokensToo") else 0
        self._world.journal.note("entra", f"grants of {user.display_name}: {fate}", actor=user.upn)
        return JSONResponse({"RefreshTokens": count, "AccessTokens": access})

    async def account(self, request: Request) -> Response:
        """Change an account: {"Upn", "Disabled"?, "ConsentNeedsAdministrator"?, "WithheldScopes"?}."""
        fields = frozenset({"Upn", "Oid", "Disabled", "ConsentNeedsAdministrator", "WithheldScopes"})
        wanted = await order(request, fields)
        account = self._registry.account(person(self._world, wanted))
        account.disabled = bool(wanted.get("Disabled", account.disabled))
        account.needs_administrator = bool(wanted.get("ConsentNeedsAdministrator", account.needs_administrator))
        account.withheld = set(wanted.get("WithheldScopes", account.withheld))
        return JSONResponse(
            {
                "Disabled": account.disabled,
                "ConsentNeedsAdministrator": account.needs_administrator,
                "WithheldScopes": sorted(account.withheld),
                "Consented": sorted(account.consented),
            }
        )

    async def secrets(self, request: Request) -> Response:  # noqa: ARG002 - Starlette's shape
        """Show the app's client secrets."""
        listed = [{"Secret": secret, "State": state} for secret, state in self._registry.secrets.items()]
        return JSONResponse({"Secrets": listed})

    async def change_secrets(self, request: Request) -> Response:
        """Add, expire or remove client secrets: {"Add": [], "Expire": [], "Remove": []}."""
        wanted = await order(request, frozenset({"Add", "Expire", "Remove"}))
        for secret in wanted.get("Add", []):
            self._registry.secrets[str(secret)] = "valid"
        for secret in wanted.get("Expire", []):
            self._registry.secrets[str(secret)] = "expired"
        for secret in wanted.get("Remove", []):
            self._registry.secrets.pop(str(secret), None)
        return await self.secrets(request)

    async def redirect_uris(self, request: Request) -> Response:
        """Register redirect addresses; with none, any loopback address is accepted."""
        wanted = await order(request, frozenset({"RedirectUris"}))
        self._registry.redirect_uris = [str(uri) for uri in wanted.get("RedirectUris", [])]
        return JSONResponse({"RedirectUris": self._registry.redirect_uris})

    async def lifetimes(self, request: Request) -> Response:
        """Set lifetimes for what is issued from now on; null is Entra's own."""
        fields = frozenset({"AccessSeconds", "RefreshInSeconds", "RefreshSeconds", "CodeSeconds"})
        wanted = {name: seconds(value) for name, value in (await order(request, fields)).items()}
        lifetimes = self._registry.lifetimes
        lifetimes.access = wanted.get("AccessSeconds", lifetimes.access)
        lifetimes.refresh_in = wanted.get("RefreshInSeconds", lifetimes.refresh_in)
        lifetimes.refresh = wanted.get("RefreshSeconds") or lifetimes.refresh
        lifetimes.code = wanted.get("CodeSeconds") or lifetimes.code
        return Response(status_code=204)


def seconds(value: object) -> timedelta | None:
    """Return a number of seconds as a duration; null stays nothing."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        raise OrderError("a lifetime is a number of seconds above 0, or null")
    return timedelta(seconds=value)
