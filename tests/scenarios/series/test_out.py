"""From SalesExec to Outlook."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.control import Control
from tests.scenarios.api import outcome
from tests.scenarios.people import Person, a_guid, later
from tests.scenarios.series.hands import YEAR, Hands
from tests.waiting import until

MONDAYS = "RRULE:FREQ=WEEKLY;COUNT=8"


def test_a_weekly_series_keeps_its_hour_across_both_changes_of_the_clocks(hands: Hands) -> None:
    hands.rep.prefer(WindowFutureDays=365)

    booked = hands.book("RRULE:FREQ=WEEKLY")

    assert booked["Push"]["Status"] == 201
    assert hands.same_on_both_sides(52, YEAR)
    starts = [datetime.fromisoformat(start) for _, start, _ in hands.outlook(YEAR)]
    assert {start.astimezone(ZoneInfo(hands.zone)).hour for start in starts} == {9}
    assert {start.hour for start in starts} == {7, 8}
    assert hands.rep.push(booked["AppointmentGuid"], **_again(booked)).json()["Outcome"] == "Unchanged"


def test_days_taken_out_are_not_in_outlook_and_one_put_back_is(hands: Hands) -> None:
    out = [f"EXDATE:{hands.slot(hands.week(week)).replace('-', '').replace(':', '')}" for week in (1, 3)]

    booked = hands.book(MONDAYS, *out)

    assert hands.same_on_both_sides(6)
    hands.rep.edit(booked["AppointmentGuid"], Recurrence=[MONDAYS, out[1]])
    assert hands.same_on_both_sides(7)


@pytest.mark.parametrize("week", [0, 2, 7])
def test_one_occurrence_is_moved_and_changed(hands: Hands, week: int) -> None:
    guid = hands.book(MONDAYS)["AppointmentGuid"]
    day = hands.week(week)

    answer = hands.edit_one(guid, hands.slot(day), Subject="Special", **hands.wall(day + timedelta(days=1), 15))

    assert (answer["Status"], answer["Body"]["Outcome"]) == (200, "Updated")
    assert hands.same_on_both_sides(8)
    assert "Special" in {subject for subject, _, _ in hands.outlook()}
    hands.rep.poll()
    assert hands.rep.told() == []


def test_one_occurrence_is_changed_again_and_then_cancelled(hands: Hands) -> None:
    guid = hands.book(MONDAYS)["AppointmentGuid"]
    slot = hands.slot(hands.week(2))
    hands.edit_one(guid, slot, **hands.wall(hands.week(2), 15))
    hands.edit_one(guid, slot, Subject="Again", **hands.wall(hands.week(2), 16))
    assert hands.same_on_both_sides(8)

    answer = hands.cancel_one(guid, slot)

    assert answer["Body"]["Outcome"] == "Deleted"
    assert hands.same_on_both_sides(7)
    hands.rep.poll()
    assert hands.rep.told() == []
    assert hands.rep.api.receipt(guid)["Entries"][0]["Outcome"] == "Deleted"


def test_the_first_occurrence_is_cancelled_and_the_series_goes_on(hands: Hands) -> None:
    guid = hands.book(MONDAYS)["AppointmentGuid"]

    hands.cancel_one(guid, hands.slot(hands.monday))
    hands.rep.edit(guid, Subject="Renamed")

    assert hands.same_on_both_sides(7)


def test_the_pattern_changes_while_an_occurrence_is_special(hands: Hands) -> None:
    guid = hands.book(MONDAYS)["AppointmentGuid"]
    hands.edit_one(guid, hands.slot(hands.week(1)), Subject="Special")

    hands.rep.edit(guid, Recurrence=["RRULE:FREQ=WEEKLY;BYDAY=MO,TH;COUNT=10"])
    hands.rep.poll()

    assert hands.same_on_both_sides(10)
    assert {subject for subject, _, _ in hands.outlook()} == {"Plan"}


def test_another_hour_keeps_what_is_special(hands: Hands) -> None:
    guid = hands.book(MONDAYS)["AppointmentGuid"]
    hands.edit_one(guid, hands.slot(hands.week(1)), Subject="Special", **hands.wall(hands.week(1), 16))

    hands.rep.edit(guid, **hands.wall(hands.monday, 11))
    hands.rep.poll()

    assert hands.same_on_both_sides(8)
    assert "Special" in {subject for subject, _, _ in hands.outlook()}


def test_a_single_appointment_becomes_a_series_and_is_single_again(hands: Hands) -> None:
    booked = hands.rep.book(**hands.wall(hands.monday), Subject="Plan")
    guid, event_id = booked["AppointmentGuid"], booked["Push"]["Body"]["EventId"]

    series = hands.rep.edit(guid, Recurrence=["RRULE:FREQ=DAILY;COUNT=5"])

    assert series["Push"]["Body"]["EventId"] == event_id
    assert hands.same_on_both_sides(5)
    assert hands.rep.edit(guid, Recurrence=[])["Push"]["Body"]["EventId"] == event_id
    assert hands.same_on_both_sides(1)


def test_an_occurrence_cannot_be_moved_past_its_neighbour(hands: Hands) -> None:
    guid = hands.book(MONDAYS)["AppointmentGuid"]

    answer = hands.put_one(guid, hands.slot(hands.monday), **hands.wall(hands.week(1), 15))

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/Start"
    assert hands.same_on_both_sides(8)


def test_a_slot_that_is_not_there_is_not_found(hands: Hands) -> None:
    guid = hands.book(MONDAYS)["AppointmentGuid"]
    tuesday = hands.slot(hands.monday + timedelta(days=1))

    assert hands.put_one(guid, tuesday).status_code == 404
    assert hands.delete_one(guid, tuesday, later()).status_code == 404
    assert hands.put_one(a_guid(), hands.slot(hands.monday)).status_code == 404
    hands.cancel_one(guid, hands.slot(hands.week(1)))
    assert hands.put_one(guid, hands.slot(hands.week(1))).status_code == 404


@pytest.mark.parametrize("slot", ["tomorrow", "2026-13-01", "2026-12-01T09:00:00", "T", "%20"])
def test_a_slot_that_says_no_time_is_a_bad_request(hands: Hands, slot: str) -> None:
    answer = hands.put_one(a_guid(), slot)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/OriginalStart"


def test_one_occurrence_cannot_repeat(hands: Hands) -> None:
    answer = hands.put_one(a_guid(), hands.slot(hands.monday), **hands.wall(hands.monday), Recurrence=[MONDAYS])

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/Recurrence"


@pytest.mark.parametrize(
    ("rule", "word"),
    [
        ("RRULE:FREQ=HOURLY", "HOURLY"),
        ("RRULE:FREQ=MONTHLY;BYMONTHDAY=1,15", "BYMONTHDAY"),
        ("RRULE:FREQ=WEEKLY;BYHOUR=9,12", "BYHOUR"),
        ("RRULE:FREQ=YEARLY;BYWEEKNO=20", "BYWEEKNO"),
        ("RRULE:FREQ=WEEKLY;COUNT=3;UNTIL=20270101T000000Z", "COUNT"),
    ],
)
def test_what_outlook_cannot_hold_is_refused_by_name_and_nothing_is_written(hands: Hands, rule: str, word: str) -> None:
    guid = a_guid()

    answer = hands.rep.push(guid, **hands.wall(hands.monday), Recurrence=[rule])

    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert word in error["detail"]
    assert hands.rep.events() == []
    assert hands.rep.api.call("GET", f"appointments/{guid}/receipt", "get_receipt").status_code == 404


def test_a_series_and_its_occurrences_wait_while_graph_throttles(control: Control, hands: Hands) -> None:
    control.fault("graph", "throttle", times=1, RetryAfter="2", Match={"Actor": hands.rep.upn})

    guid = hands.book(MONDAYS)["AppointmentGuid"]
    one = hands.edit_one(guid, hands.slot(hands.week(1)), Subject="Special")
    gone = hands.cancel_one(guid, hands.slot(hands.week(2)))

    assert (one["Status"], gone["Status"]) == (202, 202)
    until(lambda: len(hands.outlook()) == 7, seconds=40, what="all has arrived")
    assert hands.same_on_both_sides(7)


def test_removing_a_series_takes_out_all_of_it(hands: Hands) -> None:
    guid = hands.book(MONDAYS)["AppointmentGuid"]
    hands.edit_one(guid, hands.slot(hands.week(1)), Subject="Special")

    answer = hands.rep.api.delete(guid, later())

    assert outcome(answer) == (200, "Deleted", None)
    assert hands.outlook() == []


def _again(booked: dict[str, object]) -> dict[str, object]:
    names = ("Subject", "Body", "Start", "End", "TimeZone", "Recurrence")
    return {name: booked[name] for name in names if name in booked}


def test_two_reps_series_do_not_mix(control: Control, hire: object, hands: Hands) -> None:
    guid = hands.book(MONDAYS)["AppointmentGuid"]
    ben: Person = hire()  # type: ignore[operator]
    ben.connect()

    hands.rep.hand_over(guid, ben)

    assert hands.outlook() == []
    assert Hands(control, ben).same_on_both_sides(8)
