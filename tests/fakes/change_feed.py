"""Change tracking in memory, with the traps of the real one for tests to set."""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from shared_code.domain.events import CalendarEvent, EventKind
from shared_code.domain.identifiers import EventId
from shared_code.domain.schedules import Window
from shared_code.use_cases.errors import SyncStateLost
from shared_code.use_cases.ports import CalendarChanges
from tests.fakes.faults import Faults

_numbers = itertools.count(1)


class Watched(Protocol):
    """What a feed sees of a fake calendar."""

    calls: list[str]
    touched: list[EventId]

    @property
    def events(self) -> Mapping[EventId, CalendarEvent]: ...
    def shown(self, event_id: EventId, window: Window) -> Iterator[CalendarEvent]: ...


@dataclass(frozen=True, slots=True)
class _Round:
    """What a token stands for: a window, how much had been touched, how much before that, and who was inside.

    Who was inside has its owner beside it: an occurrence its series, all others themselves.
    """

    window: Window
    seen: int
    seen_before: int
    inside: Mapping[EventId, EventId]


class FakeChangeFeed:
    """The trip-wire of one fake calendar; `calls` names what the app asked, as do the calendar's own `calls`.

    The traps: changes can be hidden; with `repeats` each round tells the one before it again; unless `tells_outside`
    is off, what happens outside the window, or in another calendar, is told as a removal; tokens can be forgotten.
    A series is told by its master, unless `tells_masters` is off, and by every occurrence that the window has or had.
    """

    def __init__(self, calendar: Watched) -> None:
        self.faults = Faults()
        self.calls: list[str] = []
        self.repeats = False
        self.tells_outside = True
        self.tells_masters = True
        self._calendar = calendar
        self._hidden: set[int] = set()
        self._rounds: dict[str, _Round] = {}

    def begin(self, window: Window) -> str:
        self._called("begin")
        with self.faults.around("begin"):
            seen = len(self._calendar.touched)
            return self._token(_Round(window, seen, seen, self._inside(window)))

    def since(self, token: str) -> CalendarChanges:
        self._called("since")
        with self.faults.around("since"):
            known = self._rounds.get(token)
            if known is None:
                message = "the sync state generation is not found"
                raise SyncStateLost(message, status=410, code="SyncStateNotFound")
            touched = self._touched_since(known.seen_before if self.repeats else known.seen)
            inside = self._inside(known.window)
            told = {one for one, owner in (*known.inside.items(), *inside.items()) if owner in touched} | touched
            gone = told - inside.keys() - self._masters_kept_back() - self._passed_over(known)
            now = _Round(known.window, len(self._calendar.touched), known.seen, inside)
            return CalendarChanges(
                changed={one: self._calendar.events[inside[one]].change_key for one in told & inside.keys()},
                removed=frozenset(gone if self.tells_outside else gone & known.inside.keys()),
                token=self._token(now),
            )

    def forget_tokens(self) -> None:
        """Know none of the tokens given so far."""
        self._rounds.clear()

    def hide_next(self, count: int = 1) -> None:
        """Never tell of the next writes to the calendar, whoever makes them."""
        now = len(self._calendar.touched)
        self._hidden.update(range(now, now + count))

    def _touched_since(self, seen: int) -> set[EventId]:
        touched = self._calendar.touched
        return {touched[number] for number in range(seen, len(touched)) if number not in self._hidden}

    def _called(self, name: str) -> None:
        self.calls.append(name)
        self._calendar.calls.append(name)

    def _passed_over(self, known: _Round) -> set[EventId]:
        """Return occurrences of series that are still there: their going is never told (microsoft-graph-docs#4501)."""
        return {one for one, owner in known.inside.items() if one != owner and owner in self._calendar.events}

    def _masters_kept_back(self) -> set[EventId]:
        events = () if self.tells_masters else self._calendar.events.values()
        return {event.id for event in events if event.kind is EventKind.SERIES_MASTER}

    def _inside(self, window: Window) -> dict[EventId, EventId]:
        inside: dict[EventId, EventId] = {}
        for owner in self._calendar.events:
            shown = [one.id for one in self._calendar.shown(owner, window)]
            masters = [owner] if self.tells_masters and shown else []
            inside.update(dict.fromkeys((*shown, *masters), owner))
        return inside

    def _token(self, known: _Round) -> str:
        token = f"token-{next(_numbers)}"
        self._rounds[token] = known
        return token
