"""Which rep has which appointment, in Tables: one row an appointment, so that a moved one is found without its rep."""

import json
from collections.abc import Mapping
from dataclasses import replace

from shared_code.adapters.tables.columns import Columns, moment, or_empty, text
from shared_code.adapters.tables.names import APPOINTMENTS, key_of
from shared_code.adapters.tables.table import Tables, Write
from shared_code.domain.fields import Field
from shared_code.domain.identifiers import AppointmentGuid, UserGuid
from shared_code.use_cases.errors import StaleVersion
from shared_code.use_cases.ports import Holder

_ROW = "holder"


class TableHolders:
    """Keeps in Azure Tables who has an appointment."""

    def __init__(self, tables: Tables) -> None:
        self._appointments = tables.table(APPOINTMENTS)

    def get(self, appointment: AppointmentGuid) -> Holder | None:
        """Return who has it, or None."""
        row = self._appointments.get(key_of(appointment), _ROW)
        return None if row is None else _holder(appointment, row.columns, row.etag)

    def claim(self, appointment: AppointmentGuid, user: UserGuid, attempt: Mapping[Field, str] | None = None) -> Holder:
        """Note that the rep has it unless it is noted already; return what is noted now."""
        holder = Holder(appointment=appointment, user=user, attempt=attempt or {})
        try:
            return replace(self.save(holder), is_new=True)
        except StaleVersion:
            noted = self.get(appointment)
            if noted is None:
                raise
            return noted

    def release(self, appointment: AppointmentGuid, user: UserGuid) -> None:
        """Forget the note if the rep has the appointment."""
        noted = self.get(appointment)
        if noted is None or noted.user != user:
            return
        try:
            self._appointments.write(Write.delete(key_of(appointment), _ROW, noted.version))
        except StaleVersion:
            # It changed hands meanwhile.
            return

    def save(self, holder: Holder) -> Holder:
        """Insert (version None) or replace the note; StaleVersion on a race."""
        partition = key_of(holder.appointment)
        columns = {
            "UserGuid": holder.user,
            "MovedAt": or_empty(holder.moved_at),
            "RemovedAt": or_empty(holder.removed_at),
            "Attempt": json.dumps({name.value: said for name, said in holder.attempt.items()}),
        }
        if holder.version is None:
            (version,) = self._appointments.write(Write.insert(partition, _ROW, columns))
        else:
            (version,) = self._appointments.write(Write.replace(partition, _ROW, columns, holder.version))
        return replace(holder, version=version)


def _holder(appointment: AppointmentGuid, columns: Columns, etag: str) -> Holder:
    return Holder(
        appointment=appointment,
        user=UserGuid(text(columns, "UserGuid")),
        moved_at=moment(columns, "MovedAt"),
        removed_at=moment(columns, "RemovedAt"),
        attempt={Field(name): said for name, said in json.loads(text(columns, "Attempt") or "{}").items()},
        version=etag,
    )
