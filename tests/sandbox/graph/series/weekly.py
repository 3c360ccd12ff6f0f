"""Series for tests, made through Graph, and what is seen of them in a window."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import requests

from tests.sandbox.graph.rep import Rep, an_event, at

BERLIN = "W. Europe Standard Time"
AUTUMN = ("2026-09-01", "2026-12-31")
MONDAYS = {"type": "weekly", "interval": 1, "daysOfWeek": ["monday"]}
DAILY = {"type": "daily", "interval": 1}
# The first Monday of the series that `weekly` makes.
FIRST = "2026-10-05"


def recurring(pattern: dict[str, Any], start: str = FIRST, **span: Any) -> dict[str, Any]:
    """Return a patternedRecurrence; without more it has no end."""
    return {"pattern": pattern, "range": {"type": "noEnd", "startDate": start, **span}}


def numbered(count: int) -> dict[str, Any]:
    return {"type": "numbered", "numberOfOccurrences": count}


def until(day: str) -> dict[str, Any]:
    return {"type": "endDate", "endDate": day}


def a_series(pattern: dict[str, Any], day: str = FIRST, /, **properties: Any) -> dict[str, Any]:
    """Return the body of a POST that makes a series: half an hour from nine in Berlin, from a day on."""
    span = properties.pop("span", {})
    return an_event(
        subject="Stand-up",
        **{
            "start": at(f"{day}T09:00:00", BERLIN),
            "end": at(f"{day}T09:30:00", BERLIN),
            "recurrence": recurring(pattern, day, **span),
            **properties,
        },
    )


def weekly(rep: Rep, **properties: Any) -> dict[str, Any]:
    """Make a series of Mondays from 5 October 2026 on: six of them, unless another `span` is given."""
    return rep.post("/me/events", a_series(MONDAYS, **{"span": numbered(6), **properties}))


def view(rep: Rep, window: tuple[str, str] = AUTUMN, options: str = "", *, prefer: str = "") -> list[dict[str, Any]]:
    """Return what takes place in a window, earliest first."""
    query = f"startDateTime={window[0]}&endDateTime={window[1]}&$top=1000&$orderby=start/dateTime{options}"
    listed: list[dict[str, Any]] = rep.get("/me/calendarView", query, prefer=prefer)["value"]
    return listed


def starts(events: Iterable[dict[str, Any]]) -> list[str]:
    """Return when events begin, to the minute."""
    return [event["start"]["dateTime"][:16] for event in events]


def days(rep: Rep, window: tuple[str, str] = AUTUMN) -> list[str]:
    """Return the days on which something begins, in UTC."""
    return [start[:10] for start in starts(view(rep, window))]


def occurrence(rep: Rep, day: str, *, prefer: str = "") -> dict[str, Any]:
    """Return what has its slot on a day, wherever it is now."""
    return next(one for one in view(rep, prefer=prefer) if str(one["occurrenceId"]).endswith(f".{day}"))


def change(rep: Rep, day: str, **changes: Any) -> dict[str, Any]:
    """Change the occurrence of a day."""
    return rep.patch(f"/me/events/{occurrence(rep, day)['id']}", changes)


def move(rep: Rep, day: str, start: str, end: str) -> requests.Response:
    """Try to move the occurrence of a day to another time in Berlin."""
    body = {"start": at(start, BERLIN), "end": at(end, BERLIN)}
    return rep.ask("PATCH", f"/me/events/{occurrence(rep, day)['id']}", body)


def drop(rep: Rep, day: str) -> None:
    """Delete the occurrence of a day."""
    assert rep.delete(f"/me/events/{occurrence(rep, day)['id']}") == 204


def master_of(rep: Rep, event_id: str) -> dict[str, Any]:
    """Return a master with what only a read of it tells."""
    names = "subject,start,end,recurrence,type,occurrenceId,exceptionOccurrences,cancelledOccurrences"
    return rep.get(f"/me/events/{event_id}", f"$select={names}&$expand=exceptionOccurrences")
