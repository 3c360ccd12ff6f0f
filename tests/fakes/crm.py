"""SalesExec in memory."""

import itertools
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from shared_code.domain.appointments import Appointment, ListedAppointment, MailboxDefault, Status
from shared_code.domain.changes import (
    CHANGES_PER_CALL,
    ChangeAction,
    ChangeOutcome,
    ChangeResult,
    CrmChange,
    EventForCrm,
)
from shared_code.domain.fields import Field
from shared_code.domain.identifiers import AppointmentGuid, EventId, UserGuid
from shared_code.domain.recurrence import Slot
from shared_code.domain.schedules import Once, Series, Window, widest_instants
from shared_code.domain.series import has_day, occurrences_in, regular, single, touches
from tests.builders import NOW
from tests.fakes.faults import Faults

_FIELDS: dict[Field, Callable[[EventForCrm], dict[str, Any]]] = {
    Field.SUBJECT: lambda event: {"subject": event.subject},
    Field.BODY: lambda event: {"body_html": event.body_html},
    Field.START: lambda event: {"schedule": event.schedule},
    Field.END: lambda event: {"schedule": event.schedule},
    Field.IS_ALL_DAY: lambda event: {"schedule": event.schedule},
    Field.RECURRENCE: lambda event: {"schedule": event.schedule},
    Field.LOCATION: lambda event: {"location": event.location},
    Field.SHOW_AS: lambda event: {"show_as": event.show_as},
    Field.IS_PRIVATE: lambda event: {"is_private": event.is_private},
}


@dataclass(frozen=True, slots=True)
class Notice:
    """Something SalesExec was asked to tell a rep."""

    user: UserGuid
    code: str
    message: str
    at: datetime


