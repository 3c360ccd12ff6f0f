"""Series in change tracking: told whole and stripped, and never what exactly has happened."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.graph.delta.following import NOVEMBER, OUTSIDE, VIEW, Round, follow, order
from tests.sandbox.graph.rep import NAME, Rep, at, code_of, extension
from tests.sandbox.graph.series.weekly import (
    BERLIN,
    DAILY,
    MONDAYS,
    a_series,
    change,
    drop,
    occurrence,
    recurring,
    until,
    weekly,
)

# The Mondays of November 2026.
MONDAYS_OF_NOVEMBER = ["2026-11-02", "2026-11-09", "2026-11-16", "2026-11-23", "2026-11-30"]
STRIPPED = {"@odata.type", "@odata.etag", "id", "seriesMasterId", "type", "start", "end"}


def endless(rep: Rep, **properties: Any) -> dict[str, Any]:
    """Make a series of Mondays that began years before November 2026 and has no end."""
    return rep.post("/me/events", a_series(MONDAYS, "2021-11-01", **properties))


def of_kind(told: Round, kind: str) -> list[dict[str, Any]]:
    return [item for item in told.items if item.get("type") == kind]


def days_of(items: list[dict[str, Any]]) -> list[str]:
    return sorted(item["start"]["dateTime"][:10] for item in items)


def test_a_first_round_tells_the_master_and_its_stripped_occurrences(rep: Rep) -> None:
    master = endless(rep)

    told = follow(rep)

    occurrences, [told_master] = of_kind(told, "occurrence"), of_kind(told, "seriesMaster")
    assert len(told.items) == 6
    assert days_of(occurrences) == MONDAYS_OF_NOVEMBER
    assert all(set(item) == STRIPPED for item in occurrences)
    assert {item["seriesMasterId"] for item in occurrences} == {master["id"]}
    assert told_master["id"] == master["id"]
    # Of the first occurrence, years before the window.
    assert told_master["start"]["dateTime"][:10] == "2021-11-01"
    assert told_master["recurrence"] == master["recurrence"]


def test_ids_are_those_of_the_calendar_view_in_either_format(rep: Rep) -> None:
    endless(rep)

    for prefer in ("", 'IdType="ImmutableId"'):
        told = of_kind(follow(rep, prefer=prefer), "occurrence")
        viewed = rep.get("/me/calendarView", NOVEMBER, prefer=prefer)["value"]
        assert {item["id"] for item in told} == {item["id"] for item in viewed}
        assert {item["seriesMasterId"] for item in told} == {item["seriesMasterId"] for item in viewed}


def test_a_service_that_keeps_its_documentation_tells_occurrences_in_full(rep: Rep) -> None:
    rep.world.switches.set("graph.delta_occurrences", "full")
    endless(rep)

    told = of_kind(follow(rep), "occurrence")

    assert {item["subject"] for item in told} == {"Stand-up"}
    assert all(set(item) > STRIPPED and "body" in item for item in told)


def test_exceptions_are_told_with_all_they_have(rep: Rep) -> None:
    endless(rep, extensions=[extension(Guid="A-1")])
    window = ("2026-11-01", "2026-12-01")
    one = rep.get("/me/calendarView", f"startDateTime={window[0]}&endDateTime={window[1]}&$orderby=start/dateTime")[
        "value"
    ][1]
    rep.patch(f"/me/events/{one['id']}", {"subject": "Planning"})

    [told] = of_kind(follow(rep), "exception")

    assert (told["id"], told["subject"], told["originalStart"]) == (one["id"], "Planning", "2026-11-09T08:00:00Z")
    assert "body" in told
    assert NAME not in str(told)


@pytest.mark.parametrize("what", ["subject", "exception", "deletion", "extension"])
def test_any_change_of_a_series_tells_all_of_it_again(rep: Rep, what: str) -> None:
    master = weekly(rep, span=until("2026-11-30"))["id"]
    before = follow(rep)
    match what:
        case "subject":
            rep.patch(f"/me/events/{master}", {"subject": "Daily"})
        case "exception":
            change(rep, "2026-11-16", subject="Planning")
        case "deletion":
            drop(rep, "2026-11-16")
        case _:
            rep.post(f"/me/events/{master}/extensions", extension(Guid="A-1"))

    told = follow(rep, before.delta_link)

    gone = {"2026-11-16"} if what == "deletion" else set()
    inside = [item for item in told.items if item["type"] != "seriesMaster"]
    assert days_of(inside) == [day for day in MONDAYS_OF_NOVEMBER if day not in gone]
    assert told.removed == []
    assert len(of_kind(told, "exception")) == (what == "exception")
    assert len({item["@odata.etag"] for item in told.items}) == 1
    assert follow(rep, told.delta_link).items == []


def test_an_occurrence_that_left_the_window_is_only_missing(rep: Rep) -> None:
    weekly(rep, span=until("2026-12-31"))
    before = follow(rep)
    start, end = at("2026-12-02T09:00:00", BERLIN), at("2026-12-02T09:30:00", BERLIN)

    change(rep, "2026-11-30", start=start, end=end)

    told = follow(rep, before.delta_link)
    assert days_of(of_kind(told, "occurrence")) == MONDAYS_OF_NOVEMBER[:-1]
    assert (of_kind(told, "exception"), told.removed) == ([], [])


def test_a_deleted_series_is_removed_by_its_masters_id_alone(rep: Rep) -> None:
    master = endless(rep)["id"]
    before = follow(rep)

    rep.delete(f"/me/events/{master}")

    told = follow(rep, before.delta_link)
    assert (told.told, told.removed) == ([], [master])


def test_a_series_that_ends_before_the_window_is_removed(rep: Rep) -> None:
    master = endless(rep)["id"]
    before = follow(rep)

    rep.patch(f"/me/events/{master}", {"recurrence": recurring(MONDAYS, "2021-11-01", **until("2026-10-31"))})

    told = follow(rep, before.delta_link)
    assert (told.told, told.removed) == ([], [master])


def test_a_series_wholly_outside_the_window_is_not_in_a_first_round(rep: Rep) -> None:
    weekly(rep, span=until("2026-10-31"))
    rep.create(**OUTSIDE)

    assert follow(rep).items == []


@pytest.mark.parametrize(("rule", "at_first", "later"), [("told", 1, 1), ("first-round", 1, 0), ("never", 0, 0)])
def test_a_master_may_be_absent(rep: Rep, rule: str, at_first: int, later: int) -> None:
    rep.world.switches.set("graph.delta_masters", rule)
    master = endless(rep)["id"]

    first = follow(rep)
    rep.patch(f"/me/events/{master}", {"subject": "Daily"})
    second = follow(rep, first.delta_link)

    assert (len(of_kind(first, "seriesMaster")), len(of_kind(second, "seriesMaster"))) == (at_first, later)
    assert len(of_kind(second, "occurrence")) == 5
    assert rep.get(f"/me/events/{of_kind(second, 'occurrence')[0]['seriesMasterId']}")["subject"] == "Daily"


@pytest.mark.parametrize("size", [1, 3, 8])
def test_a_series_is_never_split_over_pages(rep: Rep, size: int) -> None:
    singles = [rep.create(subject=f"Call {number}")["id"] for number in range(3)]
    series = [endless(rep)["id"] for _ in range(3)]

    told = follow(rep, size=size)

    assert sorted(item for item in told.told if item in singles) == sorted(singles)
    for master in series:
        pages = {
            number
            for number, page in enumerate(told.pages)
            for item in page
            if master in (item["id"], item.get("seriesMasterId"))
        }
        assert len(pages) == 1
    assert len(told.items) == 3 + 3 * 6
    assert all(len(page) <= max(size, 6) for page in told.pages)


def test_a_thrifty_service_tells_of_a_master_only_what_changed(rep: Rep) -> None:
    rep.world.switches.set("graph.delta_items", "changed")
    master = endless(rep)["id"]
    first = follow(rep)

    rep.patch(f"/me/events/{master}", {"subject": "Daily"})

    [told] = of_kind_or_id(follow(rep, first.delta_link), master)
    assert told["subject"] == "Daily"
    assert "recurrence" not in told


def of_kind_or_id(told: Round, event_id: str) -> list[dict[str, Any]]:
    return [item for item in told.items if item["id"] == event_id]


@pytest.mark.parametrize(
    ("rule", "has_endless", "status"),
    [
        ("served", True, 200),
        ("504-if-endless", True, 504),
        ("504-if-endless", False, 200),
        ("504", False, 504),
    ],
)
def test_a_wide_window_may_be_too_much_with_an_endless_series(
    rep: Rep, rule: str, status: int, *, has_endless: bool
) -> None:
    rep.world.switches.set("graph.delta_wide_window", rule)
    order(rep, WidestDays=60)
    rep.post("/me/events", a_series(DAILY, span={} if has_endless else until("2026-10-31")))

    answer = rep.ask("GET", VIEW, query="startDateTime=2026-10-01T00:00:00Z&endDateTime=2027-02-01T00:00:00Z")

    assert answer.status_code == status
    assert status == 200 or code_of(answer) == "UnknownError"
    assert rep.ask("GET", VIEW, query=NOVEMBER).status_code == 200


def test_the_exceptions_of_a_meeting_poll_come_without_their_master(rep: Rep) -> None:
    event = {"Subject": "When?", "Start": "2026-11-10T09:00:00", "End": "2026-11-10T10:00:00"}
    times = [{"Start": f"2026-11-{day}T09:00:00", "End": f"2026-11-{day}T10:00:00"} for day in (12, 14)]
    rep.outlook("POST", "/polls", {"Upn": rep.user.upn, "Event": event, "Times": times}, status=201)

    told = follow(rep)

    assert [item["type"] for item in told.items] == ["exception", "exception"]
    assert rep.get(f"/me/events/{told.items[0]['seriesMasterId']}")["recurrence"] is None


def test_a_split_tells_both_halves(rep: Rep) -> None:
    master = weekly(rep, span=until("2026-11-30"))["id"]
    before = follow(rep)

    halves = rep.outlook("POST", f"/events/{master}/split", {"At": "2026-11-16", "Subject": "Later"}, status=201)

    told = follow(rep, before.delta_link)
    by_series: dict[str, list[dict[str, Any]]] = {}
    for item in of_kind(told, "occurrence"):
        by_series.setdefault(item["seriesMasterId"], []).append(item)
    assert days_of(by_series[master]) == MONDAYS_OF_NOVEMBER[:2]
    assert days_of(by_series[halves["After"]["DefaultId"]]) == MONDAYS_OF_NOVEMBER[2:]


def test_a_hidden_change_of_an_occurrence_shows_in_the_calendar_view_only(rep: Rep) -> None:
    weekly(rep, span=until("2026-11-30"))
    before = follow(rep)
    order(rep, HideNext=1)

    change(rep, "2026-11-16", subject="Planning")

    assert follow(rep, before.delta_link).items == []
    assert occurrence(rep, "2026-11-16")["subject"] == "Planning"
