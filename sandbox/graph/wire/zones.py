"""The time zones Exchange knows by name, and the instants they make of a wall time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from tzlocal.windows_tz import tz_win, win_tz

from sandbox.graph.errors import zone_not_supported

# Source: Microsoft docs, resources/datetimetimezone. "Any of the time zones supported by Windows", and these.
DOCUMENTED = """
Etc/GMT+12 Etc/GMT+11 Etc/GMT+2 Etc/GMT Etc/GMT-12 Pacific/Honolulu Pacific/Port_Moresby Pacific/Guadalcanal
Pacific/Auckland Pacific/Fiji Pacific/Tongatapu Pacific/Apia Pacific/Kiritimati America/Anchorage
America/Santa_Isabel America/Los_Angeles America/Phoenix America/Chihuahua America/Denver America/Guatemala
America/Chicago America/Mexico_City America/Regina America/Bogota America/New_York America/Indiana/Indianapolis
America/Caracas America/Asuncion America/Halifax America/Cuiaba America/La_Paz America/Santiago America/St_Johns
America/Sao_Paulo America/Argentina/Buenos_Aires America/Cayenne America/Godthab America/Montevideo America/Bahia
Atlantic/Azores Atlantic/Cape_Verde Atlantic/Reykjavik Africa/Casablanca Africa/Lagos Africa/Windhoek Africa/Cairo
Africa/Johannesburg Africa/Nairobi Europe/London Europe/Berlin Europe/Budapest Europe/Paris Europe/Warsaw
Europe/Bucharest Europe/Istanbul Europe/Kaliningrad Europe/Moscow Asia/Beirut Asia/Damascus Asia/Jerusalem
Asia/Amman Asia/Baghdad Asia/Riyadh Asia/Tehran Asia/Dubai Asia/Baku Asia/Tbilisi Asia/Yerevan Asia/Kabul
Asia/Karachi Asia/Kolkata Asia/Colombo Asia/Kathmandu Asia/Dhaka Asia/Yekaterinburg Asia/Bangkok Asia/Novosibirsk
Asia/Shanghai Asia/Krasnoyarsk Asia/Singapore Asia/Taipei Asia/Ulaanbaatar Asia/Irkutsk Asia/Tokyo Asia/Seoul
Asia/Yakutsk Asia/Vladivostok Asia/Magadan Australia/Perth Australia/Adelaide Australia/Darwin Australia/Brisbane
Australia/Sydney Australia/Hobart Indian/Mauritius
""".split()  # noqa: SIM905 - a list of a hundred quoted names is harder to compare with the page
# Quirk: the page spells these so. Source: Microsoft docs, resources/datetimetimezone.
ODDLY_SPELT = {
    "Europe/Kyiv (Kiev)": "Europe/Kiev",
    "Asia/Toshkent (Tashkent)": "Asia/Tashkent",
    "Asia/Astana (Almaty)": "Asia/Almaty",
    "Asia/Yangon (Rangoon)": "Asia/Rangoon",
}
WINDOWS = {name.lower(): iana for name, iana in win_tz.items()}
IANA = {name.lower(): name for name in DOCUMENTED} | {name.lower(): iana for name, iana in ODDLY_SPELT.items()}

WALL_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?\s*(Z|z|[+-]\d\d:?\d\d)?"
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A zone under the name it was asked for by."""

    name: str
    rules: ZoneInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A wall time without offset, and the name of the zone it is meant in."""

    wall: datetime
    zone: Zone

    @property
    def instant(self) -> datetime:
        """The instant this is, in UTC."""
        return self.wall.replace(tzinfo=self.zone.rules).astimezone(UTC)

    @property
    def is_midnight(self) -> bool:
        """Whether the wall clock shows the beginning of a day."""
        return not (self.wall.hour or self.wall.minute or self.wall.second or self.wall.microsecond)


@cache
def zone_named(name: str, *, every_iana: bool = False) -> Zone:
    """Return the zone of a Windows or IANA name, or refuse; there is no fallback.

    Source: an integrator's live test: an unknown zone is 400 TimeZoneNotSupportedException.
    """
    key = name.strip().lower()
    if key == "utc":
        return Zone(name=name, rules=ZoneInfo("UTC"))
    iana = WINDOWS.get(key) or IANA.get(key)
    if iana is None and every_iana and name in available_timezones():
        iana = name
    if iana is None:
        raise zone_not_supported(name)
    return Zone(name=name, rules=ZoneInfo(iana))


def windows_name(zone: Zone) -> str:
    """Return the Windows name of a zone that may be named the IANA way."""
    if zone.name.lower() in WINDOWS or zone.name.lower() == "utc":
        return zone.name
    windows = tz_win.get(str(zone.rules))
    return windows if isinstance(windows, str) else zone.name


def read_moment(text: str, zone: Zone) -> Moment | None:
    """Read a dateTime as a wall time of `zone`; an offset inside the text wins over the zone. Nothing if unreadable."""
    parts = _parts(text)
    if parts is None:
        return None
    wall, offset = parts
    if offset is not None:
        wall = (wall - offset).replace(tzinfo=UTC).astimezone(zone.rules).replace(tzinfo=None)
    return Moment(wall=wall, zone=zone)


def read_instant(text: str) -> datetime | None:
    """Read an instant; without an offset it is UTC. Nothing if unreadable.

    Source: Microsoft docs, api/user-list-calendarview (startDateTime, endDateTime).
    """
    parts = _parts(text)
    if parts is None:
        return None
    wall, offset = parts
    return (wall - (offset or timedelta())).replace(tzinfo=UTC)


def _parts(text: str) -> tuple[datetime, timedelta | None] | None:
    match = WALL_TIME.fullmatch(text.strip())
    if match is None:
        return None
    day, minute, second, fraction, offset = match.groups()
    try:
        wall = datetime.fromisoformat(f"{day}T{minute or '00:00'}:{second or '00'}")
    except ValueError:
        return None
    wall += timedelta(microseconds=int((fraction or "0").ljust(6, "0")[:6]))
    if offset is None:
        return wall, None
    if offset in "Zz":
        return wall, timedelta()
    hours, minutes = int(offset[1:3]), int(offset[-2:])
    return wall, (1 if offset[0] == "+" else -1) * timedelta(hours=hours, minutes=minutes)


def seven_digits(wall: datetime) -> str:
    """Write a wall time as Outlook does, with seven digits of fraction."""
    return wall.strftime("%Y-%m-%dT%H:%M:%S.") + f"{wall.microsecond:06d}0"


def timestamp(instant: datetime) -> str:
    """Write an instant as Outlook does: `Z`, and up to seven digits of fraction."""
    fraction = f"{instant.microsecond:06d}{instant.microsecond % 9 + 1}" if instant.microsecond else ""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S") + (f".{fraction}" if fraction else "") + "Z"
