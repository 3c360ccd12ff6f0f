"""What a request prefers: id format, time zone of the answer, format of bodies."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sandbox.graph.errors import GraphError
from sandbox.graph.wire.zones import Zone, zone_named

ONE_PREFERENCE = re.compile(r"""\s*([^\s=,;]+)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",;]*)))?\s*(?:;[^,]*)?(?:,|$)""")
BODY_TYPES = ("html", "text")
UTC_ZONE = "UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """The preferences of one request, and how the answer names those it followed."""

    immutable_ids: bool
    zone: Zone
    body_type: str | None
    page_size: int | None
    applied: tuple[str, ...]


def read_preferences(header: str, *, every_iana_zone: bool) -> Preferences:
    """Read a Prefer header; several preferences may share it. Unknown ones are ignored, as HTTP asks.

    Source: Microsoft docs, api/event-get (outlook.*), concepts/outlook-immutable-id, concepts/delta-query-events.
    """
    wanted = _pairs(header)
    applied: list[str] = []
    zone_name = wanted.get("outlook.timezone")
    zone = zone_named(zone_name if zone_name is not None else UTC_ZONE, every_iana=every_iana_zone)
    if zone_name is not None:
        applied.append(f'outlook.timezone="{zone_name}"')
    body_type = wanted.get("outlook.body-content-type")
    if body_type is not None:
        if body_type.lower() not in BODY_TYPES:
            raise GraphError(400, "ErrorInvalidParameter", f"The body content type '{body_type}' is not supported.")
        applied.append(f'outlook.body-content-type="{body_type}"')
    immutable = wanted.get("idtype", "").lower() == "immutableid"
    if immutable:
        applied.append('IdType="ImmutableId"')
    size = wanted.get("odata.maxpagesize", "")
    return Preferences(
        immutable_ids=immutable,
        zone=zone,
        body_type=body_type.lower() if body_type else None,
        page_size=int(size) if size.isdigit() and int(size) else None,
        applied=tuple(applied),
    )


def _pairs(header: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    position = 0
    while position < len(header) and (match := ONE_PREFERENCE.match(header, position)):
        name, quoted, bare = match.groups()
        # The first of two equal preferences counts (RFC 7240, section 2).
        pairs.setdefault(name.lower(), (quoted if quoted is not None else bare) or "")
        position = match.end()
    return pairs
