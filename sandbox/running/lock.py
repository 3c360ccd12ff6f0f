"""One copy of the local stack at a time: a lock that ends with the process that holds it."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import TextIO


class AlreadyRunning(RuntimeError):
    """Another copy holds the lock; the text says which process."""


def only_copy(path: Path) -> TextIO:
    """Take the lock and return the open file that holds it; keep it until the end."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = path.open("a+", encoding="ascii")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        holder = lock.read().strip() or "unknown"
        lock.close()
        raise AlreadyRunning(
            f"Another ./dev up or ./dev demo is running here (process {holder}). End it with Ctrl-C first."
        ) from None
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock
