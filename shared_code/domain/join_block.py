"""The block by which Teams lets people join: kept when SalesExec writes a new body.

Quirk: an online meeting whose body is written without it is no online meeting any more.
Source: Microsoft docs, api/event-update, "Updating event body of an online meeting".
"""

import html
import re
from bisect import bisect_right
from dataclasses import dataclass
from html.parser import HTMLParser

_JOIN = re.compile(r"https://teams\.(?:microsoft|live)\.com/(?:l/meetup-join|meet)/[^\s\"'<>]+")
_RULE = re.compile(r"_{20,}")
_NO_BLOCK = frozenset({"html", "body", "head"})


@dataclass(frozen=True, slots=True)
class _Element:
    tag: str
    start: int
    inner_start: int
    inner_end: int
    end: int

    def holds(self, start: int, end: int) -> bool:
        return self.inner_start <= start and end <= self.inner_end


class _Elements(HTMLParser):
    """Collects every closed element of a document with its place in the source, inner ones before outer ones."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[_Element] = []
        self._line_starts = [0, *(match.end() for match in re.finditer("\n", markup))]
        self._open: list[tuple[str, int, int]] = []
        self._source = markup
        self.feed(markup)
        self.close()

    def _position(self) -> int:
        line, column = self.getpos()
        return self._line_starts[line - 1] + column

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - the parser's
        start = self._position()
        self._open.append((tag, start, start + len(self.get_starttag_text() or "")))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Leave out what holds nothing."""

    def handle_endtag(self, tag: str) -> None:
        if tag not in {each[0] for each in self._open}:
            return
        inner_end = self._position()
        end = self._source.find(">", inner_end) + 1
        while self._open:
            opened, start, inner_start = self._open.pop()
            if opened == tag:
                self.found.append(_Element(tag, start, inner_start, inner_end, end or len(self._source)))
                return


def keeping_join_block(body: str, held: str) -> str:
    """Return a new body, with the join block of the body that an event holds at its end unless it has it already."""
    link = _JOIN.search(held)
    if link is None or html.unescape(link[0]) in html.unescape(body):
        return body
    return body + _block_around(held, link)


def _block_around(markup: str, link: re.Match[str]) -> str:
    """Return what stands around a join link from one rule of underscores to the other; else the link alone."""
    elements = _Elements(markup).found
    rules = [match.span() for match in _RULE.finditer(markup)]
    next_one = bisect_right(rules, link.span())
    if 0 < next_one < len(rules):
        first, last = rules[next_one - 1], rules[next_one]
        whole = next((each for each in elements if each.holds(first[0], last[1])), None)
        inside = [each for each in elements if whole is None or whole.holds(each.start, each.end)]
        start = min(
            (each.start for each in inside if each.holds(*first) and each.tag not in _NO_BLOCK), default=first[0]
        )
        end = max((each.end for each in inside if each.holds(*last) and each.tag not in _NO_BLOCK), default=last[1])
        if whole is not None and whole.tag not in _NO_BLOCK and _is_all(markup, whole, start, end):
            return markup[whole.start : whole.end]
        return markup[start:end]
    anchor = next((each for each in elements if each.tag == "a" and each.start <= link.start() < each.end), None)
    return f"<p>{link[0] if anchor is None else markup[anchor.start : anchor.end]}</p>"


def _is_all(markup: str, whole: _Element, start: int, end: int) -> bool:
    """Tell whether an element holds nothing but what stands between two places."""
    return not markup[whole.inner_start : start].strip() and not markup[end : whole.inner_end].strip()
