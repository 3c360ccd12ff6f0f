"""A recurrence on its way between the two systems: what must come to exist in Outlook, and what SalesExec is told."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from shared_code.domain.recurrence.fitting import fit
from shared_code.domain.recurrence.instances import days, last_day, slots_named
from shared_code.domain.recurrence.patterns import (
    AbsoluteMonthly,
    AbsoluteYearly,
    Daily,
    EndsOn,
    Pattern,
    PatternedRecurrence,
    RelativeMonthly,
    RelativeYearly,
    Weekly,
    rule_of,
)
from shared_code.domain.recurrence.refusals import nothing_left
from shared_code.domain.recurrence.rules import ALL_DAYS, Recurrence, Weekday
from shared_code.domain.recurrence.slots import SeriesStart, Slot, slot_on


@dataclass(frozen=True, slots=True, kw_only=True)
class OutlookSeries:
    """A series as Outlook holds it: the pattern, and the slots of occurrences that must be deleted from it."""

    patterned: PatternedRecurrence
    deleted: tuple[Slot, ...]


def to_outlook(recurrence: Recurrence, start: SeriesStart) -> OutlookSeries:
    """Return the series that has exactly the days of the recurrence, or raise RecurrenceRefused.

    A taken-out start that the series does not have takes nothing out, as in RFC 5545.
    """
    patterned = fit(recurrence.rule, start)
    deleted = slots_named(recurrence.rule, start, recurrence.excluded)
    gone = {slot.day for slot in deleted}
    if gone and all(day in gone for day in days(recurrence.rule, start, start.day, date.max)):
        raise nothing_left()
    return OutlookSeries(patterned=patterned, deleted=deleted)


def to_rfc5545(patterned: PatternedRecurrence, start: SeriesStart, deleted_days: Iterable[date]) -> Recurrence:
    """Return what SalesExec is told of a series of Outlook's, its deleted occurrences as EXDATE.

    The start is the first occurrence, wall time in the zone of the series; days are in that zone, as in the date that
    Graph's `occurrenceId` ends with.
    """
    gone = sorted({slot_on(start, day) for day in deleted_days})
    return Recurrence(rule=rule_of(patterned, start), excluded=tuple(slot.moment for slot in gone))


def canonical(recurrence: Recurrence, start: SeriesStart) -> Recurrence:
    """Return the one form of all recurrences that mean the same series, or raise RecurrenceRefused."""
    series = to_outlook(recurrence, start)
    return canonical_of_outlook(series.patterned, start, (slot.day for slot in series.deleted))


def canonical_of_outlook(
    patterned: PatternedRecurrence, start: SeriesStart, deleted_days: Iterable[date]
) -> Recurrence:
    """Return the canonical form of a series that Outlook holds; the start is its first occurrence.

    Nothing is left in it that changes no day: the end is the last day that has an occurrence, the week begins on
    Monday where that does not matter, every twelve months are a year.
    """
    patterned = replace(patterned, pattern=_plainest(patterned.pattern, start.day))
    if isinstance(patterned.range, EndsOn):
        last = last_day(rule_of(patterned, start), start, patterned.range.last_day)
        patterned = replace(patterned, range=EndsOn(last_day=last or patterned.range.last_day))
    return to_rfc5545(patterned, start, deleted_days)


def _plainest(pattern: Pattern, first: date) -> Pattern:
    match pattern:
        case Weekly(interval=1, days=days) if days == ALL_DAYS:
            return Daily()
        case Weekly() if pattern.interval == 1 or len(pattern.days) == 1:
            return replace(pattern, first_day_of_week=Weekday.MO)
        # Quirk: Exchange may keep every twelve months as a year, and every second year as 24 months.
        # Source: Microsoft docs, MS-OXCICAL 2.1.3.2.2.3 and 2.1.3.2.2.6 (RecurFrequency).
        case AbsoluteMonthly() if pattern.interval % 12 == 0:
            return AbsoluteYearly(interval=pattern.interval // 12, month=first.month, day=pattern.day)
        case RelativeMonthly() if pattern.interval % 12 == 0:
            years, index = pattern.interval // 12, pattern.index
            return RelativeYearly(interval=years, month=first.month, days=pattern.days, index=index)
        case _:
            return pattern
