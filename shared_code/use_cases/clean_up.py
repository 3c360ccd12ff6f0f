"""Take everything the sync put into the two systems back out: exactly that, mailing nobody, to be resumed any time.

Nothing hangs on a position: each run looks for what is there, removes it, and notes what remains. Killed at any
instruction, the next run finds less.
"""

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from shared_code.domain.changes import CHANGES_PER_CALL, ChangeAction, ChangeOutcome, CrmChange
from shared_code.domain.cleanups import CleanupJob, CleanupPart, CleanupState, JobId, Side
from shared_code.domain.connections import Connection
from shared_code.domain.events import CalendarEvent, OddEvent
from shared_code.domain.identifiers import AppointmentGuid, EventId, change_id, generation_in
from shared_code.domain.incoming import gone_pair, sequence_after
from shared_code.domain.ownership import LeftEvent, LeftReason, Sorted, sort_out
from shared_code.domain.pairs import Origin, Pair, PairState
from shared_code.domain.receipts import Outcome, ReceiptEntry, Towards
from shared_code.domain.schedules import Window
from shared_code.use_cases.cleanup_parts import claim, finish_part, is_ours_in_outlook, save_part
from shared_code.use_cases.errors import (
    ChangedMeanwhile,
    EventGone,
    ReconnectNeeded,
    Refused,
    StaleVersion,
    SyncError,
    TryAgainLater,
)
from shared_code.use_cases.ports import Calendar, CleanUp, Ports
from shared_code.use_cases.postponing import delay_for
from shared_code.use_cases.pushing import ATTEMPTS, MOMENT, check_throttle
from shared_code.use_cases.remembering import unmade_pair

SLICE = 20
"""How many events one request removes, or reads: the most that Graph takes in one."""

SLICES_PER_RUN = 25
"""How many slices one run makes before it hands over to the next, well within the time a run may take."""

AFTER_ANOTHER = timedelta(minutes=1)
"""How long a rep's part of a cleanup of everybody waits for another cleanup of hers."""

ALL_TIME = timedelta(days=1825)
"""How far SalesExec is asked for imported appointments, each way."""


def clean_up_part(work: CleanUp, *, ports: Ports, correlation_id: str) -> Counter[str]:
    """Go on with one rep's part of a cleanup. TryAgainLater: go on after the time it says."""
    counts: Counter[str] = Counter()
    job = ports.cleanups.job(work.job)
    part = ports.cleanups.part(work.job, work.user) if work.user is not None else None
    if job is None or part is None or part.state is CleanupState.DONE:
        return counts
    connection = ports.connections.get(part.user)
    if connection is None or connection.disconnected_at is not None or _is_over(job, part, connection):
        finish_part(part, connection, ports)
        return counts
    try:
        connection = _claimed(job, connection, ports)
        _Cleaning(job, part, connection, ports, counts, correlation_id).run()
    except ReconnectNeeded as error:
        delay_for(part.user, error, ports, attempts=0)
        save_part(part, ports, state=CleanupState.BLOCKED)
        counts["blocked"] += 1
    except TryAgainLater as error:
        delay_for(part.user, error, ports, attempts=0)
        save_part(part, ports, rests_until=ports.clock.now() + error.retry_after)
        raise
    return counts


def _is_over(job: CleanupJob, part: CleanupPart, connection: Connection) -> bool:
    """Tell whether a part is not the rep's cleanup: it never began, another was faster, or it ended and died noting so.

    Safety: she may have resumed since; nothing is paused or removed again for that.
    """
    if job.dry_run or connection.cleanup_job == job.id:
        return False
    return not job.all_users or (connection.cleanup_job is None and _was_counted(part))


def _was_counted(part: CleanupPart) -> bool:
    return part.outlook_found is not None or part.salesexec_found is not None


