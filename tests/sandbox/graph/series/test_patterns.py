"""Which days a recurrence means: the six patterns, the three ranges, and the corners of the calendar."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any, Literal
from zoneinfo import ZoneInfo

import pytest
from dateutil import rrule

from sandbox.graph.recurring.patterns import (
    INDEXES,
    WEEK,
    Pattern,
    Range,
    Recurrence,
    day_after,
    day_before,
    days,
    first_day,
)
from sandbox.graph.wire.zones import Zone

UTC_ZONE = Zone(name="UTC", rules=ZoneInfo("UTC"))
ENDLESS = date(9999, 12, 31)


def of(kind: str, start: str, *, interval: int = 1, span: Range | None = None, **fields: Any) -> Recurrence:
    begun = date.fromisoformat(start)
    return Recurrence(
        pattern=Pattern(kind=kind, interval=interval, **fields),
        range=span or Range(kind="noEnd", start=begun),
        zone=UTC_ZONE,
    )


def first(recurrence: Recurrence, count: int) -> list[str]:
    return [day.isoformat() for day in islice(days(recurrence, recurrence.range.start, ENDLESS), count)]


@pytest.mark.parametrize(
    ("recurrence", "expected"),
    [
        (of("daily", "2026-02-27", interval=3), ["2026-02-27", "2026-03-02", "2026-03-05"]),
        (of("weekly", "2026-10-05", days_of_week=("thursday", "monday")), ["2026-10-05", "2026-10-08", "2026-10-12"]),
        (of("weekly", "2026-10-06", days_of_week=("monday",)), ["2026-10-12", "2026-10-19", "2026-10-26"]),
        (of("absoluteMonthly", "2026-01-15", interval=3, day_of_month=7), ["2026-04-07", "2026-07-07", "2026-10-07"]),
        (of("absoluteMonthly", "2026-01-31", day_of_month=31), ["2026-01-31", "2026-02-28", "2026-03-31"]),
        (of("absoluteMonthly", "2028-01-29", day_of_month=29), ["2028-01-29", "2028-02-29", "2028-03-29"]),
        (
            of("relativeMonthly", "2026-10-01", days_of_week=("thursday", "friday"), index="first"),
            ["2026-10-01", "2026-11-05", "2026-12-03"],
        ),
        (
            of("relativeMonthly", "2026-10-01", days_of_week=("thursday", "friday"), index="second"),
            ["2026-10-02", "2026-11-06", "2026-12-04"],
        ),
        (
            of("relativeMonthly", "2026-01-01", days_of_week=WEEK, index="last"),
            ["2026-01-31", "2026-02-28", "2026-03-31"],
        ),
        (of("absoluteYearly", "2026-05-01", month=4, day_of_month=15), ["2027-04-15", "2028-04-15", "2029-04-15"]),
        (of("absoluteYearly", "2027-02-28", month=2, day_of_month=29), ["2027-02-28", "2028-02-29", "2029-02-28"]),
        (
            of("relativeYearly", "2026-11-25", days_of_week=("wednesday",), index="last", month=11),
            ["2026-11-25", "2027-11-24", "2028-11-29"],
        ),
    ],
)
def test_a_pattern_means_these_days(recurrence: Recurrence, expected: list[str]) -> None:
    assert first(recurrence, 3) == expected


@pytest.mark.parametrize(
    ("week_begins", "expected"),
    [("sunday", ["2026-10-04", "2026-10-05", "2026-10-18"]), ("monday", ["2026-10-04", "2026-10-12", "2026-10-18"])],
)
def test_every_second_week_depends_on_where_weeks_begin(week_begins: str, expected: list[str]) -> None:
    fields: dict[str, Any] = {"days_of_week": ("sunday", "monday"), "first_day_of_week": week_begins}

    assert first(of("weekly", "2026-10-04", interval=2, **fields), 3) == expected


def test_an_end_date_is_included_and_a_number_counts_from_the_first_day_that_fits() -> None:
    tuesday = date(2026, 10, 6)
    ended = of(
        "weekly",
        "2026-10-06",
        days_of_week=("monday",),
        span=Range(kind="endDate", start=tuesday, end=date(2026, 10, 19)),
    )
    counted = of("weekly", "2026-10-06", days_of_week=("monday",), span=Range(kind="numbered", start=tuesday, number=3))

    assert first(ended, 9) == ["2026-10-12", "2026-10-19"]
    assert first(counted, 9) == ["2026-10-12", "2026-10-19", "2026-10-26"]


def test_a_day_has_neighbours_however_far_away() -> None:
    rare = of("relativeYearly", "1950-02-01", interval=7, days_of_week=("monday",), index="first", month=2)

    assert day_after(rare, date(2020, 1, 1)) == date(2020, 2, 3)
    assert day_before(rare, date(2020, 1, 1)) == date(2013, 2, 4)
    assert (day_before(rare, date(1950, 2, 1)), first_day(rare)) == (None, date(1950, 2, 6))


def test_far_away_days_of_an_endless_series_cost_no_more_than_near_ones() -> None:
    daily = of("daily", "0001-01-01")

    began = datetime.now().astimezone()
    found = list(days(daily, date(9998, 1, 1), date(9998, 1, 31)))

    assert len(found) == 31
    assert datetime.now().astimezone() - began < timedelta(seconds=1)


def test_the_calendar_ends_with_the_year_9999() -> None:
    found = list(days(of("absoluteYearly", "9990-03-01", interval=4, month=3, day_of_month=1), date.min, date.max))

    assert [day.year for day in found] == [9990, 9994, 9998]


def rule_of(recurrence: Recurrence) -> rrule.rrule:
    """Return RFC 5545's reading of a recurrence that has no day after the 28th of a month."""
    pattern = recurrence.pattern
    weekdays = [(WEEK.index(name) - 1) % 7 for name in pattern.days_of_week]
    position = (1, 2, 3, 4, -1)[INDEXES.index(pattern.index)]
    frequency: Literal[0, 1, 2, 3] = rrule.MONTHLY if pattern.kind.endswith("Monthly") else rrule.YEARLY
    if pattern.kind in ("daily", "weekly"):
        frequency = rrule.DAILY if pattern.kind == "daily" else rrule.WEEKLY
    relative = pattern.kind.startswith("relative")
    return rrule.rrule(
        frequency,
        dtstart=datetime.combine(recurrence.range.start, datetime.min.time()),
        interval=pattern.interval,
        wkst=(WEEK.index(pattern.first_day_of_week) - 1) % 7,
        byweekday=weekdays or None,
        bysetpos=position if relative else None,
        bymonthday=pattern.day_of_month or None,
        bymonth=pattern.month or None,
        count=recurrence.range.number or None,
        until=datetime.combine(recurrence.range.end, datetime.min.time()) if recurrence.range.end else None,
    )


