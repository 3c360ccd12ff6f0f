"""Calls of SalesExec, and what comes of odd answers."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from shared_code.adapters.http import Http
from shared_code.adapters.salesexec.crm import SalesExecCrm
from shared_code.domain.changes import ChangeAction, ChangeOutcome, CrmChange
from shared_code.domain.fields import Field
from shared_code.domain.schedules import AllDay, Window
from shared_code.use_cases.errors import Refused, TryAgainLater
from tests.adapters.salesexec.test_appointment_json import GUID, LEAST, LINKS
from tests.adapters.scripted_server import Reply, ScriptedServer
from tests.builders import ANNA, NOW, a_time
from tests.contracts.offices import a_change, an_event_for_crm
from tests.fakes.clock import FakeClock

WINDOW = Window(start_at=NOW, end_at=NOW + timedelta(days=7))
OTHER = "33333333-3333-4333-8333-333333333333"


@pytest.fixture(name="crm")
def crm_fixture(server: ScriptedServer) -> SalesExecCrm:
    clock = FakeClock()
    return SalesExecCrm(Http("SalesExec", clock), f"{server.url}/api", "the-token", LINKS, clock)


def result(change: CrmChange, **said: Any) -> dict[str, Any]:
    plain = {"ChangeId": change.change_id, "Outcome": "Applied", "AppointmentGuid": GUID, "ModifiedUtc": None}
    return {**plain, "Reason": None, **said}


def listed(**said: Any) -> dict[str, Any]:
    return {**LEAST, "UserGuid": ANNA, "AppointmentGuid": GUID, "Origin": "SalesExec", "EventId": None, **said}


def test_a_change_is_told_in_salesexecs_own_words(crm: SalesExecCrm, server: ScriptedServer) -> None:
    change = a_change("c-1", appointment=GUID, sequence=12, changed=(Field.START, Field.END))
    server.replies = [Reply(body={"Results": [result(change)]})]

    crm.tell(ANNA, [change])

    [asked] = server.asked
    assert (asked.method, asked.path, asked.headers["AuthToken"]) == ("POST", "/api/CalendarChanges", "the-token")
    assert asked.json == {
        "UserGuid": ANNA,
        "Changes": [
            {
                "ChangeId": "c-1",
                "Sequence": 12,
                "Action": "Upsert",
                "AppointmentGuid": GUID,
                "EventId": change.event_id,
                "SeriesEventId": None,
                "OriginalStartUtc": None,
                "ChangedFields": ["Start", "End"],
                "Event": {
                    "Subject": "Dentist",
                    "Body": "<p>Second floor.</p>",
                    "BodyType": "Html",
                    "Start": "2026-11-24T11:00:00+01:00",
                    "End": "2026-11-24T11:30:00+01:00",
                    "TimeZone": "Europe/Berlin",
                    "IsAllDay": False,
                    "Location": "Main Street 1",
                    "Recurrence": [],
                    "ShowAs": "Busy",
                    "IsPrivate": False,
                    "IsBusyOnly": False,
                    "Organizer": "anna@example.com",
                    "Attendees": ["sam@fabrikam.example"],
                    "WebLink": "https://outlook.office365.com/owa/?itemid=1",
                    "ModifiedUtc": "2026-11-23T09:00:00Z",
                },
            }
        ],
    }


@pytest.mark.parametrize(
    ("schedule", "said"),
    [
        (a_time(), {"Start": "2026-11-24T10:00:00Z", "TimeZone": "UTC", "IsAllDay": False}),
        (
            replace(a_time(), zone="America/St_Johns"),
            {"Start": "2026-11-24T06:30:00-03:30", "TimeZone": "America/St_Johns", "IsAllDay": False},
        ),
        (
            AllDay(first_day=date(2026, 11, 24), day_after=date(2026, 11, 25)),
            {"Start": "2026-11-24", "End": "2026-11-25", "TimeZone": None, "IsAllDay": True},
        ),
    ],
)
def test_times_have_an_offset_and_days_are_dates(
    crm: SalesExecCrm, server: ScriptedServer, schedule: Any, said: dict[str, Any]
) -> None:
    change = a_change("c-1", event=an_event_for_crm(schedule=schedule))
    server.replies = [Reply(body={"Results": [result(change)]})]

    crm.tell(ANNA, [change])

    event = server.asked[0].json["Changes"][0]["Event"]
    assert {name: event[name] for name in said} == said


def test_a_delete_tells_nothing_of_the_event(crm: SalesExecCrm, server: ScriptedServer) -> None:
    change = a_change("c-1", appointment=GUID, action=ChangeAction.DELETE, event=None)
    server.replies = [Reply(body={"Results": [result(change)]})]

    crm.tell(ANNA, [change])

    told = server.asked[0].json["Changes"][0]
    assert (told["Action"], told["Event"], told["ChangedFields"]) == ("Delete", None, [])


def test_results_are_known_by_their_id_whatever_their_order(crm: SalesExecCrm, server: ScriptedServer) -> None:
    first, second = a_change("c-1", appointment=GUID), a_change("c-2", appointment=GUID)
    answers = [
        result(second, Outcome="Rejected", Reason="No."),
        {**result(first), "ChangeId": "another"},
        result(first, Outcome="Duplicate", ModifiedUtc="2026-11-23T10:00:00+01:00"),
    ]
    server.replies = [Reply(body={"Results": answers})]

    results = crm.tell(ANNA, [first, second])

    assert [each.outcome for each in results] == [ChangeOutcome.DUPLICATE, ChangeOutcome.REJECTED]
    assert (results[0].modified_at, results[1].reason) == (NOW, "No.")


@pytest.mark.parametrize(
    "results",
    [
        [],
        [{"ChangeId": "another", "Outcome": "Applied", "AppointmentGuid": GUID}],
        [{"ChangeId": "c-1", "Outcome": "Perhaps", "AppointmentGuid": GUID}],
        [{"ChangeId": "c-1", "Outcome": "Applied", "AppointmentGuid": "x"}],
        [{"ChangeId": "c-1", "Outcome": "Applied", "AppointmentGuid": None}],
        [{"ChangeId": "c-1", "Outcome": "Duplicate"}],
        [{"ChangeId": "c-1", "Outcome": "Applied", "AppointmentGuid": GUID, "ModifiedUtc": "soon"}],
        [{"ChangeId": 1, "Outcome": "Applied"}],
        {"c-1": "Applied"},
        None,
    ],
)
def test_a_change_without_a_usable_result_was_not_taken(
    crm: SalesExecCrm, server: ScriptedServer, results: object
) -> None:
    server.replies = [Reply(body={"Results": results})]

    with pytest.raises(TryAgainLater):
        crm.tell(ANNA, [a_change("c-1")])


@pytest.mark.parametrize(
    "raw", [b"", b"<html>", b"[]", b"{}", b'{"Appointments": {}}', b'{"Appointments": 1}', b"\xff"]
)
def test_a_success_that_is_no_page_is_no_empty_list(crm: SalesExecCrm, server: ScriptedServer, raw: bytes) -> None:
    server.replies = [Reply(raw=raw)]

    with pytest.raises(TryAgainLater):
        list(crm.appointments(ANNA, WINDOW))
    with pytest.raises(TryAgainLater):
        crm.tell(ANNA, [a_change("c-1")])


@pytest.mark.parametrize(
    ("status", "meant"),
    [
        (400, Refused), (401, Refused), (403, Refused), (404, Refused), (413, Refused), (302, Refused),
        (408, TryAgainLater), (429, TryAgainLater), (500, TryAgainLater), (502, TryAgainLater), (503, TryAgainLater),
    ],
)  # fmt: skip
def test_each_refusal_is_sorted_by_what_must_happen_next(
    crm: SalesExecCrm, server: ScriptedServer, status: int, meant: type[Exception]
) -> None:
    server.replies = [Reply(status, {"detail": "no"}, {"Retry-After": "7"})]

    with pytest.raises(meant) as refusal:
        crm.notify(ANNA, "Reconnected", "Hello.", NOW)

    if isinstance(refusal.value, TryAgainLater):
        assert (refusal.value.retry_after, refusal.value.throttled) == (timedelta(seconds=7), status == 429)


def test_a_lost_answer_is_not_asked_for_again(crm: SalesExecCrm, server: ScriptedServer) -> None:
    server.replies = [Reply(drops=True)]

    with pytest.raises(TryAgainLater):
        crm.tell(ANNA, [a_change("c-1")])

    assert len(server.asked) == 1


def test_every_page_is_asked_for(crm: SalesExecCrm, server: ScriptedServer) -> None:
    server.replies = [
        Reply(body={"Appointments": [listed()], "NextPageToken": "a+b/="}),
        Reply(body={"Appointments": [listed(AppointmentGuid=OTHER, Origin="Outlook", EventId="e1")]}),
    ]

    found = list(crm.appointments(ANNA, WINDOW))

    assert [each.appointment.guid for each in found] == [GUID, OTHER]
    assert [(each.came_from_outlook, each.event_id) for each in found] == [(False, None), (True, "e1")]
    first, second = (parse_qs(urlsplit(asked.path).query) for asked in server.asked)
    assert first == {"UserGuid": [ANNA], "StartUtc": ["2026-11-23T09:00:00Z"], "EndUtc": ["2026-11-30T09:00:00Z"]}
    assert second["PageToken"] == ["a+b/="]


def test_pages_that_never_end_are_refused(crm: SalesExecCrm, server: ScriptedServer) -> None:
    server.replies = [Reply(body={"Appointments": [], "NextPageToken": "again"})]

    with pytest.raises(Refused):
        list(crm.appointments(ANNA, WINDOW))


@pytest.mark.parametrize(
    "odd",
    [
        "text",
        None,
        {},
        listed(AppointmentGuid="x"),
        listed(AppointmentGuid=7),
        listed(AppointmentGuid=OTHER, Subject=None),
        listed(AppointmentGuid=OTHER, Subject="\ud83d"),
        listed(AppointmentGuid=OTHER, Recurrence=["RRULE:FREQ=DAILY"]),
        listed(AppointmentGuid=OTHER, UserGuid=OTHER),
    ],
)
def test_one_odd_appointment_costs_only_itself(
    crm: SalesExecCrm, server: ScriptedServer, odd: object, caplog: pytest.LogCaptureFixture
) -> None:
    server.replies = [Reply(body={"Appointments": [odd, listed()]})]

    found = list(crm.appointments(ANNA, WINDOW))

    assert [each.appointment.guid for each in found] == [GUID]
    assert len(caplog.records) == 1
