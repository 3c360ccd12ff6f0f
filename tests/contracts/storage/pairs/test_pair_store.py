"""PairStore: pairs with their versions and events."""

from dataclasses import fields, replace
from datetime import date, timedelta

import pytest

from shared_code.adapters.tables.pairs.store import TablePairs
from shared_code.domain.fields import Field
from shared_code.domain.identifiers import AppointmentGuid, Book, UserGuid, book_of
from shared_code.domain.pairs import Agreement, Claim, Earlier, Origin, Pair, PairState
from shared_code.use_cases.errors import StaleVersion
from shared_code.use_cases.ports import PairStore
from tests.builders import NOW, a_mailbox_key, a_pair, a_receipt_entry, a_user, an_appointment_guid, an_event_id
from tests.contracts.conftest import FAKE_AND_REAL, all_at_once, real_or_fake
from tests.fakes.stores import FakePairs


@pytest.fixture(name="pairs", params=FAKE_AND_REAL)
def pairs_fixture(request: pytest.FixtureRequest) -> PairStore:
    store: PairStore = real_or_fake(request, FakePairs, TablePairs)
    return store


def a_book() -> Book:
    return book_of(a_user(), a_mailbox_key())


def a_new_pair(user: UserGuid | None = None) -> Pair:
    return a_pair(user=user or a_user(), appointment=an_appointment_guid(), event_id=an_event_id())


def _earlier(name: Field) -> tuple[Earlier, ...]:
    by_itself = Earlier(f"b-{name}", NOW - timedelta(hours=2), by_itself=True)
    return (by_itself, Earlier(f"a-{name}", NOW.replace(microsecond=1)))


def a_full_pair() -> Pair:
    return a_pair(
        user=a_user(),
        appointment=an_appointment_guid(),
        event_id=an_event_id(),
        origin=Origin.OUTLOOK,
        generation=3,
        revision=2**40,
        sequence=2**50,
        outlook_edited_at=NOW - timedelta(minutes=1),
        decided_at=NOW + timedelta(seconds=9),
        refused_delete_at=NOW - timedelta(hours=1),
        outlook_modified_at=NOW.replace(microsecond=7),
        starts_at=NOW + timedelta(days=1),
        ends_at=NOW + timedelta(days=2),
        deleted_at=NOW - timedelta(days=5),
        held_at=NOW - timedelta(days=4),
        is_finished=True,
        slot=date(2026, 11, 30),
        slot_at=NOW + timedelta(days=7),
        is_series=True,
        removed=frozenset({date(2026, 12, 24), date(2026, 12, 31)}),
        removed_told_at=NOW - timedelta(days=3),
        taken_out_at=NOW - timedelta(days=2),
        series_said="hash-of-what-the-series-said",
        is_waiting=True,
        lead_url="https://crm.example.com/lead/é?x=1#y",
        link_url="https://crm.example.com/lead/é?x=2",
        agreed={each: Agreement(f"o-{each}", f"c-{each}", _earlier(each)) for each in Field},
        unconfirmed={Field.BODY: ("one", "other"), Field.START: ("early",)},
        claim=Claim(until=NOW + timedelta(minutes=2), modified_at=NOW),
        rejected="hash-of-what-was-rejected",
        let_go=(an_event_id(), an_event_id()),
    )


def test_an_unknown_appointment_has_no_pair_and_no_receipt(pairs: PairStore) -> None:
    assert pairs.get(a_book(), an_appointment_guid()) is None
    assert pairs.receipt(a_book(), an_appointment_guid()) == []
    assert pairs.all_of(a_book()) == []
    assert pairs.last_push_at(a_book()) is None


def test_odd_ids_are_unknown_ones(pairs: PairStore) -> None:
    assert pairs.get(Book("a/b"), AppointmentGuid("#?\\")) is None
    assert pairs.all_of(Book("' or '1' eq '1")) == []


def test_everything_of_a_pair_comes_back(pairs: PairStore) -> None:
    pair = a_full_pair()

    saved = pairs.save(pair)

    assert saved == replace(pair, version=saved.version)
    assert pairs.get(pair.book, pair.appointment, pair.slot) == saved
    assert pairs.occurrences_of(pair.book) == [saved]


