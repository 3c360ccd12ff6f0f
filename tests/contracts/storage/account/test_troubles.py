"""What becomes of us when storage is busy, down, slow, forbidden, or not there."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from shared_code.adapters.queues.work_queue import StorageWorkQueue
from shared_code.adapters.tables.connections import TableConnections
from shared_code.adapters.tables.one_time import TableOneTime
from shared_code.adapters.tables.pairs.store import TablePairs
from shared_code.adapters.tables.polls import TablePolls
from shared_code.adapters.tables.table import Tables
from shared_code.adapters.tables.waiting import TableWaiting
from shared_code.domain.connections import LastError
from shared_code.settings import Storage
from shared_code.use_cases.errors import Refused, TryAgainLater
from shared_code.use_cases.ports import Poll, PollResult, PollTurn
from tests.builders import ANNA, NOW, a_connection, a_pair, a_waiting_push, an_appointment
from tests.contracts.storage.account.scripted_server import Answer, Script, scripted_server
from tests.fakes.data_keys import FakeDataKeys

type Deed = Callable[[Storage], object]

BUSY = Answer(status=503, code="ServerBusy", headers={"Retry-After": "7"})
FORBIDDEN = Answer(status=403, code="AuthorizationPermissionMismatch")
CUT_OFF = Answer(status=0)

AN_ERROR = LastError(code="GraphUnavailable", message="Outlook did not answer.", at=NOW)
A_TURN = PollTurn(user=ANNA, fence=1, leased_until=NOW, round_began_at=None, token=None, version='lease||W/"x"')


def waiting(storage: Storage) -> TableWaiting:
    return TableWaiting(Tables(storage), FakeDataKeys())


DEEDS: dict[str, Deed] = {
    "a read": lambda storage: TableConnections(Tables(storage)).get(ANNA),
    "a query": lambda storage: TablePairs(Tables(storage)).all_of(a_pair().book),
    "an insert": lambda storage: TableConnections(Tables(storage)).save(a_connection()),
    "a replacement": lambda storage: TableConnections(Tables(storage)).save(a_connection(version='W/"x"')),
    "a merge": lambda storage: TableConnections(Tables(storage)).note_error(ANNA, AN_ERROR),
    "nothing to note": lambda storage: TableConnections(Tables(storage)).note_error(ANNA, None),
    "a transaction": lambda storage: TablePairs(Tables(storage)).save(a_pair(), pushed_at=NOW),
    "many pairs": lambda storage: TablePairs(Tables(storage)).save_all([(a_pair(), None)]),
    "a claim": lambda storage: TableConnections(Tables(storage)).claim_mailbox(a_connection().mailbox.key, ANNA),
    "a lease": lambda storage: TablePolls(Tables(storage)).lease([ANNA], NOW, timedelta(minutes=5)),
    "an enrolment": lambda storage: TablePolls(Tables(storage)).enrol(ANNA),
    "the end of a turn": lambda storage: TablePolls(Tables(storage)).finish([PollResult(turn=A_TURN)]),
    "a waiting push": lambda storage: TableWaiting(Tables(storage), FakeDataKeys()).put(
        a_waiting_push(), an_appointment()
    ),
    "waiting pushes": lambda storage: TableWaiting(Tables(storage), FakeDataKeys()).of(ANNA),
    "a turn of waiting": lambda storage: TableWaiting(Tables(storage), FakeDataKeys()).schedule(ANNA, NOW),
    "a delete": lambda storage: TablePolls(Tables(storage)).withdraw(ANNA),
    "a one-time value": lambda storage: TableOneTime(Tables(storage)).take("key", NOW),
    "a message": lambda storage: StorageWorkQueue(storage).send(Poll(user=ANNA)),
}


@contextmanager
def a_storage_that_says(*answers: Answer) -> Iterator[tuple[Storage, Script]]:
    with scripted_server(*answers) as script:
        yield Storage(connection_string=script.connection_string), script


@pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS)
def test_busy_storage_is_asked_once_and_says_how_long_to_wait(deed: Deed) -> None:
    with a_storage_that_says(BUSY) as (storage, script), pytest.raises(TryAgainLater) as caught:
        deed(storage)

    assert caught.value.retry_after == timedelta(seconds=7)
    assert caught.value.throttled
    assert caught.value.code == "ServerBusy"
    assert caught.value.request_id == "request-7"
    assert len(script.asked) == 1


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_what_passes_is_to_be_tried_again(status: int) -> None:
    with a_storage_that_says(Answer(status=status, code="Odd")) as (storage, _), pytest.raises(TryAgainLater) as caught:
        TableConnections(Tables(storage)).get(ANNA)

    assert caught.value.retry_after == timedelta(seconds=10)
    assert caught.value.throttled is (status in (429, 503))


@pytest.mark.parametrize("waits", [("0", 1), ("-3", 1), ("864000", 86400), ("soon", 10), ("nan", 10)])
def test_an_odd_time_to_wait_is_kept_within_reason(waits: tuple[str, int]) -> None:
    answer = Answer(status=429, headers={"Retry-After": waits[0]})

    with a_storage_that_says(answer) as (storage, _), pytest.raises(TryAgainLater) as caught:
        TableConnections(Tables(storage)).get(ANNA)

    assert caught.value.retry_after == timedelta(seconds=waits[1])


@pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS)
def test_a_connection_that_breaks_off_is_to_be_tried_again(deed: Deed) -> None:
    with a_storage_that_says(CUT_OFF) as (storage, script), pytest.raises(TryAgainLater):
        deed(storage)

    assert 1 <= len(script.asked) <= 2


@pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS)
def test_storage_that_is_not_there_is_to_be_tried_again(deed: Deed) -> None:
    with scripted_server(BUSY) as script:
        storage = Storage(connection_string=script.connection_string)

    with pytest.raises(TryAgainLater):
        deed(storage)


@pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS)
def test_storage_that_does_not_let_us_in_has_refused_and_is_not_quoted(deed: Deed) -> None:
    with a_storage_that_says(FORBIDDEN) as (storage, _), pytest.raises(Refused) as caught:
        deed(storage)

    assert caught.value.status == 403
    assert "AuthorizationPermissionMismatch" in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("code", ["TableBeingDeleted", "QueueBeingDeleted"])
def test_what_is_being_deleted_can_be_had_later(code: str) -> None:
    deed = DEEDS["an insert" if code.startswith("Table") else "a message"]
    missing = Answer(status=404, code=code.replace("BeingDeleted", "NotFound"))

    with a_storage_that_says(missing, Answer(status=409, code=code)) as (storage, _), pytest.raises(TryAgainLater):
        deed(storage)


@pytest.mark.parametrize("text", ["rubbish", "AccountName=a", "AccountKey=c2VjcmV0;TableEndpoint=x"])
def test_a_malformed_connection_string_is_refused_without_being_quoted(text: str) -> None:
    storage = Storage(connection_string=text)

    with pytest.raises(Refused) as of_tables:
        TableConnections(Tables(storage)).get(ANNA)
    with pytest.raises(Refused) as of_queues:
        StorageWorkQueue(storage).send(Poll(user=ANNA))

    assert "AzureWebJobsStorage" in str(of_tables.value)
    assert "AzureWebJobsStorage" in str(of_queues.value)
    assert "c2VjcmV0" not in str(of_tables.value) + str(of_queues.value)
