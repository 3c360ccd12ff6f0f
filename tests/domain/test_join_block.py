"""Teams' join block outlives a new body, once, and takes nothing else of the old one along."""

import pytest

from shared_code.domain.join_block import keeping_join_block
from shared_code.domain.lead_link import with_link
from shared_code.domain.markup import sanitise

URL = "https://teams.microsoft.com/l/meetup-join/19%3ameeting_x/0?context=%7b%7d&amp;a=1"
RULE = "_" * 80
LINK = f'<a class="headline" href="{URL}">Join the meeting now</a>'
WRAPPED = f'<div class="me-email-text"><span>{RULE}</span><div>{LINK}</div><div>ID: 1#</div><span>{RULE}</span></div>'
SIBLINGS = f"<div><span>{RULE}</span></div>\r\n<div>{LINK}<br>ID: 1#</div>\r\n<div><span>{RULE}</span></div>"
NEW = "<p>Bring the samples.</p>"


@pytest.mark.parametrize("block", [WRAPPED, SIBLINGS, WRAPPED.replace("\r\n", "")])
@pytest.mark.parametrize(
    "around",
    [
        "<html>\r\n<body>\r\n<p>Old note</p>\r\n{}\r\n</body></html>",
        "<p>Old note</p>{}<p>Another old note</p>",
        '<html><body><div class="WordSection1"><p>Old note</p>{}<p>Another</p></div></body></html>',
        "<p>Old note, never closed{}",
        "{}",
    ],
)
def test_the_block_goes_along_to_the_letter_and_nothing_else_does(block: str, around: str) -> None:
    assert keeping_join_block(NEW, around.format(block)) == NEW + block


def test_a_body_that_has_the_link_already_stays_as_it_is() -> None:
    told = sanitise(f"<p>Bring the offer.</p>{WRAPPED}")

    assert keeping_join_block(told, f"<p>Old</p>{WRAPPED}") == told


@pytest.mark.parametrize(
    ("held", "kept"),
    [
        (f"<p>Old: {LINK}</p>", f"<p>{LINK}</p>"),
        (f"<p>Old: {URL}</p>", f"<p>{URL}</p>"),
        (f"{RULE}<p>{LINK}</p>", f"<p>{LINK}</p>"),
    ],
)
def test_a_link_without_a_block_goes_along_alone(held: str, kept: str) -> None:
    assert keeping_join_block(NEW, held) == NEW + kept


@pytest.mark.parametrize("held", ["", "<p>Old</p>", f"<p>{RULE}</p>", '<a href="https://teams.example/meet/1">x</a>'])
def test_where_there_is_no_join_link_nothing_goes_along(held: str) -> None:
    assert keeping_join_block(NEW, held) == NEW


def test_the_link_to_the_lead_stands_behind_the_block() -> None:
    made = with_link(keeping_join_block(NEW, WRAPPED), "https://crm.example.com/1", frozenset({"crm.example.com"}))

    assert made.index(NEW) < made.index("Join the meeting now") < made.index("Show Lead")
