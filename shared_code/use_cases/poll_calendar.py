"""Read one rep's calendar and bring what happened there to SalesExec."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from shared_code.domain.changes import CHANGES_PER_CALL, ChangeOutcome, ChangeResult, CrmChange
from shared_code.domain.connections import Connection, LastError
from shared_code.domain.decisions import Action
from shared_code.domain.events import CalendarEvent, EventKind
from shared_code.domain.fields import Field
from shared_code.domain.identifiers import AppointmentGuid, EventId, UserGuid, change_id
from shared_code.domain.incoming import (
    Step,
    agreed_pair,
    change_for,
    fingerprint,
    gone_pair,
    is_past_deleting,
    perhaps_missing,
    step_for_known,
    step_for_missing,
    step_for_new,
)
from shared_code.domain.outgoing import Rules
from shared_code.domain.pairs import Origin, Pair, PairState
from shared_code.domain.receipts import Outcome, ReceiptEntry, Towards
from shared_code.domain.schedules import Window
from shared_code.use_cases.adopting import Adoption
from shared_code.use_cases.errors import ReconnectNeeded, Refused, StaleVersion, TryAgainLater
from shared_code.use_cases.ports import Calendar, Poll, PollTurn, Ports
from shared_code.use_cases.pushing import mark_reconnect_needed, rules_of

LEASE_LASTS = timedelta(minutes=10)
"""How long a poll may take before another may start; as long as the lease of the queue message it runs on."""


@dataclass(slots=True)
class PollReport:
    """What a poll saw and did, in counts."""

    polled: bool = False
    counts: Counter[str] = field(default_factory=Counter)


def poll_calendar(user: UserGuid, *, ports: Ports, correlation_id: str) -> PollReport:
    """Read the rep's calendar and tell SalesExec what is new, changed or gone.

    Everything that was not told is told next time: the position moves only after SalesExec took it all.
    TryAgainLater: the rep's turn was given back, poll her again after the time it says.
    """
    report = PollReport()
    connection = ports.connections.get(user)
    if connection is None or not connection.works:
        return report
    turn = ports.polls.lease(user, ports.clock.now(), LEASE_LASTS)
    if turn is None:
        report.counts["leased_by_another"] += 1
        return report
    try:
        if connection.preferences.writes_to_salesexec:
            _Reading(connection, ports, report, correlation_id).run()
    except (TryAgainLater, Refused, ReconnectNeeded) as error:
        _give_back(turn, error, ports)
        raise
    report.polled = True
    ports.connections.note_poll(user, ports.clock.now(), None)
    _finish(turn, ports, report)
    return report


def _give_back(turn: PollTurn, error: TryAgainLater | Refused | ReconnectNeeded, ports: Ports) -> None:
    """Free the rep's turn without moving her position, and remember what went wrong."""
    code = type(error).__name__
    if isinstance(error, ReconnectNeeded):
        mark_reconnect_needed(turn.user, ports)
    ports.connections.note_poll(
        turn.user, ports.clock.now(), LastError(code=code, message=str(error), at=ports.clock.now())
    )
    try:
        ports.polls.finish(turn, full_at=None)
    except StaleVersion:
        return


def _finish(turn: PollTurn, ports: Ports, report: PollReport) -> None:
    """Store the position; when somebody asked meanwhile, go again."""
    try:
        asked_again = ports.polls.finish(turn, full_at=ports.clock.now())
    except StaleVersion:
        # The lease ran out and another poll has the turn: it tells what we told again, under the same change ids.
        report.counts["turn_lost"] += 1
        return
    if asked_again:
        ports.work.send(Poll(user=turn.user))


