"""Show, change and end a rep's connection."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from shared_code.domain.connections import Connection, ConnectionState, LastError, state_of
from shared_code.domain.identifiers import UserGuid
from shared_code.domain.preferences import Preferences
from shared_code.use_cases.cleanup_parts import give_up_if_blocked, running_cleanup
from shared_code.use_cases.errors import NotPossible, StaleVersion, TryAgainLater
from shared_code.use_cases.forget_rep import keep_for_a_while
from shared_code.use_cases.ports import Poll, Ports, Reconcile
from shared_code.use_cases.pushing import ATTEMPTS, MOMENT
from shared_code.use_cases.waiting_pushes import drop_waiting

_RUNNING = "A clean-up of this user is running: {0}. Wait until GET /api/cleanup/{0} says Done."


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionView:
    """What SalesExec is shown of a connection."""

    user: UserGuid
    state: ConnectionState
    connection: Connection | None
    last_poll_at: datetime | None
    last_push_at: datetime | None
    last_error: LastError | None
    preferences: Preferences


def show_connection(user: UserGuid, ports: Ports) -> ConnectionView:
    """Return the rep's connection and what it did last."""
    connection = ports.connections.get(user)
    return _view(user, connection, ports)


def _view(user: UserGuid, connection: Connection | None, ports: Ports) -> ConnectionView:
    row = ports.polls.row(user) if connection is not None else None
    return ConnectionView(
        user=user,
        state=state_of(connection),
        connection=connection,
        last_poll_at=row.last_poll_at if row is not None else None,
        last_push_at=ports.pairs.last_push_at(connection.book) if connection is not None else None,
        last_error=ports.connections.last_error(user) if connection is not None else None,
        preferences=connection.preferences if connection is not None else Preferences(),
    )


def change_connection(
    user: UserGuid, *, enabled: bool | None, preferences: Mapping[str, Any], ports: Ports
) -> ConnectionView:
    """Switch the sync on or off and change preferences (already checked); NotPossible when she is not connected."""
    for _ in range(ATTEMPTS):
        connection = connected(user, ports)
        running = running_cleanup(connection, ports) if enabled else connection.cleanup_job
        if enabled and running is not None:
            raise NotPossible(_RUNNING.format(running))
        chosen = replace(connection.preferences, **preferences)
        enabled_now = connection.enabled if enabled is None else enabled
        changed = replace(connection, preferences=chosen, enabled=enabled_now, cleanup_job=running)
        try:
            saved = ports.connections.save(changed) if changed != connection else connection
        except StaleVersion:
            continue
        resumed = changed.enabled and not connection.enabled
        if saved.works and (resumed or lets_more_in(connection.preferences, chosen)):
            # The trip-wire's window is frozen in its token, and what was let pass before is to be looked at anew.
            ports.polls.enrol(user)
            ports.work.send(Reconcile(user=user))
            ports.work.send(Poll(user=user))
        return _view(user, saved, ports)
    raise TryAgainLater("the connection is being changed by others", retry_after=MOMENT)


def lets_more_in(before: Preferences, after: Preferences) -> bool:
    """Tell whether preferences changed in a way that can bring more into either calendar."""
    return before != after


def connected(user: UserGuid, ports: Ports) -> Connection:
    """Return the rep's connection; NotPossible when there is none."""
    connection = ports.connections.get(user)
    if connection is None or connection.state is ConnectionState.NOT_CONNECTED:
        message = "This user has not connected an Outlook calendar. Send the user a connect link first."
        raise NotPossible(message)
    return connection


def sync_now(user: UserGuid, ports: Ports) -> None:
    """Have the rep's calendar read now; NotPossible when she is not connected."""
    connected(user, ports)
    ports.work.send(Poll(user=user))


def disconnect(user: UserGuid, ports: Ports) -> None:
    """End the connection: tokens destroyed, no more polls, the mailbox free for another sign-in; mappings are kept.

    Every step can be repeated, so a call that failed half-way is simply made again. NotPossible while a cleanup of
    hers runs, unless it waits for a sign-in that may never come: then it ends, and leaves what is in Outlook.
    """
    for _ in range(ATTEMPTS):
        connection = ports.connections.get(user)
        if connection is None:
            return
        if not give_up_if_blocked(connection, ports):
            raise NotPossible(_RUNNING.format(connection.cleanup_job))
        ended = replace(connection, disconnected_at=connection.disconnected_at or ports.clock.now(), cleanup_job=None)
        if ended != connection:
            try:
                ended = ports.connections.save(ended)
            except StaleVersion:
                continue
        ports.polls.withdraw(user)
        drop_waiting(user, ports)
        ports.connections.release_mailbox(ended.mailbox.key, user)
        ports.vault.destroy(ended.tokens)
        keep_for_a_while(ended, ports)
        return
    raise TryAgainLater("the connection is being changed by others", retry_after=MOMENT)
