"""A clean-up: everything the sync put into a calendar is found and deleted, twenty to a request."""

from __future__ import annotations

import math
from collections.abc import Sequence

from benchmarks.report import Budget, Section
from benchmarks.stage import Effort, Rep, Stage
from benchmarks.wire import Counts
from shared_code.domain.cleanups import CleanupState, Side
from shared_code.use_cases.ports import CleanUp

SIZES = (100, 400)
QUICK_SIZES = (40,)
SLICE = 20
PAGE = 50
OPERATIONS_EACH_SLICE = 3
OPERATIONS_AROUND = 12


def reps_for(effort: Effort) -> int:
    """Return how many connected reps this takes."""
    return len(_sizes(effort))


def _sizes(effort: Effort) -> tuple[int, ...]:
    return QUICK_SIZES if effort.is_quick else SIZES


def measure(stage: Stage, reps: Sequence[Rep]) -> Section:
    """Clean up calendars of so many pushed appointments, each once."""
    section = Section.of_deeds("4. Clean-up. Counts are of the whole job, CPU and time of one event", "events")
    for rep, size in zip(reps, _sizes(stage.effort), strict=True):
        _measure_cleanup(stage, rep, size, section)
    section.notes.append("Done once each: a calendar can be emptied once. The range is over the GETs before and after.")
    return section


def _measure_cleanup(stage: Stage, rep: Rep, size: int, section: Section) -> None:
    for _ in range(size):
        stage.app.push(stage.appointment(rep), "bench")
    job = stage.app.start_cleanup(rep.user, [Side.OUTLOOK], dry_run=False).job.id
    found: list[Counts] = []
    # What the queue message would start; one run makes up to 25 slices.
    work = CleanUp(job=job, user=rep.user)
    timing = stage.yardstick.timed_once(
        lambda: found.append(stage.wire.counted(lambda: stage.app.clean_up(work, "bench")))
    )
    view = stage.app.show_cleanup(job)
    assert view is not None, "the job is known"
    assert view.state is CleanupState.DONE, f"the job is {view.state}"
    (counts,) = found
    section.add(str(size), counts, timing.divided(size))
    calls = [f"{count} {kind}" for kind, count in (counts.graph + counts.tables).items()]
    section.notes.append(f"{size} events: {', '.join(calls)}")
    section.budgets += _budgets(size, counts)


def _budgets(size: int, counts: Counts) -> list[Budget]:
    slices, pages = math.ceil(size / SLICE), math.ceil(size / PAGE)
    searches = counts.graph.total() - counts.graph["POST $batch"]
    return [
        Budget(f"{size} events, batches of deletions", counts.graph["POST $batch"], slices),
        Budget(f"{size} events, requests of both searches (calendars, and pages of events)", searches, pages + 4),
        Budget(
            f"{size} events, calls to Tables ({OPERATIONS_EACH_SLICE} a slice, {OPERATIONS_AROUND} around them)",
            counts.tables.total(),
            OPERATIONS_EACH_SLICE * slices + OPERATIONS_AROUND,
        ),
    ]
