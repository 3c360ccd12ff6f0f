"""What Exchange makes of a body: HTML in its own frame, without scripts; text from HTML; HTML from text."""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape
from html.parser import HTMLParser

# Gone with all they hold.
DROPPED = {"script", "style", "iframe", "object", "embed", "applet", "noscript", "template", "svg", "math", "title"}
# Gone, but what they hold stays.
UNWRAPPED = {"html", "head", "form", "button", "input", "select", "textarea", "meta", "link", "base"}
VOID = {"area", "br", "col", "hr", "img", "wbr"}
BLOCKS = {"p", "div", "ul", "ol", "li", "table", "tr", "blockquote", "pre", "hr", "br"} | {f"h{n}" for n in range(1, 7)}
ADDRESSES = {"href", "src", "action", "background"}
SAFE_ADDRESS = re.compile(
    r"\s*(?:(?:https?|mailto|tel|cid|callto|sip|sips|ftp|file|webcal):|[^:]*(?:[/?#]|$))", re.IGNORECASE
)
ENTITIES = {"\u00a0": "&nbsp;"}
FRAME = (
    '<html>\r\n<head>\r\n<meta http-equiv="Content-Type" content="text/html; charset=utf-8">\r\n</head>\r\n'
    "<body{attributes}>\r\n{content}\r\n</body>\r\n</html>\r\n"
)
PREVIEW_LENGTH = 255


def as_exchange_keeps_it(html: str) -> str:
    """Return HTML as Exchange stores it: framed, CRLF, attributes quoted, tags closed; no script, style or handler.

    Source: Microsoft docs, api/user-post-events (the frame and line ends); that scripts go is general knowledge.
    """
    if not html.strip():
        return ""
    rewriter = _Rewriter()
    rewriter.feed(html)
    rewriter.close()
    return FRAME.format(attributes=rewriter.body_attributes, content=rewriter.content())


def text_of(html: str, *, with_links: bool = True) -> str:
    """Return HTML as text; a link becomes its words and its address in angle brackets."""
    reader = _Reader(with_links=with_links)
    reader.feed(html)
    reader.close()
    return reader.text()


def html_of(text: str) -> str:
    """Return text as an HTML body."""
    lines = escape(_unix_lines(text), quote=False).split("\n")
    return FRAME.format(attributes="", content="<br>\r\n".join(lines))


@lru_cache(maxsize=4096)
def preview(content: str, content_type: str) -> str:
    """Return the first 255 characters of a body as text."""
    text = text_of(content, with_links=False) if content_type == "html" else content
    return text.strip()[:PREVIEW_LENGTH]


def _unix_lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _quoted_text(text: str) -> str:
    for character, entity in ENTITIES.items():
        text = text.replace(character, f"\0{entity[1:]}")
    return escape(text, quote=False).replace("\0", "&")


class _Rewriter(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.body_attributes = ""
        self._parts: list[str] = []
        self._open: list[str] = []
        self._dropping = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in DROPPED:
            self._dropping += 1
        if self._dropping or tag in UNWRAPPED:
            return
        if tag == "body":
            self.body_attributes = self._attributes(attrs)
            return
        self._parts.append(f"<{tag}{self._attributes(attrs)}>")
        if tag not in VOID:
            self._open.append(tag)
        elif tag in BLOCKS:
            self._parts.append("\r\n")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in DROPPED:
            self._dropping = max(0, self._dropping - 1)
            return
        if self._dropping or tag not in self._open:
            return
        while self._open:
            closed = self._open.pop()
            self._parts.append(f"</{closed}>" + ("\r\n" if closed in BLOCKS else ""))
            if closed == tag:
                return

    def handle_data(self, data: str) -> None:
        if not self._dropping:
            self._parts.append(_quoted_text(_unix_lines(data)).replace("\n", "\r\n"))

    def content(self) -> str:
        """Return what stands between the body tags."""
        while self._open:
            self.handle_endtag(self._open[-1])
        return re.sub(r"[ \t]*(?:\r\n[ \t]*)+", "\r\n", "".join(self._parts)).strip()

    def _attributes(self, attrs: list[tuple[str, str | None]]) -> str:
        kept = []
        for name, value in attrs:
            if name.startswith("on") or (name in ADDRESSES and not SAFE_ADDRESS.match(value or "")):
                continue
            kept.append(f' {name}="{escape(value or "", quote=False).replace(chr(34), "&quot;")}"')
        return "".join(kept)


class _Reader(HTMLParser):
    def __init__(self, *, with_links: bool) -> None:
        super().__init__(convert_charrefs=True)
        self._with_links = with_links
        self._parts: list[str] = []
        self._links: list[str] = []
        self._dropping = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in DROPPED:
            self._dropping += 1
        elif tag == "a":
            self._links.append(dict(attrs).get("href") or "")
        elif tag == "br":
            self._parts.append("\n")
        elif tag in BLOCKS:
            self._break()

    def handle_endtag(self, tag: str) -> None:
        if tag in DROPPED:
            self._dropping = max(0, self._dropping - 1)
        elif tag == "a" and self._links:
            address = self._links.pop()
            if self._with_links and address:
                self._parts.append(f"<{address}>")
        elif tag in BLOCKS:
            self._break()

    def handle_data(self, data: str) -> None:
        if self._dropping:
            return
        words = re.sub(r"[ \t\r\n]+", " ", data)
        if not self._parts or self._parts[-1].endswith(("\n", " ")):
            words = words.lstrip(" ")
        if words:
            self._parts.append(words)

    def text(self) -> str:
        """Return the text, with Windows line ends."""
        lines = "".join(self._parts).replace("\u00a0", " ").split("\n")
        return "\n".join(line.rstrip() for line in lines).strip("\n").strip().replace("\n", "\r\n")

    def _break(self) -> None:
        if self._parts and not self._parts[-1].endswith("\n"):
            self._parts.append("\n")
