"""SalesExec in memory, by the contract alone: it stamps what it changes, and applies each change once and in order."""

import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from shared_code.domain.appointments import Appointment, ListedAppointment, Status
from shared_code.domain.changes import ChangeAction, ChangeOutcome, ChangeResult, CrmChange, EventForCrm
from shared_code.domain.fields import Field
from shared_code.domain.identifiers import AppointmentGuid, EventId, UserGuid
from shared_code.domain.schedules import AllDay, Schedule, Series, Timed, Window, widest_instants
from shared_code.domain.series import slot_by_rule
from tests.engine.chronicle import Chronicle, differences, view_of_appointment
from tests.engine.crm_series import Own, kept, occurrence_of, with_day, with_times_of, without_day

_PLAIN = {
    Field.SUBJECT: "subject",
    Field.LOCATION: "location",
    Field.SHOW_AS: "show_as",
    Field.IS_PRIVATE: "is_private",
}


@dataclass(slots=True)
class Record:
    """One appointment, where it came from, and the event it was last synced with.

    Of a series, `occurrences` is what those that were changed by themselves have of their own; `sequences` holds the
    highest Sequence applied, for the appointment (None) and for each slot.
    """

    appointment: Appointment
    came_from_outlook: bool
    event_id: EventId | None = None
    sequences: dict[date | None, int] = field(default_factory=dict)
    occurrences: dict[date, Own] = field(default_factory=dict)

    def occurrence(self, day: date) -> Appointment:
        """Return one occurrence as it is now."""
        return occurrence_of(self.appointment, self.occurrences.get(day, {}), day)


