"""A person at the page: her browser, and what went wrong in it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from playwright.sync_api import ConsoleMessage, Error, Locator, Page, Request, expect

PATIENCE_MS = 20_000
ZONE = "Europe/Berlin"
LOCAL = {"127.0.0.1", "localhost", ""}


# Quirk: Playwright keeps its wrapper of a listening method on the object, so there are no slots.
@dataclass
class Complaints:
    """What must not happen in the browser while a test runs."""

    elsewhere: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        """Note requests that leave the machine, and errors."""
        page.on("request", self._request)
        page.on("console", self._console)
        page.on("pageerror", self._error)

    def _request(self, request: Request) -> None:
        if (urlsplit(request.url).hostname or "") not in LOCAL:
            self.elsewhere.append(request.url)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.errors.append(message.text)

    def _error(self, error: Error) -> None:
        self.errors.append(str(error))


class Desk:
    """The page of one rep, and what a person does on it; `side` is crm or outlook."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def entry(self, side: str, subject: str) -> Locator:
        """Return an appointment or event by its subject."""
        return self.page.locator(f"#{side} .fc-event", has_text=subject)

    def sees(self, side: str, subject: str, *words: str) -> Locator:
        """Wait until an entry is there, with these words in its label, and return it."""
        found = self.entry(side, subject)
        expect(found).to_have_count(1, timeout=PATIENCE_MS)
        for each in words:
            expect(found).to_have_attribute("aria-label", re.compile(re.escape(each)), timeout=PATIENCE_MS)
        return found

    def sees_no(self, side: str, subject: str) -> None:
        """Wait until an entry is not there."""
        expect(self.entry(side, subject)).to_have_count(0, timeout=PATIENCE_MS)

    def hears(self, words: str) -> None:
        """Wait for a message with these words."""
        expect(self.page.locator("#toasts")).to_contain_text(words, timeout=PATIENCE_MS)

    def reads(self, words: str) -> None:
        """Wait for a line of the journal with these words."""
        expect(self.page.locator("#journal li:visible", has_text=words).first).to_be_visible(timeout=PATIENCE_MS)

    def select(self, side: str, day: int, hour: int, hours: int = 1) -> None:
        """Draw a span on the shown week with the mouse, `day` counted from Monday as 0."""
        x, top, half_hour = self._slot(side, day, hour)
        mouse = self.page.mouse
        mouse.move(x, top + 3)
        mouse.down()
        mouse.move(x, top + half_hour * (2 * hours) - 4, steps=5)
        mouse.up()
        expect(self.page.locator("#entry")).to_be_visible()

    def drag(self, side: str, subject: str, day: int, hour: int) -> None:
        """Drag an entry to another time of the shown week."""
        x, top, _ = self._slot(side, day, hour)
        entry = self.entry(side, subject)
        entry.scroll_into_view_if_needed()
        box = entry.bounding_box()
        assert box is not None
        mouse = self.page.mouse
        mouse.move(box["x"] + box["width"] / 2, box["y"] + 4)
        mouse.down()
        mouse.move(x, top + 4, steps=12)
        mouse.up()

    def write(self, subject: str) -> None:
        """Fill in the dialog that is open, and save."""
        self.page.fill("#entry [name=subject]", subject)
        self.page.click("#entry-save")
        expect(self.page.locator("#entry")).to_be_hidden(timeout=PATIENCE_MS)

    def turn_on(self, trouble: str) -> None:
        """Turn a trouble on in its tab."""
        self.page.click("#tab-faults")
        switch = self.page.locator(f"#fault-{trouble}")
        switch.click()
        expect(switch).to_have_attribute("aria-checked", "true")

    def _slot(self, side: str, day: int, hour: int) -> tuple[float, float, float]:
        column = self.page.locator(f"#{side} .fc-timegrid-col[data-date]").nth(day).bounding_box()
        row = self.page.locator(f'#{side} .fc-timegrid-slot-lane[data-time="{hour:02d}:00:00"]').bounding_box()
        assert column is not None
        assert row is not None
        return column["x"] + column["width"] / 2, row["y"], row["height"]


def wall_clock(instant: str) -> str:
    """Return the time of day that the browser shows for an instant."""
    return datetime.fromisoformat(instant).astimezone(ZoneInfo(ZONE)).strftime("%H:%M")
