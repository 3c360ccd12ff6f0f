"""What Outlook cannot hold, and what is said about it."""

import pytest

from shared_code.domain.recurrence import At, RecurrenceRefused, SeriesStart, read, to_outlook
from tests.domain.recurrence.starts import all_day, timed

MONDAY = timed("2026-11-30T09:00")
SHORT = "RFC 5545 skips it and Outlook would take its last day"


def refusal(rule: str, start: SeriesStart, *more: str) -> RecurrenceRefused:
    """Return the refusal of a rule in text."""
    with pytest.raises(RecurrenceRefused) as refused:
        to_outlook(read([f"RRULE:{rule}", *more]), start)
    return refused.value


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("FREQ=DAILY;INTERVAL=2;BYDAY=MO,WE",
         "BYDAY=MO,WE with INTERVAL=2: Outlook does not count every 2 days and leave weekdays out; "
         "use FREQ=WEEKLY;BYDAY=MO,WE, or FREQ=DAILY without BYDAY."),
        ("FREQ=DAILY;INTERVAL=2;BYMONTHDAY=30",
         "BYMONTHDAY=30 with INTERVAL=2: Outlook does not count every 2 days and leave days of the month out; "
         "use FREQ=MONTHLY;BYMONTHDAY=30."),
        ("FREQ=DAILY;BYMONTH=11,12",
         "BYMONTH=11,12: Outlook does not limit FREQ=DAILY to months; "
         "leave it out and end the series with UNTIL, one series for each stretch."),
        ("FREQ=WEEKLY;BYMONTH=11",
         "BYMONTH=11: Outlook does not limit FREQ=WEEKLY to months; "
         "leave it out and end the series with UNTIL, one series for each stretch."),
        ("FREQ=DAILY;BYSETPOS=1;BYDAY=MO",
         "BYSETPOS=1: Outlook does not choose among the days of FREQ=DAILY; "
         "leave it out and list the days you want in BYDAY."),
        ("FREQ=WEEKLY;BYSETPOS=-1;BYDAY=MO,FR",
         "BYSETPOS=-1: Outlook does not choose among the days of FREQ=WEEKLY; "
         "leave it out and list the days you want in BYDAY."),
        ("FREQ=WEEKLY;BYDAY=1MO",
         "BYDAY=1MO: a number before the weekday has no meaning with FREQ=WEEKLY; "
         "use FREQ=MONTHLY for the nth weekday of a month, or leave the number out."),
        ("FREQ=WEEKLY;BYMONTHDAY=30",
         "BYMONTHDAY=30: days of the month have no meaning with FREQ=WEEKLY; use FREQ=MONTHLY, or BYDAY."),
        ("FREQ=MONTHLY;BYMONTHDAY=1,15",
         "BYMONTHDAY=1,15: Outlook holds one day in a month; "
         "send one series for each (BYMONTHDAY=1 and BYMONTHDAY=15)."),
        ("FREQ=MONTHLY;BYMONTHDAY=-2",
         "BYMONTHDAY=-2: Outlook counts the days of a month from its beginning, except the last; "
         "use BYMONTHDAY=-1 for the last day, or a day from 1 to 28."),
        ("FREQ=MONTHLY;BYMONTHDAY=10,20;BYSETPOS=-1;BYDAY=MO",
         "BYMONTHDAY=10,20 with BYDAY=MO: Outlook does not combine days of the month with weekdays; "
         "send one of the two."),
        ("FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR",
         "BYMONTHDAY=13 with BYDAY=FR: Outlook does not combine days of the month with weekdays; "
         "send one of the two."),
        ("FREQ=MONTHLY;BYMONTHDAY=27,-2;BYSETPOS=-1",
         "BYMONTHDAY=-2,27;BYSETPOS=-1: Outlook holds one day of the month, the same in each; "
         "use one BYMONTHDAY from 1 to 28, or -1 for the last."),
        ("FREQ=MONTHLY;BYDAY=1MO,3MO",
         "BYDAY=1MO,3MO: Outlook holds one such day in a month; "
         "send one series for each (BYDAY=1MO and BYDAY=3MO)."),
        ("FREQ=MONTHLY;BYDAY=1MO,1TU",
         "BYDAY=1MO,1TU: Outlook holds one such day in a month; "
         "send one series for each (BYDAY=1MO and BYDAY=1TU), "
         "or BYDAY=MO,TU;BYSETPOS=1 for the one day that is any of them."),
        ("FREQ=MONTHLY;BYDAY=5MO",
         "BYDAY=5MO: Outlook knows the first, second, third, fourth and last of a month; "
         "use 1, 2, 3, 4 or -1, such as BYDAY=-1MO."),
        ("FREQ=MONTHLY;BYDAY=-2FR",
         "BYDAY=-2FR: Outlook knows the first, second, third, fourth and last of a month; "
         "use 1, 2, 3, 4 or -1, such as BYDAY=-1FR."),
        ("FREQ=MONTHLY;BYDAY=MO,2TU",
         "BYDAY=MO,2TU: Outlook holds one such day in a month; send one series for each (BYDAY=MO and BYDAY=2TU)."),
        ("FREQ=MONTHLY;INTERVAL=2;BYDAY=MO",
         "BYDAY=MO: this names several days of a month, and Outlook holds one; "
         "say which one, such as BYDAY=1MO, or use FREQ=WEEKLY."),
        ("FREQ=YEARLY;BYMONTH=11;BYDAY=MO",
         "BYDAY=MO: this names several days of a month, and Outlook holds one; "
         "say which one, such as BYDAY=1MO, or use FREQ=WEEKLY."),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=5",
         "BYSETPOS=5: Outlook knows the first, second, third, fourth and last of a month; "
         "use BYSETPOS=1, 2, 3, 4 or -1."),
        ("FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=1,-1",
         "BYSETPOS=-1,1: Outlook holds one day in a month; send one series for each."),
        ("FREQ=YEARLY;BYMONTH=1,3",
         "BYMONTH=1,3: Outlook holds one month in a yearly series; send one series for each month."),
        ("FREQ=YEARLY;BYMONTH=2,5,8,11;BYMONTHDAY=1",
         "BYMONTH=2,5,8,11: Outlook holds one month in a yearly series; use FREQ=MONTHLY;INTERVAL=3 without BYMONTH."),
        ("FREQ=YEARLY;BYDAY=20MO",
         "BYDAY=20MO: Outlook counts weekdays within a month, not within a year; "
         "add the month and count within it, such as BYMONTH=5;BYDAY=3MO."),
        ("FREQ=YEARLY;BYDAY=MO",
         "BYDAY=MO: Outlook counts weekdays within a month, not within a year; "
         "use FREQ=WEEKLY;BYDAY=MO, or add the month and which one, such as 1MO."),
        ("FREQ=YEARLY;INTERVAL=2;BYMONTHDAY=30",
         "BYMONTHDAY=30: without BYMONTH these are days of all months of the year, and Outlook has no such pattern; "
         "add the month, such as BYMONTH=1, or use FREQ=MONTHLY."),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
         "BYMONTH=2;BYMONTHDAY=30: no such day ever comes; "
         "name a day that the month has, such as BYMONTHDAY=-1 for its last."),
        ("FREQ=MONTHLY;BYDAY=1MO;BYSETPOS=2",
         "BYDAY=1MO;BYSETPOS=2: no such day ever comes; "
         "name a day that the month has, such as BYMONTHDAY=-1 for its last."),
        ("FREQ=DAILY;COUNT=1000",
         "COUNT=1000: Outlook numbers at most 999 occurrences; "
         "end the series with UNTIL=, the date of its last occurrence."),
        ("FREQ=WEEKLY;INTERVAL=100",
         "INTERVAL=100: Outlook knows no such interval with FREQ=WEEKLY; use INTERVAL=1 to 99."),
        ("FREQ=DAILY;INTERVAL=1000",
         "INTERVAL=1000: Outlook knows no such interval with FREQ=DAILY; use INTERVAL=1 to 999."),
        ("FREQ=DAILY;UNTIL=99991231T235959Z",
         "UNTIL=99991231T235959Z: Outlook's calendar runs from 1601-01-01 to 4500-08-31; "
         "use a day in it, or leave it out."),
        ("FREQ=DAILY;UNTIL=00010101",
         "UNTIL=00010101: Outlook's calendar runs from 1601-01-01 to 4500-08-31; use a day in it, or leave it out."),
        ("FREQ=DAILY;UNTIL=45000831",
         "UNTIL: Outlook's calendar ends on 4500-08-31; leave UNTIL out for a series without end."),
        ("FREQ=YEARLY;INTERVAL=99;COUNT=999",
         "COUNT: Outlook's calendar ends on 4500-08-31; leave COUNT out for a series without end."),
        ("FREQ=WEEKLY;UNTIL=20261129",
         "UNTIL: the series would end before its first occurrence on Monday, 2026-11-30 09:00; "
         "use UNTIL=20261130 or later, or leave it out."),
    ],
)  # fmt: skip
def test_what_outlook_cannot_hold_is_refused_with_the_nearest_thing_that_it_can(rule: str, text: str) -> None:
    refused = refusal(rule, MONDAY)

    assert str(refused) == text
    assert refused.at is At.RECURRENCE


