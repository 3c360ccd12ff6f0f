"""Work as the text of a queue message: JSON, ids only.

A text that is no such work is Refused: it will never be, and belongs in the poison queue.
"""

import json
from typing import Any

from shared_code.domain.identifiers import UserGuid, parse_guid
from shared_code.use_cases.errors import Refused
from shared_code.use_cases.fan_out import BATCH_SIZE, SHARDS
from shared_code.use_cases.ports import Poll, PollBatch, PollShard, Reconcile, Work

VERSION = 1


def to_text(work: Work) -> str:
    """Return the message for a piece of work."""
    return json.dumps({"Version": VERSION, "Work": type(work).__name__, **_ids(work)}, separators=(",", ":"))


def _ids(work: Work) -> dict[str, Any]:
    match work:
        case PollShard():
            return {"Shard": work.shard}
        case PollBatch():
            if not 0 < len(work.users) <= BATCH_SIZE:
                raise Refused(f"a batch has 1 to {BATCH_SIZE} reps, not {len(work.users)}")
            return {"UserGuids": list(work.users)}
        case Poll() | Reconcile():
            return {"UserGuid": work.user}


def parse_poll_shard(text: str) -> PollShard:
    """Read a message of the shards' queue."""
    shard = _message(text, PollShard).get("Shard")
    if not isinstance(shard, int) or isinstance(shard, bool) or not 0 <= shard < SHARDS:
        raise Refused("the queue message names no shard")
    return PollShard(shard=shard)


def parse_poll_batch(text: str) -> PollBatch:
    """Read a message of the batches' queue."""
    users = _message(text, PollBatch).get("UserGuids")
    if not isinstance(users, list) or not 0 < len(users) <= BATCH_SIZE:
        raise Refused(f"the queue message names no reps, or more than {BATCH_SIZE}")
    return PollBatch(users=tuple(_user(each) for each in users))


def parse_poll(text: str) -> Poll:
    """Read a message of the calendars' queue."""
    return Poll(user=_user(_message(text, Poll).get("UserGuid")))


def parse_reconcile(text: str) -> Reconcile:
    """Read a message of the reconciling queue."""
    return Reconcile(user=_user(_message(text, Reconcile).get("UserGuid")))


def _message(text: str, kind: type[Work]) -> dict[str, Any]:
    try:
        message = json.loads(text)
    except ValueError:
        raise Refused("the queue message is no JSON") from None
    if not isinstance(message, dict):
        raise Refused("the queue message is no JSON object")
    if message.get("Version") != VERSION or message.get("Work") != kind.__name__:
        raise Refused(f"the queue message is no {kind.__name__} of version {VERSION}")
    return message


def _user(value: object) -> UserGuid:
    if not isinstance(value, str):
        raise Refused("the queue message names no rep")
    try:
        return UserGuid(parse_guid(value))
    except ValueError:
        raise Refused("the queue message names no rep") from None
