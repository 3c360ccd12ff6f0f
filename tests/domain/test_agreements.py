"""What was agreed of a field, and what a push from before SalesExec took Outlook's word over says of it."""

from datetime import datetime, timedelta

import pytest

from shared_code.domain.fields import Field
from shared_code.domain.pairs import EARLIER_KEPT, Agreement, Earlier, agree_with_crm, changed_in_crm
from tests.builders import NOW

SUBJECT = Field.SUBJECT
HOUR = timedelta(hours=1)
TOLD_TWICE = {SUBJECT: Agreement("c", "c", (Earlier("a", NOW), Earlier("b", NOW + HOUR)))}
"""SalesExec said "a", took over "b" from Outlook, and "c" an hour later."""


@pytest.mark.parametrize(
    ("said", "at", "is_change"),
    [
        ("a", NOW - HOUR, False),
        ("b", NOW - HOUR, False),
        ("a", NOW + HOUR / 2, True),
        ("b", NOW + HOUR / 2, False),
        ("b", NOW + HOUR, True),
        ("c", NOW - HOUR, False),
        ("x", NOW - HOUR, True),
    ],
)
def test_a_push_that_says_what_salesexec_said_then_is_no_change(said: str, at: datetime, *, is_change: bool) -> None:
    changed = changed_in_crm(TOLD_TWICE, {SUBJECT: said}, at)

    assert (SUBJECT in changed) == is_change


def test_everything_that_was_taken_over_is_remembered_until_salesexec_speaks_itself() -> None:
    agreed = {SUBJECT: Agreement("a", "a")}
    for number, said in enumerate("bc"):
        agreed = agree_with_crm(agreed, {SUBJECT: said}, [SUBJECT], NOW + number * HOUR)

    spoken = agree_with_crm(agreed, {SUBJECT: "d"}, [SUBJECT])

    assert agreed[SUBJECT] == Agreement("a", "c", TOLD_TWICE[SUBJECT].earlier)
    assert spoken[SUBJECT] == Agreement("a", "d")


def test_what_salesexec_was_told_is_news_to_an_older_push_also_where_it_was_no_news_to_us() -> None:
    agreed = agree_with_crm({SUBJECT: Agreement("a", "a")}, {SUBJECT: "a"}, [SUBJECT], NOW)
    again = agree_with_crm(agreed, {SUBJECT: "a"}, [SUBJECT], NOW + HOUR)

    assert agreed[SUBJECT].is_news_to(NOW - HOUR)
    assert not agreed[SUBJECT].is_news_to(NOW)
    assert again[SUBJECT].earlier == (Earlier("a", NOW + HOUR),)


def test_what_salesexec_says_again_itself_changes_nothing() -> None:
    assert agree_with_crm(TOLD_TWICE, {SUBJECT: "c"}, [SUBJECT]) == TOLD_TWICE


def test_only_the_latest_earlier_values_are_kept() -> None:
    agreed = {SUBJECT: Agreement("0", "0")}
    for number in range(1, EARLIER_KEPT + 3):
        agreed = agree_with_crm(agreed, {SUBJECT: str(number)}, [SUBJECT], NOW + number * HOUR)

    assert [each.crm for each in agreed[SUBJECT].earlier] == [str(number) for number in range(2, EARLIER_KEPT + 2)]
