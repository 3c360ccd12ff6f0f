"""What every push shares: who it is for, whether it may be written, and what is answered."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared_code.domain.connections import Connection, ConnectionState, state_of
from shared_code.domain.fields import Field
from shared_code.domain.identifiers import AppointmentGuid, EventId, UserGuid
from shared_code.domain.outgoing import Rules
from shared_code.domain.pairs import CLAIM_LASTS, Claim, Fingerprints, Pair
from shared_code.domain.receipts import SKIP_WORDS, Outcome, ReceiptEntry, SkipReason, Towards
from shared_code.domain.schedules import Schedule
from shared_code.use_cases.errors import ReconnectNeeded, StaleVersion, TryAgainLater
from shared_code.use_cases.ports import Ports, TellRep

PUSH_BUDGET = timedelta(seconds=8)
"""How long a push may keep its caller waiting for Outlook."""

ATTEMPTS = 4
"""How often a push reads and decides anew when somebody else was faster."""


WRITES_KEPT = 5
"""How many contents of a field that may have been written are remembered."""

MOMENT = timedelta(seconds=5)
"""How long to wait for others who are at work on the same thing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubleBooking:
    """Another busy event of the rep that overlaps; a private one keeps its subject to itself."""

    event_id: EventId
    subject: str | None
    schedule: Schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class PushAnswer:
    """What SalesExec is answered. `conflicts` None: they could not be looked up."""

    outcome: Outcome
    appointment: AppointmentGuid
    event_id: EventId | None = None
    web_link: str | None = None
    conflicts: tuple[DoubleBooking, ...] | None = ()
    reason: str | None = None
    previous_rep: str | None = None


def rules_of(connection: Connection, ports: Ports) -> Rules:
    """Return what governs the rep's sync."""
    return Rules(
        user=connection.user,
        preferences=connection.preferences,
        fingerprints=Fingerprints(connection.salt),
        lead_hosts=ports.lead_hosts,
    )


def reason_not_to_write(connection: Connection | None) -> SkipReason | None:
    """Return why nothing may be written for this rep; ReconnectNeeded when only her sign-in is missing."""
    state = state_of(connection)
    if state is ConnectionState.NOT_CONNECTED:
        return SkipReason.NOT_CONNECTED
    if state is ConnectionState.PAUSED:
        return SkipReason.SYNC_DISABLED
    if connection is not None and not connection.preferences.writes_to_outlook:
        return SkipReason.DIRECTION_OFF
    if state is ConnectionState.RECONNECT_NEEDED:
        raise ReconnectNeeded("the rep must sign in to Outlook again")
    return None


def receipt(
    ports: Ports, outcome: Outcome, why: str, correlation_id: str, fields: Iterable[Field] = ()
) -> ReceiptEntry:
    """Return an entry about something that went, or did not go, to Outlook."""
    return ReceiptEntry(
        at=ports.clock.now(),
        towards=Towards.OUTLOOK,
        outcome=outcome,
        why=why,
        fields=tuple(sorted(fields)),
        correlation_id=correlation_id,
    )


def skipped(appointment: AppointmentGuid, reason: SkipReason, pair: Pair | None = None) -> PushAnswer:
    """Return the answer to a push that was not made."""
    event_id = pair.event_id if pair is not None else None
    return PushAnswer(outcome=Outcome.SKIPPED, appointment=appointment, event_id=event_id, reason=reason.value)


def remember_skip(pair: Pair, reason: SkipReason, correlation_id: str, ports: Ports) -> None:
    """Write a skip into the receipt; it accepts nothing, and is not worth a retry when somebody was faster."""
    try:
        ports.pairs.save(pair, receipt=receipt(ports, Outcome.SKIPPED, SKIP_WORDS[reason], correlation_id))
    except StaleVersion:
        return


def check_throttle(connection: Connection, ports: Ports) -> None:
    """Raise TryAgainLater while Graph wants nothing of this rep: requests before that time only make it longer."""
    now = ports.clock.now()
    if connection.throttled_until is not None and connection.throttled_until > now:
        message = "Graph asked to wait with this mailbox"
        raise TryAgainLater(message, retry_after=connection.throttled_until - now, throttled=True)


def remember_throttle(user: UserGuid, error: TryAgainLater, ports: Ports) -> None:
    """Remember until when Graph wants nothing of this rep, for everybody who works for her."""
    until = ports.clock.now() + error.retry_after
    for _ in range(ATTEMPTS):
        connection = ports.connections.get(user)
        if connection is None or (connection.throttled_until is not None and connection.throttled_until >= until):
            return
        try:
            ports.connections.save(replace(connection, throttled_until=until))
        except StaleVersion:
            continue
        return


def claimed_for(
    pair: Pair, modified_at: datetime, told: Mapping[Field, str], names: frozenset[Field], ports: Ports
) -> Pair:
    """Return the pair with a push's claim on it, and what that is about to write beside what others may be writing.

    TryAgainLater while a newer push is being written.
    """
    now = ports.clock.now()
    if pair.claim is not None and pair.claim.until > now and pair.claim.modified_at > modified_at:
        raise TryAgainLater("a newer push of this appointment is being written", retry_after=MOMENT)
    writes = dict(pair.claim.writes) if pair.claim is not None else {}
    for name, said in told.items():
        if name in names:
            writes[name] = tuple(dict.fromkeys((*writes.get(name, ()), said)))[-WRITES_KEPT:]
    return replace(pair, claim=Claim(until=now + CLAIM_LASTS, modified_at=modified_at, writes=writes))


def claimed_to_remove(pair: Pair, modified_at: datetime, ports: Ports) -> Pair:
    """Return the pair with a removal's claim on it, which still says what others may have been writing."""
    writes = {} if pair.claim is None else pair.claim.writes
    return replace(pair, claim=Claim(until=ports.clock.now() + CLAIM_LASTS, modified_at=modified_at, writes=writes))


def deadline(ports: Ports) -> datetime:
    """Return when a push that starts now must be done with Outlook."""
    return ports.clock.now() + PUSH_BUDGET


def mark_reconnect_needed(user: UserGuid, ports: Ports) -> None:
    """Remember that the rep's grant is dead and have SalesExec tell her, once."""
    for _ in range(ATTEMPTS):
        connection = ports.connections.get(user)
        if connection is None or connection.needs_reconnect or connection.disconnected_at is not None:
            return
        try:
            ports.connections.save(replace(connection, needs_reconnect=True, told_to_reconnect=False))
        except StaleVersion:
            continue
        ports.work.send(TellRep(user=user))
        return