def _claimed(job: CleanupJob, connection: Connection, ports: Ports) -> Connection:
    """Return the connection as it is when the rep's sync is paused for this cleanup; TryAgainLater: for another."""
    if job.dry_run or connection.cleanup_job == job.id:
        return connection
    other = claim(connection.user, job, ports)
    if other is None:
        return ports.connections.get(connection.user) or connection
    if connection.needs_reconnect:
        raise ReconnectNeeded("the rep must sign in to Outlook again")
    raise TryAgainLater("another cleanup of this rep runs", retry_after=AFTER_ANOTHER)


def count_both(connection: Connection, sides: Sequence[Side], ports: Ports) -> dict[Side, int]:
    """Count what a cleanup of this rep would remove, and change nothing."""
    job = CleanupJob(
        id=JobId(""), sides=tuple(sides), dry_run=True, all_users=False, started_at=ports.clock.now(), spread=True
    )
    part = CleanupPart(job=job.id, user=connection.user)
    cleaning = _Cleaning(job, part, connection, ports, Counter(), "")
    counts = {}
    if Side.OUTLOOK in sides:
        counts[Side.OUTLOOK] = len(cleaning.ours_in_outlook().to_remove)
    if Side.SALESEXEC in sides:
        counts[Side.SALESEXEC] = len(cleaning.imported())
    return counts


