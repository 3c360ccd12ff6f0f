"""Series in the simulated SalesExec: what it takes from calendars, and what a salesperson does to one occurrence."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.sandbox.conftest import LiveSandbox
from tests.sandbox.salesexec.listening import Listening, listening
from tests.sandbox.salesexec.office import REP, a_change, an_event, appointments, call, open_office, send

UPDATED = (200, {"Outcome": "Updated", "EventId": "AAMkOccurrence"})
DELETED = (200, {"Outcome": "Deleted"})
# Tuesdays at nine in Berlin, as the default event is.
WEEKLY = "RRULE:FREQ=WEEKLY;BYDAY=TU;WKST=SU"
SECOND = "2026-12-08T08:00:00Z"
WHOLE_DAYS = {"Start": "2026-12-01", "End": "2026-12-02", "IsAllDay": True, "TimeZone": None}


def imported(sandbox: LiveSandbox, *lines: str, **fields: Any) -> str:
    """Import a series from Outlook and return its guid."""
    open_office(sandbox)
    [result] = send(sandbox, a_change(Event=an_event(Recurrence=[*(lines or (WEEKLY,))], **fields)))
    assert result["Outcome"] == "Applied", result
    guid: str = result["AppointmentGuid"]
    return guid


def of_occurrence(guid: str, change_id: str = "one", slot: str = SECOND, **fields: Any) -> dict[str, Any]:
    """Return a change of one occurrence."""
    moved = an_event(Start="2026-12-08T11:00:00+01:00", End="2026-12-08T12:00:00+01:00")
    place = {"EventId": "AAMkOne", "SeriesEventId": "AAMkEvent", "OriginalStartUtc": slot}
    return a_change(change_id, AppointmentGuid=guid, ChangedFields=["Start", "End"], Event=moved, **{**place, **fields})


def of_master(guid: str, change_id: str, *lines: str, **fields: Any) -> dict[str, Any]:
    """Return a change of a series' recurrence."""
    event = an_event(Recurrence=list(lines), **fields)
    return a_change(change_id, AppointmentGuid=guid, Sequence=2, ChangedFields=["Recurrence"], Event=event)


def refused(sandbox: LiveSandbox, change: dict[str, Any]) -> list[str]:
    """Send a change that is not as documented and return where it is not."""
    answer = call(sandbox, "POST", "/CalendarChanges", json={"UserGuid": REP, "Changes": [change]})
    assert answer.status_code == 400, answer.text
    return [error["pointer"] for error in answer.json()["errors"]]


def shown(sandbox: LiveSandbox, guid: str) -> dict[str, Any]:
    found: dict[str, Any] = sandbox.control("GET", f"/salesexec/appointments/{guid}")
    return found


@pytest.mark.parametrize(
    "lines",
    [
        [WEEKLY],
        ["RRULE:FREQ=DAILY;INTERVAL=3;COUNT=20"],
        ["RRULE:FREQ=MONTHLY;BYDAY=1TU"],
        ["RRULE:FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=1"],
        ["RRULE:FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=1;UNTIL=20301201T080000Z"],
        [WEEKLY, "EXDATE:20261208T080000Z,20261215T080000Z"],
        [WEEKLY, "EXDATE;TZID=Europe/Berlin:20261208T090000", "EXDATE:20261222T080000Z"],
    ],
)
def test_a_series_of_outlook_is_taken(live_sandbox: LiveSandbox, lines: list[str]) -> None:
    imported(live_sandbox, *lines)

    assert appointments(live_sandbox)[0]["Recurrence"] == lines


def test_an_all_day_series_of_outlook_is_taken(live_sandbox: LiveSandbox) -> None:
    lines = ["RRULE:FREQ=DAILY;UNTIL=20261231", "EXDATE;VALUE=DATE:20261203"]

    imported(live_sandbox, *lines, **WHOLE_DAYS)

    assert appointments(live_sandbox)[0]["Recurrence"] == lines


