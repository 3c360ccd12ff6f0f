"""Telling subscribers: validation of their addresses, notifications, and trying again.

Source: Microsoft docs, concepts/change-notifications-delivery-webhooks, concepts/change-notifications-lifecycle-events,
concepts/includes/change-notifications-delivery-notificationurl-validation.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import requests

from sandbox.graph.mailbox.items import Event
from sandbox.graph.subscriptions.book import Subscription, Subscriptions
from sandbox.graph.wire.zones import timestamp
from sandbox.world import World

# An endpoint has ten seconds to answer, and failed deliveries are tried again for four hours.
PATIENCE_SECONDS = 10
FIRST_PAUSE = timedelta(seconds=10)
GIVE_UP_AFTER = timedelta(hours=4)
LOOK_EVERY_SECONDS = 0.02
MOST_IN_ONE_POST = 20


@dataclass(slots=True, kw_only=True, eq=False)
class Notice:
    """One notification on its way."""

    url: str
    content: dict[str, Any]
    made_at: datetime
    due_at: datetime
    pause: timedelta = FIRST_PAUSE
    is_held: bool = False


@dataclass(slots=True)
class Deliveries:
    """What became of notifications."""

    delivered: int = 0
    failed: int = 0
    lost: int = 0
    given_up: int = 0
    doubled: int = 0
    held: int = 0


class Postman:
    """Delivers notifications in the background, several to one address in one request."""

    def __init__(self, world: World, subscriptions: Subscriptions) -> None:
        self._world = world
        self._subscriptions = subscriptions
        self._outbox: list[Notice] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._round: asyncio.Task[None] | None = None
        self.deliveries = Deliveries()

    @property
    def waiting(self) -> int:
        """How many notifications are on their way."""
        return len(self._outbox)

    async def validated(self, url: str) -> bool:
        """Say whether an address repeats the token it is asked to, as plain text, within ten seconds."""
        self._loop = asyncio.get_running_loop()
        token = f"Validation: Testing client application reachability for subscription Request-Id: {uuid.uuid4()}"
        joint = "&" if "?" in url else "?"
        asked = url + joint + urlencode({"validationToken": token})
        answer = await asyncio.to_thread(_posted, asked, b"", "text/plain; charset=utf-8")
        if answer is None:
            return False
        is_plain = answer.headers.get("content-type", "").partition(";")[0].strip().lower() == "text/plain"
        return answer.status_code == 200 and is_plain and answer.content.decode("utf-8", "replace") == token

    def tell_of_write(self, oid: str, before: Event | None, after: Event | None) -> None:
        """Tell everybody who subscribed to such a change of this mailbox; hidden changes are told too."""
        kind = "created" if before is None else "deleted" if after is None else "updated"
        event = after or before
        if event is None:
            return
        for one in self._subscriptions.all():
            if one.user.oid == oid and kind in one.change_types and not one.is_paused:
                self._send(one.notification_url, _notification(one, kind, event))

    def tell_of_life(self, subscription: Subscription, what: str) -> bool:
        """Send a lifecycle notification; without an address for those nobody is told."""
        if subscription.lifecycle_url is None:
            return False
        self._post_soon(subscription.lifecycle_url, {**_envelope(subscription), "lifecycleEvent": what})
        return True

    def release(self) -> int:
        """Let notifications go that were kept back."""
        held = [notice for notice in self._outbox if notice.is_held]
        for notice in held:
            notice.is_held = False
        self._begin_round()
        return len(held)

    def reset(self) -> None:
        """Forget what is on its way."""
        self._outbox.clear()
        self.deliveries = Deliveries()

    def _send(self, url: str, content: dict[str, Any]) -> None:
        habit = self._world.switches["graph.notifications"]
        if habit == "lost":
            self.deliveries.lost += 1
            return
        self._post_soon(url, content, is_held=habit == "held")
        if habit == "doubled":
            self.deliveries.doubled += 1
            self._post_soon(url, dict(content))

    def _post_soon(self, url: str, content: dict[str, Any], *, is_held: bool = False) -> None:
        now = self._world.clock.now()
        self._outbox.append(Notice(url=url, content=content, made_at=now, due_at=now, is_held=is_held))
        self.deliveries.held += is_held
        self._begin_round()

    def _begin_round(self) -> None:
        # A write may come from another thread than the one that serves; nothing is told before somebody subscribed.
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._go)

    def _go(self) -> None:
        if self._round is None or self._round.done():
            self._round = asyncio.ensure_future(self._deliver_all())

    async def _deliver_all(self) -> None:
        """Deliver what is due, until nothing is left but what is kept back."""
        while any(not notice.is_held for notice in self._outbox):
            now = self._world.clock.now()
            due: dict[str, list[Notice]] = {}
            for notice in self._outbox:
                if not notice.is_held and notice.due_at <= now:
                    due.setdefault(notice.url, []).append(notice)
            await asyncio.gather(*(self._deliver(url, notices[:MOST_IN_ONE_POST]) for url, notices in due.items()))
            if not due:
                await asyncio.sleep(LOOK_EVERY_SECONDS)

    async def _deliver(self, url: str, notices: list[Notice]) -> None:
        body = {"value": [notice.content for notice in notices]}
        answer = await asyncio.to_thread(_posted, url, body, "application/json")
        status = answer.status_code if answer is not None else 0
        done = 200 <= status < 300
        self._world.journal.note(
            "graph", f"told a subscriber of {len(notices)}: {status or 'no answer'}", url=url, status=status, sent=body
        )
        for notice in notices:
            if notice not in self._outbox:
                continue
            if done or notice.made_at + GIVE_UP_AFTER < self._world.clock.now():
                self._outbox.remove(notice)
            else:
                notice.due_at = self._world.clock.now() + notice.pause
                notice.pause *= 2
            self._count(notice, done=done)

    def _count(self, notice: Notice, *, done: bool) -> None:
        if done:
            self.deliveries.delivered += 1
            return
        self.deliveries.failed += 1
        self.deliveries.given_up += notice not in self._outbox


def _posted(url: str, body: bytes | Mapping[str, Any], content_type: str) -> requests.Response | None:
    with requests.Session() as session:
        # Proxies and certificates of the machine have no say on loopback.
        session.trust_env = False
        try:
            if isinstance(body, bytes):
                headers = {"Content-Type": content_type}
                return session.post(url, data=body, headers=headers, timeout=PATIENCE_SECONDS, allow_redirects=False)
            return session.post(url, json=body, timeout=PATIENCE_SECONDS, allow_redirects=False)
        except requests.RequestException:
            return None


def _envelope(subscription: Subscription) -> dict[str, Any]:
    return {
        "subscriptionId": subscription.id,
        "subscriptionExpirationDateTime": timestamp(subscription.expires_at),
        "clientState": subscription.client_state,
        "tenantId": subscription.user.tenant_id,
    }


def _notification(subscription: Subscription, kind: str, event: Event) -> dict[str, Any]:
    """Return a basic notification: ids only.

    The docs publish a message's; an event's is written by analogy.
    """
    named = event.immutable_id if subscription.immutable_ids else event.default_id
    owner = f"{subscription.user.oid}@{subscription.user.tenant_id}"
    return {
        "id": str(uuid.uuid4()),
        **_envelope(subscription),
        "changeType": kind,
        "resource": f"users/{owner}/events/{named}",
        "resourceData": {
            "@odata.type": "#Microsoft.Graph.Event",
            "@odata.id": f"Users/{owner}/Events/{named}",
            "@odata.etag": f'W/"{event.change_key}"',
            "id": named,
        },
    }
