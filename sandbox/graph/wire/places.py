"""Locations as requests say them and answers hold them."""

from __future__ import annotations

from typing import Any

from sandbox.graph.errors import unreadable_body
from sandbox.graph.mailbox.items import NOWHERE
from sandbox.graph.wire.words import one_of

TEXTS = ("displayName", "locationUri", "locationEmailAddress", "uniqueId")
ADDRESS = ("street", "city", "state", "countryOrRegion", "postalCode")
COORDINATES = ("latitude", "longitude", "accuracy", "altitude", "altitudeAccuracy")
OTHERS = ("locationType", "uniqueIdType", "address", "coordinates")


def read_location(name: str, value: Any) -> dict[str, Any]:
    """Read the one location of an event; its name is also its private id.

    Source: Microsoft docs, api/user-post-events (the answers to its examples).
    """
    location = _place(name, value)
    shown = location.get("displayName")
    return {**location, "uniqueId": shown, "uniqueIdType": "private"} if shown else {**location, **NOWHERE}


def read_locations(name: str, value: Any) -> tuple[dict[str, Any], ...]:
    """Read the list of locations; only one with an address or coordinates gets an id.

    Source: Microsoft docs, api/user-post-events (the example with several locations).
    """
    if not isinstance(value, list):
        raise unreadable_body(f"The property '{name}' must be a collection.")
    places = []
    for given in value:
        place = _place(name, given)
        if "address" in place or "coordinates" in place:
            where = {key: place.pop(key) for key in ("address", "coordinates") if key in place}
            place |= {"uniqueId": place["displayName"], "uniqueIdType": "private"} | where
        else:
            place["uniqueIdType"] = "unknown"
        places.append(place)
    return tuple(places)


def _place(name: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise unreadable_body(f"The property '{name}' must be an object.")
    for key in value:
        if "@" not in key and key not in (*TEXTS, *OTHERS):
            raise unreadable_body(
                f"The property '{key}' does not exist on type 'Microsoft.OutlookServices.Location'. "
                "Make sure to only use property names that are defined by the type."
            )
    place: dict[str, Any] = {"displayName": value.get("displayName") or ""}
    for key in ("locationUri", "locationEmailAddress"):
        if value.get(key):
            place[key] = value[key]
    place["locationType"] = one_of("locationType", value.get("locationType") or "default")
    for key, fields in (("address", ADDRESS), ("coordinates", COORDINATES)):
        given = value.get(key)
        known = {one: given[one] for one in fields if given.get(one) is not None} if isinstance(given, dict) else {}
        if known:
            place[key] = known
    if not all(isinstance(place.get(key, ""), str) for key in TEXTS):
        raise unreadable_body(f"Cannot convert a value of '{name}' to the expected type 'Edm.String'.")
    return place
