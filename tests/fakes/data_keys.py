"""Data keys in memory."""

import secrets
import threading

from shared_code.adapters.key_vault.data_keys import KEY_BYTES, DataKey
from tests.fakes.faults import Faults


class FakeDataKeys:
    """Keys to encrypt with; `lost` are gone for good."""

    def __init__(self) -> None:
        self.faults = Faults()
        self.lost: set[str] = set()
        self._lock = threading.RLock()
        self._known: dict[str, DataKey] = {}
        self._current = ""

    def current(self) -> DataKey:
        with self.faults.around("current"), self._lock:
            return self._known[self._current] if self._current else self.rotate()

    def by_id(self, key_id: str) -> DataKey | None:
        with self.faults.around("by_id"), self._lock:
            return None if key_id in self.lost else self._known.get(key_id)

    def rotate(self) -> DataKey:
        """Encrypt with a new key from now on."""
        with self._lock:
            key = DataKey(secrets.token_hex(16), secrets.token_bytes(KEY_BYTES))
            self._known[key.id] = key
            self._current = key.id
            return key
