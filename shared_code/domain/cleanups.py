"""A cleanup: a job, and its part for each rep."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from shared_code.domain.identifiers import UserGuid
from shared_code.domain.ownership import LeftEvent

JobId = NewType("JobId", str)
"""Our id of a cleanup: lower-case GUID text."""


class Side(StrEnum):
    """Where a cleanup removes what the sync put there."""

    OUTLOOK = "Outlook"
    SALESEXEC = "SalesExec"


class CleanupState(StrEnum):
    """What a cleanup, or one rep's part of it, is."""

    RUNNING = "Running"
    DONE = "Done"
    BLOCKED = "Blocked"


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanupJob:
    """A cleanup. `spread`: every rep's part was made; until then there may be more to come."""

    id: JobId
    sides: tuple[Side, ...]
    dry_run: bool
    all_users: bool
    started_at: datetime
    spread: bool = False
    version: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanupPart:
    """One rep's part of a cleanup: what was found at first, and what is left of it.

    `outlook_found` and `salesexec_found` None: not counted yet. `left` are events that stay, each with its reason.
    """

    job: JobId
    user: UserGuid
    state: CleanupState = CleanupState.RUNNING
    outlook_found: int | None = None
    outlook_remaining: int | None = None
    salesexec_found: int | None = None
    salesexec_remaining: int | None = None
    left: tuple[LeftEvent, ...] = ()
    touched_at: datetime | None = None
    finished_at: datetime | None = None
    version: str | None = None

    @property
    def found(self) -> int:
        """Return how much there was to look at, on both sides."""
        return (self.outlook_found or 0) + (self.salesexec_found or 0)

    @property
    def removed(self) -> int:
        """Return how much is gone: what was found, less what remains, less what is left on purpose."""
        remaining = (self.outlook_remaining or 0) + (self.salesexec_remaining or 0)
        return max(0, self.found - remaining - len(self.left))


def state_of_job(job: CleanupJob, parts: Sequence[CleanupPart]) -> CleanupState:
    """Return what the whole job is: running while anybody's part runs, else blocked while anybody's is."""
    states = {part.state for part in parts}
    if not job.spread or CleanupState.RUNNING in states:
        return CleanupState.RUNNING
    return CleanupState.BLOCKED if CleanupState.BLOCKED in states else CleanupState.DONE
