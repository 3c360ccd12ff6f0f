"""Reading the pages of connecting."""

from __future__ import annotations

import html
import re

from sandbox.browser import Browser


def heading(browser: Browser) -> tuple[int, str]:
    """Return the status and the heading of the page that is shown."""
    found = re.search(r"<h1>(.*?)</h1>", browser.page, re.DOTALL)
    return browser.status, html.unescape(found[1]) if found else browser.page[:300]


def words(browser: Browser) -> str:
    """Return the page's text."""
    return html.unescape(re.sub(r"<[^>]+>", " ", re.sub(r"(?s)<style>.*?</style>", "", browser.page)))


def way_on(browser: Browser) -> str:
    """Return what a page of trouble says to do now."""
    found = re.search(r"What to do now:</strong>(.*?)</p>", browser.page, re.DOTALL)
    assert found, f"the page says no way on: {browser.page[-900:]}"
    return html.unescape(found[1]).strip()


def session_of(browser: Browser) -> str | None:
    """Return the app's session that the browser holds, as the cookie has it."""
    return next((cookie.value for cookie in browser.cookies if cookie.name == "salesexec_sign_in"), None)
