"""Alarms for the operator, in Tables: one row for each code."""

from datetime import datetime

from shared_code.adapters.tables.columns import Columns, known_moment, number, text
from shared_code.adapters.tables.names import ALARMS, key_of
from shared_code.adapters.tables.table import Tables, Write
from shared_code.use_cases.errors import StaleVersion
from shared_code.use_cases.ports import Alarm

_PARTITION = "alarms"
_WORDS_KEPT = 500


class TableAlarms:
    """Keeps alarms in Azure Tables."""

    def __init__(self, tables: Tables) -> None:
        self._alarms = tables.table(ALARMS)

    def sound(self, code: str, message: str, at: datetime) -> None:
        """Note that it happened, again perhaps."""
        row = self._alarms.get(_PARTITION, key_of(code))
        columns = {"Code": code, "Message": message[:_WORDS_KEPT], "LastAt": at}
        try:
            if row is None:
                self._alarms.write(Write.insert(_PARTITION, key_of(code), {**columns, "FirstAt": at, "Count": 1}))
            else:
                counted = {**columns, "Count": number(row.columns, "Count") + 1}
                self._alarms.write(Write.merge(_PARTITION, key_of(code), counted, row.etag))
        except StaleVersion:
            # Somebody sounded the same alarm at the same time: it is sounded, which is what counts.
            return

    def sounded(self) -> list[Alarm]:
        """Return every alarm that was ever sounded and not silenced."""
        rows = self._alarms.rows("PartitionKey eq @alarms", {"alarms": _PARTITION})
        return [_alarm(row.columns) for row in rows]

    def silence(self, code: str) -> None:
        """Forget the alarm."""
        try:
            self._alarms.write(Write.delete(_PARTITION, key_of(code)))
        except StaleVersion:
            # It was silent already.
            return


def _alarm(columns: Columns) -> Alarm:
    return Alarm(
        code=text(columns, "Code"),
        message=text(columns, "Message"),
        first_at=known_moment(columns, "FirstAt"),
        last_at=known_moment(columns, "LastAt"),
        count=number(columns, "Count"),
    )
