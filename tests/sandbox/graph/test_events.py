"""Creating, reading, changing and deleting one event."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.sandbox.graph.rep import Rep, an_event, at, code_of


def test_a_created_event_is_found_again_with_what_was_said_and_outlooks_defaults(rep: Rep) -> None:
    created = rep.create(subject="Call Wingtip", showAs="TENTATIVE", categories=["Leads"])

    read = rep.get(f"/me/events/{created['id']}")

    assert read["subject"] == "Call Wingtip"
    assert read["showAs"] == "tentative"
    assert read["categories"] == ["Leads"]
    assert read["importance"] == read["sensitivity"] == "normal"
    assert (read["isReminderOn"], read["reminderMinutesBeforeStart"]) == (True, 15)
    assert (read["type"], read["isOrganizer"], read["isDraft"]) == ("singleInstance", True, False)
    assert read["responseStatus"] == {"response": "organizer", "time": "0001-01-01T00:00:00Z"}
    assert read["organizer"]["emailAddress"] == {"name": "Dana Swope", "address": "dana@contoso.example"}


def test_times_have_seven_digits_and_the_etag_is_the_change_key(rep: Rep) -> None:
    event = rep.create()

    assert event["start"] == {"dateTime": "2026-11-24T09:00:00.0000000", "timeZone": "UTC"}
    assert event["@odata.etag"] == f'W/"{event["changeKey"]}"'
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?Z", event["createdDateTime"])


def test_an_answer_names_the_request_and_repeats_the_callers_id(rep: Rep) -> None:
    answer = rep.ask("POST", "/me/events", an_event(), headers={"client-request-id": "call-7"})

    assert answer.headers["client-request-id"] == "call-7"
    assert re.fullmatch(r"[0-9a-f-]{36}", answer.headers["request-id"])
    assert "Date" in answer.headers
    assert answer.headers["Content-Type"].startswith("application/json")
    assert answer.headers["ETag"] == answer.json()["@odata.etag"]


def test_an_error_holds_its_date_and_both_request_ids(rep: Rep) -> None:
    answer = rep.ask("GET", "/me/events/AAMkA", headers={"client-request-id": "call-8"})

    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, "ErrorInvalidIdMalformed")
    assert error["innerError"]["client-request-id"] == "call-8"
    assert error["innerError"]["request-id"] == answer.headers["request-id"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", error["innerError"]["date"])


def test_a_patch_changes_only_what_it_names_and_makes_a_new_version(rep: Rep) -> None:
    before = rep.create(location={"displayName": "Room 1"}, body={"contentType": "text", "content": "bring samples"})

    after = rep.patch(f"/me/events/{before['id']}", {"subject": "Call Fabrikam"})

    assert after["changeKey"] != before["changeKey"]
    assert after["lastModifiedDateTime"] > before["lastModifiedDateTime"]
    moved = {"subject", "changeKey", "lastModifiedDateTime", "@odata.etag"}
    assert {key for key in before if before[key] != after[key]} == moved


def test_a_patch_may_carry_read_only_properties_as_the_published_example_does(rep: Rep) -> None:
    event = rep.create()
    body = {
        "iCalUId": "other",
        "originalStartTimeZone": "other",
        "responseStatus": {"response": ""},
        "recurrence": None,
    }

    after = rep.patch(f"/me/events/{event['id']}", {**body, "isReminderOn": False})

    assert after["isReminderOn"] is False
    assert after["iCalUId"] == event["iCalUId"]
    assert after["originalStartTimeZone"] == "UTC"


def test_a_refused_patch_changes_nothing(rep: Rep) -> None:
    event = rep.create()

    answer = rep.ask("PATCH", f"/me/events/{event['id']}", {"subject": "New", "end": at("2026-11-24T08:00:00", "UTC")})

    assert (answer.status_code, code_of(answer)) == (400, "ErrorPropertyValidationFailure")
    assert rep.get(f"/me/events/{event['id']}") == event


def test_a_deleted_event_is_gone_and_a_second_delete_says_so(rep: Rep) -> None:
    event = rep.create()

    first, second = rep.delete(f"/me/events/{event['id']}"), rep.ask("DELETE", f"/me/events/{event['id']}")

    assert first == 204
    assert (second.status_code, code_of(second)) == (404, "ErrorItemNotFound")
    assert code_of(rep.ask("GET", f"/me/events/{event['id']}")) == "ErrorItemNotFound"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"subjekt": "x"}, "RequestBodyRead"),
        ({"start": {"dateTime": "2026-11-24T09:00:00", "zone": "UTC"}}, "RequestBodyRead"),
        ({"body": {"contentType": "rtf", "content": ""}}, "RequestBodyRead"),
        ({"isAllDay": "yes"}, "RequestBodyRead"),
        ({"showAs": "elsewhere"}, "RequestBodyRead"),
        ({"reminderMinutesBeforeStart": "15"}, "RequestBodyRead"),
        ({"location": {"name": "Room"}}, "RequestBodyRead"),
        ({"start": {"dateTime": "tomorrow", "timeZone": "UTC"}}, "ErrorPropertyValidationFailure"),
        ({"end": at("2026-11-24T08:00:00", "UTC")}, "ErrorPropertyValidationFailure"),
        ({"attendees": [{"type": "required"}]}, "ErrorInvalidRequest"),
    ],
)
def test_a_body_that_does_not_fit_the_type_is_refused(rep: Rep, body: dict[str, Any], code: str) -> None:
    answer = rep.ask("POST", "/me/events", an_event() | body)

    assert (answer.status_code, code_of(answer)) == (400, code)
    assert rep.everything() == []


def test_an_event_needs_a_start_and_an_end(rep: Rep) -> None:
    answer = rep.ask("POST", "/me/events", {"subject": "Some day"})

    assert (answer.status_code, code_of(answer)) == (400, "ErrorPropertyValidationFailure")


def test_a_body_that_is_no_json_is_refused(rep: Rep) -> None:
    answer = rep.ask("POST", "/me/events", "just a text")

    assert (answer.status_code, code_of(answer)) == (400, "BadRequest")


def test_what_the_simulator_does_not_know_is_refused_in_its_own_name(rep: Rep) -> None:
    body = an_event(attachments=[{"name": "offer.pdf"}])

    answer = rep.ask("POST", "/me/events", body)

    assert (answer.status_code, code_of(answer)) == (501, "NotImplemented")


@pytest.mark.parametrize(("path", "status"), [("/me/events/x/y/z", 400), ("/me/contacts", 400), ("/groups", 400)])
def test_an_unknown_address_is_refused_in_graphs_words(rep: Rep, path: str, status: int) -> None:
    answer = rep.ask("GET", path)

    assert (answer.status_code, code_of(answer)) == (status, "BadRequest")
    assert "Resource not found for the segment" in answer.json()["error"]["message"]


def test_a_method_an_address_does_not_have_is_refused(rep: Rep) -> None:
    answer = rep.ask("PUT", "/me/events", {})

    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET, POST"


def test_addresses_count_in_any_case_and_a_key_may_stand_in_brackets(rep: Rep) -> None:
    event = rep.create()

    read = rep.get(f"/Me/Calendar/Events('{event['id']}')")

    assert read["id"] == event["id"]


def test_the_mailbox_is_reached_by_user_id_and_by_name_too(rep: Rep) -> None:
    event = rep.create()

    by_id = rep.get(f"/users/{rep.user.oid}/events/{event['id']}")
    by_name = rep.get(f"/users/{rep.user.upn}/events/{event['id']}")

    assert by_id["id"] == by_name["id"] == event["id"]


def test_location_and_locations_mirror_each_other(rep: Rep) -> None:
    event = rep.create(locations=[{"displayName": "Room 3"}, {"displayName": "Home", "address": {"city": "Redmond"}}])

    after = rep.patch(f"/me/events/{event['id']}", {"location": {"displayName": "Room 9"}})

    assert event["location"]["displayName"] == "Room 3; Home"
    assert event["locations"][1]["uniqueIdType"] == "private"
    assert [one["displayName"] for one in after["locations"]] == ["Room 9"]


@pytest.mark.parametrize(("switch", "status"), [("412", 412), ("409", 409)])
def test_if_match_of_an_old_version_is_a_conflict(rep: Rep, switch: str, status: int) -> None:
    rep.world.switches.set("graph.if_match", switch)
    event = rep.create()
    path = f"/me/events/{event['id']}"
    newer = rep.patch(path, {"subject": "Newer"})

    refused = rep.ask("PATCH", path, {"subject": "Mine"}, headers={"If-Match": event["@odata.etag"]})
    refused_delete = rep.ask("DELETE", path, headers={"If-Match": event["@odata.etag"]})
    accepted = rep.ask("PATCH", path, {"subject": "Mine"}, headers={"If-Match": newer["@odata.etag"]})

    assert (refused.status_code, code_of(refused)) == (status, "ErrorIrresolvableConflict")
    assert refused_delete.status_code == status
    assert accepted.json()["subject"] == "Mine"


def test_if_match_can_be_ignored_and_a_star_always_matches(rep: Rep) -> None:
    event = rep.create()
    path = f"/me/events/{event['id']}"
    star = rep.ask("PATCH", path, {"subject": "Star"}, headers={"If-Match": "*"})
    rep.world.switches.set("graph.if_match", "ignored")

    ignored = rep.ask("PATCH", path, {"subject": "Ignored"}, headers={"If-Match": event["@odata.etag"]})

    assert star.status_code == ignored.status_code == 200


def test_the_same_post_with_a_transaction_id_makes_one_event(rep: Rep) -> None:
    body = an_event(transactionId="7E163156-7762")

    first, again = rep.post("/me/events", body), rep.post("/me/events", body)

    assert first["id"] == again["id"]
    assert first["transactionId"] == "7E163156-7762"
    assert len(rep.everything()) == 1


def test_a_transaction_id_of_another_event_is_refused(rep: Rep) -> None:
    first = rep.create(transactionId="t-1")

    plain = rep.ask("POST", "/me/events", an_event(subject="Other", transactionId="t-1"))
    rep.world.switches.set("graph.duplicate_transaction_status", "409")
    rep.world.switches.set("graph.duplicate_names_event", "yes")
    named = rep.ask("POST", "/me/events", an_event(subject="Other", transactionId="t-1"))

    assert (plain.status_code, code_of(plain)) == (400, "ErrorDuplicateTransactionId")
    assert "@event.existingEventId" not in plain.json()["error"]
    assert (named.status_code, named.json()["error"]["@event.existingEventId"]) == (409, first["id"])


@pytest.mark.parametrize(("switch", "status"), [("forgotten", 201), ("blocks", 400)])
def test_a_deleted_events_transaction_id_is_forgotten_or_still_blocks(rep: Rep, switch: str, status: int) -> None:
    rep.world.switches.set("graph.transaction_after_delete", switch)
    event = rep.create(transactionId="t-1")
    rep.delete(f"/me/events/{event['id']}")

    answer = rep.ask("POST", "/me/events", an_event(transactionId="t-1"))

    assert answer.status_code == status


def test_an_event_without_a_transaction_id_shows_none(rep: Rep) -> None:
    assert "transactionId" not in rep.create()


def test_a_journal_entry_says_in_words_what_happened(rep: Rep) -> None:
    rep.create(subject="Call Wingtip")

    entry = rep.world.journal.entries[-1]

    assert (entry.summary, entry.actor, entry.status) == ("created event 'Call Wingtip'", rep.user.upn, 201)
