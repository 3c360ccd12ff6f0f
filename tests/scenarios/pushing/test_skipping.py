"""Pushes that are not made, and say why; what was skipped was not accepted."""

from __future__ import annotations

import pytest

from tests.scenarios.api import Api, outcome
from tests.scenarios.people import Person, a_guid, at, lasting, later, now, utc


def test_a_rep_who_never_connected_is_skipped(new_rep: Person) -> None:
    assert outcome(new_rep.push(a_guid())) == (200, "Skipped", "NotConnected")
    assert new_rep.events() == []


def test_an_unknown_rep_is_skipped(api: Api, anna: Person) -> None:
    assert outcome(api.put(a_guid(), anna.body(UserGuid=a_guid()))) == (200, "Skipped", "NotConnected")


def test_a_rep_who_disconnected_is_skipped_for_pushes_and_deletes(anna: Person) -> None:
    guid = a_guid()
    anna.push(guid)
    anna.api.disconnect(anna.user)
    since = anna.mark()

    assert outcome(anna.push(guid, Subject="New")) == (200, "Skipped", "NotConnected")
    assert outcome(anna.api.delete(guid, later())) == (200, "Skipped", "NotConnected")
    assert anna.graph_calls(since) == []


def test_a_paused_sync_is_left_alone(anna: Person) -> None:
    guid = a_guid()
    anna.push(guid)
    anna.api.change(anna.user, {"Enabled": False})
    since = anna.mark()

    assert outcome(anna.push(guid, Subject="New")) == (200, "Skipped", "SyncDisabled")
    assert outcome(anna.push(a_guid())) == (200, "Skipped", "SyncDisabled")
    assert outcome(anna.api.delete(guid, later())) == (200, "Skipped", "SyncDisabled")
    assert anna.graph_calls(since) == []
    assert [event["Subject"] for event in anna.events()] == ["Call Wingtip Toys"]


def test_a_rep_who_wants_nothing_in_outlook_gets_nothing_there(anna: Person) -> None:
    anna.prefer(Direction="ToSalesExec")

    assert outcome(anna.push(a_guid())) == (200, "Skipped", "DirectionOff")
    assert anna.events() == []


@pytest.mark.parametrize("days", [-9, 92, 365])
def test_a_new_appointment_outside_the_window_is_skipped(anna: Person, days: int) -> None:
    since = anna.mark()

    answer = anna.push(a_guid(), **lasting(at(days=days)))

    assert outcome(answer) == (200, "Skipped", "OutsideWindow")
    assert anna.graph_calls(since) == []


@pytest.mark.parametrize("days", [-6, 89])
def test_a_new_appointment_inside_the_window_is_made_also_when_it_is_over(anna: Person, days: int) -> None:
    assert outcome(anna.push(a_guid(), **lasting(at(days=days)))) == (201, "Created", None)


def test_an_appointment_that_overlaps_the_edge_of_the_window_is_made(anna: Person) -> None:
    answer = anna.push(a_guid(), Start=utc(at(days=-20)), End=utc(at(days=-5)))

    assert outcome(answer) == (201, "Created", None)


def test_a_known_appointment_is_followed_out_of_the_window_and_back(anna: Person) -> None:
    guid = a_guid()
    anna.push(guid)

    assert outcome(anna.push(guid, **lasting(at(days=200)))) == (200, "Updated", None)
    assert outcome(anna.push(guid, Subject="Far away", **lasting(at(days=200)))) == (200, "Updated", None)
    assert outcome(anna.push(guid, **lasting(at()))) == (200, "Updated", None)
    assert len(anna.events()) == 1


def test_the_window_is_the_reps_choice(anna: Person) -> None:
    anna.prefer(WindowFutureDays=10, WindowPastDays=0)

    assert outcome(anna.push(a_guid(), **lasting(at(days=12)))) == (200, "Skipped", "OutsideWindow")
    assert outcome(anna.push(a_guid(), **lasting(at(days=-1)))) == (200, "Skipped", "OutsideWindow")
    assert outcome(anna.push(a_guid(), **lasting(at(days=9)))) == (201, "Created", None)


def test_what_was_skipped_makes_nothing_stale(anna: Person) -> None:
    guid, old, newer = a_guid(), utc(now()), later()
    outside = anna.push(guid, ModifiedUtc=newer, **lasting(at(days=200)))
    anna.api.change(anna.user, {"Enabled": False})
    paused = anna.push(guid, ModifiedUtc=newer)
    anna.api.change(anna.user, {"Enabled": True})

    answer = anna.push(guid, ModifiedUtc=old)

    assert [outcome(skip)[1] for skip in (outside, paused)] == ["Skipped", "Skipped"]
    assert outcome(answer) == (201, "Created", None)


def test_a_receipt_says_why_an_appointment_outside_the_window_is_not_there(anna: Person) -> None:
    guid = a_guid()

    anna.push(guid, **lasting(at(days=200)))

    receipt = anna.api.receipt(guid)
    assert receipt["EventId"] is None
    assert receipt["Entries"][0]["Outcome"] == "Skipped"
    assert receipt["Summary"]
