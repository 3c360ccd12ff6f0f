"""The ports as one worker sees them: at every call others may run, things may fail, and time passes."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from shared_code.domain.connections import Connection
from shared_code.domain.events import CalendarEvent, EventContent, NewEvent
from shared_code.domain.identifiers import EventId, MailboxKey, UserGuid
from shared_code.domain.pairs import Origin, Pair, PairState
from shared_code.domain.receipts import Outcome, Towards
from shared_code.use_cases.errors import ReconnectNeeded, Refused, TryAgainLater
from tests.builders import NOW
from tests.engine.chronicle import Chronicle, Life, differences, view_of_event
from tests.engine.scheduler import Scheduler
from tests.engine.troubles import trouble_at
from tests.fakes.calendar import FakeCalendar, FakeCalendars
from tests.fakes.outlook.series import master_named

A_CALL_TAKES = timedelta(milliseconds=40)
_PAGED = {"view", "appointments", "find_ours"}


@dataclass
class Weather:
    """What the calls of the present slice meet: how often one fails, by which dice."""

    dice: Random = field(default_factory=lambda: Random(0))  # noqa: S311 - a story, not a secret
    failing: float = 0.0


@dataclass
class Stage:
    """What all ports of all workers share. `now` is the true time; each party's clock is off by its skew."""

    scheduler: Scheduler
    chronicle: Chronicle
    now: datetime
    app_skew: timedelta
    graph_skew: timedelta
    honours_if_match: bool
    weather: Weather = field(default_factory=Weather)
    dead_grants: set[UserGuid] = field(default_factory=set)
    throttled: dict[MailboxKey, tuple[datetime, int]] = field(default_factory=dict)
    residual_mails: int = 0
    calls: int = 0
    faults: int = 0

    @property
    def trace(self) -> list[str]:
        """Return all that happened, line by line."""
        return self.chronicle.trace

    def app_now(self) -> datetime:
        """Return what time the app thinks it is."""
        return self.now + self.app_skew

    def called(self, label: str, real: Callable[..., Any], *given: Any, **named: Any) -> Any:
        """Make a port call, as the scheduler lets it happen."""
        invocation = self.scheduler.current
        if invocation is None:
            return real(*given, **named)
        self.scheduler.at_call()
        self.calls += 1
        self.now += A_CALL_TAKES
        dice = self.weather.dice
        trouble = trouble_at(label, dice) if dice.random() < self.weather.failing else None
        name = f"{invocation.name}#{invocation.number}@{invocation.worker} {label}"
        if trouble is not None:
            self.faults += 1
        if trouble is not None and not trouble.after:
            if label == "calendar.change" and isinstance(trouble.error, Refused):
                self.chronicle.refused.add(given[0])
            self.trace.append(f"{name} fails: {trouble.error!r}")
            raise trouble.error
        try:
            result = real(*given, **named)
        except Exception as error:
            self.trace.append(f"{name} raises {type(error).__name__}")
            raise
        if trouble is not None:
            self.trace.append(f"{name} done, but: {trouble.error!r}")
            if label == "calendar.change":
                # Whoever reads the event next cannot tell whether somebody's edit came before this write or after it.
                for guid in invocation.unnoted:
                    self.chronicle.write_was_not_noted(guid)
            raise trouble.error
        self.trace.append(name)
        return result


