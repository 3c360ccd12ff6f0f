"""Faults turned on by name on the page, and how everything recovers."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.control import Control
from tests.sandbox.page.desk import PATIENCE_MS, Desk
from tests.waiting import until

pytestmark = pytest.mark.timeout(180)


def events(control: Control, rep: dict[str, Any]) -> list[str]:
    return [each["Subject"] for each in control.call("GET", "graph/events", Upn=rep["Upn"])["Events"]]


def test_a_throttled_push_is_queued_and_arrives_by_itself(desk: Desk, control: Control, rep: dict[str, Any]) -> None:
    desk.turn_on("throttled")

    desk.select("crm", day=1, hour=10)
    desk.write("Call while throttled")

    desk.hears("Queued · 202")
    desk.reads("too much, come back later")
    desk.sees("outlook", "Call while throttled", "on both sides")
    desk.hears("it has ended by itself")
    expect(desk.page.locator("#fault-throttled")).to_have_attribute("aria-checked", "false")
    assert events(control, rep) == ["Call while throttled"]


def test_an_answer_that_is_lost_leaves_one_event(desk: Desk, control: Control, rep: dict[str, Any]) -> None:
    desk.turn_on("answer-lost")

    desk.select("crm", day=1, hour=10)
    desk.write("Call whose answer was lost")

    desk.sees("crm", "Call whose answer was lost", "on both sides")
    desk.reads("the connection was dropped before the answer")
    until(lambda: control.call("GET", "faults")["Faults"] == [], what="the fault is used up")
    assert events(control, rep) == ["Call whose answer was lost"]


def test_a_revoked_grant_asks_for_a_sign_in_and_then_goes_on(desk: Desk) -> None:
    desk.turn_on("grant-revoked")

    desk.select("crm", day=1, hour=10)
    desk.write("Call after the revocation")
    desk.hears("ReconnectNeeded")
    expect(desk.page.locator("#strip .state")).to_have_text("Must sign in again", timeout=PATIENCE_MS)
    desk.page.click("[data-act=connect]")

    expect(desk.page.locator("#strip .state")).to_have_text("Connected", timeout=PATIENCE_MS)
    desk.sees("outlook", "Call after the revocation", "on both sides")
    expect(desk.page.locator("#fault-grant-revoked")).to_have_attribute("aria-checked", "false", timeout=PATIENCE_MS)


def test_all_faults_go_off_at_once(desk: Desk, control: Control) -> None:
    for trouble in ("salesexec-down", "vault-down", "if-match-ignored"):
        desk.turn_on(trouble)
    expect(desk.page.locator("#fault-count")).to_have_text("3")

    desk.page.click("#all-clear")

    expect(desk.page.locator("#fault-count")).to_be_hidden()
    assert control.call("GET", "faults")["Faults"] == []
    assert [each["Name"] for each in control.call("GET", "troubles")["Troubles"] if each["On"]] == []


def test_a_clean_up_counts_first_and_then_removes(desk: Desk, control: Control, rep: dict[str, Any]) -> None:
    desk.select("crm", day=1, hour=10)
    desk.write("Call to be removed")
    desk.select("outlook", day=2, hour=10)
    desk.write("Dentist")
    desk.page.click("#poll")
    desk.sees("crm", "Dentist", "on both sides")

    desk.page.click("[data-act=clean-up]")
    expect(desk.page.locator("#cleanup-Outlook")).to_have_text("(1)", timeout=PATIENCE_MS)
    desk.page.click("#cleanup-begin")

    expect(desk.page.locator("#cleanup-progress")).to_contain_text("Done. Found 1, removed 1.", timeout=PATIENCE_MS)
    desk.page.click("#cleanup-close")
    desk.sees_no("outlook", "Call to be removed")
    assert events(control, rep) == ["Dentist"]
