"""An appointment moves to another rep: it enters her calendar, and leaves the old one's, whatever happens on the way.

The removal is noted before the appointment changes hands, so that it survives anything; it never reaches SalesExec as
a delete, because the old pair is let go of first.
"""

from dataclasses import replace
from enum import StrEnum

from shared_code.domain.appointments import Appointment
from shared_code.domain.connections import Connection, ConnectionState, state_of
from shared_code.domain.identifiers import AppointmentGuid, EventId, UserGuid, book_of, property_value
from shared_code.domain.incoming import gone_pair
from shared_code.domain.pairs import Origin, Pair, PairState, agree_with_crm
from shared_code.domain.preferences import Meetings
from shared_code.domain.receipts import Outcome
from shared_code.use_cases.errors import ChangedMeanwhile, ReconnectNeeded, StaleVersion, TryAgainLater
from shared_code.use_cases.ports import NOBODY, Holder, Ports, WaitingPush, WaitKind
from shared_code.use_cases.postponing import postpone, schedule
from shared_code.use_cases.pushing import ATTEMPTS, MOMENT, PUSH_BUDGET, check_throttle, deadline, receipt
from shared_code.use_cases.remembering import unmade_pair

_THERE = (PairState.LINKED, PairState.CREATING, PairState.LEAVING)
"""The states in which an appointment has an event in a calendar, or may have."""


class PreviousRep(StrEnum):
    """What became of a moved appointment in the calendar of the rep who had it before."""

    REMOVED = "Removed"
    QUEUED = "Queued"
    NOT_CONNECTED = "NotConnected"
    MEETING_WITH_ATTENDEES = "MeetingWithAttendees"
    NOT_OURS = "NotOurs"
    BACK_AGAIN = "BackAgain"  # never answered: the appointment came back before it was removed


def is_older_than_the_holders(appointment: Appointment, holder: Holder, ports: Ports) -> bool:
    """Tell whether the rep who has the appointment now got it by a push newer than this one, or awaits one."""
    if holder.moved_at is not None and holder.moved_at > appointment.modified_at:
        return True
    theirs = _pair_of(holder.user, appointment.guid, ports)
    if theirs is not None and theirs.has_decided_on_newer(appointment.modified_at):
        return True
    waiting = ports.waiting.of(holder.user) if holder.user != NOBODY else []
    newer = [each for each in waiting if each.modified_at > appointment.modified_at]
    return any(each.appointment == appointment.guid and each.kind is WaitKind.PUT for each in newer)


def _pair_of(user: UserGuid, appointment: AppointmentGuid, ports: Ports) -> Pair | None:
    if user == NOBODY:
        return None
    connection = ports.connections.get(user)
    book = connection.book if connection is not None else book_of(user, None)
    return ports.pairs.get(book, appointment)


def _perhaps_made(holder: Holder, ports: Ports) -> Pair | None:
    """Return the old rep's pair; one of which only a creation was ever tried counts as being made.

    Safety: that creation may have been taken by Outlook though nobody heard of it, or noted it: it would be a ghost.
    """
    user, appointment = holder.user, holder.appointment
    pair = _pair_of(user, appointment, ports)
    connection = ports.connections.get(user) if user != NOBODY else None
    if pair is None and connection is not None:
        unmade = unmade_pair(connection.book, user, appointment)
        attempt = agree_with_crm({}, holder.attempt, holder.attempt)
        return replace(unmade, state=PairState.CREATING, generation=1, agreed=attempt)
    if pair is not None and pair.state is PairState.GONE and pair.is_waiting:
        return replace(pair, state=PairState.CREATING, generation=pair.generation + 1, event_id=None)
    return pair