class _Reading:
    """One full read of one calendar: gather, decide, act, remember."""

    def __init__(self, connection: Connection, ports: Ports, report: PollReport, correlation_id: str) -> None:
        self._connection = connection
        self._user = connection.user
        self._ports = ports
        self._report = report
        self._correlation_id = correlation_id
        self._rules: Rules = rules_of(connection, ports)
        self._calendar: Calendar = ports.calendars.of(connection)
        self._now: datetime = ports.clock.now()

    def run(self) -> None:
        """Do the whole poll."""
        window = self._connection.preferences.window(self._now)
        events = [event for page in self._calendar.view(window) for event in page]
        # Safety: pairs are read after the events. A push that wrote in between shows as a claim or as a newer stamp.
        pairs = self._ports.pairs.all_of(self._user)
        steps = [*self._steps_for(events, pairs, window), *self._steps_for_missing(events, pairs, window)]
        self._forget([step for step in steps if self._is_forgotten(step)])
        self._tell([step for step in steps if step.action is not Action.NOTHING and not self._is_forgotten(step)])

    def _steps_for(self, events: list[CalendarEvent], pairs: list[Pair], window: Window) -> list[Step]:
        by_event = {pair.event_id: pair for pair in sorted(pairs, key=lambda pair: pair.generation) if pair.event_id}
        linked = {pair.event_id: pair for pair in pairs if pair.state is PairState.LINKED}
        adoption = Adoption(self._connection, self._ports, self._rules, window, pairs)
        steps = []
        self._report.counts["read"] += len(events)
        for event in events:
            if event.kind is not EventKind.SINGLE:
                self._report.counts["recurring_left"] += 1
                continue
            pair = linked.get(event.id) or adoption.pair_for(event, events)
            if pair is not None:
                step = step_for_known(event, pair, self._rules, self._now)
            elif adoption.is_being_made(event):
                step = None
            else:
                step = step_for_new(event, self._rules, by_event.get(event.id))
            if step is not None:
                steps.append(step)
        return steps

    def _steps_for_missing(self, events: list[CalendarEvent], pairs: list[Pair], window: Window) -> list[Step]:
        """Confirm by id what the read did not show: only an event that is nowhere in the mailbox was deleted."""
        read = frozenset(event.id for event in events)
        steps = []
        for pair in perhaps_missing(pairs, read, window, self._now):
            event = self._calendar.read(pair.event_id or EventId(""))
            self._report.counts["confirmed_by_id"] += 1
            step = step_for_missing(pair) if event is None else step_for_known(event, pair, self._rules, self._now)
            if step is not None:
                steps.append(step)
        return steps

    def _is_forgotten(self, step: Step) -> bool:
        return (
            step.action is Action.DELETE_IN_SALESEXEC
            and step.pair is not None
            and is_past_deleting(step.pair, self._now)
        )

    def _forget(self, steps: list[Step]) -> None:
        """Let go of pairs whose appointment is over: archiving an old event is not cancelling an appointment."""
        why = "Its event is gone from Outlook, but the appointment is over: nothing is deleted in SalesExec."
        saves = [(gone_pair(step.pair), self._entry(Outcome.FORGOTTEN, why)) for step in steps if step.pair is not None]
        self._report.counts["forgotten"] += len(saves)
        self._ports.pairs.save_all(saves)

    def _tell(self, steps: list[Step]) -> None:
        """Send the changes in calls of at most a hundred, each remembered before the next is sent."""
        for start in range(0, len(steps), CHANGES_PER_CALL):
            chunk = steps[start : start + CHANGES_PER_CALL]
            again = self._tell_chunk(chunk)
            if again:
                # An import that SalesExec knew already may hold an older content there: the whole of it is sent once.
                self._tell_chunk(again)

    def _tell_chunk(self, steps: list[Step]) -> list[Step]:
        pending = [(step, change_for(step, self._rules, self._now)) for step in steps]
        pending = [(step, change) for step, change in pending if not _was_rejected(step, change)]
        if not pending:
            return []
        changes = [change for _, change in pending]
        results = self._ports.crm.tell(self._user, changes)
        saves: list[tuple[Pair, ReceiptEntry | None]] = []
        again = []
        for (step, change), result in zip(pending, results, strict=True):
            self._report.counts[f"{change.action.value}_{result.outcome.value}".lower()] += 1
            pair = self._remembered(step, change, result)
            if pair is None:
                continue
            if step.pair is None and result.outcome is ChangeOutcome.DUPLICATE:
                again.append(replace(step, action=Action.CHANGE_IN_SALESEXEC, pair=pair))
                continue
            saves.append((pair, self._entry_for(step, change, result)))
        self._ports.pairs.save_all(saves)
        return again

    def _remembered(self, step: Step, change: CrmChange, result: ChangeResult) -> Pair | None:
        """Return the pair as it is after SalesExec's answer, or None when there is nothing to remember."""
        if result.outcome is ChangeOutcome.REJECTED:
            return self._rejected(step, change)
        if step.action is Action.DELETE_IN_SALESEXEC:
            return None if step.pair is None else gone_pair(step.pair, sequence=change.sequence)
        if step.event is None:
            return None
        pair = step.pair
        if pair is None:
            if result.appointment is None:
                self._report.counts["answer_without_guid"] += 1
                return None
            pair = self._imported(result.appointment, step)
            if result.outcome is ChangeOutcome.DUPLICATE:
                return pair
        return agreed_pair(pair, step.event, self._rules, change.sequence, result.modified_at)

    def _imported(self, appointment: AppointmentGuid, step: Step) -> Pair:
        """Return the new pair of an imported event; what SalesExec said before is kept where the guid is known."""
        self._ports.holders.claim(appointment, self._user)
        known = self._ports.pairs.get(self._user, appointment)
        event_id = step.event.id if step.event is not None else None
        if known is not None:
            return replace(known, event_id=event_id, generation=step.generation, agreed={})
        return Pair(
            user=self._user,
            appointment=appointment,
            state=PairState.LINKED,
            origin=Origin.OUTLOOK,
            event_id=event_id,
            generation=step.generation,
        )

    def _rejected(self, step: Step, change: CrmChange) -> Pair | None:
        """Remember what SalesExec would not take, so that it is not sent again until the event changes."""
        if step.event is None:
            return None if step.pair is None else replace(step.pair, rejected=change.change_id)
        if step.pair is not None:
            return replace(step.pair, rejected=change.change_id)
        # An event without an appointment: remembered under a guid of our own making that SalesExec never sees.
        stand_in = AppointmentGuid(change_id("rejected", self._user, step.event.id))
        known = self._ports.pairs.get(self._user, stand_in)
        return Pair(
            user=self._user,
            appointment=stand_in,
            state=PairState.REJECTED,
            origin=Origin.OUTLOOK,
            event_id=step.event.id,
            generation=step.generation,
            rejected=fingerprint(step.event, self._rules),
            version=None if known is None else known.version,
        )

    def _entry_for(self, step: Step, change: CrmChange, result: ChangeResult) -> ReceiptEntry:
        if result.outcome is ChangeOutcome.REJECTED:
            return self._entry(Outcome.REJECTED, f"SalesExec did not take it: {result.reason or 'no reason given'}")
        if step.action is Action.DELETE_IN_SALESEXEC:
            return self._entry(Outcome.DELETED, "Deleted in Outlook, so deleted in SalesExec.")
        if step.action is Action.CREATE_IN_SALESEXEC:
            return self._entry(Outcome.CREATED, "Found in Outlook, made in SalesExec.")
        return self._entry(Outcome.UPDATED, "Changed in Outlook, so changed in SalesExec.", change.changed)

    def _entry(self, outcome: Outcome, why: str, fields: Iterable[Field] = ()) -> ReceiptEntry:
        return ReceiptEntry(
            at=self._now,
            towards=Towards.SALESEXEC,
            outcome=outcome,
            why=why,
            fields=tuple(fields),
            correlation_id=self._correlation_id,
        )


def _was_rejected(step: Step, change: CrmChange) -> bool:
    """Tell whether SalesExec refused just this change before: it is not sent again until the event changes."""
    return step.pair is not None and step.pair.rejected == change.change_id
