"""Where occurrences lie: when clocks change, for all-day series, in windows, and by their original start."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from shared_code.domain.recurrence import (
    AllDayStart,
    Day,
    Instant,
    Moment,
    Recurrence,
    SeriesStart,
    Slot,
    TimedStart,
    occurrence_on,
    occurrences,
    read,
    slot_named,
    slot_on,
    starting,
)
from shared_code.domain.schedules import AllDay, Timed, Window
from tests.domain.recurrence.starts import all_day, timed


def a_window(start: str, end: str) -> Window:
    """Return the window between two instants in UTC."""
    start_at, end_at = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (start, end))
    return Window(start_at=start_at, end_at=end_at)


def seen(rule: str, start: SeriesStart, window: Window, *more: str) -> list[str]:
    """Return the original starts of the occurrences in a window."""
    return [str(occurrence.slot) for occurrence in occurrences(read([f"RRULE:{rule}", *more]), start, window)]


def test_a_weekly_series_keeps_its_hour_when_clocks_change_in_spring_and_autumn() -> None:
    start = timed("2026-03-23T09:00")

    spring = seen("FREQ=WEEKLY", start, a_window("2026-03-20", "2026-04-07"))
    autumn = seen("FREQ=WEEKLY", start, a_window("2026-10-18", "2026-11-03"))

    assert spring == ["2026-03-23T08:00:00Z", "2026-03-30T07:00:00Z", "2026-04-06T07:00:00Z"]
    assert autumn == ["2026-10-19T07:00:00Z", "2026-10-26T08:00:00Z", "2026-11-02T08:00:00Z"]


def test_an_hour_that_clocks_skip_is_that_much_later_on_that_day_only_and_keeps_its_length() -> None:
    start = timed("2026-03-07T02:30", "America/New_York")

    schedules = [occurrence_on(start, date(2026, 3, day)).schedule for day in (7, 8, 9)]

    assert schedules == [
        Timed(start_at=at, end_at=at + timedelta(hours=1), zone="America/New_York")
        for at in (
            datetime(2026, 3, 7, 7, 30, tzinfo=UTC),
            datetime(2026, 3, 8, 7, 30, tzinfo=UTC),
            datetime(2026, 3, 9, 6, 30, tzinfo=UTC),
        )
    ]


def test_an_hour_that_clocks_show_twice_is_the_first_of_the_two() -> None:
    start = timed("2026-10-31T01:30", "America/New_York")

    assert slot_on(start, date(2026, 11, 1)).at == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)


def test_an_occurrence_over_the_change_ends_at_its_hour_of_the_clock() -> None:
    start = timed("2026-03-07T23:00", "America/New_York", minutes=5 * 60)

    schedule = occurrence_on(start, date(2026, 3, 7)).schedule

    assert schedule == Timed(
        start_at=datetime(2026, 3, 8, 4, tzinfo=UTC),
        end_at=datetime(2026, 3, 8, 8, tzinfo=UTC),
        zone="America/New_York",
    )


def test_a_series_made_of_a_schedule_keeps_the_hour_that_it_has_in_its_zone() -> None:
    at = datetime(2026, 11, 30, 8, tzinfo=UTC)

    start = starting(Timed(start_at=at, end_at=at + timedelta(minutes=30), zone="Europe/Berlin"))

    assert start == timed("2026-11-30T09:00", minutes=30)


def test_a_schedule_without_a_zone_keeps_its_hour_in_utc() -> None:
    at = datetime(2026, 11, 30, 8, tzinfo=UTC)

    assert starting(Timed(start_at=at, end_at=at)) == timed("2026-11-30T08:00", "UTC", minutes=0)


def test_an_all_day_schedule_makes_an_all_day_series() -> None:
    days = AllDay(first_day=date(2026, 11, 30), day_after=date(2026, 12, 2))

    assert starting(days) == AllDayStart(day=date(2026, 11, 30), lasts_days=2)


def test_a_first_occurrence_over_the_hour_that_comes_twice_keeps_its_real_length() -> None:
    starts_at = datetime(2026, 11, 1, 5, 45, tzinfo=UTC)

    start = starting(Timed(start_at=starts_at, end_at=starts_at + timedelta(minutes=30), zone="America/New_York"))

    assert isinstance(start, TimedStart)
    assert start.lasts == timedelta(minutes=30)


def test_the_window_has_what_touches_it_and_nothing_else() -> None:
    start = timed("2026-11-30T09:00", "UTC")
    window = a_window("2026-12-01T09:30", "2026-12-03T09:00")

    assert seen("FREQ=DAILY", start, window) == ["2026-12-01T09:00:00Z", "2026-12-02T09:00:00Z"]


def test_a_long_occurrence_that_began_before_the_window_is_in_it() -> None:
    start = timed("2026-11-02T09:00", "UTC", minutes=60 * 24 * 10)

    assert seen("FREQ=MONTHLY", start, a_window("2026-11-11", "2026-11-13")) == ["2026-11-02T09:00:00Z"]


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "Pacific/Honolulu", "Europe/London"])
def test_no_edge_day_of_an_all_day_series_is_lost_wherever_the_rep_is(zone: str) -> None:
    midnight = datetime(2026, 12, 1, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    window = Window(start_at=midnight, end_at=midnight + timedelta(days=1))

    assert "2026-12-01" in seen("FREQ=DAILY", all_day("2026-11-01"), window)


def test_all_day_occurrences_are_days_without_a_zone() -> None:
    window = a_window("2026-12-05", "2026-12-09")

    found = [o.schedule for o in occurrences(read(["RRULE:FREQ=WEEKLY"]), all_day("2026-11-30", 2), window)]

    assert found == [AllDay(first_day=date(2026, 12, 7), day_after=date(2026, 12, 9))]


def test_taken_out_occurrences_are_not_there_but_count() -> None:
    start = timed("2026-11-30T09:00", "UTC")
    window = a_window("2026-11-01", "2027-11-01")

    found = seen("FREQ=DAILY;COUNT=3", start, window, "EXDATE:20261130T090000Z")

    assert found == ["2026-12-01T09:00:00Z", "2026-12-02T09:00:00Z"]


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;INTERVAL=3",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH;WKST=SU",
        "FREQ=MONTHLY;INTERVAL=5;BYMONTHDAY=28,29,30,31;BYSETPOS=-1",
        "FREQ=YEARLY;BYMONTH=1;BYDAY=-1MO",
    ],
)
def test_a_series_that_began_centuries_ago_is_not_walked_from_its_start(rule: str) -> None:
    start = all_day("1601-01-29" if rule.startswith(("FREQ=W", "FREQ=Y")) else "1601-01-31")

    late = seen(rule, start, a_window("2026-01-01", "2027-01-01"))
    whole = seen(rule, start, a_window("1601-01-01", "2027-01-01"))

    assert late == [day for day in whole if day >= "2025-12-31"]
    assert late


@pytest.mark.parametrize(
    ("lines", "moment", "slot"),
    [
        (["RRULE:FREQ=WEEKLY"], Instant(at=datetime(2026, 12, 7, 8, tzinfo=UTC)), "2026-12-07T08:00:00Z"),
        (["RRULE:FREQ=WEEKLY"], Instant(at=datetime(2026, 12, 7, 9, tzinfo=UTC)), None),
        (["RRULE:FREQ=WEEKLY"], Instant(at=datetime(2026, 12, 8, 8, tzinfo=UTC)), None),
        (["RRULE:FREQ=WEEKLY"], Instant(at=datetime(2026, 11, 23, 8, tzinfo=UTC)), None),
        (["RRULE:FREQ=WEEKLY;COUNT=2"], Instant(at=datetime(2026, 12, 7, 8, tzinfo=UTC)), "2026-12-07T08:00:00Z"),
        (["RRULE:FREQ=WEEKLY;COUNT=2"], Instant(at=datetime(2026, 12, 14, 8, tzinfo=UTC)), None),
        (["RRULE:FREQ=WEEKLY", "EXDATE:20261207"], Instant(at=datetime(2026, 12, 7, 8, tzinfo=UTC)), None),
    ],
)
def test_a_slot_is_found_by_its_original_start_if_the_series_has_it(
    lines: list[str], moment: Moment, slot: str | None
) -> None:
    found = slot_named(read(lines), timed("2026-11-30T09:00"), moment)

    assert (None if found is None else str(found)) == slot


def test_an_all_day_slot_is_found_by_its_date() -> None:
    series = read(["RRULE:FREQ=WEEKLY"])

    assert slot_named(series, all_day("2026-11-30"), Day(day=date(2026, 12, 7))) == Slot(date(2026, 12, 7))
    assert slot_named(series, all_day("2026-11-30"), Day(day=date(2026, 12, 8))) is None


def test_a_slot_in_an_hour_skipped_around_midnight_is_found_by_its_instant() -> None:
    start = timed("2026-03-21T23:30", "America/Nuuk")
    skipped = slot_on(start, date(2026, 3, 28))
    assert skipped.at == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)

    found = slot_named(Recurrence(rule=read(["RRULE:FREQ=WEEKLY"]).rule), start, skipped.moment)

    assert found == skipped
