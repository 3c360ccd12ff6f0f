"""Names of time zones: IANA's, Windows' and Outlook's own, told apart and turned into each other.

The table between IANA and Windows names is Unicode CLDR's `windowsZones`, in the copy that tzlocal ships
(generated from https://github.com/unicode-org/cldr, common/supplemental/windowsZones.xml).
"""

import re
from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tzlocal.windows_tz import tz_win, win_tz

_IANA = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*")
_NO_PLACES = frozenset({"localtime", "factory", "posixrules"})
_OUTLOOK_NAMES = {"tzone://microsoft/utc": "UTC"}
# IANA names that CLDR leaves out of its table, with the Windows zone of the same rules.
_LEFT_OUT = {
    "GMT": "UTC",
    "EST5EDT": "Eastern Standard Time",
    "CST6CDT": "Central Standard Time",
    "MST7MDT": "Mountain Standard Time",
    "PST8PDT": "Pacific Standard Time",
    "US/East-Indiana": "US Eastern Standard Time",
    "Europe/Uzhgorod": "FLE Standard Time",
    "Europe/Zaporozhye": "FLE Standard Time",
}
# CLDR never changes an id; these are what IANA calls the same zones today (tzdata, file "backward").
_TODAYS_NAMES = {
    "America/Buenos_Aires": "America/Argentina/Buenos_Aires",
    "America/Godthab": "America/Nuuk",
    "America/Indianapolis": "America/Indiana/Indianapolis",
    "Asia/Calcutta": "Asia/Kolkata",
    "Asia/Katmandu": "Asia/Kathmandu",
    "Asia/Rangoon": "Asia/Yangon",
    "Europe/Kiev": "Europe/Kyiv",
}

_SAMPLES = tuple(datetime(year, month, 15, tzinfo=UTC) for year in (2026, 2027) for month in range(1, 13))
"""When two zones must agree to count as one: the months of the two years around which appointments are made."""

_WINDOWS_TO_IANA = {windows.casefold(): iana for windows, iana in win_tz.items()}
_IANA_BY_ANY_CASE = {iana.casefold(): iana for iana in (*tz_win, *_LEFT_OUT)}


class UnknownZone(ValueError):
    """A name that no table has."""

    def __init__(self, name: str) -> None:
        super().__init__(f"unknown time zone {name!r}")
        self.name = name


def _exists(name: str) -> bool:
    if not _IANA.fullmatch(name) or name.casefold() in _NO_PLACES:
        return False
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: the name of a folder of the database
        return False
    return True


@cache
def iana_of(name: str) -> str | None:
    """Return the IANA name of a zone called by its IANA, Windows or Outlook name, or None when no table has it.

    Quirk: Graph's list of IANA names has spellings such as "Europe/Kyiv (Kiev)"; the part in brackets is dropped.
    Source: Microsoft docs, resources/datetimetimezone.
    """
    wanted = name.strip()
    windows = _WINDOWS_TO_IANA.get(wanted.casefold()) or _OUTLOOK_NAMES.get(wanted.casefold())
    if wanted.upper() == "UTC" or windows == "Etc/UTC":
        return "UTC"
    if windows is not None:
        return _TODAYS_NAMES.get(windows, windows)
    plain = wanted.partition(" (")[0] if "/" in wanted else wanted
    spelled = _IANA_BY_ANY_CASE.get(plain.casefold(), plain)
    return spelled if _exists(spelled) else None


@cache
def windows_of(iana: str) -> str | None:
    """Return the Windows name of an IANA zone, or None when Windows has no such zone.

    Quirk: where a place changed its clocks, CLDR keeps it with the Windows zone that it had before (Scoresbysund,
    Casey, Vostok): that name would mean other instants, so the place has none.
    """
    windows = tz_win.get(iana) or _LEFT_OUT.get(iana)
    there = None if windows is None else iana_of(windows)
    return windows if there is not None and _keep_the_same_time(there, iana) else None


def _keep_the_same_time(one: str, other: str) -> bool:
    return one == other or all(
        at.astimezone(ZoneInfo(one)).utcoffset() == at.astimezone(ZoneInfo(other)).utcoffset() for at in _SAMPLES
    )


def resolve(name: str) -> ZoneInfo:
    """Return the zone of that name, whichever table it is from; UnknownZone when none has it."""
    iana = iana_of(name)
    if iana is None:
        raise UnknownZone(name)
    return ZoneInfo(iana)


def instant_of(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant (aware UTC) at which clocks of the zone show `wall`.

    An hour that clocks show twice means the first of the two; one that they skip means that much later, so
    02:30 becomes 03:30, as Outlook has it (PEP 495, fold=0).
    """
    return wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
