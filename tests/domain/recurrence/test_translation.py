"""Series as SalesExec is told of them, what is deleted from them, and when two of them are the same."""

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
    PatternedRecurrence,
    Range,
    RelativeMonthly,
    RelativeYearly,
    SeriesStart,
    Weekday,
    Weekly,
    canonical,
    canonical_of_outlook,
    first_start,
    read,
    rule_of,
    to_outlook,
    to_rfc5545,
    write,
)
from tests.domain.recurrence.starts import all_day, timed

MO, TU, WE, TH, FR, SA, SU = Weekday
MONDAY = timed("2026-11-30T09:00")


def told(pattern: Pattern, until: Range, start: SeriesStart, *deleted: str) -> list[str]:
    """Return the lines that SalesExec is sent."""
    series = PatternedRecurrence(pattern=pattern, first_day=start.day, range=until)
    return list(write(to_rfc5545(series, start, map(date.fromisoformat, deleted))))


@pytest.mark.parametrize(
    ("pattern", "rule"),
    [
        (Daily(), "FREQ=DAILY"),
        (Daily(interval=3), "FREQ=DAILY;INTERVAL=3"),
        (Weekly(days=frozenset({MO})), "FREQ=WEEKLY;BYDAY=MO;WKST=SU"),
        (Weekly(interval=2, days=frozenset({TU, MO}), first_day_of_week=MO),
         "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TU;WKST=MO"),
        (AbsoluteMonthly(day=28), "FREQ=MONTHLY;BYMONTHDAY=28"),
        (AbsoluteMonthly(interval=2, day=29), "FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=28,29;BYSETPOS=-1"),
        (AbsoluteMonthly(day=30), "FREQ=MONTHLY;BYMONTHDAY=28,29,30;BYSETPOS=-1"),
        (AbsoluteMonthly(day=31), "FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1"),
        (RelativeMonthly(days=frozenset({WE}), index=DayIndex.SECOND), "FREQ=MONTHLY;BYDAY=2WE"),
        (RelativeMonthly(days=frozenset({FR}), index=DayIndex.LAST), "FREQ=MONTHLY;BYDAY=-1FR"),
        (RelativeMonthly(days=frozenset({FR, TH})), "FREQ=MONTHLY;BYDAY=TH,FR;BYSETPOS=1"),
        (RelativeMonthly(days=frozenset(Weekday), index=DayIndex.THIRD), "FREQ=MONTHLY;BYMONTHDAY=3"),
        (RelativeMonthly(days=frozenset(Weekday), index=DayIndex.LAST),
         "FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1"),
        (AbsoluteYearly(month=11, day=30), "FREQ=YEARLY;BYMONTH=11;BYMONTHDAY=30"),
        (AbsoluteYearly(month=11, day=31), "FREQ=YEARLY;BYMONTH=11;BYMONTHDAY=30"),
        (AbsoluteYearly(interval=2, month=2, day=29), "FREQ=YEARLY;INTERVAL=2;BYMONTH=2;BYMONTHDAY=28,29;BYSETPOS=-1"),
        (RelativeYearly(month=11, days=frozenset({TH}), index=DayIndex.FOURTH), "FREQ=YEARLY;BYMONTH=11;BYDAY=4TH"),
        (RelativeYearly(month=4, days=frozenset({SA, SU}), index=DayIndex.LAST),
         "FREQ=YEARLY;BYMONTH=4;BYDAY=SA,SU;BYSETPOS=-1"),
        (RelativeYearly(month=2, days=frozenset(Weekday), index=DayIndex.LAST),
         "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=28,29;BYSETPOS=-1"),
    ],
)  # fmt: skip
def test_every_pattern_has_its_rule(pattern: Pattern, rule: str) -> None:
    assert told(pattern, Endless(), MONDAY) == [f"RRULE:{rule}"]


