"""`./dev bench`: starts the local stack, measures, prints; status 1 when a budget of counts is missed."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from benchmarks.measures import cleanups, idle_polls, imports, pushes, texts, through_host, windows
from benchmarks.report import Budget, Section, verdict
from benchmarks.stage import Effort, Rep, Stage
from sandbox.azurite import AzuriteMissing
from sandbox.running.child import ChildEnded
from sandbox.up import CannotStart, run_until_stopped


class Measure(Protocol):
    """A module that measures one kind of work."""

    def reps_for(self, effort: Effort, /) -> int:
        """Return how many connected reps it takes."""
        ...

    def measure(self, stage: Stage, reps: Sequence[Rep], /) -> Section:
        """Return what was measured."""
        ...


MEASURES: dict[str, Measure] = {
    "idle": idle_polls,
    "push": pushes,
    "window": windows,
    "cleanup": cleanups,
    "import": imports,
    "text": texts,
    "host": through_host,
}
QUICK = Effort(times=4, rounds=3, gets=20, is_quick=True)
THOROUGH = Effort(times=20, rounds=5, gets=60, is_quick=False)


def arguments() -> argparse.Namespace:
    """Return what was asked for."""
    parser = argparse.ArgumentParser(prog="./dev bench", description="Measure what the work costs.")
    parser.add_argument("--quick", action="store_true", help="fewer rounds and smaller calendars, about a minute")
    parser.add_argument("only", nargs="*", metavar="KIND", help=f"measure these alone, of {', '.join(MEASURES)}")
    asked = parser.parse_args()
    unknown = [name for name in asked.only if name not in MEASURES]
    if unknown:
        parser.error(f"there is no {', '.join(unknown)}; there are {', '.join(MEASURES)}")
    return asked


def bench(wanted: Sequence[str], effort: Effort) -> int:
    """Measure, print as it goes, and return the exit status."""
    began = time.monotonic()
    budgets: list[Budget] = []
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        _say("Starting the local stack ...")
        with Stage(Path(folder), effort) as stage:
            for name in wanted:
                measure, began_this = MEASURES[name], time.monotonic()
                section = measure.measure(stage, stage.connect(measure.reps_for(effort)))
                budgets += section.budgets
                _say(f"\n{section.text()}\n  (in {time.monotonic() - began_this:.0f} s)")
            _say(f"\n{stage.yardstick.describe()}")
    _say(f"Figures are medians of {effort.rounds} rounds (smallest-largest); the whole run took "
         f"{time.monotonic() - began:.0f} s.\n\n{verdict(budgets)}")  # fmt: skip
    return 0 if all(budget.is_kept for budget in budgets) else 1


def main() -> int:
    """Measure what was asked for; trouble with starting the stack is said in words."""
    asked = arguments()
    try:
        return bench(asked.only or list(MEASURES), QUICK if asked.quick else THOROUGH)
    except (ChildEnded, AzuriteMissing) as trouble:
        raise CannotStart(str(trouble)) from None


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(run_until_stopped(main))
