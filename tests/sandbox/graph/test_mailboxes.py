"""Ids, calendars, and a person's own hand in Outlook."""

from __future__ import annotations

import pytest
import requests

from sandbox.world import World
from tests.sandbox.graph.rep import NAME, PROPERTY, Ports, Rep, an_event, attendee, code_of, extension

IMMUTABLE = 'IdType="ImmutableId"'
DENTIST = {"Subject": "Dentist", "Start": "2026-11-24T09:00:00", "End": "2026-11-24T10:00:00"}


def private_calendar(rep: Rep) -> str:
    made = rep.outlook("POST", "/calendars", {"Upn": rep.user.upn, "Name": "Private"}, 201)
    return str(made["Id"])


def test_an_event_has_two_ids_and_both_lead_to_it(rep: Rep) -> None:
    default = rep.create()
    immutable = rep.get(f"/me/events/{default['id']}", prefer=IMMUTABLE)

    again = rep.get(f"/me/events/{immutable['id']}")

    assert immutable["id"] != default["id"]
    assert again["id"] == default["id"]


def test_a_created_event_answers_with_the_id_that_is_preferred(rep: Rep) -> None:
    answer = rep.ask("POST", "/me/events", an_event(), prefer=IMMUTABLE)

    assert answer.json()["id"] == rep.everything()[0]["Id"]
    assert answer.headers["Preference-Applied"] == IMMUTABLE


def test_an_address_may_take_only_the_format_that_is_preferred(rep: Rep) -> None:
    rep.world.switches.set("graph.id_format_in_path", "as-preferred")
    default = rep.create()
    immutable = rep.get("/me/events", prefer=IMMUTABLE)["value"][0]

    assert rep.ask("GET", f"/me/events/{immutable['id']}").status_code == 404
    assert rep.ask("GET", f"/me/events/{default['id']}", prefer=IMMUTABLE).status_code == 404
    assert rep.ask("GET", f"/me/events/{immutable['id']}", prefer=IMMUTABLE).status_code == 200


def test_a_move_to_another_calendar_changes_the_default_id_and_keeps_the_immutable_one(rep: Rep) -> None:
    default = rep.create(extensions=[extension(rev=1)], transactionId="t-1")
    immutable = rep.get(f"/me/events/{default['id']}", prefer=IMMUTABLE)
    other = private_calendar(rep)

    rep.outlook("POST", f"/events/{immutable['id']}/move", {"Calendar": "Private"})

    moved = rep.get(f"/me/calendars/{other}/events")["value"][0]
    assert moved["id"] != default["id"]
    assert code_of(rep.ask("GET", f"/me/events/{default['id']}")) == "ErrorItemNotFound"
    assert rep.get(f"/me/events/{immutable['id']}", prefer=IMMUTABLE)["changeKey"] != immutable["changeKey"]
    assert rep.get("/me/calendar/events")["value"] == []


@pytest.mark.parametrize("broken", ["x", "AAMkA", "AAMkA'", "%2F"])
def test_an_id_that_is_none_is_malformed(rep: Rep, broken: str) -> None:
    answer = rep.ask("GET", f"/me/events/{broken}")

    assert (answer.status_code, code_of(answer)) == (400, "ErrorInvalidIdMalformed")


def test_a_truncated_id_is_malformed_and_one_in_another_case_is_not_found(rep: Rep) -> None:
    event_id = rep.create()["id"]

    truncated = rep.ask("GET", f"/me/events/{event_id[:-9]}")
    swapped = rep.ask("GET", f"/me/events/AAMkA{event_id[5:].swapcase()}")

    assert (code_of(truncated), code_of(swapped)) == ("ErrorInvalidIdMalformed", "ErrorItemNotFound")


def test_another_mailboxs_event_is_not_found(rep: Rep, world: World, ports: Ports, session: requests.Session) -> None:
    event = rep.create()
    other = Rep(world, ports, session, world.directory.add_user(upn="lee@contoso.example", display_name="Lee"))

    answer = other.ask("GET", f"/me/events/{event['id']}")
    by_name = other.ask("GET", f"/users/{rep.user.upn}/events")

    assert code_of(answer) == "ErrorItemNotFound"
    assert (by_name.status_code, code_of(by_name)) == (403, "ErrorAccessDenied")


