"""When something is: from one instant to another, whole days that float with whoever looks, or a series of either."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

FOREVER = datetime(4500, 9, 1, tzinfo=UTC)
"""The end of a series that has none: the end of Exchange's calendar. Source: Microsoft docs, MS-OXOCAL 2.2.1.44.1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """From one instant to another (aware UTC); `zone` is the IANA zone it was thought of in, where known."""

    start_at: datetime
    end_at: datetime
    zone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AllDay:
    """Whole days, the last one exclusive; no zone, as in Outlook, where all-day events never shift."""

    first_day: date
    day_after: date


type Once = Timed | AllDay


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A series: its first occurrence, its rule (an RRULE in the one canonical form), and the days taken out of it.

    Days are those of the series' own zone, on which its rule puts an occurrence; `ends_at` is when the last one ends
    (FOREVER for none). Made by `series_of` and `series_in_outlook` in shared_code/domain/series.py.
    """

    first: Once
    rule: str
    ends_at: datetime
    removed: frozenset[date] = frozenset()


type Schedule = Timed | AllDay | Series


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The stretch of time that is kept in step, both ends aware UTC."""

    start_at: datetime
    end_at: datetime

    def overlaps(self, schedule: Schedule) -> bool:
        """Tell whether any part of the schedule lies in the window; of a series, whether any occurrence may."""
        starts_at, ends_at = widest_instants(schedule)
        return starts_at < self.end_at and (ends_at > self.start_at or starts_at == ends_at >= self.start_at)


def widest_instants(schedule: Schedule) -> tuple[datetime, datetime]:
    """Return the earliest start and the latest end that the schedule has anywhere on earth (UTC+14 to UTC-12)."""
    if isinstance(schedule, Series):
        return widest_instants(schedule.first)[0], schedule.ends_at
    if isinstance(schedule, Timed):
        return schedule.start_at, schedule.end_at
    starts_at = datetime.combine(schedule.first_day, time(), UTC) - timedelta(hours=14)
    ends_at = datetime.combine(schedule.day_after, time(), UTC) + timedelta(hours=12)
    return starts_at, ends_at


def is_over(schedule: Schedule, now: datetime) -> bool:
    """Tell whether the schedule has ended everywhere on earth."""
    return widest_instants(schedule)[1] <= now


def window_around(now: datetime, *, past_days: int, future_days: int) -> Window:
    """Return the window of a rep, in whole minutes so that equal settings give equal windows within a minute."""
    minute = now.replace(second=0, microsecond=0)
    return Window(start_at=minute - timedelta(days=past_days), end_at=minute + timedelta(days=future_days))