class Clock:
    """The app's clock."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def now(self) -> datetime:
        return self._stage.app_now()


class Stepped:
    """A port whose every method is one step."""

    def __init__(self, stage: Stage, name: str, target: Any) -> None:
        self._stage = stage
        self._name = name
        self._target = target

    def __getattr__(self, method: str) -> Callable[..., Any]:
        real = getattr(self._target, method)
        label = f"{self._name}.{method}"
        if method in _PAGED:
            return lambda *given, **named: self._pages(label, real(*given, **named))

        def checked(*given: Any, **named: Any) -> Any:
            self._check(label)
            return real(*given, **named)

        return lambda *given, **named: self._stage.called(label, checked, *given, **named)

    def _pages(self, label: str, pages: Iterator[Any]) -> Iterator[Any]:
        def checked() -> Any:
            self._check(label)
            return next(pages, None)

        while (page := self._stage.called(label, checked)) is not None:
            yield page

    def _check(self, label: str) -> None:
        """Refuse the call, where the port may, at the moment when it is made."""


class SteppedConnections(Stepped):
    """Connections; who reads a throttle from them must keep to it from then on."""

    def get(self, user: UserGuid) -> Connection | None:
        connection: Connection | None = self._stage.called("connections.get", self._target.get, user)
        if self._stage.scheduler.current is not None:
            self._stage.scheduler.current.read_connections_at[user] = self._stage.chronicle.tick()
        return connection

    def save(self, connection: Connection) -> Connection:
        saved: Connection = self._stage.called("connections.save", self._saved, connection)
        return saved

    def _saved(self, connection: Connection) -> Connection:
        saved: Connection = self._target.save(connection)
        if saved.throttled_until is not None:
            noted = (saved.throttled_until, self._stage.chronicle.tick())
            if self._stage.throttled.get(saved.mailbox.key, (None, 0))[0] != saved.throttled_until:
                self._stage.throttled[saved.mailbox.key] = noted
        return saved


class SteppedPairs(Stepped):
    """Pairs; the chronicle learns which import was linked anew because nobody had noted it, and what was refused."""

    def save(self, pair: Pair, **named: Any) -> Pair:
        entry = named.get("receipt")
        if entry is not None and (entry.outcome, entry.towards) == (Outcome.REJECTED, Towards.OUTLOOK):
            self._stage.chronicle.refused_when_due.add(pair.appointment)
        if pair.slot is not None:
            return self._stage.called("pairs.save", self._target.save, pair, **named)  # type: ignore[no-any-return]
        if pair.version is None and pair.origin is Origin.OUTLOOK and pair.state is PairState.LINKED:
            self._stage.chronicle.note_was_lost(pair.appointment)
        invocation = self._stage.scheduler.current
        try:
            saved: Pair = self._stage.called("pairs.save", self._target.save, pair, **named)
        except Exception:
            if invocation is not None and pair.appointment in invocation.unnoted:
                self._stage.chronicle.write_was_not_noted(pair.appointment)
            raise
        if invocation is not None:
            invocation.unnoted.discard(pair.appointment)
            self._stage.chronicle.pair_was_saved(pair.appointment, by_a_poll=invocation.name == "poll")
        return saved

    def save_all(self, saves: Sequence[tuple[Pair, Any]]) -> list[Pair | None]:
        saved: list[Pair | None] = self._stage.called("pairs.save_all", self._target.save_all, saves)
        for pair in saved:
            if pair is not None and pair.slot is None and not pair.unconfirmed:
                self._stage.chronicle.pair_was_saved(pair.appointment, by_a_poll=True)
        return saved


class SteppedCalendars:
    """Calendars whose every call is one step, and which know who made and changed what."""

    def __init__(self, stage: Stage, calendars: FakeCalendars) -> None:
        self._stage = stage
        self._calendars = calendars

    def of(self, connection: Connection, *, until: datetime | None = None) -> Any:
        writes = Writes(self._stage, self._calendars.of(connection))
        return Guarded(self._stage, "calendar", writes, connection, until)

    def feed(self, connection: Connection) -> Any:
        return Guarded(self._stage, "feed", self._calendars.feed(connection), connection, None)


class Guarded(Stepped):
    """What needs the rep's grant: dead ones are refused, throttles are to be kept to, and the budget of a push ends."""

    def __init__(self, stage: Stage, name: str, target: Any, connection: Connection, until: datetime | None) -> None:
        super().__init__(stage, name, target)
        self._connection = connection
        self._until = until

    def _check(self, label: str) -> None:
        stage, connection = self._stage, self._connection
        if stage.scheduler.current is None:
            return
        if self._until is not None and stage.app_now() >= self._until:
            raise TryAgainLater("no time left", retry_after=timedelta(seconds=5))
        if connection.user in stage.dead_grants:
            raise ReconnectNeeded("invalid_grant")
        self._check_throttle(label)

    def _check_throttle(self, label: str) -> None:
        """Note it when somebody who could know that Graph wants to be left alone calls it all the same."""
        stage = self._stage
        until, noted_at = stage.throttled.get(self._connection.mailbox.key, (None, 0))
        invocation = stage.scheduler.current
        if until is None or invocation is None or stage.app_now() >= until:
            return
        if invocation.read_connections_at.get(self._connection.user, -1) > noted_at:
            stage.chronicle.violations.append(f"early after Retry-After: {invocation.name} {label}")


