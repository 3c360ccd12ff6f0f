"""What change tracking repeats, leaves out, invents or loses does no harm, and our own writes do not set it off."""

from __future__ import annotations

import pytest

from tests.control import Control
from tests.scenarios.people import Person, at, lasting
from tests.scenarios.proofs import agreed, subjects

LOST = [
    (410, "SyncStateNotFound", "outside", "no"),
    (410, "syncStateNotFound", "outside", "yes"),
    (410, "SYNCSTATENOTFOUND", "inside", "no"),
    (410, "fullSyncRequired", "outside", "no"),
    (400, "syncStateInvalid", "outside", "no"),
    (404, "resyncRequired", "inside", "yes"),
]
ITEMS = ["full", "changed", "minimal"]
SPARSE_AND_REPEATED = [
    ("minimal", "once"),
    ("changed", "in-round"),
    ("full", "in-later-round"),
    ("minimal", "everywhere"),
    ("changed", "everywhere"),
]


@pytest.fixture(name="anna")
def _anna(anna: Person) -> Person:
    """Return a rep with an appointment of SalesExec's and an event of her own, both known on both sides."""
    anna.book(Subject="Call")
    anna.add_event(Subject="Dentist")
    anna.poll()
    return anna


@pytest.mark.parametrize(("status", "code", "stands", "location"), LOST)
def test_a_lost_position_costs_one_full_read_and_loses_no_change(
    anna: Person, control: Control, status: int, code: str, stands: str, location: str
) -> None:
    control.switch(
        graph__delta_lost_status=str(status),
        graph__delta_lost_code=code,
        graph__delta_lost_code_stands=stands,
        graph__delta_lost_location=location,
    )
    control.call("POST", "graph/delta/forget", {"Upn": anna.upn})
    anna.edit_event(anna.event("Call")["Id"], Subject="Call, edited")
    anna.delete_event(anna.event("Dentist")["Id"])
    since = anna.mark()

    anna.poll()
    calls = anna.graph_calls(since)
    anna.poll()

    assert calls.count("GET calendarView") == 1
    assert calls[0] == calls[1] == "GET delta"
    assert [change["Action"] for change in anna.told(since)] == ["Upsert", "Delete"]
    assert agreed(anna)
    assert anna.api.connection(anna.user)["LastError"] is None


@pytest.mark.parametrize("items", ITEMS)
def test_our_own_writes_do_not_set_it_off(anna: Person, control: Control, items: str) -> None:
    control.switch(graph__delta_items=items)
    new = anna.book(Subject="New")
    anna.edit(new["AppointmentGuid"], Subject="New, edited", **lasting(at(hour=12)))
    anna.cancel(anna.book(Subject="Gone")["AppointmentGuid"])
    since = anna.mark()

    anna.poll()
    calls = anna.graph_calls(since)
    anna.poll()

    assert calls.count("GET delta") == 1
    # Graph may tell so little of a change that only a full read shows whose it was.
    assert calls == ["GET delta"] or items == "minimal"
    assert anna.graph_calls(since).count("GET calendarView") <= 1
    assert anna.told(since) == []


@pytest.mark.parametrize(("items", "repeats"), SPARSE_AND_REPEATED)
def test_sparse_and_repeated_changes_are_told_to_salesexec_once(
    anna: Person, control: Control, items: str, repeats: str
) -> None:
    control.switch(graph__delta_items=items, graph__delta_repeats=repeats)
    since = anna.mark()
    anna.edit_event(anna.event("Call")["Id"], Location="Room 7")
    anna.delete_event(anna.event("Dentist")["Id"])
    anna.add_event(Subject="New")

    for _ in range(3):
        anna.poll()

    told = [(change["Action"], change["Event"] and change["Event"]["Subject"]) for change in anna.told(since)]
    assert sorted(told, key=str) == [("Delete", None), ("Upsert", "Call"), ("Upsert", "New")]
    assert agreed(anna)