class FakeCrm:
    """SalesExec. A subject in `rejected_subjects` is turned down; `calls` holds what each call told.

    `occurrences` are those of series that are not as their series says, by the day of their slot.
    """

    def __init__(self) -> None:
        self.faults = Faults()
        self.now = NOW
        self.calls: list[tuple[CrmChange, ...]] = []
        self.notices: list[Notice] = []
        self.rejected_subjects: set[str] = set()
        self.listed: dict[AppointmentGuid, ListedAppointment] = {}
        self.occurrences: dict[tuple[AppointmentGuid, date], Appointment] = {}
        self._answered: dict[str, AppointmentGuid | None] = {}
        self._sequences: dict[tuple[AppointmentGuid, Slot | None], int] = {}
        self._ticks = itertools.count(1)

    def tell(self, user: UserGuid, changes: Sequence[CrmChange]) -> list[ChangeResult]:
        assert len(changes) <= CHANGES_PER_CALL
        if not changes:
            return []
        self.calls.append(tuple(changes))
        with self.faults.around("tell"):
            return [self._told(user, change) for change in changes]

    def appointments(self, user: UserGuid, window: Window) -> Iterator[ListedAppointment]:
        with self.faults.around("appointments"):
            found = [
                each
                for each in self.listed.values()
                if each.appointment.user == user and touches(each.appointment.schedule, window)
            ]
        yield from found

    def notify(self, user: UserGuid, code: str, message: str, at: datetime) -> None:
        with self.faults.around("notify"):
            self.notices.append(Notice(user, code, message, at))

    def book(self, appointment: Appointment, *, event_id: EventId | None = None) -> Appointment:
        """Put an appointment into SalesExec, or change it, as a salesperson does."""
        known = self.listed.get(appointment.guid)
        self.listed[appointment.guid] = ListedAppointment(
            appointment=appointment,
            came_from_outlook=known.came_from_outlook if known else False,
            event_id=event_id or (known.event_id if known else None),
        )
        return appointment

    def appointment(self, guid: AppointmentGuid) -> Appointment:
        """Return an appointment as SalesExec has it."""
        return self.listed[guid].appointment

    def _told(self, user: UserGuid, change: CrmChange) -> ChangeResult:
        if change.change_id in self._answered:
            return self._result(change, ChangeOutcome.DUPLICATE, self._answered[change.change_id])
        reason = self._reason_against(user, change)
        if reason is not None:
            return self._result(change, ChangeOutcome.REJECTED, change.appointment, reason)
        guid = change.appointment
        if guid is not None and change.sequence < self._sequences.get((guid, change.slot), 0):
            return self._result(change, ChangeOutcome.DUPLICATE, guid)
        if change.action is ChangeAction.DELETE:
            if guid is not None:
                self._put(guid, status=Status.CANCELED)
        elif change.event is not None:
            guid = self._upserted(user, change, change.event)
        self._answered[change.change_id] = guid
        if guid is not None:
            self._sequences[guid, change.slot] = change.sequence
        return self._result(change, ChangeOutcome.APPLIED, guid)

    def _reason_against(self, user: UserGuid, change: CrmChange) -> str | None:
        known = self.listed.get(change.appointment) if change.appointment else None
        if change.appointment is not None and (known is None or known.appointment.user != user):
            return "no such appointment of this user"
        if change.event is not None and change.event.subject in self.rejected_subjects:
            return "the subject is not allowed"
        return None

    def _upserted(self, user: UserGuid, change: CrmChange, event: EventForCrm) -> AppointmentGuid:
        if change.appointment is not None:
            said = {name: value for field in change.changed for name, value in _FIELDS[field](event).items()}
            if change.slot is not None:
                self.change_occurrence(change.appointment, change.slot.day, **said)
                return change.appointment
            self._put(change.appointment, status=Status.PENDING, event_id=change.event_id, **said)
            self._forget_lost_occurrences(change.appointment)
            return change.appointment
        guid = AppointmentGuid(str(uuid.uuid4()))
        appointment = Appointment(
            guid=guid,
            user=user,
            subject=event.subject,
            body_html=event.body_html,
            schedule=event.schedule,
            modified_at=self._tick(),
            location=event.location,
            show_as=event.show_as,
            is_private=event.is_private,
            reminder=MailboxDefault.REMINDER,
        )
        self.listed[guid] = ListedAppointment(appointment=appointment, came_from_outlook=True, event_id=change.event_id)
        return guid

    def change_occurrence(self, guid: AppointmentGuid, day: date, **said: Any) -> Appointment:
        """Change one occurrence, and return it as it is then."""
        known = self.occurrence(guid, day)
        self._put(guid)
        said.setdefault("modified_at", self.listed[guid].appointment.modified_at)
        changed = replace(known, **said)
        self.occurrences[guid, day] = changed
        return changed

    def occurrence(self, guid: AppointmentGuid, day: date) -> Appointment:
        """Return one occurrence as SalesExec has it."""
        series = self.appointment(guid)
        assert isinstance(series.schedule, Series)
        own = self.occurrences.get((guid, day))
        return own or replace(series, schedule=regular(series.schedule, day).schedule)

    def shown(self, guid: AppointmentGuid, window: Window) -> list[tuple[str, Once]]:
        """Return the subject and time of everything of an appointment that is in the window, in order."""
        series = self.appointment(guid)
        if not isinstance(series.schedule, Series):
            return [(series.subject, once) for once in occurrences_in(series.schedule, window)]
        own = {day: each for (of, day), each in self.occurrences.items() if of == guid}
        plain = replace(series.schedule, removed=series.schedule.removed | frozenset(own))
        shown = [(series.subject, once) for once in occurrences_in(plain, window)]
        shown += [
            (each.subject, single(each.schedule)) for each in own.values() if window.overlaps(single(each.schedule))
        ]
        return sorted(shown, key=lambda each: widest_instants(each[1]))

    def _forget_lost_occurrences(self, guid: AppointmentGuid) -> None:
        schedule = self.appointment(guid).schedule
        self.occurrences = {
            (of, day): each
            for (of, day), each in self.occurrences.items()
            if of != guid or (isinstance(schedule, Series) and day not in schedule.removed and has_day(schedule, day))
        }

    def _put(self, guid: AppointmentGuid, *, event_id: EventId | None = None, **said: Any) -> None:
        known = self.listed[guid]
        self.listed[guid] = replace(
            known,
            appointment=replace(known.appointment, modified_at=self._tick(), **said),
            event_id=event_id or known.event_id,
        )

    def _tick(self) -> datetime:
        return self.now + timedelta(seconds=next(self._ticks))

    def _result(
        self, change: CrmChange, outcome: ChangeOutcome, guid: AppointmentGuid | None, reason: str | None = None
    ) -> ChangeResult:
        known = self.listed.get(guid) if guid else None
        return ChangeResult(
            change_id=change.change_id,
            outcome=outcome,
            appointment=guid,
            modified_at=known.appointment.modified_at if known else None,
            reason=reason,
        )
