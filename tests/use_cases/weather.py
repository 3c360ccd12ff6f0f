"""What the outside systems of the office put up with, and its queue, under a clock that tests hold."""

import heapq
import itertools
import math
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from shared_code.use_cases.errors import TryAgainLater
from shared_code.use_cases.ports import (
    Alarm,
    Work,
)
from tests.fakes.clock import FakeClock
from tests.fakes.faults import Faults


class Weather(Faults):
    """Ordered faults, and whole stretches of time in which a system is down, or refuses a mailbox's requests."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__()
        self.asked = 0
        self.early = 0
        self._clock = clock
        self._down_until = clock.now()
        self._throttled_for: timedelta | None = None
        self._outcomes: dict[str, Iterator[Exception | None]] = {}
        self._closed_until = clock.now()

    def down_for(self, lasting: timedelta) -> None:
        """Answer 503 for so long."""
        self._down_until = self._clock.now() + lasting

    def forget_orders(self) -> None:
        """Fail no more, but for what was announced."""
        super().__init__()

    def fails_at(self, method: str, outcomes: Iterator[Exception | None]) -> None:
        """Have the next calls of the method fail or not, one after the other."""
        self._outcomes[method] = outcomes

    def throttle(self, wait: timedelta) -> None:
        """Refuse the next request, and name the time to stay away; whoever comes before then comes early."""
        self._throttled_for = wait

    @contextmanager
    def around(self, method: str) -> Iterator[None]:
        """Fail as ordered."""
        now = self._clock.now()
        self.asked += 1
        if now < self._down_until:
            message = "it is down"
            raise TryAgainLater(message, retry_after=timedelta(seconds=30), status=503)
        if now < self._closed_until:
            self.early += 1
            raise _busy(self._closed_until - now)
        if self._throttled_for is not None:
            wait, self._throttled_for = self._throttled_for, None
            self._closed_until = now + wait
            raise _busy(wait)
        error = next(self._outcomes.get(method, iter(())), None)
        if error is not None:
            raise error
        with super().around(method):
            yield


class Overtaken(Faults):
    """Has something happen just before the first call of a method."""

    def __init__(self, method: str, first: Callable[[], object]) -> None:
        super().__init__()
        self._method = method
        self._first = first
        self.happened = False

    @contextmanager
    def around(self, method: str) -> Iterator[None]:
        """Let it happen once."""
        if method == self._method and not self.happened:
            self.happened = True
            self._first()
        yield


def _busy(wait: timedelta) -> TryAgainLater:
    return TryAgainLater("busy", retry_after=wait, throttled=True, is_about_the_mailbox=True, status=429)


class TimedQueue:
    """Work that lies hidden until its delay has passed, in whole seconds, as Azure's queues count."""

    def __init__(self, clock: FakeClock) -> None:
        self.faults = Faults()
        self._clock = clock
        self._numbers = itertools.count()
        self._hidden: list[tuple[datetime, int, Work]] = []

    def send(self, work: Work, *, delay: timedelta = timedelta(0)) -> None:
        with self.faults.around("send"):
            seconds = math.ceil(max(delay, timedelta(0)).total_seconds())
            entry = (self._clock.now() + timedelta(seconds=seconds), next(self._numbers), work)
            heapq.heappush(self._hidden, entry)

    def hide(self, work: Work, lasting: timedelta) -> None:
        """Keep a message that somebody has taken from the others for so long."""
        heapq.heappush(self._hidden, (self._clock.now() + lasting, next(self._numbers), work))

    @property
    def waiting(self) -> list[Work]:
        """Return all work, the next first."""
        return [work for _, _, work in sorted(self._hidden, key=lambda entry: entry[:2])]

    @property
    def next_at(self) -> datetime | None:
        """Return when the next message shows itself."""
        return self._hidden[0][0] if self._hidden else None

    def take(self) -> Work | None:
        """Return a message whose time has come."""
        if not self._hidden or self._hidden[0][0] > self._clock.now():
            return None
        return heapq.heappop(self._hidden)[2]

    def clear(self) -> None:
        """Lose every message."""
        self._hidden.clear()


class Alarms:
    """Alarms in memory: how often each was sounded."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def sound(self, code: str, message: str, at: datetime) -> None:  # noqa: ARG002 - the port's shape
        self.counts[code] += 1

    def sounded(self) -> list[Alarm]:
        return []

    def silence(self, code: str) -> None:
        del self.counts[code]
