"""Series in a read of a calendar: which of them must be read whole, and what became of their single occurrences."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime

from shared_code.domain.decisions import Action
from shared_code.domain.events import CalendarEvent, EventKind
from shared_code.domain.fields import ONE_WAY_FIELDS, TIME_FIELDS, Field
from shared_code.domain.identifiers import AppointmentGuid, Book, EventId
from shared_code.domain.incoming import OF_OCCURRENCES, Step, gone_pair, why_not_imported
from shared_code.domain.occurrences import (
    agreed_by_series,
    by_day,
    concerns,
    is_current,
    own_fields,
    pair_of_day,
    said_of_series,
    series_in,
    undone,
)
from shared_code.domain.outgoing import Rules
from shared_code.domain.pairs import Pair, PairState, changed_in_outlook, edited_in_outlook
from shared_code.domain.schedules import Window
from shared_code.domain.series import slot_of_day
from shared_code.domain.taken_out import has_news
from shared_code.use_cases.errors import Refused, StaleVersion
from shared_code.use_cases.ports import Calendar, Ports


class SeriesReader:
    """Reads the series of a window whole, those that did not change left out.

    `present` are the masters whose occurrences the window shows. `left_something`: one that a push is at work on.
    """

    def __init__(self, calendar: Calendar, ports: Ports, rules: Rules, counts: Counter[str], now: datetime) -> None:
        self._calendar = calendar
        self._ports = ports
        self._rules = rules
        self._counts = counts
        self._now = now
        self.present: frozenset[EventId] = frozenset()
        self.left_something = False

    def masters_in(self, events: list[CalendarEvent], pairs: list[Pair]) -> list[CalendarEvent]:
        """Return the masters that something may have happened to, each with its removed days and exceptions."""
        shown: dict[EventId, list[CalendarEvent]] = {}
        for event in events:
            if event.series_master_id is not None:
                shown.setdefault(event.series_master_id, []).append(event)
        self.present = frozenset(shown)
        by_event = {pair.event_id: pair for pair in sorted(pairs, key=lambda pair: pair.generation)}
        own = self._exceptions_known(shown, pairs)
        masters = []
        for master_id, occurrences in shown.items():
            if self._is_known_to_be_so(by_event.get(master_id), occurrences, own):
                self._counts["series_unchanged"] += 1
                continue
            master = self._read(master_id)
            if master is not None:
                masters.append(master)
        return masters

    def _exceptions_known(self, shown: dict[EventId, list[CalendarEvent]], pairs: list[Pair]) -> frozenset[EventId]:
        """Return the exceptions that have pairs of their own; nothing is asked where the window shows none."""
        if not any(event.kind is EventKind.EXCEPTION for events in shown.values() for event in events) or not pairs:
            return frozenset()
        stored = self._ports.pairs.occurrences_of(pairs[0].book)
        return frozenset(pair.event_id for pair in stored if pair.event_id and pair.state is not PairState.GONE)

    def _is_known_to_be_so(self, pair: Pair | None, occurrences: list[CalendarEvent], own: frozenset[EventId]) -> bool:
        """Tell whether nothing of a series can be news.

        Every occurrence has the one version of its series (Microsoft docs, api/event-list-instances), and all that it
        shares with it; that is compared too, since what SalesExec may see depends on the rep's preferences.
        """
        plain = next((event for event in occurrences if event.kind is EventKind.OCCURRENCE), None)
        if pair is None:
            sample = plain or occurrences[0]
            as_series = replace(sample, kind=EventKind.SERIES_MASTER)
            return sample.mark is None and why_not_imported(as_series, self._rules.preferences) is not None
        if pair.is_claimed(self._now) or pair.is_waiting:
            self.left_something = True
            return True
        if any(event.change_key != pair.change_key for event in occurrences) or not pair.change_key:
            return False
        if pair.state is not PairState.LINKED:
            return True
        if any(event.kind is EventKind.EXCEPTION and event.id not in own for event in occurrences):
            return False
        seen = {} if plain is None else self._rules.seen(plain, pair.origin)
        return not changed_in_outlook(pair.agreed, seen) - TIME_FIELDS - ONE_WAY_FIELDS

    def _read(self, master_id: EventId) -> CalendarEvent | None:
        try:
            master = self._calendar.read_series(master_id)
        except Refused:
            # It makes no sense to us: reported by its count, and no reason to stop the others.
            self._counts["unreadable"] += 1
            return None
        if master is None or master.kind is not EventKind.SERIES_MASTER:
            # It went away, or became a single event, while we read.
            self.left_something = True
            return None
        self._counts["series_read"] += 1
        return master


class OccurrenceReader:
    """Finds what happened to single occurrences of series that were read whole, once the series itself was told."""

    def __init__(self, book: Book, ports: Ports, rules: Rules, window: Window, now: datetime) -> None:
        self._book = book
        self._ports = ports
        self._rules = rules
        self._window = window
        self._now = now
        self._done: list[tuple[CalendarEvent, Pair]] = []
        self.left_something = False

    def steps_of(self, masters: Iterable[CalendarEvent]) -> list[Step]:
        """Return what SalesExec is to be told of single occurrences; what is no news is noted at once."""
        steps: list[Step] = []
        masters = list(masters)
        if not masters:
            return steps
        linked = {pair.event_id: pair for pair in self._ports.pairs.all_of(self._book) if _is_told_of(pair)}
        stored: defaultdict[AppointmentGuid, dict[date, Pair]] = defaultdict(dict)
        if any(pair.is_series for pair in linked.values()):
            for each in self._ports.pairs.occurrences_of(self._book):
                if each.slot is not None:
                    stored[each.appointment][each.slot] = each
        for master in masters:
            pair = linked.get(master.id)
            if pair is None or self._is_at_work(pair, master.modified_at):
                continue
            steps += self._steps_of_one(master, pair, stored[pair.appointment])
            self._done.append((master, pair))
        return steps

    def _steps_of_one(self, master: CalendarEvent, pair: Pair, stored: dict[date, Pair]) -> list[Step]:
        series = series_in(master)
        steps: list[Step] = []
        exceptions = by_day(master)
        for day, event in exceptions.items():
            known = stored.get(day)
            is_kept = known is not None and is_current(known, pair)
            if is_kept or concerns(event, day, series, self._window):
                own = pair_of_day(known, pair, series, event, day, self._rules)
                steps += self._step(master, pair, own, event, day)
        for day, known in stored.items():
            if day not in exceptions and is_current(known, pair):
                steps += self._undo(master, known, day)
        return steps

    def _step(
        self, master: CalendarEvent, series_pair: Pair, pair: Pair, event: CalendarEvent, day: date
    ) -> list[Step]:
        """Decide about an exception."""
        if self._is_at_work(pair, event.modified_at):
            return []
        seen = self._rules.seen(event, pair.origin)
        # What was told without an answer is told again, as for a series.
        changed = (edited_in_outlook(pair, seen) | frozenset(pair.unconfirmed)) - ONE_WAY_FIELDS
        slot, is_noted = slot_of_day(series_in(master), day), True
        if slot.at != pair.slot_at:
            # Its series begins at another hour by now, so SalesExec has to learn by which slot it is known.
            pair = replace(pair, slot_at=slot.at)
            plain = agreed_by_series(series_pair, series_in(master), day, self._rules)
            changed |= changed_in_outlook(plain, seen) - ONE_WAY_FIELDS
        if pair.series_said != said_of_series(series_pair):
            # What SalesExec has of the occurrence may have changed with its series: what is its own is told anew.
            pair = replace(pair, series_said=said_of_series(series_pair))
            changed |= own_fields(event, master, pair, frozenset(Field) - TIME_FIELDS - ONE_WAY_FIELDS, self._rules)
            is_noted = False
        if pair.refused_delete_at is not None and not changed:
            # SalesExec took it out, and was then told of an edit that brought it back: nothing else of it may be left.
            changed = OF_OCCURRENCES
        if changed:
            action = Action.CHANGE_IN_SALESEXEC
            return [Step(action=action, event=event, pair=pair, changed=changed, slot=slot, series=master.id)]
        if pair.version is None or pair.event_id != event.id or not is_noted:
            self._note(replace(pair, event_id=event.id))
        return []

    def _undo(self, master: CalendarEvent, pair: Pair, day: date) -> list[Step]:
        """Decide about an occurrence that was changed once, and is no exception any more."""
        if self._is_at_work(pair, master.modified_at):
            return []
        event = undone(master, pair, day)
        changed = (
            frozenset()
            if event is None
            else changed_in_outlook(pair.agreed, self._rules.seen(event, pair.origin)) - ONE_WAY_FIELDS
        )
        if event is None or not changed:
            self._note(gone_pair(pair))
            return []
        slot = slot_of_day(series_in(master), day)
        action = Action.CHANGE_IN_SALESEXEC
        return [Step(action=action, event=event, pair=pair, changed=changed, slot=slot, series=master.id, undone=True)]

    def _is_at_work(self, pair: Pair, modified_at: datetime) -> bool:
        """Tell whether a push is at work on it, or wrote it after this was read: a later poll has the news of it."""
        is_left = pair.knows_newer_than(modified_at) or pair.is_waiting or pair.is_claimed(self._now)
        self.left_something |= is_left
        return is_left

    def _note(self, pair: Pair) -> None:
        try:
            self._ports.pairs.save(pair)
        except StaleVersion:
            self.left_something = True

    def finish(self) -> None:
        """Note the version of each series, now that everything of it was told: it is not read again before the next."""
        for master, pair in self._done:
            if pair.claim is not None or pair.change_key == master.change_key:
                continue
            # Safety: what was left, since a push waited when the series itself was looked at, is still to be told.
            seen = self._rules.seen(master, pair.origin)
            if has_news(master.schedule, pair) or changed_in_outlook(pair.agreed, seen) - ONE_WAY_FIELDS:
                continue
            modified_at = max(filter(None, (pair.outlook_modified_at, master.modified_at)))
            self._note(replace(pair, change_key=master.change_key, outlook_modified_at=modified_at))


def _is_told_of(pair: Pair) -> bool:
    return pair.state is PairState.LINKED and pair.event_id is not None
