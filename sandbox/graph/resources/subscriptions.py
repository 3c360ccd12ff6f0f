"""Subscriptions to changes of the signed-in person's events.

Source: Microsoft docs, api/subscription-post-subscriptions, -list, -get, -update, -delete, -reauthorize.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sandbox.graph.access import require_mailbox_of
from sandbox.graph.errors import GraphError
from sandbox.graph.resources.call import Call
from sandbox.graph.subscriptions.book import Subscription
from sandbox.graph.subscriptions.reading import (
    check_names,
    invalid,
    read_change_types,
    read_client_state,
    read_expiration,
    read_resource,
    read_tls_version,
    read_url,
    unreachable,
)
from sandbox.graph.wire.messages import GraphAnswer
from sandbox.graph.wire.zones import timestamp

MOST_PER_MAILBOX = 1000


async def create_subscription(call: Call) -> GraphAnswer:
    """Subscribe, after both addresses have shown that they want to be told."""
    require_mailbox_of(call.user)
    wanted = _wanted(call, call.request.json())
    book = call.store.subscriptions
    book.refuse_second(wanted)
    if sum(one.user.oid == call.user.oid for one in book.all()) >= MOST_PER_MAILBOX:
        raise GraphError(403, "ExtensionError", "The mailbox has reached its maximum number of subscriptions.")
    addresses = [wanted.notification_url] + ([wanted.lifecycle_url] if wanted.lifecycle_url else [])
    for url in addresses:
        if not await call.store.postman.validated(url):
            raise unreachable()
    # The addresses took their time to answer.
    book.refuse_second(wanted)
    book.add(wanted)
    # So that the mailbox tells of its changes from now on.
    _ = call.mailbox
    call.summary = f"subscribed to {wanted.resource}"
    body = {"@odata.context": f"{call.request.root}/$metadata#subscriptions/$entity", **_written(wanted)}
    return call.answer(201, body)


def list_subscriptions(call: Call) -> GraphAnswer:
    """Answer with what this app has subscribed to as this person."""
    found = call.store.subscriptions.of(call.client_id, call.user)
    call.summary = f"listed {len(found)} subscriptions"
    body = {"@odata.context": f"{call.request.root}/$metadata#subscriptions", "value": [_written(one) for one in found]}
    return call.answer(200, body)


def read_subscription(call: Call) -> GraphAnswer:
    """Answer with one subscription."""
    found = _found(call)
    call.summary = "read a subscription"
    body = {"@odata.context": f"{call.request.root}/$metadata#subscriptions/$entity", **_written(found)}
    return call.answer(200, body)


def renew_subscription(call: Call) -> GraphAnswer:
    """Let a subscription live longer; that also shows a fresh token. Nothing else of it can be changed."""
    found = _found(call)
    given = call.request.json()
    if set(given) != {"expirationDateTime"}:
        raise invalid("Only the 'expirationDateTime' of a subscription can be changed.")
    found.expires_at = _expiration(call, given)
    found.is_paused = False
    call.summary = f"renewed a subscription until {timestamp(found.expires_at)}"
    body = {"@odata.context": f"{call.request.root}/$metadata#subscriptions/$entity", **_written(found)}
    return call.answer(200, body)


def reauthorize_subscription(call: Call) -> GraphAnswer:
    """Go on with deliveries that waited for a fresh token."""
    _found(call).is_paused = False
    call.summary = "reauthorized a subscription"
    return GraphAnswer(status=204)


def delete_subscription(call: Call) -> GraphAnswer:
    """End a subscription."""
    call.store.subscriptions.remove(_found(call))
    call.summary = "ended a subscription"
    return GraphAnswer(status=204)


def _wanted(call: Call, given: dict[str, Any]) -> Subscription:
    check_names(given)
    lifecycle = given.get("lifecycleNotificationUrl")
    return Subscription(
        id=str(uuid.uuid4()),
        client_id=call.client_id,
        user=call.user,
        change_types=read_change_types(given),
        resource=read_resource(given, call.user),
        notification_url=read_url(given, "notificationUrl"),
        lifecycle_url=None if lifecycle is None else read_url(given, "lifecycleNotificationUrl"),
        client_state=read_client_state(given),
        tls_version=read_tls_version(given),
        expires_at=_expiration(call, given),
        immutable_ids=call.preferences.immutable_ids,
    )


def _expiration(call: Call, given: dict[str, Any]) -> datetime:
    return read_expiration(
        given,
        now=call.store.world.clock.now(),
        longest_minutes=int(call.switch("subscription_longest")),
        shorten=call.switch("subscription_too_long") == "shortened",
    )


def _found(call: Call) -> Subscription:
    found = call.store.subscriptions.find(call.ids["subscription"])
    if found is None or found.client_id != call.client_id or found.user.oid != call.user.oid:
        raise GraphError(404, "ResourceNotFound", "The object was not found.")
    return found


def _written(subscription: Subscription) -> dict[str, Any]:
    return {
        "id": subscription.id,
        "resource": subscription.resource,
        "applicationId": subscription.client_id,
        "changeType": ",".join(subscription.change_types),
        "clientState": subscription.client_state,
        "notificationUrl": subscription.notification_url,
        "lifecycleNotificationUrl": subscription.lifecycle_url,
        "expirationDateTime": timestamp(subscription.expires_at),
        "creatorId": subscription.user.oid,
        "includeResourceData": False,
        "latestSupportedTlsVersion": subscription.tls_version,
        "encryptionCertificate": "",
        "encryptionCertificateId": "",
        "notificationContentType": "application/json",
    }
