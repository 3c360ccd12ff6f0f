"""A push from end to end: HTTP to the Functions host, Microsoft's worker library, the app, Graph and storage."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import requests

from benchmarks.report import Budget, Section
from benchmarks.stage import BODY, Effort, Rep, Stage
from benchmarks.timing import Deed, Prepare, Spread, Yardstick, cost_of
from shared_code.domain.schedules import Timed

type Body = dict[str, Any]


def reps_for(effort: Effort) -> int:  # noqa: ARG001 - the shape of a measure
    """Return how many connected reps this takes."""
    return 1


def measure(stage: Stage, reps: Sequence[Rep]) -> Section:
    """Push over HTTP with the host running, for one rep, one push at a time."""
    columns = ("push", "Graph", "Host's CPU, in GETs", "Time, in GETs", "Time, in ms")
    section = Section("7. Push through the host", columns)
    (rep,) = reps
    stage.start_host()
    try:
        pushes = _Pushes(stage, rep)
        pushes.measure("unchanged", pushes.again, 200, 1, section)
        pushes.measure("known, subject changed", pushes.renamed, 200, 2, section)
        pushes.measure("new", pushes.new, 201, 2, section)
    finally:
        stage.stack.stop_host()
    section.notes.append("The host here is a local one: its share says little of Azure's, the app's share does.")
    return section


class _Pushes:
    """One rep's pushes over one kept connection."""

    def __init__(self, stage: Stage, rep: Rep) -> None:
        self._stage = stage
        self._rep = rep
        self._session = requests.Session()
        self._session.headers["x-functions-key"] = stage.stack.keys["push_appointment"]
        self._known = self._fresh()
        self._put(*self._known, 201)

    def again(self) -> tuple[str, Body]:
        """Return the push that was made already."""
        return self._known

    def renamed(self) -> tuple[str, Body]:
        """Return it with another subject."""
        guid, body = self._known
        return guid, {**body, "Subject": f"Call {uuid.uuid4()}", "ModifiedUtc": _utc(self._stage.moment())}

    def new(self) -> tuple[str, Body]:
        """Return the push of an appointment that nobody knows."""
        return self._fresh()

    def measure(
        self, name: str, make: Callable[[], tuple[str, Body]], status: int, graph: int, section: Section
    ) -> None:
        """Add a row about one kind of push."""
        effort, yardstick = self._stage.effort, self._stage.yardstick
        prepare = self._preparing(make, status)
        prepare()()
        mark = self._stage.wire.mark()
        prepare()()
        counts = self._stage.wire.since(mark)
        section.budgets.append(Budget(f"{name}, through the host, Graph requests", counts.graph.total(), graph))
        rounds = [self._round(yardstick, prepare, effort.times) for _ in range(effort.rounds)]
        cpu, wall, milliseconds = (Spread.of([each[n] for each in rounds]) for n in range(3))
        section.rows.append((name, str(counts.graph.total()), str(cpu), str(wall), str(milliseconds)))

    def _round(self, yardstick: Yardstick, prepare: Prepare, times: int) -> tuple[float, float, float]:
        bare, before = yardstick.cost(), cpu_of(self._stage.stack.host.child.pid)
        cost = cost_of(prepare, times)
        host = (cpu_of(self._stage.stack.host.child.pid) - before) / times
        return host / bare.cpu, cost.wall / bare.wall, cost.wall * 1000

    def _preparing(self, make: Callable[[], tuple[str, Body]], status: int) -> Prepare:
        def prepare() -> Deed:
            guid, body = make()
            return lambda: self._put(guid, body, status)

        return prepare

    def _put(self, guid: str, body: Body, status: int) -> None:
        url = f"{self._stage.stack.host_url}/api/appointments/{guid}"
        answer = self._session.put(url, json=body, timeout=30)
        assert answer.status_code == status, f"{answer.status_code} {answer.text}"

    def _fresh(self) -> tuple[str, Body]:
        appointment = self._stage.appointment(self._rep)
        assert isinstance(appointment.schedule, Timed), "the appointment has times"
        start = appointment.schedule.start_at
        body = {
            "UserGuid": self._rep.user,
            "Subject": appointment.subject,
            "Body": BODY,
            "Start": _utc(start),
            "End": _utc(start + timedelta(minutes=30)),
            "ModifiedUtc": _utc(appointment.modified_at),
        }
        return appointment.guid, body


def cpu_of(pid: int) -> float:
    """Return the seconds of CPU that a process has used; not a number where there is no /proc to look it up in."""
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():
        return float("nan")
    fields = stat.read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _utc(at: Any) -> str:
    return str(at.strftime("%Y-%m-%dT%H:%M:%SZ"))
