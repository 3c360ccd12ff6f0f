"""RFC 5545 text of a recurrence: read with tolerance for how it is written, none for what it says."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from shared_code.domain.recurrence.patterns import FIRST_DAY, LAST_DAY
from shared_code.domain.recurrence.refusals import RecurrenceRefused, lies_outside
from shared_code.domain.recurrence.rules import (
    ByDay,
    Count,
    Day,
    End,
    Frequency,
    Instant,
    Moment,
    Recurrence,
    Rule,
    Until,
    Wall,
    Weekday,
)
from shared_code.domain.zones import UnknownZone, instant_of, resolve

_PROPERTY = re.compile(r"""(?P<name>[A-Z-]+)\s*(?P<params>(?:;(?:"[^"]*"|[^":])*)?):(?P<value>.*)""", re.IGNORECASE)
_FOLDED = re.compile(r"\s(?!\s*(?:RRULE|EXDATE|RDATE|EXRULE|DTSTART|DTEND|DURATION)\s*[;:])", re.IGNORECASE)
_PARAM = re.compile(r""";\s*([A-Z-]+)\s*=\s*(?:"([^"]*)"|([^;]*))""", re.IGNORECASE)
_MOMENT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})(?:T([0-9]{2})([0-9]{2})([0-9]{2})(Z?))?")
_PARTS = ("FREQ", "INTERVAL", "BYMONTH", "BYMONTHDAY", "BYDAY", "BYSETPOS", "WKST", "COUNT", "UNTIL")
_BY_DAY = re.compile(r"(?P<nth>[+-]?[0-9]{1,2})?(?P<weekday>MO|TU|WE|TH|FR|SA|SU)")
_FORMS = "write it as 20261231, 20261231T170000Z, or 20261231T090000 for wall time in the zone of the series"
_ONE_RULE = "send one line RRULE:… and, where occurrences are taken out, lines EXDATE:…"
_NO_SUCH_LINE = {
    "RDATE": ("Outlook cannot add single dates to a series", "send those dates as appointments of their own"),
    "EXRULE": ("a rule that takes occurrences out is obsolete", "list what is taken out in EXDATE"),
    "DTSTART": ("the start is told by Start", "leave the line out"),
}
_NO_SUCH_PART = {
    "BYHOUR": ("Outlook has one time of day in a series", "leave it out; Start says the hour"),
    "BYMINUTE": ("Outlook has one time of day in a series", "leave it out; Start says the minute"),
    "BYSECOND": ("Outlook has one time of day in a series", "leave it out; Start says the second"),
    "BYYEARDAY": ("Outlook does not count the days of a year", "use FREQ=YEARLY with BYMONTH and BYMONTHDAY"),
    "BYWEEKNO": ("Outlook does not number weeks", "use FREQ=YEARLY with BYMONTH and BYDAY, as BYMONTH=5;BYDAY=3MO"),
    "RSCALE": ("the only calendar here is RFC 5545's own", "leave it out"),
    "SKIP": ("RFC 5545 has no such part", "for the last day of a month use BYMONTHDAY=-1"),
}  # fmt: skip


def read(lines: Sequence[str]) -> Recurrence:
    """Return what the lines say, or raise RecurrenceRefused naming the part that is malformed or cannot be."""
    rules: list[Rule] = []
    excluded: list[Moment] = []
    for line in _unfolded(lines):
        found = _PROPERTY.fullmatch(line)
        if found is None:
            raise RecurrenceRefused(_short(line), "this is no line of RFC 5545", _ONE_RULE)
        name, value = found["name"].upper(), found["value"]
        if name == "RRULE":
            rules.append(_rule(value))
        elif name == "EXDATE":
            excluded.extend(_excluded(found["params"], value))
        else:
            reason, instead = _NO_SUCH_LINE.get(name, ("such a line has no place in a recurrence", _ONE_RULE))
            raise RecurrenceRefused(name, reason, instead)
    if len(rules) != 1:
        reason = "one rule says when a series repeats" if not rules else "Outlook holds one rule in a series"
        instead = _ONE_RULE if not rules else "send one RRULE, and the others as series of their own"
        raise RecurrenceRefused("RRULE", reason, instead)
    return Recurrence(rule=rules[0], excluded=tuple(excluded))


