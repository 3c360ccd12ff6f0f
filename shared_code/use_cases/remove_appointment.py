"""Take an appointment that SalesExec cancelled or deleted out of its rep's Outlook calendar."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from shared_code.domain.connections import Connection
from shared_code.domain.events import CalendarEvent
from shared_code.domain.fields import TIME_FIELDS, Field
from shared_code.domain.identifiers import AppointmentGuid, property_value, transaction_id
from shared_code.domain.incoming import gone_pair
from shared_code.domain.outgoing import Rules
from shared_code.domain.pairs import (
    Origin,
    Pair,
    PairState,
    agreed_at_attempt,
    attempted,
    edited_in_outlook,
)
from shared_code.domain.preferences import Meetings
from shared_code.domain.receipts import Outcome, SkipReason
from shared_code.domain.taken_out import has_news
from shared_code.use_cases.errors import ChangedMeanwhile, StaleVersion, TryAgainLater
from shared_code.use_cases.moving import PreviousRep, leave
from shared_code.use_cases.ports import NOBODY, Calendar, Holder, Poll, Ports
from shared_code.use_cases.pushing import (
    ATTEMPTS,
    MOMENT,
    PushAnswer,
    check_throttle,
    claimed_to_remove,
    deadline,
    reason_not_to_write,
    receipt,
    remember_skip,
    rules_of,
    skipped,
)
from shared_code.use_cases.remembering import unmade_pair
from shared_code.use_cases.series_events import has_new_exceptions, read_whole

EDITS_THAT_COUNT = frozenset({Field.SUBJECT, Field.BODY, Field.LOCATION, *TIME_FIELDS})
"""The fields whose edit in Outlook keeps an event from being deleted before SalesExec has seen it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """An appointment to remove, as of a time that orders it among the pushes."""

    appointment: AppointmentGuid
    modified_at: datetime


def remove_appointment(removal: Removal, *, ports: Ports, correlation_id: str) -> PushAnswer:
    """Delete the appointment's event, unless it has an edit or attendees that forbid it, and answer what was done."""
    with ports.turns.of(removal.appointment):
        for _ in range(ATTEMPTS):
            try:
                return _remove(removal, ports, correlation_id)
            except (ChangedMeanwhile, StaleVersion):
                continue
    raise TryAgainLater("the appointment is being changed by others", retry_after=MOMENT, throttled=True)


def _remove(removal: Removal, ports: Ports, correlation_id: str) -> PushAnswer:
    holder = ports.holders.get(removal.appointment)
    if holder is None or holder.user == NOBODY:
        holder = holder or Holder(appointment=removal.appointment, user=NOBODY)
        _remember_removal(holder, removal, ports)
        return PushAnswer(outcome=Outcome.ABSENT, appointment=removal.appointment)
    connection = ports.connections.get(holder.user)
    reason = reason_not_to_write(connection)
    if connection is None or reason is not None:
        return skipped(removal.appointment, reason or SkipReason.NOT_CONNECTED)
    pair = ports.pairs.get(connection.book, removal.appointment)
    if pair is not None and (not pair.accepts(removal.modified_at) or pair.is_older_than_told(removal.modified_at)):
        return PushAnswer(outcome=Outcome.STALE, appointment=removal.appointment, event_id=pair.event_id)
    check_throttle(connection, ports)
    calendar = ports.calendars.of(connection, until=deadline(ports))
    if pair is not None and pair.state is PairState.LEAVING:
        return _remove_leaving(removal, holder, pair, connection, ports, correlation_id)
    never_made = pair is None or (pair.state is PairState.GONE and pair.generation == 0)
    if pair is None or never_made or pair.state is PairState.CREATING:
        attempt = holder.attempt if pair is None or never_made else attempted(pair)
        pair = _half_made(removal, connection, pair, attempt, calendar, ports)
    if pair is None or pair.state is not PairState.LINKED or pair.event_id is None:
        _remember_removal(holder, removal, ports)
        ports.waiting.forget(holder.user, removal.appointment, up_to=removal.modified_at)
        return PushAnswer(outcome=Outcome.ABSENT, appointment=removal.appointment)
    event = read_whole(pair.event_id, calendar, is_series=pair.is_series)
    if event is None:
        ports.pairs.save(
            gone_pair(pair, removed_at=removal.modified_at),
            receipt=receipt(ports, Outcome.ABSENT, "It was no longer in Outlook.", correlation_id),
        )
        return PushAnswer(outcome=Outcome.ABSENT, appointment=removal.appointment)
    if event.has_attendees and connection.preferences.meetings is Meetings.PROTECT:
        # Safety: deleting a meeting makes Exchange send cancellations.
        remember_skip(pair, SkipReason.MEETING_WITH_ATTENDEES, correlation_id, ports)
        return skipped(removal.appointment, SkipReason.MEETING_WITH_ATTENDEES, pair)
    if _has_unseen_edit(pair, event, rules_of(connection, ports), ports) and not was_refused_before(pair, removal):
        return _keep_the_edit(pair, removal, ports, correlation_id)
    return _delete(pair, event, removal, calendar, ports, correlation_id)


