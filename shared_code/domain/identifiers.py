"""The ids that must not be swapped, and the ids we derive so that a repeated deed is recognised as the same one."""

import hashlib
import re
import uuid
from typing import NewType

AppointmentGuid = NewType("AppointmentGuid", str)
"""SalesExec's id of an appointment: lower-case GUID text."""

UserGuid = NewType("UserGuid", str)
"""SalesExec's id of a user (a rep): lower-case GUID text."""

EventId = NewType("EventId", str)
"""Graph's immutable id of an event: case-sensitive, opaque."""

MailboxKey = NewType("MailboxKey", str)
"""`oid.tid` of the account behind a mailbox: the pair that never changes, unlike its address."""

Book = NewType("Book", str)
"""Where the pairs of one rep with one mailbox are kept: another mailbox is another book, and the same one the same."""

EXTENSION_NAME = "SalesExec.Appointment"
"""The one open extension we write; a constant, because each name costs the mailbox a named property for ever."""

EXTENDED_PROPERTY_ID = "String {6f0a1a5e-2a43-4d0c-8c53-5b1c9f0e7a21} Name SalesExecAppointment"
"""The extended property by whose value one of our events is found again: extensions cannot be searched by value."""

_GUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_NAMESPACE = uuid.UUID("0b3a4c86-5d2f-4f0e-9a51-8b1d0c6d4f3e")


def parse_guid(text: str) -> str:
    """Return the GUID as lower-case text with hyphens; ValueError when it is none."""
    bare = text[1:-1] if text.startswith("{") and text.endswith("}") else text
    # Quirk: uuid.UUID alone takes hyphens anywhere, and signs, underscores and other scripts' digits among the digits.
    if _GUID.fullmatch(bare) is None:
        message = "not a GUID"
        raise ValueError(message)
    return bare.lower()


def book_of(user: UserGuid, mailbox: MailboxKey | None) -> Book:
    """Return the book of a rep and her mailbox; without one, that of what concerns the rep alone."""
    digest = "none" if mailbox is None else hashlib.sha256(mailbox.encode()).hexdigest()[:16]
    return Book(f"{user}.{digest}")


def transaction_id(appointment: AppointmentGuid, user: UserGuid, generation: int) -> str:
    """Name one logical creation, so that Graph drops a repeated POST of it.

    Each new generation (an event made again after it was deleted) has a value of its own, since nobody
    knows how long Graph remembers one. Source: Microsoft docs, resources/event, transactionId.
    """
    return str(uuid.uuid5(_NAMESPACE, f"create|{appointment}|{user}|{generation}"))


def property_value(appointment: AppointmentGuid, generation: int) -> str:
    """Return what the extended property of an event holds."""
    return f"{appointment}:{generation}"


def generation_in(value: str | None, appointment: AppointmentGuid) -> int | None:
    """Return the generation that an extended property names for the appointment, or None when it names none."""
    named, _, generation = (value or "").rpartition(":")
    return int(generation) if named == appointment and generation.isdecimal() else None


def change_id(*parts: str | int) -> str:
    """Name one change told to SalesExec: the same parts give the same id, whenever it is sent again."""
    joined = "|".join(str(part) for part in parts)
    return str(uuid.uuid5(_NAMESPACE, f"change|{joined}"))


def import_change_id(user: UserGuid, event: EventId, generation: int) -> str:
    """Name the first import of an event: of rep, event and generation only, so that it happens once."""
    return change_id("import", user, event, generation)


def shard_of(user: UserGuid, shards: int) -> int:
    """Return the shard a rep's poll state lives in: fixed for a fixed number of shards."""
    return int.from_bytes(hashlib.sha256(user.encode()).digest()[:4]) % shards