@pytest.mark.parametrize(
    ("until", "start", "end"),
    [
        (Endless(), MONDAY, ""),
        (Numbered(occurrences=5), MONDAY, ";COUNT=5"),
        (EndsOn(last_day=date(2026, 12, 31)), MONDAY, ";UNTIL=20261231T080000Z"),
        (EndsOn(last_day=date(2027, 7, 1)), MONDAY, ";UNTIL=20270701T070000Z"),
        (EndsOn(last_day=date(2026, 12, 31)), timed("2026-11-30T09:00", "Pacific/Auckland"), ";UNTIL=20261230T200000Z"),
        (EndsOn(last_day=date(2026, 12, 31)), all_day("2026-11-30"), ";UNTIL=20261231"),
        (EndsOn(last_day=date(4500, 8, 31)), MONDAY, ""),
        (EndsOn(last_day=date(9999, 12, 31)), timed("2026-11-30T20:00", "Pacific/Honolulu"), ""),
    ],
)
def test_every_range_has_its_end(until: Range, start: SeriesStart, end: str) -> None:
    assert told(Daily(), until, start) == [f"RRULE:FREQ=DAILY{end}"]


def test_deleted_occurrences_are_told_once_each_in_order_in_utc() -> None:
    days = ("2027-03-29", "2026-12-07", "2026-12-07")

    lines = told(Weekly(days=frozenset({MO})), Endless(), MONDAY, *days)

    assert lines[1:] == ["EXDATE:20261207T080000Z", "EXDATE:20270329T070000Z"]


def test_deleted_all_day_occurrences_are_told_as_dates() -> None:
    lines = told(Daily(), Endless(), all_day("2026-11-30"), "2026-12-24", "2026-12-01")

    assert lines[1:] == ["EXDATE;VALUE=DATE:20261201", "EXDATE;VALUE=DATE:20261224"]


@pytest.mark.parametrize(
    ("line", "deleted"),
    [
        ("EXDATE:20261207T080000Z", ["2026-12-07T08:00:00Z"]),
        ("EXDATE:20270705T070000Z,20261207T080000Z", ["2026-12-07T08:00:00Z", "2027-07-05T07:00:00Z"]),
        ("EXDATE;TZID=America/New_York:20261207T030000", ["2026-12-07T08:00:00Z"]),
        ("EXDATE:20261207T090000", ["2026-12-07T08:00:00Z"]),
        ("EXDATE;VALUE=DATE:20261207", ["2026-12-07T08:00:00Z"]),
        ("EXDATE:20261207T080001Z,20261208T080000Z,20261208,20251201,20261207T100000", []),
        ("EXDATE:20261130", ["2026-11-30T08:00:00Z"]),
    ],
)
def test_what_is_taken_out_becomes_deleted_occurrences_where_there_are_any(line: str, deleted: list[str]) -> None:
    series = to_outlook(read(["RRULE:FREQ=WEEKLY", line]), MONDAY)

    assert [str(slot) for slot in series.deleted] == deleted


