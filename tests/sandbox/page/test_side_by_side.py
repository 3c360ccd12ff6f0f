"""Book, drag, edit and delete on either side, and watch it on the other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.control import Control
from tests.sandbox.page.conftest import Sit
from tests.sandbox.page.desk import PATIENCE_MS, Desk, wall_clock
from tests.waiting import until

# A real browser on two busy cores takes its time.
pytestmark = pytest.mark.timeout(180)


def next_week(day: int, hour: int) -> datetime:
    """Return a time of the week that the page shows after one step, `day` counted from Monday as 0."""
    today = datetime.now(UTC).replace(hour=hour, minute=0, second=0, microsecond=0)
    # On a weekend the page begins with the week to come.
    shown = today + timedelta(days=7 - today.weekday() if today.weekday() >= 5 else 0)
    return shown - timedelta(days=shown.weekday()) + timedelta(days=7 + day)


def book(control: Control, rep: dict[str, Any], subject: str, start: datetime) -> dict[str, Any]:
    """Book in SalesExec, and have it pushed."""
    end = start + timedelta(hours=1)
    wanted = {"UserGuid": rep["UserGuid"], "Subject": subject, "Start": start.isoformat(), "End": end.isoformat()}
    made: dict[str, Any] = control.call("POST", "salesexec/appointments", wanted)["Appointment"]
    return made


def appointments(control: Control, rep: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = control.call("GET", "salesexec/appointments", UserGuid=rep["UserGuid"])[
        "Appointments"
    ]
    return found


def events(control: Control, rep: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = control.call("GET", "graph/events", Upn=rep["Upn"])["Events"]
    return found


def test_what_is_booked_on_the_left_appears_on_the_right(desk: Desk, control: Control, rep: dict[str, Any]) -> None:
    desk.select("crm", day=2, hour=10)
    desk.write("Call Wingtip Toys")

    desk.sees("outlook", "Call Wingtip Toys", "10:00 to 11:00", "on both sides")
    desk.hears("Created · 201")
    desk.reads("pushed “Call Wingtip Toys”: Created")
    [event] = events(control, rep)
    assert wall_clock(event["StartUtc"]) == "10:00"


def test_what_is_dragged_on_the_right_moves_on_the_left_after_a_poll(
    desk: Desk, control: Control, rep: dict[str, Any]
) -> None:
    book(control, rep, "Call Fabrikam", next_week(day=1, hour=9))
    desk.sees("outlook", "Call Fabrikam", "on both sides")

    desk.drag("outlook", "Call Fabrikam", day=3, hour=13)
    desk.hears("Changed in Outlook")
    desk.sees("outlook", "Call Fabrikam", "Thursday", "13:00 to 14:00")
    desk.page.click("#poll")

    desk.sees("crm", "Call Fabrikam", "Thursday", "13:00 to 14:00", "on both sides")
    [appointment] = appointments(control, rep)
    assert wall_clock(appointment["Start"]) == "13:00"


def test_what_is_dragged_on_the_left_moves_on_the_right_at_once(
    desk: Desk, control: Control, rep: dict[str, Any]
) -> None:
    book(control, rep, "Call Fabrikam", next_week(day=1, hour=9))
    desk.sees("outlook", "Call Fabrikam", "on both sides")

    desk.drag("crm", "Call Fabrikam", day=4, hour=12)

    desk.sees("outlook", "Call Fabrikam", "Friday", "12:00 to 13:00")
    desk.hears("Updated · 200")


def test_an_event_added_on_the_right_can_be_edited_on_the_left(
    desk: Desk, control: Control, rep: dict[str, Any]
) -> None:
    desk.select("outlook", day=0, hour=11)
    desk.write("Dentist")
    desk.sees("outlook", "Dentist", "on this side only")
    desk.page.click("#poll")
    desk.sees("crm", "Dentist", "from Outlook").click()
    desk.page.fill("#entry [name=location]", "2nd floor")
    desk.write("Dentist, moved in")

    desk.sees("outlook", "Dentist, moved in", "on both sides")
    [event] = events(control, rep)
    assert (event["Subject"], event["Location"]) == ("Dentist, moved in", "2nd floor")


def test_what_is_cancelled_on_the_left_goes_from_the_right(desk: Desk, control: Control, rep: dict[str, Any]) -> None:
    book(control, rep, "Call Adventure Works", next_week(day=2, hour=9))
    desk.sees("outlook", "Call Adventure Works")

    desk.sees("crm", "Call Adventure Works").click()
    desk.page.click("#entry-delete")

    desk.sees_no("outlook", "Call Adventure Works")
    desk.hears("Deleted · 200")
    assert events(control, rep) == []


def test_what_is_deleted_on_the_right_goes_from_the_left_after_a_poll(
    desk: Desk, control: Control, rep: dict[str, Any]
) -> None:
    book(control, rep, "Call Adventure Works", next_week(day=2, hour=9))

    desk.sees("outlook", "Call Adventure Works", "on both sides").click()
    desk.page.click("#entry-delete")
    desk.hears("Deleted in Outlook")
    desk.page.click("#poll")

    desk.sees_no("crm", "Call Adventure Works")
    assert [each["Status"] for each in appointments(control, rep)] == ["Canceled"]


def test_a_double_booking_is_said_at_once(desk: Desk, control: Control, rep: dict[str, Any]) -> None:
    book(control, rep, "First call", next_week(day=2, hour=9))
    first = desk.sees("crm", "First call", "on both sides")

    hour = int((first.get_attribute("aria-label") or "").split(" to ")[0][-5:-3])
    desk.page.click("#book")
    day = next_week(day=2, hour=9).date().isoformat()
    desk.page.fill("#entry [name=start]", f"{day}T{hour:02d}:30")
    desk.page.fill("#entry [name=end]", f"{day}T{hour + 1:02d}:30")
    desk.write("Second call")

    desk.hears("Double booking")
    desk.hears("First call")


def test_everything_can_be_done_by_keyboard(desk: Desk) -> None:
    keys = desk.page.keyboard
    desk.page.focus("#book")
    keys.press("Enter")
    keys.type("Typed, not clicked")
    keys.press("Enter")
    entry = desk.sees("crm", "Typed, not clicked", "on both sides")
    entry.focus()
    keys.press("Enter")
    expect(desk.page.locator("#entry")).to_be_visible()
    desk.page.focus("#entry-delete")
    keys.press("Enter")

    desk.sees_no("outlook", "Typed, not clicked")


def test_the_receipt_says_why(desk: Desk, control: Control, rep: dict[str, Any]) -> None:
    book(control, rep, "Call Fabrikam", next_week(day=1, hour=9))
    desk.sees("crm", "Call Fabrikam", "on both sides").click()

    desk.page.click("#entry-why")

    expect(desk.page.locator("#entry-receipt li")).to_have_count(1, timeout=PATIENCE_MS)


def test_the_story_can_be_played_step_by_step(desk: Desk, control: Control) -> None:
    control.call("DELETE", "story")
    mails = len(control.mails())

    for step in range(2):
        desk.page.click("#story-next")
        expect(desk.page.locator("#story .steps li.done")).to_have_count(step + 1, timeout=PATIENCE_MS)

    desk.sees("outlook", "Call Wingtip Toys", "on both sides")
    told = control.call("GET", "story")
    assert [each["State"] for each in told["Steps"][:3]] == ["Done", "Done", "Waiting"]
    until(lambda: desk.page.locator("#rep").input_value() == told["UserGuid"], what="the story's rep is chosen")
    assert len(control.mails()) == mails


def test_a_new_rep_is_connected_with_one_click(desk: Desk, control: Control) -> None:
    before = len(control.call("GET", "people")["People"])

    desk.page.click("#hire")
    desk.hears("went through Microsoft’s pages")

    people = control.call("GET", "people")["People"]
    assert len(people) == before + 1
    expect(desk.page.locator("#mailbox")).to_have_text(people[-1]["Upn"])
    expect(desk.page.locator("#strip .state")).to_have_text("Connected", timeout=PATIENCE_MS)


def test_on_a_phone_nothing_sticks_out(sit: Sit, rep: dict[str, Any]) -> None:
    desk = sit(rep, width=390, height=844, next_week=False)

    desk.page.click("#book")
    desk.write("Call from the road")
    desk.sees("outlook", "Call from the road")

    assert desk.page.locator("html").evaluate("page => page.scrollWidth - page.clientWidth") == 0
