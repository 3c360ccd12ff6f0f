"""Work that another invocation does: ids only, never content."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from shared_code.domain.cleanups import JobId
from shared_code.domain.identifiers import Book, UserGuid


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliver:
    """Work: try the rep's waiting pushes; `turn` names the newest of such messages, the others are void."""

    user: UserGuid
    turn: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TellRep:
    """Work: have SalesExec tell the rep what her connection says she should know."""

    user: UserGuid


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanUp:
    """Work: go on with a cleanup: with one rep's part, or, without a rep, with making everybody's part."""

    job: JobId
    user: UserGuid | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Forget:
    """Work: forget what is kept of a rep and a mailbox she disconnected, at `due_at`, unless she is back by then."""

    user: UserGuid
    book: Book
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """Work: read one rep's calendar; `waited`: this message was sent to come back after a wait."""

    user: UserGuid
    waited: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PollBatch:
    """Work: poll these reps (at most 50)."""

    users: tuple[UserGuid, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PollShard:
    """Work: find out who of a shard is to be polled."""

    shard: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconcile:
    """Work: read the rep's appointments from SalesExec and push what is missing."""

    user: UserGuid


type Work = Poll | PollBatch | PollShard | Reconcile | Deliver | TellRep | CleanUp | Forget


class WorkQueue(Protocol):
    """Work to be done by another invocation; ids only, never content."""

    def send(self, work: Work, *, delay: timedelta = timedelta(0)) -> None:
        """Have the work done at least once, not before the delay has passed."""
        ...
