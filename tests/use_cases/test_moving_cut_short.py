"""A move whose process dies on the way, and which is then overtaken: the event is no ghost in the old calendar."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from shared_code.domain.appointments import Appointment, Status
from shared_code.domain.events import CalendarEvent
from shared_code.use_cases.push_appointment import push_appointment
from shared_code.use_cases.turns import Turns
from tests.fakes.calendar import FakeCalendar
from tests.use_cases.mortal import Died
from tests.use_cases.office import BEN, Office, Rep, subjects
from tests.use_cases.test_moving import moved, paused, throttled, well_again

HOUR = timedelta(hours=1)
MOST_CALLS = 40


def cut_short(office: Office, appointment: Appointment, to: Rep, at: int, *, after: bool) -> Appointment | None:
    """Move an appointment, the process dying at a call of a port; None when there are fewer calls than that."""
    going = moved(office, appointment, to)
    office.die_at(at, after=after)
    try:
        office.push(going)
    except Died:
        office.restart()
        office.fate.live()
        return going
    return None


def nothing(_office: Office, _rep: Rep) -> None: ...


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("meanwhile", [nothing, throttled])
def test_an_appointment_cancelled_in_the_middle_of_its_move_is_in_nobodys_calendar(
    meanwhile: Callable[[Office, Rep], None], *, after: bool
) -> None:
    for at in range(MOST_CALLS):
        office = Office()
        anna, ben = office.hire(), office.hire(BEN)
        going = cut_short(office, office.booked(anna), ben, at, after=after)
        if going is None:
            return
        where = office.death

        meanwhile(office, anna)
        office.pass_time(timedelta(minutes=1))
        office.push(office.edited(going, status=Status.CANCELED))
        office.pass_time(2 * HOUR)
        well_again(office, anna)
        office.pass_time(26 * HOUR)

        assert (subjects(anna), subjects(ben)) == ([], []), f"it died at {where}"
        assert office.waiting.of(anna.user) == [] == office.waiting.of(ben.user)
    pytest.fail("there are more calls than this test knows of")


@pytest.mark.parametrize("call", ["holders.save", "holders.get"])
def test_a_move_that_died_midway_and_was_then_cancelled_while_she_was_paused_leaves_no_ghost(call: str) -> None:
    for at in range(MOST_CALLS):
        office = Office()
        anna, ben = office.hire(), office.hire(BEN)
        going = cut_short(office, office.booked(anna), ben, at, after=False)
        if going is None:
            return
        if office.death != call:
            continue

        paused(office, anna)
        office.push(office.edited(going, status=Status.CANCELED))
        office.pass_time(2 * HOUR)

        assert subjects(anna) == []
    pytest.fail("there are more calls than this test knows of")


@pytest.mark.parametrize("edited", [False, True])
def test_a_creation_that_came_through_after_the_appointment_had_left_is_found_again_when_that_is_back(
    office: Office, monkeypatch: pytest.MonkeyPatch, *, edited: bool
) -> None:
    anna, ben = office.hire(), office.hire(BEN)
    booked = office.book(anna, location="Room 1")
    left = office.edited(booked, user=ben.user)
    real = FakeCalendar.create

    def slow(calendar: FakeCalendar, event: object) -> CalendarEvent:
        monkeypatch.setattr(FakeCalendar, "create", real)
        another_process = replace(office.ports, turns=Turns())
        push_appointment(left, ports=another_process, correlation_id="move")
        return real(calendar, event)  # type: ignore[arg-type]  # what create takes

    monkeypatch.setattr(FakeCalendar, "create", slow)
    office.push(booked)
    [late] = anna.calendar.events.values()
    if edited:
        anna.calendar.change_by_hand(late.id, location="Place 1")
    anna.calendar.invite_by_hand(late.id, "somebody@example.com")
    office.push(moved(office, left, anna))
    office.pass_time(HOUR)

    assert (subjects(anna), subjects(ben)) == (["Call Mrs. Keller"], [])
    assert office.crm.appointment(booked.guid).location == ("Place 1" if edited else "Room 1")
    assert list(anna.calendar.events) == [late.id]
