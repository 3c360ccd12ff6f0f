"""The trip-wire saves reading and never costs truth: what it hides, repeats or invents does no harm."""

from datetime import timedelta

import pytest

from shared_code.domain.identifiers import EventId
from shared_code.use_cases.errors import Refused, SyncStateLost, TryAgainLater
from shared_code.use_cases.manage_connection import change_connection
from shared_code.use_cases.poll_calendar import FULL_READ_EVERY
from tests.builders import a_time
from tests.use_cases.office import Office, Rep, event_of, subjects

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture(name="anna")
def _anna(office: Office) -> Rep:
    """Return a rep with one appointment of SalesExec's and one event of her own, both known on both sides."""
    anna = office.hire()
    office.booked(anna, subject="Call")
    anna.calendar.add_by_hand(subject="Dentist", schedule=a_time(office.clock.now() + DAY))
    office.tick()
    office.crm.calls.clear()
    anna.calendar.calls.clear()
    return anna


def dentist(anna: Rep) -> EventId:
    return next(event.id for event in anna.calendar.events.values() if event.subject == "Dentist")


def test_an_idle_poll_asks_one_thing(office: Office, anna: Rep) -> None:
    office.tick()

    assert anna.calendar.calls == ["since"]
    assert office.crm.calls == []


def test_an_idle_day_reads_everything_only_every_four_hours(office: Office, anna: Rep) -> None:
    office.pass_time(DAY)

    assert anna.calendar.calls.count("view") == DAY / FULL_READ_EVERY
    assert anna.calendar.calls.count("since") == DAY / timedelta(minutes=15) - DAY / FULL_READ_EVERY
    assert office.crm.calls == []


def test_a_change_that_it_hides_arrives_with_the_next_full_read(office: Office, anna: Rep) -> None:
    anna.feed.hide_next()
    anna.calendar.add_by_hand(subject="Hidden", schedule=a_time(office.clock.now() + DAY))

    office.pass_time(HOUR)
    early = [each.subject for each in office.active(anna)]
    office.pass_time(FULL_READ_EVERY)

    assert "Hidden" not in early
    assert "Hidden" in [each.subject for each in office.active(anna)]


def test_our_own_writes_do_not_trip_it(office: Office, anna: Rep) -> None:
    appointment = office.booked(anna, subject="New")
    office.push(office.edited(appointment, subject="New, edited"))
    anna.calendar.calls.clear()

    office.tick()

    assert anna.calendar.calls == ["since"]
    assert office.told() == []


def test_our_own_removals_do_not_trip_it(office: Office, anna: Rep) -> None:
    appointment = office.booked(anna, subject="New")
    office.tick()
    office.remove(appointment.guid, appointment.modified_at + HOUR)
    anna.calendar.calls.clear()

    office.tick()

    assert anna.calendar.calls == ["since"]
    assert office.told() == []


def test_changes_told_again_and_again_are_told_to_salesexec_once(office: Office, anna: Rep) -> None:
    anna.feed.repeats = True
    anna.calendar.change_by_hand(dentist(anna), subject="Dentist, edited")

    office.pass_time(3 * HOUR)

    assert len(office.told()) == 1


def test_a_removal_told_of_what_left_the_window_deletes_nothing(office: Office, anna: Rep) -> None:
    anna.calendar.change_by_hand(dentist(anna), schedule=a_time(office.clock.now() + 200 * DAY))

    office.pass_time(6 * HOUR)

    assert [action for action, *_ in office.told()] == ["Upsert"]
    assert sorted(each.subject for each in office.active(anna)) == ["Call", "Dentist"]


def test_events_far_outside_the_window_are_nobodys_business(office: Office, anna: Rep) -> None:
    far = anna.calendar.add_by_hand(subject="Far", schedule=a_time(office.clock.now() + 300 * DAY))
    anna.calendar.change_by_hand(far.id, subject="Further")
    anna.calendar.delete_by_hand(far.id)

    office.tick()

    assert anna.calendar.calls == ["since"]
    assert office.told() == []


def test_an_event_moved_to_another_calendar_is_not_deleted_in_salesexec(office: Office, anna: Rep) -> None:
    anna.calendar.move_to_other_calendar_by_hand(dentist(anna))

    office.pass_time(6 * HOUR)

    assert office.told() == []


