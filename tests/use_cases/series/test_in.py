"""From Outlook to SalesExec: series, and what happens to them and to single occurrences of them."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from shared_code.domain.changes import CrmChange
from shared_code.domain.events import Sensitivity
from shared_code.domain.fields import Field
from shared_code.domain.identifiers import AppointmentGuid
from shared_code.domain.preferences import Preferences
from shared_code.domain.receipts import Outcome
from shared_code.domain.schedules import AllDay, Series, Window
from shared_code.domain.series import removed_days
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

WEEKLY = "RRULE:FREQ=WEEKLY;COUNT=6"


def changes(office: Office) -> list[CrmChange]:
    return [change for call in office.crm.calls for change in call]


def imported(office: Office, rep: Rep, rule: str = WEEKLY) -> tuple[AppointmentGuid, list[date]]:
    """Make a series in Outlook, have it found, and return its appointment and the days of its occurrences."""
    day = weeks_from(office)
    rep.calendar.add_series_by_hand(at(day), rule, subject="Stand-up")
    office.poll(rep)
    (listed,) = office.crm.listed.values()
    return listed.appointment.guid, [day + timedelta(weeks=week) for week in range(6)]


def test_a_series_made_in_outlook_is_one_appointment_that_repeats(office: Office) -> None:
    anna = office.hire()

    guid, _ = imported(office, anna)

    (change,) = changes(office)
    assert change.event is not None
    assert isinstance(change.event.schedule, Series)
    assert same_on_both_sides(office, anna, guid)
    office.poll(anna)
    assert len(changes(office)) == 1


def test_unchanged_series_are_not_read_again(office: Office) -> None:
    anna = office.hire()
    for hour in (8, 10, 12):
        anna.calendar.add_series_by_hand(at(weeks_from(office), hour), WEEKLY, subject=f"At {hour}")
    office.poll(anna)
    anna.calendar.calls.clear()

    anna.calendar.add_by_hand(subject="Something else", schedule=at(weeks_from(office), 18))
    office.poll(anna)

    assert anna.calendar.calls.count("read_series") == 0
    assert len(office.crm.listed) == 4


def test_our_own_series_is_read_once_at_most_and_never_told(office: Office) -> None:
    anna = office.hire()
    series = booked(office, anna)
    push_one(office, series, days_of(series)[1], subject="Special")
    cancel_one(office, series, days_of(series)[2])
    anna.calendar.calls.clear()

    for _ in range(3):
        anna.calendar.add_by_hand(subject="Something else", schedule=at(weeks_from(office), 18))
        office.poll(anna)

    assert anna.calendar.calls.count("read_series") <= 1
    assert {change.appointment for change in changes(office)} == {None}


@pytest.mark.parametrize("which", [0, 3])
def test_an_occurrence_moved_in_outlook_is_one_change_of_that_slot(office: Office, which: int) -> None:
    anna = office.hire()
    guid, days = imported(office, anna)

    anna.calendar.change_occurrence_by_hand(the_master(anna).id, days[which], schedule=at(days[which], 14))
    office.poll(anna)

    *_, change = changes(office)
    assert (change.appointment, change.slot and change.slot.day) == (guid, days[which])
    assert change.series_event_id == the_master(anna).id
    assert set(change.changed) == {Field.START, Field.END}
    assert len(changes(office)) == 2
    assert same_on_both_sides(office, anna, guid)


def test_an_occurrence_changed_twice_is_told_twice_in_order(office: Office) -> None:
    anna = office.hire()
    guid, days = imported(office, anna)
    master = the_master(anna).id

    for subject in ("First", "Second"):
        anna.calendar.change_occurrence_by_hand(master, days[1], subject=subject)
        office.poll(anna)

    one, other = changes(office)[1:]
    assert one.sequence < other.sequence
    assert one.change_id != other.change_id
    assert same_on_both_sides(office, anna, guid)


def test_a_deleted_occurrence_is_an_exdate_and_nothing_else(office: Office) -> None:
    anna = office.hire()
    guid, days = imported(office, anna)

    anna.calendar.delete_occurrence_by_hand(the_master(anna).id, days[2])
    office.poll(anna)

    *_, change = changes(office)
    assert change.slot is None
    assert change.changed == (Field.RECURRENCE,)
    assert change.event is not None
    assert removed_days(change.event.schedule) == {days[2]}
    assert same_on_both_sides(office, anna, guid)
    office.poll(anna)
    assert len(changes(office)) == 2


def test_a_changed_occurrence_that_is_deleted_is_gone_in_salesexec(office: Office) -> None:
    anna = office.hire()
    guid, days = imported(office, anna)
    master = the_master(anna).id
    anna.calendar.change_occurrence_by_hand(master, days[2], subject="Special")
    office.poll(anna)

    anna.calendar.delete_occurrence_by_hand(master, days[2])
    office.poll(anna)

    assert same_on_both_sides(office, anna, guid)
    assert len(in_outlook(office, anna)) == 5


def test_a_day_deleted_in_outlook_survives_a_push_that_does_not_know_of_it(office: Office) -> None:
    anna = office.hire()
    series = booked(office, anna)
    anna.calendar.delete_occurrence_by_hand(the_master(anna).id, days_of(series)[1])

    office.push(office.edited(series, subject="Another"))
    office.poll(anna)

    assert same_on_both_sides(office, anna, series.guid)
    assert len(in_outlook(office, anna)) == 5


def test_an_older_push_does_not_put_back_a_day_deleted_in_outlook(office: Office) -> None:
    anna = office.hire()
    series = booked(office, anna)
    late = replace(series, subject="Late", modified_at=series.modified_at + timedelta(milliseconds=1))
    anna.calendar.delete_occurrence_by_hand(the_master(anna).id, days_of(series)[1])
    office.poll(anna)

    office.push(late)

    assert removed_days(the_master(anna).schedule) == {days_of(series)[1]}


def test_this_and_following_is_a_shorter_series_and_a_new_one(office: Office) -> None:
    anna = office.hire()
    series = booked(office, anna)

    anna.calendar.split_by_hand(the_master(anna).id, days_of(series)[3], subject="Later half")
    office.poll(anna)

    other = next(guid for guid in office.crm.listed if guid != series.guid)
    assert office.crm.listed[other].came_from_outlook
    shown = [*office.crm.shown(series.guid, _window(office)), *office.crm.shown(other, _window(office))]
    assert sorted(map(str, shown)) == sorted(map(str, in_outlook(office, anna)))
    office.poll(anna)
    assert len(office.crm.listed) == 2


def test_a_new_rule_in_outlook_is_told_and_what_was_special_is_plain_again(office: Office) -> None:
    anna = office.hire()
    guid, days = imported(office, anna)
    master = the_master(anna).id
    anna.calendar.change_occurrence_by_hand(master, days[2], subject="Special")
    office.poll(anna)

    anna.calendar.change_rule_by_hand(master, "RRULE:FREQ=WEEKLY;BYDAY=MO,WE;COUNT=8")
    office.poll(anna)

    assert same_on_both_sides(office, anna, guid)
    assert "Special" not in [subject for subject, _ in office.crm.shown(guid, _window(office))]


def test_a_new_rule_in_salesexec_makes_plain_again_what_was_special(office: Office) -> None:
    anna = office.hire()
    series = booked(office, anna)
    push_one(office, series, days_of(series)[1], subject="Special")
    known = office.crm.appointment(series.guid)

    office.push(
        office.edited(known, schedule=repeating(at(weeks_from(office)), "RRULE:FREQ=WEEKLY;BYDAY=MO,FR;COUNT=9"))
    )
    office.poll(anna)

    assert same_on_both_sides(office, anna, series.guid)


def test_an_endless_series_begun_years_ago_is_told_once(office: Office) -> None:
    anna = office.hire()
    long_ago = weeks_from(office) - timedelta(weeks=520)

    anna.calendar.add_series_by_hand(at(long_ago), "RRULE:FREQ=DAILY", subject="Every day")
    office.poll(anna)

    (change,) = changes(office)
    assert change.event is not None
    assert isinstance(change.event.schedule, Series)
    assert same_on_both_sides(office, anna, next(iter(office.crm.listed)))


def test_what_is_special_outside_the_window_is_told_when_the_window_reaches_it(office: Office) -> None:
    anna = office.hire(preferences=Preferences(window_future_days=30))
    day = weeks_from(office)
    master = anna.calendar.add_series_by_hand(at(day), "RRULE:FREQ=WEEKLY", subject="Stand-up")
    anna.calendar.change_occurrence_by_hand(master.id, day + timedelta(weeks=8), subject="Special")
    office.poll(anna)
    assert len(changes(office)) == 1

    office.pass_time(timedelta(days=40))

    assert [change.event and change.event.subject for change in changes(office)[1:]] == ["Special"]


def test_a_series_deleted_in_outlook_is_deleted_in_salesexec(office: Office) -> None:
    anna = office.hire()
    guid, _ = imported(office, anna)

    anna.calendar.delete_by_hand(the_master(anna).id)
    office.poll(anna)

    assert changes(office)[-1].action.value == "Delete"
    assert [each.guid for each in office.active(anna)] == []
    assert changes(office)[-1].appointment == guid


def test_a_series_that_is_over_is_not_deleted_with_its_event(office: Office) -> None:
    anna = office.hire()
    guid, _ = imported(office, anna, "RRULE:FREQ=DAILY;COUNT=2")
    office.pass_time(timedelta(days=12))

    anna.calendar.delete_by_hand(the_master(anna).id)
    office.poll(anna)

    assert [each.guid for each in office.active(anna)] == [guid]


def test_a_yearly_series_with_nothing_in_the_window_is_not_taken_for_deleted(office: Office) -> None:
    anna = office.hire()
    series = booked(office, anna, schedule=repeating(at(weeks_from(office)), "RRULE:FREQ=YEARLY"))

    office.pass_time(timedelta(days=60))

    assert [each.guid for each in office.active(anna)] == [series.guid]
    assert changes(office) == []


def test_a_private_series_is_busy_and_so_are_its_special_days(office: Office) -> None:
    anna = office.hire()
    day = weeks_from(office)
    master = anna.calendar.add_series_by_hand(at(day), WEEKLY, subject="Doctor", sensitivity=Sensitivity.PRIVATE)
    anna.calendar.change_occurrence_by_hand(
        master.id, day + timedelta(weeks=1), subject="Other doctor", schedule=at(day + timedelta(weeks=1), 15)
    )
    office.poll(anna)

    assert {change.event.subject for change in changes(office) if change.event} == {"Busy"}
    assert len(changes(office)) == 2


def test_an_all_day_series_stays_on_its_days(office: Office) -> None:
    anna = office.hire()
    day = weeks_from(office)
    first = AllDay(first_day=day, day_after=day + timedelta(days=1))
    master = anna.calendar.add_series_by_hand(first, WEEKLY, subject="Feast")
    anna.calendar.delete_occurrence_by_hand(master.id, day + timedelta(weeks=1))
    moved = day + timedelta(weeks=2, days=2)
    anna.calendar.change_occurrence_by_hand(
        master.id, day + timedelta(weeks=2), schedule=AllDay(first_day=moved, day_after=moved + timedelta(days=1))
    )

    office.poll(anna)

    assert same_on_both_sides(office, anna, next(iter(office.crm.listed)))


def test_a_change_on_both_sides_of_one_occurrence_goes_to_the_newer(office: Office) -> None:
    anna = office.hire()
    series = booked(office, anna)
    day = days_of(series)[1]
    office.pass_time(timedelta(minutes=1))
    anna.calendar.change_occurrence_by_hand(the_master(anna).id, day, subject="By Outlook", location="Here")
    office.clock.move(timedelta(minutes=1))

    push_one(office, series, day, subject="By SalesExec", modified_at=office.clock.now())
    office.poll(anna)

    assert office.crm.occurrence(series.guid, day).subject == "By SalesExec"
    assert office.crm.occurrence(series.guid, day).location == "Here"
    assert same_on_both_sides(office, anna, series.guid)


def test_an_occurrence_edited_in_outlook_is_not_cancelled_before_salesexec_has_seen_the_edit(office: Office) -> None:
    anna = office.hire()
    series = booked(office, anna)
    day = days_of(series)[1]
    anna.calendar.change_occurrence_by_hand(the_master(anna).id, day, subject="Edited")

    first = cancel_one(office, series, day)
    office.poll(anna)
    second = cancel_one(office, series, day)

    assert (first.outcome, first.reason) == (Outcome.SKIPPED, "EditedInOutlook")
    assert second.outcome is Outcome.DELETED
    assert same_on_both_sides(office, anna, series.guid)


def test_a_series_with_an_edited_occurrence_is_not_removed_before_salesexec_has_seen_the_edit(office: Office) -> None:
    anna = office.hire()
    series = booked(office, anna)
    anna.calendar.change_occurrence_by_hand(the_master(anna).id, days_of(series)[1], subject="Edited")

    answer = office.remove(series.guid, office.clock.now())

    assert (answer.outcome, answer.reason) == (Outcome.SKIPPED, "EditedInOutlook")


def test_losing_the_table_doubles_no_series_and_loses_nothing_of_it(office: Office) -> None:
    anna = office.hire()
    series = booked(office, anna)
    push_one(office, series, days_of(series)[1], subject="Special")
    cancel_one(office, series, days_of(series)[2])
    guid = office.crm.book(office.crm.appointment(series.guid), event_id=the_master(anna).id).guid

    office.pairs.lose()
    office.poll(anna)
    office.reconcile(anna)
    office.poll(anna)

    assert list(office.crm.listed) == [guid]
    assert len(anna.calendar.events) == 1
    assert same_on_both_sides(office, anna, guid)


def test_a_series_that_makes_no_sense_is_counted_and_stops_nothing(office: Office) -> None:
    anna = office.hire()
    odd = anna.calendar.add_series_by_hand(at(weeks_from(office)), WEEKLY, subject="Odd")
    anna.calendar.garble_by_hand(odd.id)
    anna.calendar.add_series_by_hand(at(weeks_from(office), 12), WEEKLY, subject="Sound")

    office.poll(anna)

    assert [each.appointment.subject for each in office.crm.listed.values()] == ["Sound"]


def _window(office: Office) -> Window:
    return Preferences(window_past_days=7, window_future_days=80).window(office.clock.now())
