"""What Exchange makes of bodies."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.graph.wire.markup import as_exchange_keeps_it, html_of, text_of
from tests.sandbox.graph.rep import Rep

FRAME = (
    '<html>\r\n<head>\r\n<meta http-equiv="Content-Type" content="text/html; charset=utf-8">\r\n</head>\r\n'
    "<body>\r\n{}\r\n</body>\r\n</html>\r\n"
)


@pytest.mark.parametrize(
    ("posted", "kept"),
    [
        ("Let's begin!", "Let's begin!"),
        ("<p>one</p>\n<p>two</p>", "<p>one</p>\r\n<p>two</p>"),
        ("a<br/>b", "a<br>\r\nb"),
        ("<p onclick='steal()'>a</p>", "<p>a</p>"),
        ("<script>steal()</script>a<style>p{}</style>", "a"),
        ("<a href='javascript:steal()'>a</a>", "<a>a</a>"),
        (
            "<a href=https://crm.example/lead?a=1&b=2>Show Lead</a>",
            '<a href="https://crm.example/lead?a=1&amp;b=2">Show Lead</a>',
        ),
        ("<b>unclosed", "<b>unclosed</b>"),
        ("5 &lt; 6 &amp; &nbsp;&eacute;", "5 &lt; 6 &amp; &nbsp;é"),
        ("<!-- hidden -->a", "a"),
        ("<form action=/x><input value=1>a</form>", "a"),
    ],
)
def test_html_is_framed_and_cleaned(rep: Rep, posted: str, kept: str) -> None:
    event = rep.create(body={"contentType": "HTML", "content": posted})

    assert event["body"] == {"contentType": "html", "content": FRAME.format(kept)}


def test_html_that_is_read_and_written_back_stays_as_it_is(rep: Rep) -> None:
    event = rep.create(body={"contentType": "html", "content": '<body dir="ltr"><div>a</div>b <i>c</i><br>d'})

    again = rep.patch(f"/me/events/{event['id']}", {"body": event["body"]})

    assert '<body dir="ltr">' in event["body"]["content"]
    assert again["body"] == event["body"]


@given(st.text(alphabet="<>&;\"'=/ \n\r\tabdiprs!-\u00a0é", max_size=60))
def test_what_exchange_keeps_it_keeps_again(html: str) -> None:
    kept = as_exchange_keeps_it(html)

    assert as_exchange_keeps_it(kept) == kept


@given(st.text(alphabet="abc <>&é", min_size=1, max_size=40).filter(lambda text: text == " ".join(text.split())))
def test_text_made_html_reads_as_the_same_text(text: str) -> None:
    assert text_of(html_of(text)) == text


def test_a_text_body_is_kept_as_it_is(rep: Rep) -> None:
    event = rep.create(body={"contentType": "text", "content": "line one\r\n  <line> two"})

    assert event["body"] == {"contentType": "text", "content": "line one\r\n  <line> two"}
    assert event["bodyPreview"] == "line one\r\n  <line> two"


def test_a_text_body_may_be_read_as_html(rep: Rep) -> None:
    rep.world.switches.set("graph.text_bodies", "html")

    event = rep.create(body={"contentType": "text", "content": "a < b"})

    assert event["body"] == {"contentType": "html", "content": FRAME.format("a &lt; b")}


HOSTILE = '<p onclick="x()">Hi</p><script>y()</script>'


def test_html_may_be_kept_as_it_was_sent(rep: Rep) -> None:
    rep.world.switches.set("graph.html_bodies", "as-sent")

    event = rep.create(body={"contentType": "html", "content": HOSTILE})

    assert event["body"] == {"contentType": "html", "content": HOSTILE}


def test_a_raw_body_by_hand_is_kept_to_the_letter(rep: Rep) -> None:
    times = {"Start": "2026-12-01T09:00:00", "End": "2026-12-01T09:30:00", "TimeZone": "UTC"}

    made = rep.outlook("POST", "/events", {"Upn": rep.user.upn, "Event": {"RawBody": HOSTILE, **times}}, status=201)

    assert rep.get(f"/me/events/{made['Id']}")["body"] == {"contentType": "html", "content": HOSTILE}


def test_a_preference_for_text_turns_links_into_words_and_addresses(rep: Rep) -> None:
    event = rep.create(
        body={"contentType": "html", "content": "<p>Hi</p><p><a href='https://crm.example/1'>Show Lead</a></p>"}
    )

    read = rep.get(f"/me/events/{event['id']}", prefer='outlook.body-content-type="text"')

    assert read["body"] == {"contentType": "text", "content": "Hi\r\nShow Lead<https://crm.example/1>"}
    assert read["bodyPreview"] == "Hi\r\nShow Lead"


def test_a_preview_is_255_characters_of_text(rep: Rep) -> None:
    event = rep.create(body={"contentType": "html", "content": "<p>" + "x" * 400 + "</p>"})

    assert event["bodyPreview"] == "x" * 255


def test_an_empty_body_stays_empty(rep: Rep) -> None:
    assert rep.create()["body"] == {"contentType": "html", "content": ""}
