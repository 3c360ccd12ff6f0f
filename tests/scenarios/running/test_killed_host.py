"""The host dies at the worst moment: after its restart there is one event, and one appointment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from sandbox.stack import Stack
from tests.control import Control
from tests.scenarios.conftest import Hire
from tests.scenarios.people import Person, a_guid, at, lasting
from tests.scenarios.proofs import killed_at
from tests.waiting import until


@pytest.mark.parametrize("kind", ["hold_after", "hold"])
def test_killed_while_an_event_was_made_there_is_one_when_the_push_comes_again(
    own_stack: Stack, own_control: Control, own_hire: Hire, kind: str
) -> None:
    rep = own_hire()
    rep.connect()
    guid, said = a_guid(), rep.body()

    killed_at(
        own_stack, own_control, "graph", kind, {"Method": "POST", "Actor": rep.upn}, lambda: rep.api.put(guid, said)
    )
    # A request that was held before it was worked on may still be worked on when its caller is gone.
    assert len(rep.events()) == 1 or kind == "hold"
    rep.poll()
    again = rep.api.put(guid, said)

    assert again.status_code in (200, 201)
    assert [event["Id"] for event in rep.events()] == [again.json()["EventId"]]
    assert rep.told() == []
    assert rep.api.put(guid, said).json()["Outcome"] == "Unchanged"


def test_killed_while_an_event_was_made_a_newer_push_finds_it_and_brings_it_up_to_date(
    own_stack: Stack, own_control: Control, own_hire: Hire
) -> None:
    rep = own_hire()
    rep.connect()
    guid = a_guid()
    match = {"Method": "POST", "Actor": rep.upn}

    killed_at(own_stack, own_control, "graph", "hold_after", match, lambda: rep.push(guid, Subject="Old"))
    again = rep.push(guid, Subject="New", **lasting(at(hour=13)))

    assert again.status_code in (200, 201)
    assert [event["Subject"] for event in rep.events()] == ["New"]


def test_killed_while_an_event_was_made_a_delete_still_removes_it(
    own_stack: Stack, own_control: Control, own_hire: Hire
) -> None:
    rep = own_hire()
    rep.connect()
    booked = rep.book(Push=False)
    guid = booked["AppointmentGuid"]
    match = {"Method": "POST", "Actor": rep.upn}

    killed_at(
        own_stack,
        own_control,
        "graph",
        "hold_after",
        match,
        lambda: own_control.call("POST", f"salesexec/appointments/{guid}/push", {}),
    )
    rep.cancel(guid)

    assert rep.events() == []


@pytest.mark.parametrize("kind", ["hold_after", "hold"])
def test_killed_while_an_event_was_changed_the_half_done_write_is_not_taken_for_an_edit(
    own_stack: Stack, own_control: Control, own_hire: Hire, kind: str
) -> None:
    rep = own_hire()
    rep.connect()
    guid = rep.book()["AppointmentGuid"]
    match = {"Method": "PATCH", "Actor": rep.upn}

    killed_at(own_stack, own_control, "graph", kind, match, lambda: rep.edit(guid, Subject="Changed"))
    rep.poll()
    own_control.call("POST", f"salesexec/appointments/{guid}/push", {})
    rep.poll()

    assert [event["Subject"] for event in rep.events()] == ["Changed"]
    assert rep.told() == []


def test_killed_while_an_event_was_deleted_it_is_gone_and_nothing_is_told(
    own_stack: Stack, own_control: Control, own_hire: Hire
) -> None:
    rep = own_hire()
    rep.connect()
    guid = rep.book()["AppointmentGuid"]
    match = {"Method": "DELETE", "Actor": rep.upn}

    killed_at(own_stack, own_control, "graph", "hold_after", match, lambda: rep.cancel(guid))
    again = own_control.call("POST", f"salesexec/appointments/{guid}/push", {})["Push"]
    rep.poll()

    assert again["Body"]["Outcome"] in ("Absent", "Deleted")
    assert rep.events() == []
    assert rep.told() == []


@pytest.mark.parametrize("kind", ["hold_after", "hold"])
def test_killed_while_salesexec_was_told_it_is_told_again_and_counts_once(
    own_stack: Stack, own_control: Control, own_hire: Hire, kind: str
) -> None:
    rep = own_hire()
    rep.connect()
    event = rep.add_event()
    match = {"PathContains": "CalendarChanges", "Actor": rep.user}

    killed_at(own_stack, own_control, "salesexec", kind, match, lambda: rep.api.sync(rep.user))
    own_stack.advance_clock(timedelta(minutes=11))  # the lease of the poll that died runs out
    until(lambda: rep.api.sync(rep.user).status_code == 202 and rep.appointments(), what="the event is told")
    rep.poll()

    assert [each["EventId"] for each in rep.appointments()] == [event["Id"]]
    assert len({change["ChangeId"] for change in rep.told() if change["AppointmentGuid"] is None}) == 1
    guid = rep.appointments()[0]["AppointmentGuid"]
    assert rep.edit(guid, Subject="Linked")["Push"]["Body"]["Outcome"] == "Updated"
    assert [event["Subject"] for event in rep.events()] == ["Linked"]


def test_killed_while_a_connection_was_stored_the_rep_connects_with_a_new_link(
    own_stack: Stack, own_control: Control, own_hire: Hire
) -> None:
    rep = own_hire()
    browser = rep.to_confirm_page()

    killed_at(own_stack, own_control, "vault", "hold_after", {"Method": "PUT"}, browser.submit)
    assert rep.api.connection(rep.user)["State"] == "NotConnected"
    rep.connect()

    assert rep.api.connection(rep.user)["State"] == "Connected"


def test_a_host_that_is_stopped_in_order_finishes_what_it_does(
    own_stack: Stack, own_control: Control, own_hire: Hire
) -> None:
    rep: Person = own_hire()
    rep.connect()
    own_control.fault("graph", "slow", Seconds=1, Match={"Method": "POST", "Actor": rep.upn})

    with ThreadPoolExecutor(1) as caller:
        pushing = caller.submit(rep.push, a_guid())
        until(lambda: "POST events" in rep.graph_calls(0), what="the push is under way")
        own_stack.stop_host()
        answer = pushing.result()
    own_stack.start_host()

    assert answer.status_code == 201
    assert len(rep.events()) == 1
