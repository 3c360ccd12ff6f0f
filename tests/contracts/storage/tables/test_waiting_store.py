"""WaitingStore: pushes that could not be made yet, the newest of each appointment, and when they are next tried."""

from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest

from shared_code.adapters.tables.table import Tables
from shared_code.adapters.tables.waiting import TableWaiting
from shared_code.domain.identifiers import shard_of
from shared_code.use_cases.errors import StaleVersion
from shared_code.use_cases.ports import SHARDS, WaitingPush, WaitingStore, WaitKind
from tests.builders import NOW, a_user, a_waiting_push, an_appointment, an_appointment_guid
from tests.contracts.conftest import FAKE_AND_REAL, all_at_once, real_or_fake
from tests.fakes.data_keys import FakeDataKeys
from tests.fakes.stores import FakeWaiting

MINUTE = timedelta(minutes=1)


def table_waiting(tables: Tables) -> TableWaiting:
    return TableWaiting(tables, FakeDataKeys())


@pytest.fixture(name="waiting", params=FAKE_AND_REAL)
def waiting_fixture(request: pytest.FixtureRequest) -> WaitingStore:
    store: WaitingStore = real_or_fake(request, FakeWaiting, table_waiting)
    return store


def a_new_push(**said: Any) -> WaitingPush:
    return a_waiting_push(**{"user": a_user(), "appointment": an_appointment_guid(), **said})


def a_full_push() -> WaitingPush:
    return a_new_push(
        slot="2026-11-30T09:00:00Z",
        kind=WaitKind.DETACH,
        modified_at=NOW.replace(microsecond=1),
        waiting_since=NOW + MINUTE,
        due_at=NOW + 2 * MINUTE,
        reason="GraphUnavailable",
        attempts=7,
        correlation_id="00-abc-01",
    )


def test_nothing_waits_for_a_rep_of_whom_nothing_is_known(waiting: WaitingStore) -> None:
    push = a_new_push()

    assert waiting.of(push.user) == []
    assert waiting.content(push) is None
    assert not waiting.is_scheduled(push.user, "turn")


def test_everything_of_a_waiting_push_comes_back(waiting: WaitingStore) -> None:
    push = a_full_push()

    stored = waiting.put(push, None)

    assert waiting.of(push.user) == [stored]
    assert stored == replace(push, version=stored.version)
    assert stored.version is not None


def test_a_push_of_an_occurrence_waits_beside_those_of_its_series(waiting: WaitingStore) -> None:
    series = waiting.put(a_new_push(), an_appointment(subject="Series"))
    one = waiting.put(replace(series, slot="2026-11-30", version=None), an_appointment(subject="One"))
    other = waiting.put(replace(series, slot="2026-12-07", version=None), an_appointment(subject="Other"))

    assert waiting.of(series.user) == [series, one, other]
    content = waiting.content(one)
    assert content is not None
    assert content.subject == "One"
    waiting.forget(series.user, series.appointment, "2026-11-30", up_to=one.modified_at)
    waiting.postpone(replace(other, attempts=3))
    assert [(push.slot, push.attempts) for push in waiting.of(series.user)] == [("", 0), ("2026-12-07", 3)]


def test_the_full_push_above_leaves_nothing_at_its_default() -> None:
    plain, full = a_waiting_push(), a_full_push()

    same = [each.name for each in fields(WaitingPush) if getattr(full, each.name) == getattr(plain, each.name)]

    assert same == ["version"]


def test_a_push_that_waits_for_a_sign_in_has_no_time(waiting: WaitingStore) -> None:
    stored = waiting.put(a_new_push(due_at=None), None)

    assert waiting.of(stored.user)[0].due_at is None


def test_what_a_put_brings_comes_back(waiting: WaitingStore) -> None:
    push, content = a_new_push(), an_appointment(body_html="<p>Zürich 🌲</p>")

    stored = waiting.put(push, content)

    assert waiting.content(stored) == content
    assert waiting.content(waiting.of(push.user)[0]) == content


def test_a_removal_brings_nothing(waiting: WaitingStore) -> None:
    stored = waiting.put(a_new_push(kind=WaitKind.REMOVE), None)

    assert waiting.content(stored) is None


