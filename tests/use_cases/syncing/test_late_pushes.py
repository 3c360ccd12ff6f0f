"""Pushes that come after what SalesExec did later: they neither undo it nor stand in its way."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared_code.domain.appointments import Appointment, Status
from shared_code.domain.pairs import PairState
from shared_code.domain.preferences import ConflictWinner, Preferences
from shared_code.domain.receipts import Outcome
from shared_code.use_cases.errors import TryAgainLater
from shared_code.use_cases.ports import WaitingPush, WaitKind
from shared_code.use_cases.postponing import schedule
from shared_code.use_cases.turns import Turns
from shared_code.use_cases.waiting_pushes import push_now_or_later
from tests.builders import a_time
from tests.use_cases.office import BEN, Office, Rep, event_of, subjects, the_event
from tests.use_cases.weather import Overtaken

MINUTE = timedelta(minutes=1)


def test_a_late_push_that_gives_way_to_what_salesexec_took_over_does_not_keep_it_from_deleting(office: Office) -> None:
    anna = office.hire()
    appointment = office.booked(anna)
    late = office.edited(appointment, location="Room 2")
    office.pass_time(MINUTE)
    anna.calendar.change_by_hand(event_of(office, anna, appointment.guid), location="Place 3")
    office.poll(anna)

    office.push(late)
    known = office.crm.appointment(appointment.guid)
    answer = office.remove(appointment.guid, known.modified_at + MINUTE)

    assert known.location == "Place 3"
    assert answer.outcome is Outcome.DELETED
    assert subjects(anna) == []


@pytest.mark.parametrize("edits", [1, 2, 5])
def test_a_late_push_says_nothing_new_however_often_salesexec_took_outlooks_word_since(
    office: Office, edits: int
) -> None:
    anna = office.hire(preferences=Preferences(conflict_winner=ConflictWinner.SALESEXEC))
    appointment = office.booked(anna, location="Room 1")
    late = office.edited(appointment, subject="Urgent")
    for number in range(edits):
        office.pass_time(MINUTE)
        anna.calendar.change_by_hand(event_of(office, anna, appointment.guid), location=f"Place {number}")
        office.poll(anna)

    office.push(late)
    office.poll(anna)

    known = office.crm.appointment(appointment.guid)
    assert known.location == the_event(anna).location == f"Place {edits - 1}"
    assert known.subject == the_event(anna).subject == "Urgent"


def test_a_push_that_is_overtaken_makes_no_event_of_a_next_generation(office: Office) -> None:
    anna = office.hire()
    older = office.book(anna, location="Room 1")
    newer = replace(older, modified_at=older.modified_at + MINUTE, location="Room 2")
    another_process = replace(office.ports, turns=Turns())

    def made_and_deleted() -> None:
        push_now_or_later(newer, ports=another_process, correlation_id="newer")
        anna.calendar.delete_by_hand(the_event(anna).id)

    overtaken = Overtaken("create", made_and_deleted)
    anna.calendar.faults = overtaken

    answer = office.push(older)

    assert overtaken.happened
    assert answer.outcome is Outcome.STALE
    assert subjects(anna) == []


def made_again_while_its_delete_is_told(office: Office, rep: Rep, *, waits: bool = False) -> Appointment:
    """Have an event deleted in Outlook, and made again by a push, or waiting for it, before SalesExec is told."""
    appointment = office.booked(rep, subject="Call")
    office.poll(rep)
    rep.calendar.delete_by_hand(the_event(rep).id)
    if waits:
        rep.graph.before("create", TryAgainLater("Graph is down", retry_after=MINUTE))
    another_process = replace(office.ports, turns=Turns())
    overtaken = Overtaken("tell", lambda: push_now_or_later(appointment, ports=another_process, correlation_id="again"))
    office.crm.faults = overtaken
    office.poll(rep)
    assert overtaken.happened
    assert office.crm.appointment(appointment.guid).status is Status.CANCELED
    return office.crm.appointment(appointment.guid)


def test_an_event_made_again_while_its_delete_was_told_brings_the_appointment_back_with_the_next_poll(
    office: Office,
) -> None:
    anna = office.hire()
    appointment = made_again_while_its_delete_is_told(office, anna)

    office.poll(anna)

    assert office.crm.appointment(appointment.guid).status is Status.PENDING
    assert subjects(anna) == ["Call"]


def test_an_event_that_waited_to_be_made_again_while_its_delete_was_told_brings_the_appointment_back_too(
    office: Office,
) -> None:
    anna = office.hire()
    appointment = made_again_while_its_delete_is_told(office, anna, waits=True)
    assert office.pair(anna, appointment.guid).state is PairState.CREATING

    office.pass_time(30 * MINUTE)

    assert office.crm.appointment(appointment.guid).status is Status.PENDING
    assert subjects(anna) == ["Call"]


@pytest.mark.parametrize("poll_first", [False, True])
def test_what_salesexec_says_of_an_event_made_again_while_its_delete_was_told_is_no_conflict(
    office: Office, *, poll_first: bool
) -> None:
    anna = office.hire(preferences=Preferences(conflict_winner=ConflictWinner.OUTLOOK))
    appointment = made_again_while_its_delete_is_told(office, anna)

    revived = office.edited(appointment, status=Status.PENDING, subject="Call again")
    if poll_first:
        office.poll(anna)
    office.push(revived)
    office.poll(anna)

    assert office.crm.appointment(appointment.guid).subject == the_event(anna).subject == "Call again"


def test_a_move_that_waits_is_overtaken_by_a_later_push_also_where_that_was_skipped_for_a_meeting(
    office: Office,
) -> None:
    anna, ben = office.hire(), office.hire(BEN)
    appointment = office.booked(anna)
    anna.calendar.invite_by_hand(event_of(office, anna, appointment.guid), "visitor@example.com")
    away = office.edited(appointment, user=ben.user)
    now = office.clock.now()
    waits = WaitingPush(
        user=ben.user,
        appointment=appointment.guid,
        kind=WaitKind.PUT,
        modified_at=away.modified_at,
        waiting_since=now,
        due_at=now + MINUTE,
        reason="GraphUnavailable",
        correlation_id="move",
    )
    office.waiting.put(waits, away)
    schedule(ben.user, now + MINUTE, office.ports)

    answer = office.push(office.edited(away, user=anna.user, location="Room 2"))
    office.pass_time(10 * MINUTE)

    assert answer.outcome is Outcome.SKIPPED
    assert (len(subjects(anna)), subjects(ben)) == (1, [])
    assert office.waiting.of(ben.user) == []


def test_the_stamp_of_our_own_mark_is_not_that_of_an_edit_in_outlook(office: Office) -> None:
    anna = office.hire()
    anna.calendar.add_by_hand(subject="Dentist", schedule=a_time(office.clock.now() + timedelta(days=1)))
    office.poll(anna)
    [imported] = office.active(anna)
    first = office.edited(imported, body_html="<p>Bring the papers.</p>")
    anna.calendar.change_by_hand(the_event(anna).id, location="Place 3")
    office.pass_time(MINUTE)
    office.work.clear()

    office.push(first)
    later = office.clock.now() + timedelta(milliseconds=500)
    office.push(office.edited(first, location="Room 4", modified_at=later))
    office.pass_time(10 * MINUTE)

    assert the_event(anna).location == "Room 4"
    assert office.active(anna)[0].location == "Room 4"


def test_a_push_that_was_skipped_for_a_meeting_makes_an_older_one_no_less_welcome(office: Office) -> None:
    anna = office.hire()
    appointment = office.booked(anna)
    event = the_event(anna)
    older = office.edited(appointment, location="Older")
    newer = office.edited(older, location="Newer")
    anna.calendar.invite_by_hand(event.id, "guest@example.com")
    assert office.push(newer).outcome is Outcome.SKIPPED
    anna.calendar.change_by_hand(event.id, attendees=())

    answer = office.push(older)

    assert answer.outcome is Outcome.UPDATED
    assert the_event(anna).location == "Older"
