"""Showing, changing and ending connections, and what is answered when that cannot be."""

from __future__ import annotations

from typing import Any

import pytest

from tests.control import Control
from tests.scenarios.api import Api, answered, outcome
from tests.scenarios.people import Person, a_guid, at, lasting
from tests.waiting import until

DEFAULTS = {
    "Direction": "Both",
    "PrivateEvents": "Busy",
    "ImportDetail": "Full",
    "ImportAllDay": True,
    "ImportFree": False,
    "OnlyCategories": [],
    "ConflictWinner": "Newest",
    "WindowPastDays": 7,
    "WindowFutureDays": 90,
    "TimeZone": None,
    "LeadLink": True,
    "Meetings": "Protect",
}
OTHERS: dict[str, list[Any]] = {
    "Direction": ["ToOutlook", "ToSalesExec"],
    "PrivateEvents": ["Skip", "Full"],
    "ImportDetail": ["BusyOnly"],
    "ImportAllDay": [False],
    "ImportFree": [True],
    "OnlyCategories": [["Sales", "Kunden ä"]],
    "ConflictWinner": ["SalesExec", "Outlook"],
    "WindowPastDays": [0, 90],
    "WindowFutureDays": [1, 365],
    "TimeZone": ["Europe/Berlin"],
    "LeadLink": [False],
    "Meetings": ["Update"],
}
BAD: dict[str, list[Any]] = {
    "Direction": ["both", "", None, 1, ["Both"]],
    "PrivateEvents": ["Hide"],
    "ImportDetail": ["None"],
    "ImportAllDay": ["true", 1, None],
    "ImportFree": ["no"],
    "OnlyCategories": ["Sales", [1], [""], ["x" * 256], ["x"] * 51, None],
    "ConflictWinner": ["newest"],
    "WindowPastDays": [-1, 91, 1.5, "7", True, None],
    "WindowFutureDays": [0, 366, "90"],
    "TimeZone": ["Mars/Olympus", 1, ""],
    "LeadLink": [None],
    "Meetings": ["Never"],
    "Colour": ["red"],
    "direction": ["Both"],
}


def test_a_rep_who_never_connected_is_shown_with_the_defaults(api: Api) -> None:
    user = a_guid()

    assert api.connection(user) == {
        "UserGuid": user,
        "State": "NotConnected",
        "Mailbox": None,
        "ConnectedUtc": None,
        "LastPollUtc": None,
        "LastPushUtc": None,
        "LastError": None,
        "Preferences": DEFAULTS,
        "HeldDeletes": 0,
    }


def test_a_user_is_the_same_in_capitals(anna: Person) -> None:
    assert anna.api.connection(anna.user.upper())["UserGuid"] == anna.user
    assert anna.api.connection(anna.user.upper())["State"] == "Connected"


@pytest.mark.parametrize("which", [0, -1])
def test_every_preference_can_be_set_and_is_kept(anna: Person, which: int) -> None:
    others = {name: values[which] for name, values in OTHERS.items()}

    assert anna.api.prefer(anna.user, **others)["Preferences"] == others
    assert anna.api.connection(anna.user)["Preferences"] == others
    assert anna.api.prefer(anna.user, **DEFAULTS)["Preferences"] == DEFAULTS


def test_a_zone_may_have_its_windows_name(anna: Person) -> None:
    zone = anna.api.prefer(anna.user, TimeZone="W. Europe Standard Time")["Preferences"]["TimeZone"]

    assert zone == "Europe/Berlin"


def test_what_is_not_named_stays(anna: Person) -> None:
    anna.api.prefer(anna.user, ImportFree=True)

    changed = anna.api.prefer(anna.user, LeadLink=False)["Preferences"]

    assert changed == {**DEFAULTS, "ImportFree": True, "LeadLink": False}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in BAD.items() for value in values])
def test_a_bad_preference_is_pointed_at_and_changes_nothing(anna_once: Person, name: str, value: object) -> None:
    body = {"Enabled": False, "Preferences": {"ImportFree": True, name: value}}

    answer = anna_once.api.change(anna_once.user, body)

    assert answer.status_code == 400
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert [error["pointer"] for error in answer.json()["errors"]] == [f"/Preferences/{name}"]
    assert anna_once.api.connection(anna_once.user)["State"] == "Connected"
    assert anna_once.api.connection(anna_once.user)["Preferences"] == DEFAULTS


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, ""),
        ({"Enable": True}, ""),
        ([], ""),
        ("Enabled", ""),
        (None, ""),
        ({"Enabled": "true"}, "/Enabled"),
        ({"Enabled": None}, "/Enabled"),
        ({"Enabled": 0}, "/Enabled"),
        ({"Preferences": []}, "/Preferences"),
        ({"Preferences": "none"}, "/Preferences"),
        ({"Preferences": None}, "/Preferences"),
    ],
)
def test_a_change_that_makes_no_sense_is_pointed_at(anna_once: Person, body: object, pointer: str) -> None:
    answer = anna_once.api.change(anna_once.user, body)

    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


@pytest.fixture(name="anna_once", scope="module")
def _anna_once(hire: Any) -> Person:
    """Return a connected rep whom stories share that change nothing."""
    anna: Person = hire()
    anna.connect()
    return anna


def test_all_mistakes_are_told_at_once(anna_once: Person) -> None:
    answer = anna_once.api.change(anna_once.user, {"Enabled": 1, "Preferences": {"Direction": "x", "Meetings": "y"}})

    pointers = [error["pointer"] for error in answer.json()["errors"]]
    assert pointers == ["/Enabled", "/Preferences/Direction", "/Preferences/Meetings"]


