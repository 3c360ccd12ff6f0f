"""However a wait ends, nothing of it is left behind that would keep the appointment out of step."""

from datetime import timedelta

from shared_code.domain.identifiers import AppointmentGuid
from shared_code.domain.receipts import Outcome
from shared_code.use_cases.errors import ReconnectNeeded, Refused, TryAgainLater
from shared_code.use_cases.manage_connection import change_connection, disconnect
from shared_code.use_cases.waiting_pushes import resume_waiting
from tests.builders import a_time
from tests.use_cases.office import Office, Rep, event_of, subjects

HOUR = timedelta(hours=1)


def sign_in_again(office: Office, rep: Rep) -> None:
    """Do what a confirmed sign-in does for a rep whose grant had died, or who had disconnected."""
    office.set(rep.user, needs_reconnect=False, disconnected_at=None)
    if office.polls.row(rep.user) is None:
        office.polls.enrol(rep.user)
    resume_waiting(rep.user, office.ports)
    office.reconcile(rep)
    office.poll(rep)


def pause(office: Office, rep: Rep) -> None:
    change_connection(rep.user, enabled=False, preferences={}, ports=office.ports)


def resume(office: Office, rep: Rep) -> None:
    change_connection(rep.user, enabled=True, preferences={}, ports=office.ports)
    office.settle()


def throttled(office: Office, rep: Rep, **said: object) -> AppointmentGuid:
    """Book an appointment whose push must wait for an hour."""
    rep.graph.throttle(HOUR)
    appointment = office.book(rep, **said)
    assert office.push(appointment).outcome is Outcome.QUEUED
    return appointment.guid


def test_what_waited_for_a_rep_arrives_in_order_and_once_when_she_signs_in_again(office: Office) -> None:
    anna = office.hire()
    anna.graph.before("create", ReconnectNeeded("revoked"))
    names = [f"Visit {number}" for number in range(5)]
    for name in names:
        office.push(office.book(anna, subject=name))
        office.pass_time(timedelta(minutes=1))

    sign_in_again(office, anna)

    assert [event.subject for event in anna.calendar.events.values()] == names
    assert anna.calendar.calls.count("create") == 1 + len(names)
    assert office.waiting.of(anna.user) == []
    assert office.told() == []


def test_what_waited_when_the_sync_was_paused_arrives_after_it_is_resumed(office: Office) -> None:
    anna = office.hire()
    guid = throttled(office, anna)
    pause(office, anna)
    office.pass_time(2 * HOUR)
    while_paused = subjects(anna)

    resume(office, anna)

    assert while_paused == []
    assert subjects(anna) == ["Call Mrs. Keller"]
    assert not office.pair(anna, guid).is_waiting


def test_an_edit_that_waited_when_the_sync_was_paused_arrives_after_it_is_resumed(office: Office) -> None:
    anna = office.hire()
    known = office.booked(anna)
    anna.graph.throttle(HOUR)
    office.push(office.edited(known, subject="Edited"))
    pause(office, anna)
    office.pass_time(2 * HOUR)

    resume(office, anna)

    assert subjects(anna) == ["Edited"]


def test_what_waited_when_the_rep_disconnected_arrives_when_she_connects_again(office: Office) -> None:
    anna = office.hire()
    throttled(office, anna)
    disconnect(anna.user, office.ports)
    office.pass_time(2 * HOUR)
    assert office.waiting.of(anna.user) == []

    sign_in_again(office, anna)

    assert subjects(anna) == ["Call Mrs. Keller"]


def test_an_edit_made_in_outlook_is_still_told_after_a_wait_was_dropped(office: Office) -> None:
    anna = office.hire()
    known = office.booked(anna)
    anna.graph.throttle(HOUR)
    office.push(office.edited(known, location="Room 2"))
    disconnect(anna.user, office.ports)
    office.pass_time(2 * HOUR)
    sign_in_again(office, anna)

    anna.calendar.change_by_hand(event_of(office, anna, known.guid), subject="Edited in Outlook")
    office.poll(anna)

    assert office.crm.appointment(known.guid).subject == "Edited in Outlook"
    assert anna.calendar.events[event_of(office, anna, known.guid)].location == "Room 2"


def test_a_push_whose_content_cannot_be_read_any_more_is_healed_by_the_daily_reconcile(office: Office) -> None:
    anna = office.hire()
    guid = throttled(office, anna)
    [push] = office.waiting.of(anna.user)
    office.waiting.put(push, None)

    office.pass_time(timedelta(hours=30))

    assert subjects(anna) == ["Call Mrs. Keller"]
    assert not office.pair(anna, guid).is_waiting


