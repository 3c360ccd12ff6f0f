"""What the simulated SalesExec tells of its appointments, and the notices it takes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import LiveSandbox
from tests.sandbox.salesexec.office import DECEMBER, OTHER_REP, REP, appointments, call, open_office


def booked(sandbox: LiveSandbox, start: str, end: str, **fields: Any) -> dict[str, Any]:
    order = {"UserGuid": REP, "Subject": "Call", "Start": start, "End": end, "Push": False, **fields}
    made: dict[str, Any] = sandbox.control("POST", "/salesexec/appointments", order)["Appointment"]
    return made


def test_a_rep_sees_what_overlaps_the_span_and_nothing_of_others(live_sandbox: LiveSandbox) -> None:
    open_office(live_sandbox)
    across = booked(live_sandbox, "2026-11-30T23:30:00Z", "2026-12-01T00:30:00Z")
    booked(live_sandbox, "2026-11-30T23:00:00Z", "2026-12-01T00:00:00Z")
    booked(live_sandbox, "2027-01-01T00:00:00Z", "2027-01-01T01:00:00Z")
    booked(live_sandbox, "2026-12-02T09:00:00Z", "2026-12-02T10:00:00Z", UserGuid=OTHER_REP)

    found = appointments(live_sandbox)

    assert [each["AppointmentGuid"] for each in found] == [across["AppointmentGuid"]]
    assert (found[0]["Origin"], found[0]["EventId"]) == ("SalesExec", None)


def test_wall_times_and_dates_are_where_their_zone_puts_them(live_sandbox: LiveSandbox) -> None:
    open_office(live_sandbox)
    in_december = booked(live_sandbox, "2026-11-30T20:00:00", "2026-11-30T21:00:00", TimeZone="America/Los_Angeles")
    all_day = booked(live_sandbox, "2026-12-05", "2026-12-06", IsAllDay=True)
    booked(live_sandbox, "2026-11-30T20:00:00", "2026-11-30T21:00:00", TimeZone="Europe/Berlin")

    found = {each["AppointmentGuid"] for each in appointments(live_sandbox)}

    assert found == {in_december["AppointmentGuid"], all_day["AppointmentGuid"]}


def test_a_series_is_told_of_until_its_rule_ends(live_sandbox: LiveSandbox) -> None:
    open_office(live_sandbox)
    span = ("2026-11-02T09:00:00Z", "2026-11-02T10:00:00Z")
    endless = booked(live_sandbox, *span, Recurrence=["RRULE:FREQ=WEEKLY"])
    booked(live_sandbox, *span, Recurrence=["RRULE:FREQ=WEEKLY;UNTIL=20261120T000000Z"])

    assert [each["AppointmentGuid"] for each in appointments(live_sandbox)] == [endless["AppointmentGuid"]]


def test_many_appointments_come_in_pages(live_sandbox: LiveSandbox) -> None:
    open_office(live_sandbox)
    live_sandbox.control("POST", "/salesexec/config", {"PageSize": 2})
    made = [
        booked(live_sandbox, f"2026-12-0{day}T09:00:00Z", f"2026-12-0{day}T10:00:00Z")["AppointmentGuid"]
        for day in range(1, 6)
    ]
    query = {"UserGuid": REP, **DECEMBER}
    pages: list[list[str]] = []
    token: str | None = ""

    while token is not None:
        page = call(live_sandbox, "GET", "/Appointments", params={**query, "PageToken": token}).json()
        pages.append([each["AppointmentGuid"] for each in page["Appointments"]])
        token = page["NextPageToken"]

    assert pages == [made[:2], made[2:4], made[4:]]


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"UserGuid": "X"}, "/UserGuid"),
        ({"StartUtc": "2026-12-01"}, "/StartUtc"),
        ({"EndUtc": "2026-12-01T00:00:00+01:00"}, "/EndUtc"),
        ({"EndUtc": "2026-12-01T00:00:00Z"}, "/EndUtc"),
        ({"PageToken": "made-up"}, "/PageToken"),
        ({"Page": "2"}, "/Page"),
    ],
)
def test_a_query_that_is_not_as_documented_is_pointed_at(
    live_sandbox: LiveSandbox, changed: dict[str, str], pointer: str
) -> None:
    open_office(live_sandbox)

    answer = call(live_sandbox, "GET", "/Appointments", params={"UserGuid": REP, **DECEMBER, **changed})

    assert answer.status_code == 400
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]


def test_a_notice_reaches_the_rep(live_sandbox: LiveSandbox) -> None:
    open_office(live_sandbox)
    notice = {"UserGuid": REP, "Code": "ReconnectNeeded", "Message": "Please sign in", "AtUtc": "2026-11-22T10:00:00Z"}

    answer = call(live_sandbox, "POST", "/SyncNotices", json=notice)
    refused = call(live_sandbox, "POST", "/SyncNotices", json={**notice, "Code": "Oops"})

    assert (answer.status_code, refused.status_code) == (204, 400)
    assert live_sandbox.control("GET", "/salesexec/notices")["Notices"] == [notice]


def test_throttling_and_outages_are_problems(live_sandbox: LiveSandbox) -> None:
    open_office(live_sandbox)
    live_sandbox.control("POST", "/faults", {"Service": "salesexec", "Kind": "throttle", "RetryAfter": "7"})

    answer = call(live_sandbox, "GET", "/Appointments", params={"UserGuid": REP, **DECEMBER})

    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")
    assert answer.json()["status"] == 429
