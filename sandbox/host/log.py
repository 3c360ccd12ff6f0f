"""The host's log: one readable line per event on standard output, and the invocation that an app's line belongs to."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable

# The worker tells of every call twice, and storage clients of every request; the invocation line says enough.
QUIET = ("azure.functions", "azure.core.pipeline.policies.http_logging_policy", "asyncio", "uvicorn")


class Lines(logging.Formatter):
    """Time, level, who, message; an app's line is marked with the invocation that wrote it."""

    def __init__(self, invocation: Callable[[], str]) -> None:
        super().__init__(datefmt="%H:%M:%S")
        self._invocation = invocation

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's own name
        """Write one record."""
        invocation = self._invocation()
        mark = f" [{invocation[:8]}]" if invocation and not record.name.startswith("host.") else ""
        when = f"{self.formatTime(record, self.datefmt)}.{int(record.msecs):03d}"
        return f"{when} {record.levelname:<7} {record.name}{mark}: {record.message}"


def start_logging(invocation: Callable[[], str], level: str = "INFO") -> None:
    """Send everything to standard output; as in Azure the root logger lets INFO through."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(Lines(invocation))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
