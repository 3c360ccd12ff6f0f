"""A rep's CRM as the calendar sync calls it, and changes ready to be sent."""

from __future__ import annotations

from typing import Any

import requests

from tests.sandbox.conftest import LiveSandbox

PATIENCE = 30
REP = "11111111-1111-4111-8111-111111111111"
OTHER_REP = "22222222-2222-4222-8222-222222222222"
DECEMBER = {"StartUtc": "2026-12-01T00:00:00Z", "EndUtc": "2027-01-01T00:00:00Z"}


def open_office(sandbox: LiveSandbox) -> None:
    """Hire two reps."""
    sandbox.seed(
        {"Upn": "anna@contoso.example", "UserGuid": REP, "Leads": ["Wingtip Toys"]},
        {"Upn": "ben@contoso.example", "UserGuid": OTHER_REP},
    )


def an_event(**fields: Any) -> dict[str, Any]:
    """Return an event as the sync reports it."""
    return {
        "Subject": "Dentist",
        "Body": "<p>Bring the card</p>",
        "BodyType": "Html",
        "Start": "2026-12-01T09:00:00+01:00",
        "End": "2026-12-01T10:00:00+01:00",
        "TimeZone": "Europe/Berlin",
        "IsAllDay": False,
        "Location": "Main Street 1",
        "Recurrence": [],
        "ShowAs": "Busy",
        "IsPrivate": False,
        "IsBusyOnly": False,
        "Organizer": None,
        "Attendees": [],
        "WebLink": None,
        "ModifiedUtc": "2026-11-22T10:00:00Z",
        **fields,
    }


def a_change(change_id: str = "change-1", **fields: Any) -> dict[str, Any]:
    """Return a first import, or whatever the fields make of it."""
    return {
        "ChangeId": change_id,
        "Sequence": 1,
        "Action": "Upsert",
        "AppointmentGuid": None,
        "EventId": "AAMkEvent",
        "SeriesEventId": None,
        "OriginalStartUtc": None,
        "ChangedFields": sorted(an_event()),
        "Event": an_event(),
        **fields,
    }


def a_delete(guid: str | None, change_id: str = "delete-1", sequence: int = 9) -> dict[str, Any]:
    """Return a deletion."""
    change = a_change(change_id, Action="Delete", AppointmentGuid=guid, Sequence=sequence)
    return {**change, "Event": None, "ChangedFields": []}


def call(sandbox: LiveSandbox, method: str, path: str, token: str | None = None, **request: Any) -> requests.Response:
    """Call SalesExec with the AuthToken."""
    headers = {"AuthToken": token if token is not None else sandbox.addresses["SalesExecAuthToken"]}
    return requests.request(method, sandbox.salesexec_api_url + path, headers=headers, timeout=PATIENCE, **request)


def send(sandbox: LiveSandbox, *changes: dict[str, Any], rep: str = REP) -> list[dict[str, Any]]:
    """Send changes and return the results."""
    answer = call(sandbox, "POST", "/CalendarChanges", json={"UserGuid": rep, "Changes": list(changes)})
    assert answer.status_code == 200, answer.text
    results: list[dict[str, Any]] = answer.json()["Results"]
    return results


def appointments(sandbox: LiveSandbox, rep: str = REP, **query: str) -> list[dict[str, Any]]:
    """Return a rep's appointments in December."""
    answer = call(sandbox, "GET", "/Appointments", params={"UserGuid": rep, **DECEMBER, **query})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["Appointments"]
    return found
