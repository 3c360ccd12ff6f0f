"""What the stories of series share: how one is booked, and what both calendars show of it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from shared_code.domain.appointments import Appointment
from shared_code.domain.events import CalendarEvent
from shared_code.domain.identifiers import AppointmentGuid
from shared_code.domain.recurrence import read
from shared_code.domain.schedules import AllDay, Once, Series, Timed, Window, widest_instants
from shared_code.domain.series import regular, series_of, single
from shared_code.use_cases.pushing import PushAnswer
from shared_code.use_cases.remove_appointment import Removal
from shared_code.use_cases.waiting_pushes import push_occurrence_now_or_later, remove_occurrence_now_or_later
from tests.use_cases.office import Office, Rep

BERLIN = "Europe/Berlin"
HOUR = timedelta(hours=1)


def at(day: date, hour: int = 9, zone: str = BERLIN) -> Timed:
    """Return an hour of that day, as clocks of the zone show it."""
    starts = datetime(day.year, day.month, day.day, hour, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    return Timed(start_at=starts, end_at=starts + HOUR, zone=zone)


def repeating(first: Once, rule: str, *taken_out: date) -> Series:
    """Return a series as SalesExec would book it."""
    series = series_of(first, read([rule]))
    exdates = [f"EXDATE;VALUE=DATE:{day:%Y%m%d}" for day in taken_out]
    return series_of(series.first, read([rule, *exdates])) if exdates else series


def weeks_from(office: Office, ahead: int = 1) -> date:
    """Return a Monday some weeks after today."""
    today = office.clock.now().date()
    return today + timedelta(days=7 * ahead - today.weekday())


def booked(office: Office, rep: Rep, rule: str = "RRULE:FREQ=WEEKLY;COUNT=6", **said: Any) -> Appointment:
    """Make a series in SalesExec, from a Monday at nine on, and push it."""
    schedule = said.pop("schedule", None) or repeating(at(weeks_from(office)), rule)
    return office.booked(rep, schedule=schedule, **said)


def days_of(appointment: Appointment) -> list[date]:
    """Return the days of the first occurrences of a weekly series."""
    series = appointment.schedule
    assert isinstance(series, Series)
    first = single(series)
    day = (
        first.first_day
        if isinstance(first, AllDay)
        else first.start_at.astimezone(ZoneInfo(first.zone or "UTC")).date()
    )
    return [day + timedelta(weeks=week) for week in range(6)]


def in_outlook(office: Office, rep: Rep, days: int = 80) -> list[tuple[str, Once]]:
    """Return subject and time of everything that her calendar shows, in order."""
    window = Window(start_at=office.clock.now() - timedelta(days=7), end_at=office.clock.now() + timedelta(days=days))
    shown = [event for page in rep.calendar._pages(window) for event in page]  # noqa: SLF001 - no request counts here
    told = [(event.subject, single(event.schedule)) for event in shown]
    return sorted(told, key=lambda each: widest_instants(each[1]))


def in_salesexec(office: Office, guid: AppointmentGuid, days: int = 80) -> list[tuple[str, Once]]:
    """Return subject and time of everything of an appointment, in order."""
    window = Window(start_at=office.clock.now() - timedelta(days=7), end_at=office.clock.now() + timedelta(days=days))
    return office.crm.shown(guid, window)


def instants(shown: list[tuple[str, Once]]) -> list[tuple[str, datetime, datetime]]:
    """Return what is shown without the names of zones, of which a place may have several."""
    return [(subject, *widest_instants(once)) for subject, once in shown]


def same_on_both_sides(office: Office, rep: Rep, guid: AppointmentGuid) -> bool:
    """Tell whether both calendars show the same, occurrence by occurrence."""
    return instants(in_outlook(office, rep)) == instants(in_salesexec(office, guid))


def push_one(office: Office, appointment: Appointment, day: date, **said: Any) -> PushAnswer:
    """Change one occurrence in SalesExec, and push it."""
    slot = regular(_series(office, appointment.guid), day).slot
    changed = office.crm.change_occurrence(appointment.guid, day, **said)
    return push_occurrence_now_or_later(changed, str(slot), ports=office.ports, correlation_id="one")


def cancel_one(office: Office, appointment: Appointment, day: date) -> PushAnswer:
    """Cancel one occurrence in SalesExec, and push that."""
    series = _series(office, appointment.guid)
    slot = regular(series, day).slot
    known = office.crm.appointment(appointment.guid)
    changed = office.edited(known, schedule=_without(series, day))
    office.crm.occurrences.pop((appointment.guid, day), None)
    removal = Removal(appointment=appointment.guid, modified_at=changed.modified_at)
    return remove_occurrence_now_or_later(removal, str(slot), ports=office.ports, correlation_id="one")


def the_master(rep: Rep) -> CalendarEvent:
    """Return the only series of a rep."""
    [master] = [event for event in rep.calendar.events.values() if isinstance(event.schedule, Series)]
    return master


def _series(office: Office, guid: AppointmentGuid) -> Series:
    series = office.crm.appointment(guid).schedule
    assert isinstance(series, Series)
    return series


def _without(series: Series, day: date) -> Series:
    return Series(first=series.first, rule=series.rule, ends_at=series.ends_at, removed=series.removed | {day})
