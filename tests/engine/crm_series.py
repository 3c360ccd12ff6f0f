"""Series in the SalesExec of the histories: what is special about single occurrences, by the contract alone."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from shared_code.domain.appointments import Appointment
from shared_code.domain.fields import TIME_FIELDS, Field
from shared_code.domain.recurrence import read
from shared_code.domain.recurrence.instances import days
from shared_code.domain.schedules import Schedule, Series
from shared_code.domain.series import has_day, original_start, regular, single, slot_by_rule, slot_of_day, start_of

type Own = dict[str, Any]
"""What an occurrence has of its own: fields of an appointment; all others are its series'."""


def days_of(series: Series) -> Iterator[date]:
    """Yield the day of every slot that the rule has, those taken out as well."""
    start = start_of(series)
    return days(read((series.rule,)).rule, start, start.day, date.max)


def is_series(appointment: Appointment) -> bool:
    """Tell whether the appointment is a series."""
    return isinstance(appointment.schedule, Series)


def series_of_appointment(appointment: Appointment) -> Series:
    """Return the schedule of an appointment that is known to be a series."""
    assert isinstance(appointment.schedule, Series)
    return appointment.schedule


def occurrence_of(appointment: Appointment, own: Mapping[str, Any], day: date) -> Appointment:
    """Return one occurrence as it is pushed: all of its series but the rule, at its own time."""
    regular_one = regular(series_of_appointment(appointment), day).schedule
    return replace(appointment, **{"schedule": regular_one, **own})


def slot_name(appointment: Appointment, day: date) -> str:
    """Return what the slot of a day is called on the wire."""
    return str(slot_of_day(series_of_appointment(appointment), day))


def day_named(appointment: Appointment, slot: str) -> date:
    """Return the day of a slot by its name."""
    found = slot_by_rule(series_of_appointment(appointment), original_start(slot))
    assert found is not None
    return found.day


def living_days(appointment: Appointment) -> list[date]:
    """Return the days of the slots that a series still has."""
    series = series_of_appointment(appointment)
    return [day for day in days_of(series) if day not in series.removed]


def without_day(appointment: Appointment, day: date) -> Series:
    """Return the series with an EXDATE more."""
    series = series_of_appointment(appointment)
    return replace(series, removed=series.removed | {day})


def with_day(appointment: Appointment, day: date) -> Series:
    """Return the series with an occurrence that was taken out, or never was."""
    series = series_of_appointment(appointment)
    return replace(series, removed=series.removed - {day})


def with_times_of(held: Schedule, given: Schedule, changed: Sequence[Field]) -> Schedule:
    """Return the times of a series with only the named ones taken over: days taken out travel with the rule."""
    if not TIME_FIELDS.intersection(changed):
        return held
    if not isinstance(held, Series) or not isinstance(given, Series):
        return given if Field.RECURRENCE in changed else held
    is_moved = (TIME_FIELDS - {Field.RECURRENCE}).intersection(changed)
    series = replace(held, first=single(given)) if is_moved else held
    if Field.RECURRENCE not in changed:
        return series
    return replace(series, rule=given.rule, removed=given.removed, ends_at=given.ends_at)


def kept(occurrences: Mapping[date, Own], appointment: Appointment) -> dict[date, Own]:
    """Return what is special about the occurrences that the series still has."""
    if not is_series(appointment):
        return {}
    series = series_of_appointment(appointment)
    return {day: own for day, own in occurrences.items() if has_day(series, day) and day not in series.removed}
