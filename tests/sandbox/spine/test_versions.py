"""Every version of events and appointments in one order, and whose doing each was: people's or a program's."""

from __future__ import annotations

from typing import Any

import requests

from tests.sandbox.conftest import LiveSandbox
from tests.sandbox.salesexec.office import REP, open_office

ANNA = {"Upn": "anna.adams@contoso.example", "UserGuid": REP}
TIMES = {"Start": "2026-12-01T10:00:00", "End": "2026-12-01T11:00:00"}


def versions(sandbox: LiveSandbox, **query: Any) -> list[dict[str, Any]]:
    answer = requests.get(f"{sandbox.control_url}/versions", params=query, timeout=30)
    found: list[dict[str, Any]] = answer.json()["Versions"]
    return found


def by_graph(sandbox: LiveSandbox, method: str, path: str, content: object = None, **headers: str) -> requests.Response:
    token = sandbox.control("POST", "/tokens", {"Upn": ANNA["Upn"]})["AccessToken"]
    headers |= {"Authorization": f"Bearer {token}"}
    url = f"{sandbox.graph_base_url}/me/{path}"
    return requests.request(method, url, json=content, headers=headers, timeout=30)


def test_what_is_written_stands_in_one_order_and_what_was_refused_is_no_version(live_sandbox: LiveSandbox) -> None:
    live_sandbox.seed(ANNA)
    order = {"Upn": ANNA["Upn"], "Event": {**TIMES, "Subject": "Mine"}}
    event = live_sandbox.control("POST", "/graph/events", order)
    booked = {"UserGuid": REP, "Subject": "Call", "Start": "2026-12-01T10:00:00Z", "End": "2026-12-01T11:00:00Z"}
    live_sandbox.control("POST", "/salesexec/appointments", {**booked, "Push": False})
    refused = by_graph(live_sandbox, "PATCH", f"events/{event['Id']}", {"subject": "No"}, **{"If-Match": 'W/"old"'})
    live_sandbox.control("DELETE", f"/graph/events/{event['Id']}")

    found = versions(live_sandbox)

    assert refused.status_code == 412
    told = [(each["System"], each["By"], (each["Holds"] or {}).get("Subject")) for each in found]
    assert told == [
        ("graph", "Person", "Mine"),
        ("salesexec", "Person", "Call"),
        ("graph", "Person", None),
    ]


def test_a_program_is_told_from_a_person_and_the_version_it_named_is_kept(live_sandbox: LiveSandbox) -> None:
    live_sandbox.seed(ANNA)
    order = {"Upn": ANNA["Upn"], "Event": {**TIMES, "Subject": "Mine"}}
    event = live_sandbox.control("POST", "/graph/events", order)
    etag = f'W/"{event["ChangeKey"]}"'

    answer = by_graph(live_sandbox, "PATCH", f"events/{event['Id']}", {"subject": "Theirs"}, **{"If-Match": etag})

    assert answer.ok
    made, changed = versions(live_sandbox)
    assert (made["By"], made["IfMatch"], made["Holds"]["Subject"]) == ("Person", None, "Mine")
    assert (changed["By"], changed["IfMatch"], changed["Holds"]["Subject"]) == ("Program", etag, "Theirs")
    assert versions(live_sandbox, since=made["Number"]) == [changed]
    assert versions(live_sandbox, owner="nobody@contoso.example") == []


def test_what_the_calendar_sync_tells_salesexec_is_a_programs_doing(live_sandbox: LiveSandbox) -> None:
    open_office(live_sandbox)
    change = {
        "ChangeId": "1", "Sequence": 1, "Action": "Upsert", "AppointmentGuid": None, "EventId": "AAMk",
        "SeriesEventId": None, "OriginalStartUtc": None, "ChangedFields": [],
        "Event": {
            "Subject": "Dentist", "Body": "", "BodyType": "Html", "Start": "2026-12-01T10:00:00Z",
            "End": "2026-12-01T11:00:00Z", "TimeZone": "UTC", "IsAllDay": False, "Location": None, "Recurrence": [],
            "ShowAs": "Busy", "IsPrivate": False, "IsBusyOnly": False, "Organizer": None, "Attendees": [],
            "WebLink": None, "ModifiedUtc": "2026-11-22T10:00:00Z",
        },
    }  # fmt: skip
    headers = {"AuthToken": live_sandbox.addresses["SalesExecAuthToken"]}
    body = {"UserGuid": REP, "Changes": [change]}

    answer = requests.post(f"{live_sandbox.salesexec_api_url}/CalendarChanges", json=body, headers=headers, timeout=30)

    assert answer.ok, answer.text
    [version] = versions(live_sandbox)
    assert (version["By"], version["System"], version["Owner"]) == ("Program", "salesexec", REP)
    assert version["Holds"]["EventId"] == "AAMk"


def test_a_mail_says_whether_a_person_or_a_program_caused_it(live_sandbox: LiveSandbox) -> None:
    live_sandbox.seed(ANNA)
    described = {**TIMES, "Subject": "Lunch", "Attendees": ["ben@contoso.example"]}
    event = live_sandbox.control("POST", "/graph/events", {"Upn": ANNA["Upn"], "Event": described})

    by_graph(live_sandbox, "PATCH", f"events/{event['Id']}", {"subject": "Dinner"})

    mails = live_sandbox.control("GET", "/mails")["Mails"]
    assert [mail["By"] for mail in mails] == ["Person", "Program"]
