"""Begin a cleanup, count what it would remove, and show how far one is."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

from shared_code.domain.cleanups import CleanupJob, CleanupPart, CleanupState, JobId, Side, state_of_job
from shared_code.domain.identifiers import UserGuid
from shared_code.use_cases.clean_up import count_both
from shared_code.use_cases.cleanup_parts import claim
from shared_code.use_cases.errors import NotPossible
from shared_code.use_cases.manage_connection import connected
from shared_code.use_cases.ports import SHARDS, CleanUp, Ports


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanupView:
    """What is shown of a cleanup."""

    job: CleanupJob
    parts: Sequence[CleanupPart]

    @property
    def state(self) -> CleanupState:
        """Return what the whole of it is."""
        return state_of_job(self.job, self.parts)


def preview(user: UserGuid, sides: Sequence[Side], ports: Ports) -> dict[Side, int]:
    """Count what a cleanup of this rep would remove now, and change nothing."""
    return count_both(connected(user, ports), sides, ports)


def start_for_rep(user: UserGuid, sides: Sequence[Side], ports: Ports) -> CleanupView:
    """Pause the rep's sync and begin her cleanup; NotPossible names the one that runs already."""
    connected(user, ports)
    job = _new_job(sides, ports, dry_run=False, all_users=False)
    part = ports.cleanups.save_part(CleanupPart(job=job.id, user=user, touched_at=ports.clock.now()))
    running = claim(user, job, ports)
    if running is not None:
        ports.cleanups.save_part(replace(part, state=CleanupState.DONE, finished_at=ports.clock.now()))
        message = f"A clean-up of this user is running already: {running}. See GET /api/cleanup/{running}."
        raise NotPossible(message)
    ports.work.send(CleanUp(job=job.id, user=user))
    return CleanupView(job=job, parts=[part])


def start_for_all(sides: Sequence[Side], ports: Ports, *, dry_run: bool) -> CleanupView:
    """Begin a cleanup, or a count, of everybody who is connected."""
    job = _new_job(sides, ports, dry_run=dry_run, all_users=True)
    ports.work.send(CleanUp(job=job.id))
    return CleanupView(job=job, parts=[])


def _new_job(sides: Sequence[Side], ports: Ports, *, dry_run: bool, all_users: bool) -> CleanupJob:
    job = CleanupJob(
        id=JobId(str(uuid.uuid4())),
        sides=tuple(sides),
        dry_run=dry_run,
        all_users=all_users,
        started_at=ports.clock.now(),
        spread=not all_users,
    )
    return ports.cleanups.save_job(job)


def spread_out(job_id: JobId, ports: Ports) -> int:
    """Make everybody's part of a cleanup of all; repeatable at any point. Return how many reps there are."""
    job = ports.cleanups.job(job_id)
    if job is None or job.spread:
        return 0
    users = [row.user for shard in range(SHARDS) for row in ports.polls.rows(shard)]
    for user in users:
        if ports.cleanups.part(job.id, user) is None:
            ports.cleanups.save_part(CleanupPart(job=job.id, user=user, touched_at=ports.clock.now()))
        if not job.dry_run:
            claim(user, job, ports)
        ports.work.send(CleanUp(job=job.id, user=user))
    ports.cleanups.save_job(replace(job, spread=True))
    return len(users)


def show_cleanup(job_id: JobId, ports: Ports) -> CleanupView | None:
    """Return how far a cleanup is, or None when there is no such job."""
    job = ports.cleanups.job(job_id)
    return None if job is None else CleanupView(job=job, parts=ports.cleanups.parts(job_id))
