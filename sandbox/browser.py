"""A browser without script, for programs: keeps cookies, follows links, fills in the first form of a page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import requests

MOST_REDIRECTS = 10


@dataclass(slots=True)
class Form:
    """A form of a page: where it goes, what it holds, and the buttons that send it."""

    method: str
    action: str
    values: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class _Forms(HTMLParser):
    """Collects the forms of a page."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._inside = False
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take up forms, inputs and buttons."""
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append(Form(given.get("method", "get").upper(), given.get("action", "")))
            self._inside = True
        elif self._inside and tag in ("input", "button"):
            self._take(tag, given)

    def _take(self, tag: str, given: Mapping[str, str]) -> None:
        form, name, value = self.found[-1], given.get("name", ""), given.get("value", "")
        if tag == "button" or given.get("type") == "submit":
            form.buttons.append((name, value))
        elif given.get("type") not in ("radio", "checkbox") or "checked" in given:
            form.values[name] = value

    def handle_endtag(self, tag: str) -> None:
        """Leave a form."""
        if tag == "form":
            self._inside = False


class Browser:
    """One person's browser; `trust` is a bundle of certificates, `page` and `url` are what is shown now."""

    def __init__(self, trust: str) -> None:
        self._session = requests.Session()
        # Safety: the environment's own bundle would win over ours.
        self._session.trust_env = False
        self._session.verify = trust
        self.url = ""
        self.page = ""
        self.status = 0
        self.visited: list[str] = []

    @property
    def cookies(self) -> requests.cookies.RequestsCookieJar:
        """Return the cookies kept."""
        return self._session.cookies

    def open(self, url: str) -> Browser:
        """Go to an address, following redirects."""
        return self._go("GET", url, None)

    def submit(self, **values: str) -> Browser:
        """Send the page's first form with its first button, some of its values replaced or added."""
        form = self.form()
        button = dict(form.buttons[:1])
        sent = {**form.values, **button, **values}
        sent.pop("", None)
        return self._go(form.method, urljoin(self.url, form.action), sent)

    def form(self) -> Form:
        """Return the page's first form."""
        forms = _Forms(self.page).found
        if not forms:
            message = f"there is no form on {self.url} ({self.status}): {self.page[:400]}"
            raise LookupError(message)
        return forms[0]

    def _go(self, method: str, url: str, sent: Mapping[str, str] | None) -> Browser:
        for _ in range(MOST_REDIRECTS):
            self.visited.append(url)
            answer = self._session.request(method, url, data=sent, allow_redirects=False, timeout=30)
            self.url, self.page, self.status = url, answer.text, answer.status_code
            target = answer.headers.get("Location")
            if answer.status_code not in (301, 302, 303, 307) or target is None:
                return self
            url = urljoin(url, target)
            if not _is_local(url):
                # Where the journey leaves this machine it is over; the address is what counts.
                self.url, self.page = url, ""
                return self
            method, sent = "GET", None
        message = f"more than {MOST_REDIRECTS} redirects, the last to {url}"
        raise LookupError(message)


def authorise(browser: Browser, link: str, account: str) -> None:
    """Go the whole way from a connect link: form, Microsoft's page, the question whether this is the right mailbox."""
    browser.open(link).submit()
    browser.submit(account=account)
    if "Is this the right mailbox?" not in browser.page:
        message = f"no confirmation page at {browser.url} ({browser.status}): {browser.page[:300]}"
        raise LookupError(message)
    browser.submit()


def _is_local(url: str) -> bool:
    return urlsplit(url).hostname in ("127.0.0.1", "localhost", "::1")
