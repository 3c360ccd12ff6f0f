"""Changing and deleting single occurrences."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.graph.rep import Rep, at, attendee, code_of
from tests.sandbox.graph.series.weekly import (
    BERLIN,
    DAILY,
    FIRST,
    a_series,
    change,
    days,
    drop,
    master_of,
    move,
    numbered,
    occurrence,
    recurring,
    starts,
    view,
    weekly,
)

CROSSING = (400, "ErrorOccurrenceCrossingBoundary")


def test_a_changed_occurrence_is_an_exception_with_values_of_its_own(rep: Rep) -> None:
    master = weekly(rep)

    changed = change(
        rep,
        "2026-10-12",
        subject="Planning",
        start=at("2026-10-13T14:00:00", BERLIN),
        end=at("2026-10-13T15:00:00", BERLIN),
    )

    assert (changed["type"], changed["seriesMasterId"], changed["recurrence"]) == ("exception", master["id"], None)
    assert (changed["originalStart"], changed["occurrenceId"]) == (
        "2026-10-12T07:00:00Z",
        f"OID.{master['id']}.2026-10-12",
    )
    assert starts(view(rep))[:3] == ["2026-10-05T07:00", "2026-10-13T12:00", "2026-10-19T07:00"]
    assert [one["subject"] for one in view(rep)[:3]] == ["Stand-up", "Planning", "Stand-up"]
    assert rep.get(f"/me/events/{master['id']}")["subject"] == "Stand-up"


@pytest.mark.parametrize("rule", ["kept", "changed"])
def test_an_exception_may_get_another_id_which_then_stays(rep: Rep, rule: str) -> None:
    rep.world.switches.set("graph.exception_id", rule)
    weekly(rep)
    before = occurrence(rep, "2026-10-12")

    changed = change(rep, "2026-10-12", subject="Planning")
    again = rep.patch(f"/me/events/{changed['id']}", {"subject": "Review"})

    assert (changed["id"] == before["id"]) == (rule == "kept")
    assert again["id"] == changed["id"] == occurrence(rep, "2026-10-12")["id"]
    assert rep.ask("GET", f"/me/events/{before['id']}").status_code == (200 if rule == "kept" else 404)
    immutable = occurrence(rep, "2026-10-12", prefer='IdType="ImmutableId"')["id"]
    assert rep.get(f"/me/events/{immutable}")["subject"] == "Review"
    assert rep.delete(f"/me/events/{changed['id']}") == 204
    assert rep.ask("GET", f"/me/events/{changed['id']}").status_code == 404


def test_the_whole_series_has_one_version(rep: Rep) -> None:
    master = weekly(rep)

    changed = change(rep, "2026-10-12", subject="Planning")

    tags = {one["@odata.etag"] for one in view(rep)} | {rep.get(f"/me/events/{master['id']}")["@odata.etag"]}
    assert tags == {changed["@odata.etag"]}
    assert changed["changeKey"] != master["changeKey"]


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_a_write_of_an_occurrence_is_guarded_by_the_version_of_the_series(rep: Rep, method: str) -> None:
    weekly(rep)
    one = occurrence(rep, "2026-10-12")
    change(rep, "2026-10-19", subject="Planning")

    body = {"subject": "Late"} if method == "PATCH" else None
    answer = rep.ask(method, f"/me/events/{one['id']}", body, headers={"If-Match": one["@odata.etag"]})

    assert (answer.status_code, code_of(answer)) == (412, "ErrorIrresolvableConflict")


def test_what_an_exception_has_not_of_its_own_follows_the_master(rep: Rep) -> None:
    master = weekly(rep, location={"displayName": "Room 3"})
    change(rep, "2026-10-12", subject="Planning")

    rep.patch(f"/me/events/{master['id']}", {"subject": "Daily", "location": {"displayName": "Room 4"}})

    assert [one["subject"] for one in view(rep)[:3]] == ["Daily", "Planning", "Daily"]
    assert {one["location"]["displayName"] for one in view(rep)} == {"Room 4"}


def test_an_exception_owns_what_was_named_even_if_it_was_no_change(rep: Rep) -> None:
    master = weekly(rep)
    change(rep, "2026-10-12", subject="Stand-up")

    rep.patch(f"/me/events/{master['id']}", {"subject": "Daily"})

    assert [one["subject"] for one in view(rep)[:3]] == ["Daily", "Stand-up", "Daily"]


def test_a_series_moved_to_another_hour_leaves_exceptions_where_they_are(rep: Rep) -> None:
    master = weekly(rep)
    change(rep, "2026-10-12", subject="Planning")
    assert move(rep, "2026-10-19", "2026-10-20T14:00:00", "2026-10-20T15:00:00").status_code == 200

    times = {"start": at("2026-10-05T10:00:00", BERLIN), "end": at("2026-10-05T10:30:00", BERLIN)}
    rep.patch(f"/me/events/{master['id']}", times)

    seen = starts(view(rep))
    assert seen[:4] == ["2026-10-05T08:00", "2026-10-12T08:00", "2026-10-20T12:00", "2026-10-26T09:00"]
    assert occurrence(rep, "2026-10-12")["subject"] == "Planning"


@pytest.mark.parametrize(
    ("start", "end", "is_refused"),
    [
        ("2026-10-06T09:00:00", "2026-10-06T09:30:00", False),
        ("2026-10-05T22:00:00", "2026-10-05T23:00:00", True),
        ("2026-10-05T08:00:00", "2026-10-05T08:30:00", True),
        ("2026-10-01T09:00:00", "2026-10-01T09:30:00", True),
        ("2026-10-18T23:00:00", "2026-10-18T23:30:00", False),
        ("2026-10-19T07:00:00", "2026-10-19T07:30:00", True),
        ("2026-10-27T09:00:00", "2026-10-27T09:30:00", True),
        ("2026-10-12T09:00:00", "2026-10-19T09:01:00", True),
    ],
)
def test_an_occurrence_stays_between_the_days_of_its_neighbours(
    rep: Rep, start: str, end: str, *, is_refused: bool
) -> None:
    weekly(rep)

    answer = move(rep, "2026-10-12", start, end)

    assert (answer.status_code == 400) == is_refused
    if is_refused:
        assert code_of(answer) == "ErrorOccurrenceCrossingBoundary"
        assert (
            answer.json()["error"]["message"] == "Modified occurrence is crossing or overlapping adjacent occurrence."
        )
        assert occurrence(rep, "2026-10-12")["type"] == "occurrence"


def test_neighbours_are_where_they_were_moved_to(rep: Rep) -> None:
    weekly(rep)
    assert move(rep, "2026-10-19", "2026-10-22T09:00:00", "2026-10-22T09:30:00").status_code == 200

    near, far = (move(rep, "2026-10-12", f"2026-10-{day}T09:00:00", f"2026-10-{day}T09:30:00") for day in ("21", "22"))

    assert near.status_code == 200
    assert (far.status_code, code_of(far)) == CROSSING


def test_the_first_and_the_last_have_a_neighbour_on_one_side_only(rep: Rep) -> None:
    weekly(rep)

    early = move(rep, FIRST, "2026-08-05T09:00:00", "2026-08-05T09:30:00")
    late = move(rep, "2026-11-09", "2027-02-05T09:00:00", "2027-02-05T09:30:00")

    assert (early.status_code, late.status_code) == (200, 200)
    assert days(rep, ("2026-08-01", "2026-10-06")) == ["2026-08-05"]
    assert days(rep, ("2026-11-03", "2027-03-01")) == ["2027-02-05"]


@pytest.mark.parametrize(("rule", "status"), [("counts", 400), ("is-gone", 200)])
def test_a_neighbour_that_was_deleted_may_still_be_in_the_way(rep: Rep, rule: str, status: int) -> None:
    rep.world.switches.set("graph.deleted_neighbour", rule)
    weekly(rep)
    drop(rep, "2026-10-19")

    answer = move(rep, "2026-10-12", "2026-10-20T09:00:00", "2026-10-20T09:30:00")

    assert answer.status_code == status


def test_an_occurrence_of_a_daily_series_may_change_its_hour_only(rep: Rep) -> None:
    rep.post("/me/events", a_series(DAILY, span=numbered(5)))

    tomorrow = move(rep, "2026-10-06", "2026-10-07T15:00:00", "2026-10-07T16:00:00")
    later = move(rep, "2026-10-06", "2026-10-06T15:00:00", "2026-10-06T16:00:00")

    assert ((tomorrow.status_code, code_of(tomorrow)), later.status_code) == (CROSSING, 200)


@pytest.mark.parametrize(("recurrence", "status"), [(None, 200), (recurring(DAILY), 400)])
def test_an_occurrence_has_no_recurrence_of_its_own(rep: Rep, recurrence: Any, status: int) -> None:
    weekly(rep)

    answer = rep.ask("PATCH", f"/me/events/{occurrence(rep, FIRST)['id']}", {"subject": "x", "recurrence": recurrence})

    assert answer.status_code == status
    assert status == 200 or code_of(answer) == "ErrorInvalidRequest"


def test_a_deleted_occurrence_is_gone_and_named_by_its_master(rep: Rep) -> None:
    master = weekly(rep)
    change(rep, "2026-10-19", subject="Planning")
    one = occurrence(rep, "2026-10-12")["id"]

    drop(rep, "2026-10-12")
    drop(rep, "2026-10-19")

    assert days(rep) == ["2026-10-05", "2026-10-26", "2026-11-02", "2026-11-09"]
    assert rep.ask("GET", f"/me/events/{one}").status_code == rep.delete(f"/me/events/{one}") == 404
    read = master_of(rep, master["id"])
    assert read["cancelledOccurrences"] == [f"OID.{master['id']}.{day}" for day in ("2026-10-12", "2026-10-19")]
    assert read["exceptionOccurrences"] == []


@pytest.mark.parametrize("rule", ["series-goes", "refused"])
def test_the_last_occurrence_takes_the_series_with_it_or_stays(rep: Rep, rule: str) -> None:
    rep.world.switches.set("graph.last_occurrence", rule)
    master = weekly(rep, span=numbered(2))
    drop(rep, FIRST)

    status = rep.delete(f"/me/events/{occurrence(rep, '2026-10-12')['id']}")

    assert status == (204 if rule == "series-goes" else 400)
    assert rep.ask("GET", f"/me/events/{master['id']}").status_code == (404 if rule == "series-goes" else 200)


def test_attendees_are_told_of_one_occurrence(rep: Rep) -> None:
    weekly(rep, attendees=[attendee("sam@contoso.example")])

    change(rep, "2026-10-12", subject="Planning")
    drop(rep, "2026-10-19")

    kinds = [kind for kind, _ in rep.mails()]
    assert kinds == ["invitation", "update", "cancellation"]
    assert {mail.subject for mail in rep.world.mailroom.mails} == {"Stand-up", "Planning"}


def test_somebody_invited_to_one_occurrence_is_not_invited_to_the_others(rep: Rep) -> None:
    weekly(rep)

    change(rep, "2026-10-12", attendees=[attendee("sam@contoso.example")])

    assert rep.mails() == [("invitation", ("sam@contoso.example",))]
    assert [len(one["attendees"]) for one in view(rep)] == [0, 1, 0, 0, 0, 0]
