"""Changing and deleting whole series, and what only a read of a master tells."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.graph.rep import Rep, at, attendee, code_of
from tests.sandbox.graph.series.weekly import (
    BERLIN,
    DAILY,
    FIRST,
    MONDAYS,
    change,
    days,
    drop,
    master_of,
    numbered,
    occurrence,
    recurring,
    starts,
    until,
    view,
    weekly,
)


def with_two_changes(rep: Rep, **properties: Any) -> str:
    """Make a series with one exception and one deleted occurrence, and return its id."""
    master: str = weekly(rep, **properties)["id"]
    change(rep, "2026-10-12", subject="Planning")
    drop(rep, "2026-10-19")
    return master


def test_a_deleted_master_takes_everything_with_it(rep: Rep) -> None:
    master = with_two_changes(rep)
    ids = [one["id"] for one in view(rep)]

    assert rep.delete(f"/me/events/{master}") == 204

    assert (view(rep), rep.everything()) == ([], [])
    assert {rep.ask("GET", f"/me/events/{one}").status_code for one in (master, *ids)} == {404}


@pytest.mark.parametrize("rule", ["drops-exceptions", "keeps-exceptions"])
@pytest.mark.parametrize(
    "recurrence", [recurring(MONDAYS, **until("2026-11-02")), recurring(MONDAYS, **numbered(6))], ids=["other", "equal"]
)
def test_a_new_recurrence_drops_what_was_changed_or_keeps_it(rep: Rep, rule: str, recurrence: dict[str, Any]) -> None:
    rep.world.switches.set("graph.new_recurrence", rule)
    master = with_two_changes(rep)

    rep.patch(f"/me/events/{master}", {"recurrence": recurrence})

    is_kept = rule == "keeps-exceptions"
    assert ("2026-10-19" in days(rep)) != is_kept
    assert occurrence(rep, "2026-10-12")["type"] == ("exception" if is_kept else "occurrence")
    assert bool(master_of(rep, master)["cancelledOccurrences"]) == is_kept


def test_exceptions_whose_day_the_new_recurrence_has_not_are_never_kept(rep: Rep) -> None:
    rep.world.switches.set("graph.new_recurrence", "keeps-exceptions")
    master = with_two_changes(rep)

    rep.patch(f"/me/events/{master}", {"recurrence": recurring({**MONDAYS, "interval": 2}, **numbered(3))})

    assert days(rep) == ["2026-10-05", "2026-11-02"]
    read = master_of(rep, master)
    assert (len(read["cancelledOccurrences"]), read["exceptionOccurrences"]) == (1, [])


def test_a_start_on_another_day_moves_the_whole_series(rep: Rep) -> None:
    master = weekly(rep, recurrence=recurring(DAILY, **numbered(3)))["id"]
    times = {"start": at("2026-10-07T09:00:00", BERLIN), "end": at("2026-10-07T09:30:00", BERLIN)}

    moved = rep.patch(f"/me/events/{master}", times)

    assert moved["recurrence"]["range"]["startDate"] == "2026-10-07"
    assert days(rep) == ["2026-10-07", "2026-10-08", "2026-10-09"]


def test_a_range_that_begins_elsewhere_than_the_event_is_refused(rep: Rep) -> None:
    master = weekly(rep)["id"]
    elsewhere = recurring(MONDAYS, "2026-10-12")

    alone = rep.ask("PATCH", f"/me/events/{master}", {"recurrence": elsewhere})
    times = {"start": at("2026-10-12T09:00:00", BERLIN), "end": at("2026-10-12T09:30:00", BERLIN)}
    together = rep.patch(f"/me/events/{master}", {"recurrence": elsewhere, **times})

    assert (alone.status_code, code_of(alone)) == (400, "ErrorPropertyValidationFailure")
    assert together["recurrence"]["range"]["startDate"] == "2026-10-12"


def test_a_refused_change_leaves_the_series_as_it_was(rep: Rep) -> None:
    master = with_two_changes(rep)
    before = rep.get(f"/me/events/{master}")

    refused = rep.ask(
        "PATCH",
        f"/me/events/{master}",
        {"subject": "x", "end": at("2026-10-15T09:30:00", BERLIN), "recurrence": recurring(DAILY)},
    )

    assert code_of(refused) == "ErrorOccurrenceTimeSpanTooBig"
    assert rep.get(f"/me/events/{master}") == before


def test_a_series_without_recurrence_is_a_single_event_and_back(rep: Rep) -> None:
    master = with_two_changes(rep)
    one = occurrence(rep, "2026-10-12")["id"]

    single = rep.patch(f"/me/events/{master}", {"recurrence": None})
    seen = starts(view(rep))
    again = rep.patch(f"/me/events/{master}", {"recurrence": recurring(MONDAYS, **numbered(3))})

    assert (single["id"], single["type"], single["recurrence"]) == (master, "singleInstance", None)
    assert seen == ["2026-10-05T07:00"]
    assert (again["id"], again["type"]) == (master, "seriesMaster")
    assert days(rep) == ["2026-10-05", "2026-10-12", "2026-10-19"]
    assert rep.get(f"/me/events/{one}")["type"] == "occurrence"


def test_attendees_hear_of_the_master_and_of_each_exception(rep: Rep) -> None:
    master = weekly(rep, attendees=[attendee("sam@contoso.example")])["id"]
    for day in ("2026-10-12", "2026-10-19"):
        change(rep, day, subject="Planning")
    before = len(rep.mails())

    rep.patch(f"/me/events/{master}", {"location": {"displayName": "Room 4"}})
    rep.delete(f"/me/events/{master}")

    assert [kind for kind, _ in rep.mails()[before:]] == ["update", "update", "update", "cancellation"]


def test_what_a_master_has_lost_is_told_only_when_it_is_asked_for(rep: Rep) -> None:
    master = with_two_changes(rep)
    path, names = f"/me/events/{master}", "cancelledOccurrences,exceptionOccurrences"

    plain = rep.get(path)
    expanded_only = rep.get(path, "$expand=exceptionOccurrences")
    selected_only = rep.get(path, f"$select={names}")
    listed = rep.get("/me/events", f"$select=subject,{names}&$expand=exceptionOccurrences")["value"][0]

    for answer in (plain, expanded_only, listed):
        assert not {"cancelledOccurrences", "exceptionOccurrences"} & set(answer)
    assert selected_only["cancelledOccurrences"] == [f"OID.{master}.2026-10-19"]
    assert "exceptionOccurrences" not in selected_only


def test_exceptions_inside_of_their_master_show_what_is_selected(rep: Rep) -> None:
    master = with_two_changes(rep)
    path = f"/me/events/{master}"

    outer = rep.get(path, "$select=subject,originalStart,exceptionOccurrences&$expand=exceptionOccurrences")
    inner = rep.get(path, "$select=exceptionOccurrences&$expand=exceptionOccurrences($select=subject,originalStart)")

    [shown], [shown_inside] = outer["exceptionOccurrences"], inner["exceptionOccurrences"]
    assert shown == shown_inside
    assert (shown["subject"], shown["originalStart"]) == ("Planning", "2026-10-12T07:00:00Z")
    assert set(shown) == {"@odata.etag", "id", "subject", "originalStart"}
    assert "originalStart" not in outer


@pytest.mark.parametrize(("rule", "count"), [("all", 25), ("20", 20)])
def test_many_exceptions_may_come_with_a_link_to_the_rest(rep: Rep, rule: str, count: int) -> None:
    rep.world.switches.set("graph.expanded_exceptions", rule)
    master = weekly(rep, recurrence=recurring(DAILY, **numbered(30)))["id"]
    for one in view(rep)[:25]:
        rep.patch(f"/me/events/{one['id']}", {"subject": "Planning"})

    read = master_of(rep, master)

    shown = read["exceptionOccurrences"]
    assert len(shown) == count
    if rule == "20":
        rest = rep.get(read["exceptionOccurrences@odata.nextLink"])["value"]
        assert len({one["id"] for one in (*shown, *rest)}) == 25
        assert shown[0].keys() == rest[0].keys()
    else:
        assert "exceptionOccurrences@odata.nextLink" not in read


def test_what_cannot_be_expanded_is_refused_as_before(rep: Rep) -> None:
    master = weekly(rep)["id"]

    answer = rep.ask("GET", f"/me/events/{master}", query="$expand=instances")

    assert (answer.status_code, code_of(answer)) == (501, "NotImplemented")


def test_the_same_series_posted_twice_is_one(rep: Rep) -> None:
    first, second = weekly(rep, transactionId="T-1"), weekly(rep, transactionId="T-1")

    assert first["id"] == second["id"]
    assert len(view(rep)) == 6
    assert "transactionId" not in occurrence(rep, FIRST)