class SalesExec:
    """SalesExec: a port to the engine, and a desk for salespeople (`book`, `change`)."""

    def __init__(self, now: Callable[[], datetime], chronicle: Chronicle) -> None:
        self._now = now
        self._chronicle = chronicle
        self.records: dict[AppointmentGuid, Record] = {}
        self.told = 0
        self.notices: list[tuple[UserGuid, str]] = []
        self._answered: dict[tuple[UserGuid, str], AppointmentGuid | None] = {}
        self._sequences: dict[tuple[AppointmentGuid, date | None, int], str] = {}
        self.imports: dict[EventId, list[AppointmentGuid]] = {}

    def tell(self, user: UserGuid, changes: Sequence[CrmChange]) -> list[ChangeResult]:
        self.told += len(changes)
        return [self._told(user, change) for change in changes]

    def appointments(self, user: UserGuid, window: Window) -> Iterator[ListedAppointment]:
        yield from [
            ListedAppointment(
                appointment=record.appointment, came_from_outlook=record.came_from_outlook, event_id=record.event_id
            )
            for record in self.records.values()
            if record.appointment.user == user and window.overlaps(record.appointment.schedule)
        ]

    def notify(self, user: UserGuid, code: str, message: str, at: datetime) -> None:
        assert message
        assert at.tzinfo is not None
        self.notices.append((user, code))

    def book(self, appointment: Appointment) -> Appointment:
        """Make an appointment, as a salesperson does."""
        booked = replace(appointment, modified_at=self._stamp(None))
        self.records[booked.guid] = Record(booked, came_from_outlook=False)
        self._chronicle.crm_edited(booked.guid, view_of_appointment(booked), booked.modified_at)
        return booked

    def change(self, guid: AppointmentGuid, **said: Any) -> Appointment:
        """Change an appointment, as a salesperson does."""
        record = self.records[guid]
        before = view_of_appointment(record.appointment)
        changed = replace(record.appointment, modified_at=self._stamp(record.appointment.modified_at), **said)
        record.appointment = changed
        self._chronicle.crm_edited(guid, differences(before, view_of_appointment(changed)), changed.modified_at)
        return changed

    def change_occurrence(self, guid: AppointmentGuid, day: date, **said: Any) -> Appointment:
        """Change one occurrence of a series, as a salesperson does, and return it as it is pushed.

        What it says like its series is not its own.
        """
        record = self.records[guid]
        before = view_of_appointment(record.occurrence(day))
        regular_one = occurrence_of(record.appointment, {}, day)
        own = {**record.occurrences.get(day, {}), **said}
        record.occurrences[day] = {name: value for name, value in own.items() if getattr(regular_one, name) != value}
        self._touch(record)
        new = differences(before, view_of_appointment(record.occurrence(day)))
        self._chronicle.crm_edited(guid, new, record.appointment.modified_at, day)
        return record.occurrence(day)

    def cancel_occurrence(self, guid: AppointmentGuid, day: date) -> Appointment:
        """Cancel one occurrence of a series, as a salesperson does, and return it as it is pushed."""
        record = self.records[guid]
        cancelled = record.occurrence(day)
        record.occurrences.pop(day, None)
        self._touch(record, schedule=without_day(record.appointment, day))
        self._chronicle.crm_edited(guid, {}, record.appointment.modified_at, day)
        self._chronicle.of_slot(guid, day).ended_at = self._chronicle.number
        return replace(cancelled, status=Status.CANCELED, modified_at=record.appointment.modified_at)

    def _touch(self, record: Record, **said: Any) -> None:
        stamp = self._stamp(record.appointment.modified_at)
        record.appointment = replace(record.appointment, modified_at=stamp, **said)

    def _stamp(self, before: datetime | None) -> datetime:
        """Return a time of change in whole seconds, later than the one before."""
        now = self._now().replace(microsecond=0)
        return now if before is None else max(now, before + timedelta(seconds=1))

    def _told(self, user: UserGuid, change: CrmChange) -> ChangeResult:
        known = self._answered.get((user, change.change_id), "unknown")
        if known != "unknown":
            if known and change.appointment is None:
                self._chronicle.note_was_lost(AppointmentGuid(known))
            return self._result(change, ChangeOutcome.DUPLICATE, AppointmentGuid(known) if known else None)
        guid = change.appointment
        record = self.records.get(guid) if guid else None
        if guid is not None and (record is None or record.appointment.user != user):
            return self._result(change, ChangeOutcome.REJECTED, None, "no such appointment of this user")
        if guid is not None and record is not None:
            self._check_sequence(guid, change)
            if change.sequence < record.sequences.get(_slot_of(change), 0):
                return self._result(change, ChangeOutcome.DUPLICATE, guid)
            refusal = _refusal(record, change)
            if refusal is not None:
                return self._result(change, ChangeOutcome.REJECTED, guid, refusal)
        guid = self._applied(user, change, record)
        self.records[guid].sequences[_slot_of(change)] = change.sequence
        self._answered[(user, change.change_id)] = guid
        return self._result(change, ChangeOutcome.APPLIED, guid)

    def _check_sequence(self, guid: AppointmentGuid, change: CrmChange) -> None:
        other = self._sequences.setdefault((guid, _slot_of(change), change.sequence), change.change_id)
        if other != change.change_id:
            self._chronicle.violations.append("two changes of one appointment had the same Sequence")

    def _applied(self, user: UserGuid, change: CrmChange, record: Record | None) -> AppointmentGuid:
        if record is None:
            assert change.event is not None, "a delete names its appointment"
            return self._imported(user, change, change.event)
        if change.slot is not None:
            return self._applied_to_occurrence(change, record, change.slot.day)
        before = view_of_appointment(record.appointment)
        was_called_off = record.appointment.status is Status.CANCELED
        guid = record.appointment.guid
        said: dict[str, Any] = {"status": Status.CANCELED}
        if change.action is ChangeAction.UPSERT and change.event is not None:
            said = _said(record.appointment, change.event, change.changed)
            record.event_id = change.event_id
        stamp = self._stamp(record.appointment.modified_at)
        record.appointment = replace(record.appointment, modified_at=stamp, **said)
        record.occurrences = kept(record.occurrences, record.appointment)
        after = view_of_appointment(record.appointment)
        self._chronicle.crm_synced(guid, differences(before, after), stamp)
        if change.action is ChangeAction.DELETE:
            self._chronicle.appointments[guid].cancelled_for_outlook_at = self._chronicle.tick()
        elif was_called_off:
            self._chronicle.appointments[guid].brought_back_at = self._chronicle.tick()
        return guid

    def _applied_to_occurrence(self, change: CrmChange, record: Record, day: date) -> AppointmentGuid:
        """Take over the fields of an occurrence that changed; one that was taken out lives again."""
        assert change.event is not None, "an occurrence is never deleted by itself"
        guid, held = record.appointment.guid, record.occurrence(day)
        said = _said(held, change.event, change.changed)
        del said["status"]
        record.occurrences.setdefault(day, {}).update(said)
        self._touch(record, schedule=with_day(record.appointment, day))
        new = differences(view_of_appointment(held), view_of_appointment(record.occurrence(day)))
        self._chronicle.crm_synced(guid, new, record.appointment.modified_at, day)
        return guid

    def _imported(self, user: UserGuid, change: CrmChange, event: EventForCrm) -> AppointmentGuid:
        guid = AppointmentGuid(str(uuid.UUID(int=len(self.records) + 1)))
        self.imports.setdefault(change.event_id, []).append(guid)
        appointment = Appointment(
            guid=guid,
            user=user,
            subject=event.subject,
            body_html=event.body_html,
            schedule=event.schedule,
            modified_at=self._stamp(None),
            location=event.location,
            show_as=event.show_as,
            is_private=event.is_private,
        )
        self.records[guid] = Record(appointment, came_from_outlook=True, event_id=change.event_id)
        if change.event_id in self._chronicle.made:
            self._chronicle.violations.append(f"an event that the engine made was imported: {event.subject}")
        self._chronicle.appointment_of.setdefault(change.event_id, guid)
        if not self._alive(self._chronicle.appointment_of[change.event_id]):
            self._chronicle.appointment_of[change.event_id] = guid
        self._chronicle.crm_synced(guid, view_of_appointment(appointment), appointment.modified_at)
        return guid

    def _alive(self, guid: AppointmentGuid) -> bool:
        return self.records[guid].appointment.status is Status.PENDING

    def _result(
        self, change: CrmChange, outcome: ChangeOutcome, guid: AppointmentGuid | None, reason: str | None = None
    ) -> ChangeResult:
        record = self.records.get(guid) if guid else None
        return ChangeResult(
            change_id=change.change_id,
            outcome=outcome,
            appointment=guid,
            modified_at=record.appointment.modified_at if record else None,
            reason=reason,
        )


