"""Which HTML SalesExec takes into an appointment's body."""

from __future__ import annotations

from html.parser import HTMLParser

FORBIDDEN_TAGS = frozenset(
    {
        "script",
        "style",
        "iframe",
        "frame",
        "frameset",
        "object",
        "embed",
        "applet",
        "form",
        "input",
        "button",
        "select",
        "textarea",
        "meta",
        "link",
        "base",
        "svg",
        "math",
        "template",
        "noscript",
        "audio",
        "video",
        "source",
    }
)
LINK_SCHEMES = ("http:", "https:", "mailto:")


class Inspection(HTMLParser):
    """Reads a body and keeps the first thing that must not be in it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.objection: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at one tag and its attributes."""
        if tag in FORBIDDEN_TAGS:
            self._object(f"<{tag}> is not allowed")
        for name, value in attrs:
            target = "".join((value or "").split()).lower()
            if name.startswith("on"):
                self._object(f"the attribute {name} is not allowed")
            elif name == "href" and not target.startswith(LINK_SCHEMES):
                self._object("links go to http, https or mailto")
            elif name in ("src", "srcset", "background") and target.startswith(
                ("http:", "https:", "//", "javascript:")
            ):
                self._object("images from elsewhere are not allowed")

    def _object(self, reason: str) -> None:
        self.objection = self.objection or reason


def objection(html: str) -> str | None:
    """Return why a body must not be taken, or nothing."""
    inspection = Inspection()
    inspection.feed(html)
    inspection.close()
    return inspection.objection
