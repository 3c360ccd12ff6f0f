"""A move whose process dies on the way, and which is then overtaken: the event is no ghost in the old calendar."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from shared_code.domain.appointments import Appointment, Status
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
