"""How a queue trigger runs: one log line, waiting as a new message later, and only bugs reach the poison queue."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import azure.functions as func

from shared_code.telemetry import Run, log_run
from shared_code.use_cases.errors import ReconnectNeeded, TryAgainLater
from shared_code.use_cases.ports import Work
from shared_code.wiring import services

CONNECTION = "AzureWebJobsStorage"
"""The setting, or family of settings, that says where the queues are."""


def text_of(message: func.QueueMessage) -> str:
    """Return the text of a message."""
    body: bytes = message.get_body()
    return body.decode("utf-8", errors="replace")


@contextmanager
def running_work(name: str, message: func.QueueMessage | None = None) -> Iterator[Run]:
    """Run under a correlation id: that of the message, which stays the same when it is delivered again."""
    with log_run(name, (message.id if message is not None else None) or str(uuid.uuid4())) as run:
        if message is not None and (message.dequeue_count or 1) > 1:
            run.note(delivery=message.dequeue_count)
        yield run


@contextmanager
def waiting(work: Work, run: Run) -> Iterator[None]:
    """Turn "not now" into a new message for later; this one is then done, so that waiting poisons nothing.

    A dead grant needs a person: nothing is sent until she signed in again.
    """
    try:
        yield
    except TryAgainLater as error:
        services().ports.work.send(work, delay=error.retry_after)
        run.note(waits_seconds=round(error.retry_after.total_seconds()), because=str(error))
    except ReconnectNeeded:
        run.note(outcome="ReconnectNeeded")


def come_back(work: Work, wait: timedelta | None, run: Run) -> None:
    """Send the work again for when a wait is over that this message came too early for."""
    if wait is not None:
        services().ports.work.send(work, delay=wait)
        run.note(waits_seconds=round(wait.total_seconds()))
