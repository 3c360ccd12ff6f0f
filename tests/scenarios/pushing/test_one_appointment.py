"""One appointment on its way: made, changed, left alone, refused as old, removed; and what each costs at Graph."""

from __future__ import annotations

from typing import Any

import pytest

from tests.scenarios.api import Api, outcome
from tests.scenarios.people import Person, a_guid, at, lasting, later

LEAD = "4b5c6d7e-0000-4000-8000-0000000000aa"
LEAD_URL = f"https://crm.salesexec.example/leads/{LEAD}"


def test_a_new_appointment_is_in_outlook_when_the_call_returns(anna: Person) -> None:
    guid, said = a_guid(), anna.body(Location="Main Street 1", ShowAs="OutOfOffice", ReminderMinutes=45)

    answer = anna.api.put(guid, said)

    event = anna.event("Call Wingtip Toys")
    assert outcome(answer) == (201, "Created", None)
    body = answer.json()
    assert body["AppointmentGuid"] == guid
    assert body["EventId"] == event["Id"]
    assert body["WebLink"].startswith("https://")
    assert body["Conflicts"] == []
    assert body["PreviousRep"] is None
    assert body["ReceiptUrl"] == f"/api/appointments/{guid}/receipt"
    assert event["StartUtc"] == said["Start"].replace("Z", "+00:00")
    assert event["EndUtc"] == said["End"].replace("Z", "+00:00")
    assert "Bring the offer." in event["Body"]
    assert (event["Location"], event["ShowAs"]) == ("Main Street 1", "oof")
    assert (event["IsReminderOn"], event["ReminderMinutesBeforeStart"]) == (True, 45)
    assert (event["Calendar"], event["Attendees"]) == ("Calendar", [])


def test_a_new_event_can_be_recognised_in_every_way(anna: Person) -> None:
    guid = a_guid()

    anna.push(guid, LeadGuid=LEAD)

    [event] = anna.events()
    extension = event["Extensions"]["SalesExec.Appointment"]
    said = {name: extension[name] for name in ("AppointmentGuid", "UserGuid", "LeadGuid", "LeadUrl")}
    assert said == {"AppointmentGuid": guid, "UserGuid": anna.user, "LeadGuid": LEAD, "LeadUrl": LEAD_URL}
    assert [value for value in event["ExtendedProperties"].values() if value.startswith(f"{guid}:")]
    assert event["TransactionId"]


def test_an_appointment_without_a_lead_has_no_link_and_says_none_in_the_extension(anna: Person) -> None:
    anna.push(a_guid())

    [event] = anna.events()
    assert "Show Lead" not in event["Body"]
    assert not {"LeadGuid", "LeadUrl"} & set(event["Extensions"]["SalesExec.Appointment"])


def test_the_body_ends_with_one_link_to_the_lead(anna: Person) -> None:
    guid = a_guid()

    anna.push(guid, LeadGuid=LEAD)
    anna.push(guid, LeadGuid=LEAD, Body="Bring the offer and the samples.")
    anna.push(guid, LeadGuid=LEAD, Body="Bring the offer and the samples.", Subject="Call them")

    [event] = anna.events()
    assert event["Body"].count("Show Lead") == 1
    assert event["Body"].count(LEAD_URL) == 1
    assert event["Body"].index("samples") < event["Body"].index("Show Lead")


def test_the_link_follows_the_lead_and_goes_with_it(anna: Person) -> None:
    guid, other = a_guid(), LEAD_URL.replace("aa", "bb")
    anna.push(guid, LeadGuid=LEAD)

    moved = anna.push(guid, LeadUrl=other)
    [event] = anna.events()
    assert outcome(moved) == (200, "Updated", None)
    assert other in event["Body"]
    assert LEAD_URL not in event["Body"]

    removed = anna.push(guid)
    [event] = anna.events()
    assert outcome(removed) == (200, "Updated", None)
    assert "Show Lead" not in event["Body"]
    assert "Bring the offer." in event["Body"]


def test_what_was_written_around_the_link_survives(anna: Person) -> None:
    guid = anna.book(LeadUrl=LEAD_URL)["AppointmentGuid"]
    [event] = anna.events()
    anna.edit_event(event["Id"], Body=event["Body"].replace("</body>", "<p>Parking in the yard.</p></body>"))

    anna.edit(guid, Subject="Call them")

    [event] = anna.events()
    assert event["Subject"] == "Call them"
    assert "Parking in the yard." in event["Body"]
    assert event["Body"].count("Show Lead") == 1


