"""Failures that a test orders from a fake, before or after the call has had its effect."""

from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager


class Faults:
    """What shall go wrong next, by method."""

    def __init__(self) -> None:
        self._before: dict[str, deque[Exception]] = defaultdict(deque)
        self._after: dict[str, deque[Exception]] = defaultdict(deque)

    def before(self, method: str, error: Exception, *, times: int = 1) -> None:
        """Have the next calls of the method fail without effect."""
        self._before[method].extend([error] * times)

    def after(self, method: str, error: Exception, *, times: int = 1) -> None:
        """Have the next calls of the method do their work and then fail, as when an answer is lost."""
        self._after[method].extend([error] * times)

    @contextmanager
    def around(self, method: str) -> Iterator[None]:
        """Fail as ordered."""
        if self._before[method]:
            raise self._before[method].popleft()
        yield
        if self._after[method]:
            raise self._after[method].popleft()
