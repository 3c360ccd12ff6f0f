"""Reading what somebody wants to subscribe to, and what Graph refuses of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sandbox.directory import User
from sandbox.graph.errors import GraphError, access_denied, not_simulated
from sandbox.graph.wire.zones import read_instant

CHANGE_TYPES = ("created", "updated", "deleted")
LONGEST_CLIENT_STATE = 128
# Source: v1.0 metadata, subscription.expirationDateTime: a shorter life is made this long.
SHORTEST = timedelta(minutes=45)
LOOPBACK = ("127.0.0.1", "localhost", "::1")
TLS_VERSIONS = ("v1_0", "v1_1", "v1_2", "v1_3")
KNOWN = {
    "changeType", "notificationUrl", "lifecycleNotificationUrl", "resource", "expirationDateTime", "clientState",
    "latestSupportedTlsVersion", "includeResourceData", "notificationContentType",
}  # fmt: skip


def invalid(message: str) -> GraphError:
    """Return the refusal of a subscription that cannot be."""
    return GraphError(400, "InvalidRequest", message)


def misspelled() -> GraphError:
    """Return the refusal of a body that says something else than a subscription.

    Source: the words are those of developer report microsoft-graph-docs#2231.
    """
    return invalid(
        "Could not process subscription creation payload. Are all property names spelled and camelCased properly? "
        "Also are the Datetimeoffset properties in a valid internet Date and Time format?"
    )


def read_change_types(given: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the kinds of change, or refuse."""
    types = tuple(one.strip().lower() for one in _text(given, "changeType").split(","))
    if not set(types) <= set(CHANGE_TYPES):
        raise invalid(f"Invalid 'changeType' attribute: '{given['changeType']}'.")
    return types


def read_resource(given: Mapping[str, Any], user: User) -> str:
    """Return the resource as it was named, if it is the events of the signed-in person.

    Source: Microsoft docs, api/subscription-post-subscriptions: with a delegated token, only the own mailbox.
    """
    resource = _text(given, "resource")
    segments = resource.strip("/").lower().split("/")
    if segments[0] == "users" and len(segments) > 1:
        if segments[1] not in (user.oid.lower(), user.upn.lower()):
            raise access_denied()
        segments = ["me", *segments[2:]]
    if segments != ["me", "events"]:
        raise not_simulated(f"how to subscribe to {resource}, only to me/events")
    return resource


def read_url(given: Mapping[str, Any], name: str) -> str:
    """Return an address to deliver to; Graph takes only https, the sandbox only what is on its own machine."""
    url = _text(given, name)
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise invalid(f"The '{name}' is not a valid https address.")
    if parts.hostname not in LOOPBACK:
        raise unreachable()
    return url


def unreachable() -> GraphError:
    """Return the refusal of an address that does not answer the validation as it should."""
    words = (
        "Subscription validation request failed. Notification endpoint must respond with 200 OK to validation request."
    )
    return GraphError(400, "ValidationError", words)


def read_expiration(given: Mapping[str, Any], *, now: datetime, longest_minutes: int, shorten: bool) -> datetime:
    """Return when a subscription is to end: at most so long from now, and never before 45 minutes have passed.

    Source: Microsoft docs, includes/change-notifications-subscription-lifetime (10,080 minutes); integrators met
    10,070 and these words.
    """
    until = read_instant(_text(given, "expirationDateTime"))
    if until is None:
        raise misspelled()
    if until <= now:
        raise invalid("The 'expirationDateTime' is in the past.")
    if until > now + timedelta(minutes=longest_minutes):
        if not shorten:
            words = f"Subscription expiration can only be {longest_minutes} minutes in the future."
            raise GraphError(400, "ExtensionError", words)
        until = now + timedelta(minutes=longest_minutes)
    return max(until, now + SHORTEST)


def read_client_state(given: Mapping[str, Any]) -> str | None:
    """Return the text that every notification is to repeat.

    Source: v1.0 metadata, subscription.clientState: at most 128 characters.
    """
    state = given.get("clientState")
    if state is not None and (not isinstance(state, str) or len(state) > LONGEST_CLIENT_STATE):
        raise invalid(f"The 'clientState' is longer than {LONGEST_CLIENT_STATE} characters.")
    return state


def read_tls_version(given: Mapping[str, Any]) -> str:
    """Return the TLS version, which nobody looks at."""
    version = given.get("latestSupportedTlsVersion") or "v1_2"
    if version not in TLS_VERSIONS:
        raise invalid("The 'latestSupportedTlsVersion' is not valid.")
    return str(version)


def check_names(given: Mapping[str, Any]) -> None:
    """Refuse properties that a subscription has not, and those the simulator does not know."""
    if any(name not in KNOWN and "@" not in name for name in given):
        raise misspelled()
    if given.get("includeResourceData"):
        raise not_simulated("notifications with resource data")


def _text(given: Mapping[str, Any], name: str) -> str:
    value = given.get(name)
    if not isinstance(value, str) or not value.strip():
        raise invalid(f"The '{name}' is missing.")
    return value
