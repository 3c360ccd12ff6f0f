"""Things that may be used once, in Tables, under the hash of their key: who reads the table cannot use them."""

from datetime import datetime

from shared_code.adapters.tables.columns import joined_text, moment, split_text
from shared_code.adapters.tables.names import ONE_TIME, digest_key
from shared_code.adapters.tables.table import Tables, Write
from shared_code.use_cases.errors import StaleVersion

SWEPT_AT_ONCE = 500
"""What one sweep forgets at the most, so that it stays a matter of seconds; the next one goes on."""


class TableOneTime:
    """Keeps one-time values in Azure Tables."""

    def __init__(self, tables: Tables) -> None:
        self._table = tables.table(ONE_TIME)

    def put(self, key: str, value: str, expires_at: datetime) -> None:
        """Store a value under a key of ours; an earlier value of that key is forgotten."""
        columns = {"ExpiresAt": expires_at, **split_text("Value", value)}
        self._table.write(Write.put(*_place(key), columns))

    def take(self, key: str, now: datetime) -> str | None:
        """Return the value and forget it, for one caller only; None when it is unknown, used or expired."""
        row = self._table.get(*_place(key))
        if row is None:
            return None
        try:
            self._table.write(Write.delete(*_place(key), row.etag))
        except StaleVersion:
            # Another caller took it between our read and this.
            return None
        expires_at = moment(row.columns, "ExpiresAt")
        return None if expires_at is None or expires_at <= now else joined_text(row.columns, "Value")

    def sweep(self, now: datetime) -> int:
        """Forget what has expired, SWEPT_AT_ONCE at the most; return how many there were."""
        expired = self._table.rows("ExpiresAt le @now", {"now": now}, ["ExpiresAt"], at_most=SWEPT_AT_ONCE)
        for row in expired:
            try:
                self._table.write(Write.delete(row.columns["PartitionKey"], row.key, row.etag))
            except StaleVersion:
                # It was taken or put anew meanwhile.
                continue
        return len(expired)


def _place(key: str) -> tuple[str, str]:
    digest = digest_key(key)
    return digest[:2], digest
