"""PairStore: imports that were begun, until they are ended."""

import pytest

from shared_code.adapters.tables.pairs.store import TablePairs
from shared_code.domain.fields import Field
from shared_code.domain.identifiers import Book, book_of
from shared_code.use_cases.ports import PairStore
from tests.builders import a_mailbox_key, a_user, an_event_id
from tests.contracts.conftest import FAKE_AND_REAL, real_or_fake
from tests.fakes.stores import FakePairs


@pytest.fixture(name="pairs", params=FAKE_AND_REAL)
def pairs_fixture(request: pytest.FixtureRequest) -> PairStore:
    store: PairStore = real_or_fake(request, FakePairs, TablePairs)
    return store


def a_book() -> Book:
    return book_of(a_user(), a_mailbox_key())


def test_imports_that_were_begun_are_known_until_they_are_ended(pairs: PairStore) -> None:
    book, other = a_book(), a_book()
    first, second = an_event_id(), an_event_id()

    pairs.begin_imports(book, {first: {Field.SUBJECT: ("old",)}, second: {Field.BODY: ("text",)}})
    pairs.begin_imports(book, {first: {Field.SUBJECT: ("old", "new")}})

    assert pairs.imports_begun(book) == {first: {Field.SUBJECT: ("old", "new")}, second: {Field.BODY: ("text",)}}
    assert pairs.imports_begun(other) == {}
    pairs.end_imports(book, [first])
    assert pairs.imports_begun(book) == {second: {Field.BODY: ("text",)}}


def test_ending_imports_passes_over_those_that_were_not_begun(pairs: PairStore) -> None:
    book, begun = a_book(), an_event_id()
    pairs.begin_imports(book, {begun: {Field.SUBJECT: ("told",)}})

    pairs.end_imports(book, [an_event_id(), begun, an_event_id()])
    pairs.end_imports(book, [])

    assert pairs.imports_begun(book) == {}


def test_erasing_a_book_forgets_its_imports_and_reading_it_does_not_show_them(pairs: PairStore) -> None:
    book = a_book()
    pairs.begin_imports(book, {an_event_id(): {Field.SUBJECT: ("told",)}})

    assert pairs.all_of(book) == []
    assert pairs.occurrences_of(book) == []
    assert pairs.erase(book) == []
    assert pairs.imports_begun(book) == {}
