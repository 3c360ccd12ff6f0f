"""One full read of one calendar: gather, decide, act, remember."""

from collections import Counter
from dataclasses import replace
from datetime import datetime

from shared_code.domain.connections import Connection
from shared_code.domain.decisions import Action
from shared_code.domain.events import CalendarEvent, EventKind, Mark
from shared_code.domain.identifiers import EventId
from shared_code.domain.incoming import (
    Step,
    is_past_deleting,
    perhaps_missing,
    step_for_known,
    step_for_missing,
    step_for_new,
)
from shared_code.domain.outgoing import Rules
from shared_code.domain.pairs import Origin, Pair, PairState
from shared_code.domain.preferences import Meetings
from shared_code.domain.schedules import Window
from shared_code.domain.series import removed_days
from shared_code.use_cases.adopting import Adoption
from shared_code.use_cases.errors import ChangedMeanwhile, EventGone, Refused
from shared_code.use_cases.held_deletes import Brake, count_held
from shared_code.use_cases.importing import Imports
from shared_code.use_cases.ports import Calendar, Ports, Reconcile
from shared_code.use_cases.pushing import rules_of
from shared_code.use_cases.read_series import OccurrenceReader, SeriesReader
from shared_code.use_cases.remembering import without_what_waits_no_more
from shared_code.use_cases.series_events import read_whole
from shared_code.use_cases.telling import Telling


