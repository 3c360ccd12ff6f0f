"""Waiting pushes in Tables: a shard in one partition, with a row for each push and one for each rep's next turn.

The rows of turns lie together at the end of their partition, so that the sweep reads no content.
"""

import uuid
from dataclasses import replace
from datetime import datetime
from typing import Any

from shared_code.adapters.tables.columns import known_moment, moment, number, or_empty, text
from shared_code.adapters.tables.names import WAITING, key_of, shard_key, shard_partition
from shared_code.adapters.tables.table import ATTEMPTS, Row, Tables, Write, too_busy
from shared_code.adapters.tables.waiting.content import Keys, opened, sealed
from shared_code.domain.appointments import Appointment
from shared_code.domain.identifiers import AppointmentGuid, UserGuid
from shared_code.use_cases.errors import StaleVersion
from shared_code.use_cases.ports import WaitingPush, WaitKind

_TOLD = (
    "UserGuid",
    "AppointmentGuid",
    "Slot",
    "Kind",
    "ModifiedAt",
    "WaitingSince",
    "DueAt",
    "Reason",
    "Attempts",
    "CorrelationId",
)
_PUSHES = "PartitionKey eq @shard and RowKey ge @first and RowKey lt @end"
_TURNS = "PartitionKey eq @shard and RowKey ge '~next.' and RowKey lt '~next.~' and TurnDueAt lt @before"
_TURN, _TURN_DUE_AT = "Turn", "TurnDueAt"


class TableWaiting:
    """Keeps waiting pushes in Azure Tables, their content encrypted with keys that are elsewhere."""

    def __init__(self, tables: Tables, keys: Keys) -> None:
        self._waiting = tables.table(WAITING)
        self._keys = keys

    def put(self, push: WaitingPush, content: Appointment | None) -> WaitingPush:
        """Store it in the place of an older one of the same appointment or occurrence; return it with its version.

        StaleVersion when a newer one of the rep waits already. `content` is what a PUT will bring.
        """
        partition, key = _place(push.user, push.appointment, push.slot)
        columns = _columns(push) | ({} if content is None else sealed(push, content, self._keys))
        for _ in range(ATTEMPTS):
            known = self._waiting.get(partition, key, ["ModifiedAt"])
            if known is not None and known_moment(known.columns, "ModifiedAt") > push.modified_at:
                message = "a newer push of the appointment waits"
                raise StaleVersion(message)
            try:
                if known is None:
                    (etag,) = self._waiting.write(Write.insert(partition, key, columns))
                else:
                    (etag,) = self._waiting.write(Write.replace(partition, key, columns, known.etag))
            except StaleVersion:
                # Somebody stored, postponed or erased one between our read and this: look whether it is newer.
                continue
            return replace(push, version=etag)
        raise too_busy(WAITING)

    def of(self, user: UserGuid) -> list[WaitingPush]:
        """Return the rep's waiting pushes, the longest waiting first, without content."""
        start = key_of(user) + "."
        rows = self._waiting.rows(_PUSHES, {"shard": shard_key(user), "first": start, "end": start + "~"}, _TOLD)
        return sorted((_push(row) for row in rows), key=lambda push: (push.waiting_since, push.appointment, push.slot))

    def content(self, push: WaitingPush) -> Appointment | None:
        """Return what a PUT brings, or None when it is gone or cannot be read any more."""
        row = self._waiting.get(*_place(push.user, push.appointment, push.slot))
        return None if row is None else opened(push, row.columns, self._keys)

    def postpone(self, push: WaitingPush) -> None:
        """Store due_at, attempts and reason anew; nothing when a newer one took its place meanwhile."""
        partition, key = _place(push.user, push.appointment, push.slot)
        columns = {"DueAt": or_empty(push.due_at), "Attempts": push.attempts, "Reason": push.reason}
        etag = push.version
        for _ in range(ATTEMPTS):
            if etag is None:
                row = self._waiting.get(partition, key, _TOLD)
                if row is None or not _is_same(push, _push(row)):
                    return
                etag = row.etag
            try:
                self._waiting.write(Write.merge(partition, key, columns, etag))
            except StaleVersion:
                # Safety: somebody may have postponed the same push; the last one wins, as none of them may get lost.
                etag = None
                continue
            return
        raise too_busy(WAITING)

    def forget(self, user: UserGuid, appointment: AppointmentGuid, slot: str = "", *, up_to: datetime) -> None:
        """Erase the waiting push of the appointment, or of one occurrence, unless it is newer than `up_to`."""
        partition, key = _place(user, appointment, slot)
        for _ in range(ATTEMPTS):
            row = self._waiting.get(partition, key, ["ModifiedAt"])
            if row is None or known_moment(row.columns, "ModifiedAt") > up_to:
                return
            try:
                self._waiting.write(Write.delete(partition, key, row.etag))
            except StaleVersion:
                # It was postponed, replaced or erased meanwhile: look again, it may be newer now.
                continue
            return
        raise too_busy(WAITING)

    def schedule(self, user: UserGuid, due_at: datetime | None) -> str:
        """Note when the rep's waiting pushes are next to be tried (None: not by time); return a new turn's token."""
        turn = uuid.uuid4().hex
        due = {} if due_at is None else {_TURN_DUE_AT: due_at}
        self._waiting.write(Write.put(*_turn_place(user), {"UserGuid": user, _TURN: turn, **due}))
        return turn

    def is_scheduled(self, user: UserGuid, turn: str) -> bool:
        """Tell whether that turn is still the newest: a message of an older one has been overtaken."""
        row = self._waiting.get(*_turn_place(user), [_TURN])
        return row is not None and text(row.columns, _TURN) == turn

    def overdue(self, shard: int, before: datetime) -> list[UserGuid]:
        """Return the reps whose turn was due before then: their message was lost."""
        rows = self._waiting.rows(_TURNS, {"shard": shard_partition(shard), "before": before}, ["UserGuid"])
        return [UserGuid(text(row.columns, "UserGuid")) for row in rows]


