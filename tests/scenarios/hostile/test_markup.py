"""Hostile HTML in the body of an event: in either direction only what is harmless arrives, and honest text does."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest

from tests.control import Control
from tests.scenarios.conftest import Hire
from tests.scenarios.hostile.markup_to_try import (
    ALLOWED_ATTRIBUTES,
    ALLOWED_SCHEMES,
    ALLOWED_TAGS,
    BODIES,
    SWALLOWS,
)
from tests.scenarios.people import Person, a_guid

BEFORE, AFTER = "Bring the offer", "and two samples"
# The one way in which a tag may be written: a browser and any parser read it alike.
TAG = re.compile(r'</?[a-z][a-z0-9]*(?: [a-z]+="[^"<>]*")*\s?/?>')


class Judge(HTMLParser):
    """Reads a body by Python's own parser, and keeps everything that must not be in it."""

    def __init__(self, body: str) -> None:
        super().__init__(convert_charrefs=True)
        self.objections: list[str] = []
        self._text: list[str] = []
        self.feed(body)
        self.close()
        odd = TAG.sub("", body)
        if "<" in odd or "\0" in body:
            self.objections.append(f"markup that can be read in two ways: {odd[max(0, odd.find('<')) :][:80]!r}")

    @property
    def text(self) -> str:
        """What a person reads."""
        return " ".join("".join(self._text).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at a tag and its attributes."""
        if tag not in ALLOWED_TAGS:
            self.objections.append(f"<{tag}>")
        for name, value in attrs:
            if name not in ALLOWED_ATTRIBUTES:
                self.objections.append(f"{tag} {name}")
            if name == "href" and urlsplit(re.sub(r"[\x00-\x20]", "", value or "")).scheme not in ALLOWED_SCHEMES:
                self.objections.append(f"a link to {value!r}")

    def handle_data(self, data: str) -> None:
        """Keep the text."""
        self._text.append(data)

    def handle_comment(self, data: str) -> None:
        """Object to a comment: programs make conditions of them."""
        self.objections.append(f"a comment {data[:40]!r}")

    def handle_decl(self, decl: str) -> None:
        """Object to a declaration."""
        self.objections.append(f"a declaration {decl[:40]!r}")

    def handle_pi(self, data: str) -> None:
        """Object to an instruction."""
        self.objections.append(f"an instruction {data[:40]!r}")

    def unknown_decl(self, data: str) -> None:
        """Object to an unknown declaration."""
        self.objections.append(f"an unknown declaration {data[:40]!r}")


@pytest.fixture(name="anna", scope="module")
def _anna(hire: Hire) -> Person:
    anna = hire()
    anna.connect()
    return anna


def around(markup: str) -> str:
    return f"<p>{BEFORE}</p>{markup}<p>{AFTER}</p>"


@pytest.fixture(name="in_outlook", scope="module")
def _in_outlook(anna: Person, control: Control) -> dict[str, str]:
    """Return what reached Outlook of each body that SalesExec pushed, to an Exchange that cleans nothing."""
    control.switch(graph__html_bodies="as-sent")
    for name, markup in BODIES.items():
        # A null character is refused in a push; whoever sends one has it refused and nothing written.
        answer = anna.push(a_guid(), Subject=name, Body=around(markup.replace("\0", "")), BodyType="Html")
        assert answer.status_code == 201, f"{name}: {answer.text}"
    control.switch(graph__html_bodies="cleaned")
    return {event["Subject"]: event["Body"] for event in anna.events() if event["Subject"] in BODIES}


@pytest.fixture(name="in_salesexec", scope="module")
def _in_salesexec(hire: Hire) -> dict[str, str]:
    """Return what SalesExec was told of each body that stood in Outlook as it is."""
    bea = hire()
    bea.connect()
    for name, markup in BODIES.items():
        bea.add_event(Subject=name, RawBody=around(markup))
    bea.poll()
    return {change["Event"]["Subject"]: change["Event"]["Body"] for change in bea.told()}


@pytest.mark.parametrize("name", BODIES)
def test_nothing_live_gets_into_outlook(in_outlook: dict[str, str], tally: Counter[str], name: str) -> None:
    assert_harmless(name, in_outlook[name])
    tally["Hostile bodies made harmless"] += 1


@pytest.mark.parametrize("name", BODIES)
def test_nothing_live_gets_into_salesexec(in_salesexec: dict[str, str], tally: Counter[str], name: str) -> None:
    assert_harmless(name, in_salesexec[name])
    tally["Hostile bodies made harmless"] += 1


def assert_harmless(name: str, body: str) -> None:
    judge = Judge(body)
    assert judge.objections == []
    assert judge.text.startswith(BEFORE)
    assert judge.text.endswith(AFTER) or name in SWALLOWS


@pytest.mark.parametrize(
    "live", ["<p onclick=a>x", "<script>x</script>", '<a href="java\tscript:x">x</a>', "<!-- x -->", "<p title='<'>"]
)  # fmt: skip
def test_the_judge_sees_what_is_live(live: str) -> None:
    assert Judge(live).objections


def test_there_are_fifty_bodies_each_way() -> None:
    assert len(set(BODIES.values())) >= 50
