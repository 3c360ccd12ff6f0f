"""A work queue that remembers what was sent."""

from datetime import timedelta

from shared_code.use_cases.ports import Work
from tests.fakes.faults import Faults


class FakeWorkQueue:
    """Work in memory, in the order in which it was sent, with its delays."""

    def __init__(self) -> None:
        self.faults = Faults()
        self.sent: list[tuple[Work, timedelta]] = []

    def send(self, work: Work, *, delay: timedelta = timedelta(0)) -> None:
        with self.faults.around("send"):
            self.sent.append((work, max(delay, timedelta(0))))

    @property
    def due(self) -> list[Work]:
        """Return what was sent without delay."""
        return [work for work, delay in self.sent if not delay]

    def clear(self) -> None:
        """Forget what was sent."""
        self.sent.clear()
