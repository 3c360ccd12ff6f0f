"""Runs all tests in two lanes side by side: the scenarios, which mostly wait, and all else, which mostly computes.

`./dev test` does this, and `./dev test --long`; with other arguments it is pytest alone. The first lane is shown as it
runs, the second when it has ended. The exit status is 0 when both lanes are green.
"""

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO

TESTS = Path(__file__).parent
WAITING = frozenset({"scenarios"})


def lanes() -> tuple[list[str], list[str]]:
    """Return the rooms of each lane; a room is a folder with tests in it, or further down."""
    rooms = {found.relative_to(TESTS).parts[0] for found in TESTS.glob("*/**/test_*.py")}
    return sorted(rooms & WAITING), sorted(rooms - WAITING)


def begun(rooms: Sequence[str], options: Sequence[str], told: IO[bytes] | None = None) -> subprocess.Popen[bytes]:
    """Start pytest on some rooms; what it tells goes to the terminal, or to a file."""
    command = [sys.executable, "-m", "pytest", *options, *(f"tests/{room}" for room in rooms)]
    errors = None if told is None else subprocess.STDOUT
    return subprocess.Popen(command, cwd=TESTS.parent, stdout=told, stderr=errors)  # noqa: S603 - our own command


def main(options: Sequence[str]) -> int:
    """Run both lanes to their ends, each with pytest's options; return the worse of their statuses."""
    waiting, others = lanes()
    with tempfile.TemporaryFile() as told:
        running = [begun(waiting, options), begun(others, options, told)]
        try:
            statuses = [each.wait() for each in running]
        except KeyboardInterrupt:
            # Both were interrupted too, and are ending what they started.
            statuses = [each.wait() for each in running]
        told.seek(0)
        sys.stdout.write(told.read().decode("utf-8", "replace"))
    return max(abs(status) for status in statuses)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
