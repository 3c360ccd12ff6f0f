"""Series as SalesExec keeps them: RFC 5545 lines, read strictly, and the slots they mean."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from dateutil.rrule import rrulestr

from sandbox.salesexec.instants import instant_of, is_date, is_utc_instant

WEEKDAY = "(MO|TU|WE|TH|FR|SA|SU)"
COUNTED = "[1-9][0-9]{0,3}"
# What a series of Outlook can have; whole numbers without zeros or plus signs in front.
PARTS = {
    "FREQ": "DAILY|WEEKLY|MONTHLY|YEARLY",
    "INTERVAL": COUNTED,
    "COUNT": COUNTED,
    "UNTIL": r"\d{8}(T\d{6}Z)?",
    "BYDAY": f"(-1|[1-4])?{WEEKDAY}(,(-1|[1-4])?{WEEKDAY})*",
    "BYMONTHDAY": r"(-1|[1-9]|[12]\d|3[01])(,(-1|[1-9]|[12]\d|3[01]))*",
    "BYMONTH": r"([1-9]|1[0-2])",
    "BYSETPOS": "(-1|[1-4])",
    "WKST": WEEKDAY,
}
EXDATE = re.compile(r"EXDATE(;TZID=([^:;]+)|;VALUE=DATE)?:(.+)")
ZONES = frozenset(available_timezones())
NEAR = timedelta(days=1)


def is_recurrence(value: Any) -> bool:
    """Say whether a value is a list of lines that are one RRULE and EXDATEs as RFC 5545 has them, or none at all."""
    if not isinstance(value, list) or not all(isinstance(line, str) for line in value):
        return False
    rules = [line for line in value if line.startswith("RRULE:")]
    if not value:
        return True
    return len(rules) == 1 and _is_rule(rules[0]) and all(_is_exdate(line) for line in value if line not in rules)


def series_faults(event: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what about a series does not go together, each with the field at fault: forms, zones, and its slots."""
    lines, start = event.get("Recurrence"), event.get("Start")
    if not lines or start is None:
        return []
    all_day = is_date(start)
    if any(_is_of_day(value) != all_day for value in _moments(lines)):
        return [("Recurrence", "UNTIL and EXDATE are dates in an all-day series, and instants in any other")]
    try:
        if not is_slot(event, start):
            return [("Start", "is no instance of the rule")]
        gone = [slot for slot in removed(event) if not is_slot(event, slot)]
    except ValueError as error:
        return [("Recurrence", f"cannot be worked out: {error}")]
    if len(set(removed(event))) < len(removed(event)):
        return [("Recurrence", "an EXDATE comes twice")]
    return [("Recurrence", f"EXDATE {slot} is no instance of the rule") for slot in gone]


def is_slot(series: Mapping[str, Any], slot: str) -> bool:
    """Say whether a series' rule has an occurrence that was to begin at a time, or on a day; EXDATEs do not matter."""
    zone = ZoneInfo(series.get("TimeZone") or "UTC")
    is_all_day = is_date(series["Start"])
    if is_date(slot) != is_all_day:
        return False
    first, wanted = _wall(series["Start"], zone), _wall(slot, zone)
    rule = next((line for line in series["Recurrence"] if line.upper().startswith("RRULE:")), "")
    near = rrulestr(_local_rule(rule, zone), dtstart=first).between(wanted - NEAR, wanted + NEAR, inc=True)
    if is_all_day:
        return wanted in near
    instant = instant_of(slot, str(zone))
    return any(one.replace(tzinfo=zone).astimezone(UTC) == instant for one in near)


def slots_between(series: Mapping[str, Any], start: datetime, end: datetime) -> list[str]:
    """Return the slots of a series that begin in a span of time, those that it has lost left out."""
    zone = ZoneInfo(series.get("TimeZone") or "UTC")
    is_all_day = is_date(series["Start"])
    first = _wall(series["Start"], zone)
    rule = next((line for line in series["Recurrence"] if line.upper().startswith("RRULE:")), "")
    since, until = (at.astimezone(zone).replace(tzinfo=None) for at in (start, end))
    gone = set(removed(series))
    found = []
    for wall in rrulestr(_local_rule(rule, zone), dtstart=first).between(since - NEAR, until + NEAR, inc=True):
        instant = wall.replace(tzinfo=UTC if is_all_day else zone).astimezone(UTC)
        slot = wall.date().isoformat() if is_all_day else instant.strftime("%Y-%m-%dT%H:%M:%SZ")
        if slot not in gone and start <= instant < end:
            found.append(slot)
    return found