class _Cleaning:
    """One run of one rep's part."""

    def __init__(
        self,
        job: CleanupJob,
        part: CleanupPart,
        connection: Connection,
        ports: Ports,
        counts: Counter[str],
        correlation_id: str,
    ) -> None:
        self._job = job
        self._part = part
        self._connection = connection
        self._ports = ports
        self._counts = counts
        self._correlation_id = correlation_id

    def run(self) -> None:
        """Count in a dry run; else remove a run's worth, and close the part when nothing remains."""
        done = True
        blocked: ReconnectNeeded | None = None
        if Side.OUTLOOK in self._job.sides:
            try:
                done = self._clean_outlook()
            except ReconnectNeeded as error:
                # SalesExec's side takes no grant.
                blocked = error
        if done and Side.SALESEXEC in self._job.sides:
            self._clean_salesexec()
        if blocked is not None:
            raise blocked
        if done:
            finish_part(self._part, self._connection, self._ports)
        else:
            self._ports.work.send(CleanUp(job=self._job.id, user=self._part.user))

    def _clean_outlook(self) -> bool:
        """Remove what is provably ours from every calendar of the mailbox; False when another run must go on."""
        sorted_out = self.ours_in_outlook()
        calendar = self._ports.calendars.of(self._connection)
        pairs = self._ports.pairs.all_of(self._connection.book)
        found = len(sorted_out.to_remove) + len(sorted_out.to_leave)
        self._note_found(found, len(sorted_out.to_remove), sorted_out.to_leave)
        if self._job.dry_run:
            self._part = save_part(
                self._part, self._ports, outlook_remaining=0, left=(), outlook_found=len(sorted_out.to_remove)
            )
            return True
        remaining = list(sorted_out.to_remove)
        for _ in range(SLICES_PER_RUN):
            if not remaining:
                break
            refused = self._remove_slice(calendar, remaining[:SLICE], pairs)
            del remaining[:SLICE]
            left = (*self._part.left, *refused)
            self._part = save_part(self._part, self._ports, outlook_remaining=len(remaining), left=left)
        if not remaining and sorted_out.to_remove and self.ours_in_outlook().to_remove:
            # Quirk: what was added or deleted while pages were read shifts the rest, so that an event is on none.
            raise TryAgainLater("a search missed some of our events", retry_after=MOMENT)
        return not remaining

    def ours_in_outlook(self) -> Sorted:
        """Find our events by the extension in every calendar, and by our notes those that lost it."""
        if self._connection.needs_reconnect:
            raise ReconnectNeeded("the rep must sign in to Outlook again")
        check_throttle(self._connection, self._ports)
        calendar = self._ports.calendars.of(self._connection)
        pairs = self._ports.pairs.all_of(self._connection.book)
        found = [event for page in calendar.find_ours() for event in page]
        events = {event.id: event for event in found if isinstance(event, CalendarEvent)}
        odd = {event.id for event in found if isinstance(event, OddEvent)}
        lost = [pair for pair in pairs if is_ours_in_outlook(pair) and pair.event_id not in events.keys() | odd]
        for some in itertools.batched(lost, SLICE, strict=False):
            self._look_up(some, calendar, events, odd)
        given_up = {left.event_id for left in self._part.left if left.reason is LeftReason.REFUSED}
        not_ours = {left.event_id for left in self._part.left if left.reason is LeftReason.NOT_PROVABLY_OURS}
        listed = [event for event in events.values() if event.id not in given_up]
        return sort_out(listed, pairs, self._connection.user, self._connection.preferences.meetings, not_ours, odd)

    def _look_up(
        self, pairs: Sequence[Pair], calendar: Calendar, events: dict[EventId, CalendarEvent], odd: set[EventId]
    ) -> None:
        """Ask for events by their ids: one that lost its mark is found, and the pair of one that is gone let go."""
        ids = [pair.event_id for pair in pairs if pair.event_id is not None]
        gone = set()
        for event_id, outcome in zip(ids, calendar.read_batch(ids), strict=True):
            if outcome is None or isinstance(outcome, EventGone):
                gone.add(event_id)
            elif isinstance(outcome, Refused):
                odd.add(event_id)
            elif isinstance(outcome, SyncError):
                raise outcome
            else:
                events[event_id] = outcome
        if not self._job.dry_run:
            self._let_go([pair for pair in pairs if pair.event_id in gone])

    def _note_found(self, found: int, remaining: int, left: Sequence[LeftEvent]) -> None:
        """Remember what there was at first; a later run finds only the rest of it, or what the first look missed."""
        part = self._part
        refused = tuple(each for each in part.left if each.reason is LeftReason.REFUSED)
        first = part.outlook_found
        gone = (first or 0) - (part.outlook_remaining or 0) - len(part.left)
        self._part = save_part(
            self._part,
            self._ports,
            state=CleanupState.RUNNING,
            outlook_found=found if first is None else max(first, max(0, gone) + found + len(refused)),
            outlook_remaining=remaining,
            left=(*left, *refused),
        )

    def _remove_slice(
        self, calendar: Calendar, events: Sequence[CalendarEvent], pairs: Sequence[Pair]
    ) -> list[LeftEvent]:
        """Delete a slice and let go of its pairs; return the events that Outlook would not delete."""
        check_throttle(self._connection, self._ports)
        outcomes = calendar.remove_batch([(event.id, event.change_key) for event in events])
        gone, refused = set(), []
        again: SyncError | None = None
        for event, outcome in zip(events, outcomes, strict=True):
            if isinstance(outcome, Refused):
                refused.append(LeftEvent(event_id=event.id, reason=LeftReason.REFUSED))
            elif isinstance(outcome, SyncError) and not isinstance(outcome, EventGone):
                again = outcome
            else:
                gone.add(event.id)
        self._counts["removed"] += len(gone)
        self._let_go([pair for pair in pairs if pair.event_id in gone])
        self._note_unknown([event for event in events if event.id in gone], pairs)
        if again is not None:
            self._come_back(again)
        return refused

    def _note_unknown(self, events: Sequence[CalendarEvent], pairs: Sequence[Pair]) -> None:
        """Note of events that we had no note of that they were the ones: a copy of one is the rep's own for good."""
        known = {pair.appointment for pair in pairs}
        marks = [(event, event.mark) for event in events if event.mark is not None]
        gone = [
            replace(
                unmade_pair(self._connection.book, self._connection.user, mark.appointment),
                event_id=event.id,
                generation=generation_in(event.property_value, mark.appointment) or 1,
            )
            for event, mark in marks
            if mark.appointment not in known
        ]
        self._ports.pairs.save_all([(pair, None) for pair in gone])

    def _come_back(self, error: SyncError) -> None:
        """Leave the rest of this run to a later one: throttled, or an event changed and must be looked at anew."""
        if isinstance(error, (TryAgainLater, ReconnectNeeded)):
            raise error
        if isinstance(error, ChangedMeanwhile):
            raise TryAgainLater("an event was changed meanwhile", retry_after=MOMENT)
        raise error

    def _let_go(self, pairs: Sequence[Pair]) -> None:
        """Forget pairs whose event is gone by our hand; resuming the sync may bring their appointments back."""
        entry = ReceiptEntry(
            at=self._ports.clock.now(),
            towards=Towards.OUTLOOK,
            outcome=Outcome.DELETED,
            why="Removed from Outlook by a clean-up.",
            correlation_id=self._correlation_id,
        )
        saves = [(replace(gone_pair(pair), accepted_at=None), entry) for pair in pairs]
        for (pair, _), saved in zip(saves, self._ports.pairs.save_all(saves), strict=True):
            if saved is None:
                self._let_go_alone(pair, entry)

    def _let_go_alone(self, pair: Pair, entry: ReceiptEntry) -> None:
        for _ in range(ATTEMPTS):
            fresh = self._ports.pairs.get(pair.book, pair.appointment)
            if fresh is None or fresh.event_id != pair.event_id:
                return
            try:
                self._ports.pairs.save(replace(gone_pair(fresh), accepted_at=None), receipt=entry)
            except StaleVersion:
                continue
            return

    def _clean_salesexec(self) -> None:
        """Delete in SalesExec what was imported from Outlook, whether we have a note of it or SalesExec says so."""
        imported = self.imported()
        if self._part.salesexec_found is None or self._job.dry_run:
            self._part = save_part(self._part, self._ports, salesexec_found=len(imported))
        if self._job.dry_run:
            self._part = save_part(self._part, self._ports, salesexec_remaining=len(imported))
            return
        guids = list(imported)
        for start in range(0, len(guids), CHANGES_PER_CALL):
            self._delete_there(guids[start : start + CHANGES_PER_CALL], imported)
            self._part = save_part(
                self._part, self._ports, salesexec_remaining=max(0, len(guids) - start - CHANGES_PER_CALL)
            )

    def imported(self) -> dict[AppointmentGuid, Pair | EventId]:
        """Return the imported appointments, each with our pair, or else with the event SalesExec has it from."""
        now = self._ports.clock.now()
        pairs = self._ports.pairs.all_of(self._connection.book)
        found: dict[AppointmentGuid, Pair | EventId] = {
            pair.appointment: pair for pair in pairs if pair.origin is Origin.OUTLOOK and pair.state is PairState.LINKED
        }
        window = Window(start_at=now - ALL_TIME, end_at=now + ALL_TIME)
        known = {pair.appointment for pair in pairs}
        for listed in self._ports.crm.appointments(self._connection.user, window):
            guid = listed.appointment.guid
            if listed.came_from_outlook and guid not in known and not listed.is_cancelled:
                found[guid] = listed.event_id or EventId("")
        return found

    def _delete_there(self, guids: Sequence[AppointmentGuid], imported: dict[AppointmentGuid, Pair | EventId]) -> None:
        now = self._ports.clock.now()
        changes = []
        for guid in guids:
            source = imported[guid]
            pair = source if isinstance(source, Pair) else None
            changes.append(
                CrmChange(
                    change_id=change_id("cleanup", self._job.id, guid),
                    sequence=sequence_after(pair.sequence if pair is not None else 0, now),
                    action=ChangeAction.DELETE,
                    event_id=(source.event_id if isinstance(source, Pair) else source) or EventId(""),
                    appointment=guid,
                )
            )
        results = self._ports.crm.tell(self._connection.user, changes)
        gone = []
        for change, result in zip(changes, results, strict=True):
            known = imported.get(change.appointment) if change.appointment is not None else None
            self._counts[f"salesexec_{result.outcome.value.lower()}"] += 1
            if result.outcome is not ChangeOutcome.REJECTED and isinstance(known, Pair):
                gone.append(replace(known, sequence=change.sequence))
        self._let_go(gone)
