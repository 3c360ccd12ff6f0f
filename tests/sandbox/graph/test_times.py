"""Time zones, all-day events, windows of time."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.graph.rep import Rep, an_event, at, code_of

NOVEMBER = "startDateTime=2026-11-01T00:00:00Z&endDateTime=2026-12-01T00:00:00Z"


def window(day: str, next_day: str) -> str:
    return f"startDateTime={day}&endDateTime={next_day}"


def an_all_day_event(start: str = "2026-11-24", end: str = "2026-11-25", zone: str = "UTC") -> dict[str, Any]:
    return an_event(isAllDay=True, start=at(f"{start}T00:00:00", zone), end=at(f"{end}T00:00:00", zone))


@pytest.mark.parametrize("zone", ["W. Europe Standard Time", "Europe/Berlin"])
def test_windows_and_iana_names_are_both_understood_and_the_answer_is_in_utc(rep: Rep, zone: str) -> None:
    event = rep.create(start=at("2026-11-24T10:00:00", zone), end=at("2026-11-24T10:30:00", zone))

    assert event["start"] == {"dateTime": "2026-11-24T09:00:00.0000000", "timeZone": "UTC"}
    assert event["originalStartTimeZone"] == event["originalEndTimeZone"] == zone


def test_an_iana_name_may_be_stored_as_its_windows_name(rep: Rep) -> None:
    rep.world.switches.set("graph.iana_zone_stored", "windows")

    event = rep.create(start=at("2026-11-24T10:00:00", "Europe/Berlin"))

    assert event["originalStartTimeZone"] == "W. Europe Standard Time"


@pytest.mark.parametrize(("switch", "zone"), [("kept", "UTC"), ("follows", "Tokyo Standard Time")])
def test_a_new_start_keeps_or_moves_the_original_zone(rep: Rep, switch: str, zone: str) -> None:
    rep.world.switches.set("graph.original_zone_after_patch", switch)
    event = rep.create()

    after = rep.patch(f"/me/events/{event['id']}", {"start": at("2026-11-24T17:00:00", "Tokyo Standard Time")})

    assert after["originalStartTimeZone"] == zone
    assert after["start"]["dateTime"] == "2026-11-24T08:00:00.0000000"


def test_the_answer_follows_the_preferred_zone_and_says_so(rep: Rep) -> None:
    event = rep.create()
    prefer = 'outlook.timezone="Pacific Standard Time"'

    answer = rep.ask("GET", f"/me/events/{event['id']}", prefer=prefer)

    assert answer.json()["start"] == {"dateTime": "2026-11-24T01:00:00.0000000", "timeZone": "Pacific Standard Time"}
    assert answer.headers["Preference-Applied"] == prefer


def test_summer_time_counts(rep: Rep) -> None:
    zone = "W. Europe Standard Time"

    event = rep.create(start=at("2026-07-01T10:00:00", zone), end=at("2026-07-01T11:00:00", zone))

    assert event["start"]["dateTime"] == "2026-07-01T08:00:00.0000000"


@pytest.mark.parametrize("zone", ["Mars/Olympus", "Europe/Vienna", ""])
def test_an_unknown_zone_is_refused_in_the_body_and_in_the_preference(rep: Rep, zone: str) -> None:
    in_body = rep.ask("POST", "/me/events", an_event(start=at("2026-11-24T10:00:00", zone)))
    preferred = rep.ask("GET", "/me/events", prefer=f'outlook.timezone="{zone}"')

    assert (in_body.status_code, code_of(in_body)) == (400, "TimeZoneNotSupportedException")
    assert (preferred.status_code, code_of(preferred)) == (400, "TimeZoneNotSupportedException")


def test_every_iana_name_may_be_understood(rep: Rep) -> None:
    rep.world.switches.set("graph.iana_zones", "all")

    event = rep.create(start=at("2026-11-24T10:00:00", "Europe/Vienna"))

    assert event["start"]["dateTime"] == "2026-11-24T09:00:00.0000000"


def test_several_preferences_share_one_header(rep: Rep) -> None:
    event = rep.create(body={"contentType": "html", "content": "<p>Bring <b>samples</b></p>"})
    prefer = 'outlook.timezone="UTC", outlook.body-content-type="text", IdType="ImmutableId"'

    answer = rep.ask("GET", f"/me/events/{event['id']}", prefer=prefer)

    assert answer.json()["body"] == {"contentType": "text", "content": "Bring samples"}
    assert answer.json()["id"] != event["id"]
    assert answer.headers["Preference-Applied"].count(",") == 2


def test_an_all_day_event_floats_in_whatever_zone_is_asked_for(rep: Rep) -> None:
    event = rep.post("/me/events", an_all_day_event(zone="Tokyo Standard Time"))

    in_utc = rep.get(f"/me/events/{event['id']}")
    in_pacific = rep.get(f"/me/events/{event['id']}", prefer='outlook.timezone="Pacific Standard Time"')

    assert in_utc["start"] == at("2026-11-24T00:00:00.0000000", "UTC")
    assert in_pacific["start"] == at("2026-11-24T00:00:00.0000000", "Pacific Standard Time")
    assert in_pacific["end"]["dateTime"] == "2026-11-25T00:00:00.0000000"
    assert in_pacific["originalStartTimeZone"] == "Tokyo Standard Time"


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (at("2026-11-24T09:00:00", "UTC"), at("2026-11-25T00:00:00", "UTC"), "Event.Start property for an all-day"),
        (at("2026-11-24T00:00:00", "UTC"), at("2026-11-25T09:00:00", "UTC"), "Event.End property for an all-day"),
        (at("2026-11-24T00:00:00", "UTC"), at("2026-11-24T00:00:00", "UTC"), "must be at least 24 hours"),
        (at("2026-11-24T00:00:00", "UTC"), at("2026-11-25T00:00:00", "Tokyo Standard Time"), "same time zone"),
    ],
)
def test_an_all_day_event_runs_from_midnight_to_midnight_in_one_zone(
    rep: Rep, start: dict[str, str], end: dict[str, str], words: str
) -> None:
    answer = rep.ask("POST", "/me/events", an_event(isAllDay=True, start=start, end=end))

    assert (answer.status_code, code_of(answer)) == (400, "ErrorInvalidRequest")
    assert words in answer.json()["error"]["message"]


def test_a_timed_event_becomes_all_day_only_with_midnights(rep: Rep) -> None:
    event = rep.create()
    path = f"/me/events/{event['id']}"

    refused = rep.ask("PATCH", path, {"isAllDay": True})
    accepted = rep.patch(path, {key: an_all_day_event()[key] for key in ("isAllDay", "start", "end")})

    assert code_of(refused) == "ErrorInvalidRequest"
    assert accepted["isAllDay"] is True


def test_a_view_needs_its_window(rep: Rep) -> None:
    answer = rep.ask("GET", "/me/calendarView", query="startDateTime=2026-11-01")

    assert (answer.status_code, code_of(answer)) == (400, "ErrorInvalidParameter")


@pytest.mark.parametrize("query", [window("2020-01-01", "2025-01-02"), window("2026-11-02", "2026-11-01")])
def test_a_view_of_five_years_or_backwards_is_refused(rep: Rep, query: str) -> None:
    answer = rep.ask("GET", "/me/calendar/calendarView", query=query)

    assert (answer.status_code, code_of(answer)) == (400, "ErrorInvalidRequest")


def test_a_view_holds_what_overlaps_its_window_only(rep: Rep) -> None:
    for start, end in (
        ("23T23:00", "24T00:00"),
        ("23T23:00", "24T00:01"),
        ("24T12:00", "24T12:00"),
        ("25T00:00", "25T01:00"),
    ):
        rep.create(subject=start + "/" + end, start=f"2026-11-{start}:00", end=f"2026-11-{end}:00")

    view = rep.get("/me/calendarView", window("2026-11-24T00:00:00Z", "2026-11-25T00:00:00Z"))

    assert {event["subject"] for event in view["value"]} == {"23T23:00/24T00:01", "24T12:00/24T12:00"}


def test_the_window_is_in_utc_unless_it_says_otherwise_and_no_preference_moves_it(rep: Rep) -> None:
    rep.create(start="2026-11-24T09:00:00", end="2026-11-24T09:30:00")
    prefer = 'outlook.timezone="Tokyo Standard Time"'

    utc = rep.get("/me/calendarView", window("2026-11-24T09:00:00", "2026-11-24T10:00:00"), prefer=prefer)
    offset = rep.get("/me/calendarView", window("2026-11-24T09:00:00%2B09:00", "2026-11-24T10:00:00%2B09:00"))

    assert (len(utc["value"]), len(offset["value"])) == (1, 0)


def test_an_all_day_event_is_viewed_as_utc_midnight_to_midnight(rep: Rep) -> None:
    rep.post("/me/events", an_all_day_event(zone="Tokyo Standard Time"))

    tokyo_day_after = rep.get("/me/calendarView", window("2026-11-24T15:00:00Z", "2026-11-25T15:00:00Z"))

    assert len(tokyo_day_after["value"]) == 1


def test_a_view_of_the_default_calendar_does_not_show_the_others(rep: Rep) -> None:
    other = rep.post("/me/calendars", {"name": "Private"})
    rep.create(subject="In the default one")
    rep.post(f"/me/calendars/{other['id']}/events", an_event(subject="In the other one"))

    default, named = (
        rep.get("/me/calendarView", NOVEMBER),
        rep.get(f"/me/calendars/{other['id']}/calendarView", NOVEMBER),
    )

    assert [event["subject"] for event in default["value"]] == ["In the default one"]
    assert [event["subject"] for event in named["value"]] == ["In the other one"]
