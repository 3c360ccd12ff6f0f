"""Waiting on a condition with a deadline, instead of sleeping and hoping."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


def until[T](condition: Callable[[], T], *, seconds: float = 20, what: str = "the condition") -> T:
    """Return the condition's first true value; an AssertionError says what did not come true in time."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come true within {seconds:g} s")
        pause.wait(0.03)