def test_the_pairs_of_occurrences_are_kept_beside_those_of_their_series(pairs: PairStore) -> None:
    series = pairs.save(a_new_pair())
    others = pairs.save(a_pair(user=series.user, book=series.book, appointment=an_appointment_guid(), event_id=None))
    first, second = (
        pairs.save(replace(a_pair(book=series.book), appointment=series.appointment, slot=day, event_id=an_event_id()))
        for day in (date(2026, 11, 30), date(2026, 12, 7))
    )
    stranger = pairs.save(replace(first, appointment=others.appointment, event_id=an_event_id(), version=None))

    second = pairs.save(second, receipt=a_receipt_entry(why="moved"))

    assert pairs.receipt(series.book, series.appointment) == []
    assert [entry.why for entry in pairs.receipt(series.book, series.appointment, second.slot)] == ["moved"]
    assert pairs.get(series.book, series.appointment) == series
    assert pairs.get(series.book, series.appointment, date(2026, 12, 7)) == second
    assert pairs.get(series.book, series.appointment, date(2026, 12, 14)) is None
    assert {pair.appointment for pair in pairs.all_of(series.book)} == {series.appointment, others.appointment}
    assert pairs.occurrences_of(series.book, series.appointment) == [first, second]
    assert {pair.version for pair in pairs.occurrences_of(series.book)} >= {first.version, stranger.version}
    assert sorted(pairs.erase(series.book)) == sorted([series.appointment, others.appointment])
    assert pairs.occurrences_of(series.book) == []


def test_an_event_belongs_to_one_occurrence_only(pairs: PairStore) -> None:
    series = pairs.save(a_new_pair())
    day = replace(a_pair(book=series.book), appointment=series.appointment, slot=date(2026, 11, 30))

    with pytest.raises(StaleVersion):
        pairs.save(replace(day, event_id=series.event_id))


def test_the_full_pair_above_leaves_nothing_at_its_default() -> None:
    plain = Pair(book=Book(""), user=UserGuid(""), appointment=AppointmentGuid(""), state=PairState.CREATING)

    untouched = [each.name for each in fields(Pair) if getattr(a_full_pair(), each.name) == getattr(plain, each.name)]

    assert untouched == ["version"]


def test_what_is_taken_away_from_a_pair_is_gone(pairs: PairStore) -> None:
    saved = pairs.save(a_full_pair())
    bare = Pair(
        book=saved.book,
        user=saved.user,
        appointment=saved.appointment,
        slot=saved.slot,
        state=PairState.CREATING,
        version=saved.version,
    )

    again = pairs.save(bare)

    assert pairs.get(saved.book, saved.appointment, saved.slot) == again == replace(bare, version=again.version)


def test_a_second_first_save_is_stale(pairs: PairStore) -> None:
    pair = a_new_pair()
    pairs.save(pair)

    with pytest.raises(StaleVersion):
        pairs.save(pair)


def test_a_save_over_another_version_is_stale_and_changes_nothing(pairs: PairStore) -> None:
    first = pairs.save(a_new_pair())
    newer = pairs.save(replace(first, generation=2))

    with pytest.raises(StaleVersion):
        pairs.save(replace(first, generation=9, event_id=an_event_id()), receipt=a_receipt_entry())

    assert pairs.get(first.book, first.appointment) == newer
    assert pairs.receipt(first.book, first.appointment) == []


def test_a_pair_can_be_saved_again_and_again_without_reading(pairs: PairStore) -> None:
    pair = pairs.save(a_new_pair())

    for generation in range(2, 6):
        pair = pairs.save(replace(pair, generation=generation), receipt=a_receipt_entry())

    assert pairs.get(pair.book, pair.appointment) == pair


def test_a_version_from_a_list_serves_for_saving(pairs: PairStore) -> None:
    stored = pairs.save(a_new_pair(), receipt=a_receipt_entry(why="first"))
    (listed,) = pairs.all_of(stored.book)

    pairs.save(replace(listed, event_id=an_event_id()), receipt=a_receipt_entry(why="second"))

    assert [entry.why for entry in pairs.receipt(stored.book, stored.appointment)] == ["second", "first"]


