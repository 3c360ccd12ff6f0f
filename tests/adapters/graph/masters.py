"""Series masters and occurrences as Graph answers them."""

from typing import Any

from tests.adapters.graph.test_reading import an_event

BERLIN = "W. Europe Standard Time"
CUSTOM = "tzone://Microsoft/Custom"


def recurrence(pattern: dict[str, Any] | None = None, span: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return a recurrence, padded as Graph pads it: Mondays in Berlin, without an end, unless told otherwise."""
    padded = {"type": "weekly", "interval": 1, "month": 0, "dayOfMonth": 0, "daysOfWeek": ["monday"],
              "firstDayOfWeek": "sunday", "index": "first"}  # fmt: skip
    endless = {"type": "noEnd", "startDate": "2026-10-05", "endDate": "0001-01-01", "recurrenceTimeZone": BERLIN,
               "numberOfOccurrences": 0}  # fmt: skip
    return {"pattern": {**padded, **(pattern or {})}, "range": {**endless, **(span or {})}}


def utc(wall: str) -> dict[str, str]:
    return {"dateTime": wall, "timeZone": "UTC"}


def a_master(**said: Any) -> dict[str, Any]:
    """Return a series master: an hour from nine in Berlin, from Monday 5 October 2026 on, unless told otherwise."""
    return an_event(
        **{
            "id": "m.1",
            "type": "seriesMaster",
            "subject": "Stand-up",
            "start": utc("2026-10-05T07:00:00.0000000"),
            "end": utc("2026-10-05T08:00:00.0000000"),
            "originalStartTimeZone": BERLIN,
            "recurrence": recurrence(),
            **said,
        }
    )


def an_occurrence(day: str, **said: Any) -> dict[str, Any]:
    """Return an occurrence of it, at nine in winter."""
    return an_event(
        **{
            "id": f"m.1~{day}",
            "type": "occurrence",
            "seriesMasterId": "m.1",
            "start": utc(f"{day}T08:00:00.0000000"),
            "end": utc(f"{day}T09:00:00.0000000"),
            "originalStart": f"{day}T08:00:00Z",
            "occurrenceId": f"OID.m.1.{day}",
            **said,
        }
    )
