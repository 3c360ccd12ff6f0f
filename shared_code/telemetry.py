"""One structured log line for each run of a trigger: counts and ids, never a token, subject, body or address."""

import json
import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

logger = logging.getLogger("salesexec.sync")

_TALKATIVE = "azure.core.pipeline.policies.http_logging_policy"


def quieten_clients() -> None:
    """Keep Azure's client libraries from writing a line, with ids and secret names in it, for every request."""
    logging.getLogger(_TALKATIVE).setLevel(logging.WARNING)


type Fact = str | int | float | bool | None


@dataclass(slots=True)
class Run:
    """One run of a trigger, and what is to be said about it."""

    name: str
    correlation_id: str
    facts: dict[str, Fact] = field(default_factory=dict)

    def note(self, **facts: Fact) -> None:
        """Add facts to the log line."""
        self.facts.update(facts)

    def count(self, counts: Mapping[str, int]) -> None:
        """Add counts to the log line; zeros are left out."""
        self.facts.update({name: number for name, number in counts.items() if number})


_running: ContextVar[Run | None] = ContextVar("running", default=None)


def current_run() -> Run:
    """Return the run that the calling code is part of."""
    return _running.get() or Run("none", "")


@contextmanager
def log_run(name: str, correlation_id: str) -> Iterator[Run]:
    """Log one line when the run ends, however it ends."""
    run = Run(name, correlation_id)
    token = _running.set(run)
    began = time.perf_counter()
    try:
        yield run
    except BaseException as error:
        run.note(error=type(error).__name__)
        raise
    finally:
        _running.reset(token)
        took = round((time.perf_counter() - began) * 1000)
        line = {"run": name, "correlationId": correlation_id, "ms": took, **run.facts}
        logger.info("%s", json.dumps(line))
