"""A child process that never outlives its parent, and whose output is kept in a file."""

from __future__ import annotations

import contextlib
import ctypes
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

PR_SET_PDEATHSIG = 1


class ChildEnded(RuntimeError):
    """A process ended, or was not ready in time; the text ends with the last lines of its log."""


class Child:
    """One running program."""

    def __init__(self, name: str, command: Sequence[str], *, log: Path, environment: Mapping[str, str]) -> None:
        log.parent.mkdir(parents=True, exist_ok=True)
        self.name = name
        self.log = log
        with log.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603 - our own programs
                command,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # Its own session, so that Ctrl-C reaches only the parent, which then ends the children in order.
                start_new_session=True,
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,
            )

    @property
    def pid(self) -> int:
        """Return the process id."""
        return self._process.pid

    def wait_until(self, ready: Callable[[], bool], seconds: float) -> None:
        """Return when `ready` says so; ChildEnded if the process ends or the time is over before."""
        deadline = time.monotonic() + seconds
        while not ready():
            with contextlib.suppress(subprocess.TimeoutExpired):
                status = self._process.wait(0.03)
                raise ChildEnded(f"{self.name} ended with status {status}:\n{self.tail()}")
            if time.monotonic() > deadline:
                raise ChildEnded(f"{self.name} was not ready after {seconds:.0f} s:\n{self.tail()}")

    def alive(self) -> bool:
        """Say whether the process still runs."""
        return self._process.poll() is None

    def wait(self, seconds: float) -> int:
        """Wait for the end and return the exit status; subprocess.TimeoutExpired if it does not come."""
        return self._process.wait(seconds)

    def stop(self, seconds: float = 12) -> int:
        """End the process politely, or by force when it takes too long, and return its exit status."""
        if self.alive():
            self._process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                return self._process.wait(seconds)
            self._process.kill()
        return self._process.wait()

    def kill(self) -> None:
        """End the process at this instruction, as a power cut would."""
        self._process.kill()
        self._process.wait()

    def tail(self, lines: int = 25) -> str:
        """Return the last lines of the log."""
        text = self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])


def _die_with_parent() -> None:
    """Ask Linux to end this process when the thread that started it ends, however it ends."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