def test_of_many_saves_of_one_version_one_wins(pairs: PairStore) -> None:
    first = pairs.save(a_new_pair())

    def save(number: int) -> bool:
        try:
            pairs.save(replace(first, generation=number), receipt=a_receipt_entry(), pushed_at=NOW)
        except StaleVersion:
            return False
        return True

    assert sum(all_at_once(8, save)) == 1
    assert len(pairs.receipt(first.book, first.appointment)) == 1


def test_of_many_first_saves_one_wins(pairs: PairStore) -> None:
    pair = a_new_pair()

    def save(number: int) -> bool:
        try:
            pairs.save(replace(pair, generation=number))
        except StaleVersion:
            return False
        return True

    assert sum(all_at_once(8, save)) == 1


def test_one_event_belongs_to_one_appointment(pairs: PairStore) -> None:
    first = pairs.save(a_new_pair())
    second = a_pair(user=first.user, appointment=an_appointment_guid(), event_id=first.event_id)

    with pytest.raises(StaleVersion):
        pairs.save(second)

    assert pairs.get(second.book, second.appointment) is None


def test_an_event_cannot_be_taken_from_another_appointment_by_a_known_pair(pairs: PairStore) -> None:
    first = pairs.save(a_new_pair())
    second = pairs.save(a_new_pair(first.user))

    with pytest.raises(StaleVersion):
        pairs.save(replace(second, event_id=first.event_id))

    assert pairs.get(second.book, second.appointment) == second


def test_of_many_appointments_that_want_one_event_one_gets_it(pairs: PairStore) -> None:
    user, event_id = a_user(), an_event_id()

    def save(_: int) -> bool:
        try:
            pairs.save(a_pair(user=user, appointment=an_appointment_guid(), event_id=event_id))
        except StaleVersion:
            return False
        return True

    assert sum(all_at_once(6, save)) == 1
    assert len(pairs.all_of(a_pair(user=user).book)) == 1


def test_the_same_event_id_of_another_rep_is_another_event(pairs: PairStore) -> None:
    first = pairs.save(a_new_pair())

    second = pairs.save(a_pair(user=a_user(), appointment=first.appointment, event_id=first.event_id))

    assert pairs.get(second.book, second.appointment) == second


def test_event_ids_that_differ_in_case_are_two_events(pairs: PairStore) -> None:
    first = pairs.save(a_new_pair())
    assert first.event_id is not None

    pairs.save(a_pair(user=first.user, appointment=an_appointment_guid(), event_id=first.event_id.swapcase()))

    assert len(pairs.all_of(first.book)) == 2


@pytest.mark.parametrize("freed_by", ["another event", "no event", "gone", "unlinked", "rejected"])
def test_an_event_that_a_pair_lets_go_of_is_free(pairs: PairStore, freed_by: str) -> None:
    first = pairs.save(a_new_pair())
    event_id = first.event_id
    changed = {
        "another event": replace(first, event_id=an_event_id()),
        "no event": replace(first, event_id=None),
        "gone": replace(first, state=PairState.GONE),
        "unlinked": replace(first, state=PairState.UNLINKED),
        "rejected": replace(first, state=PairState.REJECTED),
    }[freed_by]

    freed = pairs.save(changed)

    taken = pairs.save(a_pair(user=first.user, appointment=an_appointment_guid(), event_id=event_id))
    assert pairs.get(taken.book, taken.appointment) == taken
    assert pairs.get(first.book, first.appointment) == freed


@pytest.mark.parametrize("state", [PairState.CREATING, PairState.LINKED, PairState.LEAVING])
def test_an_event_is_held_from_creating_to_leaving(pairs: PairStore, state: PairState) -> None:
    first = pairs.save(replace(a_new_pair(), state=state))

    with pytest.raises(StaleVersion):
        pairs.save(a_pair(user=first.user, appointment=an_appointment_guid(), event_id=first.event_id))


