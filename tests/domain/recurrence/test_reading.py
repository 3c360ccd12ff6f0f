"""RFC 5545 text, read and written."""

from datetime import UTC, date, datetime

import pytest

from shared_code.domain.recurrence import Day, Instant, RecurrenceRefused, Wall, read, write


@pytest.mark.parametrize(
    ("lines", "written"),
    [
        (["RRULE:FREQ=DAILY"], ["RRULE:FREQ=DAILY"]),
        (["rrule:freq=daily;interval=1"], ["RRULE:FREQ=DAILY"]),
        (["  RRULE : FREQ = WEEKLY ; BYDAY = we, mo ;  "], ["RRULE:FREQ=WEEKLY;BYDAY=MO,WE;WKST=MO"]),
        (["RRULE:INTERVAL=2;WKST=SU;FREQ=WEEKLY"], ["RRULE:FREQ=WEEKLY;INTERVAL=2;WKST=SU"]),
        (["RRULE:FREQ=MONTHLY;BYDAY=+1MO,MO;"], ["RRULE:FREQ=MONTHLY;BYDAY=MO,1MO"]),
        (["RRULE:FREQ=MONTHLY;BYMONTHDAY=15,1,15"], ["RRULE:FREQ=MONTHLY;BYMONTHDAY=1,15"]),
        (["RRULE:FREQ=YEARLY;BYSETPOS=-1;BYDAY=FR;BYMONTH=03"], ["RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=FR;BYSETPOS=-1"]),
        (["RRULE;X-FROM=calendar:FREQ=DAILY;COUNT=007"], ["RRULE:FREQ=DAILY;COUNT=7"]),
        (["RRULE:FREQ=DAILY;UNTIL=20261231"], ["RRULE:FREQ=DAILY;UNTIL=20261231"]),
        (["RRULE:FREQ=DAILY;UNTIL=20261231t170000z"], ["RRULE:FREQ=DAILY;UNTIL=20261231T170000Z"]),
        (["RRULE:FREQ=DAILY;UNTIL=20261231T170000"], ["RRULE:FREQ=DAILY;UNTIL=20261231T170000"]),
        (["RRULE:FREQ=WEEKLY;BY\r\n DAY=MO,\r\n\tTU"], ["RRULE:FREQ=WEEKLY;BYDAY=MO,TU;WKST=MO"]),
        (["RRULE:FREQ=WEEKLY;BY", " DAY=MO"], ["RRULE:FREQ=WEEKLY;BYDAY=MO;WKST=MO"]),
        (["", "RRULE:FREQ=DAILY\nEXDATE:20261201", "  "], ["RRULE:FREQ=DAILY", "EXDATE;VALUE=DATE:20261201"]),
        (["RRULE:FREQ=DAILY", "  EXDATE:20261201"], ["RRULE:FREQ=DAILY", "EXDATE;VALUE=DATE:20261201"]),
    ],
)
def test_a_rule_is_read_however_it_is_written(lines: list[str], written: list[str]) -> None:
    assert list(write(read(lines))) == written


@pytest.mark.parametrize(
    ("line", "moments"),
    [
        ("EXDATE:20261201T080000Z", [Instant(at=datetime(2026, 12, 1, 8, tzinfo=UTC))]),
        ("exdate;tzid=Europe/Berlin:20261201T090000", [Instant(at=datetime(2026, 12, 1, 8, tzinfo=UTC))]),
        ('EXDATE;TZID="W. Europe Standard Time":20261201T090000', [Instant(at=datetime(2026, 12, 1, 8, tzinfo=UTC))]),
        ("EXDATE;TZID=Europe/Berlin:20261201T090000Z", [Instant(at=datetime(2026, 12, 1, 9, tzinfo=UTC))]),
        ("EXDATE;TZID=Europe/Ber\n lin:20261201T090000", [Instant(at=datetime(2026, 12, 1, 8, tzinfo=UTC))]),
        ("EXDATE:20261201T090000", [Wall(at=datetime(2026, 12, 1, 9))]),  # noqa: DTZ001 - wall time
        ("EXDATE;VALUE=DATE:20261201, 20261202,", [Day(day=date(2026, 12, 1)), Day(day=date(2026, 12, 2))]),
        ("EXDATE;TZID=Europe/Berlin;VALUE=DATE:20261201", [Day(day=date(2026, 12, 1))]),
        ("EXDATE:", []),
    ],
)
def test_taken_out_starts_are_read_in_every_form(line: str, moments: list[object]) -> None:
    assert list(read(["RRULE:FREQ=DAILY", line]).excluded) == moments


