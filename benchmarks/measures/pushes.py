"""A push by its kinds, in this process: what SalesExec waits for while it saves an appointment."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from benchmarks.report import Budget, Section
from benchmarks.stage import Effort, Rep, Stage
from benchmarks.timing import Deed, Prepare
from benchmarks.wire import Counts
from shared_code.domain.appointments import Appointment
from shared_code.domain.identifiers import AppointmentGuid
from shared_code.domain.receipts import Outcome
from shared_code.domain.schedules import Timed


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of push: what it should come to, how the next such appointment is made, and its budget."""

    name: str
    outcome: Outcome
    following: Callable[[Stage, Appointment], Appointment]
    graph: int
    tables: int


def _moved(stage: Stage, known: Appointment) -> Appointment:
    assert isinstance(known.schedule, Timed), "the appointment has times"
    times = replace(known.schedule, end_at=known.schedule.end_at + timedelta(minutes=1))
    return replace(known, schedule=times, modified_at=stage.moment())


KINDS = (
    Kind("unchanged, sent again", Outcome.UNCHANGED, lambda _, known: known, 1, 2),
    # The time of a newer push has to be kept, or an older one that arrives late would be taken for news.
    Kind("unchanged, but newer", Outcome.UNCHANGED, lambda at, known: replace(known, modified_at=at.moment()), 1, 3),
    Kind(
        "stale", Outcome.STALE, lambda _, known: replace(known, modified_at=known.modified_at - timedelta(days=9)), 0, 2
    ),
    Kind(
        "known, subject changed",
        Outcome.UPDATED,
        lambda at, known: replace(known, subject=f"Call {uuid.uuid4()}", modified_at=at.moment()),
        2,
        4,
    ),
    Kind("known, moved", Outcome.UPDATED, _moved, 2, 4),
    Kind("new", Outcome.CREATED, lambda at, known: _new(at, known), 2, 4),
)


def _new(stage: Stage, known: Appointment) -> Appointment:
    fresh = stage.appointment(Rep(known.user, ""))
    return replace(fresh, guid=AppointmentGuid(str(uuid.uuid4())))


def reps_for(effort: Effort) -> int:  # noqa: ARG001 - the shape of a measure
    """Return how many connected reps this takes."""
    return 1


def measure(stage: Stage, reps: Sequence[Rep]) -> Section:
    """Push each kind of appointment for one rep."""
    section = Section.of_deeds("2. Push, without the host", "push")
    (rep,) = reps
    for kind in KINDS:
        prepare = _pushing(stage, rep, kind)
        prepare()()
        counts = stage.wire.counted(prepare())
        timing = stage.yardstick.timed(prepare, times=stage.effort.times, rounds=stage.effort.rounds)
        section.add(kind.name, counts, timing)
        section.budgets += _budgets(kind, counts)
        section.notes.append(f"{kind.name}: {_named(counts)}")
    return section


def _pushing(stage: Stage, rep: Rep, kind: Kind) -> Prepare:
    """Return what makes the next push of the kind ready, each upon the one before."""
    first = stage.appointment(rep)
    stage.app.push(first, "bench")
    following = _following(stage, first, kind)

    def prepare() -> Deed:
        appointment = next(following)
        return lambda: _push(stage, appointment, kind.outcome)

    return prepare


def _following(stage: Stage, first: Appointment, kind: Kind) -> Iterator[Appointment]:
    known = first
    while True:
        following = kind.following(stage, known)
        yield following
        if kind.outcome is not Outcome.STALE:
            known = following


def _push(stage: Stage, appointment: Appointment, outcome: Outcome) -> None:
    answer = stage.app.push(appointment, "bench")
    assert answer.outcome is outcome, f"{answer} instead of {outcome}"


def _named(counts: Counts) -> str:
    calls = [*counts.graph.elements(), *counts.tables.elements()]
    return ", ".join(calls) or "nothing"


def _budgets(kind: Kind, counts: Counts) -> list[Budget]:
    return [
        Budget(f"{kind.name}, Graph requests", counts.graph.total(), kind.graph),
        Budget(f"{kind.name}, calls to Tables", counts.tables.total(), kind.tables),
        Budget(f"{kind.name}, Key Vault and Entra", counts.vault + counts.entra, 0),
    ]
