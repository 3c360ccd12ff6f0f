"""What a test may order of change notifications: lifecycle events, letting late ones go, and looking at them."""

from __future__ import annotations

from dataclasses import asdict

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.control.orders import Answering, OrderError, control_table, order
from sandbox.graph.store import GraphStore

LIFECYCLE = ("reauthorizationRequired", "subscriptionRemoved", "missed")


class Notifications:
    """The orders that concern subscriptions and their deliveries."""

    def __init__(self, store: GraphStore) -> None:
        self._store = store

    def routes(self) -> list[Route]:
        """Return path and order of each."""
        table: list[tuple[str, str, Answering]] = [
            ("GET", "/subscriptions", self.list_subscriptions),
            ("POST", "/subscriptions/{subscription}/lifecycle", self.tell_of_life),
            ("GET", "/notifications", self.show),
            ("POST", "/notifications/release", self.release),
        ]
        return control_table(table, under="/graph")

    async def list_subscriptions(self, request: Request) -> Response:  # noqa: ARG002 - Starlette's shape
        """Show every subscription."""
        listed = [
            {
                "Id": one.id,
                "ClientId": one.client_id,
                "Upn": one.user.upn,
                "Resource": one.resource,
                "ChangeTypes": list(one.change_types),
                "NotificationUrl": one.notification_url,
                "LifecycleUrl": one.lifecycle_url,
                "ExpiresUtc": one.expires_at.isoformat(),
                "Paused": one.is_paused,
            }
            for one in self._store.subscriptions.all()
        ]
        return JSONResponse({"Subscriptions": listed})

    async def tell_of_life(self, request: Request) -> Response:
        """Let something happen to a subscription, and tell its lifecycle address.

        After reauthorizationRequired deliveries wait for a fresh token; after subscriptionRemoved it is gone.
        """
        what = (await order(request, frozenset({"Event"}))).get("Event")
        if what not in LIFECYCLE:
            raise OrderError(f"Event is one of {', '.join(LIFECYCLE)}")
        found = self._store.subscriptions.find(request.path_params["subscription"])
        if found is None:
            raise HTTPException(404, "there is no such subscription")
        found.is_paused = what == "reauthorizationRequired" or (found.is_paused and what == "missed")
        if what == "subscriptionRemoved":
            self._store.subscriptions.remove(found)
        return JSONResponse({"Told": self._store.postman.tell_of_life(found, what)})

    async def show(self, request: Request) -> Response:  # noqa: ARG002 - Starlette's shape
        """Show what became of notifications so far."""
        postman = self._store.postman
        counts = {name.title().replace("_", ""): count for name, count in asdict(postman.deliveries).items()}
        return JSONResponse({"Waiting": postman.waiting, **counts})

    async def release(self, request: Request) -> Response:  # noqa: ARG002 - Starlette's shape
        """Let notifications go that were kept back."""
        return JSONResponse({"Released": self._store.postman.release()})
