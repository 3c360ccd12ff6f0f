"""What is written down about a push that waits, or that was given up."""

from dataclasses import replace
from datetime import timedelta

from shared_code.domain.identifiers import AppointmentGuid, Book, UserGuid, book_of
from shared_code.domain.pairs import Origin, Pair, PairState
from shared_code.domain.receipts import Outcome
from shared_code.use_cases.errors import StaleVersion, SyncError
from shared_code.use_cases.ports import Ports, WaitingPush, WaitKind
from shared_code.use_cases.pushing import ATTEMPTS, receipt

MOMENT_BEFORE = timedelta(microseconds=1)
"""By how much a push that was not accepted after all counts as newer than the newest accepted one."""

WORDS = {
    "Throttled": "Outlook is busy; it will arrive by itself.",
    "GraphUnavailable": "Outlook cannot be reached right now; it will arrive by itself.",
    "ReconnectNeeded": "The rep must sign in to Outlook again; it will arrive by itself after that.",
}


def pair_of(user: UserGuid, appointment: AppointmentGuid, ports: Ports) -> Pair:
    """Return the rep's pair of the appointment, or one that was never made."""
    connection = ports.connections.get(user)
    book = connection.book if connection is not None else book_of(user, None)
    known = ports.pairs.get(book, appointment)
    return known or unmade_pair(book, user, appointment)


def unmade_pair(book: Book, user: UserGuid, appointment: AppointmentGuid) -> Pair:
    """Return a pair that only carries a receipt; its generation is 0, so that the first event is of generation 1."""
    return Pair(
        book=book, user=user, appointment=appointment, state=PairState.GONE, origin=Origin.SALESEXEC, generation=0
    )


def without_what_waits_no_more(pairs: list[Pair], user: UserGuid, ports: Ports) -> list[Pair]:
    """Return the pairs, waiting only if a push of it does: one that was just made may have been noted too late."""
    if not any(pair.is_waiting for pair in pairs):
        return pairs
    waiting = {push.appointment for push in ports.waiting.of(user)}
    return [replace(pair, is_waiting=pair.is_waiting and pair.appointment in waiting) for pair in pairs]


def remember_waiting(push: WaitingPush, ports: Ports) -> None:
    """Note on the pair that a push of it waits: it is accepted, and what Outlook says meanwhile is not told."""
    ports.holders.claim(push.appointment, push.user)
    why = WORDS.get(push.reason, "It will arrive by itself.")
    for _ in range(ATTEMPTS):
        pair = pair_of(push.user, push.appointment, ports)
        if push.slot:
            # A change of one occurrence says nothing of how new the series is that SalesExec has pushed.
            if _is_noted(replace(pair, is_waiting=True), push, why, ports):
                return
            continue
        if not pair.accepts(push.modified_at):
            return
        claim = pair.claim
        if claim is not None and claim.modified_at == push.modified_at:
            # Ours is over; what it wrote, if Outlook took it, is still to be told from an edit.
            claim = replace(claim, until=ports.clock.now())
        waiting = replace(pair, accepted_at=push.modified_at, is_waiting=push.kind is not WaitKind.DETACH, claim=claim)
        try:
            ports.pairs.save(waiting, receipt=receipt(ports, Outcome.QUEUED, why, push.correlation_id))
        except StaleVersion:
            continue
        return


def _is_noted(pair: Pair, push: WaitingPush, why: str, ports: Ports) -> bool:
    try:
        ports.pairs.save(pair, receipt=receipt(ports, Outcome.QUEUED, why, push.correlation_id))
    except StaleVersion:
        return False
    return True


def remember_waited(push: WaitingPush, ports: Ports, *, accepted: bool) -> None:
    """Note on the pair that nothing of it waits any more; a push that was skipped or dropped makes nothing stale.

    Safety: while a pair waits, its edits in Outlook are not told and a reconcile leaves it alone.
    """
    for _ in range(ATTEMPTS):
        pair = pair_of(push.user, push.appointment, ports)
        if not pair.is_waiting or not (push.slot or _is_newest(push, pair)):
            return
        if push.slot and _others_wait(push, ports):
            return
        accepted_at = pair.accepted_at if accepted or push.slot else push.modified_at - MOMENT_BEFORE
        try:
            ports.pairs.save(replace(pair, is_waiting=False, accepted_at=accepted_at))
        except StaleVersion:
            continue
        return


def _others_wait(push: WaitingPush, ports: Ports) -> bool:
    """Tell whether another push of the series, or of another occurrence of it, waits as well."""
    others = [other for other in ports.waiting.of(push.user) if other.appointment == push.appointment]
    return any(other.slot != push.slot for other in others)


def _is_newest(push: WaitingPush, pair: Pair) -> bool:
    """Tell whether no newer push of the pair waits."""
    return pair.accepted_at is None or pair.accepted_at <= push.modified_at


def remember_broken(push: WaitingPush, kind: str, ports: Ports) -> None:
    """Note in the receipt that a waiting push ended in an error nobody expected, and waits on."""
    why = f"Something unexpected went wrong ({kind}). It is tried again by itself; the operator can see why in the log."
    for _ in range(ATTEMPTS):
        if _is_noted(pair_of(push.user, push.appointment, ports), push, why, ports):
            return


def remember_refused(push: WaitingPush, error: SyncError, ports: Ports) -> None:
    """Note on the pair that Outlook would not have a waiting push: not accepted, so that a reconcile tries it."""
    for _ in range(ATTEMPTS):
        pair = pair_of(push.user, push.appointment, ports)
        if not push.slot and pair.is_waiting and _is_newest(push, pair):
            pair = replace(pair, accepted_at=push.modified_at - MOMENT_BEFORE)
        entry = receipt(ports, Outcome.REJECTED, f"Outlook would not take it: {error}", push.correlation_id)
        try:
            ports.pairs.save(replace(pair, is_waiting=False), receipt=entry)
        except StaleVersion:
            continue
        return
