"""Waiting pushes in memory."""

import threading
import uuid
from dataclasses import replace
from datetime import datetime

from shared_code.domain.appointments import Appointment
from shared_code.domain.identifiers import AppointmentGuid, UserGuid, shard_of
from shared_code.use_cases.errors import StaleVersion
from shared_code.use_cases.ports import SHARDS, WaitingPush
from tests.fakes.faults import Faults
from tests.fakes.stores.versions import new_version


class FakeWaiting:
    """Waiting pushes in memory; what was erased is gone."""

    def __init__(self) -> None:
        self.faults = Faults()
        self._lock = threading.RLock()
        self._pushes: dict[tuple[UserGuid, AppointmentGuid, str], tuple[WaitingPush, Appointment | None]] = {}
        self._turns: dict[UserGuid, tuple[str, datetime | None]] = {}

    def put(self, push: WaitingPush, content: Appointment | None) -> WaitingPush:
        with self.faults.around("put"), self._lock:
            known = self._known(push.user, push.appointment, push.slot)
            if known is not None and known.modified_at > push.modified_at:
                message = "a newer push of the appointment waits"
                raise StaleVersion(message)
            stored = replace(push, version=new_version())
            self._pushes[(push.user, push.appointment, push.slot)] = (stored, content)
            return stored

    def of(self, user: UserGuid) -> list[WaitingPush]:
        with self.faults.around("of"), self._lock:
            pushes = [push for push, _ in self._pushes.values() if push.user == user]
            return sorted(pushes, key=lambda push: (push.waiting_since, push.appointment, push.slot))

    def content(self, push: WaitingPush) -> Appointment | None:
        with self.faults.around("content"), self._lock:
            stored, content = self._pushes.get((push.user, push.appointment, push.slot), (None, None))
            return content if stored is not None and stored.modified_at == push.modified_at else None

    def postpone(self, push: WaitingPush) -> None:
        with self.faults.around("postpone"), self._lock:
            known = self._known(push.user, push.appointment, push.slot)
            if known is None or not _is_same(push, known):
                return
            changed = replace(
                known, due_at=push.due_at, attempts=push.attempts, reason=push.reason, version=new_version()
            )
            content = self._pushes[(push.user, push.appointment, push.slot)][1]
            self._pushes[(push.user, push.appointment, push.slot)] = (changed, content)

    def forget(self, user: UserGuid, appointment: AppointmentGuid, slot: str = "", *, up_to: datetime) -> None:
        with self.faults.around("forget"), self._lock:
            known = self._known(user, appointment, slot)
            if known is not None and known.modified_at <= up_to:
                del self._pushes[(user, appointment, slot)]

    def schedule(self, user: UserGuid, due_at: datetime | None) -> str:
        with self.faults.around("schedule"), self._lock:
            turn = uuid.uuid4().hex
            self._turns[user] = (turn, due_at)
            return turn

    def is_scheduled(self, user: UserGuid, turn: str) -> bool:
        with self.faults.around("is_scheduled"), self._lock:
            return self._turns.get(user, (None, None))[0] == turn

    def overdue(self, shard: int, before: datetime) -> list[UserGuid]:
        with self.faults.around("overdue"), self._lock:
            due = {user: due_at for user, (_, due_at) in self._turns.items() if shard_of(user, SHARDS) == shard}
            return sorted(user for user, due_at in due.items() if due_at is not None and due_at < before)

    def _known(self, user: UserGuid, appointment: AppointmentGuid, slot: str) -> WaitingPush | None:
        return self._pushes.get((user, appointment, slot), (None, None))[0]


def _is_same(one: WaitingPush, other: WaitingPush) -> bool:
    return (one.kind, one.modified_at, one.waiting_since) == (other.kind, other.modified_at, other.waiting_since)
