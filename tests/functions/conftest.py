"""Indexing an app in a process of its own."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pathspec import GitIgnoreSpec

from sandbox.running.environment import clean_environment
from sandbox.running.host_process import REPOSITORY

PROGRAM = Path(__file__).with_name("index_app.py")


def run_index(
    app: Path,
    *,
    driver: Path = REPOSITORY,
    packages: Sequence[Path] = (),
    call: str = "",
    settings: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return what the worker indexed and what the called function answered; a failure carries the worker's words."""
    command = [sys.executable, "-I", "-S", "-B", str(PROGRAM), str(app), str(driver), *map(str, packages)]
    done = subprocess.run(  # noqa: S603 - our own program
        [*command, *(["--call", call] if call else [])],
        capture_output=True,
        text=True,
        cwd=app,
        env=clean_environment(settings),
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def copy_packaged(to: Path) -> None:
    """Copy what .funcignore leaves of this repository; its patterns mean what they mean in a .gitignore."""
    ignored = GitIgnoreSpec.from_lines((REPOSITORY / ".funcignore").read_text(encoding="utf-8").splitlines())
    for folder, subfolders, files in REPOSITORY.walk():
        inside = folder.relative_to(REPOSITORY)
        subfolders[:] = [name for name in subfolders if not ignored.match_file(f"{inside / name}/")]
        for name in files:
            if not ignored.match_file(inside / name):
                (to / inside).mkdir(parents=True, exist_ok=True)
                shutil.copy(folder / name, to / inside / name)


def copy_driver(to: Path) -> None:
    """Copy the part of the host that drives the worker library, so that nothing else of ours is on the path."""
    for name in ("sandbox/__init__.py", "sandbox/host/__init__.py"):
        (to / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPOSITORY / name, to / name)
    worker = "sandbox/host/worker"
    shutil.copytree(REPOSITORY / worker, to / worker, ignore=shutil.ignore_patterns("__pycache__"))
