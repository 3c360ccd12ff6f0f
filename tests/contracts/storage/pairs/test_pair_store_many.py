"""PairStore: many pairs in few transactions, and the receipts."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared_code.adapters.tables.pairs.store import TablePairs
from shared_code.domain.fields import Field
from shared_code.domain.identifiers import Book, UserGuid
from shared_code.domain.pairs import Pair, PairState
from shared_code.domain.receipts import ENTRIES_KEPT, Outcome, Towards
from shared_code.use_cases.ports import PairStore
from tests.builders import NOW, a_pair, a_receipt_entry, a_user, an_appointment_guid, an_event_id
from tests.contracts.conftest import FAKE_AND_REAL, real_or_fake
from tests.fakes.stores import FakePairs


@pytest.fixture(name="pairs", params=FAKE_AND_REAL)
def pairs_fixture(request: pytest.FixtureRequest) -> PairStore:
    store: PairStore = real_or_fake(request, FakePairs, TablePairs)
    return store


def book_for(user: UserGuid) -> Book:
    return a_pair(user=user).book


def by_guid(pair: Pair) -> str:
    return pair.appointment


def new_pairs(user: UserGuid, count: int) -> list[Pair]:
    return [a_pair(user=user, appointment=an_appointment_guid(), event_id=an_event_id()) for _ in range(count)]


def test_saving_none_saves_none(pairs: PairStore) -> None:
    assert pairs.save_all([]) == []


def test_hundreds_of_pairs_are_saved_and_come_back_in_their_places(pairs: PairStore) -> None:
    user = a_user()
    wanted = new_pairs(user, 250)

    saved = pairs.save_all([(pair, a_receipt_entry(why=pair.appointment)) for pair in wanted])

    kept = [pair for pair in saved if pair is not None]
    assert [pair.appointment for pair in kept] == [pair.appointment for pair in wanted]
    assert {pair.appointment: pair for pair in pairs.all_of(book_for(user))} == {
        pair.appointment: pair for pair in kept
    }
    assert pairs.receipt(book_for(user), wanted[-1].appointment)[0].why == wanted[-1].appointment


def test_pairs_saved_together_can_be_saved_again_with_the_versions_returned(pairs: PairStore) -> None:
    user = a_user()
    saved = [pair for pair in pairs.save_all([(pair, None) for pair in new_pairs(user, 60)]) if pair]

    again = pairs.save_all([(replace(pair, change_key="ck-2"), a_receipt_entry()) for pair in saved])

    assert None not in again
    assert {pair.change_key for pair in pairs.all_of(book_for(user))} == {"ck-2"}


def test_a_stale_one_among_many_is_none_and_the_others_are_saved(pairs: PairStore) -> None:
    user = a_user()
    saved = [pair for pair in pairs.save_all([(pair, None) for pair in new_pairs(user, 5)]) if pair]
    other = pairs.save(replace(saved[2], change_key="somebody else's"))

    result = pairs.save_all([(replace(pair, change_key="ours"), a_receipt_entry()) for pair in saved])

    assert [pair is None for pair in result] == [False, False, True, False, False]
    assert pairs.get(book_for(user), other.appointment) == other
    assert sorted(pair.change_key for pair in pairs.all_of(book_for(user))) == ["ours"] * 4 + ["somebody else's"]
    assert len(pairs.receipt(book_for(user), saved[0].appointment)) == 1


def test_an_event_may_go_from_one_pair_to_another_in_one_save(pairs: PairStore) -> None:
    user = a_user()
    first, second = (pairs.save(pair) for pair in new_pairs(user, 2))

    result = pairs.save_all(
        [(replace(first, state=PairState.GONE), None), (replace(second, event_id=first.event_id), None)]
    )

    assert None not in result
    read = pairs.get(book_for(user), second.appointment)
    assert read is not None
    assert read.event_id == first.event_id


def test_two_that_want_the_same_event_do_not_both_get_it(pairs: PairStore) -> None:
    user, event_id = a_user(), an_event_id()
    first, second = (replace(pair, event_id=event_id) for pair in new_pairs(user, 2))

    result = pairs.save_all([(first, None), (second, None)])

    assert [pair is None for pair in result] == [False, True]


def test_the_same_version_twice_is_saved_once(pairs: PairStore) -> None:
    (pair,) = new_pairs(a_user(), 1)
    stored = pairs.save(pair)

    result = pairs.save_all([(replace(stored, change_key="a"), None), (replace(stored, change_key="b"), None)])

    assert [each is None for each in result] == [False, True]
    read = pairs.get(stored.book, stored.appointment)
    assert read is not None
    assert read.change_key == "a"


def test_everything_of_a_receipt_comes_back(pairs: PairStore) -> None:
    (pair,) = new_pairs(a_user(), 1)
    entry = a_receipt_entry(
        at=NOW.replace(microsecond=250_000),
        towards=Towards.SALESEXEC,
        outcome=Outcome.REJECTED,
        why='SalesExec said: "Zürich ist zu" 🌲',
        fields=(Field.START, Field.END),
        correlation_id="00-abc-01",
    )

    pairs.save(pair, receipt=entry)

    assert pairs.receipt(pair.book, pair.appointment) == [entry]


def test_a_receipt_is_newest_first_and_keeps_the_last_fifty(pairs: PairStore) -> None:
    (pair,) = new_pairs(a_user(), 1)
    for number in range(ENTRIES_KEPT + 7):
        pair = pairs.save(pair, receipt=a_receipt_entry(at=NOW + timedelta(seconds=number), why=str(number)))

    whys = [entry.why for entry in pairs.receipt(pair.book, pair.appointment)]

    assert whys == [str(number) for number in range(ENTRIES_KEPT + 6, 6, -1)]


def test_a_save_without_entry_keeps_the_receipt(pairs: PairStore) -> None:
    (pair,) = new_pairs(a_user(), 1)
    pair = pairs.save(pair, receipt=a_receipt_entry(why="one"))

    pair = pairs.save(replace(pair, state=PairState.GONE))
    pairs.save(replace(pair, state=PairState.LINKED), receipt=a_receipt_entry(why="two"))

    assert [entry.why for entry in pairs.receipt(pair.book, pair.appointment)] == ["two", "one"]


def test_endless_words_are_cut(pairs: PairStore) -> None:
    (pair,) = new_pairs(a_user(), 1)

    pairs.save(pair, receipt=a_receipt_entry(why="ü" * 100_000))

    assert pairs.receipt(pair.book, pair.appointment)[0].why == "ü" * 1000
