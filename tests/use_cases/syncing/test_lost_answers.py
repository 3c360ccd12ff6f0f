"""SalesExec took what it was told and nobody heard of it: what it says since then is no edit that was made there."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared_code.domain.appointments import Appointment, Status
from shared_code.domain.events import CalendarEvent
from shared_code.domain.pairs import Pair, PairState
from shared_code.use_cases.errors import TryAgainLater
from tests.builders import a_time, an_event_id
from tests.use_cases.office import Office, Rep, subjects, the_event

MINUTES = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


def told_without_an_answer(office: Office, rep: Rep) -> None:
    """Poll a rep whose poll dies when SalesExec has just taken what it was told."""
    office.salesexec.after("tell", TryAgainLater("its answer was lost", retry_after=SECOND))
    office.poll(rep)
    office.clock.move(5 * SECOND)


def imported_without_an_answer(office: Office, rep: Rep) -> Appointment:
    """Have a new event of the rep's imported by a poll that dies before it can note that."""
    rep.calendar.add_by_hand(subject="Dentist", schedule=a_time())
    told_without_an_answer(office, rep)
    [imported] = office.active(rep)
    return imported


def edited_by_a_slow_clock(rep: Rep, event: CalendarEvent, office: Office, **said: Any) -> None:
    """Edit an event in a mailbox whose clock is behind."""
    rep.calendar.now = office.clock.now() - 20 * MINUTES
    rep.calendar.change_by_hand(event.id, **said)


def test_an_edit_of_outlook_is_not_lost_to_the_one_before_it(office: Office) -> None:
    anna = office.hire()
    booked = office.booked(anna, location="Room 1")
    office.pass_time(30 * MINUTES)
    anna.calendar.change_by_hand(the_event(anna).id, location="Place 1")
    told_without_an_answer(office, anna)
    assert office.crm.appointment(booked.guid).location == "Place 1"
    edited_by_a_slow_clock(anna, the_event(anna), office, location="Place 2")

    office.push(office.crm.appointment(booked.guid))
    office.poll(anna)

    assert the_event(anna).location == office.crm.appointment(booked.guid).location == "Place 2"
    assert office.pair(anna, booked.guid).unconfirmed == {}


def test_an_edit_that_outlook_took_back_is_taken_back_in_salesexec_too(office: Office) -> None:
    anna = office.hire()
    booked = office.booked(anna, location="Room 1")
    anna.calendar.change_by_hand(the_event(anna).id, location="Place 1")
    told_without_an_answer(office, anna)
    anna.calendar.change_by_hand(the_event(anna).id, location="Room 1")

    office.poll(anna)
    office.reconcile(anna)

    assert the_event(anna).location == office.crm.appointment(booked.guid).location == "Room 1"


def test_an_edit_that_outlook_took_back_and_made_again_is_made_again_in_salesexec_too(office: Office) -> None:
    anna = office.hire()
    booked = office.booked(anna, location="Room 1")
    for place in ("Place 1", "Place 2", "Place 1"):
        anna.calendar.change_by_hand(the_event(anna).id, location=place)
        told_without_an_answer(office, anna)

    office.poll(anna)
    office.reconcile(anna)

    assert the_event(anna).location == office.crm.appointment(booked.guid).location == "Place 1"


def test_an_edit_that_salesexec_made_on_top_of_it_goes_to_outlook(office: Office) -> None:
    anna = office.hire()
    booked = office.booked(anna, location="Room 1")
    anna.calendar.change_by_hand(the_event(anna).id, location="Place 1", subject="Mine")
    told_without_an_answer(office, anna)
    office.pass_time(MINUTES)

    office.push(office.edited(booked, location="Room 2"))
    office.poll(anna)

    assert (the_event(anna).location, the_event(anna).subject) == ("Room 2", "Mine")
    assert office.crm.appointment(booked.guid).location == "Room 2"


@pytest.mark.parametrize("taken", [True, False])
def test_a_delete_stands_where_salesexec_had_taken_the_edit_of_which_we_heard_no_answer(
    office: Office, *, taken: bool
) -> None:
    anna = office.hire()
    booked = office.booked(anna)
    anna.calendar.change_by_hand(the_event(anna).id, schedule=a_time(office.clock.now() + timedelta(days=2)))
    if taken:
        told_without_an_answer(office, anna)
    called_off = office.edited(office.crm.appointment(booked.guid), status=Status.CANCELED)

    answer = office.remove(booked.guid, called_off.modified_at)
    office.pass_time(30 * MINUTES)

    assert answer.reason == "EditedInOutlook"
    assert office.crm.appointment(booked.guid).status is (Status.CANCELED if taken else Status.PENDING)
    assert len(subjects(anna)) == (0 if taken else 1)


