"""The brake: many deletes at once are held until somebody decides."""

from datetime import timedelta

import pytest

from shared_code.domain.connections import ConnectionState, HeldDecision
from shared_code.domain.identifiers import AppointmentGuid
from shared_code.use_cases.errors import NotPossible
from shared_code.use_cases.held_deletes import decide_held
from tests.builders import a_time, a_user
from tests.use_cases.office import Office, Rep, event_of
from tests.use_cases.series.stories import booked as booked_series

DAY = timedelta(days=1)


def with_appointments(office: Office, number: int) -> tuple[Rep, list[AppointmentGuid]]:
    """Hire a rep who has so many appointments, some of them made in Outlook."""
    anna = office.hire()
    soon = office.clock.now() + 3 * DAY
    ours = [office.book_with_event(anna, schedule=a_time(soon)).guid for _ in range(number - 2)]
    for _ in range(2):
        anna.calendar.add_by_hand(subject="Hers", schedule=a_time(soon))
    office.poll(anna)
    return anna, [*ours, *(guid for guid in office.crm.listed if guid not in ours)]


def delete(office: Office, rep: Rep, guids: list[AppointmentGuid]) -> None:
    for guid in guids:
        rep.calendar.delete_by_hand(event_of(office, rep, guid))


def deletes_told(office: Office) -> int:
    return sum(action == "Delete" for action, _, _ in office.told())


@pytest.mark.parametrize(("number", "deleted"), [(20, 10), (60, 12), (11, 10)])
def test_few_deletes_or_a_small_share_go_through(office: Office, number: int, deleted: int) -> None:
    anna, guids = with_appointments(office, number)

    delete(office, anna, guids[:deleted])
    office.poll(anna)

    assert deletes_told(office) == deleted
    assert office.connection().state is ConnectionState.CONNECTED


def test_many_deletes_at_once_are_held_and_told_of_once_while_all_else_goes_on(office: Office) -> None:
    anna, guids = with_appointments(office, 20)

    delete(office, anna, guids[:11])
    anna.calendar.change_by_hand(event_of(office, anna, guids[12]), subject="Changed")
    office.poll(anna)
    office.pass_time(DAY)

    assert deletes_told(office) == 0
    assert office.crm.appointment(guids[12]).subject == "Changed"
    assert len(office.active(anna)) == 20
    assert (office.connection().state, office.connection().held_deletes) == (ConnectionState.HELD, 11)
    assert [notice.code for notice in office.crm.notices] == ["DeletesHeld"]
    assert office.receipt(anna, guids[0])[0].outcome.value == "Held"
    assert "read" not in anna.calendar.calls[-3:]


def test_deletes_are_counted_over_the_polls_of_a_day(office: Office) -> None:
    anna, guids = with_appointments(office, 30)

    for part in (guids[:6], guids[6:9]):
        delete(office, anna, part)
        office.poll(anna)
        office.pass_time(timedelta(hours=5))
    delete(office, anna, guids[9:12])
    office.poll(anna)

    assert deletes_told(office) == 9
    assert office.connection().held_deletes == 3


def test_what_was_deleted_a_day_ago_does_not_count(office: Office) -> None:
    anna, guids = with_appointments(office, 30)

    for part in (guids[:9], guids[9:18]):
        delete(office, anna, part)
        office.poll(anna)
        office.pass_time(DAY + timedelta(hours=1))

    assert deletes_told(office) == 18


def test_while_some_are_held_no_other_delete_goes_through(office: Office) -> None:
    anna, guids = with_appointments(office, 20)
    delete(office, anna, guids[:11])
    office.poll(anna)

    delete(office, anna, guids[11:12])
    office.poll(anna)

    assert deletes_told(office) == 0
    assert office.connection().held_deletes == 12


def test_applied_they_are_deleted_in_salesexec(office: Office) -> None:
    anna, guids = with_appointments(office, 20)
    delete(office, anna, guids[:11])
    office.poll(anna)

    decide_held(anna.user, HeldDecision.APPLY, office.ports)
    office.settle()

    assert deletes_told(office) == 11
    assert {each.guid for each in office.active(anna)} == set(guids[11:])
    assert (office.connection().state, office.connection().decision) == (ConnectionState.CONNECTED, None)
    delete(office, anna, guids[11:12])
    office.poll(anna)
    assert office.connection().held_deletes == 1


def test_restored_their_events_are_made_again_also_those_that_came_from_outlook(office: Office) -> None:
    anna, guids = with_appointments(office, 13)
    delete(office, anna, guids)
    office.poll(anna)
    assert anna.calendar.events == {}

    decide_held(anna.user, HeldDecision.RESTORE, office.ports)
    office.settle()

    assert len(anna.calendar.events) == 13
    assert deletes_told(office) == 0
    assert (office.connection().state, office.connection().held_deletes) == (ConnectionState.CONNECTED, 0)
    office.poll(anna)
    assert len(office.active(anna)) == 13


@pytest.mark.parametrize("decision", list(HeldDecision))
def test_a_decision_whose_message_was_lost_is_carried_out_all_the_same(office: Office, decision: HeldDecision) -> None:
    anna, guids = with_appointments(office, 13)
    delete(office, anna, guids)
    office.poll(anna)

    decide_held(anna.user, decision, office.ports)
    office.work.clear()
    office.pass_time(DAY)

    assert office.connection().held_deletes == 0
    assert len(office.active(anna)) == (13 if decision is HeldDecision.RESTORE else 0)


def test_a_daily_reading_restores_nothing_that_is_held(office: Office) -> None:
    anna, guids = with_appointments(office, 13)
    delete(office, anna, guids)
    office.poll(anna)

    office.reconcile(anna)

    assert anna.calendar.events == {}
    assert office.connection().held_deletes == 13


def test_what_salesexec_changes_while_it_is_held_is_made_again(office: Office) -> None:
    anna, guids = with_appointments(office, 13)
    delete(office, anna, guids)
    office.poll(anna)

    office.push(office.edited(office.crm.appointment(guids[0]), subject="Still wanted"))
    office.poll(anna)

    assert [event.subject for event in anna.calendar.events.values()] == ["Still wanted"]
    office.pass_time(DAY)
    assert office.connection().held_deletes == 12


def test_what_salesexec_deletes_while_it_is_held_is_held_no_more(office: Office) -> None:
    anna, guids = with_appointments(office, 13)
    delete(office, anna, guids)
    office.poll(anna)

    office.remove(guids[0], office.clock.now() + timedelta(minutes=1))
    office.pass_time(DAY)

    assert office.connection().held_deletes == 12


def test_a_series_counts_once(office: Office) -> None:
    anna, guids = with_appointments(office, 12)
    series = booked_series(office, anna)

    delete(office, anna, [*guids[:9], series.guid])
    office.poll(anna)

    assert deletes_told(office) == 10


def test_nothing_held_is_nothing_to_decide_and_nobody_connected_is_refused(office: Office) -> None:
    anna = office.hire()

    decide_held(anna.user, HeldDecision.APPLY, office.ports)

    assert office.connection().decision is None
    with pytest.raises(NotPossible):
        decide_held(a_user(), HeldDecision.APPLY, office.ports)