@pytest.mark.parametrize(
    ("lines", "field"),
    [
        (["FREQ=WEEKLY"], "Recurrence"),
        ([WEEKLY, WEEKLY], "Recurrence"),
        ([WEEKLY, "RDATE:20261208T080000Z"], "Recurrence"),
        (["RRULE:INTERVAL=2"], "Recurrence"),
        (["RRULE:FREQ=HOURLY"], "Recurrence"),
        (["RRULE:FREQ=WEEKLY;FREQ=DAILY"], "Recurrence"),
        (["RRULE:FREQ=WEEKLY;INTERVAL=0"], "Recurrence"),
        (["RRULE:FREQ=WEEKLY;COUNT=2;UNTIL=20270101T000000Z"], "Recurrence"),
        (["RRULE:FREQ=WEEKLY;BYHOUR=9"], "Recurrence"),
        (["RRULE:FREQ=WEEKLY;BYDAY=TUESDAY"], "Recurrence"),
        (["RRULE:FREQ=WEEKLY;UNTIL=20270101"], "Recurrence"),
        (["RRULE:FREQ=WEEKLY;BYDAY=WE"], "Start"),
        ([WEEKLY, "EXDATE:20261208"], "Recurrence"),
        ([WEEKLY, "EXDATE;VALUE=DATE:20261208"], "Recurrence"),
        ([WEEKLY, "EXDATE;TZID=Mars/Olympus:20261208T090000"], "Recurrence"),
        ([WEEKLY, "EXDATE:20261208T090000Z"], "Recurrence"),
        ([WEEKLY, "EXDATE:20261309T080000Z"], "Recurrence"),
        ([WEEKLY, "EXDATE:20261208T080000Z", "EXDATE:20261208T080000Z"], "Recurrence"),
    ],
)
def test_a_series_that_is_none_is_pointed_at(live_sandbox: LiveSandbox, lines: list[str], field: str) -> None:
    open_office(live_sandbox)

    assert refused(live_sandbox, a_change(Event=an_event(Recurrence=lines))) == [f"/Changes/0/Event/{field}"]


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"AppointmentGuid": None}, "/Changes/0/AppointmentGuid"),
        ({"SeriesEventId": None}, "/Changes/0"),
        ({"EventId": "AAMkEvent"}, "/Changes/0/EventId"),
        ({"OriginalStartUtc": "2026-12-08T09:00:00+01:00"}, "/Changes/0/OriginalStartUtc"),
        ({"ChangedFields": ["Recurrence"]}, "/Changes/0/ChangedFields"),
        ({"Event": an_event(Recurrence=[WEEKLY])}, "/Changes/0/Event/Recurrence"),
        ({"Action": "Delete", "Event": None, "ChangedFields": []}, "/Changes/0/Action"),
    ],
)
def test_a_change_of_an_occurrence_that_is_none_is_pointed_at(
    live_sandbox: LiveSandbox, fields: dict[str, Any], pointer: str
) -> None:
    guid = imported(live_sandbox)

    assert pointer in refused(live_sandbox, of_occurrence(guid) | fields)


def test_a_changed_occurrence_is_kept_beside_its_series(live_sandbox: LiveSandbox) -> None:
    guid = imported(live_sandbox)

    [result] = send(live_sandbox, of_occurrence(guid))

    found = shown(live_sandbox, guid)
    assert result["Outcome"] == "Applied"
    assert found["Occurrences"][SECOND]["Start"] == "2026-12-08T11:00:00+01:00"
    assert (found["Start"], found["EventId"]) == ("2026-12-01T09:00:00+01:00", "AAMkEvent")


@pytest.mark.parametrize("slot", ["2026-12-09T08:00:00Z", "2026-12-08T09:00:00Z", "2026-12-08"])
def test_an_occurrence_that_the_series_does_not_have_is_rejected(live_sandbox: LiveSandbox, slot: str) -> None:
    guid = imported(live_sandbox)

    [result] = send(live_sandbox, of_occurrence(guid, slot=slot))

    assert (result["Outcome"], result["Reason"]) == ("Rejected", "The series has no such occurrence.")


def test_a_slot_keeps_its_hour_when_clocks_change(live_sandbox: LiveSandbox) -> None:
    guid = imported(live_sandbox)

    results = send(
        live_sandbox,
        of_occurrence(guid, "summer", slot="2027-06-01T07:00:00Z"),
        of_occurrence(guid, "winter", slot="2027-06-08T08:00:00Z"),
    )

    assert [result["Outcome"] for result in results] == ["Applied", "Rejected"]


