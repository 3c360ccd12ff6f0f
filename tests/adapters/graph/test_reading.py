"""Graph's events as ours."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from shared_code.adapters.graph.wire.payloads import EVENT, PAGE, decoded
from shared_code.adapters.graph.wire.reading import UnreadableEvent, event_of
from shared_code.domain.appointments import ShowAs
from shared_code.domain.events import CalendarEvent, EventKind, Mark, Sensitivity
from shared_code.domain.identifiers import AppointmentGuid
from shared_code.domain.schedules import AllDay, Timed
from tests.builders import ANNA

PAYLOADS = Path(__file__).parents[2] / "payloads" / "graph"
LEAD = "22222222-2222-4222-8222-222222222222"


def payload(name: str) -> dict[str, Any]:
    body: dict[str, Any] = json.loads((PAYLOADS / f"{name}.json").read_text())["body"]
    return body


def read(body: dict[str, Any]) -> CalendarEvent:
    return event_of(decoded(EVENT, json.dumps(body).encode()))


def an_event(**said: Any) -> dict[str, Any]:
    """Return a bare event's JSON with some of it replaced."""
    at = {"dateTime": "2026-11-24T09:00:00.0000000", "timeZone": "UTC"}
    return {
        "id": "e1",
        "changeKey": "k",
        "lastModifiedDateTime": "2026-11-21T10:00:00Z",
        "start": at,
        "end": at,
        **said,
    }


def test_a_whole_event_is_read() -> None:
    event = read(payload("event_in_view"))

    assert event == CalendarEvent(
        id=event.id,
        change_key="kPq3uD0mXEGcBLNUabcdewAAx1Zy9g==",
        kind=EventKind.SINGLE,
        subject="Call Mrs. Keller",
        body_html="<html><head></head><body><p>Bring the offer.</p></body></html>",
        schedule=Timed(
            start_at=datetime(2026, 11, 24, 9, 0, tzinfo=UTC),
            end_at=datetime(2026, 11, 24, 9, 30, tzinfo=UTC),
            zone="Europe/Berlin",
        ),
        modified_at=datetime(2026, 11, 21, 10, 0, 0, 765432, tzinfo=UTC),
        location="Main Street 1",
        show_as=ShowAs.WORKING_ELSEWHERE,
        sensitivity=Sensitivity.PRIVATE,
        reminder=15,
        organizer="anna@contoso.example",
        attendees=("sam@fabrikam.example",),
        categories=("Customers",),
        web_link="https://outlook.office365.com/owa/?itemid=AAkALg&exvsurl=1&path=/calendar/item",
        transaction_id="3f1f7f0e-6a52-5b1c-8f4e-0d6b0c3a9e11",
        mark=Mark(
            appointment=AppointmentGuid("11111111-1111-4111-8111-11111111111a"),
            user=ANNA,
            lead_guid=LEAD,
            lead_url=f"https://crm.salesexec.example/leads/{LEAD}",
        ),
    )


def test_whole_days_are_read_as_written_whatever_the_zone() -> None:
    event = read(payload("all_day_event_in_another_zone"))

    assert event.schedule == AllDay(first_day=date(2026, 11, 24), day_after=date(2026, 11, 26))
    assert (event.show_as, event.reminder) == (ShowAs.OUT_OF_OFFICE, None)
    assert event.body_html == "Hall 4 &amp; 5<br>Stand B"


@pytest.mark.parametrize(
    ("wall", "zone", "instant"),
    [
        ("2026-11-24T09:00:00.0000000", "UTC", "2026-11-24T09:00:00+00:00"),
        ("2026-11-24T09:00:00", "W. Europe Standard Time", "2026-11-24T08:00:00+00:00"),
        ("2026-11-24T09:00:00.1234567", "America/New_York", "2026-11-24T14:00:00.123456+00:00"),
        ("2026-11-24T09:00:00", "tzone://Microsoft/Utc", "2026-11-24T09:00:00+00:00"),
        ("2026-11-24T09:00:00", None, "2026-11-24T09:00:00+00:00"),
    ],
)
def test_times_are_believed_in_the_zone_they_came_in(wall: str, zone: str | None, instant: str) -> None:
    at = {"dateTime": wall, "timeZone": zone}

    event = read(an_event(start=at, end=at))

    assert isinstance(event.schedule, Timed)
    assert event.schedule.start_at == datetime.fromisoformat(instant)