def take_over(appointment: Appointment, holder: Holder, *, ports: Ports, correlation_id: str) -> str | None:
    """Make the appointment its new rep's, and take it out of the old one's calendar, now or as waiting work.

    Return what became of it there; None when there was nothing of it. Repeatable at any point: the removal is noted
    first, and does nothing as long as the appointment is still the old rep's.
    """
    pair = _perhaps_made(holder, ports)
    if pair is not None:
        _check_order(pair, appointment)
    is_there = pair is not None and pair.state in _THERE
    if not is_there:
        _change_hands(holder, appointment, ports)
        if holder.user != NOBODY:
            ports.waiting.forget(holder.user, appointment.guid, up_to=appointment.modified_at)
        # Safety: a push of the old rep's may have begun to make its event since that was looked at. One that begins
        # later sees who has the appointment, before it makes anything.
        pair = _pair_of(holder.user, appointment.guid, ports)
    if pair is None or pair.state not in _THERE:
        return None
    now = ports.clock.now()
    removal = WaitingPush(
        user=holder.user,
        appointment=appointment.guid,
        kind=WaitKind.DETACH,
        modified_at=max(filter(None, (pair.accepted_at, appointment.modified_at))),
        waiting_since=now,
        due_at=now,
        reason="Moved",
        correlation_id=correlation_id,
    )
    try:
        removal = ports.waiting.put(removal, None)
    except StaleVersion as newer:
        # A newer removal waits there: it is for that one to say first whether there is anything left to move.
        schedule(holder.user, now, ports)
        message = "a newer removal of the appointment waits"
        raise TryAgainLater(message, retry_after=MOMENT) from newer
    # Safety: whatever dies from here on, somebody will look at the removal; one that was made by then is gone.
    schedule(removal.user, now + PUSH_BUDGET, ports)
    # Safety: let go first. A later push that brings the appointment back must find a pair that asks who has it.
    _let_go(pair, appointment, ports)
    if is_there:
        _change_hands(holder, appointment, ports)
    return _leave_now_or_later(removal, ports).value


def _check_order(pair: Pair, appointment: Appointment) -> None:
    """Raise StaleVersion when a newer push of the old rep's was accepted since it was asked who has the appointment."""
    if pair.has_decided_on_newer(appointment.modified_at):
        message = "a newer push has brought the appointment back"
        raise StaleVersion(message)


def _change_hands(holder: Holder, appointment: Appointment, ports: Ports) -> None:
    moved = replace(holder, user=appointment.user, moved_at=appointment.modified_at, removed_at=None, attempt={})
    ports.holders.save(moved)


def _let_go(pair: Pair, appointment: Appointment, ports: Ports) -> None:
    """Mark the old rep's pair as leaving, so that no poll of hers tells SalesExec of its event any more."""
    for _ in range(ATTEMPTS):
        accepted = max(filter(None, (pair.accepted_at, appointment.modified_at)))
        try:
            ports.pairs.save(replace(pair, state=PairState.LEAVING, accepted_at=accepted, is_waiting=False))
        except StaleVersion:
            fresh = ports.pairs.get(pair.book, pair.appointment)
            if fresh is None:
                return
            _check_order(fresh, appointment)
            if fresh.state is PairState.GONE:
                return
            pair = fresh
            continue
        return
    raise TryAgainLater("the appointment is being changed by others", retry_after=MOMENT)


def _leave_now_or_later(removal: WaitingPush, ports: Ports) -> PreviousRep:
    """Try the removal from the old rep's calendar at once; when that cannot be, it waits and is made by itself."""
    try:
        result = detach(removal.user, removal.appointment, ports=ports, correlation_id=removal.correlation_id)
    except (TryAgainLater, ReconnectNeeded) as error:
        postpone(removal, error, ports)
        return PreviousRep.QUEUED
    if result is PreviousRep.NOT_CONNECTED:
        # It stays noted: should she connect the same mailbox again, the event is taken out then.
        ports.waiting.postpone(replace(removal, due_at=None, reason=result.value))
        return result
    ports.waiting.forget(removal.user, removal.appointment, up_to=removal.modified_at)
    return result


def detach(user: UserGuid, appointment: AppointmentGuid, *, ports: Ports, correlation_id: str) -> PreviousRep:
    """Take a moved appointment's event out of the calendar it left. TryAgainLater, ReconnectNeeded: it must wait."""
    for _ in range(ATTEMPTS):
        try:
            return _detach(user, appointment, ports, correlation_id)
        except (ChangedMeanwhile, StaleVersion):
            continue
    raise TryAgainLater("the appointment is being changed by others", retry_after=MOMENT)


