"""Connections in Tables: one row a rep, one row a mailbox, and one for what the sync last did."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields, replace
from datetime import datetime
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
from shared_code.domain.connections import Activity, Connection, LastError, Mailbox, TokenPlace
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
ACTIVITY_ROW = "activity"
OWNER_ROW = "rep"
MESSAGE_KEPT = 1000

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

    def activity(self, user: UserGuid) -> Activity:
        """Return when the rep's sync last did something."""
        row = self._reps.get(key_of(user), ACTIVITY_ROW)
        return Activity() if row is None else _activity(row.columns)

    def note_poll(self, user: UserGuid, at: datetime, error: LastError | None) -> None:
        """Remember a poll: its time when it came through (error None, which clears the last error), else the error."""
        columns: dict[str, Any] = {
            "LastErrorCode": "" if error is None else error.code,
            "LastErrorMessage": "" if error is None else error.message[:MESSAGE_KEPT],
            "LastErrorAt": "" if error is None else error.at,
        }
        if error is None:
            columns["LastPollAt"] = at
        self._reps.write(Write.note(key_of(user), ACTIVITY_ROW, columns))


def push_noted(partition: str, at: datetime) -> Write:
    """Return the write that remembers a push, to go into the same transaction as what the push did."""
    return Write.note(partition, ACTIVITY_ROW, {"LastPushAt": at})


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
        preferences=_preferences(text(columns, "Preferences")),
    )


def _preferences(stored: str) -> Preferences:
    """Read preferences; one that this version does not know is left out, one not stored yet has its default."""
    known = {each.name for each in fields(Preferences)}
    said = {name: value for name, value in json.loads(stored or "{}").items() if name in known}
    return Preferences(**{name: _PREFERENCE_TYPES.get(name, _as_is)(value) for name, value in said.items()})


def _as_is(value: Any) -> Any:
    return value


def _activity(columns: Columns) -> Activity:
    code, failed_at = optional_text(columns, "LastErrorCode"), moment(columns, "LastErrorAt")
    failed = None
    if code is not None and failed_at is not None:
        failed = LastError(code=code, message=text(columns, "LastErrorMessage"), at=failed_at)
    return Activity(
        last_poll_at=moment(columns, "LastPollAt"),
        last_push_at=moment(columns, "LastPushAt"),
        last_error=failed,
    )
