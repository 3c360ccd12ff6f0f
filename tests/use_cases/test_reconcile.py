"""Once a day SalesExec's list is read: what Outlook lacks comes, what must not come does not, and nothing doubles."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from shared_code.domain.appointments import Status
from shared_code.domain.identifiers import EventId
from shared_code.domain.pairs import PairState
from shared_code.domain.schedules import Timed
from shared_code.use_cases.errors import Refused, TryAgainLater
from shared_code.use_cases.manage_connection import change_connection, disconnect
from tests.builders import a_time
from tests.use_cases.mortal import Died
from tests.use_cases.office import BEN, Office, event_of, subjects

HOUR = timedelta(hours=1)
MOST_CALLS = 40
DAY = timedelta(days=1)


def in_days(office: Office, days: float) -> Timed:
    return a_time(office.clock.now() + days * DAY)


def test_a_push_that_never_came_is_healed_within_a_day(office: Office) -> None:
    anna = office.hire()
    office.book(anna, subject="Never pushed")

    office.pass_time(DAY + HOUR)

    assert subjects(anna) == ["Never pushed"]


def test_an_edit_and_a_removal_that_never_came_are_healed(office: Office) -> None:
    anna = office.hire()
    edited, removed = office.booked(anna, subject="Edit me"), office.booked(anna, subject="Remove me")
    office.pass_time(HOUR)
    office.edited(edited, subject="Edited")
    office.edited(removed, status=Status.CANCELED)

    office.pass_time(DAY)

    assert subjects(anna) == ["Edited"]


def test_an_appointment_enters_outlook_within_a_day_of_entering_the_window(office: Office) -> None:
    anna = office.hire()
    office.booked(anna, subject="Far", schedule=in_days(office, 100))

    office.pass_time(9 * DAY)
    before = subjects(anna)
    office.pass_time(2 * DAY)

    assert before == []
    assert subjects(anna) == ["Far"]


def test_when_all_is_in_step_nothing_is_asked_of_outlook(office: Office) -> None:
    anna = office.hire()
    for number in range(5):
        office.booked(anna, subject=f"Visit {number}")
    anna.calendar.add_by_hand(subject="Dentist", schedule=in_days(office, 1))
    office.tick()
    anna.calendar.calls.clear()

    office.reconcile(anna)

    assert anna.calendar.calls == []


def test_what_is_already_over_is_not_made_anew(office: Office) -> None:
    anna = office.hire()
    office.book(anna, schedule=in_days(office, -2))

    office.reconcile(anna)

    assert subjects(anna) == []


def test_what_is_over_and_was_taken_out_stays_out(office: Office) -> None:
    anna = office.hire()
    appointment = office.booked(anna, schedule=in_days(office, -2))
    pair = office.pair(anna, appointment.guid)
    anna.calendar.delete_by_hand(event_of(office, anna, appointment.guid))
    office.tick()
    office.edited(appointment, location="Edited since")

    office.reconcile(anna)

    assert pair.event_id is not None
    assert subjects(anna) == []


@pytest.mark.parametrize("status", [Status.COMPLETED, Status.MISSED])
def test_a_finished_appointment_whose_event_was_deleted_is_not_deleted_in_salesexec(
    office: Office, status: Status
) -> None:
    anna = office.hire()
    appointment = office.booked(anna, status=status)
    anna.calendar.delete_by_hand(event_of(office, anna, appointment.guid))

    office.pass_time(DAY + HOUR)

    assert office.told() == []
    assert office.crm.appointment(appointment.guid).status is status


def test_what_came_from_outlook_is_never_made_there_anew(office: Office) -> None:
    anna = office.hire()
    anna.calendar.add_by_hand(subject="Dentist", schedule=in_days(office, 1))
    office.tick()
    [imported] = office.active(anna)
    anna.calendar.delete_by_hand(next(iter(anna.calendar.events)))
    office.crm.listed[imported.guid] = replace(office.crm.listed[imported.guid], event_id=EventId("gone"))

    office.reconcile(anna)

    assert subjects(anna) == []


def test_a_move_of_what_came_from_outlook_is_healed_when_its_push_never_came(office: Office) -> None:
    anna, ben = office.hire(), office.hire(BEN)
    anna.calendar.add_by_hand(subject="Dentist", schedule=in_days(office, 3))
    office.tick()
    [imported] = office.active(anna)
    office.edited(imported, user=ben.user)

    office.pass_time(DAY + HOUR)

    assert (subjects(anna), subjects(ben)) == (["Dentist"], ["Dentist"])
    assert [each for each in office.told() if each[0] == "Delete"] == []


def test_absence_from_the_list_means_nothing(office: Office) -> None:
    anna = office.hire()
    office.booked(anna)
    office.crm.listed.clear()

    office.pass_time(2 * DAY)

    assert subjects(anna) == ["Call Mrs. Keller"]


def test_a_reading_that_breaks_off_goes_on_and_doubles_nothing(office: Office) -> None:
    anna = office.hire()
    for number in range(8):
        office.book(anna, subject=f"Visit {number}")
    anna.graph.fails_at("create", trouble_at(3, 5, 6))

    office.reconcile(anna)
    office.pass_time(3 * HOUR)

    assert subjects(anna) == [f"Visit {number}" for number in range(8)]
    assert office.told() == []


def trouble_at(*numbers: int) -> Iterator[Exception | None]:
    for number in range(20):
        yield TryAgainLater("busy", retry_after=timedelta(minutes=7)) if number in numbers else None


def test_what_was_being_made_again_when_the_process_died_is_made_by_the_next_reading() -> None:
    for at in range(MOST_CALLS):
        office = Office()
        anna = office.hire()
        appointment = office.booked(anna)
        anna.calendar.delete_by_hand(event_of(office, anna, appointment.guid))
        office.die_at(at, after=True)
        try:
            office.push(appointment)
        except Died:
            office.restart()
            office.fate.live()
        else:
            return
        office.reconcile(anna)

        is_being_made = office.pair(anna, appointment.guid).state is PairState.CREATING
        assert not is_being_made, f"it died at {office.death}"
    pytest.fail("there are more calls than this test knows of")


def test_what_outlook_will_not_have_never_stops_the_others(office: Office) -> None:
    anna = office.hire()
    for number in range(4):
        office.book(anna, subject=f"Visit {number}")
    anna.graph.fails_at("create", iter([None, Refused("no")]))

    office.reconcile(anna)

    assert len(subjects(anna)) == 3


def test_what_salesexec_rejected_is_not_overwritten(office: Office) -> None:
    anna = office.hire()
    appointment = office.booked(anna)
    office.crm.rejected_subjects.add("Rude")
    anna.calendar.change_by_hand(event_of(office, anna, appointment.guid), subject="Rude")
    office.tick()

    office.pass_time(2 * DAY)

    assert subjects(anna) == ["Rude"]
    assert office.crm.appointment(appointment.guid).subject == "Call Mrs. Keller"
    assert len(office.told()) == 1


def test_a_wider_window_brings_more_in_at_once(office: Office) -> None:
    anna = office.hire()
    office.booked(anna, subject="Far", schedule=in_days(office, 120))
    anna.calendar.add_by_hand(subject="Far dentist", schedule=in_days(office, 130))

    change_connection(anna.user, enabled=None, preferences={"window_future_days": 200}, ports=office.ports)
    office.settle()

    assert subjects(anna) == ["Far", "Far dentist"]
    assert sorted(each.subject for each in office.active(anna)) == ["Far", "Far dentist"]


def test_resuming_brings_what_was_changed_meanwhile(office: Office) -> None:
    anna = office.hire()
    known = office.booked(anna, subject="Known")
    change_connection(anna.user, enabled=False, preferences={}, ports=office.ports)
    office.push(office.edited(known, subject="Edited"))
    office.push(office.book(anna, subject="New"))
    anna.calendar.add_by_hand(subject="Dentist", schedule=in_days(office, 1))
    while_paused = subjects(anna)

    change_connection(anna.user, enabled=True, preferences={}, ports=office.ports)
    office.settle()

    assert while_paused == ["Dentist", "Known"]
    assert subjects(anna) == ["Dentist", "Edited", "New"]
    assert sorted(each.subject for each in office.active(anna)) == ["Dentist", "Edited", "New"]


def test_disconnecting_and_connecting_the_same_mailbox_doubles_nothing(office: Office) -> None:
    anna = office.hire()
    office.booked(anna, subject="Call")
    anna.calendar.add_by_hand(subject="Dentist", schedule=in_days(office, 1))
    office.tick()
    office.crm.calls.clear()
    disconnect(anna.user, office.ports)
    office.pass_time(3 * DAY)

    office.set(disconnected_at=None)
    office.polls.enrol(anna.user)
    office.pass_time(DAY + HOUR)

    assert subjects(anna) == ["Call", "Dentist"]
    assert len(office.active(anna)) == 2
    assert office.told() == []


@pytest.mark.parametrize("lost", ["pairs", "pairs and holders"])
@pytest.mark.parametrize("first", ["poll", "reconcile"])
def test_losing_the_mappings_doubles_nothing_on_either_side(office: Office, lost: str, first: str) -> None:
    anna = office.hire()
    for number in range(4):
        office.book_with_event(anna, subject=f"Visit {number}")
        anna.calendar.add_by_hand(subject=f"Own {number}", schedule=in_days(office, 1 + number))
    office.tick()
    before = (subjects(anna), sorted(each.subject for each in office.active(anna)))
    office.crm.calls.clear()

    office.pairs.lose()
    if lost == "pairs and holders":
        office.lose_holders()
    (office.poll if first == "poll" else office.reconcile)(anna)
    office.pass_time(DAY + HOUR)

    assert (subjects(anna), sorted(each.subject for each in office.active(anna))) == before
    assert office.told() == []


def test_after_losing_the_mappings_edits_flow_both_ways_again(office: Office) -> None:
    anna = office.hire()
    appointment = office.book_with_event(anna, subject="Visit")
    anna.calendar.add_by_hand(subject="Own", schedule=in_days(office, 1))
    office.tick()
    office.pairs.lose()
    office.pass_time(DAY)

    office.push(office.edited(appointment, subject="Visit, edited"))
    own = next(event for event in anna.calendar.events.values() if event.subject == "Own")
    anna.calendar.change_by_hand(own.id, subject="Own, edited")
    office.tick()

    assert subjects(anna) == ["Own, edited", "Visit, edited"]
    assert sorted(each.subject for each in office.active(anna)) == ["Own, edited", "Visit, edited"]


def test_after_losing_the_mappings_an_edit_that_was_made_before_once_is_told_once_more(office: Office) -> None:
    anna = office.hire()
    appointment = office.book_with_event(anna, subject="One")
    event_id = event_of(office, anna, appointment.guid)
    anna.calendar.change_by_hand(event_id, subject="Two")
    office.tick()
    office.push(office.edited(appointment, subject="One"))
    office.pairs.lose()
    office.pass_time(DAY)

    anna.calendar.change_by_hand(event_id, subject="Two")
    office.tick()

    assert office.crm.appointment(appointment.guid).subject == "Two"
    numbers = [change.sequence for call in office.crm.calls for change in call]
    assert numbers == sorted(numbers)


def test_one_reps_mappings_lost_touch_nobody_else(office: Office) -> None:
    anna, ben = office.hire(), office.hire(BEN)
    office.book_with_event(anna)
    office.book_with_event(ben)
    office.pairs.lose()

    office.pass_time(DAY + HOUR)

    assert subjects(anna) == subjects(ben) == ["Call Mrs. Keller"]
    assert office.told() == []


def test_an_event_whose_extension_got_lost_is_ours_again_after_the_next_read(office: Office) -> None:
    anna = office.hire()
    appointment = office.booked(anna)
    event_id = event_of(office, anna, appointment.guid)
    anna.calendar.change_by_hand(event_id, mark=None)

    office.tick()

    mark = anna.calendar.events[event_id].mark
    assert mark is not None
    assert mark.appointment == appointment.guid
    assert office.told() == []