@pytest.mark.parametrize(
    ("rule", "day", "text"),
    [
        ("FREQ=MONTHLY", "2026-12-31",
         f"BYMONTHDAY=31: February 2027 has no day 31; {SHORT}; "
         "use BYMONTHDAY=-1 for the last day of the month, or end the series before then (UNTIL=20270131)."),
        ("FREQ=MONTHLY;BYMONTHDAY=30;COUNT=3", "2026-12-30",
         f"BYMONTHDAY=30: February 2027 has no day 30; {SHORT}; use BYMONTHDAY=-1 for the last day of the month, "
         "BYMONTHDAY=28,29,30;BYSETPOS=-1 for day 30 or the last of a shorter month, "
         "or end the series before then (UNTIL=20270131)."),
        ("FREQ=MONTHLY;BYMONTHDAY=31;UNTIL=20270228", "2026-12-31",
         f"BYMONTHDAY=31: February 2027 has no day 31; {SHORT}; "
         "use BYMONTHDAY=-1 for the last day of the month, or end the series before then (UNTIL=20270131)."),
        ("FREQ=YEARLY", "2028-02-29",
         f"BYMONTH=2;BYMONTHDAY=29: February 2029 has no day 29; {SHORT}; "
         "use BYMONTH=2;BYMONTHDAY=-1 for the last day of the month, or end the series before then (UNTIL=20290131)."),
        ("FREQ=YEARLY;INTERVAL=4", "2028-02-29",
         f"BYMONTH=2;BYMONTHDAY=29: February 2100 has no day 29; {SHORT}; "
         "use BYMONTH=2;BYMONTHDAY=-1 for the last day of the month, or end the series before then (UNTIL=21000131)."),
    ],
)  # fmt: skip
def test_a_day_that_a_month_of_the_series_lacks_is_refused(rule: str, day: str, text: str) -> None:
    assert str(refusal(rule, all_day(day))) == text