def any_recurrence(chance: random.Random) -> Recurrence:
    start = date(2026, 1, 1) + timedelta(days=chance.randrange(900))
    kind = chance.choice(("daily", "weekly", "absoluteMonthly", "relativeMonthly", "absoluteYearly", "relativeYearly"))
    fields: dict[str, Any] = {"first_day_of_week": chance.choice(WEEK)}
    if kind in ("weekly", "relativeMonthly", "relativeYearly"):
        fields["days_of_week"] = tuple(chance.sample(WEEK, chance.randint(1, 7)))
    if kind.startswith("relative"):
        fields["index"] = chance.choice(INDEXES)
    if kind.startswith("absolute"):
        fields["day_of_month"] = chance.randint(1, 28)
    if kind.endswith("Yearly"):
        fields["month"] = chance.randint(1, 12)
    end = start + timedelta(days=chance.randrange(2000))
    span = chance.choice(
        (
            Range(kind="noEnd", start=start),
            Range(kind="endDate", start=start, end=end),
            Range(kind="numbered", start=start, number=chance.randint(1, 40)),
        )
    )
    return of(kind, start.isoformat(), interval=chance.randint(1, 5), span=span, **fields)


@pytest.mark.parametrize("seed", range(20))
def test_where_rfc_5545_has_the_same_days_so_has_the_simulator(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    for _ in range(50):
        recurrence = any_recurrence(chance)
        begins = recurrence.range.start + timedelta(days=chance.randrange(1500))
        ends = begins + timedelta(days=chance.randrange(1500))
        after, before = (datetime.combine(one, datetime.min.time()) for one in (begins, ends))

        found = list(days(recurrence, begins, ends))

        assert found == [one.date() for one in rule_of(recurrence).between(after, before, inc=True)], recurrence