def test_nobody_who_is_not_connected_can_be_synced_or_changed(new_rep: Person) -> None:
    answers = [
        new_rep.api.sync(new_rep.user),
        new_rep.api.change(new_rep.user, {"Enabled": True}),
        new_rep.api.change(new_rep.user, {"Preferences": {"LeadLink": False}}),
    ]

    for answer in answers:
        assert answer.status_code == 409
        assert answer.headers["Content-Type"].startswith("application/problem+json")
        assert answer.json()["correlationId"] == answer.headers["x-correlation-id"]
    assert new_rep.evidence.rows_of(new_rep.user) == {}


@pytest.mark.parametrize("user", ["x", "1234", "%20", "00000000-0000-0000-0000-00000000000g"])
def test_a_user_that_is_no_guid_is_pointed_at(api: Api, user: str) -> None:
    answers = [
        api.call("GET", f"users/{user}/connection", "get_connection"),
        api.change(user, {"Enabled": True}),
        api.disconnect(user),
        api.sync(user),
        api.call("POST", f"users/{user}/link", "create_link", json={"Page": "connect"}),
    ]

    assert {answer.status_code for answer in answers} == {400}
    assert {answer.json()["errors"][0]["pointer"] for answer in answers} == {"/UserGuid"}


def test_pausing_stops_both_ways_and_resuming_makes_up_for_it(anna: Person) -> None:
    paused = answered(anna.api.change(anna.user, {"Enabled": False}))
    booked = anna.book(Subject="Booked meanwhile")
    anna.add_event(at(hour=16), Subject="Added meanwhile")
    anna.poll()
    assert (paused["State"], booked["Push"]["Body"]["Reason"]) == ("Paused", "SyncDisabled")
    assert [event["Subject"] for event in anna.events()] == ["Added meanwhile"]
    assert [each["Subject"] for each in anna.appointments()] == ["Booked meanwhile"]

    resumed = answered(anna.api.change(anna.user, {"Enabled": True}))

    assert resumed["State"] == "Connected"
    until(lambda: len(anna.events()) == 2 and len(anna.appointments()) == 2, what="both sides have both")


def test_disconnecting_destroys_the_tokens_and_says_so(new_rep: Person) -> None:
    before = new_rep.evidence.secrets()
    new_rep.connect()

    answer = new_rep.api.disconnect(new_rep.user)

    assert (answer.status_code, answer.content) == (204, b"")
    assert new_rep.evidence.secrets() == before
    connection = new_rep.api.connection(new_rep.user)
    assert (connection["State"], connection["Mailbox"], connection["ConnectedUtc"]) == ("NotConnected", None, None)


def test_disconnecting_leaves_events_and_appointments_where_they_are(anna: Person) -> None:
    anna.book()
    anna.add_event()
    anna.poll()
    since = anna.mark()

    anna.api.disconnect(anna.user)

    assert len(anna.events()) == 2
    assert len(anna.appointments()) == 2
    assert [call for call in anna.graph_calls(since) if call.startswith(("DELETE event", "PATCH event"))] == []


def test_disconnecting_twice_or_without_a_connection_is_no_mistake(anna: Person, new_rep: Person) -> None:
    answers = [anna.api.disconnect(anna.user), anna.api.disconnect(anna.user), anna.api.disconnect(new_rep.user)]

    assert [answer.status_code for answer in answers] == [204, 204, 204]


def test_a_vault_that_is_down_does_not_keep_a_rep_connected(anna: Person, control: Control) -> None:
    secrets = anna.evidence.secrets()
    control.fault("vault", "unavailable", times=None, Match={"Method": "DELETE"})

    first = anna.api.disconnect(anna.user)
    assert anna.api.connection(anna.user)["State"] == "NotConnected"
    control.clear_faults()
    again = anna.api.disconnect(anna.user)

    assert first.status_code == 503
    assert again.status_code == 204
    assert len(secrets - anna.evidence.secrets()) == 1


def test_a_disconnected_rep_is_not_polled_any_more(anna: Person) -> None:
    anna.add_event(at(hour=16))
    anna.api.disconnect(anna.user)
    since = anna.mark()

    assert anna.api.sync(anna.user).status_code == 409
    assert anna.graph_calls(since) == []
    assert anna.told() == []


def test_reconnecting_the_same_mailbox_keeps_the_preferences(anna: Person) -> None:
    anna.prefer(ImportFree=True)
    anna.api.disconnect(anna.user)

    anna.connect()

    assert anna.api.connection(anna.user)["Preferences"]["ImportFree"]


def test_connecting_again_while_connected_replaces_the_tokens_and_doubles_nothing(anna: Person) -> None:
    secrets = anna.evidence.secrets()
    guid = anna.book()["AppointmentGuid"]
    anna.add_event(at(hour=17))
    anna.poll()

    anna.connect()
    anna.poll()

    assert len(anna.evidence.secrets()) == len(secrets)
    assert len(secrets - anna.evidence.secrets()) == 1
    assert len(anna.events()) == len(anna.appointments()) == 2
    assert anna.edit(guid, Subject="Still synced")["Push"]["Body"]["Outcome"] == "Updated"


def test_a_preference_that_lets_more_in_brings_it_at_once(anna: Person) -> None:
    anna.prefer(WindowFutureDays=10)
    far = anna.book(**lasting(at(days=20)))
    assert far["Push"]["Body"]["Reason"] == "OutsideWindow"

    anna.prefer(WindowFutureDays=30)

    until(lambda: anna.events(), what="the appointment enters Outlook")
    assert outcome(anna.push(far["AppointmentGuid"], **lasting(at(days=20))))[1] in ("Unchanged", "Updated")
