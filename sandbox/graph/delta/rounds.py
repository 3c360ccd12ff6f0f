"""One round of change tracking: which events a caller hears of, from its first request to the next deltaLink.

Source: Microsoft docs, api/event-delta and concepts/delta-query-overview.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, replace

from sandbox.graph.delta.changes import Change
from sandbox.graph.mailbox.items import Calendar, Event
from sandbox.graph.mailbox.mailbox import Mailbox
from sandbox.graph.queries.windows import Window


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One event or whole series of a round; what is said of it is looked up when its page is written."""

    immutable_id: str
    default_id: str
    # The newest state the caller can have been told; None when it may not know the event.
    known_as: Event | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What a deltaLink stands for: a calendar, a window that never changes again, and how far the caller has come."""

    calendar_id: str
    window: Window
    seen: int
    # The properties asked for, where the service obeys that.
    select: tuple[str, ...] | None = None
    # Changes that were too late for the rounds before.
    owed: tuple[int, ...] = ()
    # What the last round told, for a service that repeats itself.
    told: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """What a nextLink stands for: the lines of a round still to be told, and what comes after them."""

    lines: tuple[Line, ...]
    then: Mark
    is_first: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How a round behaves where the documentation allows more than one way."""

    repeats: str = "once"
    removed_at_first: bool = False


def first_round(
    mailbox: Mailbox, calendar: Calendar, window: Window, habits: Habits, select: tuple[str, ...] | None = None
) -> Rest:
    """Tell everything in the window, as far as replication has come."""
    log = mailbox.changes
    number = log.begin_round()
    late = [one for one in log.after(log.forgotten, calendar.id) or () if one.seen_from_round > number]
    unborn = {one.event.immutable_id for one in late if one.before is None}
    lines = [
        Line(immutable_id=event.immutable_id, default_id=event.default_id)
        for event in mailbox.events(calendar)
        if event.immutable_id not in unborn
        and (habits.removed_at_first or mailbox.view([event], window.start, window.end))
    ]
    if habits.removed_at_first:
        known = {line.immutable_id for line in lines} | unborn
        past = merged(log.after(log.forgotten, calendar.id) or ())
        lines += [line for line in past if line.immutable_id not in known]
    then = Mark(
        calendar_id=calendar.id,
        window=window,
        select=select,
        seen=log.last,
        owed=tuple(one.number for one in late),
        told=tuple(lines),
    )
    return Rest(lines=arranged(lines, habits, number), then=then, is_first=True)


def next_round(mailbox: Mailbox, mark: Mark, habits: Habits) -> Rest | None:
    """Tell what has changed since a mark; None when that is no longer known."""
    log = mailbox.changes
    fresh = log.after(mark.seen, mark.calendar_id)
    if fresh is None:
        return None
    number = log.begin_round()
    waiting = [*log.numbered(mark.owed), *fresh]
    lines = merged(one for one in waiting if one.seen_from_round <= number)
    told = tuple(lines)
    if habits.repeats in ("in-later-round", "everywhere"):
        anew = {line.immutable_id for line in lines}
        lines += [line for line in mark.told if line.immutable_id not in anew]
    owed = tuple(one.number for one in waiting if one.seen_from_round > number)
    then = replace(mark, seen=log.last, owed=owed, told=told)
    return Rest(lines=arranged(lines, habits, number), then=then)


def merged(changes: Iterable[Change]) -> list[Line]:
    """Return one line for each event, however often it changed."""
    lines: dict[str, Line] = {}
    for change in changes:
        event = change.event
        before = lines.get(event.immutable_id)
        lines[event.immutable_id] = Line(
            immutable_id=event.immutable_id,
            default_id=event.default_id,
            known_as=before.known_as if before else change.before,
        )
    return list(lines.values())


def arranged(lines: list[Line], habits: Habits, number: int) -> tuple[Line, ...]:
    """Return lines in no order anybody could rely on, each told twice by a service that repeats itself."""
    result = lines * 2 if habits.repeats in ("in-round", "everywhere") else list(lines)
    random.Random(number).shuffle(result)  # noqa: S311 - repeatable, not secret
    return tuple(result)
