"""What is seen of a series: occurrences in windows and by their ids, at the times Outlook would show."""

from __future__ import annotations

import pytest

from tests.sandbox.graph.rep import Rep, at, code_of
from tests.sandbox.graph.series.weekly import (
    AUTUMN,
    BERLIN,
    DAILY,
    FIRST,
    MONDAYS,
    a_series,
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

IMMUTABLE = 'IdType="ImmutableId"'
WINDOW = f"startDateTime={AUTUMN[0]}&endDateTime={AUTUMN[1]}"


def test_a_view_holds_occurrences_and_the_list_of_events_the_master(rep: Rep) -> None:
    master = weekly(rep)

    seen = view(rep)
    listed = rep.get("/me/events")["value"]

    assert [one["type"] for one in seen] == ["occurrence"] * 6
    assert {one["seriesMasterId"] for one in seen} == {master["id"]}
    assert [(one["id"], one["type"]) for one in listed] == [(master["id"], "seriesMaster")]


def test_an_occurrence_has_what_its_master_has_but_for_its_own_place(rep: Rep) -> None:
    master = weekly(rep, body={"contentType": "text", "content": "Bring samples"}, location={"displayName": "Room 3"})

    one = occurrence(rep, "2026-10-12")

    assert one["body"]["content"] == "Bring samples"
    same = ("subject", "location", "changeKey", "@odata.etag", "createdDateTime", "categories", "organizer")
    assert {name: one[name] for name in same} == {name: master[name] for name in same}
    assert (one["recurrence"], one["originalStart"]) == (None, "2026-10-12T07:00:00Z")
    assert one["occurrenceId"] == f"OID.{master['id']}.2026-10-12"
    assert (one["start"], one["end"]) == (
        at("2026-10-12T07:00:00.0000000", "UTC"),
        at("2026-10-12T07:30:00.0000000", "UTC"),
    )


def test_each_occurrence_has_an_id_and_a_uid_of_its_own_that_stay(rep: Rep) -> None:
    master = weekly(rep)

    once, again = view(rep), view(rep)

    assert [one["id"] for one in once] == [one["id"] for one in again]
    assert len({one["id"] for one in once} | {master["id"]}) == 7
    assert len({one["iCalUId"] for one in once} | {master["iCalUId"]}) == 7


def test_an_occurrence_is_read_by_either_of_its_ids(rep: Rep) -> None:
    weekly(rep)
    default, immutable = occurrence(rep, "2026-10-19"), occurrence(rep, "2026-10-19", prefer=IMMUTABLE)

    by_default = rep.get(f"/me/events/{default['id']}")
    by_immutable = rep.get(f"/me/events/{immutable['id']}", prefer=IMMUTABLE)

    assert default["id"] != immutable["id"]
    assert (by_default["type"], by_default["start"]) == ("occurrence", default["start"])
    assert by_immutable["start"] == default["start"]
    master = rep.get(f"/me/events/{by_immutable['seriesMasterId']}", prefer=IMMUTABLE)
    assert (master["type"], by_immutable["occurrenceId"]) == ("seriesMaster", f"OID.{master['id']}.2026-10-19")


def test_ids_of_occurrences_follow_the_format_that_is_asked_for_if_the_service_insists(rep: Rep) -> None:
    weekly(rep)
    one = occurrence(rep, "2026-10-19")
    rep.world.switches.set("graph.id_format_in_path", "as-preferred")

    other = rep.ask("GET", f"/me/events/{one['id']}", prefer=IMMUTABLE)

    assert (other.status_code, code_of(other)) == (404, "ErrorItemNotFound")
    assert rep.get(f"/me/events/{one['id']}")["type"] == "occurrence"


def test_an_id_of_a_day_the_series_does_not_have_is_of_nothing(rep: Rep) -> None:
    weekly(rep)
    one = occurrence(rep, "2026-10-19")["id"]
    tuesday = one.replace("07EA0A13", "07EA0A14")

    answer = rep.ask("GET", f"/me/events/{tuesday}")

    assert tuesday != one
    assert (answer.status_code, code_of(answer)) == (404, "ErrorItemNotFound")


def test_a_window_holds_what_overlaps_it_and_nothing_more(rep: Rep) -> None:
    rep.post("/me/events", a_series(MONDAYS, end=at("2026-10-06T09:30:00", BERLIN)))

    # From the second hour of the second occurrence to the beginning of the fourth.
    seen = view(rep, ("2026-10-13T07:00:00Z", "2026-10-26T08:00:00Z"))

    assert starts(seen) == ["2026-10-12T07:00", "2026-10-19T07:00"]


def test_an_endless_series_that_began_long_ago_is_seen_in_any_window(rep: Rep) -> None:
    rep.post("/me/events", a_series(DAILY, "1999-01-04"))

    seen = view(rep, ("2045-07-01", "2045-07-11"))

    assert starts(seen) == [f"2045-07-{day:02d}T07:00" for day in range(1, 11)]


def test_a_series_keeps_its_hour_when_clocks_change(rep: Rep) -> None:
    weekly(rep, span=numbered(40))

    berlin = f'outlook.timezone="{BERLIN}"'
    in_utc, in_berlin = (
        starts(view(rep, ("2026-10-18", "2027-04-06"))),
        view(rep, ("2026-10-18", "2027-04-06"), prefer=berlin),
    )

    assert [start[5:] for start in in_utc[:2]] == ["10-19T07:00", "10-26T08:00"]
    assert [start[5:] for start in in_utc[-2:]] == ["03-29T07:00", "04-05T07:00"]
    assert {start[11:] for start in starts(in_berlin)} == {"09:00"}


def test_an_occurrence_in_the_hour_that_is_skipped_is_an_hour_later_and_as_long(rep: Rep) -> None:
    night = {"start": at("2027-03-26T02:30:00", BERLIN), "end": at("2027-03-26T03:15:00", BERLIN)}
    rep.post("/me/events", a_series(DAILY, "2027-03-26", span=numbered(4), **night))

    seen = view(rep, ("2027-03-25", "2027-04-01"), prefer=f'outlook.timezone="{BERLIN}"')

    assert starts(seen)[1:] == ["2027-03-27T02:30", "2027-03-28T03:30", "2027-03-29T02:30"]
    assert [one["end"]["dateTime"][11:16] for one in seen][1:] == ["03:15", "04:15", "03:15"]
    assert seen[2]["originalStart"] == "2027-03-28T01:30:00Z"


def test_an_occurrence_in_the_hour_that_comes_twice_is_the_first(rep: Rep) -> None:
    night = {"start": at("2026-10-23T02:30:00", BERLIN), "end": at("2026-10-23T03:30:00", BERLIN)}
    rep.post("/me/events", a_series(DAILY, "2026-10-23", span=numbered(4), **night))

    seen = view(rep)

    assert starts(seen) == ["2026-10-23T00:30", "2026-10-24T00:30", "2026-10-25T00:30", "2026-10-26T01:30"]
    assert seen[2]["end"]["dateTime"][:16] == "2026-10-25T02:30"


@pytest.mark.parametrize(
    ("zone", "midnight"),
    [("New Zealand Standard Time", "2026-10-04T11:00:00Z"), ("Hawaiian Standard Time", "2026-10-05T10:00:00Z")],
)
def test_all_day_occurrences_float_and_remember_the_midnight_of_their_zone(rep: Rep, zone: str, midnight: str) -> None:
    whole = {"start": at(f"{FIRST}T00:00:00", zone), "end": at("2026-10-06T00:00:00", zone), "isAllDay": True}
    rep.post("/me/events", a_series(MONDAYS, span=numbered(2), **whole))

    here, there = view(rep), view(rep, prefer='outlook.timezone="Tokyo Standard Time"')

    assert here[0]["originalStart"] == midnight
    assert starts(here) == starts(there) == ["2026-10-05T00:00", "2026-10-12T00:00"]
    assert here[1]["occurrenceId"].endswith(".2026-10-12")


def test_instances_are_those_of_one_series_in_no_order_of_time(rep: Rep) -> None:
    master, _ = (
        weekly(rep, span=until("2026-12-31")),
        rep.create(start="2026-10-12T07:00:00", end="2026-10-12T08:00:00"),
    )
    change(rep, "2026-10-19", subject="Planning")
    drop(rep, "2026-10-26")

    listed = rep.get(f"/me/events/{master['id']}/instances", f"{WINDOW}&$top=50")

    assert listed["@odata.context"].endswith("/instances")
    found = listed["value"]
    assert starts(found) != sorted(starts(found))
    assert sorted(start[:10] for start in starts(found)) == days_without(rep, "2026-10-12T07:00")
    assert [one["type"] for one in found].count("exception") == 1
    assert {one["seriesMasterId"] for one in found} == {master["id"]}


def days_without(rep: Rep, single: str) -> list[str]:
    both = starts(view(rep))
    both.remove(single)
    assert "2026-10-26" not in {start[:10] for start in both}
    return [start[:10] for start in both]


def test_instances_come_in_pages_that_fit_together(rep: Rep) -> None:
    master = weekly(rep, span=until("2026-12-31"))

    first = rep.get(f"/me/events/{master['id']}/instances", f"{WINDOW}&$top=9&$select=start")
    second = rep.get(first["@odata.nextLink"])

    assert "@odata.nextLink" not in second
    assert len({one["id"] for one in (*first["value"], *second["value"])}) == 13


@pytest.mark.parametrize("query", ["", "startDateTime=2026-10-01", "endDateTime=2026-10-01"])
def test_instances_need_both_ends_of_a_window(rep: Rep, query: str) -> None:
    master = weekly(rep)

    answer = rep.ask("GET", f"/me/events/{master['id']}/instances", query=query)

    assert (answer.status_code, code_of(answer)) == (400, "ErrorInvalidParameter")


def test_only_a_master_has_instances(rep: Rep) -> None:
    weekly(rep)

    for event in (rep.create(), occurrence(rep, FIRST)):
        answer = rep.ask("GET", f"/me/events/{event['id']}/instances", query=WINDOW)
        assert (answer.status_code, code_of(answer)) == (400, "ErrorCalendarCannotUseIdForRecurringMasterId")


def test_occurrences_are_selected_and_filtered_like_other_events(rep: Rep) -> None:
    weekly(rep)
    change(rep, "2026-10-19", subject="Planning")

    found = view(rep, options="&$filter=subject eq 'Planning'&$select=subject,type,originalStart,seriesMasterId")

    assert [(one["type"], one["originalStart"]) for one in found] == [("exception", "2026-10-19T07:00:00Z")]
    assert set(found[0]) == {"@odata.etag", "id", "subject", "type", "originalStart", "seriesMasterId"}


def test_a_series_in_another_calendar_is_seen_there_under_other_ids(rep: Rep) -> None:
    weekly(rep)
    before = occurrence(rep, FIRST)
    there = rep.post("/me/calendars", {"name": "Team"})

    moved = rep.outlook("POST", f"/events/{before['seriesMasterId']}/move", {"Calendar": "Team"})

    query = f"{WINDOW}&$orderby=start/dateTime"
    seen = rep.get(f"/me/calendars/{there['id']}/calendarView", query)["value"]
    assert (days(rep), len(seen)) == ([], 6)
    assert seen[0]["seriesMasterId"] == moved["DefaultId"] != before["seriesMasterId"]
    assert rep.ask("GET", f"/me/events/{before['id']}").status_code == 404
    stays = rep.outlook("POST", f"/events/{seen[0]['id']}/move", {"Calendar": "Calendar"}, status=400)
    assert "ErrorCalendarCannotMoveOrCopyOccurrence" in str(stays)