def _slot_of(change: CrmChange) -> date | None:
    return None if change.slot is None else change.slot.day


def _refusal(record: Record, change: CrmChange) -> str | None:
    """Return why SalesExec does not want a change, or None."""
    held = record.appointment
    if change.slot is not None:
        schedule = held.schedule
        if not isinstance(schedule, Series) or slot_by_rule(schedule, change.slot.moment) is None:
            return "the series has no such occurrence"
        held = record.occurrence(change.slot.day)
    if change.event is not None and not _makes_sense(held, change.event, change.changed):
        return "it would end before it starts"
    return None


def _makes_sense(appointment: Appointment, event: EventForCrm, changed: Sequence[Field]) -> bool:
    try:
        _mixed(appointment.schedule, event.schedule, changed)
    except ValueError:
        return False
    return True


def _said(appointment: Appointment, event: EventForCrm, changed: Sequence[Field]) -> dict[str, Any]:
    """Return what an appointment is changed to: the named fields of the event, and alive."""
    said: dict[str, Any] = {"status": Status.PENDING}
    said |= {name: getattr(event, name) for field, name in _PLAIN.items() if field in changed}
    if Field.BODY in changed:
        said["body_html"] = event.body_html
    schedule = _mixed(appointment.schedule, event.schedule, changed)
    if schedule != appointment.schedule:
        said["schedule"] = schedule
    return said


def _mixed(held: Schedule, given: Schedule, changed: Sequence[Field]) -> Schedule:
    """Return the times with only the named ones taken over; days and hours mixed stay as what they are called.

    ValueError where the mixture is none, an end before its start.
    """
    if isinstance(held, Series) or isinstance(given, Series):
        return with_times_of(held, given, changed)
    start = _start(given if Field.START in changed else held)
    end = _end(given if Field.END in changed else held)
    all_day = isinstance(given if Field.IS_ALL_DAY in changed else held, AllDay)
    if all_day:
        return _sensible(AllDay(first_day=_day(start), day_after=_day(end)))
    if isinstance(start, datetime) and isinstance(end, datetime):
        return _sensible(Timed(start_at=start, end_at=end))
    starts_at, ends_at = (widest_instants(AllDay(first_day=_day(at), day_after=_day(at)))[0] for at in (start, end))
    return Timed(start_at=starts_at, end_at=ends_at)


def _sensible(schedule: Timed | AllDay) -> Schedule:
    if _end(schedule) > _start(schedule):
        return schedule
    message = "it would end before it starts"
    raise ValueError(message)


def _start(schedule: Schedule) -> date:
    if isinstance(schedule, AllDay):
        return schedule.first_day
    assert isinstance(schedule, Timed), "series are mixed by themselves"
    return schedule.start_at


def _end(schedule: Schedule) -> date:
    if isinstance(schedule, AllDay):
        return schedule.day_after
    assert isinstance(schedule, Timed), "series are mixed by themselves"
    return schedule.end_at


def _day(at: date) -> date:
    return at.date() if isinstance(at, datetime) else at
