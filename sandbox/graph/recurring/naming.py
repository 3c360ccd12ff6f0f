"""The names of occurrences: made out of their master's, and read back into master and day.

Exchange puts the day of an occurrence into the middle of its series' id. Source: the published answers of
api/event-list-instances (the ids of one series differ only there); the rest is general knowledge.
"""

from __future__ import annotations

from datetime import date

# Where the day stands in an id; both formats are longer than this.
PLACE = 44
LENGTH = 8
# In a UID the day has a place of its own, which is zero in the master's.
UID_PLACE = 32


def occurrence_id(master_id: str, day: date) -> str:
    """Return the id of a series' occurrence on a day, in the format of the master's id."""
    return master_id[:PLACE] + _written(day) + master_id[PLACE + LENGTH :]


def occurrence_uid(master_uid: str, day: date) -> str:
    """Return an occurrence's iCalUId: each has its own.

    Source: v1.0 metadata, event.iCalUId.
    """
    return master_uid[:UID_PLACE] + _written(day) + master_uid[UID_PLACE + LENGTH :]


def stem(event_id: str) -> str:
    """Return what the ids of a series have in common."""
    return event_id[:PLACE] + event_id[PLACE + LENGTH :]


def day_in(event_id: str) -> date | None:
    """Return the day that an occurrence's id holds; None when it holds none."""
    text = event_id[PLACE : PLACE + LENGTH]
    try:
        year, month, day = int(text[:4], 16), int(text[4:6], 16), int(text[6:], 16)
        found = date(year, month, day)
    except ValueError:
        return None
    return found if _written(found) == text else None


def _written(day: date) -> str:
    return f"{day.year:04X}{day.month:02X}{day.day:02X}"
