"""Which pattern of Outlook's a rule becomes."""

from datetime import date

import pytest

from shared_code.domain.recurrence import (
    AbsoluteMonthly,
    AbsoluteYearly,
    Daily,
    DayIndex,
    Endless,
    EndsOn,
    Numbered,
    Pattern,
    Range,
    RelativeMonthly,
    RelativeYearly,
    SeriesStart,
    Weekday,
    Weekly,
    fit,
    read,
)
from tests.domain.recurrence.starts import all_day, timed

MO, TU, WE, TH, FR, SA, SU = Weekday
WORKDAYS = frozenset({MO, TU, WE, TH, FR})


def fitted(rule: str, start: SeriesStart) -> Pattern:
    """Return the pattern of a rule in text."""
    return fit(read([f"RRULE:{rule}"]).rule, start).pattern


@pytest.mark.parametrize(
    ("rule", "day", "pattern"),
    [
        ("FREQ=DAILY", "2026-11-30", Daily()),
        ("FREQ=DAILY;INTERVAL=999", "2026-11-30", Daily(interval=999)),
        ("FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR,SA,SU;INTERVAL=2", "2026-11-30", Daily(interval=2)),
        ("FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR", "2026-11-30", Weekly(days=WORKDAYS, first_day_of_week=MO)),
        ("FREQ=DAILY;BYMONTHDAY=15", "2026-12-15", AbsoluteMonthly(day=15)),
        ("FREQ=WEEKLY", "2026-12-02", Weekly(days=frozenset({WE}), first_day_of_week=MO)),
        ("FREQ=WEEKLY;WKST=SU;INTERVAL=2;BYDAY=SU,TU", "2026-12-01",
         Weekly(interval=2, days=frozenset({SU, TU}), first_day_of_week=SU)),
        ("FREQ=MONTHLY", "2026-12-15", AbsoluteMonthly(day=15)),
        ("FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=28", "2026-12-28", AbsoluteMonthly(interval=3, day=28)),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "2026-11-30", AbsoluteMonthly(day=31)),
        ("FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1", "2026-11-30", AbsoluteMonthly(day=31)),
        ("FREQ=MONTHLY;BYMONTHDAY=28,29,30;BYSETPOS=-1", "2026-11-30", AbsoluteMonthly(day=30)),
        ("FREQ=MONTHLY;BYMONTHDAY=28,29;BYSETPOS=-1", "2026-11-29", AbsoluteMonthly(day=29)),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYSETPOS=-1", "2026-11-30", AbsoluteMonthly(day=31)),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYSETPOS=2", "2026-12-02", AbsoluteMonthly(day=2)),
        ("FREQ=MONTHLY;BYDAY=2WE", "2026-12-09", RelativeMonthly(days=frozenset({WE}), index=DayIndex.SECOND)),
        ("FREQ=MONTHLY;BYDAY=WE;BYSETPOS=2", "2026-12-09",
         RelativeMonthly(days=frozenset({WE}), index=DayIndex.SECOND)),
        ("FREQ=MONTHLY;BYDAY=-1FR", "2026-11-27", RelativeMonthly(days=frozenset({FR}), index=DayIndex.LAST)),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "2026-11-30",
         RelativeMonthly(days=WORKDAYS, index=DayIndex.LAST)),
        ("FREQ=MONTHLY;BYDAY=TH,FR;BYSETPOS=1", "2026-12-03", RelativeMonthly(days=frozenset({TH, FR}))),
        ("FREQ=MONTHLY;BYDAY=1MO,1TU;BYSETPOS=1", "2026-12-01", RelativeMonthly(days=frozenset({MO, TU}))),
        ("FREQ=MONTHLY;BYMONTHDAY=8,9,10,11,12,13,14;BYDAY=MO", "2026-12-14",
         RelativeMonthly(days=frozenset({MO}), index=DayIndex.SECOND)),
        ("FREQ=MONTHLY;BYMONTHDAY=-7,-6,-5,-4,-3,-2,-1;BYDAY=FR", "2026-11-27",
         RelativeMonthly(days=frozenset({FR}), index=DayIndex.LAST)),
        ("FREQ=MONTHLY;BYDAY=MO,WE", "2026-11-30", Weekly(days=frozenset({MO, WE}), first_day_of_week=MO)),
        ("FREQ=MONTHLY;BYMONTH=12;BYMONTHDAY=5", "2026-12-05", AbsoluteYearly(month=12, day=5)),
        ("FREQ=MONTHLY;INTERVAL=18;BYMONTH=12;BYMONTHDAY=5", "2026-12-05", AbsoluteYearly(interval=3, month=12, day=5)),
        ("FREQ=YEARLY", "2026-11-30", AbsoluteYearly(month=11, day=30)),
        ("FREQ=YEARLY", "2026-12-31", AbsoluteYearly(month=12, day=31)),
        ("FREQ=YEARLY;BYMONTH=12", "2026-12-31", AbsoluteYearly(month=12, day=31)),
        ("FREQ=YEARLY;INTERVAL=2;BYMONTH=4;BYMONTHDAY=30", "2027-04-30", AbsoluteYearly(interval=2, month=4, day=30)),
        ("FREQ=YEARLY;BYMONTH=4;BYMONTHDAY=-1", "2027-04-30", AbsoluteYearly(month=4, day=30)),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1", "2027-02-28", AbsoluteYearly(month=2, day=29)),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=28,29;BYSETPOS=-1", "2028-02-29", AbsoluteYearly(month=2, day=29)),
        ("FREQ=YEARLY;BYMONTH=11;BYDAY=4TH", "2026-11-26",
         RelativeYearly(month=11, days=frozenset({TH}), index=DayIndex.FOURTH)),
        ("FREQ=YEARLY;BYMONTH=10;BYDAY=MO;BYSETPOS=1;INTERVAL=3", "2026-10-05",
         RelativeYearly(interval=3, month=10, days=frozenset({MO}))),
        ("FREQ=YEARLY;BYMONTH=4;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "2027-04-30",
         RelativeYearly(month=4, days=WORKDAYS, index=DayIndex.LAST)),
        ("FREQ=YEARLY;BYMONTHDAY=13", "2026-12-13", AbsoluteMonthly(day=13)),
    ],
)  # fmt: skip
def test_a_rule_becomes_the_pattern_that_names_the_same_days(rule: str, day: str, pattern: Pattern) -> None:
    assert fitted(rule, all_day(day)) == pattern
    assert fitted(rule, timed(f"{day}T09:00")) == pattern


