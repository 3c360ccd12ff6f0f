"""The words of Graph's enumerations: taken in any case, given back in camel case.

Source: v1.0 metadata (the words); Microsoft docs, api/user-post-events and others post them in other cases.
"""

from __future__ import annotations

from typing import Any

from sandbox.graph.errors import unreadable_body
from sandbox.graph.recurring.patterns import INDEXES, WEEK

WORDS = {
    "bodyType": ("text", "html"),
    "importance": ("low", "normal", "high"),
    "sensitivity": ("normal", "personal", "private", "confidential"),
    "freeBusyStatus": ("unknown", "free", "tentative", "busy", "oof", "workingElsewhere"),
    "attendeeType": ("required", "optional", "resource"),
    "responseType": ("none", "organizer", "tentativelyAccepted", "accepted", "declined", "notResponded"),
    "onlineMeetingProviderType": ("unknown", "skypeForBusiness", "skypeForConsumer", "teamsForBusiness"),
    "locationType": (
        "default", "conferenceRoom", "homeAddress", "businessAddress", "geoCoordinates", "streetAddress", "hotel",
        "restaurant", "localBusiness", "postalAddress",
    ),
    "locationUniqueIdType": ("unknown", "locationStore", "directory", "private", "bing"),
    "recurrencePatternType": (
        "daily", "weekly", "absoluteMonthly", "relativeMonthly", "absoluteYearly", "relativeYearly",
    ),
    "recurrenceRangeType": ("endDate", "noEnd", "numbered"),
    "dayOfWeek": WEEK,
    "weekIndex": INDEXES,
    "calendarColor": (
        "auto", "lightBlue", "lightGreen", "lightOrange", "lightGray", "lightYellow", "lightTeal", "lightPink",
        "lightBrown", "lightRed", "maxColor",
    ),
}  # fmt: skip


def one_of(kind: str, value: Any) -> str:
    """Return the enumeration's own spelling of a word, or refuse."""
    found = next((word for word in WORDS[kind] if isinstance(value, str) and word.lower() == value.lower()), None)
    if found is None:
        raise unreadable_body(f"Requested value '{value}' was not found.")
    return found
