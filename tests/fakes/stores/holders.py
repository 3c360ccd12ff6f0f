"""Who has which appointment, in memory."""

import threading
from collections.abc import Mapping
from dataclasses import replace

from shared_code.domain.fields import Field
from shared_code.domain.identifiers import AppointmentGuid, UserGuid
from shared_code.use_cases.ports import Holder
from tests.fakes.faults import Faults
from tests.fakes.stores.versions import next_version


class FakeHolders:
    """Who has which appointment, in memory."""

    def __init__(self) -> None:
        self.faults = Faults()
        self._lock = threading.RLock()
        self._holders: dict[AppointmentGuid, Holder] = {}

    def get(self, appointment: AppointmentGuid) -> Holder | None:
        with self.faults.around("get"):
            return self._holders.get(appointment)

    def claim(self, appointment: AppointmentGuid, user: UserGuid, attempt: Mapping[Field, str] | None = None) -> Holder:
        with self.faults.around("claim"), self._lock:
            noted = self._holders.get(appointment)
            if noted is not None:
                return noted
            return replace(self.save(Holder(appointment=appointment, user=user, attempt=attempt or {})), is_new=True)

    def save(self, holder: Holder) -> Holder:
        with self.faults.around("save"), self._lock:
            stored = self._holders.get(holder.appointment)
            version = next_version(stored.version if stored else None, holder.version)
            self._holders[holder.appointment] = replace(holder, version=version)
            return self._holders[holder.appointment]

    def release(self, appointment: AppointmentGuid, user: UserGuid) -> None:
        with self.faults.around("release"), self._lock:
            noted = self._holders.get(appointment)
            if noted is not None and noted.user == user:
                del self._holders[appointment]
