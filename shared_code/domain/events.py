"""A calendar event as Outlook holds it, and what may be written to one."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from shared_code.domain.appointments import Reminder, ShowAs
from shared_code.domain.identifiers import AppointmentGuid, EventId, UserGuid
from shared_code.domain.schedules import Schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class OddEvent:
    """An event that makes no sense to us; it exists, and its id (empty when it has none) is all that is known of it."""

    id: EventId


class EventKind(StrEnum):
    """The four kinds of event in an Outlook calendar."""

    SINGLE = "singleInstance"
    OCCURRENCE = "occurrence"
    EXCEPTION = "exception"
    SERIES_MASTER = "seriesMaster"


class Sensitivity(StrEnum):
    """How private the owner made an event."""

    NORMAL = "normal"
    PERSONAL = "personal"
    PRIVATE = "private"
    CONFIDENTIAL = "confidential"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What our open extension on an event says: a claim, not a proof, since anybody with the calendar can write it."""

    appointment: AppointmentGuid
    user: UserGuid | None = None
    lead_guid: str | None = None
    lead_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarEvent:
    """One event as last read; `body_html` is as Outlook gave it, not sanitised.

    `property_value` is what our extended property holds, where the reading asked for it. The schedule of a series
    master is a Series; its removed days and its `exceptions` are told only by `Calendar.read_series`. Occurrences and
    exceptions name their slot by `original_start` and, where Graph says it, `slot_day`.
    """

    id: EventId
    change_key: str
    kind: EventKind
    subject: str
    body_html: str
    schedule: Schedule
    modified_at: datetime
    location: str = ""
    show_as: ShowAs = ShowAs.BUSY
    sensitivity: Sensitivity = Sensitivity.NORMAL
    reminder: Reminder = None
    is_cancelled: bool = False
    is_organizer: bool = True
    organizer: str = ""
    attendees: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    web_link: str = ""
    series_master_id: EventId | None = None
    original_start: datetime | None = None
    slot_day: date | None = None
    exceptions: tuple["CalendarEvent", ...] = ()
    transaction_id: str | None = None
    mark: Mark | None = None
    property_value: str | None = None

    @property
    def has_attendees(self) -> bool:
        """Tell whether any write to this event could make Exchange mail somebody."""
        return bool(self.attendees) or not self.is_organizer

    @property
    def is_private(self) -> bool:
        """Tell whether the owner marked it as anything but normal."""
        return self.sensitivity is not Sensitivity.NORMAL


@dataclass(frozen=True, slots=True, kw_only=True)
class EventContent:
    """The fields of an event that we may write; a field left None is not written.

    `with_rule`: the schedule is written with its rule, or with none, in place of the one the event has; else only the
    times of its first occurrence. Quirk: a new rule makes Outlook forget every occurrence that was changed or removed.
    """

    subject: str | None = None
    body_html: str | None = None
    schedule: Schedule | None = None
    with_rule: bool = False
    location: str | None = None
    show_as: ShowAs | None = None
    is_private: bool | None = None
    reminder: "ReminderToWrite | None" = None

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to write."""
        return self == EventContent()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderToWrite:
    """A reminder to set: minutes before the start, or None to switch it off."""

    minutes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """An event to create: its content and everything by which it can be recognised afterwards."""

    content: EventContent
    transaction_id: str
    property_value: str
    mark: Mark
