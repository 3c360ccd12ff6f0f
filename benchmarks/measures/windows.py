"""A full read of a calendar's window: what a tripped wire leads to, and what happens every few hours anyway."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from benchmarks.report import Budget, Section
from benchmarks.stage import Effort, Rep, Stage
from benchmarks.wire import Counts
from shared_code.use_cases.ports import Poll
from shared_code.use_cases.read_calendar import Reading

SIZES = (50, 500)
QUICK_SIZES = (50,)
PAGE = 50
CHANGES = 200
DELETED = 3
SALESEXEC_TAKES = 100


def reps_for(effort: Effort) -> int:
    """Return how many connected reps this takes."""
    return len(_sizes(effort))


def _sizes(effort: Effort) -> tuple[int, ...]:
    return QUICK_SIZES if effort.is_quick else SIZES


def measure(stage: Stage, reps: Sequence[Rep]) -> Section:
    """Read windows that are new, that did not change, and from which events are missing."""
    section = Section.of_deeds("3. Window read. Counts are of the whole read, CPU and time of one event", "events")
    for rep, size in zip(reps, _sizes(stage.effort), strict=True):
        _measure_window(stage, rep, size, section)
    return section


def _measure_window(stage: Stage, rep: Rep, size: int, section: Section) -> None:
    events = stage.fill(rep, size)
    pages, told = math.ceil(size / PAGE), math.ceil(size / SALESEXEC_TAKES)
    # The trip-wire says first that something happened; SalesExec is asked once whether unknown events are its own.
    counts = stage.wire.counted(lambda: stage.app.poll_calendar(Poll(user=rep.user), "bench"))
    wire, news = pages + math.ceil(size / CHANGES), f"{size} new events"
    section.budgets += [
        Budget(f"{news}, Graph requests (pages of the trip-wire, pages of the window)", counts.graph.total(), wire),
        Budget(f"{news}, calls to SalesExec (to ask once, then a hundred events each)", counts.salesexec, told + 1),
    ]
    section.rows.append((f"{size}, all new", *counts.cells(), "", ""))

    unchanged = stage.wire.counted(lambda: read(stage, rep))
    rounds = stage.effort.rounds if size < 100 else min(3, stage.effort.rounds)
    timing = stage.yardstick.timed(lambda: lambda: read(stage, rep), times=2, rounds=rounds)
    section.add(f"{size}, unchanged", unchanged, timing.divided(size))
    section.budgets += _unchanged_budgets(size, pages, unchanged)

    stage.delete(events[:DELETED])
    missing = stage.wire.counted(lambda: read(stage, rep))
    section.rows.append((f"{size}, {DELETED} deleted", *missing.cells(), "", ""))
    left = math.ceil((size - DELETED) / PAGE)
    section.budgets.append(
        Budget(f"{size} events, {DELETED} deleted, Graph requests (each is confirmed by id)",
               missing.graph.total(), left + DELETED)
    )  # fmt: skip


def read(stage: Stage, rep: Rep) -> Counter[str]:
    """Do the read itself, without lease and trip-wire, and return what it counted."""
    counts: Counter[str] = Counter()
    connection = stage.app.ports.connections.get(rep.user)
    assert connection is not None, "the rep is connected"
    Reading(connection, stage.app.ports, counts, "bench").run()
    return counts


def _unchanged_budgets(size: int, pages: int, counts: Counts) -> list[Budget]:
    return [
        Budget(f"{size} unchanged events, Graph requests", counts.graph.total(), pages),
        Budget(f"{size} unchanged events, calls to Tables (the connection, all pairs)", counts.tables.total(), 2),
        Budget(f"{size} unchanged events, calls to SalesExec", counts.salesexec, 0),
    ]
