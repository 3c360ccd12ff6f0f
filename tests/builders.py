"""Domain values with defaults, so that a test mentions only what it is about."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from shared_code.domain.appointments import Appointment
from shared_code.domain.connections import Connection, Mailbox, TokenPlace
from shared_code.domain.events import CalendarEvent, EventKind
from shared_code.domain.identifiers import AppointmentGuid, EventId, MailboxKey, UserGuid, book_of
from shared_code.domain.pairs import Pair, PairState
from shared_code.domain.receipts import Outcome, ReceiptEntry, Towards
from shared_code.domain.schedules import Schedule, Timed
from shared_code.use_cases.ports import WaitingPush, WaitKind

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""A Monday morning; what tests call now unless they say otherwise."""

ANNA = UserGuid("a0000000-0000-4000-8000-000000000001")
BEN = UserGuid("b0000000-0000-4000-8000-000000000002")


def a_user() -> UserGuid:
    """Return the guid of a rep whom no other test knows."""
    return UserGuid(str(uuid.uuid4()))


def an_appointment_guid() -> AppointmentGuid:
    """Return the guid of an appointment that no other test knows."""
    return AppointmentGuid(str(uuid.uuid4()))


def an_event_id() -> EventId:
    """Return an event id as Graph's immutable ones look: long, case-sensitive, with characters keys may not hold."""
    return EventId(f"AAkALgAAAAAA/{uuid.uuid4().hex}+aBcD==")


def a_mailbox_key() -> MailboxKey:
    """Return the key of an account that no other test knows."""
    return MailboxKey(f"{uuid.uuid4()}.{uuid.uuid4()}")


def a_time(starts_at: datetime | None = None, *, lasting: timedelta = timedelta(minutes=30)) -> Timed:
    """Return a stretch of time, tomorrow at ten unless told otherwise."""
    start = starts_at or NOW + timedelta(days=1, hours=1)
    return Timed(start_at=start, end_at=start + lasting)


def an_appointment(**said: Any) -> Appointment:
    """Return an appointment of Anna's; whatever is given replaces the default."""
    plain = Appointment(
        guid=AppointmentGuid("11111111-1111-4111-8111-111111111111"),
        user=ANNA,
        subject="Call Mrs. Keller",
        body_html="<p>Bring the offer.</p>",
        schedule=a_time(),
        modified_at=NOW,
    )
    return replace(plain, **said)


def an_event(schedule: Schedule | None = None, **said: Any) -> CalendarEvent:
    """Return a single event in a rep's calendar; whatever is given replaces the default."""
    plain = CalendarEvent(
        id=EventId("AAkALgAAAAAAHYQDEapmEc2byACqAC-EWg0AEvent1"),
        change_key="ck-1",
        kind=EventKind.SINGLE,
        subject="Dentist",
        body_html="<p>Second floor.</p>",
        schedule=schedule or a_time(),
        modified_at=NOW,
        web_link="https://outlook.office365.com/owa/?itemid=1",
    )
    return replace(plain, **said)


def a_pair(**said: Any) -> Pair:
    """Return a linked pair of Anna's with her mailbox, never stored; whatever is given replaces the default.

    A given `user` has the pair in her own book, with the same mailbox.
    """
    said.setdefault("book", book_of(said.get("user", ANNA), a_mailbox().key))
    plain = Pair(
        book=said["book"],
        user=ANNA,
        appointment=AppointmentGuid("11111111-1111-4111-8111-111111111111"),
        state=PairState.LINKED,
        event_id=EventId("AAkALgAAAAAAHYQDEapmEc2byACqAC-EWg0AEvent1"),
        accepted_at=NOW,
        change_key="ck-1",
    )
    return replace(plain, **said)


def a_connection(**said: Any) -> Connection:
    """Return Anna's working connection, never stored; whatever is given replaces the default."""
    plain = Connection(
        user=ANNA,
        mailbox=a_mailbox(),
        tokens=TokenPlace(vault_url="https://vault.example", secret_name="rep-anna"),
        connected_at=NOW - timedelta(days=3),
        salt=bytes(range(32)),
    )
    return replace(plain, **said)


def a_mailbox(**said: Any) -> Mailbox:
    """Return Anna's mailbox; whatever is given replaces the default."""
    plain = Mailbox(
        key=MailboxKey("0a0a0a0a-0000-4000-8000-00000000000a.0c0c0c0c-0000-4000-8000-00000000000c"),
        address="anna@example.com",
        home_account_id="0a0a0a0a-0000-4000-8000-00000000000a.0c0c0c0c-0000-4000-8000-00000000000c",
    )
    return replace(plain, **said)


def a_waiting_push(**said: Any) -> WaitingPush:
    """Return a push of Anna's that waits for Graph, never stored; whatever is given replaces the default."""
    plain = WaitingPush(
        user=ANNA,
        appointment=AppointmentGuid("11111111-1111-4111-8111-111111111111"),
        kind=WaitKind.PUT,
        modified_at=NOW,
        waiting_since=NOW,
        due_at=NOW + timedelta(minutes=1),
        reason="Throttled",
    )
    return replace(plain, **said)


def a_receipt_entry(**said: Any) -> ReceiptEntry:
    """Return an entry of a receipt; whatever is given replaces the default."""
    plain = ReceiptEntry(at=NOW, towards=Towards.OUTLOOK, outcome=Outcome.UPDATED, why="The subject changed.")
    return replace(plain, **said)
