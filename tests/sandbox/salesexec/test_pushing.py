"""A salesperson at work in the simulated SalesExec, and what the calendar sync is sent for it."""

from __future__ import annotations

from typing import Any

from tests.sandbox.conftest import LiveSandbox
from tests.sandbox.salesexec.listening import Listening, listening
from tests.sandbox.salesexec.office import OTHER_REP, REP, a_change, open_office, send

CREATED = (201, {"Outcome": "Created", "EventId": "AAMkNew"})
UPDATED = (200, {"Outcome": "Updated", "EventId": "AAMkNew"})


def configured(sandbox: LiveSandbox, sync: Listening) -> None:
    open_office(sandbox)
    keys = {"appointments": "push-key", "users": "link-key"}
    sandbox.control("PUT", "/salesexec/config", {"FunctionsUrl": sync.url, "FunctionKeys": keys})


def booked(sandbox: LiveSandbox, **fields: Any) -> dict[str, Any]:
    order = {
        "UserGuid": REP,
        "Subject": "Call Wingtip",
        "Start": "2026-12-01T17:00:00Z",
        "End": "2026-12-01T18:00:00Z",
        **fields,
    }
    answer: dict[str, Any] = sandbox.control("POST", "/salesexec/appointments", order)
    return answer


def test_a_booking_is_put_to_the_sync_and_the_event_remembered(live_sandbox: LiveSandbox) -> None:
    with listening(CREATED) as sync:
        configured(live_sandbox, sync)
        [lead] = live_sandbox.control("GET", "/salesexec/leads")["Leads"]

        answer = booked(live_sandbox, LeadGuid=lead["LeadGuid"], ReminderMinutes=None)

    [(method, path, key, body)] = sync.received
    guid = answer["Appointment"]["AppointmentGuid"]
    assert (method, path, key) == ("PUT", f"/api/appointments/{guid}", "push-key")
    assert body == {
        "UserGuid": REP,
        "LeadGuid": lead["LeadGuid"],
        "LeadUrl": f"https://crm.salesexec.example/leads/{lead['LeadGuid']}",
        "Subject": "Call Wingtip",
        "Body": "",
        "BodyType": "Text",
        "Start": "2026-12-01T17:00:00Z",
        "End": "2026-12-01T18:00:00Z",
        "IsAllDay": False,
        "ShowAs": "Busy",
        "IsPrivate": False,
        "ReminderMinutes": None,
        "Status": "Pending",
        "ModifiedUtc": answer["Appointment"]["ModifiedUtc"],
    }
    assert answer["Push"]["Status"] == 201
    assert answer["Appointment"]["EventId"] == "AAMkNew"


def test_every_edit_is_later_than_the_one_before(live_sandbox: LiveSandbox) -> None:
    with listening(CREATED, UPDATED) as sync:
        configured(live_sandbox, sync)
        guid = booked(live_sandbox)["Appointment"]["AppointmentGuid"]

        live_sandbox.control("PATCH", f"/salesexec/appointments/{guid}", {"Subject": "Call Wingtip Toys"})
        moved = {"Start": "2026-12-02T17:00:00Z", "End": "2026-12-02T18:00:00Z"}
        live_sandbox.control("POST", f"/salesexec/appointments/{guid}/reschedule", moved)
        live_sandbox.control("POST", f"/salesexec/appointments/{guid}/complete")

    bodies = [body for _, _, _, body in sync.received]
    times = [body["ModifiedUtc"] for body in bodies]
    assert times == sorted(set(times))
    assert bodies[1]["Subject"] == "Call Wingtip Toys"
    assert bodies[2]["Start"] == "2026-12-02T17:00:00Z"
    assert bodies[3]["Status"] == "Completed"


def test_a_cancellation_is_a_delete_with_its_time(live_sandbox: LiveSandbox) -> None:
    with listening(CREATED, (200, {"Outcome": "Deleted"})) as sync:
        configured(live_sandbox, sync)
        guid = booked(live_sandbox)["Appointment"]["AppointmentGuid"]

        answer = live_sandbox.control("POST", f"/salesexec/appointments/{guid}/cancel")

    method, path, _, body = sync.received[-1]
    time = answer["Appointment"]["ModifiedUtc"].replace(":", "%3A")
    assert (method, path, body) == ("DELETE", f"/api/appointments/{guid}?modifiedUtc={time}", None)
    assert answer["Push"]["Body"] == {"Outcome": "Deleted"}


def test_a_transfer_names_the_new_rep(live_sandbox: LiveSandbox) -> None:
    with listening(CREATED) as sync:
        configured(live_sandbox, sync)
        guid = booked(live_sandbox)["Appointment"]["AppointmentGuid"]

        live_sandbox.control("POST", f"/salesexec/appointments/{guid}/transfer", {"UserGuid": OTHER_REP})

    assert sync.received[-1][3]["UserGuid"] == OTHER_REP


def test_a_push_that_fails_is_not_repeated_unless_asked(live_sandbox: LiveSandbox) -> None:
    with listening((503, {}), (503, {}), CREATED) as sync:
        configured(live_sandbox, sync)
        answer = booked(live_sandbox)
        guid = answer["Appointment"]["AppointmentGuid"]
        once = len(sync.received)

        again = live_sandbox.control("POST", f"/salesexec/appointments/{guid}/push", {"Retries": 2})

    assert (once, answer["Push"]["Status"]) == (1, 503)
    assert again["Push"]["Status"] == 201


def test_a_sync_that_is_down_leaves_the_appointment_standing(live_sandbox: LiveSandbox) -> None:
    with listening(CREATED) as sync:
        configured(live_sandbox, sync)

    answer = booked(live_sandbox)

    assert answer["Push"]["Status"] == 0
    assert "ConnectionError" in answer["Push"]["Error"]
    assert answer["Appointment"]["Subject"] == "Call Wingtip"


def test_an_imported_appointment_can_be_edited_by_the_salesperson(live_sandbox: LiveSandbox) -> None:
    with listening(UPDATED) as sync:
        configured(live_sandbox, sync)
        [imported] = send(live_sandbox, a_change())
        guid = imported["AppointmentGuid"]

        live_sandbox.control("PATCH", f"/salesexec/appointments/{guid}", {"Location": "Here"})

    body = sync.received[-1][3]
    assert (body["Location"], body["Subject"]) == ("Here", "Dentist")
    assert body["ModifiedUtc"] > imported["ModifiedUtc"]


def test_a_link_is_asked_for_with_its_own_key(live_sandbox: LiveSandbox) -> None:
    link = {"Url": "http://127.0.0.1/x", "ExpiresUtc": "2026-11-22T10:05:00Z"}
    with listening((200, link)) as sync:
        configured(live_sandbox, sync)

        answer = live_sandbox.control("POST", f"/salesexec/users/{REP}/link", {"Page": "connect"})

    assert sync.received == [("POST", f"/api/users/{REP}/link", "link-key", {"Page": "connect"})]
    assert answer["Body"] == link
