"""Times as SalesExec writes and reads them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

UTC_SECONDS = "%Y-%m-%dT%H:%M:%SZ"
RFC3339 = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})")
PLAIN_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def utc_text(instant: datetime) -> str:
    """Return an instant as `2026-11-23T17:00:00Z`."""
    return instant.astimezone(UTC).strftime(UTC_SECONDS)


def instant_of(text: str, zone: str | None = None) -> datetime:
    """Return the instant of a time; a wall time or a plain date is in the zone given, else in UTC."""
    there = ZoneInfo(zone) if zone else UTC
    if PLAIN_DATE.fullmatch(text):
        return datetime.combine(date.fromisoformat(text), datetime.min.time(), there).astimezone(UTC)
    read = datetime.fromisoformat(text)
    return (read if read.tzinfo else read.replace(tzinfo=there)).astimezone(UTC)


def is_utc_instant(text: object) -> bool:
    """Say whether a value is a time that ends in Z."""
    return isinstance(text, str) and text.endswith("Z") and is_time(text)


def is_time(text: object) -> bool:
    """Say whether a value is an RFC 3339 time with an offset that exists."""
    if not isinstance(text, str) or not RFC3339.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def is_date(text: object) -> bool:
    """Say whether a value is a plain date that exists."""
    if not isinstance(text, str) or not PLAIN_DATE.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
