"""How much one app may ask of one mailbox, and what happens to a caller that asks for more.

Source: Microsoft docs, includes/throttling-outlook: 4 requests at once and 10,000 per 10 minutes, per app and mailbox.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sandbox.graph.errors import throttled

CONCURRENCY = "MailboxConcurrency"
RATE = "MailboxRequestRate"


@dataclass(slots=True, kw_only=True)
class Settings:
    """The numbers; a test may lower them so that a limit is quickly reached."""

    at_once: int = 4
    in_window: int = 10_000
    window: timedelta = timedelta(minutes=10)
    retry_after: timedelta = timedelta(seconds=5)
    # How long a request occupies its place; without it nothing would ever happen at once.
    latency: timedelta = timedelta(milliseconds=4)


@dataclass(slots=True)
class Use:
    """What one app does in one mailbox now, and did lately."""

    running: int = 0
    most_at_once: int = 0
    requests: int = 0
    throttled: int = 0
    early: int = 0
    closed_until: datetime | None = None
    limit: str = CONCURRENCY
    times: deque[datetime] = field(default_factory=deque)


class Limits:
    """Admits requests, or throttles them."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.settings = Settings()
        # By app and mailbox.
        self.uses: dict[tuple[str, str], Use] = {}

    @contextmanager
    def admitted(self, app: str, mailbox: str) -> Iterator[None]:
        """Occupy a place while a request is served, or refuse it with 429 and the time to stay away.

        A caller that comes back early is refused again, and its request counts.
        Source: Microsoft docs, concepts/throttling.
        """
        use = self.uses.setdefault((app, mailbox), Use())
        use.running += 1
        try:
            use.most_at_once = max(use.most_at_once, use.running)
            self._count(use)
            self._refuse_if_over(use)
            yield
        finally:
            use.running -= 1

    def reset(self) -> None:
        """Return to the published numbers and forget all use."""
        self.settings = Settings()
        self.uses = {}

    def _count(self, use: Use) -> None:
        now = self._now()
        use.requests += 1
        use.times.append(now)
        while use.times and use.times[0] <= now - self.settings.window:
            use.times.popleft()

    def _refuse_if_over(self, use: Use) -> None:
        now = self._now()
        if use.closed_until is not None and now < use.closed_until:
            use.early += 1
        elif use.running > self.settings.at_once:
            use.limit, use.closed_until = CONCURRENCY, now + self.settings.retry_after
        elif len(use.times) > self.settings.in_window:
            use.limit, use.closed_until = RATE, max(use.times[0] + self.settings.window, now + timedelta(seconds=1))
        else:
            return
        use.throttled += 1
        raise throttled(use.limit, max(1, math.ceil((use.closed_until - now).total_seconds())))