def _place(user: UserGuid, appointment: AppointmentGuid, slot: str) -> tuple[str, str]:
    own = f"{key_of(user)}.{key_of(appointment)}"
    return shard_key(user), f"{own}.{key_of(slot)}" if slot else own


def _turn_place(user: UserGuid) -> tuple[str, str]:
    return shard_key(user), f"~next.{key_of(user)}"


def _is_same(one: WaitingPush, other: WaitingPush) -> bool:
    return (one.kind, one.modified_at, one.waiting_since) == (other.kind, other.modified_at, other.waiting_since)


def _columns(push: WaitingPush) -> dict[str, Any]:
    return {
        "UserGuid": push.user,
        "AppointmentGuid": push.appointment,
        "Slot": push.slot,
        "Kind": push.kind.value,
        "ModifiedAt": push.modified_at,
        "WaitingSince": push.waiting_since,
        "DueAt": or_empty(push.due_at),
        "Reason": push.reason,
        "Attempts": push.attempts,
        "CorrelationId": push.correlation_id,
    }


def _push(row: Row) -> WaitingPush:
    columns = row.columns
    return WaitingPush(
        user=UserGuid(text(columns, "UserGuid")),
        appointment=AppointmentGuid(text(columns, "AppointmentGuid")),
        slot=text(columns, "Slot"),
        kind=WaitKind(text(columns, "Kind")),
        modified_at=known_moment(columns, "ModifiedAt"),
        waiting_since=known_moment(columns, "WaitingSince"),
        due_at=moment(columns, "DueAt"),
        reason=text(columns, "Reason"),
        attempts=number(columns, "Attempts"),
        correlation_id=text(columns, "CorrelationId"),
        version=row.etag,
    )
