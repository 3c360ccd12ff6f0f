"""Breaks a copy of the engine at one place, and has histories played against it."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.engine.breaks.hunting import Catch

ROOT = Path(__file__).resolve().parents[3]
PROCESSES = 2
SEEDS = 400
"""How many histories a break may survive before it counts as missed."""

PATIENCE_SECONDS = 240


class CannotBreakError(Exception):
    """The text to replace is not there just once: the break itself must be written anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """One mechanism to take away: what is replaced where, and the promise that this breaks, in plain words."""

    name: str
    promise: str
    file: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a break."""

    broken: Break
    catch: Catch

    @property
    def is_caught(self) -> bool:
        """Tell whether some history ended badly."""
        return self.catch.seed is not None

    def line(self, number: int) -> str:
        """Say it for people."""
        if not self.is_caught:
            return f"MISSED  {number:>2}  {self.broken.name}: {self.broken.promise}"
        return f"caught  {number:>2}  {self.broken.name} (seed {self.catch.seed}: {self.catch.wrong})"


def all_results(breaks: Sequence[Break], seeds: int = SEEDS) -> list[Result]:
    """Break the engine in each way by itself, two at a time."""
    with ThreadPoolExecutor(PROCESSES) as pool:
        return list(pool.map(lambda each: result_of(each, seeds), breaks))


def result_of(broken: Break, seeds: int = SEEDS) -> Result:
    """Break a copy of the engine and hunt for a history that ends badly."""
    with tempfile.TemporaryDirectory(prefix="broken-engine-") as folder:
        home = Path(folder)
        shutil.copytree(ROOT / "shared_code", home / "shared_code", ignore=shutil.ignore_patterns("__pycache__"))
        (home / "tests").symlink_to(ROOT / "tests", target_is_directory=True)
        apply(broken, home)
        catch = _hunted(home, seeds)
        if Path(catch.home) != (home / "shared_code").resolve():
            raise CannotBreakError(f"another engine than the broken one was played: {catch.home}")
        return Result(broken, catch)


def apply(broken: Break, home: Path) -> None:
    """Replace the one text in the copy."""
    path = home / broken.file
    text = path.read_text(encoding="utf-8")
    if text.count(broken.old) != 1:
        raise CannotBreakError(f"{broken.name}: the text is {text.count(broken.old)} times in {broken.file}, not once")
    path.write_text(text.replace(broken.old, broken.new), encoding="utf-8")


def _hunted(home: Path, seeds: int) -> Catch:
    command = [sys.executable, "-m", "tests.engine.breaks.hunting", str(seeds)]
    environment = {**_environment(), "PYTHONPATH": str(home), "PYTHONDONTWRITEBYTECODE": "1"}
    ran = subprocess.run(  # noqa: S603 - our own interpreter on our own module
        command, cwd=home, env=environment, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )
    if ran.returncode:
        raise CannotBreakError(f"the broken engine cannot be played: {ran.stderr[-2000:]}")
    return Catch(**json.loads(ran.stdout.splitlines()[-1]))


def _environment() -> dict[str, str]:
    return dict(os.environ)  # noqa: TID251 - a child process needs what this one has


def summary(results: Sequence[Result]) -> list[str]:
    """Say what became of each break, and of how many they are."""
    lines = [each.line(number) for number, each in enumerate(results, 1)]
    return [*lines, f"{sum(each.is_caught for each in results)} of {len(results)} caught"]
