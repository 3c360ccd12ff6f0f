"""Connections in Tables: one row a rep, one row a mailbox, and one for what went wrong last."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, fields, replace
from types import MappingProxyType
from typing import Any

from shared_code.adapters.tables.columns import (
    Columns,
    known_moment,
    moment,
    number,
    optional_text,
    or_empty,
    text,
    truth,
)
from shared_code.adapters.tables.names import MAILBOXES, REPS, key_of
from shared_code.adapters.tables.table import ATTEMPTS, Tables, Write, too_busy
from shared_code.domain.connections import Connection, HeldDecision, LastError, Mailbox, TokenPlace
from shared_code.domain.identifiers import MailboxKey, UserGuid
from shared_code.domain.preferences import (
    ConflictWinner,
    Direction,
    ImportDetail,
    Meetings,
    Preferences,
    PrivateEvents,
)
from shared_code.use_cases.errors import StaleVersion

CONNECTION_ROW = "connection"
ERROR_ROW = "activity"
OWNER_ROW = "rep"
MESSAGE_KEPT = 1000
_ERROR_COLUMNS = ("LastErrorCode", "LastErrorMessage", "LastErrorAt")

_PREFERENCE_TYPES: Mapping[str, Callable[[Any], Any]] = MappingProxyType(
    {
        "direction": Direction,
        "private_events": PrivateEvents,
        "import_detail": ImportDetail,
        "conflict_winner": ConflictWinner,
        "meetings": Meetings,
        "only_categories": tuple,
    }
)


class TableConnections:
    """Keeps connections in Azure Tables."""

    def __init__(self, tables: Tables) -> None:
        self._reps = tables.table(REPS)
        self._mailboxes = tables.table(MAILBOXES)

    def get(self, user: UserGuid) -> Connection | None:
        """Return the rep's connection, also a past one, or None."""
        row = self._reps.get(key_of(user), CONNECTION_ROW)
        return None if row is None else replace(_connection(user, row.columns), version=row.etag)

    def save(self, connection: Connection) -> Connection:
        """Insert (version None) or replace it, and return it with its new version; StaleVersion on a race."""
        partition, columns = key_of(connection.user), _connection_columns(connection)
        if connection.version is None:
            (version,) = self._reps.write(Write.insert(partition, CONNECTION_ROW, columns))
        else:
            (version,) = self._reps.write(Write.replace(partition, CONNECTION_ROW, columns, connection.version))
        return replace(connection, version=version)

    def erase(self, user: UserGuid) -> None:
        """Forget the rep's connection and what went wrong for her."""
        for key in (ERROR_ROW, CONNECTION_ROW):
            try:
                self._reps.write(Write.delete(key_of(user), key))
            except StaleVersion:
                # It was not there.
                continue

    def claim_mailbox(self, mailbox: MailboxKey, user: UserGuid) -> UserGuid:
        """Note that the mailbox is this rep's unless it is somebody's already; return whose it is now."""
        partition = key_of(mailbox)
        for _ in range(ATTEMPTS):
            try:
                self._mailboxes.write(Write.insert(partition, OWNER_ROW, {"UserGuid": user}))
            except StaleVersion:
                owner = self.mailbox_owner(mailbox)
                if owner is not None:
                    return owner
                # It was given free between the two calls, so it can be claimed again.
            else:
                return user
        raise too_busy(MAILBOXES)

    def mailbox_owner(self, mailbox: MailboxKey) -> UserGuid | None:
        """Return whose the mailbox is, or None when it is free."""
        row = self._mailboxes.get(key_of(mailbox), OWNER_ROW)
        return None if row is None else UserGuid(text(row.columns, "UserGuid"))

    def release_mailbox(self, mailbox: MailboxKey, user: UserGuid) -> None:
        """Give the mailbox free if it is this rep's."""
        row = self._mailboxes.get(key_of(mailbox), OWNER_ROW)
        if row is None or text(row.columns, "UserGuid") != user:
            return
        try:
            self._mailboxes.write(Write.delete(key_of(mailbox), OWNER_ROW, row.etag))
        except StaleVersion:
            # The row is never changed, only deleted and made anew: this rep's claim was given free by another call.
            return

    def last_error(self, user: UserGuid) -> LastError | None:
        """Return what went wrong last, unless all went well since."""
        row = self._reps.get(key_of(user), ERROR_ROW, _ERROR_COLUMNS)
        return None if row is None else _last_error(row.columns)

    def everyone(self) -> Iterator[tuple[Connection, LastError | None]]:
        """Yield every rep who ever connected, with what went wrong for her last."""
        rows = self._reps.rows("RowKey eq @row", {"row": CONNECTION_ROW})
        errors = self._reps.rows("RowKey eq @row", {"row": ERROR_ROW})
        last = {row.columns["PartitionKey"]: _last_error(row.columns) for row in errors}
        for row in rows:
            connection = _connection(UserGuid(str(row.columns["PartitionKey"])), row.columns)
            yield replace(connection, version=row.etag), last.get(row.columns["PartitionKey"])

    def note_error(self, user: UserGuid, error: LastError | None) -> None:
        """Remember what went wrong, or None that all went well since.

        All went well: one read, and a write only when there was an error. Nothing of it is remembered in the process,
        since the error may have been noted by another one.
        """
        if error is not None:
            self._reps.write(Write.note(key_of(user), ERROR_ROW, _error_columns(error)))
            return
        row = self._reps.get(key_of(user), ERROR_ROW, _ERROR_COLUMNS)
        if row is None or _last_error(row.columns) is None:
            return
        try:
            self._reps.write(Write.merge(key_of(user), ERROR_ROW, _error_columns(None), row.etag))
        except StaleVersion:
            # What somebody noted between the two calls is newer than what went well here.
            return


