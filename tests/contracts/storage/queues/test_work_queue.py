"""WorkQueue: work reaches its queue, once it is due, and says what it is."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import NamedTuple

import pytest
from azure.storage.queue import QueueServiceClient

from shared_code.adapters.queues import names, wire
from shared_code.adapters.queues.work_queue import StorageWorkQueue
from shared_code.domain.cleanups import JobId
from shared_code.domain.identifiers import book_of
from shared_code.settings import Storage
from shared_code.use_cases.ports import (
    CleanUp,
    Deliver,
    Forget,
    Poll,
    PollBatch,
    PollShard,
    Reconcile,
    TellRep,
    Work,
    WorkQueue,
)
from tests.builders import ANNA, BEN, NOW, a_mailbox_key, a_user
from tests.contracts.conftest import FAKE_AND_REAL, all_at_once
from tests.fakes.queue import FakeWorkQueue
from tests.waiting import until

PARSERS: dict[str, Callable[[str], Work]] = {
    names.POLL_SHARDS_QUEUE: wire.parse_poll_shard,
    names.POLL_BATCHES_QUEUE: wire.parse_poll_batch,
    names.POLL_CALENDARS_QUEUE: wire.parse_poll,
    names.RECONCILE_QUEUE: wire.parse_reconcile,
    names.WAITING_QUEUE: wire.parse_deliver,
    names.NOTICES_QUEUE: wire.parse_tell_rep,
    names.CLEANUP_QUEUE: wire.parse_clean_up,
    names.FORGET_QUEUE: wire.parse_forget,
}

A_JOB = JobId("c0000000-0000-4000-8000-000000000009")


class Office(NamedTuple):
    """A queue, and what can be had from it now."""

    queue: WorkQueue
    due: Callable[[], Sequence[Work]]


@pytest.fixture(name="office", params=FAKE_AND_REAL)
def office_fixture(request: pytest.FixtureRequest) -> Office:
    if request.param == "fake":
        fake = FakeWorkQueue()
        return Office(fake, lambda: fake.due)
    connection_string = request.getfixturevalue("storage")
    service = QueueServiceClient.from_connection_string(connection_string)
    _emptied(service)
    return Office(StorageWorkQueue(Storage(connection_string=connection_string)), lambda: _received(service))


def _emptied(service: QueueServiceClient) -> None:
    """Have every queue, and nothing in any."""
    for name in PARSERS:
        if not _exists(service, name):
            service.create_queue(name)
        service.get_queue_client(name).clear_messages()


def _exists(service: QueueServiceClient, name: str) -> bool:
    return any(queue.name == name for queue in service.list_queues(name_starts_with=name))


def _received(service: QueueServiceClient) -> list[Work]:
    return [
        parse(message.content)
        for name, parse in PARSERS.items()
        for message in service.get_queue_client(name).receive_messages(visibility_timeout=1)
    ]


@pytest.mark.parametrize(
    "work",
    [
        Poll(user=ANNA),
        Poll(user=ANNA, waited=True),
        Reconcile(user=ANNA),
        PollShard(shard=0),
        PollShard(shard=63),
        PollBatch(users=(ANNA, BEN)),
        Deliver(user=ANNA, turn="0af7651916cd43dd8448eb211c80319c"),
        TellRep(user=ANNA),
        CleanUp(job=A_JOB, user=ANNA),
        CleanUp(job=A_JOB),
        Forget(user=ANNA, book=book_of(ANNA, a_mailbox_key()), due_at=NOW),
    ],
    ids=[
        "poll",
        "poll after a wait",
        "reconcile",
        "first shard",
        "last shard",
        "batch",
        "deliver",
        "tell rep",
        "one rep's cleanup",
        "cleanup",
        "forget",
    ],
)
def test_work_arrives_as_it_was_sent(office: Office, work: Work) -> None:
    office.queue.send(work)

    assert office.due() == [work]


def test_the_largest_batch_arrives(office: Office) -> None:
    work = PollBatch(users=tuple(a_user() for _ in range(50)))

    office.queue.send(work)

    assert office.due() == [work]


def test_work_with_a_delay_does_not_arrive_at_once(office: Office) -> None:
    office.queue.send(Poll(user=ANNA), delay=timedelta(minutes=5))
    office.queue.send(Poll(user=BEN))

    assert office.due() == [Poll(user=BEN)]


@pytest.mark.parametrize("delay", [timedelta(days=30), timedelta(seconds=-5)])
def test_a_delay_that_a_queue_cannot_hold_is_no_error(office: Office, delay: timedelta) -> None:
    office.queue.send(Poll(user=ANNA), delay=delay)

    assert office.due() == ([] if delay > timedelta(0) else [Poll(user=ANNA)])


def test_many_can_send_at_once(office: Office) -> None:
    all_at_once(8, lambda number: office.queue.send(PollShard(shard=number)))

    assert sorted(office.due(), key=str) == [PollShard(shard=number) for number in range(8)]


def test_delayed_work_arrives_when_it_is_due(storage: str) -> None:
    service = QueueServiceClient.from_connection_string(storage)
    _emptied(service)
    user = a_user()

    StorageWorkQueue(Storage(connection_string=storage)).send(Poll(user=user), delay=timedelta(seconds=1))

    until(lambda: Poll(user=user) in _received(service), what="the work")


def test_a_missing_queue_is_made_by_the_first_message(storage: str) -> None:
    service = QueueServiceClient.from_connection_string(storage)
    if _exists(service, names.RECONCILE_QUEUE):
        service.delete_queue(names.RECONCILE_QUEUE)
    queue = StorageWorkQueue(Storage(connection_string=storage))

    all_at_once(4, lambda _: queue.send(Reconcile(user=ANNA)))

    assert len(list(service.get_queue_client(names.RECONCILE_QUEUE).receive_messages())) == 4


def test_messages_are_plain_text_and_never_expire(storage: str) -> None:
    service = QueueServiceClient.from_connection_string(storage)
    _emptied(service)
    user = a_user()
    StorageWorkQueue(Storage(connection_string=storage)).send(Poll(user=user))

    messages = list(service.get_queue_client(names.POLL_CALENDARS_QUEUE).receive_messages())

    (sent,) = (message for message in messages if user in message.content)
    assert sent.content == f'{{"Version":1,"Work":"Poll","UserGuid":"{user}"}}'
    assert sent.expires_on is None or sent.expires_on.year > 2100
