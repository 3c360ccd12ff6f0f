"""Forget what was kept of a rep who disconnected; it was kept so that coming back would double nothing."""

from datetime import timedelta

from shared_code.domain.connections import Connection
from shared_code.domain.identifiers import book_of
from shared_code.use_cases.ports import Forget, Ports

KEPT_FOR = timedelta(days=30)

LONGEST_DELAY = timedelta(days=6)
"""A queue message can be delayed for seven days at the most, so a longer wait is made of several."""


def keep_for_a_while(connection: Connection, ports: Ports) -> None:
    """Have what is kept of the rep and her mailbox forgotten in time."""
    forget = Forget(user=connection.user, book=connection.book, due_at=ports.clock.now() + KEPT_FOR)
    ports.work.send(forget, delay=LONGEST_DELAY)


def forget_rep(work: Forget, ports: Ports) -> dict[str, int]:
    """Forget the book when its time has come; nothing when the rep is back with that mailbox. Repeatable."""
    now = ports.clock.now()
    connection = ports.connections.get(work.user)
    is_hers = connection is not None and connection.book == work.book
    if is_hers and connection is not None and not _left_long_ago(connection, work):
        return {"is_back": 1}
    if now < work.due_at:
        ports.work.send(work, delay=min(work.due_at - now, LONGEST_DELAY))
        return {"kept": 1}
    appointments = ports.pairs.erase(work.book)
    for appointment in appointments:
        if connection is None or is_hers or ports.pairs.get(connection.book, appointment) is None:
            # Otherwise she has it again, with the mailbox she came back with.
            ports.holders.release(appointment, work.user)
    if is_hers:
        for push in ports.waiting.of(work.user):
            ports.waiting.forget(work.user, push.appointment, up_to=push.modified_at)
        ports.pairs.erase(book_of(work.user, None))
        ports.connections.erase(work.user)
    return {"forgotten": len(appointments)}


def _left_long_ago(connection: Connection, work: Forget) -> bool:
    """Tell whether the connection has been over since the message was sent; coming back and leaving sends another."""
    return connection.disconnected_at is not None and connection.disconnected_at <= work.due_at - KEPT_FOR
