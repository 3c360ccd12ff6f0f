"""CPU and time as multiples of a bare GET of the same round: what a noisy machine does to both cancels out."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import requests

from sandbox.running.child import Child
from sandbox.running.environment import clean_environment
from sandbox.running.host_process import REPOSITORY

type Deed = Callable[[], object]
type Prepare = Callable[[], Deed]
"""Makes everything ready and returns what is to be timed."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of this process's CPU, and seconds on the clock, of one deed."""

    cpu: float
    wall: float


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of the rounds, the smallest and the largest."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: list[float]) -> Self:
        """Return the spread of what the rounds gave."""
        return cls(statistics.median(values), min(values), max(values))

    def divided(self, by: int) -> Spread:
        """Return the spread for one of so many."""
        return Spread(self.median / by, self.low / by, self.high / by)

    def __str__(self) -> str:
        return f"{_short(self.median)} ({_short(self.low)}-{_short(self.high)})"


@dataclass(frozen=True, slots=True)
class Timing:
    """CPU and time of one deed, in bare GETs."""

    cpu: Spread
    wall: Spread

    def divided(self, by: int) -> Timing:
        """Return what one of so many cost."""
        return Timing(self.cpu.divided(by), self.wall.divided(by))


def _short(value: float) -> str:
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 1 else f"{value:.2f}" if value >= 0.1 else f"{value:.3f}"


class Yardstick:
    """A server that does nothing, asked through one plain `requests.Session`, so many times in each round."""

    def __init__(self, folder: Path, gets: int) -> None:
        self._gets = gets
        port_file = folder / "plain-server.port"
        command = [sys.executable, "-m", "benchmarks.plain_server", str(port_file)]
        environment = clean_environment({"PYTHONPATH": str(REPOSITORY)})
        self._child = Child("the plain server", command, log=folder / "plain-server.log", environment=environment)
        self._child.wait_until(port_file.exists, 20)
        self._url = f"http://127.0.0.1:{port_file.read_text(encoding='ascii')}/"
        self._session = requests.Session()
        self.costs: list[Cost] = []

    def ask(self) -> None:
        """Make one bare GET."""
        self._session.get(self._url, timeout=10).json()

    def cost(self) -> Cost:
        """Return what a bare GET costs at this moment."""
        cost = cost_of(lambda: self.ask, self._gets)
        self.costs.append(cost)
        return cost

    def timed(self, prepare: Prepare, *, times: int, rounds: int) -> Timing:
        """Do something so many times in each round, and return it in bare GETs."""
        prepare()()
        cpu, wall = [], []
        for _ in range(rounds):
            bare, cost = self.cost(), cost_of(prepare, times)
            cpu.append(cost.cpu / bare.cpu)
            wall.append(cost.wall / bare.wall)
        return Timing(Spread.of(cpu), Spread.of(wall))

    def timed_once(self, deed: Deed) -> Timing:
        """Do something that can be done once only, between two looks at the bare GET."""
        before = self.cost()
        cost = cost_of(lambda: deed, 1)
        after = self.cost()
        cpu = [cost.cpu / bare.cpu for bare in (before, after)]
        wall = [cost.wall / bare.wall for bare in (before, after)]
        return Timing(Spread.of(cpu), Spread.of(wall))

    def describe(self) -> str:
        """Say what the bare GET cost in this run."""
        cpu = Spread.of([cost.cpu * 1000 for cost in self.costs])
        wall = Spread.of([cost.wall * 1000 for cost in self.costs])
        count = len(self.costs) * self._gets
        return f"A bare GET took {cpu} ms of CPU and {wall} ms on the clock ({count} of them, spread over the run)."

    def stop(self) -> None:
        """End the server."""
        self._child.stop()


def cost_of(prepare: Prepare, times: int) -> Cost:
    """Return the median cost of a deed; making ready is not counted."""
    cpu, wall = [], []
    for _ in range(times):
        deed = prepare()
        began_cpu, began = time.process_time(), time.perf_counter()
        deed()
        wall.append(time.perf_counter() - began)
        cpu.append(time.process_time() - began_cpu)
    return Cost(statistics.median(cpu), statistics.median(wall))
