"""Events as Exchange keeps what was written to them."""

import re
from dataclasses import replace
from datetime import UTC, date
from typing import Any

from shared_code.domain.events import CalendarEvent, EventContent, Sensitivity
from shared_code.domain.recurrence import starting
from shared_code.domain.schedules import AllDay, Once, Schedule, Series, Timed
from shared_code.domain.series import patterned_of, series_in_outlook, single, start_of

_BODY_OF_DOCUMENT = re.compile(r"<body>\r\n(.*)\r\n</body>", re.DOTALL)


def named_in(content: EventContent) -> dict[str, Any]:
    """Return the fields that a content names, as an event calls them; the schedule is none of them."""
    named: dict[str, Any] = {
        name: value
        for name in ("subject", "body_html", "location", "show_as")
        if (value := getattr(content, name)) is not None
    }
    if content.is_private is not None:
        named["sensitivity"] = Sensitivity.PRIVATE if content.is_private else Sensitivity.NORMAL
    if content.reminder is not None:
        named["reminder"] = content.reminder.minutes
    return named


def written(event: CalendarEvent, content: EventContent) -> CalendarEvent:
    """Return a single event or a series with the given fields written."""
    schedule: dict[str, Any] = {} if content.schedule is None else {"schedule": _scheduled(event.schedule, content)}
    return replace(event, **named_in(content), **schedule)


def drops_exceptions(before: Schedule, content: EventContent) -> bool:
    """Tell whether a write makes a series forget its exceptions: a new rule does, and a start on another day."""
    if content.schedule is None or not isinstance(before, Series):
        return False
    return content.with_rule or starting(single(content.schedule)).day != start_of(before).day


def is_same_series(before: Schedule, after: Schedule) -> bool:
    """Tell whether both are series with the same days."""
    if not isinstance(before, Series) or not isinstance(after, Series):
        return False
    return before.rule == after.rule and start_of(before).day == start_of(after).day


def once(schedule: Once) -> Once:
    """Return times as Exchange keeps them: in whole seconds, and a zone where there is one to name."""
    if isinstance(schedule, AllDay):
        return schedule
    start_at, end_at = (at.astimezone(UTC).replace(microsecond=0) for at in (schedule.start_at, schedule.end_at))
    return Timed(
        start_at=start_at, end_at=max(start_at, end_at), zone=None if schedule.zone == "UTC" else schedule.zone
    )


def as_exchange_writes(markup: str) -> str:
    """Return a body as Exchange gives it back: a whole document around what was sent."""
    document = _BODY_OF_DOCUMENT.search(markup)
    inside = document[1] if document else markup
    return f"<html>\r\n<head>\r\n</head>\r\n<body>\r\n{inside}\r\n</body>\r\n</html>\r\n"


def _scheduled(before: Schedule, content: EventContent) -> Schedule:
    """Return when an event is after a write; no occurrence is taken out of a series by writing it."""
    wanted = content.schedule
    if isinstance(wanted, Series) and content.with_rule:
        return replace(wanted, first=once(wanted.first), removed=frozenset())
    first = once(single(wanted)) if wanted is not None else single(before)
    if content.with_rule or not isinstance(before, Series):
        return first
    if isinstance(first, Timed) and isinstance(before.first, Timed):
        first = replace(first, zone=before.first.zone)  # times say nothing of the zone of a series
    kept = frozenset[date]() if drops_exceptions(before, content) else before.removed
    patterned = replace(patterned_of(before), first_day=starting(first).day)
    moved = series_in_outlook(patterned, first, kept)
    return replace(moved, first=once(moved.first))