def _unfolded(lines: Iterable[str]) -> list[str]:
    """Put folded lines together again; a line that begins like a property is one, however far it is indented."""
    whole: list[str] = []
    for line in (physical for text in lines for physical in re.split(r"\r\n|\r|\n", text)):
        if whole and line.strip() and _FOLDED.match(line):
            whole[-1] += line[1:]
        elif line.strip():
            whole.append(line)
    return [line.strip() for line in whole]


def _rule(text: str) -> Rule:
    parts = _parts(text)
    if "FREQ" not in parts:
        raise RecurrenceRefused("FREQ", "a rule needs one", "add FREQ=DAILY, WEEKLY, MONTHLY or YEARLY")
    if "COUNT" in parts and "UNTIL" in parts:
        raise RecurrenceRefused("COUNT and UNTIL", "a series ends in one way", "send one of the two")
    return Rule(
        frequency=_frequency(parts["FREQ"]),
        interval=_positive("INTERVAL", parts.get("INTERVAL", "1")),
        by_month=_numbers("BYMONTH", parts, 12, may_be_negative=False),
        by_month_day=_numbers("BYMONTHDAY", parts, 31),
        by_day=_by_day(parts.get("BYDAY", "")),
        by_set_pos=_numbers("BYSETPOS", parts, 366),
        week_start=_week_start(parts.get("WKST", "MO")),
        end=_end(parts),
    )


def _parts(text: str) -> dict[str, str]:
    parts: dict[str, str] = {}
    for part in filter(None, (piece.strip() for piece in text.upper().split(";"))):
        name, _, value = (piece.strip() for piece in part.partition("="))
        if name in _NO_SUCH_PART:
            raise RecurrenceRefused(name, *_NO_SUCH_PART[name])
        if name not in _PARTS:
            raise RecurrenceRefused(
                _short(name), "RRULE has no such part", f"leave it out; there are {', '.join(_PARTS)}"
            )
        if not value:
            raise RecurrenceRefused(name, "it has no value", "give it one or leave it out")
        if name in parts:
            raise RecurrenceRefused(name, "it is said twice", "say it once")
        parts[name] = value
    return parts


def _frequency(value: str) -> Frequency:
    if value in ("SECONDLY", "MINUTELY", "HOURLY"):
        reason = "Outlook repeats by days, weeks, months and years"
        raise RecurrenceRefused(f"FREQ={value}", reason, "send one FREQ=DAILY series for each time of day")
    try:
        return Frequency(value)
    except ValueError:
        raise _malformed("FREQ", value, "use DAILY, WEEKLY, MONTHLY or YEARLY") from None