def _connection_columns(connection: Connection) -> dict[str, Any]:
    return {
        "MailboxKey": connection.mailbox.key,
        "MailboxAddress": connection.mailbox.address,
        "HomeAccountId": connection.mailbox.home_account_id,
        "VaultUrl": connection.tokens.vault_url,
        "SecretName": connection.tokens.secret_name,
        "ConnectedAt": connection.connected_at,
        "Salt": connection.salt,
        "Epoch": connection.epoch,
        "Enabled": connection.enabled,
        "NeedsReconnect": connection.needs_reconnect,
        "DisconnectedAt": or_empty(connection.disconnected_at),
        "ToldToReconnect": connection.told_to_reconnect,
        "ThrottledUntil": or_empty(connection.throttled_until),
        "CleanupJob": or_empty(connection.cleanup_job),
        "HeldDeletes": connection.held_deletes,
        "ToldOfHeld": connection.told_of_held,
        "Decision": "" if connection.decision is None else connection.decision.value,
        "Preferences": json.dumps(asdict(connection.preferences), separators=(",", ":")),
    }


def _connection(user: UserGuid, columns: Columns) -> Connection:
    return Connection(
        user=user,
        mailbox=Mailbox(
            key=MailboxKey(text(columns, "MailboxKey")),
            address=text(columns, "MailboxAddress"),
            home_account_id=text(columns, "HomeAccountId"),
        ),
        tokens=TokenPlace(vault_url=text(columns, "VaultUrl"), secret_name=text(columns, "SecretName")),
        connected_at=known_moment(columns, "ConnectedAt"),
        salt=bytes(columns["Salt"]),
        epoch=number(columns, "Epoch", 1),
        enabled=truth(columns, "Enabled", default=True),
        needs_reconnect=truth(columns, "NeedsReconnect"),
        disconnected_at=moment(columns, "DisconnectedAt"),
        told_to_reconnect=truth(columns, "ToldToReconnect"),
        throttled_until=moment(columns, "ThrottledUntil"),
        cleanup_job=optional_text(columns, "CleanupJob"),
        held_deletes=number(columns, "HeldDeletes"),
        told_of_held=truth(columns, "ToldOfHeld"),
        decision=_decision(optional_text(columns, "Decision")),
        preferences=_preferences(text(columns, "Preferences")),
    )


def _decision(stored: str | None) -> HeldDecision | None:
    return None if stored is None else HeldDecision(stored)


def _preferences(stored: str) -> Preferences:
    """Read preferences; one that this version does not know is left out, one not stored yet has its default."""
    known = {each.name for each in fields(Preferences)}
    said = {name: value for name, value in json.loads(stored or "{}").items() if name in known}
    return Preferences(**{name: _PREFERENCE_TYPES.get(name, _as_is)(value) for name, value in said.items()})


def _as_is(value: Any) -> Any:
    return value


def _error_columns(error: LastError | None) -> dict[str, Any]:
    if error is None:
        return dict.fromkeys(_ERROR_COLUMNS, "")
    return dict(zip(_ERROR_COLUMNS, (error.code, error.message[:MESSAGE_KEPT], error.at), strict=True))


def _last_error(columns: Columns) -> LastError | None:
    code, failed_at = optional_text(columns, "LastErrorCode"), moment(columns, "LastErrorAt")
    if code is None or failed_at is None:
        return None
    return LastError(code=code, message=text(columns, "LastErrorMessage"), at=failed_at)
