"""What we wrote ourselves never comes back as a change; what others wrote in between does."""

from __future__ import annotations

import pytest

from tests.control import Control
from tests.scenarios.api import outcome
from tests.scenarios.people import Person, a_guid, at, lasting, later
from tests.waiting import until

LEAD_URL = "https://crm.salesexec.example/leads/1"


def test_nothing_that_salesexec_pushed_is_told_to_it(anna: Person) -> None:
    guid = anna.book(Body="Line one\n\n  line two <b>", LeadUrl=LEAD_URL, Location=" Room 7 ")["AppointmentGuid"]
    anna.poll()
    anna.edit(guid, Body="Other", Subject="  Other subject  ", ShowAs="Free", ReminderMinutes=3)
    anna.poll()
    anna.edit(guid, IsPrivate=True, LeadUrl=None, **lasting(at(hour=12)))
    anna.poll()
    anna.cancel(guid)
    anna.poll()

    assert anna.told() == []


@pytest.mark.parametrize(
    "times",
    [
        {"Start": at().strftime("%Y-%m-%d"), "End": at(days=2).strftime("%Y-%m-%d"), "IsAllDay": True},
        {**{name: value.removesuffix("Z") for name, value in lasting(at()).items()}, "TimeZone": "America/New_York"},
        {"Start": at().strftime("%Y-%m-%dT10:00:00.4999Z"), "End": at().strftime("%Y-%m-%dT10:30:00.5001Z")},
    ],
)
def test_whatever_the_times_look_like_they_do_not_come_back(anna: Person, times: dict[str, object]) -> None:
    anna.book(**times)

    anna.poll()

    assert anna.told() == []


@pytest.mark.parametrize(
    ("switch", "value"),
    [
        ("graph.iana_zone_stored", "windows"),
        ("graph.text_bodies", "html"),
        ("graph.original_zone_after_patch", "follows"),
    ],
)
def test_what_outlook_makes_of_our_words_does_not_come_back(
    anna: Person, control: Control, switch: str, value: str
) -> None:
    control.call("PUT", "switches", {switch: value})
    times = {name: moment.removesuffix("Z") for name, moment in lasting(at()).items()}
    guid = anna.book(TimeZone="Europe/Berlin", **times)["AppointmentGuid"]
    anna.poll()
    anna.edit(guid, TimeZone="Asia/Tokyo", **times)
    anna.poll()

    assert anna.told() == []


def test_a_new_version_without_a_change_is_not_told(anna: Person, control: Control) -> None:
    event_id = anna.book()["EventId"]
    control.call("POST", f"graph/events/{event_id}/touch", {})
    anna.edit_event(event_id, Categories=["Blue"], Importance="high")
    anna.edit_event(event_id, ReminderMinutesBeforeStart=5)

    anna.poll()

    assert anna.told() == []


def test_an_edit_after_our_write_is_told_alone(anna: Person) -> None:
    booked = anna.book()
    anna.edit(booked["AppointmentGuid"], Subject="Ours")
    anna.edit_event(booked["EventId"], Location="Theirs")

    anna.poll()

    [change] = anna.told()
    assert (change["AppointmentGuid"], change["ChangedFields"]) == (booked["AppointmentGuid"], ["Location"])


def test_an_edit_that_was_taken_back_is_not_told(anna: Person) -> None:
    event_id = anna.book()["EventId"]
    anna.edit_event(event_id, Subject="Oops")
    anna.edit_event(event_id, Subject="Call Wingtip Toys")

    anna.poll()

    assert anna.told() == []


def test_the_link_to_the_lead_is_not_part_of_what_salesexec_is_told(anna: Person) -> None:
    booked = anna.book(LeadUrl=LEAD_URL)
    [event] = anna.events()
    anna.edit_event(event["Id"], Body=event["Body"].replace("</body>", "<p>Parking.</p></body>"))

    anna.poll()

    [change] = anna.told()
    assert change["AppointmentGuid"] == booked["AppointmentGuid"]
    assert "Parking." in change["Event"]["Body"]
    assert "Show Lead" not in change["Event"]["Body"]
    assert LEAD_URL not in change["Event"]["Body"]


def test_pushes_during_a_poll_are_not_told(anna: Person, control: Control) -> None:
    anna.add_event()
    held = control.fault(
        "graph", "hold_after", Match={"Method": "GET", "PathContains": "calendarView", "Actor": anna.upn}
    )
    before = len(anna.evidence.runs("poll_calendar", anna.user))
    anna.api.sync(anna.user)
    until(lambda: any(fault["Waiting"] for fault in control.faults()), what="the poll is reading")
    guid, moment = a_guid(), later()
    assert outcome(anna.push(guid, ModifiedUtc=moment, Subject="Pushed meanwhile"))[1] in ("Created", "Queued")
    control.call("DELETE", f"faults/{held['Id']}")
    until(lambda: len(anna.evidence.runs("poll_calendar", anna.user)) > before, what="the poll has ended")
    anna.poll()

    assert [change["Event"]["Subject"] for change in anna.told()] == ["Dentist"]
