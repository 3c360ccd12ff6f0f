"""The events of one mailbox, found by any of their ids."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sandbox.graph.mailbox.items import Event
from sandbox.graph.recurring.naming import day_in, stem
from sandbox.graph.recurring.occurrences import has_occurrence


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What an id means: a stored event, or an occurrence of one; and which format the id has."""

    event: Event
    day: date | None
    is_immutable: bool


class Shelf:
    """What is stored, by immutable id, with the other names it goes by."""

    def __init__(self) -> None:
        self.events: dict[str, Event] = {}
        # What each other name stands for: a default id, what the ids of a series share, an exception's own id.
        self._by_default_id: dict[str, str] = {}
        self._by_stem: dict[str, tuple[str, bool]] = {}
        self._by_own_id: dict[str, tuple[str, date, bool]] = {}

    def put(self, event: Event) -> Event | None:
        """Store an event and return what it was before."""
        before = self.events.get(event.immutable_id)
        if before is not None:
            self._forget_names(before)
        self.events[event.immutable_id] = event
        self._by_default_id[event.default_id] = event.immutable_id
        if event.series is not None:
            self._by_stem[stem(event.immutable_id)] = (event.immutable_id, True)
            self._by_stem[stem(event.default_id)] = (event.immutable_id, False)
            for day, own in event.series.overrides.items():
                if own.immutable_id is not None and own.default_id is not None:
                    self._by_own_id[own.immutable_id] = (event.immutable_id, day, True)
                    self._by_own_id[own.default_id] = (event.immutable_id, day, False)
        return before

    def take(self, event: Event) -> None:
        """Remove an event."""
        self._forget_names(self.events.pop(event.immutable_id))

    def find(self, event_id: str) -> Found | None:
        """Return what an id of either format means, as long as it exists."""
        if event_id in self.events:
            return Found(event=self.events[event_id], day=None, is_immutable=True)
        if event_id in self._by_default_id:
            return Found(event=self.events[self._by_default_id[event_id]], day=None, is_immutable=False)
        if event_id in self._by_own_id:
            stored, day, is_immutable = self._by_own_id[event_id]
            return Found(event=self.events[stored], day=day, is_immutable=is_immutable)
        return self._find_occurrence(event_id)

    def _find_occurrence(self, event_id: str) -> Found | None:
        stored, is_immutable = self._by_stem.get(stem(event_id), ("", False))
        day = day_in(event_id)
        master = self.events.get(stored)
        if master is None or day is None or master.series is None or not has_occurrence(master, day):
            return None
        own = master.series.overrides.get(day)
        if own is not None and own.immutable_id is not None:
            # It got other ids when it became an exception; the old ones mean nothing any more.
            return None
        return Found(event=master, day=day, is_immutable=is_immutable)

    def _forget_names(self, event: Event) -> None:
        del self._by_default_id[event.default_id]
        self._by_stem.pop(stem(event.immutable_id), None)
        self._by_stem.pop(stem(event.default_id), None)
        self._by_own_id = {name: kept for name, kept in self._by_own_id.items() if kept[0] != event.immutable_id}
