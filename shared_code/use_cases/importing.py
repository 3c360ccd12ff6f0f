"""Imports that are under way: noted before SalesExec is told, so that a lost answer leaves no doubt of what it took."""

from collections.abc import Collection, Sequence
from functools import cached_property

from shared_code.domain.changes import CHANGES_PER_CALL
from shared_code.domain.events import CalendarEvent
from shared_code.domain.identifiers import Book, EventId
from shared_code.domain.outgoing import Rules
from shared_code.domain.pairs import Origin, Unconfirmed
from shared_code.domain.unconfirmed import about_to_tell
from shared_code.use_cases.ports import Ports


class Imports:
    """The imports of one calendar, until each has a pair that says what was agreed.

    A pair is kept under the guid that SalesExec gives, which nobody knows before it has answered.
    """

    def __init__(self, book: Book, ports: Ports, rules: Rules) -> None:
        self._book = book
        self._ports = ports
        self._rules = rules
        self._noted: set[EventId] = set()
        self._told_now: dict[EventId, Unconfirmed] = {}

    @cached_property
    def _begun(self) -> dict[EventId, Unconfirmed]:
        begun = self._ports.pairs.imports_begun(self._book)
        self._noted.update(begun)
        return begun

    def told_of(self, event_id: EventId) -> Unconfirmed:
        """Return what an earlier run may have told SalesExec of an event when it imported it."""
        return self._begun.get(event_id, {})

    def begun_beside(self, events: Collection[EventId]) -> list[EventId]:
        """Return the events of which an earlier run may have told, without those given."""
        return [event_id for event_id in self._begun if event_id not in events]

    def begin(self, events: Sequence[CalendarEvent]) -> None:
        """Note what is about to be told of these events."""
        noted = {}
        for event in events:
            seen = self._rules.seen(event, Origin.OUTLOOK)
            noted[event.id] = about_to_tell(self.told_of(event.id), seen, seen)
        if noted:
            self._ports.pairs.begin_imports(self._book, noted)
            self._noted.update(noted)
            self._told_now.update(noted)

    def not_taken(self, events: Collection[EventId]) -> None:
        """Take back what was noted of these in this run: SalesExec had taken them before, as an earlier run told them.

        Safety: what Outlook says by now must not pass for what SalesExec took, should this run die before it has noted
        more; it may be an edit.
        """
        earlier = {each: self.told_of(each) for each in events if self.told_of(each) != self._told_now.get(each, {})}
        self.end([each for each, told in earlier.items() if not told])
        known = {each: told for each, told in earlier.items() if told}
        if known:
            self._ports.pairs.begin_imports(self._book, known)

    def end(self, events: Collection[EventId]) -> None:
        """Forget what was noted of those among these of which anything was: they have pairs by now."""
        ended = sorted(self._noted.intersection(events))
        for start in range(0, len(ended), CHANGES_PER_CALL):
            self._ports.pairs.end_imports(self._book, ended[start : start + CHANGES_PER_CALL])
        self._noted.difference_update(ended)

    def end_all_but(self, events: Collection[EventId]) -> None:
        """Forget what an earlier run noted of events that are not to be imported any more."""
        self.end(self._noted.difference(events))
