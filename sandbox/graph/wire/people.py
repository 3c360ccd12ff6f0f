"""Attendees and organizers as requests say them and answers hold them."""

from __future__ import annotations

from typing import Any

from sandbox.graph.errors import invalid_request, unreadable_body
from sandbox.graph.mailbox.items import NEVER, Address, Attendee
from sandbox.graph.wire.words import one_of

# Source: Microsoft docs, resources/event.
MOST_ATTENDEES = 500


def read_attendees(name: str, value: Any) -> tuple[Attendee, ...]:
    """Read the list of attendees; everybody begins without an answer."""
    if not isinstance(value, list):
        raise unreadable_body(f"The property '{name}' must be a collection.")
    if len(value) > MOST_ATTENDEES:
        raise invalid_request("Your request can't be completed. An event can have 500 attendees at most.")
    attendees: dict[str, Attendee] = {}
    for one in value:
        who = read_address(one)
        # One inbox is invited once, however often it is listed.
        attendees.setdefault(who.address.lower(), Attendee(who=who, kind=_kind(one)))
    return tuple(attendees.values())


def read_address(recipient: Any) -> Address:
    """Read a recipient; without a name the address stands for it."""
    email = recipient.get("emailAddress") if isinstance(recipient, dict) else None
    address = email.get("address") if isinstance(email, dict) else None
    if not isinstance(email, dict) or not isinstance(address, str) or not address.strip():
        raise invalid_request("Your request can't be completed. At least one recipient isn't valid.")
    name = email.get("name")
    return Address(name=name if isinstance(name, str) and name else address, address=address)


def written_recipient(who: Address) -> dict[str, Any]:
    """Return a recipient as answers hold it."""
    return {"emailAddress": {"name": who.name, "address": who.address}}


def written_attendee(attendee: Attendee) -> dict[str, Any]:
    """Return an attendee as answers hold it."""
    status = {"response": attendee.response, "time": attendee.responded or NEVER}
    return {"type": attendee.kind, "status": status, **written_recipient(attendee.who)}


def _kind(given: dict[str, Any]) -> str:
    return one_of("attendeeType", given.get("type") or "required")
