"""SalesExec's JSON of an appointment: each rule with its own words and place."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_code.adapters.salesexec.appointment_json import BodyProblems, LeadLinks, read_appointment, read_json
from shared_code.domain.appointments import Appointment, Lead, MailboxDefault, ShowAs, Status
from shared_code.domain.identifiers import AppointmentGuid
from shared_code.domain.schedules import AllDay, Series, Timed
from shared_code.domain.series import lines_of

GUID = AppointmentGuid("11111111-1111-4111-8111-111111111111")
LEAD = "22222222-2222-4222-8222-222222222222"
LINKS = LeadLinks(
    template="https://crm.example/leads/{LeadGuid}", allowed_hosts=frozenset({"crm.example", "x.example"})
)
LEAST = {
    "UserGuid": "A0000000-0000-4000-8000-000000000001",
    "Subject": "Call",
    "Start": "2026-11-24T09:00:00Z",
    "End": "2026-11-24T09:30:00Z",
    "ModifiedUtc": "2026-11-23T09:00:00Z",
}
IN_BERLIN = {"TimeZone": "Europe/Berlin"}


def read(**said: Any) -> Appointment:
    return read_appointment({**LEAST, **said}, guid=GUID, links=LINKS)


def problems(body: object) -> dict[str, str]:
    with pytest.raises(BodyProblems) as refused:
        read_appointment(body, guid=GUID, links=LINKS)
    return {problem.pointer: problem.detail for problem in refused.value.problems}


def test_the_least_that_can_be_sent_gets_the_defaults() -> None:
    appointment = read()

    assert appointment == Appointment(
        guid=GUID,
        user=appointment.user,
        subject="Call",
        body_html="",
        schedule=Timed(
            start_at=datetime(2026, 11, 24, 9, 0, tzinfo=UTC), end_at=datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
        ),
        modified_at=datetime(2026, 11, 23, 9, 0, tzinfo=UTC),
        location="",
        show_as=ShowAs.BUSY,
        is_private=False,
        reminder=MailboxDefault.REMINDER,
        status=Status.PENDING,
        lead=Lead(),
    )
    assert appointment.user == "a0000000-0000-4000-8000-000000000001"


def test_everything_that_can_be_sent_is_read() -> None:
    appointment = read(
        LeadGuid=LEAD.upper(),
        LeadUrl="https://x.example/lead?id=7",
        Body="<p onclick='x()'>Hi <script>alert(1)</script></p>",
        BodyType="Html",
        Start="2026-11-24T10:00:00",
        End="2026-11-24T11:00:00.5",
        TimeZone="W. Europe Standard Time",
        IsAllDay=False,
        Recurrence=[],
        Location="Main Street 1",
        ShowAs="WorkingElsewhere",
        IsPrivate=True,
        ReminderMinutes=0,
        Status="Missed",
        SomethingElse={"is": "ignored"},
    )

    assert appointment.lead == Lead(guid=LEAD, url="https://x.example/lead?id=7")
    assert appointment.body_html == "<p>Hi </p>"
    assert appointment.schedule == Timed(
        start_at=datetime(2026, 11, 24, 9, 0, tzinfo=UTC),
        end_at=datetime(2026, 11, 24, 10, 0, 0, 500_000, tzinfo=UTC),
        zone="Europe/Berlin",
    )
    assert (appointment.location, appointment.show_as) == ("Main Street 1", ShowAs.WORKING_ELSEWHERE)
    assert (appointment.is_private, appointment.reminder, appointment.status) == (True, 0, Status.MISSED)


def test_null_is_the_same_as_absent_but_for_the_reminder() -> None:
    names = ("LeadGuid", "LeadUrl", "Body", "BodyType", "TimeZone", "IsAllDay", "Recurrence", "Location", "ShowAs")
    nulls = dict.fromkeys((*names, "IsPrivate", "Status"))

    assert read(**nulls) == read()
    assert read(ReminderMinutes=None).reminder is None


def test_whole_days_are_plain_dates() -> None:
    appointment = read(IsAllDay=True, Start="2026-11-24", End="2026-11-25", TimeZone="Europe/Berlin")

    assert appointment.schedule == AllDay(first_day=date(2026, 11, 24), day_after=date(2026, 11, 25))


def test_plain_text_reads_the_same_as_markup() -> None:
    assert read(Body="5 < 6 & 7\r\nbye").body_html == "5 &lt; 6 &amp; 7<br>bye"


def test_a_leads_address_is_made_of_its_guid() -> None:
    assert read(LeadGuid=LEAD).lead == Lead(guid=LEAD, url=f"https://crm.example/leads/{LEAD}")


@pytest.mark.parametrize(
    ("start", "instant"),
    [
        ("2026-11-24T09:00:00z", "2026-11-24T09:00:00+00:00"),
        ("2026-11-24t09:00:00+01:00", "2026-11-24T08:00:00+00:00"),
        ("2026-11-24T09:00:00.1234567-05:00", "2026-11-24T14:00:00.123456+00:00"),
        ("2026-03-29T02:30:00", "2026-03-29T01:30:00+00:00"),
        ("2026-10-25T02:30:00", "2026-10-25T00:30:00+00:00"),
    ],
)
def test_times_are_read_in_every_form_they_may_have(start: str, instant: str) -> None:
    schedule = read(Start=start, End="2027-01-01T00:00:00Z", TimeZone="Europe/Berlin").schedule

    assert isinstance(schedule, Timed)
    assert schedule.start_at == datetime.fromisoformat(instant)


@pytest.mark.parametrize("name", sorted(LEAST))
def test_what_is_required_is_missed(name: str) -> None:
    assert problems({key: value for key, value in LEAST.items() if key != name}) == {f"/{name}": "is required"}


@pytest.mark.parametrize(
    ("said", "pointer", "words"),
    [
        ({"UserGuid": None}, "/UserGuid", "must be a GUID"),
        ({"UserGuid": "anna"}, "/UserGuid", "must be a GUID"),
        ({"UserGuid": 7}, "/UserGuid", "must be a GUID"),
        ({"LeadGuid": "x"}, "/LeadGuid", "must be a GUID"),
        ({"Subject": ""}, "/Subject", "must not be empty"),
        ({"Subject": " "}, "/Subject", "must not be empty"),
        ({"Subject": "x" * 256}, "/Subject", "at most 255 characters, not 256"),
        ({"Subject": "a\nb"}, "/Subject", "one line without control characters"),
        ({"Subject": "a\x00b"}, "/Subject", "one line without control characters"),
        ({"Subject": "\ud83d"}, "/Subject", "half of a character"),
        ({"Subject": ["x"]}, "/Subject", "must be a text"),
        ({"Location": "x" * 256}, "/Location", "at most 255 characters, not 256"),
        ({"Location": 1}, "/Location", "must be a text"),
        ({"Body": "ä" * 32_769}, "/Body", "at most 65536 bytes of UTF-8, not 65538"),
        ({"Body": "\x07"}, "/Body", "control characters"),
        ({"Body": "\udc00"}, "/Body", "half of a character"),
        ({"BodyType": "html"}, "/BodyType", "must be one of Text, Html"),
        ({"ShowAs": "Away"}, "/ShowAs", "must be one of Free, Tentative, Busy, OutOfOffice, WorkingElsewhere"),
        ({"ShowAs": ["Busy"]}, "/ShowAs", "must be one of"),
        ({"Status": "Done"}, "/Status", "must be one of Pending, Completed, Missed, Canceled"),
        ({"IsPrivate": "true"}, "/IsPrivate", "must be true or false"),
        ({"IsAllDay": 1}, "/IsAllDay", "must be true or false"),
        ({"ReminderMinutes": -1}, "/ReminderMinutes", "must be 0 or more"),
        ({"ReminderMinutes": 10**30}, "/ReminderMinutes", "must be 0 or more"),
        ({"ReminderMinutes": 1.5}, "/ReminderMinutes", "whole number of minutes, or null"),
        ({"ReminderMinutes": True}, "/ReminderMinutes", "whole number of minutes, or null"),
        ({"ReminderMinutes": "15"}, "/ReminderMinutes", "whole number of minutes, or null"),
        ({"TimeZone": "Mars"}, "/TimeZone", "IANA name, such as Europe/Berlin"),
        ({"TimeZone": 1}, "/TimeZone", "must be a text"),
        ({"Start": None}, "/Start", "must be a time"),
        ({"Start": "tomorrow"}, "/Start", "must be a time"),
        ({"Start": 1764000000}, "/Start", "must be a time"),
        ({"Start": "2026-11-24 09:00:00Z"}, "/Start", "must be a time"),
        ({"Start": "2026-02-30T09:00:00Z"}, "/Start", "no day or time that exists"),
        ({"Start": "2026-11-24T09:00:60Z"}, "/Start", "no day or time that exists"),
        ({"Start": "0001-01-01T00:00:00Z"}, "/Start", "between the years"),
        ({"Start": "٢٠٢٦-11-24T09:00:00Z"}, "/Start", "must be a time"),
        ({"Start": "2026-11-24T09:00:00"}, "/Start", "must have an offset (or Z), since TimeZone is not given"),
        ({"End": "2026-11-24T10:00:00"}, "/End", "must have an offset (or Z), since TimeZone is not given"),
        ({"Start": "2026-11-24"}, "/Start", "or IsAllDay must be true"),
        ({"End": "2026-11-24T08:00:00Z"}, "/End", "must not be before Start"),
        ({"IsAllDay": True, "Start": "2026-11-24"}, "/End", "must be a plain date"),
        ({"IsAllDay": True, "Start": "2026-11-24", "End": "2026-11-24"}, "/End", "later than Start"),
        ({"ModifiedUtc": None}, "/ModifiedUtc", "must be a time in UTC"),
        ({"ModifiedUtc": "2026-11-23"}, "/ModifiedUtc", "must be a time in UTC"),
        ({"ModifiedUtc": "2026-11-23T09:00:00"}, "/ModifiedUtc", "must be a time in UTC"),
        ({"Recurrence": ["RRULE:FREQ=DAILY"]}, "/TimeZone", "is required with Recurrence"),
        ({"Recurrence": "RRULE:FREQ=DAILY"}, "/Recurrence", "must be a list of RFC 5545 lines"),
        ({"Recurrence": [7]}, "/Recurrence", "must be a list of RFC 5545 lines"),
        ({"Recurrence": ["EXDATE:20261124T090000Z" * 2000]}, "/Recurrence", "at most 32768 characters"),
        ({**IN_BERLIN, "Recurrence": ["RRULE:FREQ=HOURLY"]}, "/Recurrence", "HOURLY"),
        ({**IN_BERLIN, "Recurrence": ["RRULE:FREQ=DAILY", "RRULE:FREQ=WEEKLY"]}, "/Recurrence", "one rule"),
        ({**IN_BERLIN, "Recurrence": ["RRULE:FREQ=WEEKLY;BYDAY=SU"]}, "/Start", "2026-11-2"),
        ({**IN_BERLIN, "Recurrence": ["RRULE:FREQ=MONTHLY;BYMONTHDAY=1,15"]}, "/Recurrence", "BYMONTHDAY"),
        ({"Recurrence": "RRULE:FREQ=DAILY"}, "/Recurrence", "must be a list"),
        ({"LeadUrl": "https://evil.example/"}, "/LeadUrl", "on a host that is listed"),
        ({"LeadUrl": "https://crm.example.evil.example/"}, "/LeadUrl", "on a host that is listed"),
        ({"LeadUrl": "https://crm.example./"}, "/LeadUrl", "on a host that is listed"),
        ({"LeadUrl": "http://crm.example/"}, "/LeadUrl", "absolute https address"),
        ({"LeadUrl": "//crm.example/"}, "/LeadUrl", "absolute https address"),
        ({"LeadUrl": "javascript:alert(1)"}, "/LeadUrl", "absolute https address"),
        ({"LeadUrl": "https://crm.example@evil.example/"}, "/LeadUrl", "no user and no port"),
        ({"LeadUrl": "https://crm.example:8443/"}, "/LeadUrl", "no user and no port"),
        ({"LeadUrl": "https://crm.example:port/"}, "/LeadUrl", "absolute https address"),
        ({"LeadUrl": "https://crm.example\\@evil.example/"}, "/LeadUrl", "plain ASCII characters"),
        ({"LeadUrl": "https://crm.example/a b"}, "/LeadUrl", "plain ASCII characters"),
        ({"LeadUrl": "https://crm.example/\n"}, "/LeadUrl", "plain ASCII characters"),
        ({"LeadUrl": "https://crm.example/ä"}, "/LeadUrl", "plain ASCII characters"),
        ({"LeadUrl": "https://crm.example/" + "x" * 2048}, "/LeadUrl", "at most 2048"),
        ({"LeadUrl": 7}, "/LeadUrl", "must be a text"),
    ],
)
def test_each_rule_has_its_own_words_at_its_own_place(said: dict[str, Any], pointer: str, words: str) -> None:
    found = problems({**LEAST, **said})

    assert list(found) == [pointer]
    assert words in found[pointer]


def test_all_that_is_wrong_is_said_at_once() -> None:
    found = problems(
        {
            "Subject": "",
            "Start": "2026-11-24T09:00:00Z",
            "End": "2026-11-24T08:00:00Z",
            "LeadUrl": "https://evil.example/",
            "IsPrivate": "no",
        }
    )

    assert set(found) == {"/UserGuid", "/Subject", "/ModifiedUtc", "/IsPrivate", "/End", "/LeadUrl"}


def test_nothing_is_said_of_times_that_depend_on_what_is_wrong_already() -> None:
    assert set(problems({**LEAST, "Start": "2026-11-24T09:00:00", "TimeZone": "Mars"})) == {"/TimeZone"}
    assert set(problems({**LEAST, "Start": "2026-11-24", "IsAllDay": "yes"})) == {"/IsAllDay"}


@pytest.mark.parametrize("body", [None, [], "x", 7, True])
def test_what_is_no_object_is_refused_with_what_to_send(body: object) -> None:
    assert "send the appointment as a JSON object" in problems(body)[""]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b" \r\n", "is empty"),
        (b"{", "line 1, column 2"),
        (b"\xff{}", "not UTF-8"),
        (b'{"a": NaN}', "NaN is no JSON number"),
        (b'{"a": -Infinity}', "-Infinity is no JSON number"),
        (b'{"a": ' + b"9" * 5000 + b"}", "a number is too long"),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_no_json_is_refused_with_what_to_send(content: bytes, words: str) -> None:
    with pytest.raises(BodyProblems) as refused:
        read_json(content)

    [problem] = refused.value.problems
    assert problem.pointer == ""
    assert words in problem.detail
    assert "send the appointment as a JSON object" in problem.detail


def test_a_byte_order_mark_is_no_harm() -> None:
    assert read_json(b"\xef\xbb\xbf{}") == {}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
TIMES = st.sampled_from(["2026-11-24", "2026-11-24T09:00:00", "2026-11-24T09:00:00+23:59", "4500-12-31T23:59:59-12:00"])


@given(
    st.dictionaries(
        st.sampled_from([*LEAST, "LeadGuid", "LeadUrl", "Body", "BodyType", "TimeZone", "IsAllDay", "ReminderMinutes"]),
        JSON | TIMES | st.sampled_from(["Europe/Berlin", "Html", "https://crm.example/1"]),
    )
)
def test_whatever_is_sent_is_an_appointment_or_a_list_of_problems(said: dict[str, Any]) -> None:
    try:
        found: Any = read(**said)
    except BodyProblems as refused:
        found = [problem.detail for problem in refused.problems]

    assert isinstance(found, Appointment) or json.dumps(found).encode() != b"[]"


def test_a_series_is_its_first_occurrence_its_rule_and_the_days_taken_out_of_it() -> None:
    lines = ["RRULE:FREQ=WEEKLY;BYDAY=TU,TH;COUNT=6", "EXDATE;TZID=Europe/Berlin:20261126T100000"]

    series = read(**{**LEAST, **IN_BERLIN, "Recurrence": lines}).schedule

    assert isinstance(series, Series)
    assert series.first == read(**{**LEAST, **IN_BERLIN}).schedule
    assert lines_of(series) == ("RRULE:FREQ=WEEKLY;BYDAY=TU,TH;WKST=MO;COUNT=6", "EXDATE:20261126T090000Z")


def test_an_all_day_series_needs_no_zone() -> None:
    days = {"IsAllDay": True, "Start": "2026-11-24", "End": "2026-11-25"}

    series = read(**{**LEAST, **days, "Recurrence": ["RRULE:FREQ=YEARLY", "EXDATE;VALUE=DATE:20271124"]}).schedule

    assert isinstance(series, Series)
    assert lines_of(series)[1:] == ("EXDATE;VALUE=DATE:20271124",)
