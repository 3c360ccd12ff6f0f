"""One-time values in memory."""

import itertools
import threading
from datetime import datetime

from tests.fakes.faults import Faults

SWEPT_AT_ONCE = 500


class FakeOneTime:
    """One-time values in memory."""

    def __init__(self) -> None:
        self.faults = Faults()
        self._lock = threading.RLock()
        self._values: dict[str, tuple[str, datetime]] = {}

    def put(self, key: str, value: str, expires_at: datetime) -> None:
        with self.faults.around("put"), self._lock:
            self._values[key] = (value, expires_at)

    def take(self, key: str, now: datetime) -> str | None:
        with self.faults.around("take"), self._lock:
            value, expires_at = self._values.pop(key, ("", now))
            return value if expires_at > now else None

    def sweep(self, now: datetime) -> int:
        with self.faults.around("sweep"), self._lock:
            expired = (key for key, (_, expires_at) in self._values.items() if expires_at <= now)
            swept = list(itertools.islice(expired, SWEPT_AT_ONCE))
            for key in swept:
                del self._values[key]
            return len(swept)