def test_html_is_reduced_to_what_is_harmless(anna: Person) -> None:
    html = '<p onclick="x()">Hello <script>alert(1)</script><a href="javascript:x">no</a><a href="https://a.example">a</a></p>'

    anna.push(a_guid(), Body=html, BodyType="Html")

    [event] = anna.events()
    assert "https://a.example" in event["Body"]
    for bad in ("script", "onclick", "javascript"):
        assert bad not in event["Body"]


def test_text_is_shown_as_it_was_written(anna: Person) -> None:
    anna.push(a_guid(), Body="a < b & c\n\n  <b>not bold</b>")

    [event] = anna.events()
    assert "&lt;b&gt;not bold" in event["Body"]


CHANGES: list[tuple[dict[str, Any], list[str]]] = [
    ({"Subject": "Call again"}, ["GET event", "PATCH event"]),
    ({"Body": "Bring nothing."}, ["GET event", "PATCH event"]),
    ({"Location": "Elsewhere"}, ["GET event", "PATCH event"]),
    ({"ShowAs": "Free"}, ["GET event", "PATCH event"]),
    ({"IsPrivate": True}, ["GET event", "PATCH event"]),
    ({"ReminderMinutes": None}, ["GET event", "PATCH event"]),
    ({}, ["GET event"]),
]


@pytest.mark.parametrize(("change", "calls"), CHANGES)
def test_a_known_appointment_costs_one_read_and_one_write(
    anna: Person, change: dict[str, Any], calls: list[str]
) -> None:
    guid = a_guid()
    anna.push(guid)
    since = anna.mark()

    answer = anna.push(guid, **change)

    assert outcome(answer) == (200, "Updated" if change else "Unchanged", None)
    assert anna.graph_calls(since) == calls
    assert len(anna.events()) == 1


def test_a_moved_appointment_costs_one_look_for_double_bookings_more_at_most(anna: Person) -> None:
    guid = a_guid()
    anna.push(guid)
    since = anna.mark()

    answer = anna.push(guid, **lasting(at(hour=11)))

    assert outcome(answer) == (200, "Updated", None)
    calls = anna.graph_calls(since)
    assert calls in (["POST $batch", "PATCH event"], ["GET event", "PATCH event", "GET calendarView"])


def test_only_what_changed_is_written(anna: Person) -> None:
    guid = a_guid()
    anna.push(guid, ReminderMinutes=5)
    [before] = anna.events()

    anna.push(guid, Subject="Call again")

    [after] = anna.events()
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"Subject", "ChangeKey", "ModifiedUtc"}


def test_a_new_appointment_costs_one_write_and_one_look_for_double_bookings(anna: Person) -> None:
    since = anna.mark()

    anna.push(a_guid())

    assert anna.graph_calls(since) == ["POST events", "GET calendarView"]


def test_every_write_is_conditional_and_every_request_asks_for_immutable_ids(anna: Person, control: Any) -> None:
    guid, since = a_guid(), anna.mark()
    anna.push(guid)
    anna.push(guid, Subject="Call again")
    anna.api.delete(guid, later())

    entries = [entry for entry in control.journal("graph", since, anna.upn) if entry["Method"]]

    assert [entry["Method"] for entry in entries] == ["POST", "GET", "GET", "PATCH", "GET", "DELETE"]
    assert all('IdType="ImmutableId"' in entry["Headers"]["prefer"] for entry in entries)
    assert len({entry["Headers"]["client-request-id"] for entry in entries}) == 6
    assert all("if-match" in entry["Headers"] for entry in entries if entry["Method"] in ("PATCH", "DELETE"))


def test_an_older_push_never_overwrites_a_newer_one_and_costs_nothing(anna: Person) -> None:
    guid, old = a_guid(), later()
    anna.push(guid, Subject="New")
    since = anna.mark()

    answer = anna.push(guid, Subject="Old", ModifiedUtc=old)

    assert outcome(answer) == (200, "Stale", None)
    assert answer.json()["EventId"] == anna.event("New")["Id"]
    assert anna.graph_calls(since) == []


def test_an_equally_old_push_counts_as_newer(anna: Person) -> None:
    guid, same = a_guid(), later()
    anna.push(guid, Subject="First", ModifiedUtc=same)

    answer = anna.push(guid, Subject="Second", ModifiedUtc=same)

    assert outcome(answer) == (200, "Updated", None)
    assert anna.event("Second")