@pytest.mark.parametrize(
    "said",
    [
        {"start": None},
        {"end": None},
        {"start": {"dateTime": "soon", "timeZone": "UTC"}},
        {"start": {"dateTime": "2026-11-24T09:00:00", "timeZone": "tzone://Microsoft/Custom"}},
        {"end": {"dateTime": "0001-01-01T00:00:00", "timeZone": "Asia/Tokyo"}},
        {"lastModifiedDateTime": "yesterday"},
    ],
)
def test_an_event_whose_times_make_no_sense_is_unreadable_and_named(said: dict[str, Any]) -> None:
    with pytest.raises(UnreadableEvent) as unreadable:
        read(an_event(**said))

    assert unreadable.value.event_id == "e1"


def test_an_event_without_an_id_is_unreadable() -> None:
    with pytest.raises(UnreadableEvent):
        read(an_event(id=None))


@pytest.mark.parametrize(
    ("said", "field", "meant"),
    [
        ({"showAs": "OOF"}, "show_as", ShowAs.OUT_OF_OFFICE),
        ({"showAs": "unknown"}, "show_as", ShowAs.BUSY),
        ({"showAs": "somethingNew"}, "show_as", ShowAs.BUSY),
        ({"sensitivity": "Confidential"}, "sensitivity", Sensitivity.CONFIDENTIAL),
        ({"sensitivity": "somethingNew"}, "sensitivity", Sensitivity.PRIVATE),
        ({"sensitivity": None}, "sensitivity", Sensitivity.NORMAL),
        ({"type": "Exception"}, "kind", EventKind.EXCEPTION),
        ({"seriesMasterId": "m"}, "kind", EventKind.OCCURRENCE),
        ({"type": "exception", "seriesMasterId": "m"}, "series_master_id", "m"),
        ({"isReminderOn": True, "reminderMinutesBeforeStart": 0}, "reminder", 0),
        ({"isReminderOn": False, "reminderMinutesBeforeStart": 15}, "reminder", None),
        ({"isOrganizer": False}, "has_attendees", True),
        ({"attendees": [{"emailAddress": {}}]}, "has_attendees", True),
        ({"attendees": [{"emailAddress": {"name": "Room 1"}}]}, "attendees", ("Room 1",)),
        ({"attendees": []}, "has_attendees", False),
        ({"isCancelled": True}, "is_cancelled", True),
        ({"changeKey": None, "@odata.etag": 'W/"abc"'}, "change_key", "abc"),
        ({"location": None}, "location", ""),
        ({"subject": None}, "subject", ""),
        ({"body": None}, "body_html", ""),
        ({"body": {"contentType": "HTML", "content": "<b>x</b>"}}, "body_html", "<b>x</b>"),
        ({"lastModifiedDateTime": None}, "modified_at", datetime(1970, 1, 1, tzinfo=UTC)),
        ({"originalStartTimeZone": "tzone://Microsoft/Custom"}, "schedule.zone", None),
        ({"originalStartTimeZone": "UTC"}, "schedule.zone", None),
        ({"originalStartTimeZone": "Asia/Tokyo"}, "schedule.zone", "Asia/Tokyo"),
    ],
)
def test_what_graph_leaves_out_or_spells_its_own_way_is_understood(
    said: dict[str, Any], field: str, meant: object
) -> None:
    found: Any = read(an_event(**said))

    for name in field.split("."):
        found = getattr(found, name)
    assert found == meant


@pytest.mark.parametrize(
    "extensions",
    [
        None,
        [],
        [{"extensionName": "Com.Other.App", "AppointmentGuid": LEAD}],
        [{"id": "microsoft.graph.openTypeExtension.SalesExec.Appointment", "AppointmentGuid": LEAD}],
        [{"extensionName": "SalesExec.Appointment"}],
        [{"extensionName": "SalesExec.Appointment", "AppointmentGuid": "not a guid"}],
        [{"extensionName": "SalesExec.Appointment", "AppointmentGuid": 7}],
        [{"extensionName": "SalesExec.Appointment", "AppointmentGuid": ["x"]}],
    ],
)
def test_what_names_no_appointment_is_no_mark(extensions: list[dict[str, Any]] | None) -> None:
    assert read(an_event(extensions=extensions)).mark is None


def test_what_else_is_odd_in_a_mark_is_left_out() -> None:
    extension = {"extensionName": "SalesExec.Appointment", "AppointmentGuid": LEAD, "UserGuid": "x", "LeadUrl": ""}

    assert read(an_event(extensions=[extension])).mark == Mark(appointment=AppointmentGuid(LEAD))


def test_half_an_emoji_costs_no_page() -> None:
    content = b'{"value": [{"id": "a", "subject": "cut \\ud83d"}, {"id": "b", "subject": "whole"}]}'

    page = decoded(PAGE, content)

    assert [decoded(EVENT, raw).subject for raw in page.value] == ["cut ?", "whole"]
