"""From Outlook to SalesExec."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest

from tests.control import Control
from tests.scenarios.people import Person
from tests.scenarios.series.hands import YEAR, Hands

WEEKLY = {"Type": "weekly", "DaysOfWeek": ["monday"]}
EIGHT = {"Type": "numbered", "NumberOfOccurrences": 8}


@pytest.fixture(name="series")
def _series(hands: Hands) -> str:
    """Return the id of a series that SalesExec knows."""
    master = hands.add_series(WEEKLY, EIGHT)
    hands.rep.poll()
    return str(master["Id"])


def test_a_series_is_one_appointment_that_repeats(hands: Hands, series: str) -> None:
    [appointment] = hands.rep.appointments()
    assert appointment["EventId"] == series
    assert appointment["Recurrence"] == ["RRULE:FREQ=WEEKLY;BYDAY=MO;WKST=MO;COUNT=8"]
    assert appointment["TimeZone"] == "Europe/Berlin"
    assert hands.same_on_both_sides(8)


@pytest.mark.parametrize("week", [0, 3, 7])
def test_an_occurrence_is_moved(hands: Hands, series: str, week: int) -> None:
    hands.change_one(series, hands.week(week), **hands.wall(hands.week(week) + timedelta(days=1), 14))

    hands.rep.poll()

    [change] = hands.rep.told()[1:]
    assert change["SeriesEventId"] == series
    assert change["OriginalStartUtc"] == hands.slot(hands.week(week))
    assert set(change["ChangedFields"]) == {"Start", "End"}
    assert hands.same_on_both_sides(8)


def test_an_occurrence_is_changed_and_another_deleted(hands: Hands, series: str) -> None:
    hands.change_one(series, hands.week(1), Subject="Special")
    hands.delete_occurrence(series, hands.week(2))

    hands.rep.poll()

    assert hands.same_on_both_sides(7)
    assert "Special" in {subject for subject, _, _ in hands.salesexec()}
    before = len(hands.rep.told())
    hands.rep.poll()
    assert len(hands.rep.told()) == before


def test_this_and_following_becomes_a_series_of_its_own(hands: Hands, series: str) -> None:
    hands.split(series, hands.week(3), Subject="Later", **hands.wall(hands.week(3), 11))

    hands.rep.poll()

    assert len(hands.rep.appointments()) == 2
    assert hands.same_on_both_sides(8)


def test_our_own_series_is_split_and_the_later_half_is_a_new_one(hands: Hands) -> None:
    booked = hands.book("RRULE:FREQ=WEEKLY;COUNT=8")
    event_id = booked["Push"]["Body"]["EventId"]

    hands.split(event_id, hands.week(4), Subject="Later")
    hands.rep.poll()

    origins = {each["AppointmentGuid"]: each["Origin"] for each in hands.rep.appointments()}
    assert origins.pop(booked["AppointmentGuid"]) == "SalesExec"
    assert list(origins.values()) == ["Outlook"]
    assert hands.same_on_both_sides(8)


def test_a_new_pattern_in_outlook_arrives_with_what_it_undoes(hands: Hands, series: str) -> None:
    hands.change_one(series, hands.week(1), Subject="Special")
    hands.rep.poll()

    recurrence = {"Pattern": {"Type": "weekly", "DaysOfWeek": ["monday", "friday"]}, "Range": EIGHT}
    hands.rep.edit_event(series, Recurrence=recurrence)
    hands.rep.poll()

    assert hands.same_on_both_sides(8)
    assert {subject for subject, _, _ in hands.salesexec()} == {"Stand-up"}


def test_another_hour_in_outlook_keeps_what_is_special(hands: Hands, series: str) -> None:
    hands.change_one(series, hands.week(1), Subject="Special", **hands.wall(hands.week(1), 16))
    hands.rep.poll()

    hands.rep.edit_event(series, **hands.wall(hands.monday, 11))
    hands.rep.poll()

    assert hands.same_on_both_sides(8)
    assert "Special" in {subject for subject, _, _ in hands.salesexec()}


def test_an_endless_series_begun_years_ago_is_one_change(hands: Hands) -> None:
    long_ago = hands.monday - timedelta(weeks=520)
    hands.add_series({"Type": "daily"}, None, **hands.wall(long_ago))

    hands.rep.poll()

    assert len(hands.rep.told()) == 1
    assert hands.same_on_both_sides(90)


def test_a_series_across_both_changes_of_the_clocks(hands: Hands) -> None:
    hands.rep.prefer(WindowFutureDays=365)
    hands.add_series(WEEKLY)

    hands.rep.poll()

    assert hands.same_on_both_sides(52, YEAR)


def test_one_made_a_single_event_and_deleted(hands: Hands, series: str) -> None:
    hands.rep.edit_event(series, Recurrence=None)
    hands.rep.poll()
    assert hands.same_on_both_sides(1)

    hands.rep.delete_event(series)
    hands.rep.poll()

    assert hands.rep.appointments() == []


def test_a_meeting_that_repeats_is_imported_and_never_written(hands: Hands) -> None:
    master = hands.add_series(WEEKLY, EIGHT)
    hands.rep.invite(master["Id"], "ben@contoso.example")

    hands.rep.poll()

    assert hands.same_on_both_sides(8)
    guid = hands.rep.appointments()[0]["AppointmentGuid"]
    for answer in (
        hands.edit_one(guid, hands.slot(hands.week(1)), Subject="Mine"),
        hands.cancel_one(guid, hands.slot(hands.week(2))),
    ):
        assert answer["Body"]["Reason"] == "MeetingWithAttendees"
    assert len(hands.outlook()) == 8
    assert hands.rep.mails_caused_by_app() == 0


def test_a_series_to_which_the_rep_is_only_invited_is_imported_and_left_alone(hands: Hands) -> None:
    event = {"Subject": "All hands", **hands.wall(hands.monday), "Recurrence": {"Pattern": WEEKLY, "Range": EIGHT}}
    hands.receive_invitation(event)

    hands.rep.poll()

    assert hands.same_on_both_sides(8)
    guid = hands.rep.appointments()[0]["AppointmentGuid"]
    answer = hands.edit_one(guid, hands.slot(hands.week(1)), Subject="Mine")
    assert answer["Body"]["Reason"] == "MeetingWithAttendees"
    assert hands.rep.mails_caused_by_app() == 0


def test_what_is_edited_on_an_occurrence_is_not_cancelled_before_salesexec_has_seen_it(hands: Hands) -> None:
    booked = hands.book("RRULE:FREQ=WEEKLY;COUNT=8")
    guid, slot = booked["AppointmentGuid"], hands.slot(hands.week(1))
    hands.change_one(booked["Push"]["Body"]["EventId"], hands.week(1), Location="Room 3")

    refused = hands.cancel_one(guid, slot)
    hands.rep.poll()
    again = hands.cancel_one(guid, slot)

    assert refused["Body"]["Reason"] == "EditedInOutlook"
    assert again["Body"]["Outcome"] == "Deleted"
    assert hands.same_on_both_sides(7)


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "Pacific/Honolulu", "Europe/London"])
def test_whole_days_stay_on_their_day_wherever_the_rep_lives(control: Control, hire: object, zone: str) -> None:
    rep: Person = hire(TimeZone=zone)  # type: ignore[operator]
    rep.connect()
    rep.prefer(TimeZone=zone)
    hands = Hands(control, rep, zone)
    monday = hands.monday

    booked = rep.book(**_days(monday), IsAllDay=True, Recurrence=["RRULE:FREQ=WEEKLY;COUNT=4"], Subject="Out")
    hands.add_series(WEEKLY, EIGHT, **_days(monday), IsAllDay=True, TimeZone=zone, Subject="In")
    rep.poll()
    hands.edit_one(booked["AppointmentGuid"], hands.week(1).isoformat(), Subject="Special")
    hands.cancel_one(booked["AppointmentGuid"], hands.week(2).isoformat())

    assert hands.same_on_both_sides(11)
    days = {start for subject, start, _ in hands.outlook() if subject == "In"}
    assert days == {hands.week(week).isoformat() for week in range(8)}


def test_five_hundred_events_of_which_most_are_occurrences_cost_few_requests(hands: Hands) -> None:
    rep = hands.rep
    rep.prefer(WindowFutureDays=180)
    for number in range(20):
        hands.add_series(WEEKLY, {"Type": "numbered", "NumberOfOccurrences": 20}, Subject=f"Series {number}")
    for number in range(100):
        rep.add_event(Subject=f"Single {number}")
    before = rep.mark()
    rep.poll()
    first = Counter(rep.graph_calls(before))
    rep.add_event(Subject="One more")

    before = rep.mark()
    rep.poll()

    assert first["GET event"] == 20
    assert first["GET calendarView"] == 10
    assert Counter(rep.graph_calls(before)) == {"GET delta": 1, "GET calendarView": 11}
    assert len(rep.appointments()) == 121


def _days(day: date) -> dict[str, str]:
    return {"Start": day.isoformat(), "End": (day + timedelta(days=1)).isoformat()}
