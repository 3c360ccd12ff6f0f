"""What each deed costs in calls to storage: round trips are what a push and a poll spend their time on."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared_code.adapters.azure_clients import shared_transport
from shared_code.adapters.queues.work_queue import StorageWorkQueue
from shared_code.adapters.tables.connections import TableConnections
from shared_code.adapters.tables.holders import TableHolders
from shared_code.adapters.tables.pairs.store import TablePairs
from shared_code.adapters.tables.polls import TablePolls
from shared_code.adapters.tables.table import Tables
from shared_code.adapters.tables.waiting import TableWaiting
from shared_code.domain.connections import LastError
from shared_code.domain.identifiers import UserGuid, shard_of
from shared_code.domain.pairs import Claim
from shared_code.settings import Storage
from shared_code.use_cases.ports import BATCH_SIZE, SHARDS, Poll, PollResult
from tests.builders import (
    ANNA,
    NOW,
    a_connection,
    a_pair,
    a_receipt_entry,
    a_user,
    a_waiting_push,
    an_appointment,
    an_appointment_guid,
    an_event_id,
)
from tests.fakes.data_keys import FakeDataKeys


@pytest.fixture(name="calls")
def calls_fixture() -> Iterator[list[str]]:
    """Give the calls made to Azure from now on."""
    calls: list[str] = []

    def note(answer: Any, *_: Any, **__: Any) -> None:
        calls.append(f"{answer.request.method} {answer.request.path_url}")

    session = shared_transport().session
    session.hooks["response"].append(note)
    yield calls
    session.hooks["response"].remove(note)


def test_a_push_of_a_known_appointment_costs_four(tables: Tables, calls: list[str]) -> None:
    connections, pairs = TableConnections(tables), TablePairs(tables)
    user = a_user()
    connections.save(a_connection(user=user))
    known = pairs.save(a_pair(user=user, appointment=an_appointment_guid(), event_id=an_event_id()))
    calls.clear()

    connections.get(user)
    pair = pairs.get(known.book, known.appointment)
    assert pair is not None
    claimed = pairs.save(replace(pair, claim=Claim(until=NOW, modified_at=NOW)))
    pairs.save(replace(claimed, claim=None, change_key="ck-2"), receipt=a_receipt_entry(), pushed_at=NOW)

    assert len(calls) == 4, calls


def test_the_first_save_of_a_pair_costs_one_and_so_does_the_one_that_gives_it_its_event(
    tables: Tables, calls: list[str]
) -> None:
    pairs = TablePairs(tables)
    pair = a_pair(user=a_user(), appointment=an_appointment_guid(), event_id=None)
    pairs.save(replace(pair, appointment=an_appointment_guid()))
    calls.clear()

    creating = pairs.save(pair, receipt=a_receipt_entry())
    pairs.save(replace(creating, event_id=an_event_id()), receipt=a_receipt_entry(), pushed_at=NOW)

    assert len(calls) == 2, calls


def test_a_hundred_pairs_that_keep_their_events_cost_one(tables: Tables, calls: list[str]) -> None:
    pairs, user = TablePairs(tables), a_user()
    fresh = [a_pair(user=user, appointment=an_appointment_guid(), event_id=an_event_id()) for _ in range(100)]
    saved = [pair for pair in pairs.save_all([(pair, None) for pair in fresh]) if pair]
    calls.clear()

    pairs.save_all([(replace(pair, change_key="ck-2"), a_receipt_entry()) for pair in saved])
    pairs.all_of(saved[0].book)

    assert len(calls) == 2, calls


def reps_of_one_shard(polls: TablePolls, count: int) -> list[UserGuid]:
    """Enrol reps, all of one shard."""
    shard = 23
    reps: list[UserGuid] = []
    while len(reps) < count:
        if shard_of(user := a_user(), SHARDS) == shard:
            reps.append(user)
            polls.enrol(user)
    return reps


def test_the_turns_of_fifty_idle_reps_cost_a_query_and_a_transaction_to_take_and_one_transaction_to_give_back(
    tables: Tables, calls: list[str]
) -> None:
    polls = TablePolls(tables)
    reps = reps_of_one_shard(polls, BATCH_SIZE)
    calls.clear()

    turns = polls.lease(reps, NOW, timedelta(minutes=5))
    results = [PollResult(turn=turn, polled_at=NOW, token="t" * 2000) for turn in turns]
    polls.finish(results)

    assert len(turns) == BATCH_SIZE
    assert [call.split("?")[0].rsplit("/", 1)[1] for call in calls] == ["Polls()", "$batch", "$batch"]


def test_a_turn_costs_two_to_take_and_one_to_give_back(tables: Tables, calls: list[str]) -> None:
    polls, user = TablePolls(tables), a_user()
    polls.enrol(user)
    calls.clear()

    turns = polls.lease([user], NOW, timedelta(minutes=5))
    polls.finish([PollResult(turn=turn, polled_at=NOW) for turn in turns])

    assert len(calls) == 3, calls


def test_the_rows_of_a_shard_cost_one(tables: Tables, calls: list[str]) -> None:
    polls = TablePolls(tables)
    polls.enrol(a_user())
    calls.clear()

    polls.rows(5)

    assert len(calls) == 1, calls


def test_that_all_went_well_costs_one(tables: Tables, calls: list[str]) -> None:
    connections, user = TableConnections(tables), a_user()
    connections.note_error(user, LastError(code="X", message="x", at=NOW))
    connections.note_error(user, None)
    calls.clear()

    connections.note_error(user, None)

    assert len(calls) == 1, calls


def test_a_push_that_must_wait_costs_two_and_its_turn_one(tables: Tables, calls: list[str]) -> None:
    waiting = TableWaiting(tables, FakeDataKeys())
    push = a_waiting_push(user=a_user(), appointment=an_appointment_guid())
    waiting.schedule(a_user(), NOW)
    calls.clear()

    stored = waiting.put(push, an_appointment())
    assert len(calls) == 2, calls
    waiting.schedule(push.user, NOW)
    assert len(calls) == 3, calls
    waiting.postpone(stored)
    assert len(calls) == 4, calls
    waiting.forget(push.user, push.appointment, up_to=NOW)

    assert len(calls) == 6, calls


def test_the_sweep_of_a_shard_costs_one(tables: Tables, calls: list[str]) -> None:
    waiting = TableWaiting(tables, FakeDataKeys())
    waiting.schedule(a_user(), NOW)
    calls.clear()

    waiting.overdue(9, NOW)

    assert len(calls) == 1, calls


def test_a_first_claim_costs_one_and_a_later_one_two(tables: Tables, calls: list[str]) -> None:
    holders, appointment = TableHolders(tables), an_appointment_guid()
    holders.claim(an_appointment_guid(), ANNA)
    calls.clear()

    holders.claim(appointment, ANNA)
    assert len(calls) == 1, calls
    holders.claim(appointment, ANNA)

    assert len(calls) == 3, calls


def test_a_message_costs_one(storage: str, calls: list[str]) -> None:
    queue = StorageWorkQueue(Storage(connection_string=storage))
    queue.send(Poll(user=ANNA))
    calls.clear()

    queue.send(Poll(user=ANNA), delay=timedelta(minutes=1))

    assert len(calls) == 1, calls