def test_a_reps_pushes_come_the_longest_waiting_first(waiting: WaitingStore) -> None:
    user = a_user()
    since = {minute: NOW + minute * MINUTE for minute in (3, 1, 2)}
    for at in since.values():
        waiting.put(a_new_push(user=user, waiting_since=at), an_appointment())

    assert [push.waiting_since for push in waiting.of(user)] == sorted(since.values())


def test_pushes_of_others_are_not_among_a_reps(waiting: WaitingStore) -> None:
    mine = waiting.put(a_new_push(), None)
    waiting.put(a_new_push(appointment=mine.appointment), None)
    waiting.schedule(mine.user, NOW)

    assert waiting.of(mine.user) == [mine]


@pytest.mark.parametrize("later", [timedelta(0), timedelta(microseconds=1), MINUTE])
def test_a_push_as_new_or_newer_takes_the_place(waiting: WaitingStore, later: timedelta) -> None:
    first = waiting.put(a_new_push(), an_appointment(subject="first"))
    second = replace(first, modified_at=NOW + later, waiting_since=NOW + MINUTE, version=None)

    stored = waiting.put(second, an_appointment(subject="second"))

    assert waiting.of(first.user) == [stored]
    content = waiting.content(stored)
    assert content is not None
    assert content.subject == "second"


def test_an_older_push_does_not_take_the_place_of_a_newer(waiting: WaitingStore) -> None:
    newer = waiting.put(a_new_push(), an_appointment(subject="newer"))

    with pytest.raises(StaleVersion):
        waiting.put(replace(newer, modified_at=NOW - MINUTE), an_appointment(subject="older"))

    assert waiting.of(newer.user) == [newer]
    assert waiting.content(newer) == an_appointment(subject="newer")


@pytest.mark.parametrize("kind", list(WaitKind))
@pytest.mark.parametrize("before", list(WaitKind))
def test_kinds_take_the_place_of_each_other(waiting: WaitingStore, before: WaitKind, kind: WaitKind) -> None:
    first = waiting.put(a_new_push(kind=before), an_appointment() if before is WaitKind.PUT else None)
    content = an_appointment(subject="back again") if kind is WaitKind.PUT else None

    second = waiting.put(replace(first, kind=kind, modified_at=NOW + MINUTE), content)

    assert waiting.of(first.user) == [second]
    assert waiting.content(second) == content


def test_the_content_of_a_push_that_was_replaced_is_gone(waiting: WaitingStore) -> None:
    first = waiting.put(a_new_push(), an_appointment(subject="first"))

    waiting.put(replace(first, modified_at=NOW + MINUTE), an_appointment(subject="second"))

    assert waiting.content(first) is None


def test_a_postponed_push_keeps_its_content_and_place(waiting: WaitingStore) -> None:
    stored = waiting.put(a_new_push(), an_appointment())

    waiting.postpone(replace(stored, due_at=None, reason="ReconnectNeeded", attempts=3))

    (postponed,) = waiting.of(stored.user)
    assert (postponed.due_at, postponed.reason, postponed.attempts) == (None, "ReconnectNeeded", 3)
    assert replace(postponed, due_at=stored.due_at, reason=stored.reason, attempts=0, version="") == replace(
        stored, version=""
    )
    assert waiting.content(postponed) == an_appointment()


def test_of_two_who_postpone_the_same_push_the_last_one_wins(waiting: WaitingStore) -> None:
    stored = waiting.put(a_new_push(), None)

    waiting.postpone(replace(stored, due_at=None, attempts=1))
    waiting.postpone(replace(stored, due_at=NOW, attempts=0))

    (postponed,) = waiting.of(stored.user)
    assert (postponed.due_at, postponed.attempts) == (NOW, 0)


def test_a_push_that_was_replaced_cannot_be_postponed(waiting: WaitingStore) -> None:
    old = waiting.put(a_new_push(), None)
    new = waiting.put(replace(old, modified_at=NOW + MINUTE, waiting_since=NOW + MINUTE), None)

    waiting.postpone(replace(old, attempts=9))

    assert waiting.of(old.user) == [new]


