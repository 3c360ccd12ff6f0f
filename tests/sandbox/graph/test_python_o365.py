"""python-o365, which nobody here wrote, works with the simulator as it is; only its address is another."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import requests
from O365 import Account, MSGraphProtocol
from O365.calendar import EventType

from tests.sandbox.graph.rep import Ports, Rep

BERLIN = ZoneInfo("Europe/Berlin")
NINE = datetime(2026, 11, 24, 9, 0, tzinfo=BERLIN)


@pytest.fixture(name="schedule")
def schedule_of_the_library(rep: Rep, ports: Ports) -> Iterator[Any]:
    class Protocol(MSGraphProtocol):  # type: ignore[misc]  # the library has no types
        _protocol_url = f"{ports.graph}/"

    protocol = Protocol(default_resource="me", timezone=BERLIN)
    account = Account(("client", "secret"), protocol=protocol, requests_delay=0)
    with requests.Session() as session:
        session.trust_env = False
        session.headers["Authorization"] = f"Bearer {rep.token}"
        account.connection.session = session
        yield account.schedule()


@pytest.fixture(name="calendar")
def default_calendar(schedule: Any) -> Any:
    return schedule.get_default_calendar()


def make(calendar: Any, subject: str, start: datetime = NINE) -> Any:
    event = calendar.new_event(subject)
    event.start, event.end = start, start + timedelta(minutes=30)
    event.body = "<p>Bring samples</p>"
    event.location = "Room 3"
    assert event.save()
    return event


def test_it_creates_an_event(rep: Rep, calendar: Any) -> None:
    event = make(calendar, "Call Wingtip")

    stored = rep.everything()[0]
    assert (stored["Subject"], stored["Location"]) == ("Call Wingtip", "Room 3")
    assert stored["StartUtc"] == "2026-11-24T08:00:00+00:00"
    assert event.object_id == stored["DefaultId"]
    assert event.created is not None


def test_it_lists_a_window_page_by_page(calendar: Any) -> None:
    for number in range(7):
        make(calendar, f"Call {number}", NINE + timedelta(hours=number))

    window = {"start_recurring": NINE - timedelta(days=1), "end_recurring": NINE + timedelta(days=2)}
    listed = list(calendar.get_events(limit=7, batch=3, order_by="start/dateTime", **window))

    assert [event.subject for event in listed] == [f"Call {number}" for number in range(7)]
    assert listed[0].start == NINE


def test_it_filters_by_start(calendar: Any) -> None:
    make(calendar, "Early")
    make(calendar, "Late", NINE + timedelta(days=3))

    query = calendar.new_query().greater_equal("start", NINE + timedelta(days=1))
    found = list(calendar.get_events(query=query, include_recurring=False))

    assert [event.subject for event in found] == ["Late"]


def test_it_changes_an_event_that_it_read(rep: Rep, calendar: Any) -> None:
    event = calendar.get_event(make(calendar, "Call Wingtip").object_id)

    event.subject = "Call Fabrikam"
    event.start = NINE + timedelta(hours=1)
    event.end = NINE + timedelta(hours=2)

    assert event.save()
    stored = rep.everything()[0]
    assert (stored["Subject"], stored["EndUtc"]) == ("Call Fabrikam", "2026-11-24T10:00:00+00:00")
    assert "Bring samples" in stored["Body"]


def test_it_invites_people(rep: Rep, calendar: Any) -> None:
    event = make(calendar, "Review")
    event.attendees.add("sam@contoso.example")

    assert event.save()
    assert rep.mails() == [("invitation", ("sam@contoso.example",))]
    assert [one.address for one in calendar.get_event(event.object_id).attendees] == ["sam@contoso.example"]


def test_it_deletes_an_event(rep: Rep, calendar: Any) -> None:
    event = make(calendar, "Call Wingtip")

    assert event.delete()
    assert rep.everything() == []


def test_it_makes_an_all_day_event(rep: Rep, calendar: Any) -> None:
    event = calendar.new_event("Fair")
    event.start, event.end = datetime(2026, 11, 24, tzinfo=BERLIN), datetime(2026, 11, 25, tzinfo=BERLIN)
    event.is_all_day = True

    assert event.save()
    stored = rep.everything()[0]
    assert (stored["IsAllDay"], stored["Start"]) == (True, "2026-11-24T00:00:00.0000000")


def test_it_lists_and_creates_calendars(rep: Rep, schedule: Any) -> None:
    made = schedule.new_calendar("Private")

    listed = schedule.list_calendars()

    assert {one.name for one in listed} == {"Calendar", "Private"}
    assert made.calendar_id == rep.get("/me/calendars")["value"][1]["id"]


def test_it_makes_a_weekly_series_and_lists_its_occurrences(rep: Rep, calendar: Any) -> None:
    event = calendar.new_event("Stand-up")
    event.start, event.end = NINE, NINE + timedelta(minutes=30)
    days = {"start": NINE.date(), "end": NINE.date() + timedelta(weeks=4)}
    event.recurrence.set_weekly(1, days_of_week=["tuesday"], first_day_of_week="monday", **days)
    assert event.save()

    window = {"start_recurring": NINE - timedelta(days=1), "end_recurring": NINE + timedelta(days=60)}
    viewed = list(calendar.get_events(limit=50, order_by="start/dateTime", **window))
    master = calendar.get_event(viewed[0].series_master_id)
    occurrences = list(master.get_occurrences(NINE, NINE + timedelta(days=60), limit=50))

    assert [one.start.astimezone(BERLIN) for one in viewed] == [NINE + timedelta(weeks=week) for week in range(5)]
    assert (master.object_id, master.event_type) == (event.object_id, EventType.SeriesMaster)
    assert master.recurrence.days_of_week == ["tuesday"]
    assert {one.object_id for one in occurrences} == {one.object_id for one in viewed}
    assert {one.event_type for one in viewed} == {EventType.Occurrence}
    assert rep.everything()[0]["Recurrence"]["Range"]["EndDate"] == "2026-12-22"


def test_it_changes_and_deletes_one_occurrence(calendar: Any) -> None:
    event = calendar.new_event("Stand-up")
    event.start, event.end = NINE, NINE + timedelta(minutes=30)
    event.recurrence.set_daily(1, start=NINE.date(), occurrences=4)
    assert event.save()
    window = {"start_recurring": NINE - timedelta(days=1), "end_recurring": NINE + timedelta(days=60)}
    _, second, third, _ = calendar.get_events(limit=50, order_by="start/dateTime", **window)

    second.subject = "Planning"
    assert second.save()
    assert third.delete()

    seen = list(calendar.get_events(limit=50, order_by="start/dateTime", **window))
    assert [(one.subject, one.event_type) for one in seen] == [
        ("Stand-up", EventType.Occurrence),
        ("Planning", EventType.Exception),
        ("Stand-up", EventType.Occurrence),
    ]
