"""The days and occurrences that a rule names, in order, for any stretch of time, however long ago it began."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Literal

from dateutil.rrule import DAILY, MONTHLY, WEEKLY, YEARLY, rrule, weekday

from shared_code.domain.recurrence.months import names_day
from shared_code.domain.recurrence.rules import (
    Count,
    Frequency,
    Moment,
    Recurrence,
    Rule,
    Until,
    spelled_out,
)
from shared_code.domain.recurrence.slots import (
    AllDayStart,
    Occurrence,
    SeriesStart,
    Slot,
    days_around,
    last_day_until,
    occurrence_on,
    possible_days,
    slot_on,
)
from shared_code.domain.schedules import Window

_FREQUENCIES: dict[Frequency, Literal[0, 1, 2, 3]] = {
    Frequency.DAILY: DAILY,
    Frequency.WEEKLY: WEEKLY,
    Frequency.MONTHLY: MONTHLY,
    Frequency.YEARLY: YEARLY,
}


def days(rule: Rule, start: SeriesStart, since: date, until: date) -> Iterator[date]:
    """Yield the days of the series, in its own zone, from `since` to `until`, both included.

    A start that the rule does not name is no day of the series, as in Outlook.
    """
    if isinstance(rule.end, Until):
        until = min(until, last_day_until(start, rule.end.moment))
    first = start.day
    whole = spelled_out(rule, first)
    if not isinstance(rule.end, Count):
        first = _fast_forward(whole, first, since)
    for moment in _rrule(whole, first):
        if moment.date() > until:
            return
        if moment.date() >= since:
            yield moment.date()


def _rrule(rule: Rule, first: date) -> rrule:
    return rrule(
        _FREQUENCIES[rule.frequency],
        dtstart=datetime.combine(first, time()),
        interval=rule.interval,
        wkst=weekday(rule.week_start),
        count=rule.end.occurrences if isinstance(rule.end, Count) else None,
        bymonth=rule.by_month or None,
        bymonthday=rule.by_month_day or None,
        byweekday=[weekday(by_day.weekday, by_day.nth) for by_day in rule.by_day] or None,
        bysetpos=rule.by_set_pos or None,
    )


def _fast_forward(rule: Rule, first: date, since: date) -> date:
    """Return a later day from which a spelled-out rule names the same days from `since` on.

    Safety: an endless series must not cost more the older it is.
    """
    if since <= first:
        return first
    if rule.frequency in (Frequency.DAILY, Frequency.WEEKLY):
        period = rule.interval * (7 if rule.frequency is Frequency.WEEKLY else 1)
        return first + timedelta(days=(since - first).days // period * period)
    months = (since.year - first.year) * 12 + since.month - first.month
    period = rule.interval * (12 if rule.frequency is Frequency.YEARLY else 1)
    year, month = divmod(first.year * 12 + first.month - 1 + months // period * period, 12)
    return date(year, 1 if rule.frequency is Frequency.YEARLY else month + 1, 1)


def last_day(rule: Rule, start: SeriesStart, until: date) -> date | None:
    """Return the last day of the series that is not after `until`."""
    longest = {Frequency.DAILY: 1, Frequency.WEEKLY: 7, Frequency.MONTHLY: 31, Frequency.YEARLY: 366}
    span = timedelta(days=longest[rule.frequency] * (rule.interval + 1))
    since = start.day if isinstance(rule.end, Count) else max(start.day, until - span)
    last = None
    for last in days(rule, start, since, until):  # noqa: B007 - the last one is what is wanted
        pass
    return last


def slots_named(rule: Rule, start: SeriesStart, moments: Iterable[Moment]) -> tuple[Slot, ...]:
    """Return the slots of the series that the moments name, sorted; a moment that names none counts for nothing."""
    wanted = {day for moment in moments for day in possible_days(start, moment)}
    if not wanted:
        return ()
    if isinstance(rule.end, Count):
        there = wanted.intersection(days(rule, start, min(wanted), max(wanted)))
    else:
        whole = spelled_out(rule, start.day)
        there = {day for day in wanted if _could_be(whole, day) and any(days(rule, start, day, day))}
    return tuple(slot_on(start, day) for day in sorted(there))


def _could_be(rule: Rule, day: date) -> bool:
    """Tell cheaply whether a spelled-out rule may name the day, so that not every EXDATE costs an expansion."""
    return rule.frequency in (Frequency.DAILY, Frequency.WEEKLY) or names_day(rule, day)


def slot_named(recurrence: Recurrence, start: SeriesStart, moment: Moment) -> Slot | None:
    """Return the slot of the series that the moment names, or None if it has none there or it was taken out."""
    named = slots_named(recurrence.rule, start, (moment,))
    taken_out = slots_named(recurrence.rule, start, recurrence.excluded) if named else ()
    return next((slot for slot in named if slot not in taken_out), None)


def occurrences(recurrence: Recurrence, start: SeriesStart, window: Window) -> Iterator[Occurrence]:
    """Yield, in order, the occurrences that touch the window, each where the rule puts it, without the taken-out ones.

    All-day occurrences touch it if they do so anywhere on earth.
    """
    taken_out = frozenset(slots_named(recurrence.rule, start, recurrence.excluded))
    since, until = days_around(start, window.start_at, window.end_at)
    for day in days(recurrence.rule, start, max(since, start.day), until):
        occurrence = occurrence_on(start, day)
        if window.overlaps(occurrence.schedule) and occurrence.slot not in taken_out:
            yield occurrence


def first_start(rule: Rule, start: SeriesStart) -> SeriesStart | None:
    """Return the first occurrence of a series, which may be later than where it says that it starts; None if none.

    Quirk: Graph takes a start that its pattern does not name and begins with the first day that it does, whereas
    RFC 5545 would count such a start as an occurrence. Source: Microsoft docs, resources/recurrencerange.
    """
    first = next(days(rule, start, start.day, date.max), None)
    if first is None or first == start.day:
        return None if first is None else start
    if isinstance(start, AllDayStart):
        return replace(start, day=first)
    return replace(start, wall=datetime.combine(first, start.wall.time()))