@pytest.mark.parametrize("state", list(PairState))
def test_every_state_comes_back(pairs: PairStore, state: PairState) -> None:
    saved = pairs.save(replace(a_new_pair(), state=state))

    assert pairs.get(saved.book, saved.appointment) == saved


def test_the_pairs_of_another_mailbox_of_the_rep_are_another_book(pairs: PairStore) -> None:
    first = pairs.save(a_new_pair())
    other_book = book_of(first.user, a_mailbox_key())

    second = pairs.save(replace(first, book=other_book, version=None))

    assert pairs.all_of(first.book) == [first]
    assert pairs.all_of(other_book) == [second]


def test_a_book_without_mailbox_is_a_book_too(pairs: PairStore) -> None:
    user = a_user()

    saved = pairs.save(replace(a_new_pair(user), book=book_of(user, None)), receipt=a_receipt_entry(why="waits"))

    assert pairs.all_of(book_of(user, None)) == [saved]
    assert [entry.why for entry in pairs.receipt(saved.book, saved.appointment)] == ["waits"]


def test_a_gone_pair_that_comes_back_must_find_its_event_free(pairs: PairStore) -> None:
    gone = pairs.save(replace(a_new_pair(), state=PairState.GONE))
    pairs.save(a_pair(user=gone.user, appointment=an_appointment_guid(), event_id=gone.event_id))

    with pytest.raises(StaleVersion):
        pairs.save(replace(gone, state=PairState.LINKED))


def test_a_pair_that_keeps_its_event_can_be_saved_with_it(pairs: PairStore) -> None:
    pair = pairs.save(a_new_pair())

    pair = pairs.save(replace(pair, change_key="ck-2"))
    pair = pairs.save(replace(pair, event_id=an_event_id()))
    pair = pairs.save(replace(pair, change_key="ck-3"))

    assert pairs.get(pair.book, pair.appointment) == pair


def test_pairs_of_others_are_not_among_a_reps(pairs: PairStore) -> None:
    mine = pairs.save(a_new_pair())
    pairs.save(a_new_pair())

    assert pairs.all_of(mine.book) == [mine]


def test_the_newest_push_time_of_a_book_is_known(pairs: PairStore) -> None:
    pair = pairs.save(a_new_pair(), pushed_at=NOW)
    pairs.save(a_new_pair(pair.user))

    pairs.save(replace(pair, generation=2), pushed_at=NOW + timedelta(minutes=1))

    assert pairs.last_push_at(pair.book) == NOW + timedelta(minutes=1)
    assert pairs.last_push_at(book_of(pair.user, a_mailbox_key())) is None


def test_a_lost_save_notes_no_push(pairs: PairStore) -> None:
    pair = a_new_pair()
    pairs.save(pair)

    with pytest.raises(StaleVersion):
        pairs.save(pair, pushed_at=NOW)

    assert pairs.last_push_at(pair.book) is None


def test_the_push_time_is_no_pair(pairs: PairStore) -> None:
    pair = pairs.save(a_new_pair(), pushed_at=NOW)

    assert pairs.all_of(pair.book) == [pair]


def test_how_long_the_last_push_took_is_known(pairs: PairStore) -> None:
    pair = pairs.save(replace(a_new_pair(), accepted_at=NOW), pushed_at=NOW + timedelta(seconds=3))

    assert pairs.last_push_lag(pair.book) == timedelta(seconds=3)
    assert pairs.last_push_lag(book_of(pair.user, a_mailbox_key())) is None


def test_an_erased_book_is_empty_and_its_events_are_free(pairs: PairStore) -> None:
    pair = pairs.save(a_new_pair(), receipt=a_receipt_entry(), pushed_at=NOW)
    other = pairs.save(a_new_pair())

    known = pairs.erase(pair.book)

    assert known == [pair.appointment]
    assert pairs.erase(pair.book) == []
    assert pairs.receipt(pair.book, pair.appointment) == []
    assert pairs.last_push_at(pair.book) is None
    assert pairs.all_of(other.book) == [other]
    assert pairs.save(replace(pair, appointment=an_appointment_guid(), version=None)).event_id == pair.event_id
