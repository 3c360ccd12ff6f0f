"""PairStore: pairs with their versions and events."""

from dataclasses import fields, replace
from datetime import timedelta

import pytest

from shared_code.adapters.tables.connections import TableConnections
from shared_code.adapters.tables.pairs.store import TablePairs
from shared_code.adapters.tables.table import Tables
from shared_code.domain.fields import Field
from shared_code.domain.identifiers import AppointmentGuid, UserGuid
from shared_code.domain.pairs import Agreement, Claim, Origin, Pair, PairState
from shared_code.use_cases.errors import StaleVersion
from shared_code.use_cases.ports import ConnectionStore, PairStore
from tests.builders import NOW, a_pair, a_receipt_entry, a_user, an_appointment_guid, an_event_id
from tests.contracts.conftest import FAKE_AND_REAL, all_at_once
from tests.fakes.stores import FakeConnections, FakePairs

type Stores = tuple[PairStore, ConnectionStore]


@pytest.fixture(name="stores", params=FAKE_AND_REAL)
def stores_fixture(request: pytest.FixtureRequest) -> Stores:
    if request.param == "fake":
        connections = FakeConnections()
        return FakePairs(connections), connections
    tables: Tables = request.getfixturevalue("tables")
    return TablePairs(tables), TableConnections(tables)


@pytest.fixture(name="pairs")
def pairs_fixture(stores: Stores) -> PairStore:
    return stores[0]


def a_new_pair(user: UserGuid | None = None) -> Pair:
    return a_pair(user=user or a_user(), appointment=an_appointment_guid(), event_id=an_event_id())


def a_full_pair() -> Pair:
    return a_pair(
        user=a_user(),
        appointment=an_appointment_guid(),
        event_id=an_event_id(),
        origin=Origin.OUTLOOK,
        generation=3,
        revision=2**40,
        sequence=2**50,
        crm_applied_at=NOW - timedelta(minutes=1),
        refused_delete_at=NOW - timedelta(hours=1),
        outlook_modified_at=NOW.replace(microsecond=7),
        starts_at=NOW + timedelta(days=1),
        ends_at=NOW + timedelta(days=2),
        is_finished=True,
        lead_url="https://crm.example.com/lead/é?x=1#y",
        agreed={each: Agreement(f"o-{each}", f"c-{each}", f"b-{each}") for each in Field},
        claim=Claim(until=NOW + timedelta(minutes=2), modified_at=NOW),
        rejected="hash-of-what-was-rejected",
    )


def test_an_unknown_appointment_has_no_pair_and_no_receipt(pairs: PairStore) -> None:
    assert pairs.get(a_user(), an_appointment_guid()) is None
    assert pairs.receipt(a_user(), an_appointment_guid()) == []
    assert pairs.all_of(a_user()) == []


def test_odd_ids_are_unknown_ones(pairs: PairStore) -> None:
    assert pairs.get(UserGuid("a/b"), AppointmentGuid("#?\\")) is None
    assert pairs.all_of(UserGuid("' or '1' eq '1")) == []


def test_everything_of_a_pair_comes_back(pairs: PairStore) -> None:
    pair = a_full_pair()

    saved = pairs.save(pair)

    assert saved == replace(pair, version=saved.version)
    assert pairs.get(pair.user, pair.appointment) == saved
    assert pairs.all_of(pair.user) == [saved]


def test_the_full_pair_above_leaves_nothing_at_its_default() -> None:
    plain = Pair(user=UserGuid(""), appointment=AppointmentGuid(""), state=PairState.CREATING)

    untouched = [each.name for each in fields(Pair) if getattr(a_full_pair(), each.name) == getattr(plain, each.name)]

    assert untouched == ["version"]


def test_what_is_taken_away_from_a_pair_is_gone(pairs: PairStore) -> None:
    saved = pairs.save(a_full_pair())
    bare = Pair(user=saved.user, appointment=saved.appointment, state=PairState.CREATING, version=saved.version)

    again = pairs.save(bare)

    assert pairs.get(saved.user, saved.appointment) == again == replace(bare, version=again.version)


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

    assert pairs.get(first.user, first.appointment) == newer
    assert pairs.receipt(first.user, first.appointment) == []


def test_a_pair_can_be_saved_again_and_again_without_reading(pairs: PairStore) -> None:
    pair = pairs.save(a_new_pair())

    for generation in range(2, 6):
        pair = pairs.save(replace(pair, generation=generation), receipt=a_receipt_entry())

    assert pairs.get(pair.user, pair.appointment) == pair


