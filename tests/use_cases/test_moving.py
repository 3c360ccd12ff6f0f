"""An appointment moves between reps, whatever state either is in: no ghost, and never a delete for SalesExec."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from shared_code.domain.appointments import Appointment
from shared_code.domain.receipts import Outcome
from shared_code.use_cases.errors import ReconnectNeeded, Refused, TryAgainLater
from shared_code.use_cases.manage_connection import change_connection, disconnect
from shared_code.use_cases.waiting_pushes import resume_waiting
from tests.builders import a_time, a_user
from tests.use_cases.office import BEN, Office, Rep, event_of, subjects

HOUR = timedelta(hours=1)


def connected(_office: Office, _rep: Rep) -> None: ...


def paused(office: Office, rep: Rep) -> None:
    change_connection(rep.user, enabled=False, preferences={}, ports=office.ports)


def dead(office: Office, rep: Rep) -> None:
    office.set(rep.user, needs_reconnect=True, told_to_reconnect=True)
    rep.graph.before("read", ReconnectNeeded("revoked"), times=1000)
    rep.graph.before("create", ReconnectNeeded("revoked"), times=1000)


def throttled(office: Office, rep: Rep) -> None:
    office.set(rep.user, throttled_until=office.clock.now() + HOUR)


def disconnected(office: Office, rep: Rep) -> None:
    disconnect(rep.user, office.ports)


def well_again(office: Office, rep: Rep) -> None:
    """Have the rep in order again: signed in, resumed, no longer throttled."""
    rep.graph.forget_orders()
    office.set(rep.user, needs_reconnect=False, disconnected_at=None, enabled=True)
    if office.polls.row(rep.user) is None:
        office.polls.enrol(rep.user)
    resume_waiting(rep.user, office.ports)
    office.reconcile(rep)
    office.pass_time(2 * HOUR)


STATES: dict[str, tuple[Callable[[Office, Rep], None], str, Outcome]] = {
    # Its name; what a move away from such a rep says of her; what a move to her comes to.
    "connected": (connected, "Removed", Outcome.CREATED),
    "paused": (paused, "Removed", Outcome.SKIPPED),
    "dead": (dead, "Queued", Outcome.QUEUED),
    "throttled": (throttled, "Queued", Outcome.QUEUED),
    "disconnected": (disconnected, "NotConnected", Outcome.SKIPPED),
}


def moved(office: Office, appointment: Appointment, to: Rep) -> Appointment:
    """Give the appointment to another rep in SalesExec."""
    office.pass_time(timedelta(minutes=1))
    return office.edited(appointment, user=to.user)


def deletes(office: Office) -> list[object]:
    return [each for each in office.told() if each[0] == "Delete"]


@pytest.mark.parametrize("new_state", STATES)
@pytest.mark.parametrize("old_state", STATES)
def test_a_move_leaves_no_ghost_in_whatever_state_the_two_are(office: Office, old_state: str, new_state: str) -> None:
    anna, ben = office.hire(), office.hire(BEN)
    appointment = office.booked(anna)
    STATES[old_state][0](office, anna)
    STATES[new_state][0](office, ben)

    answer = office.push(moved(office, appointment, ben))
    office.pass_time(6 * HOUR)
    well_again(office, ben)
    well_again(office, anna)

    assert (answer.outcome, answer.previous_rep) == (STATES[new_state][2], STATES[old_state][1])
    assert (subjects(anna), subjects(ben)) == ([], ["Call Mrs. Keller"])
    assert office.told() == []
    assert office.waiting.of(anna.user) == [] == office.waiting.of(ben.user)


@pytest.mark.parametrize("old_state", STATES)
def test_a_move_to_somebody_who_never_connected_takes_it_out_all_the_same(office: Office, old_state: str) -> None:
    anna = office.hire()
    appointment = office.booked(anna)
    STATES[old_state][0](office, anna)

    office.pass_time(timedelta(minutes=1))
    answer = office.push(office.edited(appointment, user=a_user()))
    office.pass_time(2 * HOUR)
    well_again(office, anna)

    assert (answer.outcome, answer.reason) == (Outcome.SKIPPED, "NotConnected")
    assert answer.previous_rep == STATES[old_state][1]
    assert subjects(anna) == []
    assert office.told() == []


@pytest.mark.parametrize("state", STATES)
def test_a_move_there_and_back_again_leaves_it_where_it_was(office: Office, state: str) -> None:
    anna, ben = office.hire(), office.hire(BEN)
    appointment = office.booked(anna)
    STATES[state][0](office, anna)

    there = moved(office, appointment, ben)
    office.push(there)
    back = office.push(moved(office, there, anna))
    office.pass_time(2 * HOUR)
    well_again(office, anna)

    assert back.previous_rep == "Removed"
    assert (subjects(anna), subjects(ben)) == (["Call Mrs. Keller"], [])
    assert office.told() == []


@pytest.mark.parametrize("state", STATES)
def test_a_move_to_and_fro_many_times_leaves_one_event(office: Office, state: str) -> None:
    anna, ben = office.hire(), office.hire(BEN)
    appointment = office.booked(anna)
    STATES[state][0](office, ben)

    for number in range(7):
        appointment = moved(office, appointment, (ben, anna)[number % 2])
        office.push(appointment)
    office.pass_time(2 * HOUR)
    well_again(office, ben)

    assert (subjects(anna), subjects(ben)) == ([], ["Call Mrs. Keller"])
    assert office.told() == []


def test_a_push_from_before_the_move_that_comes_late_is_stale(office: Office) -> None:
    anna, ben = office.hire(), office.hire(BEN)
    old = office.booked(anna)
    office.push(moved(office, old, ben))

    answer = office.push(old)

    assert (answer.outcome, answer.previous_rep) == (Outcome.STALE, None)
    assert (subjects(anna), subjects(ben)) == ([], ["Call Mrs. Keller"])


def test_the_same_move_pushed_twice_is_one_move(office: Office) -> None:
    anna, ben = office.hire(), office.hire(BEN)
    appointment = moved(office, office.booked(anna), ben)

    answers = [office.push(appointment) for _ in range(2)]

    assert [each.outcome for each in answers] == [Outcome.CREATED, Outcome.UNCHANGED]
    assert [each.previous_rep for each in answers] == ["Removed", None]
    assert (subjects(anna), subjects(ben)) == ([], ["Call Mrs. Keller"])


def test_an_event_that_the_old_rep_made_herself_stays_hers_and_is_not_imported_anew(office: Office) -> None:
    anna, ben = office.hire(), office.hire(BEN)
    anna.calendar.add_by_hand(subject="Lunch", schedule=office.book(anna, subject="Call").schedule)
    office.poll(anna)
    imported = next(each for each in office.active(anna) if each.subject == "Lunch")

    answer = office.push(moved(office, imported, ben))
    office.pass_time(6 * HOUR)

    assert answer.previous_rep == "NotOurs"
    assert "Lunch" in subjects(anna)
    assert subjects(ben) == ["Lunch"]
    assert len([each for each in office.told() if each[0] == "Upsert"]) == 1
    assert deletes(office) == []


def test_a_move_of_an_imported_appointment_that_outlook_refused_is_finished_by_the_daily_reading(
    office: Office,
) -> None:
    anna, ben = office.hire(), office.hire(BEN)
    anna.calendar.add_by_hand(subject="Lunch", schedule=a_time())
    office.poll(anna)
    [imported] = office.active(anna)
    going = moved(office, imported, ben)
    ben.graph.before("create", Refused("not now"))
    with pytest.raises(Refused):
        office.push(going)

    office.reconcile(ben)

    assert subjects(anna) == subjects(ben) == ["Lunch"]


@pytest.mark.parametrize("rounds", [1, 3])
def test_an_event_that_stayed_hers_is_left_alone_also_once_the_appointment_is_back(office: Office, rounds: int) -> None:
    anna, ben = office.hire(), office.hire(BEN)
    hers = anna.calendar.add_by_hand(subject="Lunch", schedule=a_time())
    office.poll(anna)
    [held] = office.active(anna)
    for _ in range(rounds):
        office.push(moved(office, held, ben))
        office.pass_time(HOUR)
        held = office.edited(office.crm.appointment(held.guid), subject="Lunch, urgent")
        office.push(held)
        anna.calendar.change_by_hand(hers.id, location=f"Kitchen {office.clock.now()}")
        office.push(moved(office, held, anna))
        office.pass_time(6 * HOUR)

    assert sorted(subjects(anna)) == ["Lunch", "Lunch, urgent"]
    assert subjects(ben) == []
    assert office.crm.appointment(held.guid).subject == "Lunch, urgent"
    assert len([each for each in office.told() if each[0] == "Upsert"]) == 1
    assert deletes(office) == []


def test_an_event_with_attendees_stays_with_the_old_rep_and_nobody_is_mailed(office: Office) -> None:
    anna, ben = office.hire(), office.hire(BEN)
    appointment = office.booked(anna)
    anna.calendar.invite_by_hand(event_of(office, anna, appointment.guid), "eve@example.com")

    answer = office.push(moved(office, appointment, ben))
    office.pass_time(6 * HOUR)

    assert answer.previous_rep == "MeetingWithAttendees"
    assert (subjects(anna), subjects(ben)) == (["Call Mrs. Keller"], ["Call Mrs. Keller"])
    assert office.told() == []


def test_a_meeting_that_stayed_is_linked_again_when_the_appointment_comes_back(office: Office) -> None:
    anna, ben = office.hire(), office.hire(BEN)
    appointment = office.booked(anna)
    meeting = event_of(office, anna, appointment.guid)
    anna.calendar.invite_by_hand(meeting, "eve@example.com")
    office.push(moved(office, appointment, ben))
    office.pass_time(HOUR)

    answer = office.push(moved(office, office.crm.appointment(appointment.guid), anna))
    anna.calendar.change_by_hand(meeting, location="Room 5")
    office.pass_time(6 * HOUR)

    assert answer.event_id == meeting
    assert (subjects(anna), subjects(ben)) == (["Call Mrs. Keller"], [])
    assert office.crm.appointment(appointment.guid).location == "Room 5"
    assert anna.calendar.mails == 0


def test_what_was_skipped_for_the_first_rep_was_never_hers_and_makes_no_move(office: Office) -> None:
    anna, ben = office.hire(), office.hire(BEN)
    paused(office, anna)
    appointment = office.booked(anna)

    answer = office.push(moved(office, appointment, ben))

    assert (answer.outcome, answer.previous_rep) == (Outcome.CREATED, None)


def test_a_removal_that_failed_after_outlook_took_it_is_done(office: Office) -> None:
    anna, ben = office.hire(), office.hire(BEN)
    appointment = office.booked(anna)
    anna.graph.after("remove", TryAgainLater("lost", retry_after=HOUR))

    answer = office.push(moved(office, appointment, ben))
    office.pass_time(2 * HOUR)

    assert answer.previous_rep == "Queued"
    assert subjects(anna) == []
    assert office.told() == []
    assert office.waiting.of(anna.user) == []


def test_an_edit_in_outlook_in_the_old_calendar_after_the_move_is_told_nobody(office: Office) -> None:
    anna, ben = office.hire(), office.hire(BEN)
    appointment = office.booked(anna)
    throttled(office, anna)
    office.push(moved(office, appointment, ben))

    anna.calendar.change_by_hand(event_of(office, anna, appointment.guid), subject="Edited by Anna")
    office.pass_time(6 * HOUR)

    assert office.told() == []
    assert (subjects(anna), subjects(ben)) == ([], ["Call Mrs. Keller"])


def test_a_removal_in_salesexec_after_a_move_speaks_of_the_new_rep(office: Office) -> None:
    anna, ben = office.hire(), office.hire(BEN)
    appointment = moved(office, office.booked(anna), ben)
    throttled(office, anna)
    office.push(appointment)

    answer = office.remove(appointment.guid, appointment.modified_at + timedelta(seconds=1))
    office.pass_time(2 * HOUR)

    assert answer.outcome is Outcome.DELETED
    assert (subjects(anna), subjects(ben)) == ([], [])


def test_when_the_old_rep_connects_another_mailbox_nothing_there_is_touched(office: Office) -> None:
    anna, ben = office.hire(), office.hire(BEN)
    appointment = office.booked(anna)
    disconnect(anna.user, office.ports)
    office.push(moved(office, appointment, ben))
    old = office.connection(anna.user)

    mailbox = replace(old.mailbox, key=type(old.mailbox.key)("another.mailbox"))
    office.set(anna.user, mailbox=mailbox, disconnected_at=None, epoch=2)
    office.polls.enrol(anna.user)
    resume_waiting(anna.user, office.ports)
    office.pass_time(2 * HOUR)

    assert office.waiting.of(anna.user) == []
    assert office.calendars.by_mailbox[mailbox.key].calls.count("remove") == 0
    assert office.told() == []
