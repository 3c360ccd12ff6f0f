"""The contract's JSON of links, connections and preferences."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import azure.functions as func

from functions.answers import BadRequest
from functions.requests_in import body_object
from shared_code.adapters.salesexec.field_rules import LONGEST_TEXT, line
from shared_code.adapters.strict_json import pointer_to
from shared_code.domain.connections import HeldDecision
from shared_code.domain.fields import canonical_instant
from shared_code.domain.preferences import (
    ConflictWinner,
    Direction,
    ImportDetail,
    Meetings,
    Preferences,
    PrivateEvents,
)
from shared_code.domain.zones import iana_of
from shared_code.use_cases.manage_connection import ConnectionView

type Reader = Callable[[Any], Any]
"""Turns a JSON value into a preference; ValueError says what it must be."""

MOST_CATEGORIES = 50


def _choice(kind: type[Direction | PrivateEvents | ImportDetail | ConflictWinner | Meetings]) -> Reader:
    def read(value: Any) -> Any:
        if not isinstance(value, str) or value not in list(kind):
            raise ValueError("must be one of " + ", ".join(f'"{each.value}"' for each in kind))
        return kind(value)

    return read


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")  # noqa: TRY004 - one kind of error for every bad value
    return value


def _days(lowest: int, highest: int) -> Reader:
    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
            raise ValueError(f"must be a whole number from {lowest} to {highest}")
        return value

    return read


def _categories(value: Any) -> tuple[str, ...]:
    fine = isinstance(value, list) and len(value) <= MOST_CATEGORIES
    if not fine or not all(_is_line(each) for each in value):
        raise ValueError(f"must be a list of at most {MOST_CATEGORIES} category names")
    return tuple(each.strip() for each in value)


def _is_line(value: Any) -> bool:
    """Tell whether something is one line of text that can be stored, shown and sent on."""
    try:
        return bool(line(value).strip())
    except ValueError:
        return False


def _zone(value: Any) -> str | None:
    if value is None:
        return None
    name = iana_of(value) if isinstance(value, str) else None
    if name is None:
        raise ValueError("must be null or the name of a time zone such as Europe/Berlin")
    return name


PREFERENCES: dict[str, tuple[str, Reader]] = {
    "Direction": ("direction", _choice(Direction)),
    "PrivateEvents": ("private_events", _choice(PrivateEvents)),
    "ImportDetail": ("import_detail", _choice(ImportDetail)),
    "ImportAllDay": ("import_all_day", _truth),
    "ImportFree": ("import_free", _truth),
    "OnlyCategories": ("only_categories", _categories),
    "ConflictWinner": ("conflict_winner", _choice(ConflictWinner)),
    "WindowPastDays": ("window_past_days", _days(0, 90)),
    "WindowFutureDays": ("window_future_days", _days(1, 365)),
    "TimeZone": ("time_zone", _zone),
    "LeadLink": ("lead_link", _truth),
    "Meetings": ("meetings", _choice(Meetings)),
}
"""Each preference's name in the contract, its name with us, and how it is read."""


def change_of(request: func.HttpRequest) -> tuple[bool | None, dict[str, Any]]:
    """Return what to change; BadRequest names each unknown preference and each value that cannot be."""
    body = body_object(request)
    if "Enabled" not in body and "Preferences" not in body:
        detail = 'Send "Enabled": true or false, or "Preferences": {…}, or both.'
        raise BadRequest(detail, [("", detail)])
    errors = []
    enabled = body.get("Enabled")
    if "Enabled" in body and not isinstance(enabled, bool):
        errors.append(("/Enabled", "must be true or false"))
    given = body.get("Preferences", {})
    if not isinstance(given, dict):
        errors.append(("/Preferences", "must be an object of preferences"))
        given = {}
    changes, problems = read_preferences(given)
    errors += problems
    if errors:
        raise BadRequest("The connection was not changed.", errors)
    return enabled, changes


