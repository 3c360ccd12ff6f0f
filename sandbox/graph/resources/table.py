"""Which address does what, and which scope it needs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

from sandbox.graph.access import READ_CALENDARS, READ_PROFILE, WRITE_CALENDARS
from sandbox.graph.errors import GraphError, bad_request
from sandbox.graph.resources import calendars, delta, events, extensions, series, subscriptions
from sandbox.graph.resources.call import Call
from sandbox.graph.wire.messages import GraphAnswer

# A function may be called with its namespace and with brackets (OData).
DELTA = ("delta", "delta()", "microsoft.graph.delta", "microsoft.graph.delta()")


Act = Callable[[Call], GraphAnswer | Awaitable[GraphAnswer]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One address with one method."""

    method: str
    # Lower-case names, and ids in braces.
    path: tuple[str, ...]
    scopes: frozenset[str]
    act: Act

    @property
    def is_outlook(self) -> bool:
        """Whether it is in the mailbox, and not in the directory or with the notifications."""
        return self.path[0] == "me" and len(self.path) > 1


def ids_in(path: tuple[str, ...], segments: tuple[str, ...]) -> dict[str, str] | None:
    """Return the ids of an address by name if it is of this form; names count in any case, ids as they are."""
    if len(path) != len(segments):
        return None
    ids: dict[str, str] = {}
    for part, segment in zip(path, segments, strict=True):
        if part.startswith("{"):
            ids[part[1:-1]] = segment
        elif part != segment.lower():
            return None
    return ids


def find(method: str, segments: tuple[str, ...]) -> tuple[Resource, dict[str, str]]:
    """Return what answers an address, and the ids in it, or refuse."""
    methods: set[str] = set()
    for resource in RESOURCES:
        ids = ids_in(resource.path, segments)
        if ids is not None and resource.method == method:
            return resource, ids
        if ids is not None:
            methods.add(resource.method)
    if methods:
        words = "Specified HTTP method is not allowed for the request target."
        raise GraphError(405, "BadRequest", words, headers={"Allow": ", ".join(sorted(methods))})
    raise bad_request(f"Resource not found for the segment '{_unknown(segments)}'.")


def _unknown(segments: tuple[str, ...]) -> str:
    """Return the first segment that no address goes on with."""
    for count in range(1, len(segments) + 1):
        start = segments[:count]
        if not any(ids_in(resource.path[:count], start) is not None for resource in RESOURCES):
            return segments[count - 1]
    return segments[-1] if segments else ""


def _resources() -> Iterator[Resource]:
    yield _row("GET", "me", READ_PROFILE, calendars.read_me)
    yield from _subscription_resources()
    yield _row("GET", "me/calendars", READ_CALENDARS, calendars.list_calendars)
    yield _row("POST", "me/calendars", WRITE_CALENDARS, calendars.create_calendar)
    for home in ("me/calendar", "me/calendars/{calendar}"):
        yield _row("GET", home, READ_CALENDARS, calendars.read_calendar)
    for home in ("me", "me/calendar", "me/calendars/{calendar}"):
        yield _row("GET", f"{home}/calendarview", READ_CALENDARS, events.view_calendar)
        for function in DELTA:
            yield _row("GET", f"{home}/calendarview/{function}", READ_CALENDARS, delta.track_view)
            yield _row("GET", f"{home}/events/{function}", READ_CALENDARS, delta.track_events)
        yield from _event_resources(f"{home}/events")


def _subscription_resources() -> Iterator[Resource]:
    one = "subscriptions/{subscription}"
    yield _row("GET", "subscriptions", READ_CALENDARS, subscriptions.list_subscriptions)
    yield _row("POST", "subscriptions", READ_CALENDARS, subscriptions.create_subscription)
    yield _row("GET", one, READ_CALENDARS, subscriptions.read_subscription)
    yield _row("PATCH", one, READ_CALENDARS, subscriptions.renew_subscription)
    yield _row("DELETE", one, READ_CALENDARS, subscriptions.delete_subscription)
    yield _row("POST", f"{one}/reauthorize", READ_CALENDARS, subscriptions.reauthorize_subscription)


def _event_resources(collection: str) -> Iterator[Resource]:
    event = f"{collection}/{{event}}"
    yield _row("GET", collection, READ_CALENDARS, events.list_events)
    yield _row("POST", collection, WRITE_CALENDARS, events.create_event)
    yield _row("GET", event, READ_CALENDARS, events.read_event)
    yield _row("PATCH", event, WRITE_CALENDARS, events.change_event)
    yield _row("DELETE", event, WRITE_CALENDARS, events.delete_event)
    yield _row("GET", f"{event}/instances", READ_CALENDARS, series.list_instances)
    yield _row("GET", f"{event}/exceptionoccurrences", READ_CALENDARS, series.list_exceptions)
    yield _row("GET", f"{event}/extensions", READ_CALENDARS, extensions.list_extensions)
    yield _row("POST", f"{event}/extensions", WRITE_CALENDARS, extensions.add_extension)
    extension = f"{event}/extensions/{{extension}}"
    yield _row("GET", extension, READ_CALENDARS, extensions.read_extension)
    yield _row("PATCH", extension, WRITE_CALENDARS, extensions.change_extension)
    yield _row("DELETE", extension, WRITE_CALENDARS, extensions.delete_extension)


def _row(method: str, path: str, scopes: frozenset[str], act: Act) -> Resource:
    return Resource(method=method, path=tuple(path.split("/")), scopes=scopes, act=act)


RESOURCES = tuple(_resources())
