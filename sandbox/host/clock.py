"""Time of the host process, moved from outside: real time plus the seconds that a file names."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import time_machine

logger = logging.getLogger("host.clock")


class ShiftedClock:
    """Keeps time.time and datetime.now of this process as far from real time as the file says.

    Only the wall clock moves: waiting (asyncio, sockets, time-outs) stays real.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._travel: time_machine.travel | None = None
        self._traveller: time_machine.Traveller | None = None
        self.offset = 0.0

    def read(self) -> None:
        """Move time if the file's number has changed; an absent or half-written file changes nothing."""
        if self._path is None:
            return
        try:
            wanted = float(self._path.read_text(encoding="ascii"))
        except (FileNotFoundError, ValueError):
            return
        if wanted == self.offset:
            return
        if self._traveller is None:
            self._travel = time_machine.travel(datetime.now(UTC), tick=True)
            self._traveller = self._travel.start()
        self._traveller.shift(wanted - self.offset)
        logger.info(
            "time moved by %+.0f s; it is now %s", wanted - self.offset, datetime.now(UTC).isoformat(" ", "seconds")
        )
        self.offset = wanted

    async def follow(self, on_move: Callable[[], None] = lambda: None) -> None:
        """Read the file again and again; tell when time has moved."""
        while self._path is not None:
            before = self.offset
            self.read()
            if self.offset != before:
                on_move()
            await asyncio.sleep(0.02)
