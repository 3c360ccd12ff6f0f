"""Half a reading changes nothing, what SalesExec could not take is told later, what it refused is not repeated."""

from __future__ import annotations

import uuid

import pytest

from sandbox.stack import Stack
from shared_code.domain.identifiers import UserGuid, shard_of
from shared_code.use_cases.ports import SHARDS
from tests.control import Control
from tests.scenarios.conftest import Hire
from tests.scenarios.people import Person, at, lasting, wall
from tests.waiting import until

VIEW = {"Method": "GET", "PathContains": "calendarView"}


def polls_of(person: Person) -> int:
    return len(person.evidence.runs("poll_calendar", person.user))


def test_a_page_that_fails_in_the_middle_changes_nothing(anna: Person, control: Control) -> None:
    booked = anna.book()
    for number in range(60):
        event = {"Subject": f"Event {number}", **wall(at(days=2, hour=8, minute=number))}
        control.call("POST", "graph/events", {"Upn": anna.upn, "Event": event})
    anna.delete_event(booked["EventId"])
    control.fault("graph", "hold_after", Match={**VIEW, "Actor": anna.upn})
    before = polls_of(anna)
    anna.api.sync(anna.user)
    until(lambda: any(fault["Waiting"] for fault in control.faults()), what="the first page is on its way")
    [first] = control.faults()
    control.fault("graph", "unavailable", RetryAfter="1", Match={**VIEW, "Actor": anna.upn})

    control.call("DELETE", f"faults/{first['Id']}")
    until(lambda: polls_of(anna) > before, what="the poll has ended")

    assert anna.told() == []
    assert anna.appointment(booked["AppointmentGuid"])["Status"] == "Pending"
    until(lambda: len(anna.told()) == 61, what="everything is told by the poll that comes by itself")
    assert anna.appointment(booked["AppointmentGuid"])["Status"] == "Canceled"


@pytest.mark.parametrize("kind", ["unavailable", "throttle"])
def test_a_graph_that_fails_is_said_on_the_connection_until_a_poll_comes_through(
    anna: Person, control: Control, kind: str
) -> None:
    control.fault("graph", kind, times=None, RetryAfter="1", Match={"Actor": anna.upn})
    anna.add_event()

    anna.poll()

    connection = anna.api.connection(anna.user)
    assert connection["State"] == "Connected"
    assert connection["LastError"]["Code"]
    assert connection["LastError"]["AtUtc"]
    control.clear_faults()
    until(lambda: anna.poll() and anna.appointments(), what="a poll comes through", seconds=40)
    assert anna.api.connection(anna.user)["LastError"] is None


@pytest.mark.parametrize("kind", ["unavailable", "throttle", "accept_then_fail"])
def test_what_salesexec_could_not_take_is_told_later_and_counts_once(anna: Person, control: Control, kind: str) -> None:
    match = {"PathContains": "CalendarChanges", "Actor": anna.user}
    control.fault("salesexec", kind, RetryAfter="1", Match=match)
    anna.add_event(Subject="Dentist")

    anna.poll()
    since = polls_of(anna)
    until(lambda: polls_of(anna) > since, what="the poll comes again by itself")
    anna.poll()

    assert [each["Subject"] for each in anna.appointments()] == ["Dentist"]
    assert len({change["ChangeId"] for change in anna.told() if change["AppointmentGuid"] is None}) == 1
    guid = anna.appointments()[0]["AppointmentGuid"]
    assert anna.edit(guid, Subject="Known to both")["Push"]["Body"]["Outcome"] == "Updated"


def test_a_delete_that_salesexec_could_not_take_is_told_later(anna: Person, control: Control) -> None:
    booked = anna.book()
    control.fault(
        "salesexec", "accept_then_fail", RetryAfter="1", Match={"PathContains": "CalendarChanges", "Actor": anna.user}
    )
    anna.delete_event(booked["EventId"])

    anna.poll()
    until(lambda: len(anna.told()) >= 2, what="it is told again by itself", seconds=60)
    anna.poll()

    assert anna.appointment(booked["AppointmentGuid"])["Status"] == "Canceled"
    assert len({change["ChangeId"] for change in anna.told()}) == 1


def test_a_rejected_event_is_not_sent_again_until_it_changes(anna: Person, control: Control) -> None:
    word = uuid.uuid4().hex
    control.call("POST", "salesexec/config", {"RejectSubjects": [word]})
    event = anna.add_event(Subject=f"Dentist {word}")

    anna.poll()
    anna.poll()
    assert len(anna.told()) == 1
    assert anna.appointments() == []
    control.call("POST", f"graph/events/{event['Id']}/touch", {})
    anna.poll()
    assert len(anna.told()) == 1
    anna.edit_event(event["Id"], Subject="Dentist")
    anna.poll()

    assert [each["Subject"] for each in anna.appointments()] == ["Dentist"]
    anna.poll()
    assert len(anna.told()) == 2


def test_a_rejected_edit_is_said_in_the_receipt_and_not_sent_again_until_the_event_changes(
    anna: Person, control: Control
) -> None:
    word = uuid.uuid4().hex
    booked = anna.book()
    guid = booked["AppointmentGuid"]
    control.call("POST", "salesexec/config", {"RejectSubjects": [word]})

    anna.edit_event(booked["EventId"], Subject=f"New {word}")
    anna.poll()
    anna.poll()
    assert len(anna.told()) == 1
    assert anna.api.receipt(guid)["Entries"][0]["Outcome"] == "Rejected"
    anna.edit_event(booked["EventId"], Subject="New")
    anna.poll()

    assert anna.appointment(guid)["Subject"] == "New"
    assert len(anna.told()) == 2


def test_an_end_that_is_rejected_beside_salesexecs_own_start_is_told_with_all_times(anna: Person) -> None:
    booked = anna.book()
    guid = booked["AppointmentGuid"]
    moved = anna.edit(guid, Push=False, **lasting(at(days=5)))
    anna.edit_event(booked["EventId"], **wall(anna.tomorrow(), minutes=90))

    anna.poll()

    assert [change["ChangedFields"] for change in anna.told()] == [["End"], ["End", "IsAllDay", "Start"]]
    held = anna.appointment(guid)
    assert moved["Start"] != held["Start"]
    assert wall(anna.tomorrow(), minutes=90)["End"] in held["End"]
    again = anna.poll()
    assert len(anna.told()) == 2, again


def test_one_rejected_event_does_not_hold_up_the_others(anna: Person, control: Control) -> None:
    word = uuid.uuid4().hex
    control.call("POST", "salesexec/config", {"RejectSubjects": [word]})
    anna.add_event(at(hour=8), Subject=f"One {word}")
    anna.add_event(at(hour=9), Subject="Two")

    anna.poll()

    assert [each["Subject"] for each in anna.appointments()] == ["Two"]
    assert anna.api.connection(anna.user)["LastError"] is None


def test_ticks_of_the_timer_have_calendars_read(hire: Hire, stack: Stack) -> None:
    first_shard = next(
        guid for guid in (str(uuid.uuid4()) for _ in range(10_000)) if shard_of(UserGuid(guid), SHARDS) == 0
    )
    rep = hire(UserGuid=first_shard)
    rep.connect()
    rep.add_event()

    stack.host.fire("poll_timer")

    until(lambda: rep.appointments(), what="the tick had the calendar read", seconds=30)


def test_many_requests_to_sync_at_once_read_and_tell_everything_once(anna: Person) -> None:
    anna.add_event()

    for _ in range(10):
        assert anna.api.sync(anna.user).status_code == 202
    until(lambda: anna.appointments(), what="the event is told")
    anna.poll()

    assert len(anna.told()) == 1