def test_a_deleted_appointment_is_gone_from_outlook(anna: Person) -> None:
    guid = a_guid()
    anna.push(guid)
    since = anna.mark()

    answer = anna.api.delete(guid, later())

    assert outcome(answer) == (200, "Deleted", None)
    assert anna.events() == []
    assert anna.graph_calls(since) == ["GET event", "DELETE event"]


def test_a_canceled_appointment_is_removed_like_a_deleted_one(anna: Person) -> None:
    guid = a_guid()
    anna.push(guid)

    answer = anna.push(guid, Status="Canceled")

    assert outcome(answer) == (200, "Deleted", None)
    assert anna.events() == []


def test_an_appointment_that_was_never_there_is_absent_and_costs_nothing(anna: Person) -> None:
    since = anna.mark()

    deleted = anna.api.delete(a_guid(), later())
    canceled = anna.push(a_guid(), Status="Canceled")

    assert outcome(deleted) == (200, "Absent", None)
    assert outcome(canceled) == (200, "Absent", None)
    assert anna.graph_calls(since) == []


def test_a_second_delete_finds_nothing_and_an_older_one_is_stale(anna: Person) -> None:
    guid, old = a_guid(), later()
    anna.push(guid)

    assert outcome(anna.api.delete(guid, old)) == (200, "Stale", None)
    assert outcome(anna.api.delete(guid, later())) == (200, "Deleted", None)
    assert outcome(anna.api.delete(guid, later())) == (200, "Absent", None)
    assert anna.events() == []


def test_a_push_that_was_overtaken_by_the_delete_makes_nothing(anna: Person) -> None:
    known, unknown = a_guid(), a_guid()
    before = later()
    anna.push(known)

    anna.api.delete(known, later())
    anna.api.delete(unknown, later())

    assert outcome(anna.push(known, ModifiedUtc=before)) == (200, "Stale", None)
    assert outcome(anna.push(unknown, ModifiedUtc=before)) == (200, "Stale", None)
    assert anna.events() == []


def test_an_appointment_that_is_wanted_again_is_made_again(anna: Person) -> None:
    guid = a_guid()
    first = anna.push(guid).json()["EventId"]
    anna.api.delete(guid, later())

    answer = anna.push(guid)

    assert outcome(answer) == (201, "Created", None)
    assert answer.json()["EventId"] != first
    assert len(anna.events()) == 1


def test_completing_or_missing_leaves_the_event_where_it_is(anna: Person) -> None:
    guid = a_guid()
    anna.push(guid)

    for status in ("Completed", "Missed", "Pending"):
        assert outcome(anna.push(guid, Status=status))[0] == 200
    assert len(anna.events()) == 1


def test_a_receipt_tells_the_story_newest_first_and_never_a_text(anna: Person, api: Api) -> None:
    guid = a_guid()
    anna.push(guid, Subject="Salary talks", Body="Very confidential.")
    moved = api.call(
        "PUT",
        f"appointments/{guid}",
        "push_appointment",
        json=anna.body(Subject="Salary talks", Body="Very confidential.", **lasting(at(hour=12))),
        headers={"x-correlation-id": "story-42"},
    )
    anna.api.delete(guid, later())

    receipt = anna.api.receipt(guid)

    assert outcome(moved) == (200, "Updated", None)
    assert [entry["Outcome"] for entry in receipt["Entries"]] == ["Deleted", "Updated", "Created"]
    assert {entry["Direction"] for entry in receipt["Entries"]} == {"ToOutlook"}
    assert sorted(receipt["Entries"][1]["Fields"]) == ["End", "Start"]
    assert receipt["Entries"][1]["CorrelationId"] == "story-42"
    assert (receipt["AppointmentGuid"], receipt["UserGuid"]) == (guid, anna.user)
    assert receipt["Summary"] == receipt["Entries"][0]["Why"]
    assert "confidential" not in str(receipt)
    assert "Salary" not in str(receipt)


def test_the_receipt_of_an_unknown_appointment_is_not_found(api: Api) -> None:
    answer = api.call("GET", f"appointments/{a_guid()}/receipt", "get_receipt")

    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("application/problem+json")


def test_pushing_is_seen_on_the_connection(anna: Person) -> None:
    assert anna.api.connection(anna.user)["LastPushUtc"] is None

    anna.push(a_guid())

    assert anna.api.connection(anna.user)["LastPushUtc"]