def test_a_removed_occurrence_is_an_exdate_and_nothing_is_left_of_it(live_sandbox: LiveSandbox) -> None:
    guid = imported(live_sandbox)
    send(live_sandbox, of_occurrence(guid))

    send(live_sandbox, of_master(guid, "two", WEEKLY, "EXDATE:20261208T080000Z"))

    found = shown(live_sandbox, guid)
    assert (found["Recurrence"], found["Occurrences"]) == ([WEEKLY, "EXDATE:20261208T080000Z"], {})


def test_a_removed_occurrence_that_is_changed_lives_again(live_sandbox: LiveSandbox) -> None:
    guid = imported(live_sandbox, WEEKLY, "EXDATE:20261208T080000Z,20261215T080000Z")

    [result] = send(live_sandbox, of_occurrence(guid))

    found = shown(live_sandbox, guid)
    assert result["Outcome"] == "Applied"
    assert found["Recurrence"] == [WEEKLY, "EXDATE:20261215T080000Z"]
    assert list(found["Occurrences"]) == [SECOND]


def test_another_rule_forgets_the_occurrences_it_does_not_have(live_sandbox: LiveSandbox) -> None:
    guid = imported(live_sandbox)
    send(live_sandbox, of_occurrence(guid), of_occurrence(guid, "later", slot="2026-12-15T08:00:00Z"))

    send(live_sandbox, of_master(guid, "two", "RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;WKST=SU"))

    assert list(shown(live_sandbox, guid)["Occurrences"]) == ["2026-12-15T08:00:00Z"]


def configured(sandbox: LiveSandbox, sync: Listening) -> None:
    open_office(sandbox)
    sandbox.control("PUT", "/salesexec/config", {"FunctionsUrl": sync.url, "FunctionKey": "push-key"})


def booked(sandbox: LiveSandbox, **fields: Any) -> str:
    """Book a series without pushing it, and return its guid."""
    order = {
        "UserGuid": REP,
        "Subject": "Call Wingtip",
        "Start": "2026-12-01T09:00:00",
        "End": "2026-12-01T09:30:00",
        "TimeZone": "Europe/Berlin",
        "Recurrence": [WEEKLY],
        "Push": False,
        **fields,
    }
    guid: str = sandbox.control("POST", "/salesexec/appointments", order)["Appointment"]["AppointmentGuid"]
    return guid


def test_a_booked_series_is_pushed_with_its_lines(live_sandbox: LiveSandbox) -> None:
    lines = [WEEKLY, "EXDATE:20261208T080000Z"]
    with listening((201, {"Outcome": "Created", "EventId": "AAMkNew"})) as sync:
        configured(live_sandbox, sync)

        booked(live_sandbox, Recurrence=lines, Push=True)

    [(method, _, _, body)] = sync.received
    assert (method, body["Recurrence"], body["TimeZone"]) == ("PUT", lines, "Europe/Berlin")


def test_a_changed_occurrence_is_put_to_the_sync_at_its_slot(live_sandbox: LiveSandbox) -> None:
    with listening(UPDATED) as sync:
        configured(live_sandbox, sync)
        guid = booked(live_sandbox)

        order = {"Start": "2026-12-08T14:00:00", "End": "2026-12-08T15:00:00", "Location": "Room 3"}
        answer = live_sandbox.control("PATCH", f"/salesexec/appointments/{guid}/occurrences/{SECOND}", order)

    [(method, path, _, body)] = sync.received
    assert (method, path) == ("PUT", f"/api/appointments/{guid}/occurrences/{SECOND}")
    assert "Recurrence" not in body
    assert {name: body[name] for name in order} == order
    assert (body["Subject"], body["TimeZone"], body["UserGuid"]) == ("Call Wingtip", "Europe/Berlin", REP)
    assert body["ModifiedUtc"] == answer["Appointment"]["ModifiedUtc"]
    # The series keeps its own event.
    assert answer["Appointment"]["EventId"] is None
    assert answer["Push"]["Status"] == 200


