"""The Show Lead link: once, at the end, and nobody's words are touched."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_code.domain.lead_link import has_exactly, links_in, with_link, without_link
from shared_code.domain.markup import sanitise

HOSTS = frozenset({"crm.example.com"})
URL = "https://crm.example.com/leads/1?a=1&b=2"
OTHER = "https://crm.example.com/leads/2"


def test_the_link_stands_at_the_end_of_a_fragment() -> None:
    made = with_link("<p>Bring the offer.</p>", URL, HOSTS)

    assert made.startswith("<p>Bring the offer.</p>")
    assert links_in(made, HOSTS) == [URL]


def test_the_link_stands_inside_the_body_of_a_whole_document() -> None:
    document = "<html>\r\n<head></head>\r\n<body>\r\n<p>Hello</p>\r\n</body>\r\n</html>\r\n"

    made = with_link(document, URL, HOSTS)

    assert made.index("Show Lead") < made.index("</body>")
    assert made.startswith("<html>\r\n<head></head>\r\n<body>\r\n<p>Hello</p>")


def test_setting_the_link_twice_leaves_one() -> None:
    once = with_link("<p>x</p>", URL, HOSTS)

    assert with_link(once, URL, HOSTS) == once


def test_another_lead_replaces_the_link() -> None:
    made = with_link(with_link("<p>x</p>", URL, HOSTS), OTHER, HOSTS)

    assert links_in(made, HOSTS) == [OTHER]


def test_no_lead_takes_the_link_away() -> None:
    assert with_link(with_link("<p>x</p>", URL, HOSTS), None, HOSTS) == "<p>x</p>"


def test_what_people_wrote_around_the_link_survives_to_the_letter() -> None:
    written = (
        '<html><body><p>Note A&nbsp;&amp; B</p><p><a href="https://crm.example.com/leads/1">Show Lead</a></p>'
        '<DIV class="x">after<br></DIV></body></html>'
    )

    assert without_link(written, HOSTS) == (
        '<html><body><p>Note A&nbsp;&amp; B</p><DIV class="x">after<br></DIV></body></html>'
    )


def test_text_in_the_same_paragraph_as_the_link_stays() -> None:
    written = f'<p>See <a href="{URL}">Show Lead</a> please</p>'

    assert without_link(written, HOSTS) == "<p>See  please</p>"


@pytest.mark.parametrize(
    "rewritten",
    [
        '<A HREF="https://crm.example.com/leads/1">Show Lead</A>',
        '<a\r\nhref="https://crm.example.com/leads/1"\r\ntarget="_blank">\r\n  Show\r\n Lead </a>',
        "<a href='https://crm.example.com/leads/1'><span>Show</span> <b>Lead</b></a>",
        '<a href="https://CRM.example.com:443/leads/1">Show&nbsp;Lead</a>',
    ],
)
def test_the_link_is_found_however_exchange_rewrote_it(rewritten: str) -> None:
    assert len(links_in(rewritten, HOSTS)) == 1
    assert without_link(f"a{rewritten}b", HOSTS) == "ab"


@pytest.mark.parametrize(
    "own",
    [
        '<a href="https://elsewhere.example/">Show Lead</a>',
        '<a href="https://crm.example.com.evil.example/">Show Lead</a>',
        '<a href="https://crm.example.com/leads/1">The lead</a>',
        "Show Lead",
        '<a href="http://[broken">Show Lead</a>',
        '<a href="https://crm.example.com/leads/1">Show Lead',
    ],
)
def test_what_only_looks_like_our_link_is_left_alone(own: str) -> None:
    assert without_link(own, HOSTS) == own


PIECES = ["<p>", "</p>", "<b>", "</b>", "<a href='https://x.example'>", "</a>", "a", " ", "\n", "&"]


@given(st.lists(st.sampled_from(PIECES)))
def test_any_body_survives_a_link_coming_and_going(pieces: list[str]) -> None:
    body = sanitise("".join(pieces))

    made = with_link(body, URL, HOSTS)

    assert links_in(made, HOSTS) == [URL]
    assert without_link(made, HOSTS) == body


def test_has_exactly_sees_a_missing_a_doubled_and_a_wrong_link() -> None:
    one = with_link("<p>x</p>", URL, HOSTS)

    assert has_exactly(one, URL, HOSTS)
    assert not has_exactly("<p>x</p>", URL, HOSTS)
    assert not has_exactly(one + one, URL, HOSTS)
    assert not has_exactly(one, OTHER, HOSTS)
    assert not has_exactly(one, None, HOSTS)
    assert has_exactly("<p>x</p>", None, HOSTS)
