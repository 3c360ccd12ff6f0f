"""The ids Outlook gives: two per event, of two formats, and which text cannot be one."""

from __future__ import annotations

import re
from datetime import datetime

from sandbox.world import Ids

# Source: the shapes in Microsoft docs, concepts/outlook-immutable-id and api/user-post-events.
DEFAULT_PREFIX = "AAMkA"
IMMUTABLE_PREFIX = "AAkALgAAAAAAHYQDEapmEc2byACqAC-EWg0A"
CALENDAR_PREFIX = "AAMkAGI2"
DEFAULT_LENGTH = 151
IMMUTABLE_LENGTH = 71
CALENDAR_LENGTH = 119
WELL_FORMED = re.compile(r"AAMkA[A-Za-z0-9_-]+=|AAkALg[A-Za-z0-9_-]+=")
LENGTHS = {length + 1 for length in (DEFAULT_LENGTH, IMMUTABLE_LENGTH, CALENDAR_LENGTH)}


def default_id(ids: Ids) -> str:
    """Return an id that lasts as long as the event stays in its calendar."""
    return ids.opaque(DEFAULT_PREFIX, DEFAULT_LENGTH) + "="


def immutable_id(ids: Ids) -> str:
    """Return an id that lasts as long as the event stays in its mailbox."""
    return ids.opaque(IMMUTABLE_PREFIX, IMMUTABLE_LENGTH) + "="


def calendar_id(ids: Ids) -> str:
    """Return the one id of a calendar."""
    return ids.opaque(CALENDAR_PREFIX, CALENDAR_LENGTH) + "="


def change_key(ids: Ids) -> str:
    """Return the name of one version of an item."""
    return ids.opaque(length=30) + "=="


def ical_uid(ids: Ids, now: datetime) -> str:
    """Return a UID as Outlook makes them: a constant, the time, and something random, in hexadecimal."""
    ticks = int(now.timestamp() * 10_000_000)
    return f"040000008200E00074C5B7101A82E00800000000{ticks:016X}0000000000000010{ids.guid().replace('-', '').upper()}"


def is_well_formed(text: str) -> bool:
    """Say whether a text can be an id; a truncated one cannot."""
    return len(text) in LENGTHS and WELL_FORMED.fullmatch(text) is not None
