"""Series in a fake calendar: occurrences are worked out of their master whenever somebody looks."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from shared_code.domain.events import CalendarEvent, EventKind
from shared_code.domain.identifiers import EventId
from shared_code.domain.recurrence import EndsOn, Numbered, read
from shared_code.domain.recurrence.instances import days, last_day
from shared_code.domain.recurrence.slots import days_around
from shared_code.domain.schedules import AllDay, Once, Series, Window, widest_instants
from shared_code.domain.series import has_day, patterned_of, regular, series_in_outlook, slot_of_day, start_of
from shared_code.use_cases.errors import Refused
from tests.fakes.outlook.writing import once

type Own = Mapping[str, Any]
"""What an exception has of its own: fields of an event; all others are its master's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSeries:
    """A series master with its exceptions, each under the day of its slot."""

    master: CalendarEvent
    exceptions: Mapping[date, Own]
    shows_marks: bool = True

    @property
    def series(self) -> Series:
        assert isinstance(self.master.schedule, Series)
        return self.master.schedule

    def has(self, day: date) -> bool:
        """Tell whether there is anything on that slot."""
        return day not in self.series.removed and has_day(self.series, day)

    def occurrence(self, day: date) -> CalendarEvent:
        """Return what the slot of a day has, wherever it is now."""
        own = self.exceptions.get(day)
        slot = slot_of_day(self.series, day)
        regular_one: dict[str, Any] = {
            "id": id_of(self.master.id, day),
            "kind": EventKind.OCCURRENCE if own is None else EventKind.EXCEPTION,
            "schedule": once(regular(self.series, day).schedule),
            "series_master_id": self.master.id,
            "original_start": slot.at or datetime.combine(day, time(), UTC),
            "slot_day": day,
            "transaction_id": None,
            "mark": self.master.mark if self.shows_marks else None,
        }
        return replace(self.master, **{**regular_one, **(own or {})})

    def in_window(self, window: Window) -> Iterator[CalendarEvent]:
        """Yield the occurrences and exceptions that touch a window."""
        start = start_of(self.series)
        since, until = days_around(start, window.start_at, window.end_at)
        near = set(days(_rule(self.series), start, since, until)) - self.series.removed
        for day in sorted(near | set(self.exceptions)):
            one = self.occurrence(day)
            if window.overlaps(one.schedule):
                yield one

    def day_named(self, event_id: EventId) -> date | None:
        """Return the day of the slot whose occurrence has this id now."""
        for day, own in self.exceptions.items():
            if own.get("id", id_of(self.master.id, day)) == event_id:
                return day
        try:
            day = date.fromisoformat(event_id.rpartition("~")[2])
        except ValueError:
            return None
        return day if day not in self.exceptions and self.has(day) else None

    def is_empty(self) -> bool:
        """Tell whether no occurrence is left."""
        every = days(_rule(self.series), start_of(self.series), start_of(self.series).day, date.max)
        return all(day in self.series.removed for day in every)

    def refuse_crossing(self, moved: CalendarEvent) -> None:
        """Refuse an occurrence that stands on or beyond the day of a neighbour, removed ones too, or runs into it."""
        assert moved.slot_day is not None
        today = self._day(moved)
        for neighbour, is_earlier in self._neighbours(moved.slot_day):
            there = self.occurrence(neighbour)
            crosses = today <= self._day(there) if is_earlier else today >= self._day(there)
            if crosses or (self.has(neighbour) and _overlap(there, moved)):
                message = "Graph answered 400 ErrorOccurrenceCrossingBoundary"
                raise Refused(message, status=400, code="ErrorOccurrenceCrossingBoundary")

    def ended_before(self, day: date) -> Series:
        """Return the series as it is when it ends with the occurrence before a day."""
        before = _day_before(self.series, day)
        assert before is not None, "a series is not split at its first occurrence"
        patterned = replace(patterned_of(self.series), range=EndsOn(last_day=before))
        gone = frozenset(each for each in self.series.removed if each < day)
        return series_in_outlook(patterned, self.series.first, gone)

    def begun_on(self, day: date) -> Series:
        """Return the later half of the series, which has the same end, and none of what was taken out."""
        patterned = patterned_of(self.series)
        if isinstance(patterned.range, Numbered):
            start = start_of(self.series)
            passed = sum(1 for _ in days(_rule(self.series), start, start.day, day - timedelta(days=1)))
            patterned = replace(patterned, range=Numbered(occurrences=patterned.range.occurrences - passed))
        first = once(regular(self.series, day).schedule)
        return series_in_outlook(replace(patterned, first_day=day), first, ())

    def told(self) -> CalendarEvent:
        """Return the master as a reading of the whole series tells it: occurrences called off count as removed."""
        exceptions = [self.occurrence(day) for day in sorted(self.exceptions)]
        called_off = {one.slot_day for one in exceptions if one.is_cancelled and one.slot_day is not None}
        return replace(
            self.master,
            schedule=replace(self.series, removed=self.series.removed | called_off),
            exceptions=tuple(one for one in exceptions if not one.is_cancelled),
        )

    def _neighbours(self, day: date) -> Iterator[tuple[date, bool]]:
        before = _day_before(self.series, day)
        if before is not None:
            yield before, True
        after = next(days(_rule(self.series), start_of(self.series), day + timedelta(days=1), date.max), None)
        if after is not None:
            yield after, False

    def _day(self, one: CalendarEvent) -> date:
        schedule = one.schedule
        assert not isinstance(schedule, Series)
        if isinstance(schedule, AllDay):
            return schedule.first_day
        return schedule.start_at.astimezone(ZoneInfo(_zone_of(self.series.first))).date()


def id_of(master: EventId, slot: date | str) -> EventId:
    """Return the id of an occurrence, by its day or by whatever else is its own."""
    return EventId(f"{master}~{slot}")


def master_named(event_id: EventId) -> EventId:
    """Return the id of the series in the id of an occurrence."""
    return EventId(event_id.rpartition("~")[0])


def _rule(series: Series) -> Any:
    return read((series.rule,)).rule


def _zone_of(first: Once) -> str:
    return "UTC" if isinstance(first, AllDay) else first.zone or "UTC"


def _day_before(series: Series, day: date) -> date | None:
    start = start_of(series)
    return last_day(_rule(series), start, day - timedelta(days=1)) if day > start.day else None


def _overlap(one: CalendarEvent, other: CalendarEvent) -> bool:
    (starts_at, ends_at), (other_starts_at, other_ends_at) = (widest_instants(e.schedule) for e in (one, other))
    return type(one.schedule) is type(other.schedule) and starts_at < other_ends_at and other_starts_at < ends_at
