"""Telling SalesExec what was found in Outlook, and remembering what it took."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from shared_code.domain.changes import CHANGES_PER_CALL, ChangeOutcome, ChangeResult, CrmChange
from shared_code.domain.connections import Connection
from shared_code.domain.decisions import Action
from shared_code.domain.events import CalendarEvent, EventKind
from shared_code.domain.fields import ONE_WAY_FIELDS, Field
from shared_code.domain.identifiers import AppointmentGuid, change_id
from shared_code.domain.incoming import (
    Step,
    agreed_pair,
    change_for,
    fingerprint,
    first_revision,
    gone_pair,
    sequence_after,
)
from shared_code.domain.outgoing import Rules
from shared_code.domain.pairs import CLAIM_LASTS, Claim, Origin, Pair, PairState, changed_in_outlook, letting_go
from shared_code.domain.receipts import Outcome, ReceiptEntry, Towards
from shared_code.domain.schedules import Series
from shared_code.domain.unconfirmed import about_to_tell, to_be_brought_back
from shared_code.use_cases.adopting import Adoption, hold
from shared_code.use_cases.errors import StaleVersion
from shared_code.use_cases.importing import Imports
from shared_code.use_cases.ports import Ports, Reconcile
from shared_code.use_cases.pushing import ATTEMPTS, rules_of
from shared_code.use_cases.remembering import without_what_waits_no_more


class Telling:
    """What one read of a calendar tells SalesExec. `left_something`: a later poll must look at it again."""

    def __init__(
        self,
        connection: Connection,
        ports: Ports,
        counts: Counter[str],
        correlation_id: str,
        adoption: Adoption,
        imports: Imports,
        now: datetime,
    ) -> None:
        self._user = connection.user
        self._book = connection.book
        self._ports = ports
        self._counts = counts
        self._correlation_id = correlation_id
        self._rules: Rules = rules_of(connection, ports)
        self._adoption = adoption
        self._imports = imports
        self._now = now
        self.left_something = False
        self._told_of: set[AppointmentGuid] = set()

    def forget(self, steps: list[Step]) -> None:
        """Let go of pairs whose appointment is over: archiving an old event is not cancelling an appointment."""
        why = "Its event is gone from Outlook, but the appointment is over: nothing is deleted in SalesExec."
        saves = [(gone_pair(step.pair), self._entry(Outcome.FORGOTTEN, why)) for step in steps if step.pair is not None]
        self._counts["forgotten"] += len(saves)
        self._ports.pairs.save_all(saves)

    def tell(self, steps: list[Step]) -> None:
        """Send the changes in calls of at most a hundred, each noted before and remembered before the next is sent."""
        imported = {step.event.id for step in steps if step.pair is None and step.event is not None}
        self._told_of.update(step.pair.appointment for step in steps if step.pair is not None)
        for start in range(0, len(steps), CHANGES_PER_CALL):
            chunk = steps[start : start + CHANGES_PER_CALL]
            again = self._tell_chunk(chunk)
            if again:
                # An import that SalesExec knew already may hold an older content there: the whole of it is sent once.
                # So are all times, where only some were, and were rejected.
                self._tell_chunk(again)
        if imported:
            self._imports.end_all_but(imported)

    def _tell_chunk(self, steps: list[Step]) -> list[Step]:
        pending = [(step, change_for(step, self._rules, self._now)) for step in steps]
        pending = self._noted([(step, change) for step, change in pending if not _was_rejected(step, change)])
        if not pending:
            return []
        changes = [change for _, change in pending]
        results = self._ports.crm.tell(self._user, changes)
        self._imports.not_taken(
            [
                step.event.id
                for (step, _), result in zip(pending, results, strict=True)
                if step.pair is None and step.event is not None and result.outcome is ChangeOutcome.DUPLICATE
            ]
        )
        saves: list[tuple[Pair, ReceiptEntry, frozenset[Field]]] = []
        again = []
        for (step, change), result in zip(pending, results, strict=True):
            self._counts[f"{change.action.value}_{result.outcome.value}".lower()] += 1
            whole = step.with_all_times() if _wants_all_times(step, result) else None
            if whole is not None and whole.pair is not None:
                again.append(replace(whole, pair=replace(whole.pair, sequence=change.sequence)))
                continue
            if _was_known_when_called_off(step, result):
                # Its word that the appointment is off is later than this edit: it is asked for it once more.
                self._ports.work.send(Reconcile(user=self._user))
            pair = self._remembered(step, change, result)
            if pair is None:
                continue
            was_known = result.outcome is ChangeOutcome.DUPLICATE and pair.state is PairState.LINKED
            if step.pair is None and step.event is not None and was_known:
                pair = self._imported_before(pair, step.event)
                changed = changed_in_outlook(pair.agreed, self._rules.seen(step.event, pair.origin)) - ONE_WAY_FIELDS
                if changed:
                    again.append(replace(step, action=Action.CHANGE_IN_SALESEXEC, pair=pair, changed=changed))
                    continue
            saves.append((pair, self._entry_for(step, change, result), step.changed))
        self._save(saves)
        return again

    def _noted(self, pending: list[tuple[Step, CrmChange]]) -> list[tuple[Step, CrmChange]]:
        """Note what SalesExec is about to be told; what somebody changed meanwhile is left for the next poll.

        Safety: should its answer be lost, what it took must not pass for an edit that was made there.
        """
        self._imports.begin([step.event for step, _ in pending if step.pair is None and step.event is not None])
        known = [(step, step.pair) for step, _ in pending if step.pair is not None and _is_told_of(step, step.pair)]
        if not known:
            return pending
        saved = iter(self._ports.pairs.save_all([(self._about_to_tell(step, pair), None) for step, pair in known]))
        noted = []
        for step, change in pending:
            if step.pair is None or not _is_told_of(step, step.pair):
                noted.append((step, change))
                continue
            pair = next(saved)
            if pair is None:
                self.left_something = True
            else:
                noted.append((replace(step, pair=pair), change))
        return noted

    def _about_to_tell(self, step: Step, pair: Pair) -> Pair:
        seen = {} if step.event is None else self._rules.seen(step.event, pair.origin)
        return replace(pair, unconfirmed=about_to_tell(pair.unconfirmed, seen, step.changed))

    def _imported_before(self, pair: Pair, event: CalendarEvent) -> Pair:
        """Return the pair of an import that SalesExec had taken already, though our note of it was lost."""
        # What SalesExec did with the appointment meanwhile found no pair: it is looked for again.
        self._ports.work.send(Reconcile(user=self._user))
        self.left_something = True
        return replace(
            pair,
            # Safety: the run that SalesExec took it from may have numbered it a millisecond after this one began.
            sequence=sequence_after(pair.sequence, self._ports.clock.now()),
            agreed=self._adoption.agreed_now(pair.appointment, event),
            change_key="",
            outlook_modified_at=event.modified_at,
            outlook_edited_at=event.modified_at,
        ).spanning(event.schedule)

    def _save(self, saves: list[tuple[Pair, ReceiptEntry, frozenset[Field]]]) -> None:
        """Remember what SalesExec took, also where a push changed the pair meanwhile."""
        saved = self._ports.pairs.save_all([(pair, entry) for pair, entry, _ in saves])
        self._imports.end([pair.event_id for pair in saved if pair is not None and pair.event_id is not None])
        for (pair, entry, changed), done in zip(saves, saved, strict=True):
            if done is None:
                self._save_beside_others(pair, entry, changed)

    def _save_beside_others(self, told: Pair, entry: ReceiptEntry, changed: frozenset[Field]) -> None:
        """Write what SalesExec now has onto the newer pair: what differs from it in Outlook will be told next."""
        for _ in range(ATTEMPTS):
            fresh = self._ports.pairs.get(self._book, told.appointment, told.slot)
            if fresh is None or (fresh.event_id != told.event_id and told.state is not PairState.GONE):
                # The event belongs to another pair by now; the next poll finds out whose it is.
                return
            merged = {**fresh.agreed, **{name: told.agreed[name] for name in changed if name in told.agreed}}
            if told.state is not PairState.LINKED or fresh.state is not PairState.LINKED:
                merged = dict(fresh.agreed)
            if told.state is PairState.GONE and fresh.state in (PairState.LINKED, PairState.CREATING):
                fresh = to_be_brought_back(fresh)
                self.left_something = True
            beside = replace(
                _with_days_of(told, fresh) if Field.RECURRENCE in changed else fresh,
                agreed=merged,
                sequence=max(fresh.sequence, told.sequence),
                revision=max(fresh.revision, told.revision) + 1,
            )
            try:
                self._ports.pairs.save(beside, receipt=entry)
            except StaleVersion:
                continue
            return

    def _remembered(self, step: Step, change: CrmChange, result: ChangeResult) -> Pair | None:
        """Return the pair as it is after SalesExec's answer, or None when there is nothing to remember."""
        if result.outcome is ChangeOutcome.REJECTED:
            return self._rejected(step, change)
        if step.action is Action.DELETE_IN_SALESEXEC:
            # Safety: a push in flight that is older than what was just applied must not bring it back.
            removed_at = result.modified_at
            gone = step.pair and gone_pair(step.pair, sequence=change.sequence, removed_at=removed_at)
            return gone and replace(gone, deleted_at=self._now)
        if step.event is None:
            return None
        pair = step.pair
        if pair is None:
            if result.appointment is None:
                self._counts["answer_without_guid"] += 1
                return None
            pair = self._imported(result.appointment, step)
            if pair is None:
                return None
            if result.outcome is ChangeOutcome.DUPLICATE or pair.state is PairState.UNLINKED:
                return replace(pair, sequence=change.sequence)
        if step.undone:
            # What SalesExec said of it meanwhile, in a push that is on its way, is no older for that.
            return gone_pair(pair, sequence=change.sequence)
        agreed = agreed_pair(pair, step.event, self._rules, change.sequence, result.modified_at)
        if isinstance(step.event.schedule, Series) and Field.RECURRENCE in step.changed:
            # SalesExec now has the EXDATEs that it was told, and no other that it had meanwhile.
            agreed = replace(agreed, removed_told_at=result.modified_at)
        # Safety: a series counts as read only once its changed occurrences were told too.
        return replace(agreed, change_key="") if step.event.kind is EventKind.SERIES_MASTER else agreed

    def _imported(self, appointment: AppointmentGuid, step: Step) -> Pair | None:
        """Return the new pair of an imported event; what SalesExec said before is kept where the guid is known."""
        is_hers = hold(appointment, self._user, self._ports).user == self._user
        noted = self._ports.pairs.get(self._book, appointment)
        known = None if noted is None else without_what_waits_no_more([noted], self._user, self._ports)[0]
        event_id = step.event.id if step.event is not None else None
        if not is_hers:
            return self._moved_on(known, appointment, step)
        is_at_work = known is not None and (known.is_waiting or known.is_claimed(self._now))
        if known is not None and known.event_id != event_id and (is_at_work or appointment in self._told_of):
            # A push is at work on another event of this appointment, or SalesExec is just being told of an edit of that
            # one; which of them stays is for the next poll to say.
            self.left_something = True
            return None
        if known is not None:
            generation = max(known.generation, step.generation)
            claim = None
            if known.state is PairState.LINKED and known.event_id != event_id:
                # SalesExec pushed it already, and thereby made one more event. What it pushed is written to this one
                # before anything more is told of it.
                accepted_at = known.accepted_at or self._now
                claim = Claim(until=self._now + CLAIM_LASTS, modified_at=accepted_at)
                self._ports.work.send(Reconcile(user=self._user))
                self.left_something = True
            linked = replace(known, state=PairState.LINKED, origin=Origin.OUTLOOK, event_id=event_id, claim=claim)
            return replace(linked, generation=generation, agreed={})
        return Pair(
            book=self._book,
            user=self._user,
            appointment=appointment,
            state=PairState.LINKED,
            origin=Origin.OUTLOOK,
            event_id=event_id,
            generation=step.generation,
            revision=first_revision(step.event.modified_at) if step.event is not None else 0,
        )

    def _moved_on(self, known: Pair | None, appointment: AppointmentGuid, step: Step) -> Pair | None:
        """Return a pair that keeps an event from being imported anew: its appointment moved before this was noted.

        Safety: linked here too, it would stay with the other rep as a ghost when SalesExec moves it back.
        """
        event_id = step.event.id if step.event is not None else None
        if known is not None and known.state is PairState.UNLINKED and event_id is not None:
            # One more event of hers: that of the import, beside the one that a push had made before it was noted.
            return letting_go(known, event_id)
        if known is not None and known.state is not PairState.GONE:
            return None
        hers = Pair(book=self._book, user=self._user, appointment=appointment, state=PairState.UNLINKED)
        hers = replace(known or hers, state=PairState.UNLINKED, origin=Origin.OUTLOOK, event_id=event_id)
        return replace(hers, generation=step.generation)

    def _rejected(self, step: Step, change: CrmChange) -> Pair | None:
        """Remember what SalesExec would not take, so that it is not sent again until the event changes."""
        if step.event is None:
            return None if step.pair is None else replace(step.pair, rejected=change.change_id)
        if step.pair is not None:
            # The next poll finds the change as it was first told, and does not tell it again.
            first = change_for(step.as_first_told(), self._rules, self._now) if step.added else change
            return replace(step.pair, rejected=first.change_id)
        # An event without an appointment: remembered under a guid of our own making that SalesExec never sees.
        stand_in = AppointmentGuid(change_id("rejected", self._user, step.event.id))
        known = self._ports.pairs.get(self._book, stand_in)
        return Pair(
            book=self._book,
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


def _with_days_of(told: Pair, fresh: Pair) -> Pair:
    """Return the newer pair with the days that SalesExec has been told of, in place of those that it knew."""
    if told.state is not PairState.LINKED or fresh.state is not PairState.LINKED:
        return fresh
    return replace(fresh, removed=told.removed, removed_told_at=told.removed_told_at, change_key="")


def _is_told_of(step: Step, pair: Pair) -> bool:
    """Tell whether a step tells fields of something whose pair is stored: not a delete, nor a new occurrence."""
    return step.event is not None and step.action is not Action.DELETE_IN_SALESEXEC and pair.version is not None


def _wants_all_times(step: Step, result: ChangeResult) -> bool:
    """Tell whether SalesExec is to be told all times of the event, where it was told some.

    Story: moved in SalesExec, which we have yet to hear of, and made longer in Outlook. Half of each is no time at all:
    SalesExec may have rejected it for that. Or it had called the appointment off, with a time of its own: what lives
    again does so at Outlook's.
    """
    if result.outcome is ChangeOutcome.REJECTED:
        return True
    return result.outcome is ChangeOutcome.APPLIED and step.pair is not None and step.pair.refused_delete_at is not None


def _was_known_when_called_off(step: Step, result: ChangeResult) -> bool:
    """Tell whether SalesExec had taken this edit over before it called the appointment off, as it says only now."""
    is_refused = step.pair is not None and step.pair.refused_delete_at is not None
    return is_refused and result.outcome is ChangeOutcome.DUPLICATE


def _was_rejected(step: Step, change: CrmChange) -> bool:
    """Tell whether SalesExec refused just this change before: it is not sent again until the event changes."""
    return step.pair is not None and step.pair.rejected == change.change_id