def test_a_mailbox_begins_with_one_default_calendar(rep: Rep) -> None:
    calendars = rep.get("/me/calendars")["value"]
    default = rep.get("/me/calendar")

    assert [(one["name"], one["isDefaultCalendar"]) for one in calendars] == [("Calendar", True)]
    assert default["id"] == calendars[0]["id"]
    assert default["owner"] == {"name": "Dana Swope", "address": "dana@contoso.example"}


def test_a_calendar_is_created_once_per_name(rep: Rep) -> None:
    made = rep.post("/me/calendars", {"name": "Private", "color": "LightBlue"})

    again = rep.ask("POST", "/me/calendars", {"name": "private"})

    assert rep.get(f"/me/calendars/{made['id']}")["color"] == "lightBlue"
    assert (again.status_code, code_of(again)) == (409, "ErrorFolderExists")


def test_a_calendars_events_are_not_found_through_another_calendar(rep: Rep) -> None:
    event = rep.create()

    answer = rep.ask("GET", f"/me/calendars/{private_calendar(rep)}/events/{event['id']}")

    assert code_of(answer) == "ErrorItemNotFound"


def test_a_person_makes_edits_and_deletes_an_event(rep: Rep) -> None:
    made = rep.outlook("POST", "/events", {"Upn": rep.user.upn, "Event": {**DENTIST, "Body": "<p>Bring card</p>"}}, 201)
    changed = rep.outlook("PATCH", f"/events/{made['Id']}", {"Start": "2026-11-24T08:00:00", "ShowAs": "oof"})

    read = rep.get(f"/me/events/{made['Id']}")
    rep.outlook("DELETE", f"/events/{made['Id']}", status=204)

    assert (read["start"]["dateTime"], read["showAs"]) == ("2026-11-24T08:00:00.0000000", "oof")
    assert changed["ChangeKey"] != made["ChangeKey"]
    assert rep.everything() == []


def test_a_person_sets_what_no_client_may_write(rep: Rep) -> None:
    made = rep.outlook("POST", "/events", {"Upn": rep.user.upn, "Event": DENTIST}, 201)

    marks = {"IsCancelled": True, "OriginalStartTimeZone": "tzone://Microsoft/Custom"}
    rep.outlook("PATCH", f"/events/{made['Id']}", marks)

    read = rep.get(f"/me/events/{made['Id']}")
    assert (read["isCancelled"], read["originalStartTimeZone"]) == (True, "tzone://Microsoft/Custom")


def test_people_added_in_outlook_are_invited(rep: Rep) -> None:
    event = rep.create(attendees=[attendee("sam@contoso.example")])

    rep.outlook("POST", f"/events/{event['id']}/attendees", {"Attendees": ["alex@fabrikam.example"]})

    assert rep.mails()[-1] == ("invitation", ("alex@fabrikam.example",))
    assert len(rep.get(f"/me/events/{event['id']}")["attendees"]) == 2


def test_a_copy_made_by_hand_takes_everything_hidden_along_but_the_transaction_id(rep: Rep) -> None:
    properties = [{"id": PROPERTY, "value": "a-1:1"}]
    event = rep.create(extensions=[extension(rev=1)], singleValueExtendedProperties=properties, transactionId="t-1")

    copied = rep.outlook("POST", f"/events/{event['id']}/copy", {}, 201)

    assert (copied["Extensions"], copied["ExtendedProperties"]) == ({NAME: {"rev": 1}}, {PROPERTY: "a-1:1"})
    assert copied["TransactionId"] is None
    assert copied["ICalUId"] != event["iCalUId"]
    assert len({shown["Id"] for shown in rep.everything()}) == 2


def test_everything_can_be_looked_at_in_every_calendar(rep: Rep) -> None:
    private_calendar(rep)
    rep.create(body={"contentType": "html", "content": "<p>a</p>"}, transactionId="t-1", extensions=[extension(rev=1)])
    rep.outlook("POST", "/events", {"Upn": rep.user.upn, "Calendar": "Private", "Event": DENTIST}, 201)

    shown = {event["Calendar"]: event for event in rep.everything()}

    assert set(shown) == {"Calendar", "Private"}
    assert shown["Calendar"]["TransactionId"] == "t-1"
    assert "<p>a</p>" in shown["Calendar"]["Body"]


def test_a_seeded_person_begins_with_calendars_and_events(rep: Rep) -> None:
    rep.world.seed_person(rep.user, {"Calendars": ["Private"], "Events": [DENTIST]})

    assert [event["Subject"] for event in rep.everything()] == ["Dentist"]
    assert len(rep.get("/me/calendars")["value"]) == 2