@pytest.mark.parametrize("pages", ["full", "short", "empty"])
def test_pages_of_any_fullness_are_followed_to_the_end(anna: Person, control: Control, pages: str) -> None:
    control.switch(graph__delta_pages=pages, graph__pages=pages)
    since = anna.mark()
    for number in range(12):
        anna.add_event(at(days=2 + number), Subject=f"Event {number:02}")

    anna.poll()
    anna.poll()

    assert len(anna.told(since)) == 12
    assert agreed(anna)


def test_what_happens_outside_the_window_is_nobodys_business(anna: Person) -> None:
    since = anna.mark()
    far = anna.add_event(at(days=200), Subject="Far")
    anna.edit_event(far["Id"], Subject="Farther")
    anna.delete_event(far["Id"])

    anna.poll()

    assert anna.graph_calls(since) == ["GET delta"]
    assert anna.told(since) == []


def test_an_event_that_leaves_the_window_is_told_as_moved_and_not_as_deleted(anna: Person) -> None:
    since = anna.mark()
    times = lasting(at(days=200))
    anna.edit_event(anna.event("Call")["Id"], Start=times["Start"][:19], End=times["End"][:19], TimeZone="UTC")

    anna.poll()
    anna.poll()

    [change] = anna.told(since)
    assert (change["Action"], sorted(change["ChangedFields"])) == ("Upsert", ["End", "Start"])
    assert agreed(anna)


def test_an_event_that_moves_to_another_calendar_is_not_deleted(anna: Person) -> None:
    since = anna.mark()
    anna.move_to_other_calendar(anna.event("Call")["Id"])

    anna.poll()
    anna.poll()

    assert anna.told(since) == []
    assert subjects(anna) == ["Call", "Dentist"]


@pytest.mark.parametrize("wide", ["504", "504-if-endless"])
def test_a_calendar_whose_window_is_too_much_for_it_is_read_all_the_same(
    anna: Person, control: Control, wide: str
) -> None:
    control.switch(graph__delta_wide_window=wide)
    control.call("POST", "graph/delta", {"Upn": anna.upn, "WidestDays": 30})
    control.call("POST", "graph/delta/forget", {"Upn": anna.upn})
    since = anna.mark()

    for number in range(2):
        anna.add_event(Subject=f"Event {number}")
        anna.poll()

    assert [change["Event"]["Subject"] for change in anna.told(since)] == ["Event 0", "Event 1"]
    assert anna.api.connection(anna.user)["LastError"] is None


def test_a_position_that_is_lost_again_and_again_never_stops_the_polls(anna: Person, control: Control) -> None:
    control.call("POST", "graph/delta", {"Upn": anna.upn, "LoseNext": 6})
    since = anna.mark()

    for number in range(4):
        anna.add_event(Subject=f"Event {number}")
        anna.poll()

    assert [change["Event"]["Subject"] for change in anna.told(since)] == [f"Event {number}" for number in range(4)]
    assert anna.api.connection(anna.user)["LastError"] is None


@pytest.mark.parametrize("deletions", ["told", "missing"])
def test_a_deletion_arrives_whether_it_is_told_or_shows_by_another_change(
    anna: Person, control: Control, deletions: str
) -> None:
    control.switch(graph__delta_deletions=deletions)
    since = anna.mark()
    anna.delete_event(anna.event("Dentist")["Id"])
    anna.add_event(Subject="New")

    anna.poll()

    assert sorted(change["Action"] for change in anna.told(since)) == ["Delete", "Upsert"]
    assert agreed(anna)


def test_removals_in_a_first_round_delete_nothing(anna: Person, control: Control) -> None:
    control.switch(graph__delta_removed_at_first="yes")
    anna.cancel(anna.book(Subject="Gone")["AppointmentGuid"])
    control.call("POST", "graph/delta/forget", {"Upn": anna.upn})
    since = anna.mark()

    anna.poll()
    anna.poll()

    assert anna.told(since) == []
    assert subjects(anna) == ["Call", "Dentist"]