class Writes:
    """A calendar that chronicles what the engine writes, and at whose expense."""

    def __init__(self, stage: Stage, calendar: FakeCalendar) -> None:
        self._stage = stage
        self._calendar = calendar
        self._seen: dict[EventId, CalendarEvent] = {}

    def __getattr__(self, method: str) -> Any:
        return getattr(self._calendar, method)

    def read(self, event_id: EventId) -> CalendarEvent | None:
        return self._saw(self._calendar.read(event_id))

    def read_series(self, event_id: EventId) -> CalendarEvent | None:
        master = self._saw(self._calendar.read_series(event_id))
        for exception in () if master is None else master.exceptions:
            self._saw(exception)
        return master

    def read_occurrence(self, master: CalendarEvent, day: date) -> CalendarEvent | None:
        return self._saw(self._calendar.read_occurrence(master, day))

    def find(self, property_value: str) -> list[CalendarEvent]:
        return [self._saw(event) or event for event in self._calendar.find(property_value)]

    def read_and_view(self, event_id: EventId, window: Any) -> tuple[CalendarEvent | None, list[CalendarEvent] | None]:
        event, others = self._calendar.read_and_view(event_id, window)
        return self._saw(event), others

    def create(self, new: NewEvent) -> CalendarEvent:
        set_time(self._stage, self._calendar)
        known = set(self._calendar.events)
        event = self._calendar.create(new)
        if event.id not in known:
            self._stage.chronicle.appointment_of[event.id] = new.mark.appointment
            self._stage.chronicle.made.add(event.id)
            self._note_crossing(event)
            self._stage.chronicle.calendar_synced(event.id, view_of_event(event), event.modified_at)
        self._saw(event)
        return event

    def change(self, event_id: EventId, content: EventContent, *, change_key: str) -> CalendarEvent:
        set_time(self._stage, self._calendar)
        before = self._calendar.shelf.look_up(event_id)
        self._check_ownership(event_id, "changed")
        changed = self._calendar.change(
            event_id, content, change_key=change_key if self._stage.honours_if_match else ""
        )
        if content.with_rule:
            self._stage.chronicle.begun_anew.add(event_id)
        if before is not None:
            if before.change_key != change_key and not self._stage.honours_if_match:
                self._stage.residual_mails += len(before.attendees)
            new = differences(view_of_event(before), view_of_event(changed))
            if before.change_key != change_key:
                self._note_overwritten(event_id, before, new)
            self._stage.chronicle.calendar_synced(event_id, new, changed.modified_at)
        guid, invocation = self._stage.chronicle.appointment_of.get(event_id), self._stage.scheduler.current
        if guid is not None and invocation is not None:
            invocation.unnoted.add(guid)
        return changed

    def mark(self, event_id: EventId, mark: Any) -> None:
        set_time(self._stage, self._calendar)
        self._calendar.mark(event_id, mark)

    def remove(self, event_id: EventId, *, change_key: str) -> bool:
        before = self._calendar.shelf.look_up(event_id)
        set_time(self._stage, self._calendar)
        self._check_ownership(event_id, "removed")
        mails = self._calendar.mails
        removed = self._calendar.remove(event_id, change_key=change_key)
        assert mails == self._calendar.mails or before is not None
        if removed:
            life = self._stage.chronicle.events.setdefault(event_id, Life())
            life.ended_at, life.ended_by_engine = self._stage.chronicle.tick(), True
            series = self._stage.chronicle.appointment_of.get(master_named(event_id))
            if series is not None:
                # The series bears the stamp of that from now on, which may pass for that of an edit.
                self._stage.chronicle.write_was_not_noted(series)
        return removed

    def remove_batch(self, items: Sequence[tuple[EventId, str]]) -> Any:
        return self._calendar.remove_batch(items)

    def _saw(self, event: CalendarEvent | None) -> CalendarEvent | None:
        if event is not None:
            self._seen[event.id] = event
        return event

    def _note_crossing(self, made: CalendarEvent) -> None:
        """Note it when SalesExec pushed an import before its note was written, so that one more event was made."""
        chronicle, guid = self._stage.chronicle, self._stage.chronicle.appointment_of[made.id]
        imported = (each for each, of in chronicle.appointment_of.items() if of == guid and each not in chronicle.made)
        if any(each in self._calendar.events for each in imported):
            chronicle.note_was_lost(guid)

    def _note_overwritten(self, event_id: EventId, before: CalendarEvent, new: dict[str, str]) -> None:
        """Note edits that fell between the engine's read and its write, where Graph did not mind."""
        seen = self._seen.get(event_id)
        if seen is None:
            return
        hand = differences(view_of_event(seen), view_of_event(before))
        overwritten = self._stage.chronicle.overwritten_unseen
        overwritten.update((event_id, name) for name in hand if name in new)

    def _check_ownership(self, event_id: EventId, what: str) -> None:
        chronicle = self._stage.chronicle
        guid = chronicle.appointment_of.get(event_id) or chronicle.appointment_of.get(master_named(event_id))
        if guid is None:
            chronicle.violations.append(f"an event that nobody imported was {what}")
        elif not chronicle.appointments[guid].touched and not chronicle.appointments[guid].note_lost:
            chronicle.violations.append(f"an event of the rep's own was {what}, and nobody in SalesExec asked for it")


def set_time(stage: Stage, calendar: FakeCalendar) -> None:
    """Have the calendar stamp what comes next with Graph's time, always later than the last."""
    last = max((event.modified_at for event in calendar.events.values()), default=NOW - timedelta(days=1))
    at = max(stage.now + stage.graph_skew, last + timedelta(milliseconds=1))
    calendar.now = at - timedelta(seconds=1)  # the calendar adds a second with each version