class Reading:
    """One full read. `left_something`: an event that a push is at work on was left for a later poll."""

    def __init__(self, connection: Connection, ports: Ports, counts: Counter[str], correlation_id: str) -> None:
        self._connection = connection
        self._user = connection.user
        self._book = connection.book
        self._ports = ports
        self._counts = counts
        self.left_something = False
        self._correlation_id = correlation_id
        self._rules: Rules = rules_of(connection, ports)
        self._calendar: Calendar = ports.calendars.of(connection)
        self._now: datetime = ports.clock.now()
        self._confirmed: list[CalendarEvent] = []

    def run(self) -> None:
        """Read the window, decide about each event, and tell SalesExec."""
        window = self._connection.preferences.window(self._now)
        # Quirk: what is added or deleted while pages are read shifts the rest: an event may be on two of them.
        events = list({event.id: event for page in self._calendar.view(window) for event in page}.values())
        # Safety: pairs are read after the events. A push that wrote in between shows as a claim or as a newer stamp.
        pairs = without_what_waits_no_more(self._ports.pairs.all_of(self._book), self._user, self._ports)
        self._counts["read"] += len(events)
        reader = SeriesReader(self._calendar, self._ports, self._rules, self._counts, self._now)
        masters = reader.masters_in(events, pairs)
        whole = [event for event in events if event.kind is EventKind.SINGLE] + masters
        imports = Imports(self._book, self._ports, self._rules)
        adoption = Adoption(self._connection, self._ports, self._rules, window, pairs, imports)
        present = [*(event.id for event in whole), *reader.present]
        lost = adoption.lost_imports(present)
        pairs += lost
        self.left_something |= any(pair.is_claimed(self._now) for pair in lost)
        steps = [*self._steps_for(whole, pairs, adoption), *self._steps_for_missing(present, pairs, window)]
        self._repair_marks(steps)
        telling = Telling(
            self._connection, self._ports, self._counts, self._correlation_id, adoption, imports, self._now
        )
        telling.forget([step for step in steps if self._is_forgotten(step)])
        news = [step for step in steps if step.action is not Action.NOTHING and not self._is_forgotten(step)]
        brake = Brake(self._connection, self._ports, pairs, self._now)
        telling.tell(brake.let_through(news, self._correlation_id))
        if self._connection.held_deletes or any(step.action is Action.DELETE_IN_SALESEXEC for step in news):
            count_held(self._user, self._ports)
        occurrences = OccurrenceReader(self._book, self._ports, self._rules, window, self._now)
        telling.tell(occurrences.steps_of([*masters, *self._confirmed]))
        occurrences.finish()
        self.left_something |= reader.left_something or telling.left_something or occurrences.left_something

    def _is_forgotten(self, step: Step) -> bool:
        is_delete = step.action is Action.DELETE_IN_SALESEXEC
        return is_delete and step.pair is not None and is_past_deleting(step.pair, self._now)

    def _steps_for(self, events: list[CalendarEvent], pairs: list[Pair], adoption: Adoption) -> list[Step]:
        earlier = {pair.event_id: pair for pair in sorted(pairs, key=lambda pair: pair.generation) if pair.event_id}
        linked = {pair.event_id: pair for pair in pairs if pair.state is PairState.LINKED}
        let_go = {event_id for pair in pairs for event_id in pair.let_go}
        steps = []
        for event in events:
            pair = linked.get(event.id)
            if pair is not None and pair.held_at is not None:
                # It is back in Outlook before anybody decided.
                pair = self._ports.pairs.save(replace(pair, held_at=None))
            if pair is not None:
                steps.append(self._known(event, pair))
            elif event.id in let_go and not adoption.is_left_over(event):
                # Story: she made it, its appointment moved away and came back with an event of its own. It stays hers.
                continue
            else:
                steps.append(self._unknown(event, events, earlier.get(event.id), adoption))
        return [step for step in steps if step is not None]

    def _known(self, event: CalendarEvent, pair: Pair) -> Step | None:
        if pair.is_waiting or pair.is_claimed(self._now):
            self.left_something = True
        elif pair.claim is not None and removed_days(event.schedule) != pair.removed:
            # A push died while it took days out of the series: the same push, read from SalesExec anew, goes on.
            self._ports.work.send(Reconcile(user=self._user))
        return step_for_known(event, pair, self._rules, self._now)

    def _unknown(
        self, event: CalendarEvent, events: list[CalendarEvent], earlier: Pair | None, adoption: Adoption
    ) -> Step | None:
        """Decide about an event that is half of no pair: ours after all, the rep's own, or gone by now."""
        was_ours = earlier or adoption.known_by_mark(event)
        if was_ours is not None and was_ours.state is PairState.GONE and self._calendar.read(event.id) is None:
            # It was deleted, by a push perhaps, after the window was read and before the pairs were.
            return None
        if adoption.is_left_over(event):
            self._remove_left_over(event)
            return None
        if earlier is None or earlier.state is PairState.CREATING:
            adopted = adoption.pair_for(event, events)
            if adopted is not None:
                return self._known(event, adopted)
            if adoption.is_being_made(event):
                self.left_something = True
                return None
        return step_for_new(event, self._rules, earlier)

    def _remove_left_over(self, event: CalendarEvent) -> None:
        """Take out an event that we made once too often; never one that could mail somebody."""
        fresh = self._calendar.read(event.id)
        if fresh is None or (fresh.has_attendees and self._connection.preferences.meetings is Meetings.PROTECT):
            return
        try:
            self._calendar.remove(fresh.id, change_key=fresh.change_key)
        except (ChangedMeanwhile, EventGone):
            self.left_something = True
            return
        self._counts["left_over_removed"] += 1

    def _steps_for_missing(self, read: list[EventId], pairs: list[Pair], window: Window) -> list[Step]:
        """Confirm by id what the read did not show: only an event that is nowhere in the mailbox was deleted."""
        steps = []
        for pair in perhaps_missing(pairs, frozenset(read), window, self._now):
            self._counts["confirmed_by_id"] += 1
            try:
                event = read_whole(pair.event_id or EventId(""), self._calendar, is_series=pair.is_series)
            except Refused:
                # It exists, but makes no sense to us: neither missing nor deleted, and no reason to stop the others.
                self._counts["unreadable"] += 1
                continue
            if event is not None and event.kind is EventKind.SERIES_MASTER:
                self._confirmed.append(event)
            step = step_for_missing(pair) if event is None else self._known(event, pair)
            if step is not None:
                steps.append(step)
        return steps

    def _repair_marks(self, steps: list[Step]) -> None:
        """Write our extension again where it got lost from an event we made; never where it could mail somebody."""
        for step in steps:
            event, pair = step.event, step.pair
            if event is None or pair is None or pair.origin is Origin.OUTLOOK or event.mark is not None:
                continue
            # Safety: read just before, as for any write; since the window was read somebody may have been invited.
            fresh = self._calendar.read(event.id)
            if fresh is None or fresh.mark is not None:
                continue
            if fresh.has_attendees and self._connection.preferences.meetings is Meetings.PROTECT:
                continue
            mark = Mark(appointment=pair.appointment, user=pair.user, lead_url=pair.lead_url)
            try:
                self._calendar.mark(event.id, mark)
            except EventGone:
                continue
            self._counts["marks_repaired"] += 1
