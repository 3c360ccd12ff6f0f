"""How long a system asked us to wait."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_LONGEST = timedelta(days=1)
_SHORTEST = timedelta(seconds=1)


def asked_wait(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Return the wait that a `Retry-After` header asks for, between a second and a day; None when there is none.

    It may be seconds, a decimal ("2.128" in Microsoft docs, concepts/throttling) or an HTTP date, which is read
    against the sender's own `Date` where that is given, so that neither clock has to be right.
    """
    text = headers.get("Retry-After", "").strip()
    if not text:
        return None
    wait = _seconds(text)
    if wait is None:
        until = _instant(text)
        if until is None:
            return None
        wait = until - (_instant(headers.get("Date", "")) or now)
    return min(max(wait, _SHORTEST), _LONGEST)


def _seconds(text: str) -> timedelta | None:
    try:
        seconds = float(text)
    except ValueError:
        return None
    if math.isnan(seconds):
        return None
    return timedelta(seconds=min(max(seconds, 0.0), _LONGEST.total_seconds()))


def _instant(text: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
