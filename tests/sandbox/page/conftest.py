"""Debian's Chromium under Playwright, and a rep's desk in it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from sandbox.stack import Stack
from tests.control import Control
from tests.sandbox.page.desk import PATIENCE_MS, ZONE, Complaints, Desk

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-proxy-server",
]

Sit = Callable[..., Desk]


# Of one module: while Playwright runs, nothing else in this thread can run an event loop.
@pytest.fixture(name="chromium", scope="module")
def _chromium() -> Iterator[Browser]:
    program = next((found for name in PROGRAMS if (found := shutil.which(name))), None)
    if program is None:
        pytest.skip("there is no Chromium on the path: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=OPTIONS)
        yield browser
        browser.close()


@pytest.fixture(name="page_url", scope="session")
def _page_url(stack: Stack) -> str:
    return stack.addresses["PageUrl"]


@pytest.fixture(name="rep")
def _rep(control: Control) -> dict[str, Any]:
    """Return a connected rep of the page's own making."""
    made: dict[str, Any] = control.call("POST", "people", {})
    control.call("POST", f"people/{made['UserGuid']}/connect")
    return made


@pytest.fixture(name="sit")
def _sit(chromium: Browser, page_url: str) -> Iterator[Sit]:
    """Return how somebody sits down at a rep's page; whatever she does, nothing leaves the machine or fails."""
    complaints = Complaints()
    contexts = []

    def sit(rep: dict[str, Any], *, width: int = 1280, height: int = 800, next_week: bool = True) -> Desk:
        context = chromium.new_context(viewport={"width": width, "height": height}, timezone_id=ZONE)
        contexts.append(context)
        context.add_init_script(f"localStorage.setItem('sandbox-rep', {json.dumps(rep['UserGuid'])})")
        page = context.new_page()
        complaints.watch(page)
        page.goto(page_url)
        expect(page.locator("#mailbox")).to_have_text(rep["Upn"], timeout=PATIENCE_MS)
        expect(page.locator("#strip .state")).to_have_text("Connected", timeout=PATIENCE_MS)
        if next_week:
            # Every day of it is still to come, whatever day it is today.
            page.click("#forth")
        return Desk(page)

    yield sit
    for context in contexts:
        context.close()
    assert complaints.elsewhere == []
    assert complaints.errors == []


@pytest.fixture(name="desk")
def _desk(sit: Sit, rep: dict[str, Any]) -> Desk:
    return sit(rep)


@pytest.fixture(autouse=True)
def _calm(request: pytest.FixtureRequest) -> Iterator[None]:
    """Undo what a test did to everybody's world."""
    yield
    if "control" in request.fixturenames:
        control: Control = request.getfixturevalue("control")
        control.call("DELETE", "troubles")
