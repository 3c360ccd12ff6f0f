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
from shared_code.domain.pairs import Claim
from shared_code.settings import Storage
from shared_code.use_cases.ports import Poll
from tests.builders import ANNA, NOW, a_connection, a_pair, a_receipt_entry, a_user, an_appointment_guid, an_event_id


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
    pair = pairs.get(user, known.appointment)
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
    pairs.all_of(user)

    assert len(calls) == 2, calls


def test_a_turn_costs_two_to_take_and_one_to_give_back(tables: Tables, calls: list[str]) -> None:
    polls, user = TablePolls(tables), a_user()
    polls.enrol(user)
    calls.clear()

    turn = polls.lease(user, NOW, timedelta(minutes=5))
    assert turn is not None
    polls.finish(turn, full_at=NOW)

    assert len(calls) == 3, calls


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