def test_a_push_that_was_erased_does_not_come_back_by_being_postponed(waiting: WaitingStore) -> None:
    push = waiting.put(a_new_push(), an_appointment())
    waiting.forget(push.user, push.appointment, up_to=push.modified_at)

    waiting.postpone(replace(push, attempts=1))

    assert waiting.of(push.user) == []


@pytest.mark.parametrize(("up_to", "stays"), [(NOW - MINUTE, True), (NOW, False), (NOW + MINUTE, False)])
def test_a_push_is_forgotten_unless_it_is_newer(waiting: WaitingStore, up_to: Any, stays: bool) -> None:
    push = waiting.put(a_new_push(), an_appointment())

    waiting.forget(push.user, push.appointment, up_to=up_to)

    assert bool(waiting.of(push.user)) is stays
    assert (waiting.content(push) is not None) is stays


def test_forgetting_what_does_not_wait_does_nothing(waiting: WaitingStore) -> None:
    other = waiting.put(a_new_push(), None)

    waiting.forget(other.user, an_appointment_guid(), up_to=NOW)

    assert waiting.of(other.user) == [other]


def test_only_the_newest_turn_is_scheduled(waiting: WaitingStore) -> None:
    user = a_user()
    first = waiting.schedule(user, NOW)

    second = waiting.schedule(user, NOW)

    assert first != second
    assert not waiting.is_scheduled(user, first)
    assert waiting.is_scheduled(user, second)
    assert not waiting.is_scheduled(a_user(), second)


def test_a_turn_is_overdue_after_its_time(waiting: WaitingStore) -> None:
    user = a_user()
    shard = shard_of(user, SHARDS)

    waiting.schedule(user, NOW)

    assert user not in waiting.overdue(shard, NOW)
    assert user in waiting.overdue(shard, NOW + timedelta(seconds=1))
    assert user not in waiting.overdue((shard + 1) % SHARDS, NOW + MINUTE)


def test_a_turn_that_is_not_by_time_is_never_overdue(waiting: WaitingStore) -> None:
    user = a_user()
    waiting.schedule(user, NOW)

    turn = waiting.schedule(user, None)

    assert waiting.is_scheduled(user, turn)
    assert user not in waiting.overdue(shard_of(user, SHARDS), NOW + timedelta(days=3000))


def test_the_sweep_finds_turns_and_no_pushes(waiting: WaitingStore) -> None:
    push = waiting.put(a_new_push(due_at=NOW - MINUTE), an_appointment())

    assert push.user not in waiting.overdue(shard_of(push.user, SHARDS), NOW)


def test_of_many_pushes_of_an_appointment_at_once_the_newest_waits(waiting: WaitingStore) -> None:
    push = a_new_push()
    newest = NOW + 7 * MINUTE

    def put(number: int) -> bool:
        at = NOW + number * MINUTE
        try:
            waiting.put(replace(push, modified_at=at), an_appointment(subject=str(number), modified_at=at))
        except StaleVersion:
            return False
        return True

    stored = all_at_once(8, put)

    (left,) = waiting.of(push.user)
    assert stored[7]
    assert left.modified_at == newest
    assert waiting.content(left) == an_appointment(subject="7", modified_at=newest)


def test_a_push_that_comes_while_an_older_one_is_erased_is_never_lost(waiting: WaitingStore) -> None:
    push = a_new_push()
    for number in range(10):
        waiting.put(replace(push, modified_at=NOW + 2 * number * MINUTE), None)
        newer = replace(push, modified_at=NOW + (2 * number + 1) * MINUTE)

        def forget_or_put(deed: int, number: int = number, newer: WaitingPush = newer) -> None:
            if deed == 0:
                waiting.forget(push.user, push.appointment, up_to=NOW + 2 * number * MINUTE)
            else:
                waiting.put(newer, None)

        all_at_once(2, forget_or_put)

        assert [each.modified_at for each in waiting.of(push.user)] == [newer.modified_at]


def test_of_many_turns_scheduled_at_once_one_is_the_newest(waiting: WaitingStore) -> None:
    user = a_user()

    turns = all_at_once(8, lambda _: waiting.schedule(user, NOW))

    assert sum(waiting.is_scheduled(user, turn) for turn in turns) == 1
