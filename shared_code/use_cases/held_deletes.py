"""Deletes that were held: counted, told of once, and applied or undone when somebody has decided."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from shared_code.domain.brake import is_too_much
from shared_code.domain.connections import Connection, HeldDecision
from shared_code.domain.decisions import Action
from shared_code.domain.identifiers import UserGuid
from shared_code.domain.incoming import Step, is_past_deleting, step_for_missing
from shared_code.domain.pairs import Pair, PairState
from shared_code.domain.receipts import Outcome, ReceiptEntry, Towards
from shared_code.use_cases.errors import NotPossible, StaleVersion, TryAgainLater
from shared_code.use_cases.manage_connection import connected
from shared_code.use_cases.ports import Poll, Ports, Reconcile, TellRep
from shared_code.use_cases.pushing import ATTEMPTS, MOMENT

HELD = (
    "Deleted in Outlook, with so many others that SalesExec was not told: somebody has to decide whether the deletes"
    " are applied or undone."
)


def decide_held(user: UserGuid, decision: HeldDecision, ports: Ports) -> None:
    """Note what is to be done with the rep's held deletes, and have it done; NotPossible when she is not connected.

    Nothing is held: nothing is done.
    """
    for _ in range(ATTEMPTS):
        connection = connected(user, ports)
        if not connection.held_deletes:
            return
        if connection.decision not in (None, decision):
            message = f"The held deletes of this user are being handled already: {connection.decision}."
            raise NotPossible(message)
        try:
            ports.connections.save(replace(connection, decision=decision))
        except StaleVersion:
            continue
        go_on_deciding(replace(connection, decision=decision), ports)
        return
    raise TryAgainLater("the connection is being changed by others", retry_after=MOMENT)


def go_on_deciding(connection: Connection, ports: Ports) -> None:
    """Send what carries out a decision that was noted; whoever noted it may have died before."""
    if connection.decision is HeldDecision.APPLY:
        ports.work.send(Poll(user=connection.user))
    elif connection.decision is HeldDecision.RESTORE:
        ports.work.send(Reconcile(user=connection.user))


class Brake:
    """Keeps back the deletes of one read of a calendar when they are too many."""

    def __init__(self, connection: Connection, ports: Ports, pairs: Sequence[Pair], now: datetime) -> None:
        self._connection = connection
        self._ports = ports
        self._pairs = pairs
        self._now = now

    def let_through(self, steps: Sequence[Step], correlation_id: str) -> list[Step]:
        """Return the steps to be told; deletes that are held are noted instead, or all told once that was decided."""
        if self._connection.decision is HeldDecision.APPLY:
            held = [pair for pair in self._pairs if _is_held(pair) and not is_past_deleting(pair, self._now)]
            return [*steps, *(step_for_missing(pair) for pair in held)]
        deletes = [step for step in steps if _is_delete(step)]
        if not is_too_much(len(deletes), self._pairs, self._now):
            return list(steps)
        entry = ReceiptEntry(
            at=self._now, towards=Towards.SALESEXEC, outcome=Outcome.HELD, why=HELD, correlation_id=correlation_id
        )
        saves = [(replace(step.pair, held_at=self._now), entry) for step in deletes if step.pair is not None]
        self._ports.pairs.save_all(saves)
        return [step for step in steps if not _is_delete(step)]


def count_held(user: UserGuid, ports: Ports) -> None:
    """Note how many deletes of the rep are held by now, and that a decision was carried out once there are none.

    She is told once, when there are any.
    """
    for _ in range(ATTEMPTS):
        connection = ports.connections.get(user)
        if connection is None:
            return
        held = sum(_is_held(pair) for pair in ports.pairs.all_of(connection.book))
        decision = connection.decision if held else None
        counted = replace(connection, held_deletes=held, decision=decision)
        try:
            counted = ports.connections.save(counted) if counted != connection else connection
        except StaleVersion:
            continue
        if counted.has_news:
            ports.work.send(TellRep(user=user))
        return


def _is_held(pair: Pair) -> bool:
    return pair.state is PairState.LINKED and pair.held_at is not None


def _is_delete(step: Step) -> bool:
    return step.action is Action.DELETE_IN_SALESEXEC and step.event is None
