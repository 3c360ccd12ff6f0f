"""What a queue message may say: everything else is refused, and so ends in the poison queue."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from shared_code.adapters.queues import wire
from shared_code.domain.identifiers import book_of
from shared_code.use_cases.errors import Refused
from shared_code.use_cases.ports import Forget, Poll, PollBatch, Work
from tests.builders import ANNA, NOW, a_user

PARSERS = [
    wire.parse_poll,
    wire.parse_reconcile,
    wire.parse_poll_batch,
    wire.parse_poll_shard,
    wire.parse_deliver,
    wire.parse_tell_rep,
    wire.parse_clean_up,
]


@pytest.mark.parametrize("parse", PARSERS)
@pytest.mark.parametrize("text", ["", "no json", "null", "[]", '"x"', "{}", '{"Version":1}', "{" * 500, "NaN"])
def test_what_is_no_work_is_refused(parse: Callable[[str], Work], text: str) -> None:
    with pytest.raises(Refused):
        parse(text)


def test_work_of_another_kind_is_refused() -> None:
    with pytest.raises(Refused):
        wire.parse_reconcile(wire.to_text(Poll(user=ANNA)))


def test_a_version_from_the_future_is_refused() -> None:
    with pytest.raises(Refused):
        wire.parse_poll(json.dumps({"Version": 2, "Work": "Poll", "UserGuid": ANNA}))


@pytest.mark.parametrize("user", [None, 7, "", "x", ["a"], f"{ANNA}'"])
def test_a_rep_who_is_no_guid_is_refused(user: Any) -> None:
    with pytest.raises(Refused):
        wire.parse_poll(json.dumps({"Version": 1, "Work": "Poll", "UserGuid": user}))
    with pytest.raises(Refused):
        wire.parse_poll_batch(json.dumps({"Version": 1, "Work": "PollBatch", "UserGuids": [ANNA, user]}))
    with pytest.raises(Refused):
        wire.parse_deliver(json.dumps({"Version": 1, "Work": "Deliver", "UserGuid": user, "Turn": "t"}))
    with pytest.raises(Refused):
        wire.parse_tell_rep(json.dumps({"Version": 1, "Work": "TellRep", "UserGuid": user}))


@pytest.mark.parametrize("turn", [None, "", 7, ["t"]])
def test_a_turn_without_name_is_refused(turn: Any) -> None:
    with pytest.raises(Refused):
        wire.parse_deliver(json.dumps({"Version": 1, "Work": "Deliver", "UserGuid": ANNA, "Turn": turn}))


@pytest.mark.parametrize("job", [None, "", 7, "x"])
def test_a_cleanup_without_job_is_refused(job: Any) -> None:
    with pytest.raises(Refused):
        wire.parse_clean_up(json.dumps({"Version": 1, "Work": "CleanUp", "Job": job}))


@pytest.mark.parametrize("waited", [None, 1, "true"])
def test_a_wait_that_is_no_truth_is_refused(waited: Any) -> None:
    with pytest.raises(Refused):
        wire.parse_poll(json.dumps({"Version": 1, "Work": "Poll", "UserGuid": ANNA, "Waited": waited}))


@pytest.mark.parametrize("shard", [None, "3", -1, 64, 1.5, True])
def test_a_shard_that_does_not_exist_is_refused(shard: Any) -> None:
    with pytest.raises(Refused):
        wire.parse_poll_shard(json.dumps({"Version": 1, "Work": "PollShard", "Shard": shard}))


@pytest.mark.parametrize("users", [None, [], "x", [ANNA] * 51])
def test_a_batch_of_nobody_or_too_many_is_refused(users: Any) -> None:
    with pytest.raises(Refused):
        wire.parse_poll_batch(json.dumps({"Version": 1, "Work": "PollBatch", "UserGuids": users}))


@pytest.mark.parametrize("count", [0, 51])
def test_such_a_batch_is_not_sent_either(count: int) -> None:
    with pytest.raises(Refused):
        wire.to_text(PollBatch(users=tuple(a_user() for _ in range(count))))


def test_further_fields_do_not_matter() -> None:
    text = json.dumps({"Version": 1, "Work": "Poll", "UserGuid": ANNA.upper(), "Sent": "today"})

    assert wire.parse_poll(text) == Poll(user=ANNA)


@pytest.mark.parametrize(
    ("field", "value"),
    [("Book", None), ("Book", "another.book"), ("DueAt", None), ("DueAt", "soon"), ("DueAt", "2026-11-23T09:00:00")],
)
def test_a_forgetting_without_book_or_time_is_refused(field: str, value: Any) -> None:
    said = json.loads(wire.to_text(Forget(user=ANNA, book=book_of(ANNA, None), due_at=NOW)))

    with pytest.raises(Refused):
        wire.parse_forget(json.dumps({**said, field: value}))
