"""Series as a kind of schedule: made of either side's words, and asked for their occurrences."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from shared_code.domain.recurrence import (
    Day,
    Instant,
    Moment,
    Occurrence,
    PatternedRecurrence,
    Recurrence,
    SeriesStart,
    Slot,
    canonical_of_outlook,
    first_start,
    fit,
    occurrence_on,
    occurrences,
    read,
    slot_named,
    slot_on,
    starting,
    to_outlook,
    write,
)
from shared_code.domain.recurrence.instances import last_day
from shared_code.domain.recurrence.rules import Count, Rule, Until
from shared_code.domain.recurrence.slots import last_day_until
from shared_code.domain.schedules import FOREVER, AllDay, Once, Schedule, Series, Window, widest_instants
from shared_code.domain.zones import windows_of


def series_of(first: Once, recurrence: Recurrence) -> Series:
    """Return the series that begins with `first`, as SalesExec means it; RecurrenceRefused where Outlook cannot."""
    start = starting(first)
    outlook = to_outlook(recurrence, start)
    return series_in_outlook(outlook.patterned, first, (slot.day for slot in outlook.deleted))


def series_in_outlook(patterned: PatternedRecurrence, first: Once, removed: Iterable[date]) -> Series:
    """Return the series that Outlook holds, its start where the first occurrence is.

    Quirk: a master may say that it starts on a day that its pattern does not name; its first occurrence is later.
    Source: Microsoft docs, resources/recurrencerange.
    """
    start = starting(first)
    rule = canonical_of_outlook(patterned, start, ()).rule
    begins = first_start(rule, start)
    if begins is not None and begins.day != start.day:
        first = occurrence_on(begins, begins.day).schedule
        rule = canonical_of_outlook(replace(patterned, first_day=begins.day), begins, ()).rule
    (line,) = write(Recurrence(rule=rule))
    return Series(first=first, rule=line, removed=frozenset(removed), ends_at=_end_of(rule, first))


@lru_cache(maxsize=1024)
def _rule(line: str) -> Rule:
    return read((line,)).rule


def _end_of(rule: Rule, first: Once) -> datetime:
    start = starting(first)
    if not isinstance(rule.end, Count | Until):
        return FOREVER
    latest = last_day_until(start, rule.end.moment) if isinstance(rule.end, Until) else date.max
    last = last_day(rule, start, latest)
    return widest_instants(first if last is None else occurrence_on(start, last).schedule)[1]


def start_of(series: Series) -> SeriesStart:
    """Return where the series begins."""
    return starting(series.first)


def patterned_of(series: Series) -> PatternedRecurrence:
    """Return the pattern and range by which Outlook holds the series, its removed occurrences left aside."""
    return fit(_rule(series.rule), start_of(series))


def lines_of(series: Series) -> tuple[str, ...]:
    """Return the RFC 5545 lines of the series, removed occurrences as EXDATE."""
    return write(_recurrence(series))


def rule_text(series: Series) -> str:
    """Return what both sides compare a series by, beside its first occurrence: its zone and its rule.

    IANA zones that are one zone in Windows are the same: Outlook may name it by any of them.
    """
    if isinstance(series.first, AllDay):
        return series.rule
    zone = series.first.zone or "UTC"
    return f"{windows_of(zone) or zone};{series.rule}"


def occurrences_in(schedule: Schedule, window: Window) -> Iterator[Once]:
    """Yield what of the schedule touches the window, in order; of a series, each occurrence where its rule puts it."""
    if isinstance(schedule, Series):
        for occurrence in occurrences(_recurrence(schedule), start_of(schedule), window):
            yield occurrence.schedule
    elif window.overlaps(schedule):
        yield schedule


def touches(schedule: Schedule, window: Window) -> bool:
    """Tell whether anything of the schedule lies in the window."""
    return any(True for _ in occurrences_in(schedule, window))


def slot_by_rule(series: Series, moment: Moment) -> Slot | None:
    """Return the slot that a moment names, whether or not it was removed since; None if the rule has none there."""
    return slot_named(Recurrence(rule=_rule(series.rule)), start_of(series), moment)


def slot_of_day(series: Series, day: date) -> Slot:
    """Return the slot of a day of the series."""
    return slot_on(start_of(series), day)


def original_start(text: str) -> Day | Instant:
    """Return what names a slot: an instant such as 2026-12-01T17:00:00Z, or a date; ValueError if it is neither."""
    if len(text) == len("2026-12-01"):
        return Day(day=date.fromisoformat(text))
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        message = "an original start is told in UTC"
        raise ValueError(message)
    return Instant(at=at.astimezone(UTC))


def has_day(series: Series, day: date) -> bool:
    """Tell whether the rule puts an occurrence on that day, whether or not it was removed since."""
    return slot_by_rule(series, slot_of_day(series, day).moment) is not None


def regular(series: Series, day: date) -> Occurrence:
    """Return the occurrence of a day where the rule puts it."""
    return occurrence_on(start_of(series), day)


def around(schedule: Once) -> Window:
    """Return a stretch of time in which an occurrence is sure to be found, wherever on earth one looks."""
    starts_at, ends_at = widest_instants(schedule)
    return Window(start_at=starts_at - timedelta(minutes=1), end_at=ends_at + timedelta(minutes=1))


def _recurrence(series: Series) -> Recurrence:
    moments = (slot_of_day(series, day).moment for day in sorted(series.removed))
    return Recurrence(rule=_rule(series.rule), excluded=tuple(moments))


def single(schedule: Schedule) -> Once:
    """Return the schedule, or the first occurrence of a series."""
    return schedule.first if isinstance(schedule, Series) else schedule


def removed_days(schedule: Schedule) -> frozenset[date]:
    """Return the days taken out of a series; none of anything else."""
    return schedule.removed if isinstance(schedule, Series) else frozenset()