def test_a_version_from_a_list_serves_for_saving(pairs: PairStore) -> None:
    stored = pairs.save(a_new_pair(), receipt=a_receipt_entry(why="first"))
    (listed,) = pairs.all_of(stored.user)

    pairs.save(replace(listed, event_id=an_event_id()), receipt=a_receipt_entry(why="second"))

    assert [entry.why for entry in pairs.receipt(stored.user, stored.appointment)] == ["second", "first"]


def test_of_many_saves_of_one_version_one_wins(pairs: PairStore) -> None:
    first = pairs.save(a_new_pair())

    def save(number: int) -> bool:
        try:
            pairs.save(replace(first, generation=number), receipt=a_receipt_entry(), pushed_at=NOW)
        except StaleVersion:
            return False
        return True

    assert sum(all_at_once(8, save)) == 1
    assert len(pairs.receipt(first.user, first.appointment)) == 1


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

    assert pairs.get(second.user, second.appointment) is None


def test_an_event_cannot_be_taken_from_another_appointment_by_a_known_pair(pairs: PairStore) -> None:
    first = pairs.save(a_new_pair())
    second = pairs.save(a_new_pair(first.user))

    with pytest.raises(StaleVersion):
        pairs.save(replace(second, event_id=first.event_id))

    assert pairs.get(second.user, second.appointment) == second


def test_of_many_appointments_that_want_one_event_one_gets_it(pairs: PairStore) -> None:
    user, event_id = a_user(), an_event_id()

    def save(_: int) -> bool:
        try:
            pairs.save(a_pair(user=user, appointment=an_appointment_guid(), event_id=event_id))
        except StaleVersion:
            return False
        return True

    assert sum(all_at_once(6, save)) == 1
    assert len(pairs.all_of(user)) == 1


def test_the_same_event_id_of_another_rep_is_another_event(pairs: PairStore) -> None:
    first = pairs.save(a_new_pair())

    second = pairs.save(a_pair(user=a_user(), appointment=first.appointment, event_id=first.event_id))

    assert pairs.get(second.user, second.appointment) == second


def test_event_ids_that_differ_in_case_are_two_events(pairs: PairStore) -> None:
    first = pairs.save(a_new_pair())
    assert first.event_id is not None

    pairs.save(a_pair(user=first.user, appointment=an_appointment_guid(), event_id=first.event_id.swapcase()))

    assert len(pairs.all_of(first.user)) == 2


@pytest.mark.parametrize("freed_by", ["another event", "no event", "gone"])
def test_an_event_that_a_pair_lets_go_of_is_free(pairs: PairStore, freed_by: str) -> None:
    first = pairs.save(a_new_pair())
    event_id = first.event_id
    changed = {
        "another event": replace(first, event_id=an_event_id()),
        "no event": replace(first, event_id=None),
        "gone": replace(first, state=PairState.GONE),
    }[freed_by]

    freed = pairs.save(changed)

    taken = pairs.save(a_pair(user=first.user, appointment=an_appointment_guid(), event_id=event_id))
    assert pairs.get(taken.user, taken.appointment) == taken
    assert pairs.get(first.user, first.appointment) == freed


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

    assert pairs.get(pair.user, pair.appointment) == pair


def test_pairs_of_others_are_not_among_a_reps(pairs: PairStore) -> None:
    mine = pairs.save(a_new_pair())
    pairs.save(a_new_pair())

    assert pairs.all_of(mine.user) == [mine]


def test_the_push_time_is_part_of_the_reps_activity(stores: Stores) -> None:
    pairs, connections = stores
    pair = pairs.save(a_new_pair(), pushed_at=NOW)
    connections.note_poll(pair.user, NOW, None)

    pairs.save(replace(pair, generation=2), pushed_at=NOW + timedelta(minutes=1))

    activity = connections.activity(pair.user)
    assert activity.last_push_at == NOW + timedelta(minutes=1)
    assert activity.last_poll_at == NOW


def test_a_lost_save_notes_no_push(stores: Stores) -> None:
    pairs, connections = stores
    pair = pairs.save(a_new_pair())
    pairs.save(pair)

    with pytest.raises(StaleVersion):
        pairs.save(pair, pushed_at=NOW)

    assert connections.activity(pair.user).last_push_at is None
