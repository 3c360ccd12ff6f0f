"""The rules of single fields of SalesExec's appointment JSON, each with words that say how to put it right.

A null means the same as an absent field wherever a field may be absent, except for `ReminderMinutes`.
"""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from pydantic_core import PydanticCustomError

from shared_code.domain.identifiers import parse_guid
from shared_code.domain.zones import iana_of

LONGEST_TEXT = 255
LARGEST_BODY = 65_536
LONGEST_URL = 2048
LARGEST_REMINDER = 2_147_483_647
"""Graph keeps the minutes in 32 bits. Source: Microsoft docs, resources/event."""
FIRST_YEAR, LAST_YEAR = 1601, 4500
"""The years that Outlook's calendar has."""

_CONTROLS_IN_LINE = re.compile(r"[\x00-\x1f\x7f\u0080-\u009f\u2028\u2029]")
_CONTROLS_IN_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_SURROGATES = re.compile(r"[\ud800-\udfff]")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})?", re.ASCII)
_LONG_FRACTION = re.compile(r"(\.\d{6})\d+")


class BodyType(StrEnum):
    """How `Body` is written."""

    TEXT = "Text"
    HTML = "Html"


class Unsaid(StrEnum):
    """The one value of a field that was not sent, where null says something else."""

    UNSAID = "unsaid"


UNSAID: Final = Unsaid.UNSAID


def wrong(detail: str) -> PydanticCustomError:
    """Return the error that has these words."""
    return PydanticCustomError("rule", "{detail}", {"detail": detail})


def text(value: object) -> str:
    """Return a text that can be stored and sent on."""
    if not isinstance(value, str):
        raise wrong("must be a text")
    if _SURROGATES.search(value):
        raise wrong("holds half of a character (a lone surrogate); send whole Unicode characters")
    return value


def subject(value: object) -> str:
    """Return a subject: one line, not empty."""
    if not text(value).strip():
        raise wrong("must not be empty")
    return line(value)


def line(value: object) -> str:
    """Return one line of text that Outlook's fields can hold."""
    found = text(value)
    if len(found) > LONGEST_TEXT:
        raise wrong(f"must be at most {LONGEST_TEXT} characters, not {len(found)}")
    if _CONTROLS_IN_LINE.search(found):
        raise wrong("must be one line without control characters")
    return found


def body(value: object) -> str:
    """Return a body of any number of lines."""
    found = text(value)
    size = len(found.encode())
    if size > LARGEST_BODY:
        raise wrong(f"must be at most {LARGEST_BODY} bytes of UTF-8, not {size}")
    if _CONTROLS_IN_TEXT.search(found):
        raise wrong("must not hold control characters other than tab and line breaks")
    return found


def guid(value: object) -> str:
    """Return a GUID as lower-case text."""
    if not isinstance(value, str):
        raise wrong("must be a GUID, as text")
    try:
        return parse_guid(value)
    except ValueError:
        raise wrong("must be a GUID such as 3f2504e0-4f89-41d3-9a0c-0305e82c3301") from None


def truth(value: object) -> bool:
    """Return a boolean, and take nothing else for one."""
    if not isinstance(value, bool):
        raise wrong("must be true or false")
    return value


def one_of[E: StrEnum](choices: type[E]) -> Callable[[object], E]:
    """Return the rule that a value is one of the words."""

    def rule(value: object) -> E:
        if isinstance(value, str) and value in set(choices):
            return choices(value)
        raise wrong(f"must be one of {_listed(choices)}")

    return rule


def _listed(choices: Iterable[StrEnum]) -> str:
    return ", ".join(choice.value for choice in choices)


def minutes(value: object) -> int | None:
    """Return minutes before the start, or None for no reminder."""
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool):
        raise wrong("must be a whole number of minutes, or null for no reminder")
    if not 0 <= value <= LARGEST_REMINDER:
        raise wrong(f"must be 0 or more, and at most {LARGEST_REMINDER}")
    return value


def zone(value: object) -> str:
    """Return a time zone as its IANA name."""
    if not isinstance(value, str):
        raise wrong("must be a text")
    name = iana_of(value) if len(value) <= LONGEST_TEXT else None
    if name is None:
        raise wrong("must be a time zone's IANA name, such as Europe/Berlin, or its Windows name")
    return name


def lead_url(value: object) -> str:
    """Return an absolute https address; whether its host is allowed is settled with the settings at hand."""
    found = text(value)
    if len(found) > LONGEST_URL or not found.isascii() or not found.isprintable() or set(found) & set(' \\"<>'):
        raise wrong(f"must be an https address of at most {LONGEST_URL} plain ASCII characters, without spaces")
    try:
        parts = urlsplit(found)
        port = parts.port
    except ValueError:
        raise wrong("must be an absolute https address") from None
    if parts.scheme != "https" or not parts.hostname:
        raise wrong("must be an absolute https address")
    if "@" in parts.netloc or port not in (None, 443):
        raise wrong("must name no user and no port")
    return found


LONGEST_RECURRENCE = 32 * 1024
"""Characters of all lines together: more than a thousand EXDATEs, each on a line of its own."""


def recurrence(value: object) -> list[str]:
    """Return the lines of a recurrence; what they say is judged together with the start."""
    if not isinstance(value, list) or not all(isinstance(line, str) for line in value):
        raise wrong('must be a list of RFC 5545 lines such as ["RRULE:FREQ=WEEKLY;BYDAY=MO"], or [] for a single one')
    if sum(map(len, value)) > LONGEST_RECURRENCE:
        raise wrong(f"must have at most {LONGEST_RECURRENCE} characters in all")
    return value


def when(value: object) -> str:
    """Return a date or a time as text; which of them it has to be depends on `IsAllDay`."""
    if not isinstance(value, str) or not (_DATE.fullmatch(value) or _TIME.fullmatch(value)):
        raise wrong(
            "must be a time such as 2026-11-23T09:00:00+01:00 or 2026-11-23T08:00:00Z (without offset when TimeZone is"
            " given), or with IsAllDay a date such as 2026-11-23"
        )
    try:
        moment = (
            parse_time(value) if _TIME.fullmatch(value) else datetime.combine(parse_date(value), datetime.min.time())
        )
    except ValueError:
        raise wrong("is no day or time that exists") from None
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise wrong(f"must be between the years {FIRST_YEAR} and {LAST_YEAR}")
    return value


def instant(value: object) -> datetime:
    """Return an instant, aware UTC."""
    if isinstance(value, str) and _TIME.fullmatch(value):
        when(value)
        moment = parse_time(value)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    raise wrong("must be a time in UTC such as 2026-11-23T17:00:00Z")


def is_date(value: str) -> bool:
    """Tell whether the text of a checked date or time is a plain date."""
    return _DATE.fullmatch(value) is not None


def parse_date(value: str) -> date:
    """Return the day; ValueError when there is no such day."""
    return date.fromisoformat(value)


def parse_time(value: str) -> datetime:
    """Return the time, with its offset if it has one; ValueError when there is no such time."""
    return datetime.fromisoformat(_LONG_FRACTION.sub(r"\1", value.upper()))
