"""Series on both sides of the page: booked, one of them moved, one of them deleted, and on whole days."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.control import Control
from tests.sandbox.page.desk import PATIENCE_MS, Desk, wall_clock

# A real browser on two busy cores takes its time.
pytestmark = pytest.mark.timeout(180)


def booked(desk: Desk, subject: str, repeats: str, times: int, *, all_day: bool = False) -> None:
    """Book a series that begins on Tuesday of the shown week, and wait until it is on both sides."""
    desk.select("crm", day=1, hour=10)
    if all_day:
        desk.page.check("#entry [name=allDay]")
    desk.page.select_option("#entry [name=repeats]", repeats)
    desk.page.fill("#entry [name=times]", str(times))
    desk.write(subject)
    expect(desk.entry("outlook", subject).first).to_be_visible(timeout=PATIENCE_MS)


def series(control: Control, rep: dict[str, Any]) -> dict[str, Any]:
    """Return the only appointment that a rep has."""
    [found] = control.call("GET", "salesexec/appointments", UserGuid=rep["UserGuid"])["Appointments"]
    assert isinstance(found, dict)
    return found


def test_a_series_booked_on_the_left_is_on_the_right_week_for_week(
    desk: Desk, control: Control, rep: dict[str, Any]
) -> None:
    booked(desk, "Weekly call", "weekly", 2)

    desk.sees("outlook", "Weekly call", "Tuesday", "10:00 to 11:00", "on both sides", "repeats")
    desk.page.click("#forth")
    desk.sees("outlook", "Weekly call", "Tuesday", "10:00 to 11:00", "on both sides", "repeats")
    twin = desk.sees("crm", "Weekly call", "Tuesday", "10:00 to 11:00", "on both sides", "repeats")
    desk.entry("outlook", "Weekly call").hover()
    expect(twin).to_contain_class("twin")
    desk.page.click("#forth")
    desk.sees_no("outlook", "Weekly call")
    assert series(control, rep)["Recurrence"] == ["RRULE:FREQ=WEEKLY;BYDAY=TU;COUNT=2"]


def test_one_that_is_dragged_on_the_right_moves_alone_on_the_left(
    desk: Desk, control: Control, rep: dict[str, Any]
) -> None:
    booked(desk, "Weekly call", "weekly", 3)
    desk.sees("outlook", "Weekly call", "on both sides")

    desk.drag("outlook", "Weekly call", day=3, hour=13)
    desk.sees("outlook", "Weekly call", "Thursday", "13:00 to 14:00", "repeats, changed")
    desk.page.click("#poll")

    desk.sees("crm", "Weekly call", "Thursday", "13:00 to 14:00", "repeats, changed", "on both sides")
    [changed] = series(control, rep)["Occurrences"].values()
    assert wall_clock(changed["Start"]) == "13:00"
    desk.page.click("#forth")
    desk.sees("crm", "Weekly call", "Tuesday", "10:00 to 11:00")


def test_one_that_is_cancelled_on_the_left_goes_alone_and_the_rest_can_change_together(
    desk: Desk, control: Control, rep: dict[str, Any]
) -> None:
    booked(desk, "Weekly call", "weekly", 3)
    desk.sees("crm", "Weekly call", "on both sides").click()

    expect(desk.page.locator("#entry-hint")).to_contain_text("every week on Tuesday, 3 times", timeout=PATIENCE_MS)
    desk.page.click("#entry-delete")
    desk.sees_no("outlook", "Weekly call")
    desk.sees_no("crm", "Weekly call")
    desk.page.click("#forth")
    desk.sees("crm", "Weekly call", "on both sides").click()
    desk.page.click("text=The whole series")
    expect(desk.page.locator("#entry-delete")).to_have_text("Cancel the series", timeout=PATIENCE_MS)
    desk.page.fill("#entry [name=start]", "12:00")
    desk.page.fill("#entry [name=end]", "12:30")
    desk.write("Weekly lunch")

    desk.sees("outlook", "Weekly lunch", "Tuesday", "12:00 to 12:30", "on both sides")
    desk.page.click("#back")
    desk.sees_no("outlook", "Weekly lunch")
    rule, lost = series(control, rep)["Recurrence"]
    assert rule == "RRULE:FREQ=WEEKLY;BYDAY=TU;COUNT=3"
    assert wall_clock(lost.removeprefix("EXDATE:")) == "12:00"


def test_an_all_day_series_is_on_the_same_days_of_both_sides(desk: Desk, control: Control, rep: dict[str, Any]) -> None:
    booked(desk, "Trade fair", "daily", 3, all_day=True)

    for each in (desk.entry(side, "Trade fair") for side in ("crm", "outlook")):
        expect(each).to_have_count(3, timeout=PATIENCE_MS)
        labels = [str(label.get_attribute("aria-label")) for label in each.all()]
        assert [label.split(", ")[1].split()[0] for label in labels] == ["Tuesday", "Wednesday", "Thursday"]
        assert all("all day" in label and "on both sides" in label and "repeats" in label for label in labels)
    first = date.fromisoformat(series(control, rep)["Start"])
    window = {"StartUtc": f"{first}T00:00:00Z", "EndUtc": f"{first + timedelta(days=7)}T00:00:00Z"}
    events = control.call("GET", "graph/view", Upn=rep["Upn"], **window)["Events"]
    assert [each["Start"][:10] for each in events] == [str(first + timedelta(days=n)) for n in range(3)]
