"""What the parts of an event must have to do with each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sandbox.graph.errors import invalid_request, property_validation
from sandbox.graph.mailbox.items import Attendee, Event

UNFINISHED = "Your request can't be completed. "


def with_known_answers(wanted: tuple[Attendee, ...], known: tuple[Attendee, ...]) -> tuple[Attendee, ...]:
    """Keep what an attendee answered when the list is written again."""
    answers = {one.who.address.lower(): one for one in known}
    result = []
    for one in wanted:
        before = answers.get(one.who.address.lower())
        result.append(replace(one, response=before.response, responded=before.responded) if before else one)
    return tuple(result)


def refuse_recurrence_of_occurrence(event: Event, changes: Mapping[str, Any]) -> None:
    """Refuse to give one occurrence of a series a recurrence of its own; null is what it has anyway."""
    if event.slot is not None and changes.get("recurrence") is not None:
        raise invalid_request(UNFINISHED + "The recurrence of an occurrence cannot be set.")


def check_times(event: Event, changes: Mapping[str, Any]) -> None:
    """Refuse times that an event cannot have; all-day events have rules of their own.

    Source: Microsoft docs, resources/event (isAllDay); the words are an integrator's finding.
    """
    if not {"start", "end", "is_all_day"} & changes.keys():
        return
    if not event.is_all_day:
        if event.end.instant < event.start.instant:
            raise property_validation()
        return
    for name, moment in (("Start", event.start), ("End", event.end)):
        if not moment.is_midnight:
            words = f"The Event.{name} property for an all-day event needs to be set to midnight."
            raise invalid_request(UNFINISHED + words)
    if "start" in changes and "end" in changes and event.start.zone.rules != event.end.zone.rules:
        raise invalid_request(UNFINISHED + "The start and end of an all-day event must be in the same time zone.")
    if event.end.wall - event.start.wall < timedelta(days=1):
        words = "The duration of an event marked as All day must be at least 24 hours."
        raise invalid_request(UNFINISHED + words)
