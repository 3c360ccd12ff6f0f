"""OneTimeStore: things that may be used once and not after their time."""

from datetime import timedelta
from uuid import uuid4

import pytest

from shared_code.adapters.tables.one_time import TableOneTime
from shared_code.use_cases.ports import OneTimeStore
from tests.builders import NOW
from tests.contracts.conftest import FAKE_AND_REAL, all_at_once, real_or_fake
from tests.fakes.stores import FakeOneTime

LATER = NOW + timedelta(minutes=5)


@pytest.fixture(name="one_time", params=FAKE_AND_REAL)
def one_time_fixture(request: pytest.FixtureRequest) -> OneTimeStore:
    store: OneTimeStore = real_or_fake(request, FakeOneTime, TableOneTime)
    return store


def a_key() -> str:
    return f"link/{uuid4()}?#\\"


def test_what_was_never_put_cannot_be_taken(one_time: OneTimeStore) -> None:
    assert one_time.take(a_key(), NOW) is None


def test_a_value_is_taken_once(one_time: OneTimeStore) -> None:
    key = a_key()
    one_time.put(key, '{"name": "Zoë 🌲"}', LATER)

    assert one_time.take(key, NOW) == '{"name": "Zoë 🌲"}'
    assert one_time.take(key, NOW) is None


@pytest.mark.parametrize(
    "value", ["", "x" * 16_000, "x" * 16_001, "é" * 70_000, "🌲" * 40_000], ids=["empty", "16k", "16k+1", "é", "🌲"]
)
def test_values_of_any_length_come_back_whole(one_time: OneTimeStore, value: str) -> None:
    key = a_key()

    one_time.put(key, value, LATER)

    assert one_time.take(key, NOW) == value


def test_a_value_cannot_be_taken_from_its_last_moment_on(one_time: OneTimeStore) -> None:
    early, late = a_key(), a_key()
    one_time.put(early, "a", LATER)
    one_time.put(late, "b", LATER)

    assert one_time.take(early, LATER - timedelta(microseconds=1)) == "a"
    assert one_time.take(late, LATER) is None


def test_a_value_put_again_replaces_all_of_the_one_before(one_time: OneTimeStore) -> None:
    key = a_key()
    one_time.put(key, "long" * 10_000, LATER)

    one_time.put(key, "short", LATER)

    assert one_time.take(key, NOW) == "short"


def test_of_many_takers_at_once_one_gets_it(one_time: OneTimeStore) -> None:
    key = a_key()
    one_time.put(key, "for one", LATER)

    taken = all_at_once(8, lambda _: one_time.take(key, NOW))

    assert sorted(taken, key=str) == [None] * 7 + ["for one"]


def test_a_sweep_forgets_what_has_expired_and_nothing_else(one_time: OneTimeStore) -> None:
    one_time.sweep(LATER)
    expired, live = [a_key() for _ in range(3)], a_key()
    for key in expired:
        one_time.put(key, "old", NOW)
    one_time.put(live, "new", LATER)

    swept = one_time.sweep(NOW)

    assert swept == 3
    assert one_time.sweep(NOW) == 0
    assert one_time.take(expired[0], NOW - timedelta(minutes=1)) is None
    assert one_time.take(live, NOW) == "new"


def test_a_sweep_ends_after_five_hundred_and_the_next_one_goes_on(one_time: OneTimeStore) -> None:
    while one_time.sweep(NOW):
        pass
    keys = [a_key() for _ in range(503)]
    for key in keys:
        one_time.put(key, "old", NOW)

    assert one_time.sweep(NOW) == 500
    assert one_time.sweep(NOW) == 3
