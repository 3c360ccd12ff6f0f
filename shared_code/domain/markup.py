"""HTML between the two systems: only harmless markup passes, in either direction, and rewriting is not a change."""

import html
import re

import nh3

_TAGS = {
    "a", "abbr", "b", "blockquote", "br", "caption", "code", "col", "colgroup", "dd", "div", "dl", "dt", "em", "h1",
    "h2", "h3", "h4", "h5", "h6", "hr", "i", "li", "ol", "p", "pre", "s", "small", "span", "strike", "strong", "sub",
    "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul",
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href", "title"},
    "td": {"colspan", "rowspan", "align", "valign"},
    "th": {"colspan", "rowspan", "align", "valign"},
    "ol": {"start", "type"},
}
# Safety: the content of these goes with the element; of any other unknown element only the tags go.
_WITH_THEIR_CONTENT = {"script", "style", "title", "iframe", "object", "embed", "noscript", "template", "svg", "math"}
_SCHEMES = {"http", "https", "mailto"}

_SPACES = re.compile(r"[\s\u00a0]+")
_SPACE_BY_TAG = re.compile(r"\s*(<[^>]*>)\s*")
_EMPTY_BLOCK = re.compile(r"<(div|p|span)></\1>")
_BARE_WRAPPER = re.compile(r"^<(div|p)>((?:(?!</?\1\b).)*)</\1>$", re.DOTALL)


def sanitise(markup: str) -> str:
    """Return the markup reduced to an allow-list: no script, style, handler, form, frame or image; safe links only."""
    return nh3.clean(
        markup,
        tags=_TAGS,
        clean_content_tags=_WITH_THEIR_CONTENT,
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        link_rel=None,
        strip_comments=True,
    ).strip()


def from_text(text: str) -> str:
    """Return plain text as markup that reads the same: escaped, its line breaks kept."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "<br>".join(html.escape(line, quote=False) for line in lines)


def canonical(markup: str) -> str:
    """Return the form by which two bodies are compared.

    Exchange wraps, re-indents and re-breaks what it is given (Microsoft docs, api/user-post-events, sample
    response), so white space beside tags, empty blocks and a lone block around everything do not count.
    """
    folded = _SPACES.sub(" ", html.unescape(sanitise(markup)))
    tight = _SPACE_BY_TAG.sub(r"\1", folded).strip()
    while True:
        slimmer = _EMPTY_BLOCK.sub("", tight)
        unwrapped = _BARE_WRAPPER.sub(r"\2", slimmer).strip()
        if unwrapped == tight:
            return tight
        tight = unwrapped
