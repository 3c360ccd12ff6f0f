"""Pushes that cannot be made now wait, and are made by themselves: newest only, in order, nothing early."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

from shared_code.domain.appointments import Appointment, Status
from shared_code.domain.connections import ConnectionState, state_of
from shared_code.domain.identifiers import AppointmentGuid, UserGuid
from shared_code.domain.receipts import Outcome
from shared_code.domain.series import original_start
from shared_code.use_cases.breakdowns import note_broken_push
from shared_code.use_cases.errors import ReconnectNeeded, Refused, StaleVersion, TryAgainLater
from shared_code.use_cases.moving import PreviousRep, detach
from shared_code.use_cases.ports import Deliver, Ports, Reconcile, WaitingPush, WaitKind
from shared_code.use_cases.postponing import attempts_after, delay_for, schedule
from shared_code.use_cases.push_appointment import push_appointment
from shared_code.use_cases.push_occurrence import push_occurrence, remove_occurrence
from shared_code.use_cases.pushing import PushAnswer
from shared_code.use_cases.remembering import remember_refused, remember_waited, remember_waiting
from shared_code.use_cases.remove_appointment import Removal, remove_appointment

GRACE = timedelta(minutes=2)
"""How long after its time a message may come before the sweep sends another."""

DROPPED, CONTENT_GONE = "dropped", "content_gone"
NOT_ACCEPTED = frozenset({Outcome.SKIPPED.value.lower(), DROPPED, CONTENT_GONE})
"""What may become of a waiting push that leaves the appointment as if it had never come: a reconcile brings it."""


def push_now_or_later(appointment: Appointment, *, ports: Ports, correlation_id: str) -> PushAnswer:
    """Bring an appointment into Outlook now, or keep it and do so by itself once that is possible.

    A cancelled one is taken out, as if SalesExec had removed it.
    """
    if appointment.status is Status.CANCELED:
        removal = Removal(appointment=appointment.guid, modified_at=appointment.modified_at)
        return remove_now_or_later(removal, ports=ports, correlation_id=correlation_id)
    try:
        return push_appointment(appointment, ports=ports, correlation_id=correlation_id)
    except (TryAgainLater, ReconnectNeeded) as error:
        push = _waiting_push(appointment.user, appointment.guid, WaitKind.PUT, appointment.modified_at, error, ports)
        answer = _wait(replace(push, correlation_id=correlation_id), appointment, ports)
        return replace(answer, previous_rep=error.previous_rep)


def push_occurrence_now_or_later(
    appointment: Appointment, slot: str, *, ports: Ports, correlation_id: str
) -> PushAnswer:
    """Bring a change of one occurrence into Outlook now, or once that is possible; `slot` is its original start."""
    if appointment.status is Status.CANCELED:
        removal = Removal(appointment=appointment.guid, modified_at=appointment.modified_at)
        return remove_occurrence_now_or_later(removal, slot, ports=ports, correlation_id=correlation_id)
    try:
        return push_occurrence(appointment, original_start(slot), ports=ports, correlation_id=correlation_id)
    except (TryAgainLater, ReconnectNeeded) as error:
        push = _waiting_push(appointment.user, appointment.guid, WaitKind.PUT, appointment.modified_at, error, ports)
        return _wait(replace(push, slot=slot, correlation_id=correlation_id), appointment, ports)


def remove_occurrence_now_or_later(removal: Removal, slot: str, *, ports: Ports, correlation_id: str) -> PushAnswer:
    """Take one occurrence out of Outlook now, or once that is possible; `slot` is its original start."""
    try:
        return remove_occurrence(removal, original_start(slot), ports=ports, correlation_id=correlation_id)
    except (TryAgainLater, ReconnectNeeded) as error:
        holder = ports.holders.get(removal.appointment)
        if holder is None:
            raise
        push = _waiting_push(holder.user, removal.appointment, WaitKind.REMOVE, removal.modified_at, error, ports)
        return _wait(replace(push, slot=slot, correlation_id=correlation_id), None, ports)


def _waiting_push(
    user: UserGuid,
    appointment: AppointmentGuid,
    kind: WaitKind,
    modified_at: datetime,
    error: TryAgainLater | ReconnectNeeded,
    ports: Ports,
) -> WaitingPush:
    delay = delay_for(user, error, ports, attempts=0)
    return WaitingPush(
        user=user,
        appointment=appointment,
        kind=kind,
        modified_at=modified_at,
        waiting_since=ports.clock.now(),
        due_at=delay.due_at,
        reason=delay.reason,
    )


def remove_now_or_later(removal: Removal, *, ports: Ports, correlation_id: str) -> PushAnswer:
    """Take an appointment out of Outlook now, or once that is possible."""
    try:
        return remove_appointment(removal, ports=ports, correlation_id=correlation_id)
    except (TryAgainLater, ReconnectNeeded) as error:
        holder = ports.holders.get(removal.appointment)
        if holder is None:
            raise
        push = _waiting_push(holder.user, removal.appointment, WaitKind.REMOVE, removal.modified_at, error, ports)
        return _wait(replace(push, correlation_id=correlation_id), None, ports)


def _wait(push: WaitingPush, content: Appointment | None, ports: Ports) -> PushAnswer:
    """Store the push, then what points at it, then its message; a crash in between leaves it to the sweep.

    Safety: the sweep looks at turns, so there is one before there is a push. That turn may end with nothing found, and
    take the next with it, before the push is stored; so it is scheduled once more.
    """
    if push.due_at is not None:
        schedule(push.user, push.due_at, ports)
    try:
        ports.waiting.put(push, content)
    except StaleVersion:
        return PushAnswer(outcome=Outcome.STALE, appointment=push.appointment)
    remember_waiting(push, ports)
    if push.due_at is not None:
        schedule(push.user, push.due_at, ports)
    return PushAnswer(outcome=Outcome.QUEUED, appointment=push.appointment, reason=push.reason)


def deliver_waiting(work: Deliver, *, ports: Ports) -> Counter[str]:
    """Make the rep's waiting pushes that are due, the longest waiting first, and schedule the next turn.

    A push that breaks waits on, and its error is raised once the others were made: the log is to have it.
    """
    counts: Counter[str] = Counter()
    broken: list[Exception] = []
    if not ports.waiting.is_scheduled(work.user, work.turn):
        counts["overtaken"] += 1
        return counts
    with ports.turns.of(f"deliver|{work.user}"):
        for push in ports.waiting.of(work.user):
            if push.due_at is not None and push.due_at > ports.clock.now():
                counts["not_due"] += 1
                continue
            error = _deliver(push, ports, counts)
            if error is not None:
                broken.append(error)
    _schedule_next(work.user, ports)
    if broken:
        raise broken[0]
    return counts


def _schedule_next(user: UserGuid, ports: Ports) -> None:
    dues = [push.due_at for push in ports.waiting.of(user) if push.due_at is not None]
    if dues:
        schedule(user, max(min(dues), ports.clock.now()), ports)
    else:
        ports.waiting.schedule(user, None)


def _deliver(push: WaitingPush, ports: Ports, counts: Counter[str]) -> Exception | None:
    """Make one waiting push, or note until when it waits on; one that fails never stops the others.

    Return the error, where it was one that nobody expected.
    """
    try:
        outcome = _made(push, ports)
    except (TryAgainLater, ReconnectNeeded) as error:
        attempts = attempts_after(push)
        delay = delay_for(push.user, error, ports, attempts=attempts)
        ports.waiting.postpone(replace(push, due_at=delay.due_at, reason=delay.reason, attempts=attempts))
        counts["postponed"] += 1
        return None
    except Refused as error:
        # What Outlook will not have now it will not have later; the receipt says so, and the others go on.
        remember_refused(push, error, ports)
        outcome = "refused"
    except Exception as error:  # noqa: BLE001 - raised once the others were made
        note_broken_push(push, error, ports)
        counts["broken"] += 1
        return error
    counts[outcome] += 1
    if outcome == PreviousRep.NOT_CONNECTED.value.lower():
        ports.waiting.postpone(replace(push, due_at=None))
        return None
    if push.kind is not WaitKind.DETACH:
        remember_waited(push, ports, accepted=outcome not in NOT_ACCEPTED)
    ports.waiting.forget(push.user, push.appointment, push.slot, up_to=push.modified_at)
    return None


def _made(push: WaitingPush, ports: Ports) -> str:
    if push.kind is WaitKind.DETACH:
        with ports.turns.of(push.appointment):
            left = detach(push.user, push.appointment, ports=ports, correlation_id=push.correlation_id)
        return left.value.lower()
    if state_of(ports.connections.get(push.user)) is ConnectionState.NOT_CONNECTED:
        return DROPPED
    if push.kind is WaitKind.REMOVE:
        return _removed(push, ports).outcome.value.lower()
    appointment = ports.waiting.content(push)
    if appointment is None:
        # Its key is gone with the vault, or was destroyed there. SalesExec still has it: it is read and pushed anew.
        ports.work.send(Reconcile(user=push.user))
        return CONTENT_GONE
    answer = _brought(push, appointment, ports)
    if answer.outcome is Outcome.STALE and not push.slot:
        # Safety: where the appointment has moved on meanwhile, this push took the place of the removal from here.
        with ports.turns.of(push.appointment):
            detach(push.user, push.appointment, ports=ports, correlation_id=push.correlation_id)
    return answer.outcome.value.lower()


def _removed(push: WaitingPush, ports: Ports) -> PushAnswer:
    removal = Removal(appointment=push.appointment, modified_at=push.modified_at)
    if push.slot:
        start = original_start(push.slot)
        return remove_occurrence(removal, start, ports=ports, correlation_id=push.correlation_id)
    return remove_appointment(removal, ports=ports, correlation_id=push.correlation_id)


def _brought(push: WaitingPush, appointment: Appointment, ports: Ports) -> PushAnswer:
    if push.slot:
        start = original_start(push.slot)
        return push_occurrence(appointment, start, ports=ports, correlation_id=push.correlation_id)
    return push_appointment(appointment, ports=ports, correlation_id=push.correlation_id)


def sweep_waiting(shard: int, ports: Ports) -> int:
    """Send again the turns of a shard whose message was lost; return how many."""
    overdue = ports.waiting.overdue(shard, ports.clock.now() - GRACE)
    for user in overdue:
        schedule(user, ports.clock.now(), ports)
    return len(overdue)


def wake_overdue(user: UserGuid, ports: Ports) -> list[WaitingPush]:
    """Return what waits of a rep whose sync runs; send a message where something waits that has none.

    Safety: whoever noted it, or signed her in again, may have died before the message was sent.
    """
    waiting = ports.waiting.of(user)
    now = ports.clock.now()
    if any(push.due_at is None or push.due_at < now - GRACE for push in waiting):
        schedule(user, now, ports)
    return waiting


def resume_waiting(user: UserGuid, ports: Ports) -> None:
    """Make everything that waited for the rep's sign-in due now."""
    now = ports.clock.now()
    waiting = ports.waiting.of(user)
    for push in waiting:
        ports.waiting.postpone(replace(push, due_at=now, attempts=0))
    if waiting:
        schedule(user, now, ports)


def drop_waiting(user: UserGuid, ports: Ports) -> None:
    """Erase what waits for a rep who disconnected; removals after a move stay, to be made should she come back."""
    for push in ports.waiting.of(user):
        if push.kind is not WaitKind.DETACH:
            remember_waited(push, ports, accepted=False)
            ports.waiting.forget(user, push.appointment, push.slot, up_to=push.modified_at)
    ports.waiting.schedule(user, None)
