"""The fields both systems share, in one canonical form each, so that either side can be compared with the other."""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum

from shared_code.domain.appointments import Appointment, MailboxDefault
from shared_code.domain.events import CalendarEvent
from shared_code.domain.lead_link import without_link
from shared_code.domain.markup import canonical
from shared_code.domain.preferences import ImportDetail, Preferences, PrivateEvents
from shared_code.domain.schedules import AllDay, Schedule, Series
from shared_code.domain.series import rule_text, single

BUSY_SUBJECT = "Busy"
"""What SalesExec is told an event is called when it may only know that the time is taken."""


class Field(StrEnum):
    """A field of an appointment or event; the values are the contract's own names of them."""

    SUBJECT = "Subject"
    BODY = "Body"
    START = "Start"
    END = "End"
    IS_ALL_DAY = "IsAllDay"
    RECURRENCE = "Recurrence"
    LOCATION = "Location"
    SHOW_AS = "ShowAs"
    IS_PRIVATE = "IsPrivate"
    REMINDER = "ReminderMinutes"


TIME_FIELDS = frozenset({Field.START, Field.END, Field.IS_ALL_DAY, Field.RECURRENCE})
ONE_WAY_FIELDS = frozenset({Field.REMINDER})
"""Fields that go to Outlook only: SalesExec is not told what a rep does with her reminders."""

type Canonical = Mapping[Field, str]


def canonical_instant(at: datetime) -> str:
    """Return an instant as the contract writes it: UTC, whole seconds."""
    return at.astimezone(UTC).replace(microsecond=0).strftime("%Y-%m-%dT%H:%M:%SZ")


def of_times(schedule: Schedule) -> dict[Field, str]:
    """Return a schedule in canonical form: of a series its first occurrence and its rule.

    The days taken out of a series are compared one by one, not as a field: each side may take out others.
    """
    recurrence = rule_text(schedule) if isinstance(schedule, Series) else ""
    first = single(schedule)
    if isinstance(first, AllDay):
        return {
            Field.START: first.first_day.isoformat(),
            Field.END: first.day_after.isoformat(),
            Field.IS_ALL_DAY: "true",
            Field.RECURRENCE: recurrence,
        }
    return {
        Field.START: canonical_instant(first.start_at),
        Field.END: canonical_instant(first.end_at),
        Field.IS_ALL_DAY: "false",
        Field.RECURRENCE: recurrence,
    }


def _truth(value: bool) -> str:
    return "true" if value else "false"


def of_appointment(appointment: Appointment, lead_hosts: frozenset[str]) -> dict[Field, str]:
    """Return an appointment in canonical form; a reminder left to the mailbox is not among the fields."""
    fields = {
        Field.SUBJECT: appointment.subject.strip(),
        Field.BODY: canonical(without_link(appointment.body_html, lead_hosts)),
        **of_times(appointment.schedule),
        Field.LOCATION: appointment.location.strip(),
        Field.SHOW_AS: appointment.show_as.value,
        Field.IS_PRIVATE: _truth(appointment.is_private),
    }
    if appointment.reminder is not MailboxDefault.REMINDER:
        fields[Field.REMINDER] = str(appointment.reminder)
    return fields


def of_event(event: CalendarEvent, lead_hosts: frozenset[str]) -> dict[Field, str]:
    """Return an event in canonical form, nothing masked."""
    return {
        Field.SUBJECT: event.subject.strip(),
        Field.BODY: canonical(without_link(event.body_html, lead_hosts)),
        **of_times(event.schedule),
        Field.LOCATION: event.location.strip(),
        Field.SHOW_AS: event.show_as.value,
        Field.IS_PRIVATE: _truth(event.is_private),
        Field.REMINDER: str(event.reminder),
    }


def is_masked(event: CalendarEvent, preferences: Preferences, *, came_from_outlook: bool) -> bool:
    """Tell whether SalesExec may know only that the time is taken. What SalesExec booked itself is never masked."""
    if not came_from_outlook:
        return False
    if preferences.import_detail is ImportDetail.BUSY_ONLY:
        return True
    return event.is_private and preferences.private_events is not PrivateEvents.FULL


def mask(fields: Canonical) -> dict[Field, str]:
    """Return the fields as a busy block: time only."""
    return {**fields, Field.SUBJECT: BUSY_SUBJECT, Field.BODY: "", Field.LOCATION: ""}


def visible_fields(
    event: CalendarEvent, preferences: Preferences, lead_hosts: frozenset[str], *, came_from_outlook: bool
) -> dict[Field, str]:
    """Return what SalesExec may see of an event, in canonical form."""
    fields = of_event(event, lead_hosts)
    return mask(fields) if is_masked(event, preferences, came_from_outlook=came_from_outlook) else fields