def _positive(name: str, value: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", value) or int(value) < 1:
        raise _malformed(name, value, "use a whole number from 1")
    return int(value)


def _numbers(name: str, parts: dict[str, str], most: int, *, may_be_negative: bool = True) -> tuple[int, ...]:
    if name not in parts:
        return ()
    numbers = set()
    for text in parts[name].split(","):
        piece = text.strip()
        if not re.fullmatch(r"[+-]?[0-9]{1,3}", piece) or not 1 <= abs(int(piece)) <= most:
            signed = f", or -{most} to -1 to count from the end" if may_be_negative else ""
            raise _malformed(name, piece, f"use numbers from 1 to {most}{signed}")
        if int(piece) < 0 and not may_be_negative:
            raise _malformed(name, piece, f"use numbers from 1 to {most}")
        numbers.add(int(piece))
    return tuple(sorted(numbers))


def _by_day(value: str) -> tuple[ByDay, ...]:
    days = set()
    for text in value.split(",") if value else ():
        found = _BY_DAY.fullmatch(text.strip())
        nth = int(found["nth"]) if found and found["nth"] else None
        if found is None or (nth is not None and not 1 <= abs(nth) <= 53):
            raise _malformed("BYDAY", text.strip(), "use MO, TU, WE, TH, FR, SA, SU, or one of them as 2MO or -1FR")
        days.add(ByDay(Weekday[found["weekday"]], nth))
    return tuple(sorted(days, key=lambda by_day: (by_day.weekday, by_day.nth or 0)))


def _week_start(value: str) -> Weekday:
    if value not in Weekday.__members__:
        raise _malformed("WKST", value, "use MO, TU, WE, TH, FR, SA or SU")
    return Weekday[value]


def _end(parts: dict[str, str]) -> End:
    if "COUNT" in parts:
        return Count(occurrences=_positive("COUNT", parts["COUNT"]))
    if "UNTIL" in parts:
        return Until(moment=_moment("UNTIL", parts["UNTIL"]))
    return None


def _moment(name: str, text: str) -> Moment:
    found = _MOMENT.fullmatch(text)
    if found is None:
        raise _malformed(name, text, _FORMS)
    try:
        year, month, day, hour, minute, second = (int(number or 0) for number in found.groups()[:6])
        wall = datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - naive until its zone is known
    except ValueError:
        raise _malformed(name, text, _FORMS) from None
    if not FIRST_DAY <= wall.date() <= LAST_DAY:
        # Safety: what has been read cannot run out of Python's dates when it is taken to another zone.
        raise lies_outside(f"{name}={text}", FIRST_DAY, LAST_DAY)
    if found[4] is None:
        return Day(day=wall.date())
    return Instant(at=wall.replace(tzinfo=UTC)) if found[7] else Wall(at=wall)


def _excluded(params: str, value: str) -> Iterator[Moment]:
    zone: ZoneInfo | None = None
    for name, quoted, plain in _PARAM.findall(params):
        if name.upper() == "TZID":
            try:
                zone = resolve(quoted or plain)
            except UnknownZone as unknown:
                instead = "use an IANA name such as Europe/Berlin, or UTC times ending in Z"
                raise RecurrenceRefused("EXDATE", str(unknown), instead) from None
    for text in filter(None, (piece.strip() for piece in value.upper().split(","))):
        moment = _moment("EXDATE", text)
        if isinstance(moment, Wall) and zone is not None:
            yield Instant(at=instant_of(moment.at, zone))
        else:
            yield moment


def _malformed(name: str, value: str, instead: str) -> RecurrenceRefused:
    return RecurrenceRefused(f"{name}={_short(value)}", "this is malformed", instead)


def _short(text: str) -> str:
    return "".join(letter for letter in text[:40] if letter.isprintable())


def write(recurrence: Recurrence) -> tuple[str, ...]:
    """Return the recurrence as RFC 5545 lines: the rule, then every taken-out start on a line of its own."""
    return (f"RRULE:{_rule_text(recurrence.rule)}", *map(_excluded_text, recurrence.excluded))


def _rule_text(rule: Rule) -> str:
    parts = {
        "FREQ": rule.frequency.value,
        "INTERVAL": "" if rule.interval == 1 else str(rule.interval),
        "BYMONTH": ",".join(map(str, rule.by_month)),
        "BYMONTHDAY": ",".join(map(str, rule.by_month_day)),
        "BYDAY": ",".join(map(str, rule.by_day)),
        "BYSETPOS": ",".join(map(str, rule.by_set_pos)),
        # Always said: without it RFC 5545 means Monday, and Outlook Sunday.
        "WKST": rule.week_start.name if rule.frequency is Frequency.WEEKLY else "",
        "COUNT": str(rule.end.occurrences) if isinstance(rule.end, Count) else "",
        "UNTIL": _moment_text(rule.end.moment) if isinstance(rule.end, Until) else "",
    }
    return ";".join(f"{name}={value}" for name, value in parts.items() if value)


def _excluded_text(moment: Moment) -> str:
    return f"EXDATE{';VALUE=DATE' if isinstance(moment, Day) else ''}:{_moment_text(moment)}"


def _moment_text(moment: Moment) -> str:
    match moment:
        case Day():
            return f"{moment.day:%Y%m%d}"
        case Wall():
            return f"{moment.at:%Y%m%dT%H%M%S}"
        case Instant():
            return f"{moment.at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
