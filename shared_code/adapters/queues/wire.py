"""Work as the text of a queue message: JSON, ids only.

A text that is no such work is Refused: it will never be, and belongs in the poison queue.
"""

import json
from datetime import datetime
from typing import Any

from shared_code.domain.cleanups import JobId
from shared_code.domain.identifiers import Book, UserGuid, parse_guid
from shared_code.use_cases.errors import Refused
from shared_code.use_cases.ports import (
    BATCH_SIZE,
    SHARDS,
    CleanUp,
    Deliver,
    Forget,
    Poll,
    PollBatch,
    PollShard,
    Reconcile,
    TellRep,
    Work,
)

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
        case Poll():
            return {"UserGuid": work.user} | ({"Waited": True} if work.waited else {})
        case Deliver():
            return {"UserGuid": work.user, "Turn": work.turn}
        case Reconcile() | TellRep():
            return {"UserGuid": work.user}
        case Forget():
            return {"UserGuid": work.user, "Book": work.book, "DueAt": work.due_at.isoformat()}
        case CleanUp():
            return {"Job": work.job} | ({} if work.user is None else {"UserGuid": work.user})


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
    message = _message(text, Poll)
    waited = message.get("Waited", False)
    if not isinstance(waited, bool):
        raise Refused("the queue message does not say whether it waited")
    return Poll(user=_user(message.get("UserGuid")), waited=waited)


def parse_reconcile(text: str) -> Reconcile:
    """Read a message of the reconciling queue."""
    return Reconcile(user=_user(_message(text, Reconcile).get("UserGuid")))


def parse_deliver(text: str) -> Deliver:
    """Read a message of the waiting pushes' queue."""
    message = _message(text, Deliver)
    turn = message.get("Turn")
    if not isinstance(turn, str) or not turn:
        raise Refused("the queue message names no turn")
    return Deliver(user=_user(message.get("UserGuid")), turn=turn)


def parse_tell_rep(text: str) -> TellRep:
    """Read a message of the notices' queue."""
    return TellRep(user=_user(_message(text, TellRep).get("UserGuid")))


def parse_forget(text: str) -> Forget:
    """Read a message of the queue of what is to be forgotten."""
    message = _message(text, Forget)
    user, book = _user(message.get("UserGuid")), message.get("Book")
    if not isinstance(book, str) or not book.startswith(f"{user}."):
        raise Refused("the queue message names no book of the rep")
    try:
        due_at = datetime.fromisoformat(str(message.get("DueAt")))
    except ValueError:
        raise Refused("the queue message names no time") from None
    if due_at.tzinfo is None:
        raise Refused("the queue message names no time with an offset")
    return Forget(user=user, book=Book(book), due_at=due_at)


def parse_clean_up(text: str) -> CleanUp:
    """Read a message of the cleanups' queue."""
    message = _message(text, CleanUp)
    job, user = message.get("Job"), message.get("UserGuid")
    try:
        known = JobId(parse_guid(job if isinstance(job, str) else ""))
    except ValueError:
        raise Refused("the queue message names no cleanup") from None
    return CleanUp(job=known, user=None if user is None else _user(user))


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
