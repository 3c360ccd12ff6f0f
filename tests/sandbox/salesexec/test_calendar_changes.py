"""What the simulated SalesExec does with changes that come from calendars."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import LiveSandbox
from tests.sandbox.salesexec.office import (
    OTHER_REP,
    REP,
    a_change,
    a_delete,
    an_event,
    appointments,
    call,
    open_office,
    send,
)


def test_an_imported_event_becomes_an_appointment(live_sandbox: LiveSandbox) -> None:
    open_office(live_sandbox)

    [result] = send(live_sandbox, a_change())

    [found] = appointments(live_sandbox)
    assert result["Outcome"] == "Applied"
    assert found["AppointmentGuid"] == result["AppointmentGuid"]
    assert found["ModifiedUtc"] == result["ModifiedUtc"]
    assert (found["Origin"], found["EventId"], found["Subject"]) == ("Outlook", "AAMkEvent", "Dentist")


def test_the_same_change_is_applied_once(live_sandbox: LiveSandbox) -> None:
    open_office(live_sandbox)
    [first] = send(live_sandbox, a_change())

    [second] = send(live_sandbox, a_change())

    assert second["Outcome"] == "Duplicate"
    assert second["AppointmentGuid"] == first["AppointmentGuid"]
    assert len(appointments(live_sandbox)) == 1


def test_the_same_change_id_of_two_reps_is_two_changes(live_sandbox: LiveSandbox) -> None:
    open_office(live_sandbox)
    send(live_sandbox, a_change())

    [result] = send(live_sandbox, a_change(), rep=OTHER_REP)

    assert result["Outcome"] == "Applied"


def test_only_the_fields_that_changed_are_taken_over(live_sandbox: LiveSandbox) -> None:
    open_office(live_sandbox)
    [first] = send(live_sandbox, a_change())
    later = an_event(Subject="Dentist, later", Location="Elsewhere")

    [second] = send(
        live_sandbox,
        a_change("2", AppointmentGuid=first["AppointmentGuid"], Sequence=2, ChangedFields=["Subject"], Event=later),
    )

    [found] = appointments(live_sandbox)
    assert (found["Subject"], found["Location"]) == ("Dentist, later", "Main Street 1")
    assert second["ModifiedUtc"] > first["ModifiedUtc"]


def test_what_would_end_before_it_starts_is_rejected(live_sandbox: LiveSandbox) -> None:
    open_office(live_sandbox)
    [first] = send(live_sandbox, a_change())
    earlier = an_event(Start="2026-11-30T09:00:00+01:00", End="2026-11-30T11:00:00+01:00")
    known = {"AppointmentGuid": first["AppointmentGuid"], "Sequence": 2, "Event": earlier}

    [refused] = send(live_sandbox, a_change("2", ChangedFields=["End"], **known))
    [taken] = send(live_sandbox, a_change("3", ChangedFields=["End", "Start"], **known))

    assert (refused["Outcome"], refused["Reason"]) == ("Rejected", "It would end before it starts.")
    assert taken["Outcome"] == "Applied"


def test_a_lower_sequence_that_comes_late_changes_nothing(live_sandbox: LiveSandbox) -> None:
    open_office(live_sandbox)
    [first] = send(live_sandbox, a_change(Sequence=5))
    guid = first["AppointmentGuid"]
    old = a_change("2", AppointmentGuid=guid, Sequence=4, Event=an_event(Subject="Old"))

    [late] = send(live_sandbox, old)

    assert (late["Outcome"], late["AppointmentGuid"]) == ("Duplicate", guid)
    assert appointments(live_sandbox)[0]["Subject"] == "Dentist"


def test_each_slot_of_a_series_has_a_sequence_of_its_own(live_sandbox: LiveSandbox) -> None:
    open_office(live_sandbox)
    [master] = send(live_sandbox, a_change(Sequence=50, Event=an_event(Recurrence=["RRULE:FREQ=DAILY;COUNT=3"])))
    guid = master["AppointmentGuid"]
    slot = {"EventId": "AAMkOne", "SeriesEventId": "AAMkEvent", "OriginalStartUtc": "2026-12-02T08:00:00Z"}
    moved = an_event(Start="2026-12-02T11:00:00+01:00", End="2026-12-02T12:00:00+01:00")

    [occurrence] = send(
        live_sandbox,
        a_change("2", AppointmentGuid=guid, Sequence=7, ChangedFields=["Start", "End"], Event=moved, **slot),
    )

    shown = live_sandbox.control("GET", f"/salesexec/appointments/{guid}")
    assert occurrence["Outcome"] == "Applied"
    assert shown["Occurrences"]["2026-12-02T08:00:00Z"]["Start"] == "2026-12-02T11:00:00+01:00"
    assert shown["Start"] == "2026-12-01T09:00:00+01:00"
    assert shown["Sequences"] == {"": 50, "2026-12-02T08:00:00Z": 7}


def test_a_deleted_event_cancels_its_appointment_and_an_edit_revives_it(live_sandbox: LiveSandbox) -> None:
    open_office(live_sandbox)
    [first] = send(live_sandbox, a_change())
    guid = first["AppointmentGuid"]
    [deleted] = send(live_sandbox, a_delete(guid))
    canceled = appointments(live_sandbox)[0]["Status"]

    send(live_sandbox, a_change("3", AppointmentGuid=guid, Sequence=10, ChangedFields=["Subject"]))

    assert deleted["Outcome"] == "Applied"
    assert canceled == "Canceled"
    assert appointments(live_sandbox)[0]["Status"] == "Pending"


def test_changes_are_applied_in_order_and_one_refusal_stops_nobody_else(live_sandbox: LiveSandbox) -> None:
    open_office(live_sandbox)
    live_sandbox.control("POST", "/salesexec/config", {"RejectSubjects": ["secret"]})

    results = send(
        live_sandbox,
        a_change("1", EventId="A"),
        a_change("2", EventId="B", Event=an_event(Subject="A Secret meeting")),
        a_change("3", EventId="C"),
    )

    assert [result["Outcome"] for result in results] == ["Applied", "Rejected", "Applied"]
    assert "secret" in results[1]["Reason"]
    assert [each["EventId"] for each in appointments(live_sandbox)] == ["A", "C"]


def test_an_appointment_of_another_rep_is_not_touched(live_sandbox: LiveSandbox) -> None:
    open_office(live_sandbox)
    [first] = send(live_sandbox, a_change())
    theirs = first["AppointmentGuid"]
    unknown = "99999999-9999-4999-8999-999999999999"

    results = send(
        live_sandbox,
        a_change("2", AppointmentGuid=theirs, Sequence=2),
        a_delete(theirs, "3"),
        a_change("4", AppointmentGuid=unknown),
        a_delete(None, "5"),
        rep=OTHER_REP,
    )

    assert [result["Outcome"] for result in results] == ["Rejected"] * 4
    assert appointments(live_sandbox)[0]["Status"] == "Pending"


def test_the_history_says_what_changed_an_appointment(live_sandbox: LiveSandbox) -> None:
    open_office(live_sandbox)
    [first] = send(live_sandbox, a_change(Sequence=3))

    history = live_sandbox.control("GET", f"/salesexec/appointments/{first['AppointmentGuid']}")["History"]

    assert [(line["By"], line["ChangeId"], line["Sequence"]) for line in history] == [("Outlook", "change-1", 3)]


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"Sequence": "12"}, "/Changes/0/Sequence"),
        ({"Sequence": True}, "/Changes/0/Sequence"),
        ({"Action": "Update"}, "/Changes/0/Action"),
        ({"AppointmentGuid": "ABC"}, "/Changes/0/AppointmentGuid"),
        ({"EventId": ""}, "/Changes/0/EventId"),
        ({"SeriesEventId": "x"}, "/Changes/0"),
        ({"OriginalStartUtc": "2026-12-01"}, "/Changes/0"),
        ({"ChangedFields": ["Color"]}, "/Changes/0/ChangedFields"),
        ({"Event": None}, "/Changes/0/Event"),
        ({"Surprise": 1}, "/Changes/0/Surprise"),
        ({"Action": "Delete"}, "/Changes/0/Event"),
        ({"Event": an_event(Start="2026-12-01T09:00:00")}, "/Changes/0/Event/Start"),
        ({"Event": an_event(End="2026-12-01T08:00:00+01:00")}, "/Changes/0/Event/End"),
        ({"Event": an_event(Start="2026-12-01", End="2026-12-02")}, "/Changes/0/Event"),
        ({"Event": an_event(Start="2026-12-01", End="2026-12-01", IsAllDay=True)}, "/Changes/0/Event/End"),
        ({"Event": an_event(TimeZone="Pacific Standard Time")}, "/Changes/0/Event/TimeZone"),
        ({"Event": an_event(ShowAs="oof")}, "/Changes/0/Event/ShowAs"),
        ({"Event": an_event(Subject="x" * 256)}, "/Changes/0/Event/Subject"),
        ({"Event": an_event(Recurrence=["EXDATE:20261201"])}, "/Changes/0/Event/Recurrence"),
        ({"Event": an_event(ModifiedUtc="2026-11-22T10:00:00+01:00")}, "/Changes/0/Event/ModifiedUtc"),
        ({"Event": an_event(Body="<script>1</script>")}, "/Changes/0/Event/Body"),
        ({"Event": an_event(Body="<p onclick='x'>1</p>")}, "/Changes/0/Event/Body"),
        ({"Event": an_event(Body="<a href='javascript:x'>1</a>")}, "/Changes/0/Event/Body"),
        ({"Event": an_event(Body="<img src='https://tracker.example/x.png'>")}, "/Changes/0/Event/Body"),
        ({"Event": {"Subject": "Only this"}}, "/Changes/0/Event/Body"),
    ],
)
def test_a_change_that_is_not_as_documented_is_pointed_at(
    live_sandbox: LiveSandbox, fields: dict[str, Any], pointer: str
) -> None:
    open_office(live_sandbox)

    answer = call(live_sandbox, "POST", "/CalendarChanges", json={"UserGuid": REP, "Changes": [a_change(**fields)]})

    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]
    assert appointments(live_sandbox) == []


def test_all_day_events_and_series_are_taken(live_sandbox: LiveSandbox) -> None:
    open_office(live_sandbox)
    fair = an_event(Start="2026-12-05", End="2026-12-07", IsAllDay=True, TimeZone=None)
    weekly = an_event(
        Recurrence=["RRULE:FREQ=WEEKLY;UNTIL=20270101T000000Z", "EXDATE;TZID=Europe/Berlin:20261208T090000"]
    )

    results = send(live_sandbox, a_change("1", Event=fair), a_change("2", Event=weekly))

    assert [result["Outcome"] for result in results] == ["Applied", "Applied"]


@pytest.mark.parametrize("count", [0, 101])
def test_a_call_has_one_to_a_hundred_changes(live_sandbox: LiveSandbox, count: int) -> None:
    open_office(live_sandbox)
    changes = [a_change(str(number)) for number in range(count)]

    answer = call(live_sandbox, "POST", "/CalendarChanges", json={"UserGuid": REP, "Changes": changes})

    assert answer.status_code == 400


def test_a_caller_needs_the_auth_token_and_a_user_there_is(live_sandbox: LiveSandbox) -> None:
    open_office(live_sandbox)
    body = {"UserGuid": "99999999-9999-4999-8999-999999999999", "Changes": [a_change()]}

    stranger = call(live_sandbox, "POST", "/CalendarChanges", token="guessed", json=body)
    nobody = call(live_sandbox, "POST", "/CalendarChanges", json=body)

    assert stranger.status_code == 401
    assert nobody.status_code == 404


def test_a_body_that_is_not_json_is_refused(live_sandbox: LiveSandbox) -> None:
    open_office(live_sandbox)

    as_text = call(live_sandbox, "POST", "/CalendarChanges", data="{}")
    as_list = call(live_sandbox, "POST", "/CalendarChanges", json=[])

    assert (as_text.status_code, as_list.status_code) == (400, 400)
