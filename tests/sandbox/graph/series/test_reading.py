"""How a recurrence is read, refused and read back."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.graph.rep import Rep, at, code_of
from tests.sandbox.graph.series.weekly import (
    BERLIN,
    DAILY,
    FIRST,
    MONDAYS,
    a_series,
    days,
    numbered,
    recurring,
    until,
    weekly,
)

PADDED = {"month": 0, "dayOfMonth": 0, "firstDayOfWeek": "sunday", "index": "first"}
INVALID = "ErrorPropertyValidationFailure"
UNREADABLE = "RequestBodyRead"


@pytest.mark.parametrize(
    ("pattern", "read"),
    [
        ({"type": "daily", "interval": 3}, {}),
        ({"type": "weekly", "interval": 2, "daysOfWeek": ["monday", "tuesday"]}, {}),
        ({"type": "WEEKLY", "interval": 1, "daysOfWeek": ["Monday"]}, {"type": "weekly", "daysOfWeek": ["monday"]}),
        (
            {"type": "weekly", "interval": 1, "daysOfWeek": ["monday"], "firstDayOfWeek": "Monday"},
            {"firstDayOfWeek": "monday"},
        ),
        ({"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 5}, {}),
        ({"type": "relativeMonthly", "interval": 1, "daysOfWeek": ["monday"]}, {}),
        ({"type": "relativeMonthly", "interval": 1, "daysOfWeek": ["monday"], "index": "Last"}, {"index": "last"}),
        ({"type": "absoluteYearly", "interval": 1, "dayOfMonth": 5, "month": 10}, {}),
        ({"type": "relativeYearly", "interval": 1, "daysOfWeek": ["monday"], "month": 10, "index": "first"}, {}),
        ({"type": "daily", "interval": 1, "dayOfMonth": 4, "month": 2}, {"dayOfMonth": 0, "month": 0}),
    ],
)
def test_a_pattern_is_read_back_padded(rep: Rep, pattern: dict[str, Any], read: dict[str, Any]) -> None:
    created = rep.post("/me/events", a_series(pattern))

    assert created["recurrence"]["pattern"] == {**PADDED, **pattern, **read}
    assert (created["type"], created["seriesMasterId"], created["occurrenceId"]) == ("seriesMaster", None, None)
    assert "originalStart" not in created


@pytest.mark.parametrize(
    ("span", "read"),
    [
        ({"type": "noEnd"}, {"endDate": "0001-01-01", "numberOfOccurrences": 0}),
        (until("2026-12-31"), {"numberOfOccurrences": 0}),
        (numbered(4), {"endDate": "0001-01-01"}),
        ({**numbered(4), "endDate": "0001-01-01"}, {}),
        (
            {"type": "NoEnd", "endDate": "2026-12-31"},
            {"type": "noEnd", "endDate": "0001-01-01", "numberOfOccurrences": 0},
        ),
    ],
)
def test_a_range_is_read_back_padded(rep: Rep, span: dict[str, Any], read: dict[str, Any]) -> None:
    created = rep.post("/me/events", a_series(MONDAYS, span=span))

    expected = {**span, "startDate": FIRST, "recurrenceTimeZone": BERLIN, **read}
    assert created["recurrence"]["range"] == expected


def changed(**fields: Any) -> dict[str, Any]:
    return recurring({**MONDAYS, **fields})


def spanned(**fields: Any) -> dict[str, Any]:
    return recurring(MONDAYS, **fields)


@pytest.mark.parametrize(
    ("recurrence", "code"),
    [
        ("every Monday", UNREADABLE),
        ({"pattern": MONDAYS}, INVALID),
        ({"range": {"type": "noEnd", "startDate": FIRST}}, INVALID),
        ({**changed(), "exceptions": []}, UNREADABLE),
        (changed(type="fortnightly"), UNREADABLE),
        (changed(type=None), UNREADABLE),
        (changed(interval=0), INVALID),
        (changed(interval=1000), INVALID),
        (changed(interval="1"), UNREADABLE),
        (changed(daysOfWeek=[]), INVALID),
        (changed(daysOfWeek="monday"), UNREADABLE),
        (changed(daysOfWeek=["Moonday"]), UNREADABLE),
        (changed(firstDayOfWeek="someday"), UNREADABLE),
        (changed(index="fifth"), UNREADABLE),
        (changed(dayOfMonth=32), INVALID),
        (changed(month=13), INVALID),
        (changed(color="red"), UNREADABLE),
        ({**changed(), "pattern": {"type": "weekly", "daysOfWeek": ["monday"]}}, INVALID),
        (changed(type="absoluteMonthly"), INVALID),
        (changed(type="absoluteYearly", dayOfMonth=5), INVALID),
        (changed(type="absoluteYearly", dayOfMonth=31, month=4), INVALID),
        (changed(type="relativeYearly"), INVALID),
        (spanned(type="forever"), UNREADABLE),
        (spanned(startDate=None), INVALID),
        (spanned(startDate="2026-10-05T09:00:00Z"), "UnableToDeserializePostBody"),
        (spanned(startDate="2026-02-30"), "UnableToDeserializePostBody"),
        (spanned(startDate="2026-10-12"), INVALID),
        (spanned(type="endDate"), INVALID),
        (spanned(type="endDate", endDate="2026-10-04"), "ErrorRecurrenceHasNoOccurrence"),
        (spanned(type="endDate", endDate="4500-09-02"), "ErrorRecurrenceEndDateTooBig"),
        (spanned(type="numbered"), INVALID),
        (spanned(type="numbered", numberOfOccurrences=0), INVALID),
        (spanned(type="numbered", numberOfOccurrences=1000), INVALID),
        (spanned(numberOfOccurrences=-1), INVALID),
        (spanned(recurrenceTimeZone="Nowhere"), "TimeZoneNotSupportedException"),
        (spanned(recurrenceTimeZone=2), UNREADABLE),
        (spanned(until="2026-12-31"), UNREADABLE),
    ],
)
def test_a_recurrence_that_cannot_be_is_refused(rep: Rep, recurrence: Any, code: str) -> None:
    answer = rep.ask("POST", "/me/events", a_series(MONDAYS, recurrence=recurrence))

    assert (answer.status_code, code_of(answer)) == (400, code)
    assert rep.everything() == []


def test_a_range_without_a_day_of_the_pattern_has_no_occurrence(rep: Rep) -> None:
    body = a_series(MONDAYS, "2026-10-06", span=until("2026-10-11"))

    answer = rep.ask("POST", "/me/events", body)

    assert code_of(answer) == "ErrorRecurrenceHasNoOccurrence"
    assert answer.json()["error"]["message"] == "Recurrence has no occurrences in the specified range."


def test_occurrences_that_run_into_each_other_are_refused(rep: Rep) -> None:
    end = at("2026-10-06T09:00:01", BERLIN)

    answer = rep.ask("POST", "/me/events", a_series(DAILY, end=end))

    assert (answer.status_code, code_of(answer)) == (400, "ErrorOccurrenceTimeSpanTooBig")
    rep.post("/me/events", a_series(DAILY, end=at("2026-10-06T09:00:00", BERLIN)))


@pytest.mark.parametrize(
    ("rule", "start"), [("first-occurrence", "2026-10-12T07:00:00.0000000"), ("as-sent", "2026-10-06T07:00:00.0000000")]
)
def test_a_first_day_that_fits_no_pattern_is_no_occurrence(rep: Rep, rule: str, start: str) -> None:
    rep.world.switches.set("graph.master_start", rule)

    created = rep.post("/me/events", a_series(MONDAYS, "2026-10-06", span=numbered(2)))

    assert created["start"]["dateTime"] == start
    assert created["recurrence"]["range"]["startDate"] == "2026-10-06"
    assert days(rep) == ["2026-10-12", "2026-10-19"]


def test_the_days_of_a_range_are_meant_in_its_own_zone(rep: Rep) -> None:
    sundays = {**MONDAYS, "daysOfWeek": ["sunday"]}
    pacific = {"recurrenceTimeZone": "Pacific Standard Time", **numbered(6)}
    late = {"start": at("2026-10-05T03:00:00", "UTC"), "end": at("2026-10-05T04:00:00", "UTC")}

    created = rep.post("/me/events", a_series(sundays, recurrence=recurring(sundays, "2026-10-04", **pacific), **late))

    assert created["recurrence"]["range"]["recurrenceTimeZone"] == "Pacific Standard Time"
    # Eight in the evening there, also after the clocks went back on 1 November.
    listed = rep.get(f"/me/events/{created['id']}/instances", "startDateTime=2026-10-01&endDateTime=2026-12-31")
    assert sorted(one["start"]["dateTime"][5:13] for one in listed["value"]) == [
        "10-05T03", "10-12T03", "10-19T03", "10-26T03", "11-02T04", "11-09T04",
    ]  # fmt: skip


@pytest.mark.parametrize(("rule", "shown"), [("told", BERLIN), ("empty", "")])
def test_an_all_day_series_may_be_read_without_its_zone(rep: Rep, rule: str, shown: str) -> None:
    rep.world.switches.set("graph.recurrence_zone_of_all_day", rule)
    day = {"start": at(f"{FIRST}T00:00:00", BERLIN), "end": at("2026-10-06T00:00:00", BERLIN), "isAllDay": True}

    whole_days, timed = rep.post("/me/events", a_series(MONDAYS, **day)), weekly(rep)

    assert whole_days["recurrence"]["range"]["recurrenceTimeZone"] == shown
    assert timed["recurrence"]["range"]["recurrenceTimeZone"] == BERLIN


@pytest.mark.parametrize(("rule", "status"), [("any", 201), ("pattern-first", 400)])
def test_a_range_before_its_pattern_may_not_be_understood(rep: Rep, rule: str, status: int) -> None:
    rep.world.switches.set("graph.recurrence_order", rule)
    body = a_series(MONDAYS)
    turned = {"range": body["recurrence"]["range"], "pattern": body["recurrence"]["pattern"]}

    answer = rep.ask("POST", "/me/events", {**body, "recurrence": turned})

    assert answer.status_code == status
    assert status == 201 or code_of(answer) == "UnableToDeserializePostBody"


@pytest.mark.parametrize(("rule", "status"), [("999", 400), ("any", 201)])
def test_more_than_999_occurrences_may_be_too_many(rep: Rep, rule: str, status: int) -> None:
    rep.world.switches.set("graph.longest_count", rule)

    answer = rep.ask("POST", "/me/events", a_series(DAILY, span=numbered(1000)))

    assert answer.status_code == status


@pytest.mark.parametrize(("rule", "name"), [("as-sent", "Europe/Berlin"), ("windows", BERLIN)])
def test_an_iana_zone_of_a_series_is_kept_or_mapped(rep: Rep, rule: str, name: str) -> None:
    rep.world.switches.set("graph.iana_zone_stored", rule)
    times = {"start": at(f"{FIRST}T09:00:00", "Europe/Berlin"), "end": at(f"{FIRST}T09:30:00", "Europe/Berlin")}

    created = rep.post("/me/events", a_series(MONDAYS, **times))

    assert created["recurrence"]["range"]["recurrenceTimeZone"] == name
