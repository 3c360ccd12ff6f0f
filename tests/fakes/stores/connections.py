"""Connections in memory."""

import threading
from collections.abc import Iterator
from dataclasses import replace

from shared_code.domain.connections import Connection, LastError
from shared_code.domain.identifiers import MailboxKey, UserGuid
from tests.fakes.faults import Faults
from tests.fakes.stores.versions import WORDS_KEPT, next_version


class FakeConnections:
    """Connections in memory."""

    def __init__(self) -> None:
        self.faults = Faults()
        self._lock = threading.RLock()
        self._connections: dict[UserGuid, Connection] = {}
        self._owners: dict[MailboxKey, UserGuid] = {}
        self._errors: dict[UserGuid, LastError] = {}

    def get(self, user: UserGuid) -> Connection | None:
        with self.faults.around("get"):
            return self._connections.get(user)

    def save(self, connection: Connection) -> Connection:
        with self.faults.around("save"), self._lock:
            stored = self._connections.get(connection.user)
            version = next_version(stored.version if stored else None, connection.version)
            self._connections[connection.user] = replace(connection, version=version)
            return self._connections[connection.user]

    def erase(self, user: UserGuid) -> None:
        with self.faults.around("erase"), self._lock:
            self._connections.pop(user, None)
            self._errors.pop(user, None)

    def claim_mailbox(self, mailbox: MailboxKey, user: UserGuid) -> UserGuid:
        with self.faults.around("claim_mailbox"), self._lock:
            return self._owners.setdefault(mailbox, user)

    def mailbox_owner(self, mailbox: MailboxKey) -> UserGuid | None:
        with self.faults.around("mailbox_owner"):
            return self._owners.get(mailbox)

    def release_mailbox(self, mailbox: MailboxKey, user: UserGuid) -> None:
        with self.faults.around("release_mailbox"), self._lock:
            if self._owners.get(mailbox) == user:
                del self._owners[mailbox]

    def last_error(self, user: UserGuid) -> LastError | None:
        with self.faults.around("last_error"):
            return self._errors.get(user)

    def everyone(self) -> Iterator[tuple[Connection, LastError | None]]:
        with self.faults.around("everyone"):
            yield from [(each, self._errors.get(user)) for user, each in sorted(self._connections.items())]

    def note_error(self, user: UserGuid, error: LastError | None) -> None:
        with self.faults.around("note_error"), self._lock:
            if error is None:
                self._errors.pop(user, None)
            else:
                self._errors[user] = replace(error, message=error.message[:WORDS_KEPT])
