"""The process may die at any call of a port while it is at work on a series: nothing is lost, and nothing doubled."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from shared_code.domain.appointments import Appointment
from tests.use_cases.mortal import Died
from tests.use_cases.office import Office, Rep
from tests.use_cases.series.stories import (
    at,
    booked,
    cancel_one,
    days_of,
    in_outlook,
    push_one,
    repeating,
    same_on_both_sides,
    the_master,
    weeks_from,
)

MOST_CALLS = 120
RULE = "RRULE:FREQ=WEEKLY;COUNT=6"

type Deed = Callable[[Office, Rep, Appointment], None]


def take_out_two(office: Office, _anna: Rep, series: Appointment) -> None:
    first, second, third, *_ = days_of(series)
    schedule = repeating(at(first), RULE, second, third)
    changed = office.edited(office.crm.appointment(series.guid), schedule=schedule, subject="Shorter")
    persist(office, lambda: office.push(changed))


def put_one_back(office: Office, _anna: Rep, series: Appointment) -> None:
    first, second, third, *_ = days_of(series)
    shorter = office.edited(series, schedule=repeating(at(first), RULE, second, third))
    persist(office, lambda: office.push(shorter))
    changed = office.edited(office.crm.appointment(series.guid), schedule=repeating(at(first), RULE, third))
    persist(office, lambda: office.push(changed))


def change_the_rule(office: Office, _anna: Rep, series: Appointment) -> None:
    rule = "RRULE:FREQ=WEEKLY;BYDAY=MO,TH;COUNT=5"
    changed = office.edited(series, schedule=repeating(at(days_of(series)[0]), rule))
    persist(office, lambda: office.push(changed))


def change_one(office: Office, _anna: Rep, series: Appointment) -> None:
    day = days_of(series)[2]
    persist(office, lambda: push_one(office, series, day, subject="Special", schedule=at(day, 15)))


def cancel_another(office: Office, _anna: Rep, series: Appointment) -> None:
    persist(office, lambda: cancel_one(office, series, days_of(series)[3]))


def edit_by_hand(_office: Office, anna: Rep, series: Appointment) -> None:
    master, (_, second, third, *_) = the_master(anna).id, days_of(series)
    anna.calendar.change_occurrence_by_hand(master, second, subject="By hand", schedule=at(second, 16))
    anna.calendar.delete_occurrence_by_hand(master, third)


def persist(office: Office, deed: Callable[[], object]) -> None:
    """Do as SalesExec does: again, when there was no answer."""
    try:
        deed()
    except Died:
        office.restart()
        office.fate.live()
        office.pass_time(timedelta(minutes=1))
        deed()


def make_another(office: Office, _anna: Rep, series: Appointment) -> None:
    """Take the series out, and make it anew with two days missing."""
    removed_at = series.modified_at + timedelta(minutes=1)
    persist(office, lambda: office.remove(series.guid, removed_at))
    first, second, third, *_ = days_of(series)
    again = office.edited(
        series, schedule=repeating(at(first), RULE, second, third), modified_at=removed_at + timedelta(minutes=1)
    )
    persist(office, lambda: office.push(again))


DEEDS: dict[str, tuple[Deed, int]] = {
    # What happens, and how many occurrences there are then.
    "two days are taken out": (take_out_two, 4),
    "it is made anew": (make_another, 4),
    "a day is put back": (put_one_back, 5),
    "the rule changes": (change_the_rule, 5),
    "one is changed": (change_one, 6),
    "one is cancelled": (cancel_another, 5),
    "two are edited in Outlook": (edit_by_hand, 5),
}


@pytest.mark.parametrize("after", [False, True], ids=["before the call", "after the call"])
@pytest.mark.parametrize("name", DEEDS)
def test_the_process_may_die_at_any_call_of_a_port(name: str, after: bool) -> None:
    deed, count = DEEDS[name]

    for number in range(MOST_CALLS):
        office = Office()
        anna = office.hire()
        series = booked(office, anna, schedule=repeating(at(weeks_from(office)), RULE))
        office.tick()
        office.die_at(number, after=after)

        deed(office, anna, series)
        office.pass_time(timedelta(hours=1))
        over = number >= len(office.fate.calls) and not office.died
        office.fate.live()
        office.pass_time(timedelta(hours=5))

        where = f"died at call {number} {office.death}"
        assert len(anna.calendar.events) == 1, where
        assert len(in_outlook(office, anna)) == count, where
        assert same_on_both_sides(office, anna, series.guid), where
        assert list(office.crm.listed) == [series.guid], where
        assert office.poisoned == [], where
        if over:
            return
    raise AssertionError(f"it makes more than {MOST_CALLS} calls")