@pytest.mark.parametrize(
    ("rule", "start", "text"),
    [
        ("FREQ=WEEKLY;BYDAY=MO,WE", timed("2026-12-01T09:00"),
         "Start: Tuesday, 2026-12-01 09:00 is no day of the rule; the nearest start that is: Wednesday, 2026-12-02; "
         "on the other side: Monday, 2026-11-30."),
        ("FREQ=DAILY;BYDAY=SA", all_day("2026-12-01"),
         "Start: Tuesday, 2026-12-01 is no day of the rule; the nearest start that is: Saturday, 2026-11-28; "
         "on the other side: Saturday, 2026-12-05."),
        ("FREQ=MONTHLY;BYMONTHDAY=15", all_day("2026-12-14"),
         "Start: Monday, 2026-12-14 is no day of the rule; the nearest start that is: Tuesday, 2026-12-15; "
         "on the other side: Sunday, 2026-11-15."),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", all_day("2026-12-30"),
         "Start: Wednesday, 2026-12-30 is no day of the rule; the nearest start that is: Thursday, 2026-12-31; "
         "on the other side: Monday, 2026-11-30."),
        ("FREQ=MONTHLY;BYMONTHDAY=31;COUNT=2", all_day("2026-11-30"),
         "Start: Monday, 2026-11-30 is no day of the rule; the nearest start that is: Saturday, 2026-10-31; "
         "on the other side: Thursday, 2026-12-31."),
        ("FREQ=YEARLY;BYMONTH=3", all_day("2026-12-01"),
         "Start: Tuesday, 2026-12-01 is no day of the rule; the nearest start that is: Monday, 2027-03-01; "
         "on the other side: Sunday, 2026-03-01."),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", all_day("2098-03-01"),
         "Start: Saturday, 2098-03-01 is no day of the rule; the nearest start that is: Wednesday, 2096-02-29; "
         "on the other side: Friday, 2104-02-29."),
    ],
)  # fmt: skip
def test_a_start_that_is_no_instance_is_refused_with_the_nearest_that_is(
    rule: str, start: SeriesStart, text: str
) -> None:
    refused = refusal(rule, start)

    assert str(refused) == text
    assert refused.at is At.START


@pytest.mark.parametrize("day", ["0001-01-01", "1600-12-31", "4500-08-31", "9999-12-31"])
def test_a_start_outside_of_the_calendar_is_refused(day: str) -> None:
    refused = refusal("FREQ=MONTHLY;BYMONTHDAY=15", all_day(day))

    assert refused.at is At.START
    assert str(refused) == "Start: Outlook's calendar runs from 1601-01-01 to 4500-08-31; use a day in it."


def test_taking_out_every_occurrence_is_refused() -> None:
    refused = refusal("FREQ=DAILY;COUNT=2", MONDAY, "EXDATE:20261130,20261201")

    assert str(refused) == (
        "EXDATE: it takes every occurrence out of the series; leave one in, or delete the appointment."
    )
