"""Who wants to be told of changes to events, and for how long.

Source: Microsoft docs, resources/subscription, concepts/change-notifications-delivery-webhooks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sandbox.directory import User
from sandbox.graph.errors import GraphError


@dataclass(slots=True, kw_only=True, eq=False)
class Subscription:
    """One app's wish to be told of the changes in one person's mailbox."""

    id: str
    client_id: str
    user: User
    resource: str
    change_types: tuple[str, ...]
    notification_url: str
    lifecycle_url: str | None
    client_state: str | None
    tls_version: str
    expires_at: datetime
    # Decided by the request that made it, for as long as it lives.
    # Source: Microsoft docs, concepts/outlook-immutable-id.
    immutable_ids: bool
    # Whether deliveries wait for the app to show a fresh token; what happens meanwhile is not told later.
    is_paused: bool = False

    @property
    def combination(self) -> tuple[str, str, str, frozenset[str]]:
        """What no two subscriptions may have in common."""
        return (self.client_id, self.user.oid, self.resource.strip("/").lower(), frozenset(self.change_types))


class Subscriptions:
    """All subscriptions that have not expired."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._subscriptions: dict[str, Subscription] = {}

    def add(self, subscription: Subscription) -> None:
        """Keep a subscription."""
        self._subscriptions[subscription.id] = subscription

    def remove(self, subscription: Subscription) -> None:
        """Forget a subscription."""
        self._subscriptions.pop(subscription.id, None)

    def all(self) -> list[Subscription]:
        """Return every subscription, the expired ones being forgotten."""
        now = self._now()
        self._subscriptions = {key: one for key, one in self._subscriptions.items() if one.expires_at > now}
        return list(self._subscriptions.values())

    def of(self, client_id: str, user: User) -> list[Subscription]:
        """Return what one app has subscribed to as one person."""
        return [one for one in self.all() if one.client_id == client_id and one.user.oid == user.oid]

    def find(self, subscription_id: str) -> Subscription | None:
        """Return a subscription by its id; ids are GUIDs and count in any case."""
        return next((one for one in self.all() if one.id == subscription_id.lower()), None)

    def refuse_second(self, wanted: Subscription) -> None:
        """Refuse with 409 what is subscribed to already.

        Source: Microsoft docs, concepts/change-notifications-delivery-webhooks; the code is an integrator's finding.
        """
        for one in self.all():
            if one.combination == wanted.combination:
                words = f"Subscription Id {one.id} already exists for the requested combination"
                raise GraphError(409, "ObjectIdentifierInUse", words)

    def clear(self) -> None:
        """Forget every subscription."""
        self._subscriptions.clear()