def test_an_edit_of_a_new_event_is_not_lost_to_what_was_imported(office: Office) -> None:
    anna = office.hire()
    office.pass_time(30 * MINUTES)
    anna.calendar.add_by_hand(subject="Dentist", schedule=a_time(), location="Street 1")
    told_without_an_answer(office, anna)
    edited_by_a_slow_clock(anna, the_event(anna), office, location="Street 2")

    office.poll(anna)
    office.reconcile(anna)

    [imported] = office.active(anna)
    assert the_event(anna).location == imported.location == "Street 2"
    assert office.pairs.imports_begun(anna.connection.book) == {}


def test_an_edit_that_salesexec_made_of_a_new_import_is_not_lost_to_a_clock_that_is_ahead(office: Office) -> None:
    anna = office.hire()
    anna.calendar.now = office.clock.now() + 20 * MINUTES
    anna.calendar.add_by_hand(subject="Dentist", schedule=a_time(), location="Street 1")
    told_without_an_answer(office, anna)
    [imported] = office.active(anna)
    office.edited(imported, location="Room 1")

    office.poll(anna)
    office.reconcile(anna)

    assert the_event(anna).location == office.crm.appointment(imported.guid).location == "Room 1"


def test_a_new_event_that_is_deleted_before_its_import_was_noted_is_deleted_in_salesexec_too(office: Office) -> None:
    anna = office.hire()
    imported = imported_without_an_answer(office, anna)
    anna.calendar.delete_by_hand(the_event(anna).id)

    office.poll(anna)
    office.reconcile(anna)

    assert office.crm.appointment(imported.guid).status is Status.CANCELED
    assert subjects(anna) == []
    assert office.pairs.imports_begun(anna.connection.book) == {}


def test_what_salesexec_edited_of_it_meanwhile_brings_it_back(office: Office) -> None:
    anna = office.hire()
    imported = imported_without_an_answer(office, anna)
    anna.calendar.delete_by_hand(the_event(anna).id)
    office.edited(imported, subject="Dentist, urgent")

    office.poll(anna)
    office.settle()
    office.poll(anna)

    assert office.crm.appointment(imported.guid).status is Status.PENDING
    assert subjects(anna) == ["Dentist, urgent"]


def test_a_new_event_that_left_the_window_before_its_import_was_noted_is_linked_all_the_same(office: Office) -> None:
    anna = office.hire()
    imported = imported_without_an_answer(office, anna)
    far = a_time(office.clock.now() + timedelta(days=4_000))
    anna.calendar.change_by_hand(the_event(anna).id, schedule=far)

    office.poll(anna)

    assert office.crm.appointment(imported.guid).schedule == far
    assert office.pair(anna, imported.guid).state is PairState.LINKED


def test_one_event_too_many_of_an_import_that_moved_away_is_taken_out_and_not_imported(office: Office) -> None:
    anna = office.hire()
    imported = imported_without_an_answer(office, anna)
    office.push(office.edited(imported, subject="Dentist, urgent"))
    assert len(subjects(anna)) == 2
    [hers] = [event for event in anna.calendar.events.values() if event.mark is None]
    pair = office.pair(anna, imported.guid)
    office.pairs.erase(pair.book)
    office.ports.pairs.save(_of_her_own(pair, hers))

    office.poll(anna)

    assert subjects(anna) == ["Dentist"]
    assert list(office.crm.listed) == [imported.guid]


def test_one_event_too_many_of_a_generation_before_is_taken_out_once_the_appointment_is_cancelled(
    office: Office,
) -> None:
    anna = office.hire()
    booked = office.booked(anna)
    [left_over] = anna.calendar.events.values()
    pair = office.pair(anna, booked.guid)
    newer = replace(pair, state=PairState.GONE, generation=2, event_id=an_event_id(), accepted_at=office.clock.now())
    office.ports.pairs.save(newer)

    office.poll(anna)

    assert left_over.transaction_id is not None
    assert subjects(anna) == []
    assert office.told() == []


def _of_her_own(pair: Pair, event: CalendarEvent) -> Pair:
    """Return the pair of an import that moved to another rep: its event is the old one's own."""
    return replace(pair, state=PairState.UNLINKED, event_id=event.id, version=None)