def read_preferences(given: Mapping[str, Any]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Return the preferences by our names, and what is wrong with the rest."""
    changes: dict[str, Any] = {}
    problems = []
    for name, value in given.items():
        pointer = pointer_to("Preferences", name)
        if name not in PREFERENCES:
            problems.append((pointer, "is no preference; there are " + ", ".join(PREFERENCES)))
            continue
        ours, read = PREFERENCES[name]
        try:
            changes[ours] = read(value)
        except ValueError as error:
            problems.append((pointer, str(error)))
    return changes, problems


def preferences_body(preferences: Preferences) -> dict[str, Any]:
    """Return the preferences as the contract names them."""
    body = {name: getattr(preferences, ours) for name, (ours, _) in PREFERENCES.items()}
    body["OnlyCategories"] = list(preferences.only_categories)
    return body


def connection_body(view: ConnectionView) -> dict[str, Any]:
    """Return a connection as the contract shows it."""
    live = view.connection if view.connection is not None and view.connection.disconnected_at is None else None
    error = view.last_error
    return {
        "UserGuid": view.user,
        "State": view.state.value,
        "Mailbox": live.mailbox.address if live else None,
        "ConnectedUtc": canonical_instant(live.connected_at) if live else None,
        "LastPollUtc": canonical_instant(view.last_poll_at) if view.last_poll_at else None,
        "LastPushUtc": canonical_instant(view.last_push_at) if view.last_push_at else None,
        "LastError": {"Code": error.code, "Message": error.message, "AtUtc": canonical_instant(error.at)}
        if error
        else None,
        "Preferences": preferences_body(view.preferences),
        "HeldDeletes": live.held_deletes if live else 0,
    }


def decision_of(request: func.HttpRequest) -> HeldDecision:
    """Return what was decided about held deletes; BadRequest names the field at fault."""
    said = body_object(request).get("Decision")
    if not isinstance(said, str) or said not in list(HeldDecision):
        detail = 'must be "Apply" (delete them in SalesExec) or "Restore" (make the events again in Outlook)'
        raise BadRequest("Decision cannot be used as it is. Nothing was changed.", [("/Decision", detail)])
    return HeldDecision(said)


def link_request_of(request: func.HttpRequest, allowed_hosts: frozenset[str]) -> dict[str, Any]:
    """Return what a link is asked for; BadRequest names the field at fault."""
    body = body_object(request)
    errors = []
    if body.get("Page") not in ("connect", "settings"):
        errors.append(("/Page", 'must be "connect" or "settings"'))
    return_url = body.get("ReturnUrl")
    if return_url is not None and not is_allowed_url(return_url, allowed_hosts):
        errors.append(("/ReturnUrl", "must be an https address on a host that ALLOWED_LINK_HOSTS names"))
    for name in ("Mailbox", "DisplayName"):
        value = body.get(name)
        if value is not None and not _is_line(value):
            errors.append((f"/{name}", f"must be one line of at most {LONGEST_TEXT} characters, or absent"))
    if errors:
        raise BadRequest("No link was made.", errors)
    return {
        "page": body["Page"],
        "return_url": return_url,
        "mailbox": body["Mailbox"].strip() if body.get("Mailbox") else None,
        "display_name": body["DisplayName"].strip() if body.get("DisplayName") else None,
    }


def is_allowed_url(value: Any, allowed_hosts: frozenset[str]) -> bool:
    """Tell whether a link may lead there: https, an exact host of the list, no user, no port, nothing odd."""
    # Safety: what is not plain ASCII cannot stand in a Location header, and hides which host is meant.
    if not isinstance(value, str) or len(value) > 2048 or not value.isascii() or not value.isprintable():
        return False
    if set(value) & set(' \\"<>'):
        return False
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        return False
    plain = parts.scheme == "https" and parts.username is None and parts.password is None and port in (None, 443)
    return plain and (parts.hostname or "").lower() in allowed_hosts
