"""What SalesExec may have taken without our knowing."""

import itertools
from datetime import timedelta

from shared_code.domain.fields import Field
from shared_code.domain.pairs import Agreement, Earlier, changed_in_crm
from shared_code.domain.unconfirmed import VALUES_KEPT, about_to_tell, agreed_at_import, confirmed_by, told_before
from tests.builders import NOW, a_pair

SUBJECT, BODY = Field.SUBJECT, Field.BODY


def test_what_is_told_again_is_remembered_once_and_the_latest_last() -> None:
    seen = {SUBJECT: "one", BODY: "text"}
    noted = about_to_tell({SUBJECT: ("one", "two")}, seen, [SUBJECT])
    again = about_to_tell(noted, seen, [SUBJECT])

    assert noted == again == {SUBJECT: ("one", "two", "one")}


def test_a_change_keeps_its_name_when_it_is_told_again_and_gets_another_when_it_comes_back() -> None:
    names = []
    noted: dict[Field, tuple[str, ...]] = {}
    for said in "aabbaabbcdefgghi":
        names.append((said, *told_before(noted, {SUBJECT: said}, [SUBJECT])))
        noted = about_to_tell(noted, {SUBJECT: said}, [SUBJECT])

    again = [later == earlier for earlier, later in itertools.pairwise(names)]
    assert again == [one == other for one, other in itertools.pairwise("aabbaabbcdefgghi")]
    assert len(set(names)) == 1 + again.count(False)
    assert names[0] == ("a",)


def test_only_the_latest_values_are_kept() -> None:
    noted: dict[Field, tuple[str, ...]] = {}

    for number in range(VALUES_KEPT + 3):
        noted = about_to_tell(noted, {SUBJECT: str(number)}, [SUBJECT])

    assert noted == {SUBJECT: ("3", "4", "5", "6", "7")}


def test_what_salesexec_was_told_and_says_is_no_change_there() -> None:
    pair = a_pair(agreed={SUBJECT: Agreement("a", "a")}, unconfirmed={SUBJECT: ("b",)})

    known = confirmed_by(pair, {SUBJECT: "b"}, NOW)

    assert known.agreed[SUBJECT] == Agreement("b", "b", (Earlier("a", NOW),))
    assert changed_in_crm(known.agreed, {SUBJECT: "b"}, NOW) == frozenset()
    assert changed_in_crm(known.agreed, {SUBJECT: "a"}, NOW - timedelta(seconds=1)) == frozenset(), "an echo"


def test_what_salesexec_says_of_its_own_is_a_change_there() -> None:
    pair = a_pair(agreed={SUBJECT: Agreement("a", "a")}, unconfirmed={SUBJECT: ("b",)})

    known = confirmed_by(pair, {SUBJECT: "c"}, NOW)

    assert known.agreed == pair.agreed
    assert changed_in_crm(known.agreed, {SUBJECT: "c"}, NOW) == {SUBJECT}


def test_what_salesexec_still_says_as_before_says_nothing_of_what_it_was_told() -> None:
    pair = a_pair(agreed={SUBJECT: Agreement("a", "a")}, unconfirmed={SUBJECT: ("b", "a")})

    assert confirmed_by(pair, {SUBJECT: "a"}, NOW).agreed == pair.agreed


def test_of_an_import_the_side_that_says_what_was_imported_did_not_change_it() -> None:
    begun = {SUBJECT: ("old", "older")}

    assert agreed_at_import(begun, SUBJECT, seen="mine", said="old") == Agreement("old", "old")
    assert agreed_at_import(begun, SUBJECT, seen="older", said="theirs") == Agreement("older", "older")
    assert agreed_at_import(begun, SUBJECT, seen="mine", said="theirs") is None
    assert agreed_at_import({}, SUBJECT, seen="mine", said="theirs") is None
