"""Starts of series for tests."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from shared_code.domain.recurrence import AllDayStart, TimedStart


def timed(wall: str, zone: str = "Europe/Berlin", *, minutes: int = 60) -> TimedStart:
    """Return the start of a timed series, from wall time as `2026-11-30T09:00`."""
    return TimedStart(wall=datetime.fromisoformat(wall), zone=ZoneInfo(zone), lasts=timedelta(minutes=minutes))


def all_day(day: str, days: int = 1) -> AllDayStart:
    """Return the start of an all-day series."""
    return AllDayStart(day=date.fromisoformat(day), lasts_days=days)