def removed(series: Mapping[str, Any]) -> list[str]:
    """Return the slots a series has lost, as `2026-12-01T17:00:00Z` or as dates."""
    slots = []
    for line in series["Recurrence"]:
        match = EXDATE.fullmatch(line)
        if match:
            slots += [_slot(value, match.group(2)) for value in match.group(3).split(",")]
    return slots


def with_exdate(series: Mapping[str, Any], slot: str) -> list[str]:
    """Return the lines of a series that has lost one more slot."""
    lines = list(series["Recurrence"])
    if not lines or slot in removed(series):
        return lines
    digits = re.sub("[-:]", "", slot)
    return [*lines, f"EXDATE;VALUE=DATE:{digits}" if is_date(slot) else f"EXDATE:{digits}"]


def without_exdate(series: Mapping[str, Any], slot: str) -> list[str]:
    """Return the lines of a series that has a slot again."""
    if slot not in removed(series):
        return list(series["Recurrence"])
    rest = [one for one in removed(series) if one != slot]
    again: dict[str, Any] = {"Recurrence": [line for line in series["Recurrence"] if not EXDATE.fullmatch(line)]}
    for one in rest:
        again["Recurrence"] = with_exdate(again, one)
    lines: list[str] = again["Recurrence"]
    return lines


def is_slot_name(text: str) -> bool:
    """Say whether a text can name a slot: an instant that ends in Z, or a date."""
    return is_utc_instant(text) or is_date(text)


def _is_rule(line: str) -> bool:
    parts = [part.partition("=") for part in line.removeprefix("RRULE:").split(";")]
    names = [name for name, _, _ in parts]
    if len(set(names)) < len(names) or "FREQ" not in names or {"COUNT", "UNTIL"} <= set(names):
        return False
    return all(name in PARTS and re.fullmatch(PARTS[name], value) is not None for name, _, value in parts)


def _is_exdate(line: str) -> bool:
    match = EXDATE.fullmatch(line)
    if match is None or (match.group(2) is not None and match.group(2) not in ZONES):
        return False
    how = match.group(1) or ""
    form = r"\d{8}" if how == ";VALUE=DATE" else r"\d{8}T\d{6}" if how else r"\d{8}T\d{6}Z"
    return all(re.fullmatch(form, value) is not None and _exists(value) for value in match.group(3).split(","))


def _exists(value: str) -> bool:
    try:
        _read(value)
    except ValueError:
        return False
    return True


def _read(value: str) -> datetime:
    return datetime.strptime(value.removesuffix("Z").ljust(9, "T").ljust(15, "0"), "%Y%m%dT%H%M%S")  # noqa: DTZ007


def _moments(lines: Sequence[str]) -> list[str]:
    """Return every value of UNTIL and EXDATE as it is written."""
    found = [part[6:] for line in lines for part in line.partition(":")[2].split(";") if part.startswith("UNTIL=")]
    for line in lines:
        match = EXDATE.fullmatch(line)
        found += match.group(3).split(",") if match else []
    return found


def _is_of_day(value: str) -> bool:
    return "T" not in value


def _slot(value: str, zone: str | None) -> str:
    at = _read(value)
    if _is_of_day(value):
        return at.date().isoformat()
    instant = at.replace(tzinfo=ZoneInfo(zone) if zone else UTC).astimezone(UTC)
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


def _wall(text: str, zone: ZoneInfo) -> datetime:
    if is_date(text):
        return datetime.combine(date.fromisoformat(text), datetime.min.time())
    return instant_of(text, str(zone)).astimezone(zone).replace(tzinfo=None)


def _local_rule(line: str, zone: ZoneInfo) -> str:
    """Return a rule whose UNTIL is a wall time, as the rest of it; a date includes its whole day."""

    def local(match: re.Match[str]) -> str:
        value = match.group(1)
        if _is_of_day(value):
            return f"UNTIL={value}T235959"
        at = _read(value)
        there = at.replace(tzinfo=UTC).astimezone(zone) if value.endswith("Z") else at
        return f"UNTIL={there:%Y%m%dT%H%M%S}"

    return re.sub(r"UNTIL=(\w+)", local, line.upper())
