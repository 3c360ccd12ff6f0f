"""When a Graph event is: pure."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from shared_code.adapters.graph.wire.payloads import DateTimeTimeZone, Event
from shared_code.adapters.graph.wire.recurrence import patterned_in
from shared_code.domain.recurrence import starting
from shared_code.domain.schedules import AllDay, Once, Series, Timed
from shared_code.domain.series import series_in_outlook
from shared_code.domain.zones import UnknownZone, iana_of, instant_of, resolve

_SEVEN_DIGITS = re.compile(r"(\.\d{6})\d+")
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def series_in(payload: Event) -> Series:
    """Return a series without its removed days, which such a reading does not tell; UnknownZone or ValueError.

    Its hours are those of its own zone, not of the zone its first occurrence was made in. Quirk: that zone may be
    missing or a custom one (microsoft-graph-docs#7163; resources/event); whole days need none.
    """
    first = once_in(payload)
    if isinstance(first, Timed):
        told = payload.recurrence.range.recurrence_time_zone if payload.recurrence and payload.recurrence.range else ""
        names = (told or "", payload.original_start_time_zone or "")
        zone = next((found for name in names if (found := iana_of(name)) is not None), None)
        if zone is None:
            raise UnknownZone(names[0] or names[1])
        first = replace(first, zone=_if_lived_in(zone))
    series = series_in_outlook(patterned_in(payload.recurrence, starting(first).day), first, ())
    if isinstance(series.first, Timed):
        series = replace(series, first=replace(series.first, zone=_if_lived_in(series.first.zone)))
    return series


def _if_lived_in(zone: str | None) -> str | None:
    """Return the zone unless it is UTC.

    A program that had no zone to name wrote UTC; nobody lives there, so it says nothing of where the rep is.
    """
    return None if zone == "UTC" else zone


def slot_day_in(payload: Event, original_start: datetime | None) -> date | None:
    """Return the day of an occurrence's slot where Graph says it: by name, or as midnight of the zone it began in.

    Quirk: `occurrenceId` is missing from the metadata of v1.0 (msgraph-metadata#827); the id in it may hold dots.
    """
    try:
        return occurrence_day(payload.occurrence_id or "")
    except ValueError:
        pass
    zone = iana_of(payload.original_start_time_zone or "")
    if original_start is None or zone is None:
        return None
    wall = original_start.astimezone(ZoneInfo(zone))
    return wall.date() if wall.time() == time() else None


def occurrence_day(name: str) -> date:
    """Return the day at the end of an occurrence's name; ValueError when there is none.

    Source: Microsoft docs, api/event-get: "OID.", the id of the series, a dot, the day.
    """
    return date.fromisoformat(name.rpartition(".")[2])


def once_in(payload: Event) -> Once:
    """Return when an event is by itself; UnknownZone or ValueError when that makes no sense."""
    if payload.start is None or payload.end is None:
        message = "no start or no end"
        raise ValueError(message)
    if payload.is_all_day:
        return _whole_days(payload.start, payload.end)
    start_at = _moment(payload.start)
    zone = _if_lived_in(iana_of(payload.original_start_time_zone or "UTC"))
    return Timed(start_at=start_at, end_at=max(_moment(payload.end), start_at), zone=zone)


def _whole_days(start: DateTimeTimeZone, end: DateTimeTimeZone) -> AllDay:
    """Return the days as written, whatever the zone.

    Quirk: an all-day event is at midnight of whichever zone was asked for and never shifts.
    Source: Microsoft staff, microsoft-graph-docs#1802.
    """
    first_day, last = _wall(start.date_time).date(), _wall(end.date_time)
    day_after: date = last.date() if last.time() == datetime.min.time() else last.date() + timedelta(days=1)
    return AllDay(first_day=first_day, day_after=max(day_after, first_day + timedelta(days=1)))


def _moment(value: DateTimeTimeZone) -> datetime:
    """Return the instant; the zone that came back is believed, not the one asked for.

    Quirk: Graph was seen to answer in another zone than the one preferred (developers, davmail#469).
    """
    return instant_of(_wall(value.date_time), resolve(value.time_zone or "UTC"))


def _wall(text: str) -> datetime:
    """Read a wall time, whose fraction has seven digits. Source: Microsoft docs, resources/datetimetimezone."""
    return datetime.fromisoformat(_SEVEN_DIGITS.sub(r"\1", text)).replace(tzinfo=None)


def instant_in(text: str | None) -> datetime:
    """Read an instant. An event without one counts as changed long ago, so that it wins no conflict."""
    if not text:
        return _NEVER
    at = datetime.fromisoformat(_SEVEN_DIGITS.sub(r"\1", text))
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
