"""Find out whether a rep is booked twice; never worth failing a push for."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from shared_code.domain.appointments import ShowAs
from shared_code.domain.connections import Connection
from shared_code.domain.events import CalendarEvent
from shared_code.domain.schedules import AllDay, Once, Schedule, Series, Timed, Window, widest_instants
from shared_code.domain.series import occurrences_in, single
from shared_code.domain.zones import iana_of
from shared_code.use_cases.errors import SyncError
from shared_code.use_cases.ports import Calendar
from shared_code.use_cases.pushing import DoubleBooking

_TAKEN = {ShowAs.BUSY, ShowAs.OUT_OF_OFFICE, ShowAs.TENTATIVE}


def window_of(schedule: Schedule, kept: Window | None = None) -> Window:
    """Return the stretch of time in which other events can overlap the schedule; of a series only what is `kept`."""
    starts_at, ends_at = widest_instants(schedule)
    if isinstance(schedule, Series) and kept is not None:
        starts_at, ends_at = max(starts_at, kept.start_at), min(ends_at, kept.end_at)
    return Window(start_at=starts_at, end_at=max(ends_at, starts_at + timedelta(minutes=1)))


def others_in(window: Window, calendar: Calendar) -> list[CalendarEvent] | None:
    """Return the events of the window, or None when they could not be read."""
    try:
        return [other for page in calendar.view(window) for other in page]
    except SyncError:
        return None


def double_bookings(
    event: CalendarEvent, others: Sequence[CalendarEvent] | None, connection: Connection
) -> tuple[DoubleBooking, ...] | None:
    """Return which of the others take the time of this event; None when the others are not known."""
    if others is None:
        return None
    zone = _zone(event.schedule, connection)
    takes_time = [
        other
        for other in others
        if event.id not in (other.id, other.series_master_id) and other.show_as in _TAKEN and not other.is_cancelled
    ]
    times = _times(event.schedule, takes_time)
    return tuple(
        DoubleBooking(event_id=other.id, subject=None if other.is_private else other.subject, schedule=other.schedule)
        for other in takes_time
        if any(_overlap(one, single(other.schedule), zone) for one in times)
    )


def _times(schedule: Schedule, others: Sequence[CalendarEvent]) -> list[Once]:
    """Return the occurrences of the schedule that any of the others could overlap."""
    if not isinstance(schedule, Series):
        return [schedule]
    if not others:
        return []
    stretches = [widest_instants(other.schedule) for other in others]
    window = Window(start_at=min(start for start, _ in stretches), end_at=max(end for _, end in stretches))
    return list(occurrences_in(schedule, window))


def _zone(schedule: Schedule, connection: Connection) -> ZoneInfo:
    """Return the zone in which the rep's days begin, as far as we know it."""
    first = single(schedule)
    name = first.zone if isinstance(first, Timed) else None
    return ZoneInfo(iana_of(name or connection.preferences.time_zone or "UTC") or "UTC")


def _overlap(one: Once, other: Once, zone: ZoneInfo) -> bool:
    first, second = _stretch(one, zone), _stretch(other, zone)
    if first[0] == first[1] or second[0] == second[1]:
        return False
    return first[0] < second[1] and second[0] < first[1]


def _stretch(schedule: Once, zone: ZoneInfo) -> tuple[datetime, datetime]:
    if isinstance(schedule, AllDay):
        return _midnight(schedule.first_day, zone), _midnight(schedule.day_after, zone)
    return schedule.start_at, schedule.end_at


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
