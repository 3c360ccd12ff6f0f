"""What a test may order of the vaults, and what it may look at: never a value that was not asked for by name."""

from __future__ import annotations

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.control.orders import control_table, order
from sandbox.key_vault.store import Vaults
from sandbox.world import World


def control_routes(world: World) -> list[Route]:
    """Return Key Vault's control routes."""
    orders = VaultOrders(world)
    return control_table([("GET", "/secrets", orders.secrets), ("PUT", "/rules", orders.rules)], under="/vault")


class VaultOrders:
    """The owner of the vaults."""

    def __init__(self, world: World) -> None:
        self._vaults = world.store(Vaults)

    async def secrets(self, request: Request) -> Response:  # noqa: ARG002 - Starlette's shape
        """List every secret's name, size and state."""
        listed = [
            {
                "Host": host,
                "Name": secret.name,
                "Versions": len(secret.versions),
                "Bytes": len(secret.current.value.encode()),
                "Deleted": secret.deleted_at is not None,
            }
            for host in self._vaults.hosts()
            for secret in (*self._vaults.at(host).all_live(), *self._vaults.at(host).all_deleted())
        ]
        return JSONResponse({"Secrets": listed})

    async def rules(self, request: Request) -> Response:
        """Set {"PurgeProtection", "Allowed", "DeletionSeconds"}; what is not named stays."""
        wanted = await order(request, frozenset({"PurgeProtection", "Allowed", "DeletionSeconds"}))
        rules = self._vaults.rules
        rules.purge_protection = bool(wanted.get("PurgeProtection", rules.purge_protection))
        rules.allowed = bool(wanted.get("Allowed", rules.allowed))
        if "DeletionSeconds" in wanted:
            rules.deletion_takes = timedelta(seconds=float(wanted["DeletionSeconds"]))
        return JSONResponse(
            {
                "PurgeProtection": rules.purge_protection,
                "Allowed": rules.allowed,
                "DeletionSeconds": rules.deletion_takes.total_seconds(),
            }
        )