def test_an_occurrence_whose_time_was_not_changed_is_pushed_at_its_own(live_sandbox: LiveSandbox) -> None:
    with listening(UPDATED) as sync:
        configured(live_sandbox, sync)
        timed, whole = booked(live_sandbox), booked(live_sandbox, **WHOLE_DAYS, Recurrence=["RRULE:FREQ=DAILY"])

        for guid, slot in ((timed, "2027-06-01T07:00:00Z"), (whole, "2026-12-05")):
            live_sandbox.control("PATCH", f"/salesexec/appointments/{guid}/occurrences/{slot}", {"Subject": "Other"})

    times = [(body["Start"], body["End"]) for _, _, _, body in sync.received]
    assert times == [("2027-06-01T07:00:00Z", "2027-06-01T07:30:00Z"), ("2026-12-05", "2026-12-06")]


@pytest.mark.parametrize(
    ("fields", "slot", "line"),
    [
        ({}, SECOND, "EXDATE:20261208T080000Z"),
        ({**WHOLE_DAYS, "Recurrence": ["RRULE:FREQ=DAILY"]}, "2026-12-05", "EXDATE;VALUE=DATE:20261205"),
    ],
)
def test_a_canceled_occurrence_is_a_delete_and_an_exdate(
    live_sandbox: LiveSandbox, fields: dict[str, Any], slot: str, line: str
) -> None:
    with listening(DELETED) as sync:
        configured(live_sandbox, sync)
        guid = booked(live_sandbox, **fields)
        path = f"/salesexec/appointments/{guid}/occurrences/{slot}"

        answer = live_sandbox.control("POST", f"{path}/cancel")
        again = live_sandbox.control("POST", f"{path}/push")

    time = answer["Appointment"]["ModifiedUtc"].replace(":", "%3A")
    expected = ("DELETE", f"/api/appointments/{guid}/occurrences/{slot}?modifiedUtc={time}")
    assert [received[:2] for received in sync.received] == [expected, expected]
    assert answer["Appointment"]["Recurrence"][1:] == again["Appointment"]["Recurrence"][1:] == [line]
    assert answer["Appointment"]["Occurrences"] == {}


def test_a_canceled_occurrence_that_is_edited_lives_again(live_sandbox: LiveSandbox) -> None:
    with listening(DELETED, UPDATED) as sync:
        configured(live_sandbox, sync)
        guid = booked(live_sandbox)
        path = f"/salesexec/appointments/{guid}/occurrences/{SECOND}"
        live_sandbox.control("POST", f"{path}/cancel")

        answer = live_sandbox.control("PATCH", path, {"Subject": "After all"})

    assert [method for method, _, _, _ in sync.received] == ["DELETE", "PUT"]
    assert answer["Appointment"]["Recurrence"] == [WEEKLY]
    history = [(line.get("Action"), line.get("Slot")) for line in answer["Appointment"]["History"] if "Slot" in line]
    assert history == [("canceled", SECOND), (None, SECOND), ("edited", SECOND), (None, SECOND)]


def test_an_imported_occurrence_is_edited_by_the_salesperson(live_sandbox: LiveSandbox) -> None:
    with listening(UPDATED) as sync:
        guid = imported(live_sandbox)
        live_sandbox.control("PUT", "/salesexec/config", {"FunctionsUrl": sync.url, "FunctionKey": "push-key"})
        send(live_sandbox, of_occurrence(guid))

        live_sandbox.control("PATCH", f"/salesexec/appointments/{guid}/occurrences/{SECOND}", {"Location": "Here"})

    [(_, _, _, body)] = sync.received
    assert (body["Start"], body["Location"], body["Subject"]) == ("2026-12-08T11:00:00+01:00", "Here", "Dentist")


@pytest.mark.parametrize(("slot", "fields"), [("tomorrow", {}), (SECOND, {"Recurrence": []})])
def test_only_a_series_has_occurrences_and_a_slot_has_a_form(
    live_sandbox: LiveSandbox, slot: str, fields: dict[str, Any]
) -> None:
    open_office(live_sandbox)
    guid = booked(live_sandbox, **fields)
    url = f"{live_sandbox.control_url}/salesexec/appointments/{guid}/occurrences/{slot}"

    answer = requests.get(url, timeout=30)

    assert answer.status_code == 400


def test_a_series_nobody_can_read_has_no_occurrences_to_report(live_sandbox: LiveSandbox) -> None:
    open_office(live_sandbox)
    guid = booked(live_sandbox, Recurrence=["every Tuesday"])

    [result] = send(live_sandbox, of_occurrence(guid))

    assert (result["Outcome"], result["Reason"]) == ("Rejected", "The series has no such occurrence.")