@pytest.mark.parametrize(
    ("rule", "day", "pattern"),
    [
        ("FREQ=MONTHLY;INTERVAL=12", "2026-10-31", AbsoluteMonthly(interval=12, day=31)),
        ("FREQ=MONTHLY;BYMONTHDAY=30;INTERVAL=3", "2027-01-30", AbsoluteMonthly(interval=3, day=30)),
        ("FREQ=MONTHLY;BYMONTHDAY=31;COUNT=2", "2026-12-31", AbsoluteMonthly(day=31)),
        ("FREQ=MONTHLY;BYMONTHDAY=31;UNTIL=20270227", "2026-12-31", AbsoluteMonthly(day=31)),
        ("FREQ=MONTHLY;BYMONTHDAY=29;UNTIL=20280331", "2028-01-29", AbsoluteMonthly(day=29)),
        ("FREQ=MONTHLY;BYMONTHDAY=30,31;BYSETPOS=-1;COUNT=3", "2026-11-30", AbsoluteMonthly(day=31)),
        ("FREQ=YEARLY;INTERVAL=4;UNTIL=20961231", "2028-02-29", AbsoluteYearly(interval=4, month=2, day=29)),
        ("FREQ=YEARLY;INTERVAL=4;COUNT=18", "2028-02-29", AbsoluteYearly(interval=4, month=2, day=29)),
        ("FREQ=YEARLY;COUNT=1", "2028-02-29", AbsoluteYearly(month=2, day=29)),
    ],
)
def test_a_day_that_some_months_lack_is_held_if_the_series_never_meets_such_a_month(
    rule: str, day: str, pattern: Pattern
) -> None:
    assert fitted(rule, all_day(day)) == pattern


@pytest.mark.parametrize(
    ("rule", "start", "until"),
    [
        ("FREQ=DAILY", timed("2026-11-30T09:00"), Endless()),
        ("FREQ=DAILY;COUNT=999", timed("2026-11-30T09:00"), Numbered(occurrences=999)),
        ("FREQ=DAILY;UNTIL=20261224", timed("2026-11-30T09:00"), EndsOn(last_day=date(2026, 12, 24))),
        ("FREQ=DAILY;UNTIL=20261224", all_day("2026-11-30"), EndsOn(last_day=date(2026, 12, 24))),
        ("FREQ=DAILY;UNTIL=20261224T000000Z", all_day("2026-11-30"), EndsOn(last_day=date(2026, 12, 24))),
        ("FREQ=DAILY;UNTIL=20261224T080000Z", timed("2026-11-30T09:00"), EndsOn(last_day=date(2026, 12, 24))),
        ("FREQ=DAILY;UNTIL=20261224T075959Z", timed("2026-11-30T09:00"), EndsOn(last_day=date(2026, 12, 23))),
        ("FREQ=DAILY;UNTIL=20261224T090000", timed("2026-11-30T09:00"), EndsOn(last_day=date(2026, 12, 24))),
        ("FREQ=DAILY;UNTIL=20261224T085959", timed("2026-11-30T09:00"), EndsOn(last_day=date(2026, 12, 23))),
        ("FREQ=DAILY;UNTIL=20261224T235959Z", timed("2026-11-30T09:00", "Pacific/Auckland"),
         EndsOn(last_day=date(2026, 12, 25))),
        ("FREQ=DAILY;UNTIL=20261224T235959Z", timed("2026-11-30T16:00", "Pacific/Honolulu"),
         EndsOn(last_day=date(2026, 12, 23))),
        # 07:00Z is 09:00 in summer and 08:00 in winter.
        ("FREQ=DAILY;UNTIL=20270701T070000Z", timed("2026-11-30T09:00"), EndsOn(last_day=date(2027, 7, 1))),
    ],
)  # fmt: skip
def test_the_end_of_a_rule_becomes_a_range_in_the_zone_of_the_series(
    rule: str, start: SeriesStart, until: Range
) -> None:
    series = fit(read([f"RRULE:{rule}"]).rule, start)

    assert series.range == until
    assert series.first_day == start.day