@pytest.mark.parametrize(
    ("lines", "part", "words"),
    [
        ([], "RRULE", "send one line RRULE:"),
        (["EXDATE:20261201"], "RRULE", "send one line RRULE:"),
        (["RRULE:FREQ=DAILY", "RRULE:FREQ=WEEKLY"], "RRULE", "the others as series of their own"),
        (["FREQ=DAILY"], "FREQ=DAILY", "send one line RRULE:"),
        (["RRULE:FREQ=DAILY", "RDATE:20261201"], "RDATE", "appointments of their own"),
        (["RRULE:FREQ=DAILY", "EXRULE:FREQ=WEEKLY"], "EXRULE", "EXDATE"),
        (["RRULE:FREQ=DAILY", "DTSTART:20261201"], "DTSTART", "leave the line out"),
        (["RRULE:FREQ=DAILY", "SUMMARY:Dentist"], "SUMMARY", "no place in a recurrence"),
        (["RRULE:"], "FREQ", "add FREQ=DAILY"),
        (["RRULE:INTERVAL=2"], "FREQ", "add FREQ=DAILY"),
        (["RRULE:FREQ=HOURLY"], "FREQ=HOURLY", "FREQ=DAILY"),
        (["RRULE:FREQ=MINUTELY"], "FREQ=MINUTELY", "FREQ=DAILY"),
        (["RRULE:FREQ=SECONDLY"], "FREQ=SECONDLY", "FREQ=DAILY"),
        (["RRULE:FREQ=FORTNIGHTLY"], "FREQ=FORTNIGHTLY", "use DAILY, WEEKLY, MONTHLY or YEARLY"),
        (["RRULE:FREQ=DAILY;COUNT=3;UNTIL=20261231"], "COUNT and UNTIL", "one of the two"),
        (["RRULE:FREQ=DAILY;COUNT=0"], "COUNT=0", "from 1"),
        (["RRULE:FREQ=DAILY;COUNT=-1"], "COUNT=-1", "from 1"),
        (["RRULE:FREQ=DAILY;INTERVAL=0"], "INTERVAL=0", "from 1"),
        (["RRULE:FREQ=DAILY;INTERVAL=1.5"], "INTERVAL=1.5", "from 1"),
        (["RRULE:FREQ=DAILY;INTERVAL=٣"], "INTERVAL=٣", "from 1"),
        (["RRULE:FREQ=DAILY;INTERVAL="], "INTERVAL", "give it one"),
        (["RRULE:FREQ=DAILY;INTERVAL"], "INTERVAL", "give it one"),
        (["RRULE:FREQ=DAILY;INTERVAL=1;INTERVAL=2"], "INTERVAL", "say it once"),
        (["RRULE:FREQ=DAILY;EVERY=2"], "EVERY", "there are FREQ, INTERVAL"),
        (["RRULE:FREQ=DAILY;X-NAME=2"], "X-NAME", "leave it out"),
        (["RRULE:FREQ=DAILY;BYHOUR=9"], "BYHOUR", "Start says the hour"),
        (["RRULE:FREQ=DAILY;BYMINUTE=0"], "BYMINUTE", "Start says the minute"),
        (["RRULE:FREQ=DAILY;BYSECOND=0"], "BYSECOND", "Start says the second"),
        (["RRULE:FREQ=YEARLY;BYYEARDAY=100"], "BYYEARDAY", "BYMONTH and BYMONTHDAY"),
        (["RRULE:FREQ=YEARLY;BYWEEKNO=20"], "BYWEEKNO", "BYMONTH=5;BYDAY=3MO"),
        (["RRULE:FREQ=MONTHLY;RSCALE=GREGORIAN"], "RSCALE", "leave it out"),
        (["RRULE:FREQ=MONTHLY;SKIP=BACKWARD"], "SKIP", "BYMONTHDAY=-1"),
        (["RRULE:FREQ=WEEKLY;BYDAY=MONDAY"], "BYDAY=MONDAY", "use MO, TU"),
        (["RRULE:FREQ=WEEKLY;BYDAY=MO,"], "BYDAY=", "use MO, TU"),
        (["RRULE:FREQ=MONTHLY;BYDAY=0MO"], "BYDAY=0MO", "2MO or -1FR"),
        (["RRULE:FREQ=MONTHLY;BYDAY=54MO"], "BYDAY=54MO", "2MO or -1FR"),
        (["RRULE:FREQ=MONTHLY;BYMONTHDAY=32"], "BYMONTHDAY=32", "from 1 to 31"),
        (["RRULE:FREQ=MONTHLY;BYMONTHDAY=0"], "BYMONTHDAY=0", "-31 to -1"),
        (["RRULE:FREQ=YEARLY;BYMONTH=13"], "BYMONTH=13", "from 1 to 12"),
        (["RRULE:FREQ=YEARLY;BYMONTH=-1"], "BYMONTH=-1", "from 1 to 12"),
        (["RRULE:FREQ=MONTHLY;BYSETPOS=367"], "BYSETPOS=367", "from 1 to 366"),
        (["RRULE:FREQ=WEEKLY;WKST=1"], "WKST=1", "use MO, TU"),
        (["RRULE:FREQ=DAILY;UNTIL=2026-12-31"], "UNTIL=2026-12-31", "write it as 20261231"),
        (["RRULE:FREQ=DAILY;UNTIL=20260231"], "UNTIL=20260231", "write it as 20261231"),
        (["RRULE:FREQ=DAILY;UNTIL=20261231T250000Z"], "UNTIL=20261231T250000Z", "write it as 20261231"),
        (["RRULE:FREQ=DAILY", "EXDATE:tomorrow"], "EXDATE=TOMORROW", "write it as 20261231"),
        (["RRULE:FREQ=DAILY", "EXDATE;TZID=Mars/Olympus:20261201T090000"], "EXDATE", "an IANA name"),
    ],
)  # fmt: skip
def test_what_is_malformed_is_refused_by_name_with_what_to_send_instead(
    lines: list[str], part: str, words: str
) -> None:
    with pytest.raises(RecurrenceRefused) as refused:
        read(lines)

    assert refused.value.part == part
    assert words in str(refused.value)
    assert str(refused.value).startswith(f"{part}: ")


@pytest.mark.parametrize("text", [";" * 5000, "A" * 5000, 'EXDATE;"' * 2000, "RRULE:" + "FREQ=" * 2000, ":" * 5000])
def test_nonsense_of_any_length_is_refused_at_once_and_repeated_only_in_part(text: str) -> None:
    with pytest.raises(RecurrenceRefused) as refused:
        read([text])

    assert len(refused.value.part) < 60
