"""Calls that cannot be right: answered with what is wrong and where, and nothing is written."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from sandbox.stack import Stack
from tests.scenarios.api import Api
from tests.scenarios.conftest import Hire
from tests.scenarios.people import Person, a_guid, at, later

DAY, NEXT_DAY = at().strftime("%Y-%m-%d"), at(days=2).strftime("%Y-%m-%d")
WALL = {"Start": f"{DAY}T10:00:00", "End": f"{DAY}T10:30:00"}
MISSING = object()

# What is put in the place of a right body's fields, and the fields that must be pointed at.
BAD: list[tuple[dict[str, Any], list[str]]] = [
    ({"UserGuid": MISSING}, ["/UserGuid"]),
    ({"UserGuid": None}, ["/UserGuid"]),
    ({"UserGuid": 7}, ["/UserGuid"]),
    ({"UserGuid": "anna"}, ["/UserGuid"]),
    ({"LeadGuid": "lead-1"}, ["/LeadGuid"]),
    ({"LeadGuid": 12}, ["/LeadGuid"]),
    ({"LeadUrl": "http://crm.salesexec.example/leads/1"}, ["/LeadUrl"]),
    ({"LeadUrl": "https://evil.example/leads/1"}, ["/LeadUrl"]),
    ({"LeadUrl": "https://crm.salesexec.example@evil.example/"}, ["/LeadUrl"]),
    ({"LeadUrl": "https://crm.salesexec.example:444/"}, ["/LeadUrl"]),
    ({"LeadUrl": "/leads/1"}, ["/LeadUrl"]),
    ({"LeadUrl": "javascript:alert(1)"}, ["/LeadUrl"]),
    ({"LeadUrl": "https://crm.salesexec.example/" + "x" * 3000}, ["/LeadUrl"]),
    ({"LeadUrl": ["https://crm.salesexec.example/"]}, ["/LeadUrl"]),
    ({"Subject": MISSING}, ["/Subject"]),
    ({"Subject": None}, ["/Subject"]),
    ({"Subject": ""}, ["/Subject"]),
    ({"Subject": "   "}, ["/Subject"]),
    ({"Subject": "x" * 256}, ["/Subject"]),
    ({"Subject": "two\nlines"}, ["/Subject"]),
    ({"Subject": 42}, ["/Subject"]),
    ({"Subject": "half \ud83d"}, ["/Subject"]),
    ({"Body": "x" * 65_537}, ["/Body"]),
    ({"Body": 1}, ["/Body"]),
    ({"Body": "null \u0000"}, ["/Body"]),
    ({"BodyType": "Markdown"}, ["/BodyType"]),
    ({"BodyType": "html"}, ["/BodyType"]),
    ({"Start": MISSING}, ["/Start"]),
    ({"Start": None}, ["/Start"]),
    ({"Start": "tomorrow"}, ["/Start"]),
    ({"Start": f"{DAY} 10:00"}, ["/Start"]),
    ({"Start": f"{DAY}T25:00:00Z"}, ["/Start"]),
    ({"Start": "2026-02-30T10:00:00Z"}, ["/Start"]),
    ({"Start": "0001-01-01T00:00:00Z"}, ["/Start"]),
    ({"Start": 1795341600}, ["/Start"]),
    ({"Start": f"{DAY}T10:00:00"}, ["/Start"]),
    ({"Start": DAY}, ["/Start"]),
    ({"End": MISSING}, ["/End"]),
    ({"End": f"{DAY}T09:00:00Z"}, ["/End"]),
    (WALL, ["/Start", "/End"]),
    ({**WALL, "TimeZone": "Mars/Olympus"}, ["/TimeZone"]),
    ({"TimeZone": 1}, ["/TimeZone"]),
    ({"IsAllDay": "true"}, ["/IsAllDay"]),
    ({"IsAllDay": 1}, ["/IsAllDay"]),
    ({"IsAllDay": True}, ["/Start", "/End"]),
    ({"IsAllDay": True, "Start": DAY, "End": DAY}, ["/End"]),
    ({"IsAllDay": True, "Start": NEXT_DAY, "End": DAY}, ["/End"]),
    ({"Recurrence": "RRULE:FREQ=DAILY"}, ["/Recurrence"]),
    ({"Location": "x" * 256}, ["/Location"]),
    ({"Location": {"Name": "Room 7"}}, ["/Location"]),
    ({"ShowAs": "busy"}, ["/ShowAs"]),
    ({"ShowAs": "Away"}, ["/ShowAs"]),
    ({"IsPrivate": "no"}, ["/IsPrivate"]),
    ({"ReminderMinutes": -1}, ["/ReminderMinutes"]),
    ({"ReminderMinutes": 1.5}, ["/ReminderMinutes"]),
    ({"ReminderMinutes": "15"}, ["/ReminderMinutes"]),
    ({"ReminderMinutes": True}, ["/ReminderMinutes"]),
    ({"Status": "Done"}, ["/Status"]),
    ({"ModifiedUtc": MISSING}, ["/ModifiedUtc"]),
    ({"ModifiedUtc": "yesterday"}, ["/ModifiedUtc"]),
    ({"ModifiedUtc": f"{DAY}T10:00:00"}, ["/ModifiedUtc"]),
    ({"Subject": "", "ShowAs": "x", "ModifiedUtc": 1}, ["/Subject", "/ShowAs", "/ModifiedUtc"]),
]

NO_OBJECTS = [b"", b"   ", b"{", b"[]", b'"text"', b"7", b"null", b"\xff\xfe{}", b'{"Subject": NaN}', b"[" * 50_000]


@pytest.fixture(name="anna", scope="module")
def _anna(hire: Hire) -> Person:
    """Return a connected rep for all these stories, which write nothing."""
    anna = hire()
    anna.connect()
    return anna


@pytest.mark.parametrize(("said", "pointers"), BAD)
def test_a_body_that_breaks_a_rule_is_pointed_at_where_and_nothing_is_written(
    anna: Person, said: dict[str, Any], pointers: list[str]
) -> None:
    guid, since = a_guid(), anna.mark()
    body = {name: value for name, value in anna.body(**said).items() if value is not MISSING}

    answer = anna.api.put(guid, body)

    problem = answer.json()
    assert (answer.status_code, problem["status"]) == (400, 400)
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert sorted({error["pointer"] for error in problem["errors"]}) == sorted(pointers)
    assert all(len(error["detail"]) > 8 for error in problem["errors"])
    assert problem["correlationId"] == answer.headers["x-correlation-id"]
    assert {"type", "title", "detail"} <= set(problem)
    assert anna.graph_calls(since) == []
    assert anna.api.call("GET", f"appointments/{guid}/receipt", "get_receipt").status_code == 404


@pytest.mark.parametrize("content", NO_OBJECTS)
def test_a_body_that_is_no_object_is_refused_with_what_to_send(anna: Person, content: bytes) -> None:
    answer = anna.api.call("PUT", f"appointments/{a_guid()}", "push_appointment", data=content)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == ""
    assert "JSON" in answer.text


def test_a_chunked_body_is_told_to_come_with_its_length(anna: Person) -> None:
    chunks = iter([json.dumps(anna.body()).encode()])

    answer = anna.api.call("PUT", f"appointments/{a_guid()}", "push_appointment", data=chunks)

    assert answer.status_code == 400
    assert "Content-Length" in answer.text


def test_a_body_that_is_too_large_is_refused_as_that(anna: Person) -> None:
    padded = {**anna.body(), "Padding": "x" * (128 * 1024)}

    answer = anna.api.put(a_guid(), padded)

    assert answer.status_code == 413
    assert answer.headers["Content-Type"].startswith("application/problem+json")


def test_a_body_as_large_as_allowed_is_taken(anna: Person) -> None:
    body = anna.body(Body="x" * 65_536)
    room = 128 * 1024 - len(json.dumps({**body, "Padding": ""}).encode())

    answer = anna.api.put(a_guid(), {**body, "Padding": "x" * room})

    assert answer.status_code == 201
    anna.delete_event(answer.json()["EventId"])


def test_unknown_fields_capitals_in_guids_and_nulls_are_taken(anna: Person) -> None:
    guid = a_guid()
    nulls = dict.fromkeys(("LeadGuid", "LeadUrl", "Location", "TimeZone", "Recurrence", "Status", "ShowAs"))

    answer = anna.api.put(guid.upper(), anna.body(UserGuid=anna.user.upper(), Colour="red", **nulls))

    assert answer.status_code == 201
    assert answer.json()["AppointmentGuid"] == guid
    anna.delete_event(answer.json()["EventId"])


@pytest.mark.parametrize("guid", ["1", "not-a-guid", "%20", "00000000-0000-0000-0000-00000000000g"])
def test_an_appointment_that_is_no_guid_is_pointed_at(anna: Person, guid: str) -> None:
    answers = [
        anna.api.put(guid, anna.body()),
        anna.api.delete(guid, later()),
        anna.api.call("GET", f"appointments/{guid}/receipt", "get_receipt"),
    ]

    assert [answer.status_code for answer in answers] == [400, 400, 400]
    assert {answer.json()["errors"][0]["pointer"] for answer in answers} == {"/AppointmentGuid"}


@pytest.mark.parametrize("query", ["", "modifiedUtc=", "modifiedUtc=now", f"modifiedUtc={DAY}T10:00:00", "modified=1"])
def test_a_delete_without_a_time_is_refused(anna: Person, query: str) -> None:
    answer = anna.api.call("DELETE", f"appointments/{a_guid()}?{query}", "delete_appointment")

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/modifiedUtc"


@pytest.mark.parametrize("offset", ["%2B01:00", "+01:00", "Z", ".5Z"])
def test_the_time_of_a_delete_may_have_an_offset_encoded_or_not(anna: Person, offset: str) -> None:
    path = f"appointments/{a_guid()}?modifiedUtc={DAY}T10:00:00{offset}"

    assert anna.api.call("DELETE", path, "delete_appointment").json()["Outcome"] == "Absent"


CALLS = [
    ("PUT", "appointments/{guid}"),
    ("DELETE", "appointments/{guid}?modifiedUtc=2026-11-23T17:00:00Z"),
    ("GET", "appointments/{guid}/receipt"),
    ("POST", "users/{guid}/link"),
    ("GET", "users/{guid}/connection"),
    ("PATCH", "users/{guid}/connection"),
    ("DELETE", "users/{guid}/connection"),
    ("POST", "users/{guid}/sync"),
]


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_nobody_is_served_without_the_functions_own_key(api: Api, stack: Stack, method: str, path: str) -> None:
    address = path.format(guid=a_guid())
    other = stack.keys["get_receipt" if "users" in path else "get_connection"]

    answers = [
        api.call(method, address, "", json={}),
        api.call(method, address, "", json={}, headers={"x-functions-key": "wrong"}),
        api.call(method, address, "", json={}, headers={"x-functions-key": other}),
    ]

    assert [answer.status_code for answer in answers] == [401, 401, 401]


def test_a_key_may_come_in_the_query(anna: Person, stack: Stack) -> None:
    path = f"{stack.host_url}/api/users/{anna.user}/connection?code={stack.keys['get_connection']}"

    assert requests.get(path, timeout=10).json()["State"] == "Connected"


def test_a_correlation_id_is_echoed_and_in_the_log_and_a_dangerous_one_is_replaced(api: Api, stack: Stack) -> None:
    path, function = f"users/{a_guid()}/connection", "get_connection"
    given = f"crm-{a_guid()}"

    echoed = api.call("GET", path, function, headers={"x-correlation-id": given})
    made = [api.call("GET", path, function).headers["x-correlation-id"] for _ in range(2)]
    replaced = api.call("GET", path, function, headers={"x-correlation-id": 'a"}\t{' + "x" * 200})

    assert echoed.headers["x-correlation-id"] == given
    assert given in stack.host.log()
    assert made[0] != made[1]
    assert '"' not in replaced.headers["x-correlation-id"]


def test_an_address_that_is_not_there_is_not_found(stack: Stack) -> None:
    for path in ("", "appointments", "users", "admin/anything", "appointments/x/y/z"):
        assert requests.get(f"{stack.host_url}/api/{path}", timeout=10).status_code == 404