def test_a_deletion_that_it_never_tells_is_found_by_the_next_full_read(office: Office, anna: Rep) -> None:
    anna.feed.hide_next()
    anna.calendar.delete_by_hand(dentist(anna))

    office.pass_time(HOUR)
    early = office.told()
    office.pass_time(FULL_READ_EVERY)

    assert early == []
    assert [action for action, *_ in office.told()] == ["Delete"]


def test_a_forgotten_position_costs_one_full_read_and_no_change(office: Office, anna: Rep) -> None:
    anna.feed.forget_tokens()
    anna.calendar.change_by_hand(dentist(anna), subject="Dentist, edited")

    office.pass_time(HOUR)

    assert anna.calendar.calls.count("view") == 1
    assert anna.calendar.calls.count("begin") == 1
    assert len(office.told()) == 1


@pytest.mark.parametrize(
    "error",
    [
        SyncStateLost("lost between two pages"),
        Refused("it cannot do that"),
        TryAgainLater("too wide a window", retry_after=HOUR, status=504),
    ],
    ids=["lost", "refused", "504"],
)
def test_a_calendar_without_a_usable_trip_wire_is_still_read(office: Office, anna: Rep, error: Exception) -> None:
    anna.feed.forget_tokens()
    anna.graph.before("begin", error, times=100)
    anna.calendar.change_by_hand(dentist(anna), subject="Dentist, edited")

    office.pass_time(2 * HOUR)

    assert "Dentist, edited" in [each.subject for each in office.active(anna)]
    assert len(office.told()) == 1


def test_a_position_is_kept_when_salesexec_did_not_take_the_changes(office: Office, anna: Rep) -> None:
    anna.calendar.change_by_hand(dentist(anna), subject="Dentist, edited")
    office.salesexec.down_for(timedelta(minutes=50))

    office.pass_time(3 * HOUR)

    assert len({change.change_id for call in office.crm.calls for change in call}) == 1
    assert "Dentist, edited" in [each.subject for each in office.active(anna)]


def test_an_answer_of_salesexec_that_is_lost_changes_nothing_twice(office: Office, anna: Rep) -> None:
    anna.calendar.change_by_hand(dentist(anna), subject="Dentist, edited")
    anna.calendar.add_by_hand(subject="Lunch", schedule=a_time(office.clock.now() + DAY))
    office.salesexec.after("tell", TryAgainLater("lost", retry_after=HOUR))

    office.pass_time(3 * HOUR)

    assert sorted(each.subject for each in office.active(anna)) == ["Call", "Dentist, edited", "Lunch"]


def test_a_half_read_calendar_changes_nothing(office: Office, anna: Rep) -> None:
    for number in range(120):
        anna.calendar.add_by_hand(subject=f"Event {number}", schedule=a_time(office.clock.now() + DAY))
    office.tick()
    office.crm.calls.clear()
    anna.calendar.delete_by_hand(dentist(anna))
    half = iter([None, TryAgainLater("the second page", retry_after=HOUR)])
    anna.graph.fails_at("view", half)

    office.poll(anna)

    assert office.told() == []


def test_two_polls_at_once_are_one_and_the_second_is_made_up_for(office: Office, anna: Rep) -> None:
    turns = office.polls.lease([anna.user], office.clock.now(), timedelta(minutes=10))
    anna.calendar.change_by_hand(dentist(anna), subject="Dentist, edited")

    office.poll(anna)
    meanwhile = office.told()
    office.pass_time(timedelta(minutes=31))

    assert len(turns) == 1
    assert meanwhile == []
    assert len(office.told()) == 1


def test_events_that_are_not_imported_may_trip_it_and_do_nothing_else(office: Office, anna: Rep) -> None:
    change_connection(anna.user, enabled=None, preferences={"import_free": False}, ports=office.ports)
    office.settle()

    office.booked(anna, subject="Unrelated")
    office.pass_time(6 * HOUR)

    assert office.told() == []
    assert subjects(anna) == ["Call", "Dentist", "Unrelated"]


def test_an_edit_of_ours_and_one_of_hers_in_one_round_are_told_apart(office: Office, anna: Rep) -> None:
    known = next(each for each in office.active(anna) if each.subject == "Call")
    office.push(office.edited(known, location="Room 2"))
    anna.calendar.change_by_hand(event_of(office, anna, known.guid), subject="Call, edited by Anna")

    office.tick()

    assert [action for action, *_ in office.told()] == ["Upsert"]
    assert office.crm.calls[0][0].changed == ("Subject",)
