"""Where the occurrences of a series lie: its first one, and the slot, in time and on the calendar, of every other."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from shared_code.domain.recurrence.rules import Day, Instant, Moment, Wall
from shared_code.domain.schedules import AllDay, Once, Timed
from shared_code.domain.zones import instant_of


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedStart:
    """The first occurrence of a timed series, as clocks of its zone show it; it keeps that hour all year round."""

    wall: datetime
    zone: ZoneInfo
    lasts: timedelta = timedelta()

    @property
    def day(self) -> date:
        """The day of the first occurrence, in the zone of the series."""
        return self.wall.date()


@dataclass(frozen=True, slots=True, kw_only=True)
class AllDayStart:
    """The first occurrence of an all-day series; dates without a zone."""

    day: date
    lasts_days: int = 1


type SeriesStart = TimedStart | AllDayStart


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """The place of one occurrence in its series: its day in the zone of the series, and its instant unless all-day.

    The slot stays what it was when the occurrence is moved: it is Graph's `originalStart`, and its day is the date at
    the end of Graph's `occurrenceId`.
    """

    day: date
    at: datetime | None = None

    def __str__(self) -> str:
        return self.day.isoformat() if self.at is None else self.at.strftime("%Y-%m-%dT%H:%M:%SZ")

    @property
    def moment(self) -> Moment:
        """The slot as EXDATE names it."""
        return Day(day=self.day) if self.at is None else Instant(at=self.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """One occurrence where its rule puts it."""

    slot: Slot
    schedule: Once


def starting(schedule: Once) -> SeriesStart:
    """Return the start of a series whose first occurrence is this one; one without a zone keeps its hour in UTC."""
    if isinstance(schedule, AllDay):
        return AllDayStart(day=schedule.first_day, lasts_days=(schedule.day_after - schedule.first_day).days)
    zone = ZoneInfo(schedule.zone or "UTC")
    starts, ends = (at.astimezone(zone).replace(tzinfo=None) for at in (schedule.start_at, schedule.end_at))
    # Clocks put back during it can make the first occurrence end, by the clock, before it starts.
    lasts = ends - starts if ends > starts else schedule.end_at - schedule.start_at
    return TimedStart(wall=starts, zone=zone, lasts=lasts)


def slot_on(start: SeriesStart, day: date) -> Slot:
    """Return the slot that a series has, or would have, on that day of its own zone.

    An hour that the clocks of the zone skip on that day means that much later, as Outlook shows it; an hour that they
    show twice means the first of the two.
    """
    if isinstance(start, AllDayStart):
        return Slot(day)
    return Slot(day, instant_of(datetime.combine(day, start.wall.time()), start.zone))


def occurrence_on(start: SeriesStart, day: date) -> Occurrence:
    """Return the occurrence on that day; like Outlook's it also ends at the same hour of the clock all year round."""
    slot = slot_on(start, day)
    if isinstance(start, AllDayStart):
        days = AllDay(first_day=day, day_after=day + timedelta(days=start.lasts_days))
        return Occurrence(slot=slot, schedule=days)
    starts = datetime.combine(day, start.wall.time())
    starts_at = instant_of(starts, start.zone)
    is_skipped = starts_at.astimezone(start.zone).replace(tzinfo=None) != starts
    # One that starts in a skipped hour, and so later, keeps its length.
    ends_at = starts_at + start.lasts if is_skipped else instant_of(starts + start.lasts, start.zone)
    timed = Timed(start_at=starts_at, end_at=max(starts_at, ends_at), zone=start.zone.key)
    return Occurrence(slot=slot, schedule=timed)


def last_day_until(start: SeriesStart, moment: Moment) -> date:
    """Return the last day of the series' zone on which an occurrence starts no later than the moment."""
    if isinstance(moment, Day):
        return moment.day
    if isinstance(start, AllDayStart):
        return moment.at.date()
    if isinstance(moment, Wall):
        day, is_reached = moment.at.date(), start.wall.time() <= moment.at.time()
    else:
        day = moment.at.astimezone(start.zone).date()
        is_reached = instant_of(datetime.combine(day, start.wall.time()), start.zone) <= moment.at
    return day if is_reached else day - timedelta(days=1)


def possible_days(start: SeriesStart, moment: Moment) -> tuple[date, ...]:
    """Return the days of the series' zone whose slot the moment could name.

    A bare date names the occurrence of that day in a timed series too: RFC 5545 leaves it open, and that is what
    those who write it mean.
    """
    if isinstance(moment, Day):
        return (moment.day,)
    if isinstance(start, AllDayStart):
        return (moment.at.date(),)
    if isinstance(moment, Wall):
        return (moment.at.date(),) if moment.at.time() == start.wall.time() else ()
    day = moment.at.astimezone(start.zone).date()
    # The day before as well, for a start in an hour that clocks skip around midnight.
    return tuple(d for d in (day - timedelta(days=1), day) if slot_on(start, d).at == moment.at)


def days_around(start: SeriesStart, starts_at: datetime, ends_at: datetime) -> tuple[date, date]:
    """Return the first and last day whose occurrence can touch the stretch between two instants, with room to spare."""
    if isinstance(start, AllDayStart):
        first, last = starts_at.astimezone(UTC).date(), ends_at.astimezone(UTC).date()
        return first - timedelta(days=start.lasts_days + 1), last + timedelta(days=1)
    first, last = starts_at.astimezone(start.zone).date(), ends_at.astimezone(start.zone).date()
    return first - start.lasts - timedelta(days=2), last + timedelta(days=1)


def until_of(start: SeriesStart, last_day: date) -> Moment:
    """Return what UNTIL says of a series whose last possible day is this one: an instant, or a date if all-day."""
    if isinstance(start, AllDayStart):
        return Day(day=last_day)
    return Instant(at=instant_of(datetime.combine(last_day, start.wall.time()), start.zone))


def describe(start: SeriesStart) -> str:
    """Return the first occurrence in words for a problem detail."""
    day = f"{start.day:%A}, {start.day.isoformat()}"
    return day if isinstance(start, AllDayStart) or start.wall.time() == time() else f"{day} {start.wall:%H:%M}"