def _has_unseen_edit(pair: Pair, event: CalendarEvent, rules: Rules, ports: Ports) -> bool:
    """Tell whether SalesExec has yet to see an edit that counts, also of a single occurrence."""
    if edited_in_outlook(pair, rules.seen(event, pair.origin)) & EDITS_THAT_COUNT:
        return True
    return has_news(event.schedule, pair) or has_new_exceptions(event, pair, rules, ports)


def _remove_leaving(
    removal: Removal, holder: Holder, pair: Pair, connection: Connection, ports: Ports, correlation_id: str
) -> PushAnswer:
    """Take out what moved away, and was cancelled before it had changed hands or before it was back again."""
    _remember_removal(holder, removal, ports)
    left = leave(pair, connection, ports, correlation_id)
    ports.waiting.forget(holder.user, removal.appointment, up_to=removal.modified_at)
    outcome = Outcome.DELETED if left is PreviousRep.REMOVED else Outcome.ABSENT
    return PushAnswer(outcome=outcome, appointment=removal.appointment, event_id=pair.event_id)


def _half_made(
    removal: Removal,
    connection: Connection,
    pair: Pair | None,
    attempt: Mapping[Field, str],
    calendar: Calendar,
    ports: Ports,
) -> Pair | None:
    """Return the pair of an event whose push died before it could be noted; found by what the event carries."""
    known = pair or unmade_pair(connection.book, connection.user, removal.appointment)
    generation = max(known.generation, 1)
    proof = transaction_id(removal.appointment, connection.user, generation)
    for event in calendar.find(property_value(removal.appointment, generation)):
        if event.transaction_id == proof:
            agreed = agreed_at_attempt(attempt, rules_of(connection, ports).seen(event, Origin.SALESEXEC))
            return replace(
                known, state=PairState.LINKED, generation=generation, event_id=event.id, agreed=agreed
            ).spanning(event.schedule)
    return pair


def was_refused_before(pair: Pair, removal: Removal) -> bool:
    """Tell whether an earlier removal was refused for the same edit: a later one is then meant."""
    return pair.refused_delete_at is not None and removal.modified_at > pair.refused_delete_at


def _keep_the_edit(pair: Pair, removal: Removal, ports: Ports, correlation_id: str) -> PushAnswer:
    """Refuse the removal for an edit that SalesExec has not seen, and send the edit on its way."""
    if pair.refused_delete_at is None:
        pair = replace(pair, refused_delete_at=removal.modified_at)
    if pair.is_series:
        # Safety: what keeps it is to be told, so the series must not pass for one that was read.
        pair = replace(pair, change_key="")
    remember_skip(pair, SkipReason.EDITED_IN_OUTLOOK, correlation_id, ports)
    ports.work.send(Poll(user=pair.user))
    return skipped(removal.appointment, SkipReason.EDITED_IN_OUTLOOK, pair)


def _delete(
    pair: Pair, event: CalendarEvent, removal: Removal, calendar: Calendar, ports: Ports, correlation_id: str
) -> PushAnswer:
    pair = ports.pairs.save(claimed_to_remove(pair, removal.modified_at, ports))
    was_there = calendar.remove(event.id, change_key=event.change_key)
    outcome = Outcome.DELETED if was_there else Outcome.ABSENT
    ports.pairs.save(
        gone_pair(pair, removed_at=removal.modified_at),
        receipt=receipt(ports, outcome, "Removed from Outlook, as SalesExec asked.", correlation_id),
        pushed_at=ports.clock.now(),
    )
    if pair.is_waiting:
        ports.waiting.forget(pair.user, removal.appointment, up_to=removal.modified_at)
    return PushAnswer(outcome=outcome, appointment=removal.appointment, event_id=event.id)


def _remember_removal(holder: Holder, removal: Removal, ports: Ports) -> None:
    """Remember the time of a removal that found nothing, so that an older push that comes late is known as stale."""
    if holder.removed_at is None or removal.modified_at > holder.removed_at:
        ports.holders.save(replace(holder, removed_at=removal.modified_at))
