"""The one *Show Lead* link at the end of an event's body: put there, found again, replaced, taken away.

Everything people wrote around it survives to the letter: the link is cut out by position, the rest is not re-written.
"""

import html
import re
from dataclasses import dataclass
from functools import lru_cache
from html.parser import HTMLParser
from urllib.parse import urlsplit

LINK_TEXT = "Show Lead"

_END_OF_BODY = re.compile(r"</body\s*>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Anchor:
    start: int
    end: int
    href: str
    text: str


class _Anchors(HTMLParser):
    """Collects every anchor of a document with its place in the source."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[_Anchor] = []
        self._line_starts = [0, *(match.end() for match in re.finditer("\n", markup))]
        self._open: tuple[int, str] | None = None
        self._text: list[str] = []
        self._source = markup
        self.feed(markup)
        self.close()

    def _position(self) -> int:
        line, column = self.getpos()
        return self._line_starts[line - 1] + column

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self._open = (self._position(), dict(attrs).get("href") or "")
            self._text = []

    def handle_data(self, data: str) -> None:
        if self._open is not None:
            self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._open is not None:
            start, href = self._open
            end = self._source.index(">", self._position()) + 1
            self.found.append(_Anchor(start, end, href, " ".join("".join(self._text).split())))
            self._open = None


@lru_cache(maxsize=8)
def _anchors_of(markup: str) -> tuple[_Anchor, ...]:
    """Return the anchors of a document; a push asks several times about the same few, and parsing is the cost."""
    return tuple(_Anchors(markup).found)


def _is_ours(anchor: _Anchor, lead_hosts: frozenset[str]) -> bool:
    """Tell whether an anchor is our link: its text, and a lead's host; a person's own link of that text stays."""
    if anchor.text.casefold() != LINK_TEXT.casefold():
        return False
    try:
        host = urlsplit(anchor.href.strip()).hostname or ""
    except ValueError:
        return False
    return host.lower() in lead_hosts


def links_in(markup: str, lead_hosts: frozenset[str]) -> list[str]:
    """Return the address of each Show Lead link in the markup, in order."""
    if LINK_TEXT.split()[0].casefold() not in markup.casefold():
        return []
    return [html.unescape(anchor.href) for anchor in _anchors_of(markup) if _is_ours(anchor, lead_hosts)]


def without_link(markup: str, lead_hosts: frozenset[str]) -> str:
    """Return the markup without any Show Lead link, and without the empty paragraph that held it at the end."""
    if not links_in(markup, lead_hosts):
        return markup
    rest = markup
    for anchor in reversed(_anchors_of(markup)):
        if _is_ours(anchor, lead_hosts):
            before = rest[: anchor.start]
            after = rest[anchor.end :]
            rest = _join_without_holder(before, after)
    return rest


def _join_without_holder(before: str, after: str) -> str:
    """Close the gap a link left; a paragraph that held nothing else goes too."""
    opening = re.search(r"<(p|div)\b[^>]*>\s*$", before, re.IGNORECASE)
    closing = re.match(r"\s*</(p|div)\s*>", after, re.IGNORECASE)
    if opening and closing and opening[1].lower() == closing[1].lower():
        return before[: opening.start()] + after[closing.end() :]
    return before + after


def with_link(markup: str, url: str | None, lead_hosts: frozenset[str]) -> str:
    """Return the markup ending with one Show Lead link to `url`, or with none when there is no url."""
    bare = without_link(markup, lead_hosts)
    if url is None:
        return bare
    link = f'<p><a href="{html.escape(url)}">{LINK_TEXT}</a></p>'
    ends = list(_END_OF_BODY.finditer(bare))
    if not ends:
        return bare + link
    cut = ends[-1].start()
    return bare[:cut].rstrip() + link + bare[cut:]


def has_exactly(markup: str, url: str | None, lead_hosts: frozenset[str]) -> bool:
    """Tell whether the markup holds just the link it should (one to `url`, or none)."""
    return links_in(markup, lead_hosts) == ([] if url is None else [url])
