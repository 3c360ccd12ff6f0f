"""A cold start: what an instance imports before it can answer, and what its first call loads and builds."""

from __future__ import annotations

import re
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from benchmarks.report import Section
from benchmarks.stage import Effort, Rep, Stage
from benchmarks.timing import Cost, Spread
from sandbox.running.environment import clean_environment
from sandbox.running.host_process import REPOSITORY

BARE = "pass"
INDEXED = "import function_app"
FIRST_CALL = "import function_app; from shared_code.wiring import services; services()"
HEAVIEST = 8
_LINE = re.compile(r"import time:\s+(\d+) \|\s+\d+ \|\s*(\S+)")
_FAMILIES = ("azure.functions", "azure.core", "azure.data", "azure.storage", "azure.identity", "azure.keyvault")


def reps_for(effort: Effort) -> int:  # noqa: ARG001 - the shape of a measure
    """Return how many connected reps this takes."""
    return 0


def measure(stage: Stage, reps: Sequence[Rep]) -> Section:  # noqa: ARG001 - the shape of a measure
    """Import the app in fresh interpreters whose byte code is there already."""
    section = Section(
        "5. Cold import, in interpreters of their own", ("what", "CPU, in GETs", "Time, in ms", "Times the bare one")
    )
    environment = clean_environment(
        {**stage.stack.settings(), "PYTHONPATH": str(REPOSITORY), "PYTHONPYCACHEPREFIX": str(stage.folder / "bytecode")}
    )
    programs = {
        "a bare interpreter": BARE,
        "import function_app": INDEXED,
        "... and the first call's adapters": FIRST_CALL,
    }
    for program in programs.values():
        _cost_of_run(program, environment)
    rounds = [
        (stage.yardstick.cost(), {program: _cost_of_run(program, environment) for program in programs.values()})
        for _ in range(stage.effort.rounds)
    ]
    for name, program in programs.items():
        cpu = Spread.of([costs[program].cpu / bare.cpu for bare, costs in rounds])
        wall = Spread.of([costs[program].wall * 1000 for _, costs in rounds])
        ratio = Spread.of([costs[program].wall / costs[BARE].wall for _, costs in rounds])
        section.rows.append((name, str(cpu), str(wall), str(ratio)))
    section.notes.append(f"Heaviest of function_app: {_heaviest(INDEXED, environment)}")
    section.notes.append(f"Heaviest with the adapters: {_heaviest(FIRST_CALL, environment)}")
    return section


def _cost_of_run(program: str, environment: dict[str, str]) -> Cost:
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    _run([sys.executable, "-c", program], environment)
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Cost(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall)


def _run(command: Sequence[str], environment: dict[str, str]) -> str:
    done = subprocess.run(command, env=environment, cwd=REPOSITORY, capture_output=True, text=True, check=True)  # noqa: S603 - our own interpreter
    return done.stderr


def _heaviest(program: str, environment: dict[str, str]) -> str:
    """Say which packages an import spends its time on, each without what it imports in turn."""
    seconds: Counter[str] = Counter()
    for microseconds, module in _LINE.findall(_run([sys.executable, "-X", "importtime", "-c", program], environment)):
        seconds[_family(module)] += int(microseconds)
    shown = [f"{name} {100 * own / seconds.total():.0f} %" for name, own in seconds.most_common(HEAVIEST)]
    return ", ".join(shown)


def _family(module: str) -> str:
    top = module.partition(".")[0]
    if top in sys.stdlib_module_names:
        return "Python's own"
    if (REPOSITORY / top).is_dir() or (REPOSITORY / f"{top}.py").is_file():
        return "this app"
    return next((family for family in _FAMILIES if module.startswith(family)), Path(top).name)
