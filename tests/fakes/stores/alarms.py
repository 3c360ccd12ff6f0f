"""Alarms in memory."""

from dataclasses import replace
from datetime import datetime

from shared_code.use_cases.ports import Alarm
from tests.fakes.faults import Faults
from tests.fakes.stores.versions import WORDS_KEPT


class FakeAlarms:
    """Alarms in memory."""

    def __init__(self) -> None:
        self.faults = Faults()
        self._alarms: dict[str, Alarm] = {}

    def sound(self, code: str, message: str, at: datetime) -> None:
        with self.faults.around("sound"):
            words = message[:WORDS_KEPT]
            known = self._alarms.get(code) or Alarm(code=code, message=words, first_at=at, last_at=at, count=0)
            self._alarms[code] = replace(known, message=words, last_at=at, count=known.count + 1)

    def sounded(self) -> list[Alarm]:
        with self.faults.around("sounded"):
            return list(self._alarms.values())

    def silence(self, code: str) -> None:
        with self.faults.around("silence"):
            self._alarms.pop(code, None)