@pytest.mark.parametrize("line", ["EXDATE:20261202", "EXDATE:20261202T000000", "EXDATE:20261202T000000Z"])
def test_a_day_is_taken_out_of_an_all_day_series_however_it_is_written(line: str) -> None:
    series = to_outlook(read(["RRULE:FREQ=DAILY;COUNT=5", line, "EXDATE:20261205"]), all_day("2026-11-30"))

    assert [str(slot) for slot in series.deleted] == ["2026-12-02"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (["RRULE:FREQ=WEEKLY"], ["RRULE:FREQ=WEEKLY;INTERVAL=1;BYDAY=MO;WKST=SU"]),
        (["RRULE:FREQ=WEEKLY;BYDAY=WE,MO"], ["RRULE:FREQ=WEEKLY;WKST=TH;BYDAY=MO,WE"]),
        (["RRULE:FREQ=WEEKLY;INTERVAL=3;WKST=SU"], ["RRULE:FREQ=WEEKLY;INTERVAL=3"]),
        (["RRULE:FREQ=DAILY;BYDAY=MO,FR"], ["RRULE:FREQ=WEEKLY;BYDAY=MO,FR"]),
        (["RRULE:FREQ=DAILY"], ["RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU"]),
        (["RRULE:FREQ=MONTHLY;BYMONTHDAY=-1"], ["RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYSETPOS=-1"]),
        (["RRULE:FREQ=MONTHLY;BYDAY=-1MO"], ["RRULE:FREQ=MONTHLY;BYDAY=MO;BYSETPOS=-1"]),
        (["RRULE:FREQ=MONTHLY;INTERVAL=12"], ["RRULE:FREQ=YEARLY"]),
        (["RRULE:FREQ=MONTHLY;INTERVAL=24;BYDAY=-1MO"], ["RRULE:FREQ=YEARLY;INTERVAL=2;BYMONTH=11;BYDAY=-1MO"]),
        (["RRULE:FREQ=WEEKLY;UNTIL=20261213"], ["RRULE:FREQ=WEEKLY;UNTIL=20261207T080000Z"]),
        (["RRULE:FREQ=DAILY;UNTIL=20261213"], ["RRULE:FREQ=DAILY;UNTIL=20261213T090000"]),
        (["RRULE:FREQ=DAILY", "EXDATE:20261202,20261201"],
         ["EXDATE:20261201T080000Z", "EXDATE;TZID=Europe/Berlin:20261202T090000,20261202T091500", "RRULE:FREQ=DAILY"]),
    ],
)  # fmt: skip
def test_two_texts_of_the_same_series_have_one_canonical_form(one: list[str], other: list[str]) -> None:
    assert canonical(read(one), MONDAY) == canonical(read(other), MONDAY)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;WKST=MO", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;WKST=SU"),
        ("FREQ=DAILY;COUNT=2", "FREQ=DAILY;COUNT=3"),
        ("FREQ=DAILY", "FREQ=DAILY;UNTIL=20400101"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "FREQ=MONTHLY;BYDAY=-1MO"),
    ],
)
def test_two_different_series_have_different_canonical_forms(one: str, other: str) -> None:
    assert canonical(read([f"RRULE:{one}"]), MONDAY) != canonical(read([f"RRULE:{other}"]), MONDAY)


def test_what_outlook_holds_has_the_canonical_form_of_what_was_written_to_it() -> None:
    recurrence = read(["RRULE:FREQ=WEEKLY;BYDAY=MO,WE;UNTIL=20261231", "EXDATE:20261202"])
    series = to_outlook(recurrence, MONDAY)

    held = canonical_of_outlook(series.patterned, MONDAY, [slot.day for slot in series.deleted])

    assert held == canonical(recurrence, MONDAY)


def test_a_series_of_outlooks_that_is_longer_than_we_may_write_still_has_a_canonical_form() -> None:
    series = PatternedRecurrence(pattern=Daily(), first_day=MONDAY.day, range=Numbered(occurrences=1500))

    assert write(canonical_of_outlook(series, MONDAY, [])) == ("RRULE:FREQ=DAILY;COUNT=1500",)


def test_a_series_that_begins_on_a_day_its_pattern_does_not_name_starts_with_the_first_that_it_does() -> None:
    start = timed("2026-12-01T09:00")
    series = PatternedRecurrence(
        pattern=Weekly(interval=2, days=frozenset({MO}), first_day_of_week=SU),
        first_day=start.day,
        range=Numbered(occurrences=3),
    )

    first = first_start(rule_of(series, start), start)

    assert first == timed("2026-12-14T09:00")


def test_a_series_that_ends_before_its_pattern_names_a_day_has_no_start() -> None:
    start = all_day("2026-12-01")
    until = EndsOn(last_day=date(2026, 12, 5))
    series = PatternedRecurrence(pattern=AbsoluteMonthly(day=15), first_day=start.day, range=until)

    assert first_start(rule_of(series, start), start) is None


@pytest.mark.parametrize(
    "make",
    [
        lambda: Daily(interval=0),
        lambda: Weekly(days=frozenset()),
        lambda: AbsoluteMonthly(day=0),
        lambda: AbsoluteMonthly(day=32),
        lambda: AbsoluteYearly(month=0, day=1),
        lambda: RelativeYearly(month=13, days=frozenset({MO})),
        lambda: RelativeMonthly(days=frozenset()),
        lambda: Numbered(occurrences=0),
    ],
)
def test_a_pattern_that_cannot_be_is_not_made(make: type) -> None:
    with pytest.raises(ValueError, match="no such"):
        make()
