"""From SalesExec to Outlook: a series, and changes of it and of single occurrences."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from shared_code.domain.events import EventKind
from shared_code.domain.preferences import Preferences
from shared_code.domain.receipts import Outcome
from shared_code.domain.schedules import AllDay, Series
from shared_code.domain.series import removed_days
from shared_code.use_cases.errors import CrossesNeighbour, NoSuchOccurrence
from shared_code.use_cases.remove_appointment import Removal
from shared_code.use_cases.waiting_pushes import push_occurrence_now_or_later, remove_occurrence_now_or_later
from tests.builders import an_appointment_guid
from tests.use_cases.office import Office
from tests.use_cases.series.stories import (
    HOUR,
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


def test_a_series_is_one_event_in_outlook_and_an_equal_push_is_nothing(office: Office) -> None:
    anna = office.hire()

    series = booked(office, anna)
    again = office.push(series)

    assert again.outcome is Outcome.UNCHANGED
    assert len(in_outlook(office, anna)) == 6
    assert same_on_both_sides(office, anna, series.guid)
    assert the_master(anna).mark is not None


def test_a_series_keeps_its_hour_when_clocks_change(office: Office) -> None:
    anna = office.hire(preferences=replace(Preferences(), window_future_days=365))
    day = weeks_from(office)

    series = booked(office, anna, schedule=repeating(at(day), "RRULE:FREQ=WEEKLY"))

    shown = in_outlook(office, anna, days=300)
    assert {once.start_at.hour for _, once in shown if not isinstance(once, AllDay)} == {7, 8}
    assert series.schedule == the_master(anna).schedule


def test_days_taken_out_of_a_series_are_deleted_occurrences(office: Office) -> None:
    anna = office.hire()
    day = weeks_from(office)
    out = (day + timedelta(weeks=1), day + timedelta(weeks=3))

    series = booked(office, anna, schedule=repeating(at(day), "RRULE:FREQ=WEEKLY;COUNT=6", *out))

    assert removed_days(the_master(anna).schedule) == frozenset(out)
    assert same_on_both_sides(office, anna, series.guid)
    assert office.push(series).outcome is Outcome.UNCHANGED
    assert office.pair(anna, series.guid).removed == frozenset(out)


def test_another_day_taken_out_costs_no_more_than_that_day(office: Office) -> None:
    anna = office.hire()
    series = booked(office, anna)
    master = the_master(anna)
    schedule = repeating(at(weeks_from(office)), "RRULE:FREQ=WEEKLY;COUNT=6", days_of(series)[2])

    answer = office.push(office.edited(series, schedule=schedule))

    assert answer.outcome is Outcome.UPDATED
    assert "change" not in anna.calendar.calls
    assert removed_days(the_master(anna).schedule) == {days_of(series)[2]}
    assert the_master(anna).id == master.id
    assert same_on_both_sides(office, anna, series.guid)


def test_a_day_that_is_put_back_is_there_again(office: Office) -> None:
    anna = office.hire()
    day = weeks_from(office)
    out = (day + timedelta(weeks=1), day + timedelta(weeks=3))
    series = booked(office, anna, schedule=repeating(at(day), "RRULE:FREQ=WEEKLY;COUNT=6", *out))

    office.push(office.edited(series, schedule=repeating(at(day), "RRULE:FREQ=WEEKLY;COUNT=6", out[1])))

    assert removed_days(the_master(anna).schedule) == {out[1]}
    assert same_on_both_sides(office, anna, series.guid)


@pytest.mark.parametrize(
    "rule", ["RRULE:FREQ=WEEKLY;BYDAY=MO,TH;COUNT=9", "RRULE:FREQ=DAILY;COUNT=4", "RRULE:FREQ=MONTHLY;COUNT=3"]
)
def test_a_new_rule_is_a_new_rule_in_outlook(office: Office, rule: str) -> None:
    anna = office.hire()
    series = booked(office, anna)
    before = the_master(anna).id

    office.push(office.edited(series, schedule=repeating(at(weeks_from(office)), rule)))

    assert the_master(anna).id == before
    assert same_on_both_sides(office, anna, series.guid)


def test_a_new_hour_keeps_what_was_changed_of_single_occurrences(office: Office) -> None:
    anna = office.hire()
    series = booked(office, anna)
    push_one(office, series, days_of(series)[1], subject="Special")
    day = weeks_from(office)

    office.push(office.edited(series, schedule=repeating(at(day, 11), "RRULE:FREQ=WEEKLY;COUNT=6")))

    assert [subject for subject, _ in in_outlook(office, anna)].count("Special") == 1


def test_a_single_appointment_becomes_a_series_and_is_single_again(office: Office) -> None:
    anna = office.hire()
    day = weeks_from(office)
    single = office.booked(anna, schedule=at(day))
    event_id = next(iter(anna.calendar.events))

    series = office.edited(single, schedule=repeating(at(day), "RRULE:FREQ=DAILY;COUNT=3"))
    office.push(series)

    assert the_master(anna).id == event_id
    assert len(in_outlook(office, anna)) == 3
    office.push(office.edited(series, schedule=at(day)))
    assert [event.kind for event in anna.calendar.events.values()] == [EventKind.SINGLE]
    assert same_on_both_sides(office, anna, series.guid)


@pytest.mark.parametrize("which", [0, 2, 5])
def test_one_occurrence_is_changed_by_itself(office: Office, which: int) -> None:
    anna = office.hire()
    series = booked(office, anna)
    day = days_of(series)[which]

    answer = push_one(office, series, day, subject="Moved", schedule=at(day, 15))

    assert answer.outcome is Outcome.UPDATED
    assert same_on_both_sides(office, anna, series.guid)
    assert [subject for subject, _ in in_outlook(office, anna)].count("Moved") == 1
    again = push_one(office, series, day, subject="Moved")
    assert again.outcome is Outcome.UNCHANGED
    office.poll(anna)
    assert office.crm.calls == []


def test_an_occurrence_that_was_changed_is_changed_again(office: Office) -> None:
    anna = office.hire()
    series = booked(office, anna)
    day = days_of(series)[1]
    push_one(office, series, day, schedule=at(day, 15))

    push_one(office, series, day, subject="Again", schedule=at(day + timedelta(days=1), 16))

    assert same_on_both_sides(office, anna, series.guid)


@pytest.mark.parametrize("which", [0, 3])
def test_one_occurrence_is_cancelled(office: Office, which: int) -> None:
    anna = office.hire()
    series = booked(office, anna)

    answer = cancel_one(office, series, days_of(series)[which])

    assert answer.outcome is Outcome.DELETED
    assert same_on_both_sides(office, anna, series.guid)
    assert cancel_one(office, series, days_of(series)[which]).outcome is Outcome.ABSENT
    assert office.push(office.crm.appointment(series.guid)).outcome is Outcome.UNCHANGED
    office.poll(anna)
    assert office.crm.calls == []


def test_an_occurrence_that_was_changed_is_cancelled(office: Office) -> None:
    anna = office.hire()
    series = booked(office, anna)
    day = days_of(series)[1]
    push_one(office, series, day, schedule=at(day, 15))

    assert cancel_one(office, series, day).outcome is Outcome.DELETED
    assert same_on_both_sides(office, anna, series.guid)


def test_an_occurrence_stays_between_its_neighbours(office: Office) -> None:
    anna = office.hire()
    series = booked(office, anna)
    first, second, *_ = days_of(series)

    with pytest.raises(CrossesNeighbour, match="in order"):
        push_one(office, series, first, schedule=at(second, 15))


@pytest.mark.parametrize("slot", ["2031-01-01T09:00:00Z", "2031-01-01"])
def test_a_slot_that_the_series_does_not_have_is_refused(office: Office, slot: str) -> None:
    anna = office.hire()
    series = booked(office, anna)
    one = replace(series, schedule=at(days_of(series)[0]))

    with pytest.raises(NoSuchOccurrence):
        push_occurrence_now_or_later(one, slot, ports=office.ports, correlation_id="one")
    removal = Removal(appointment=series.guid, modified_at=series.modified_at)
    with pytest.raises(NoSuchOccurrence):
        remove_occurrence_now_or_later(removal, slot, ports=office.ports, correlation_id="one")


def test_an_occurrence_of_no_series_is_refused(office: Office) -> None:
    anna = office.hire()
    single = office.booked(anna, schedule=at(weeks_from(office)))
    slot = f"{weeks_from(office).isoformat()}T08:00:00Z"

    for guid in (single.guid, an_appointment_guid()):
        with pytest.raises(NoSuchOccurrence):
            push_occurrence_now_or_later(replace(single, guid=guid), slot, ports=office.ports, correlation_id="one")


def test_an_older_change_of_an_occurrence_is_stale(office: Office) -> None:
    anna = office.hire()
    series = booked(office, anna)
    day = days_of(series)[1]
    old = replace(office.crm.change_occurrence(series.guid, day), subject="Old")
    push_one(office, series, day, subject="New")
    slot = f"{day.isoformat()}"

    answer = push_occurrence_now_or_later(old, slot, ports=office.ports, correlation_id="one")

    assert answer.outcome is Outcome.STALE


def test_a_change_of_an_occurrence_waits_behind_the_push_of_its_series(office: Office) -> None:
    anna = office.hire()
    anna.graph.throttle(HOUR)
    series = booked(office, anna)
    day = days_of(series)[2]

    one = push_one(office, series, day, subject="Special")
    gone = cancel_one(office, series, days_of(series)[4])

    assert (one.outcome, gone.outcome) == (Outcome.QUEUED, Outcome.QUEUED)
    office.pass_time(2 * HOUR)
    assert same_on_both_sides(office, anna, series.guid)
    assert office.waiting.of(anna.user) == []
    assert not office.pair(anna, series.guid).is_waiting


def test_an_all_day_series_has_its_days_and_loses_one(office: Office) -> None:
    anna = office.hire()
    day = weeks_from(office)
    first = AllDay(first_day=day, day_after=day + timedelta(days=1))

    series = booked(office, anna, schedule=repeating(first, "RRULE:FREQ=WEEKLY;COUNT=4", day + timedelta(weeks=2)))
    push_one(office, series, day + timedelta(weeks=1), subject="Feast")

    assert same_on_both_sides(office, anna, series.guid)
    assert len(in_outlook(office, anna)) == 3


def test_removing_a_series_removes_all_of_it(office: Office) -> None:
    anna = office.hire()
    series = booked(office, anna)
    push_one(office, series, days_of(series)[1], subject="Special")

    answer = office.remove(series.guid, office.clock.now() + HOUR)

    assert answer.outcome is Outcome.DELETED
    assert anna.calendar.events == {}


def test_a_series_outside_the_window_is_skipped_though_it_begins_before_and_ends_after(office: Office) -> None:
    anna = office.hire()
    long_ago = date(office.clock.now().year - 1, 6, 15)

    yearly = booked(office, anna, schedule=repeating(at(long_ago), "RRULE:FREQ=YEARLY"))
    weekly = booked(office, anna, schedule=repeating(at(long_ago), "RRULE:FREQ=WEEKLY"))

    assert isinstance(yearly.schedule, Series)
    assert [entry.outcome for entry in office.receipt(anna, yearly.guid)] == [Outcome.SKIPPED]
    assert [entry.outcome for entry in office.receipt(anna, weekly.guid)] == [Outcome.CREATED]


def test_a_change_of_one_occurrence_is_in_the_receipt_of_the_series(office: Office) -> None:
    anna = office.hire()
    series = booked(office, anna)
    day = days_of(series)[1]

    push_one(office, series, day, subject="Special")
    cancel_one(office, series, days_of(series)[2])

    newest, before, _ = office.receipt(anna, series.guid)
    assert days_of(series)[2].isoformat() in newest.why
    assert day.isoformat() in before.why
