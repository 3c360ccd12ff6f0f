"""What must be true of series once things are quiet: the same days, and every occurrence alike on both sides."""

from collections.abc import Iterator
from datetime import date

from shared_code.domain.events import CalendarEvent
from shared_code.domain.identifiers import EventId
from shared_code.domain.preferences import ConflictWinner
from shared_code.domain.schedules import Series
from shared_code.domain.series import rule_text
from tests.engine.chronicle import REFUSED, UNIQUE, Life, Mark, view_of_appointment, view_of_event
from tests.engine.crm_series import days_of
from tests.engine.sales_exec import Record
from tests.engine.world import World
from tests.fakes.calendar import FakeCalendar


def was_touched_by_day(world: World, event_id: EventId) -> bool:
    """Tell whether somebody changed or deleted a single occurrence of an event in Outlook."""
    return any(
        life.edits or (life.ended_at is not None and not life.ended_by_engine)
        for each, life in world.chronicle.events.items()
        if each.startswith(f"{event_id}~")
    )


def wrongs_of_series(world: World, record: Record, event: CalendarEvent, *, is_first: bool) -> Iterator[str]:
    """Return everything that is not as it must be of a series that lives on both sides.

    Of an event that was made anew (not `is_first`), nobody says what becomes of occurrences changed by themselves.
    """
    said, shown = record.appointment.schedule, event.schedule
    if not isinstance(said, Series) and not isinstance(shown, Series):
        return
    subject = record.appointment.subject
    if not isinstance(said, Series) or not isinstance(shown, Series) or rule_text(said) != rule_text(shown):
        yield f"a series is none, or another, on the other side: {subject}"
        return
    if said.removed != shown.removed:
        days = " ".join(f"{day:%d.%m.}" for day in sorted(said.removed ^ shown.removed))
        yield f"other days are out of a series on the other side: {subject} {days}"
        return
    calendar = world.calendar(record.appointment.user)
    for day in days_of(said):
        slot = _Slot(world, record, calendar, event, day)
        yield from slot.wrongs_of_life(is_out=day in said.removed, is_first=is_first)
        if day not in said.removed and is_first:
            yield from slot.wrongs_of_fields()


class _Slot:
    """One occurrence, on both sides, and what happened to it on each."""

    def __init__(self, world: World, record: Record, calendar: FakeCalendar, event: CalendarEvent, day: date) -> None:
        self._world = world
        self._record = record
        self._calendar = calendar
        self._event = event
        self._day = day
        self._id = EventId(f"{event.id}~{day}")
        chronicle = world.chronicle
        self._ours = chronicle.occurrences.get((record.appointment.guid, day), Life())
        self._theirs = chronicle.events.get(self._id, Life())
        known = [each for each, of in chronicle.appointment_of.items() if of == record.appointment.guid]
        self._ever_theirs = [life for each in known if (life := chronicle.events.get(EventId(f"{each}~{day}")))]
        self._name = f"{record.appointment.subject} of {day:%d.%m.}"

    def wrongs_of_life(self, *, is_out: bool, is_first: bool) -> Iterator[str]:
        """Return it where a day is back that one side took out and the other did not touch, or is gone by itself."""
        if self._world.chronicle.appointments[self._record.appointment.guid].note_lost:
            # Nobody can tell any more who knew what when the series came to be known.
            return
        cancelled = self._ours.ended_at is not None
        deleted = any(life.ended_at is not None and not life.ended_by_engine for life in self._ever_theirs)
        if is_out and not cancelled and not deleted:
            yield f"an occurrence is gone that nobody took out: {self._name}"
        if not is_out and (cancelled or (deleted and is_first)) and not self._is_contradicted and not self._is_refused:
            yield f"an occurrence that was taken out is back: {self._name}"

    @property
    def _is_contradicted(self) -> bool:
        """Tell whether one side took the occurrence out and the other changed it: either may have its way."""
        deleted = any(life.ended_at is not None and not life.ended_by_engine for life in self._ever_theirs)
        edited = any(life.edits for life in self._ever_theirs)
        return (self._ours.ended_at is not None and edited) or (deleted and bool(self._ours.edits))

    def wrongs_of_fields(self) -> Iterator[str]:
        """Both sides say the same, and what only one of them said."""
        if self._is_refused:
            return
        said = view_of_appointment(self._record.occurrence(self._day))
        shown = view_of_event(self._calendar.occurrence(self._event.id, self._day))
        for name in shown:
            if said[name] != shown[name]:
                yield f"both sides differ in {name} of an occurrence: {self._name}, {said[name]} is not {shown[name]}"
            elif name in UNIQUE and self._may_be_judged(name):
                yield from self._lost(name, shown[name])

    def _may_be_judged(self, name: str) -> bool:
        """Tell whether it is said whose word must stand: not where a series had to begin anew, with plain occurrences.

        Nor where nobody can tell what Outlook said when our write came, or when SalesExec came to know of the series.
        """
        chronicle, guid = self._world.chronicle, self._record.appointment.guid
        is_unseen = (self._id, name) in chronicle.overwritten_unseen
        is_anew = self._event.id in chronicle.begun_anew
        return not (self._is_contradicted or is_unseen or is_anew or chronicle.appointments[guid].note_lost)

    @property
    def _is_refused(self) -> bool:
        """Tell whether Outlook would not have what SalesExec said of it, and SalesExec was told so.

        Or it waited, and the receipt says so: the daily reading brings no single occurrences.
        """
        chronicle = self._world.chronicle
        waited = self._record.appointment.guid in chronicle.refused_when_due
        return waited or self._id in chronicle.refused or REFUSED in self._ours.answers.values()

    def _lost(self, name: str, value: str) -> Iterator[str]:
        ours, theirs = _last(name, self._ours), _last(name, self._theirs)
        allowed = [mark.value for mark in (ours, theirs) if mark is not None]
        if ours is not None and theirs is not None:
            allowed = [mark.value for mark in self._winners(name, ours, theirs)]
        if allowed and value not in allowed and value not in self._said_unheard(name):
            yield f"an edit of {name} of an occurrence was lost: {self._name} says {value}, not {' or '.join(allowed)}"

    def _said_unheard(self, name: str) -> set[str]:
        """Return what SalesExec said of the series, where a push of that never counted, since a newer one was first.

        A push of an occurrence that was made before that says so too, and nobody can tell that it is not its own word.
        """
        life = self._world.chronicle.appointments[self._record.appointment.guid]
        return {mark.value for mark in life.edits if mark.name == name and "Stale" in life.answers.values()}

    def _winners(self, name: str, ours: Mark, theirs: Mark) -> tuple[Mark, ...]:
        """Return whose edit may stand: the later one's where it knew of the other, else by the rep's choice.

        By stamps nobody can tell here: Outlook has one for a whole series, which every occurrence moves on.
        """
        if _has(self._theirs, name, ours, theirs.number):
            return (theirs,)
        if _has(self._ours, name, theirs, ours.number):
            return (ours,)
        winner = self._world.terms.winner
        if winner is ConflictWinner.NEWEST:
            return ours, theirs
        return (ours,) if winner is ConflictWinner.SALESEXEC else (theirs,)


def _last(name: str, life: Life) -> Mark | None:
    return next((mark for mark in reversed(life.edits) if mark.name == name), None)


def _has(life: Life, name: str, edit: Mark, before: int) -> bool:
    """Tell whether one side took over an edit of the other before it made its own."""
    return any(
        mark.name == name and mark.value == edit.value and edit.number < mark.number < before for mark in life.synced
    )