def _detach(user: UserGuid, appointment: AppointmentGuid, ports: Ports, correlation_id: str) -> PreviousRep:
    holder = ports.holders.get(appointment)
    connection = ports.connections.get(user)
    if connection is None or state_of(connection) is ConnectionState.NOT_CONNECTED:
        is_back = holder is not None and holder.user == user
        return PreviousRep.BACK_AGAIN if is_back else PreviousRep.NOT_CONNECTED
    pair = ports.pairs.get(connection.book, appointment)
    if holder is not None and holder.user == user and not _was_cut_short(pair, holder):
        return PreviousRep.BACK_AGAIN
    if pair is None or pair.state not in _THERE:
        return PreviousRep.REMOVED
    if pair.state is not PairState.LEAVING:
        if holder is None:
            return PreviousRep.REMOVED
        # The appointment changed hands, and whoever saw to that died before noting it here.
        pair = ports.pairs.save(replace(pair, state=PairState.LEAVING, is_waiting=False))
    return leave(pair, connection, ports, correlation_id)


def _was_cut_short(pair: Pair | None, holder: Holder) -> bool:
    """Tell whether a move let go of the old rep's pair and died before the appointment changed hands.

    Safety: the push that would finish it may be overtaken by a removal, or dropped: the event would stay a ghost.
    """
    if pair is None or pair.state is not PairState.LEAVING or pair.is_waiting or pair.accepted_at is None:
        return False
    return holder.moved_at is None or holder.moved_at < pair.accepted_at


def leave(pair: Pair, connection: Connection, ports: Ports, correlation_id: str) -> PreviousRep:
    """Take the event of a pair that leaves out of its calendar, or leave it there as the rep's own."""
    if pair.event_id is None:
        # The event was being made when the process died: it is found again by what it carries.
        pair = replace(pair, event_id=_event_being_made(pair, connection, ports))
    if pair.origin is Origin.OUTLOOK:
        # Story: she made this event herself; that the appointment is somebody else's now takes nothing from her.
        _unlink(
            pair, "Moved to another user in SalesExec; the event was made in Outlook and stays.", ports, correlation_id
        )
        return PreviousRep.NOT_OURS
    return _remove_event(pair, connection, ports, correlation_id)


def _event_being_made(pair: Pair, connection: Connection, ports: Ports) -> EventId | None:
    check_throttle(connection, ports)
    calendar = ports.calendars.of(connection, until=deadline(ports))
    found = calendar.find(property_value(pair.appointment, pair.generation))
    return found[0].id if len(found) == 1 else None


def _remove_event(pair: Pair, connection: Connection, ports: Ports, correlation_id: str) -> PreviousRep:
    if connection.needs_reconnect:
        raise ReconnectNeeded("the rep must sign in to Outlook again")
    check_throttle(connection, ports)
    calendar = ports.calendars.of(connection, until=deadline(ports))
    event = calendar.read(pair.event_id) if pair.event_id is not None else None
    if event is not None and event.has_attendees and connection.preferences.meetings is Meetings.PROTECT:
        _unlink(pair, "Moved to another user; its event has attendees and stays.", ports, correlation_id)
        return PreviousRep.MEETING_WITH_ATTENDEES
    if event is not None:
        calendar.remove(event.id, change_key=event.change_key)
    entry = receipt(ports, Outcome.DELETED, "Moved to another user, so removed from this calendar.", correlation_id)
    # What a creation was to write is kept where its event was not found: one that comes after all is known by it.
    attempt = pair.agreed if pair.event_id is None else {}
    ports.pairs.save(replace(gone_pair(pair), agreed=attempt), receipt=entry)
    return PreviousRep.REMOVED


def _unlink(pair: Pair, why: str, ports: Ports, correlation_id: str) -> None:
    """Let the event be the rep's own from now on, without importing it as a new one."""
    unlinked = replace(gone_pair(pair), state=PairState.UNLINKED)
    ports.pairs.save(unlinked, receipt=receipt(ports, Outcome.FORGOTTEN, why, correlation_id))
