"""HolderStore: which rep has which appointment."""

from dataclasses import replace

import pytest

from shared_code.adapters.tables.holders import TableHolders
from shared_code.domain.identifiers import AppointmentGuid
from shared_code.use_cases.errors import StaleVersion
from shared_code.use_cases.ports import Holder, HolderStore
from tests.builders import NOW, a_user, an_appointment_guid
from tests.contracts.conftest import FAKE_AND_REAL, all_at_once, real_or_fake
from tests.fakes.stores import FakeHolders


@pytest.fixture(name="holders", params=FAKE_AND_REAL)
def holders_fixture(request: pytest.FixtureRequest) -> HolderStore:
    store: HolderStore = real_or_fake(request, FakeHolders, TableHolders)
    return store


def test_nobody_has_an_unknown_appointment(holders: HolderStore) -> None:
    assert holders.get(an_appointment_guid()) is None
    assert holders.get(AppointmentGuid("a/b#c")) is None


def test_who_claims_first_has_it(holders: HolderStore) -> None:
    appointment, anna, ben = an_appointment_guid(), a_user(), a_user()

    first = holders.claim(appointment, anna)

    assert first == Holder(appointment=appointment, user=anna, version=first.version)
    assert holders.claim(appointment, ben) == first
    assert holders.get(appointment) == first


def test_it_moves_to_another_rep_with_the_version_of_the_note(holders: HolderStore) -> None:
    noted, ben = holders.claim(an_appointment_guid(), a_user()), a_user()

    moved = holders.save(replace(noted, user=ben, moved_at=NOW))

    assert (moved.user, moved.moved_at) == (ben, NOW)
    assert holders.get(noted.appointment) == moved


def test_when_it_was_removed_is_remembered_until_it_comes_back(holders: HolderStore) -> None:
    noted = holders.claim(an_appointment_guid(), a_user())

    removed = holders.save(replace(noted, removed_at=NOW))
    assert holders.get(noted.appointment) == removed
    back = holders.save(replace(removed, removed_at=None))

    assert removed.removed_at == NOW
    assert holders.get(noted.appointment) == back
    assert back.removed_at is None


def test_a_removal_can_be_the_first_note(holders: HolderStore) -> None:
    removal = Holder(appointment=an_appointment_guid(), user=a_user(), removed_at=NOW)

    saved = holders.save(removal)

    assert holders.get(removal.appointment) == replace(removal, version=saved.version)


def test_a_save_over_another_version_is_stale(holders: HolderStore) -> None:
    noted = holders.claim(an_appointment_guid(), a_user())
    newer = holders.save(replace(noted, removed_at=NOW))

    with pytest.raises(StaleVersion):
        holders.save(replace(noted, user=a_user()))
    with pytest.raises(StaleVersion):
        holders.save(replace(noted, version=None))

    assert holders.get(noted.appointment) == newer


def test_of_many_claims_at_once_all_hear_of_the_same_rep(holders: HolderStore) -> None:
    appointment, reps = an_appointment_guid(), [a_user() for _ in range(8)]

    noted = all_at_once(8, lambda number: holders.claim(appointment, reps[number]))

    assert len({holder.user for holder in noted}) == 1
    assert len({holder.version for holder in noted}) == 1


def test_a_note_is_released_by_the_rep_who_has_it_and_by_nobody_else(holders: HolderStore) -> None:
    noted = holders.claim(an_appointment_guid(), a_user())

    holders.release(noted.appointment, a_user())
    assert holders.get(noted.appointment) == noted
    holders.release(noted.appointment, noted.user)
    holders.release(noted.appointment, noted.user)

    assert holders.get(noted.appointment) is None
