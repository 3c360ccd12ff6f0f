"""A person's hand on series in Outlook, through the control plane."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.graph.store import GraphStore
from tests.sandbox.graph.rep import NAME, PROPERTY, Rep, attendee, extension
from tests.sandbox.graph.series.weekly import (
    BERLIN,
    FIRST,
    change,
    days,
    drop,
    numbered,
    occurrence,
    starts,
    until,
    view,
    weekly,
)

WINDOW = "StartUtc=2026-09-01T00:00:00Z&EndUtc=2026-12-31T00:00:00Z"
EVERY_MONDAY = {"Pattern": {"Type": "weekly", "DaysOfWeek": ["monday"]}}


def made(rep: Rep, **fields: Any) -> dict[str, Any]:
    """Make a series by hand in Outlook."""
    event = {"Subject": "Stand-up", "Start": f"{FIRST}T09:00:00", "End": f"{FIRST}T09:30:00", "TimeZone": BERLIN}
    return rep.outlook("POST", "/events", {"Upn": rep.user.upn, "Event": {**event, **fields}}, status=201)


def test_a_series_is_made_and_shown(rep: Rep) -> None:
    series = made(rep, Recurrence={**EVERY_MONDAY, "Range": {"Type": "numbered", "NumberOfOccurrences": 3}})

    assert (series["Type"], series["CancelledDays"], series["Exceptions"]) == ("seriesMaster", [], [])
    assert series["Recurrence"]["Pattern"] == {
        "Type": "weekly",
        "Interval": 1,
        "Month": 0,
        "DayOfMonth": 0,
        "DaysOfWeek": ["monday"],
        "FirstDayOfWeek": "sunday",
        "Index": "first",
    }
    assert days(rep) == ["2026-10-05", "2026-10-12", "2026-10-19"]


def test_a_recurrence_is_put_on_a_single_event_and_taken_off(rep: Rep) -> None:
    event = made(rep)

    series = rep.outlook("PATCH", f"/events/{event['Id']}", {"Recurrence": EVERY_MONDAY})
    single = rep.outlook("PATCH", f"/events/{event['Id']}", {"Recurrence": None})

    assert (series["Type"], series["Recurrence"]["Range"]["StartDate"]) == ("seriesMaster", FIRST)
    assert (single["Type"], "Recurrence" in single) == ("singleInstance", False)


@pytest.mark.parametrize("slot", ["2026-10-26", "2026-10-26T08:00:00Z", "2026-10-26T08:00:00+00:00"])
def test_one_occurrence_is_changed_and_deleted_by_its_day_or_its_start(rep: Rep, slot: str) -> None:
    series = made(rep, Recurrence=EVERY_MONDAY)
    path = f"/events/{series['Id']}/occurrences/{slot.replace('+', '%2B')}"

    changed = rep.outlook("PATCH", path, {"Start": "2026-10-27T10:00:00", "End": "2026-10-27T11:00:00"})
    shown = rep.outlook("GET", path)
    whole = rep.outlook("GET", f"/events/{series['Id']}")
    rep.outlook("DELETE", path)

    assert (changed["Type"], changed["Day"], changed["TimeZone"]) == ("exception", "2026-10-26", BERLIN)
    assert (changed["StartUtc"], changed["OriginalStartUtc"]) == (
        "2026-10-27T09:00:00+00:00",
        "2026-10-26T08:00:00+00:00",
    )
    assert shown == changed == whole["Exceptions"][0]
    assert shown["SeriesMasterId"] == series["Id"]
    assert rep.outlook("GET", f"/events/{series['Id']}")["CancelledDays"] == ["2026-10-26"]
    assert "ErrorItemNotFound" in str(rep.outlook("GET", path, status=404))


def test_an_occurrence_is_changed_by_its_id_like_any_event(rep: Rep) -> None:
    weekly(rep)
    one = occurrence(rep, "2026-10-12")["id"]

    changed = rep.outlook("PATCH", f"/events/{one}", {"Subject": "Planning", "IsCancelled": True})
    touched = rep.outlook("POST", f"/events/{one}/touch")
    rep.outlook("DELETE", f"/events/{one}")

    assert (changed["Subject"], changed["IsCancelled"], changed["Type"]) == ("Planning", True, "exception")
    assert touched["ChangeKey"] != changed["ChangeKey"]
    assert "2026-10-12" not in days(rep)


def test_a_cancelled_exception_is_seen_as_cancelled_and_not_as_deleted(rep: Rep) -> None:
    master = weekly(rep)

    rep.outlook("PATCH", f"/events/{master['id']}/occurrences/2026-10-12", {"IsCancelled": True})

    assert [one["isCancelled"] for one in view(rep)] == [False, True, False, False, False, False]


def test_what_takes_place_in_a_window_is_shown_earliest_first(rep: Rep) -> None:
    made(rep, Recurrence=EVERY_MONDAY)
    made(rep, Subject="Lunch", Start="2026-10-12T12:00:00", End="2026-10-12T13:00:00")

    window = "StartUtc=2026-10-12T00:00:00Z&EndUtc=2026-10-20T00:00:00Z"
    seen = rep.outlook("GET", f"/view?Upn={rep.user.upn}&{window}")["Events"]
    master = next(one["Id"] for one in rep.everything() if one["Type"] == "seriesMaster")
    of_series = rep.outlook("GET", f"/events/{master}/occurrences?{window}")["Events"]

    assert [one["Subject"] for one in seen] == ["Stand-up", "Lunch", "Stand-up"]
    assert [one["Day"] for one in of_series] == ["2026-10-12", "2026-10-19"]


@pytest.mark.parametrize(("rule", "has_them"), [("yes", True), ("no", False)])
def test_this_and_following_ends_the_series_and_begins_another(rep: Rep, rule: str, *, has_them: bool) -> None:
    rep.world.switches.set("graph.split_copies_hidden", rule)
    hidden = {
        "extensions": [extension(Guid="A-1")],
        "singleValueExtendedProperties": [{"id": PROPERTY, "value": "A-1"}],
    }
    master = weekly(rep, transactionId="T-1", attendees=[attendee("sam@contoso.example")], **hidden)

    order = {"At": "2026-10-26", "Start": "2026-10-26T11:00:00", "End": "2026-10-26T12:00:00", "Subject": "Later"}
    halves = rep.outlook("POST", f"/events/{master['id']}/split", order, status=201)

    before, after = halves["Before"], halves["After"]
    assert before["Recurrence"]["Range"] | {"Type": "endDate", "EndDate": "2026-10-19"} == before["Recurrence"]["Range"]
    assert after["Recurrence"]["Range"]["NumberOfOccurrences"] == 3
    assert (before["DefaultId"], before["ICalUId"]) == (master["id"], master["iCalUId"])
    assert len({before["Id"], after["Id"]}) == len({before["ICalUId"], after["ICalUId"]}) == 2
    assert (after["TransactionId"], before["TransactionId"]) == (None, "T-1")
    assert [(NAME in one["Extensions"], PROPERTY in one["ExtendedProperties"]) for one in (before, after)] == [
        (True, True),
        (has_them, has_them),
    ]
    assert [start[5:] for start in starts(view(rep))] == [
        "10-05T07:00", "10-12T07:00", "10-19T07:00", "10-26T10:00", "11-02T10:00", "11-09T10:00",
    ]  # fmt: skip
    assert [one["subject"] for one in view(rep)] == ["Stand-up"] * 3 + ["Later"] * 3
    assert [kind for kind, _ in rep.mails()] == ["invitation", "update", "invitation"]


@pytest.mark.parametrize(
    ("rule", "kinds"), [("drops-exceptions", ["occurrence"] * 3), ("keeps-exceptions", ["exception", "occurrence"])]
)
def test_the_later_half_keeps_its_exceptions_if_a_new_recurrence_does(rep: Rep, rule: str, kinds: list[str]) -> None:
    rep.world.switches.set("graph.new_recurrence", rule)
    master = weekly(rep, span=until("2026-11-09"))
    change(rep, "2026-10-12", subject="Kept")
    change(rep, "2026-10-26", subject="Planning")
    drop(rep, "2026-11-02")

    rep.outlook("POST", f"/events/{master['id']}/split", {"At": "2026-10-26"}, status=201)

    assert [one["type"] for one in view(rep)] == ["occurrence", "exception", "occurrence", *kinds]


def test_a_series_is_not_split_at_its_beginning_or_where_it_has_nothing(rep: Rep) -> None:
    master = weekly(rep)

    at_first = rep.outlook("POST", f"/events/{master['id']}/split", {"At": FIRST}, status=400)
    nowhere = rep.outlook("POST", f"/events/{master['id']}/split", {"At": "2026-10-27"}, status=404)

    assert "ErrorRecurrenceHasNoOccurrence" in str(at_first)
    assert "ErrorItemNotFound" in str(nowhere)
    assert len(view(rep)) == 6


def test_a_meeting_poll_has_exceptions_and_a_master_without_recurrence(rep: Rep) -> None:
    event = {"Subject": "When?", "Start": f"{FIRST}T09:00:00", "End": f"{FIRST}T10:00:00", "ShowAs": "tentative"}
    times = [{"Start": f"2026-10-{day}T09:00:00", "End": f"2026-10-{day}T10:00:00"} for day in (12, 14)]

    rep.outlook("POST", "/polls", {"Upn": rep.user.upn, "Event": event, "Times": times}, status=201)

    seen, listed = view(rep), rep.get("/me/events")["value"]
    assert [(one["type"], one["start"]["dateTime"][:10]) for one in seen] == [
        ("exception", "2026-10-12"),
        ("exception", "2026-10-14"),
    ]
    assert sorted(one["type"] for one in listed) == ["exception", "exception", "seriesMaster"]
    master = rep.get(f"/me/events/{seen[0]['seriesMasterId']}")
    assert (master["type"], master["recurrence"], master["subject"]) == ("seriesMaster", None, "When?")


def test_a_zone_of_an_old_client_has_no_name_anybody_knows(rep: Rep) -> None:
    series = made(rep, Recurrence=EVERY_MONDAY, RecurrenceTimeZone="tzone://Microsoft/Custom")

    read = rep.get(f"/me/events/{series['Id']}")

    assert read["recurrence"]["range"]["recurrenceTimeZone"] == "tzone://Microsoft/Custom"
    assert starts(view(rep))[3:5] == ["2026-10-26T08:00", "2026-11-02T08:00"]


def test_an_invitation_to_a_series_is_received(rep: Rep) -> None:
    event = {"Subject": "Theirs", "Start": f"{FIRST}T09:00:00", "End": f"{FIRST}T10:00:00", "Recurrence": EVERY_MONDAY}

    rep.outlook("POST", "/invitations", {"Upn": rep.user.upn, "Event": event}, status=201)
    change(rep, "2026-10-12", showAs="free")

    seen = view(rep, ("2026-10-01", "2026-10-20"))
    assert [one["isOrganizer"] for one in seen] == [False] * 3
    assert [one["showAs"] for one in seen] == ["busy", "free", "busy"]
    assert rep.mails() == []


def test_copies_of_a_series_and_of_an_occurrence_stand_by_themselves(rep: Rep) -> None:
    rep.world.switches.set("graph.exception_id", "changed")
    master = weekly(rep, span=numbered(2))
    change(rep, "2026-10-12", subject="Planning")

    series = rep.outlook("POST", f"/events/{master['id']}/copy", {}, status=201)
    single = rep.outlook("POST", f"/events/{occurrence(rep, FIRST)['id']}/copy", {}, status=201)

    assert (series["Type"], single["Type"]) == ("seriesMaster", "singleInstance")
    seen = view(rep)
    assert len({one["id"] for one in seen}) == len(seen) == 5
    assert rep.delete(f"/me/events/{master['id']}") == 204
    assert starts(view(rep)) == ["2026-10-05T07:00", "2026-10-05T07:00", "2026-10-12T07:00"]


def test_an_attendee_answers_for_one_occurrence(rep: Rep) -> None:
    weekly(rep, attendees=[attendee("sam@contoso.example")])
    one = occurrence(rep, "2026-10-12")["id"]

    rep.outlook("POST", f"/events/{one}/responses", {"Address": "sam@contoso.example", "Response": "declined"})

    answers = [event["attendees"][0]["status"]["response"] for event in view(rep)]
    assert answers == ["none", "declined", "none", "none", "none", "none"]


def test_seeded_people_may_have_series(rep: Rep) -> None:
    event = {"Subject": "Seeded", "Start": f"{FIRST}T09:00:00", "End": f"{FIRST}T10:00:00", "Recurrence": EVERY_MONDAY}

    rep.world.store(GraphStore).seed(rep.user, {"Events": [event]})

    assert days(rep, ("2026-10-01", "2026-10-13")) == ["2026-10-05", "2026-10-12"]