def test_a_removal_that_waited_and_then_met_an_edit_is_refused_and_the_edit_follows(office: Office) -> None:
    anna = office.hire()
    known = office.booked(anna)
    anna.graph.throttle(HOUR)
    removed_at = known.modified_at + timedelta(minutes=1)
    office.crm.book(known)
    assert office.remove(known.guid, removed_at).outcome is Outcome.QUEUED
    anna.calendar.change_by_hand(event_of(office, anna, known.guid), subject="Edited in Outlook")

    office.pass_time(2 * HOUR)

    assert subjects(anna) == ["Edited in Outlook"]
    assert office.crm.appointment(known.guid).subject == "Edited in Outlook"
    assert not office.pair(anna, known.guid).is_waiting


def test_a_push_that_waited_and_then_met_attendees_is_skipped_and_later_edits_are_still_told(office: Office) -> None:
    anna = office.hire()
    known = office.booked(anna)
    anna.graph.throttle(HOUR)
    office.push(office.edited(known, location="Room 2"))
    anna.calendar.invite_by_hand(event_of(office, anna, known.guid), "eve@example.com")
    office.pass_time(2 * HOUR)

    anna.calendar.change_by_hand(event_of(office, anna, known.guid), subject="Edited in Outlook")
    office.pass_time(HOUR)

    assert office.crm.appointment(known.guid).subject == "Edited in Outlook"


def test_what_outlook_refuses_in_the_end_holds_up_nothing_behind_it(office: Office) -> None:
    anna = office.hire()
    anna.graph.throttle(HOUR)
    bad = office.booked(anna, subject="Bad")
    office.pass_time(timedelta(seconds=1))
    office.booked(anna, subject="Good")
    anna.graph.before("create", Refused("no such thing"))

    office.pass_time(2 * HOUR)

    assert subjects(anna) == ["Good"]
    assert office.receipt(anna, bad.guid)[0].outcome is Outcome.REJECTED
    assert office.waiting.of(anna.user) == []


def test_what_outlook_refused_is_tried_again_by_the_daily_reading(office: Office) -> None:
    anna = office.hire()
    anna.graph.throttle(HOUR)
    office.booked(anna, subject="Bad once")
    anna.graph.before("create", Refused("no such thing"))
    office.pass_time(2 * HOUR)
    assert subjects(anna) == []

    office.reconcile(anna)

    assert subjects(anna) == ["Bad once"]


def test_a_creation_that_outlook_took_before_it_failed_is_no_new_event_of_the_rep(office: Office) -> None:
    anna = office.hire()
    anna.graph.after("create", TryAgainLater("lost", retry_after=HOUR))
    office.booked(anna)

    office.poll(anna)
    office.pass_time(2 * HOUR)

    assert subjects(anna) == ["Call Mrs. Keller"]
    assert office.told() == []
    assert len(office.active(anna)) == 1


def test_while_a_creation_that_outlook_took_waits_a_copy_by_hand_is_an_event_of_the_reps_own(office: Office) -> None:
    anna = office.hire()
    anna.graph.after("create", TryAgainLater("lost", retry_after=HOUR))
    office.booked(anna)
    [made] = anna.calendar.events
    anna.calendar.copy_by_hand(made, schedule=a_time(office.clock.now() + timedelta(days=2)))

    office.pass_time(timedelta(hours=6))

    assert len(anna.calendar.events) == 2
    assert len(office.active(anna)) == 2


def test_a_change_that_outlook_took_before_it_failed_is_no_edit_of_the_rep(office: Office) -> None:
    anna = office.hire()
    known = office.booked(anna)
    anna.graph.after("change", TryAgainLater("lost", retry_after=HOUR))
    office.push(office.edited(known, subject="Edited"))

    office.poll(anna)
    office.pass_time(2 * HOUR)

    assert subjects(anna) == ["Edited"]
    assert office.told() == []


def test_a_push_that_waits_when_its_creation_was_taken_leaves_no_ghost_when_it_moves_on(office: Office) -> None:
    from tests.use_cases.office import BEN

    anna, ben = office.hire(), office.hire(BEN)
    anna.graph.after("create", TryAgainLater("lost", retry_after=HOUR))
    appointment = office.booked(anna)

    moved = office.edited(appointment, user=ben.user)
    office.push(moved)
    office.pass_time(timedelta(hours=6))

    assert subjects(anna) == []
    assert subjects(ben) == ["Call Mrs. Keller"]
    assert office.told() == []
