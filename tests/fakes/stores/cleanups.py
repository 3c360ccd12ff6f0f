"""Cleanups in memory."""

import threading
from dataclasses import replace
from datetime import datetime

from shared_code.domain.cleanups import CleanupJob, CleanupPart, CleanupState, JobId
from shared_code.domain.identifiers import UserGuid
from tests.fakes.faults import Faults
from tests.fakes.stores.versions import next_version


class FakeCleanups:
    """Cleanups in memory."""

    def __init__(self) -> None:
        self.faults = Faults()
        self._lock = threading.RLock()
        self._jobs: dict[JobId, CleanupJob] = {}
        self._parts: dict[tuple[JobId, UserGuid], CleanupPart] = {}

    def job(self, job: JobId) -> CleanupJob | None:
        with self.faults.around("job"):
            return self._jobs.get(job)

    def save_job(self, job: CleanupJob) -> CleanupJob:
        with self.faults.around("save_job"), self._lock:
            stored = self._jobs.get(job.id)
            version = next_version(stored.version if stored else None, job.version)
            self._jobs[job.id] = replace(job, version=version)
            return self._jobs[job.id]

    def part(self, job: JobId, user: UserGuid) -> CleanupPart | None:
        with self.faults.around("part"):
            return self._parts.get((job, user))

    def parts(self, job: JobId) -> list[CleanupPart]:
        with self.faults.around("parts"), self._lock:
            return [self._parts[key] for key in sorted(self._parts) if key[0] == job]

    def unfinished(self, before: datetime) -> list[CleanupJob | CleanupPart]:
        with self.faults.around("unfinished"), self._lock:
            jobs = [job for job in self._jobs.values() if not job.spread and job.started_at < before]
            parts = [part for part in self._parts.values() if part.state is not CleanupState.DONE]
            return [*jobs, *(part for part in parts if part.touched_at is not None and part.touched_at < before)]

    def save_part(self, part: CleanupPart) -> CleanupPart:
        with self.faults.around("save_part"), self._lock:
            key = (part.job, part.user)
            stored = self._parts.get(key)
            version = next_version(stored.version if stored else None, part.version)
            self._parts[key] = replace(part, version=version)
            return self._parts[key]
