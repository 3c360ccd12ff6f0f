"""Cleanups in Tables: a job and everybody's part of it in one partition."""

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

from shared_code.adapters.tables.columns import (
    Columns,
    joined_text,
    known_moment,
    moment,
    or_empty,
    split_text,
    text,
    truth,
)
from shared_code.adapters.tables.names import CLEANUPS, key_of
from shared_code.adapters.tables.table import Tables, Write
from shared_code.domain.cleanups import CleanupJob, CleanupPart, CleanupState, JobId, Side
from shared_code.domain.identifiers import EventId, UserGuid
from shared_code.domain.ownership import LeftEvent, LeftReason

_JOB = "job"
_PART = "part-"
_COUNTS = {
    "OutlookFound": "outlook_found",
    "OutlookRemaining": "outlook_remaining",
    "SalesExecFound": "salesexec_found",
    "SalesExecRemaining": "salesexec_remaining",
}


class TableCleanups:
    """Keeps cleanups in Azure Tables."""

    def __init__(self, tables: Tables) -> None:
        self._cleanups = tables.table(CLEANUPS)

    def job(self, job: JobId) -> CleanupJob | None:
        """Return the job, or None."""
        row = self._cleanups.get(key_of(job), _JOB)
        return None if row is None else _job(job, row.columns, row.etag)

    def save_job(self, job: CleanupJob) -> CleanupJob:
        """Insert (version None) or replace the job; StaleVersion on a race."""
        columns = {
            "Sides": ",".join(side.value for side in job.sides),
            "DryRun": job.dry_run,
            "AllUsers": job.all_users,
            "StartedAt": job.started_at,
            "Spread": job.spread,
        }
        return replace(job, version=self._write(key_of(job.id), _JOB, columns, job.version))

    def part(self, job: JobId, user: UserGuid) -> CleanupPart | None:
        """Return one rep's part, or None."""
        row = self._cleanups.get(key_of(job), _PART + key_of(user))
        return None if row is None else _part(job, row.columns, row.etag)

    def parts(self, job: JobId) -> list[CleanupPart]:
        """Return everybody's part."""
        # The character after the hyphen in ASCII ends the range of keys that begin with the prefix.
        condition = "PartitionKey eq @job and RowKey ge @first and RowKey lt @end"
        rows = self._cleanups.rows(condition, {"job": key_of(job), "first": _PART, "end": "part."})
        return [_part(job, row.columns, row.etag) for row in rows]

    def save_part(self, part: CleanupPart) -> CleanupPart:
        """Insert (version None) or replace a part; StaleVersion on a race."""
        left = json.dumps([[each.event_id, each.reason.value] for each in part.left], separators=(",", ":"))
        columns: dict[str, Any] = {
            "UserGuid": part.user,
            "State": part.state.value,
            "TouchedAt": or_empty(part.touched_at),
            "FinishedAt": or_empty(part.finished_at),
            **{column: or_empty(getattr(part, name)) for column, name in _COUNTS.items()},
            **split_text("Left", left),
        }
        key = _PART + key_of(part.user)
        return replace(part, version=self._write(key_of(part.job), key, columns, part.version))

    def unfinished(self, before: datetime) -> list[CleanupJob | CleanupPart]:
        """Return what is not finished and made no progress since: jobs not spread out yet, and parts not done."""
        # Quirk: the client knows a parameter only where a space or the end follows its name.
        condition = (
            "(Spread eq false and StartedAt lt @before )"
            " or ((State eq @running or State eq @blocked ) and TouchedAt lt @before )"
        )
        states = {"running": CleanupState.RUNNING.value, "blocked": CleanupState.BLOCKED.value}
        found: list[CleanupJob | CleanupPart] = []
        for row in self._cleanups.rows(condition, {"before": before, **states}):
            job, is_job = JobId(text(row.columns, "PartitionKey")), text(row.columns, "RowKey") == _JOB
            found.append(_job(job, row.columns, row.etag) if is_job else _part(job, row.columns, row.etag))
        return found

    def _write(self, partition: str, key: str, columns: dict[str, Any], version: str | None) -> str:
        if version is None:
            (written,) = self._cleanups.write(Write.insert(partition, key, columns))
        else:
            (written,) = self._cleanups.write(Write.replace(partition, key, columns, version))
        return written


def _job(job: JobId, columns: Columns, etag: str) -> CleanupJob:
    return CleanupJob(
        id=job,
        sides=tuple(Side(side) for side in text(columns, "Sides").split(",")),
        dry_run=truth(columns, "DryRun"),
        all_users=truth(columns, "AllUsers"),
        started_at=known_moment(columns, "StartedAt"),
        spread=truth(columns, "Spread"),
        version=etag,
    )


def _part(job: JobId, columns: Columns, etag: str) -> CleanupPart:
    left = json.loads(joined_text(columns, "Left") or "[]")
    counts = {name: columns.get(column) for column, name in _COUNTS.items()}
    return CleanupPart(
        job=job,
        user=UserGuid(text(columns, "UserGuid")),
        state=CleanupState(text(columns, "State")),
        left=tuple(LeftEvent(event_id=EventId(event), reason=LeftReason(reason)) for event, reason in left),
        touched_at=moment(columns, "TouchedAt"),
        finished_at=moment(columns, "FinishedAt"),
        version=etag,
        **{name: count if isinstance(count, int) else None for name, count in counts.items()},
    )
