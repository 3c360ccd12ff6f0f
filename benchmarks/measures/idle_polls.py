"""An idle poll: nothing happened in any calendar of the batch, as in almost every poll."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.report import Budget, Section
from benchmarks.stage import Effort, Rep, Stage
from benchmarks.wire import Counts

BATCHES = (1, 10, 50)
QUICK_BATCHES = (1, 10)


def reps_for(effort: Effort) -> int:
    """Return how many connected reps this takes."""
    return max(_batches(effort))


def _batches(effort: Effort) -> tuple[int, ...]:
    return QUICK_BATCHES if effort.is_quick else BATCHES


def measure(stage: Stage, reps: Sequence[Rep]) -> Section:
    """Poll batches of idle reps of one shard."""
    section = Section.of_deeds(
        "1. Idle poll. Counts are of the whole batch, CPU and time of one rep", "reps in the batch"
    )
    for size in _batches(stage.effort):
        _measure_batch(stage, reps[:size], section)
    section.notes.append("Tables: the poll rows are read and leased together and given back together; a connection")
    section.notes.append("row lies in its rep's own partition and is read for each rep.")
    return section


def _measure_batch(stage: Stage, reps: Sequence[Rep], section: Section) -> None:
    users = [rep.user for rep in reps]

    def poll() -> None:
        done = stage.app.poll_batch(users)
        assert done["idle"] == len(users), f"{done} of {len(users)} polls were idle"

    poll()  # from here on the access tokens are in memory
    counts = stage.wire.counted(poll)
    times = max(3, stage.effort.times // len(users))
    timing = stage.yardstick.timed(lambda: poll, times=times, rounds=stage.effort.rounds)
    section.add(str(len(users)), counts, timing.divided(len(users)))
    section.budgets += _budgets(counts, len(users))


def _budgets(counts: Counts, size: int) -> list[Budget]:
    batch = f"a batch of {size}"
    reads = counts.tables["query Polls"] + counts.tables["get Polls"]
    writes = counts.of_table("Polls") - reads
    others = counts.tables.total() - reads - writes
    return [
        Budget(f"{batch}, Graph requests (one for each rep)", counts.graph.total(), size),
        Budget(f"{batch}, Key Vault and Entra", counts.vault + counts.entra, 0),
        Budget(f"{batch}, reads of poll rows (one shows all turns)", reads, 1),
        Budget(f"{batch}, writes of poll rows (all turns taken, all given back)", writes, 2),
        Budget(f"{batch}, other calls to Tables (a connection row for each rep)", others, size),
    ]
