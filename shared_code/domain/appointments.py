"""An appointment as SalesExec tells it, already checked."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from shared_code.domain.identifiers import AppointmentGuid, EventId, UserGuid
from shared_code.domain.schedules import Schedule


class ShowAs(StrEnum):
    """How the time shows to others."""

    FREE = "Free"
    TENTATIVE = "Tentative"
    BUSY = "Busy"
    OUT_OF_OFFICE = "OutOfOffice"
    WORKING_ELSEWHERE = "WorkingElsewhere"


class Status(StrEnum):
    """Where an appointment stands in SalesExec."""

    PENDING = "Pending"
    COMPLETED = "Completed"
    MISSED = "Missed"
    CANCELED = "Canceled"


class MailboxDefault(StrEnum):
    """The one value of a reminder that is left to the mailbox."""

    REMINDER = "default"


type Reminder = int | Literal[MailboxDefault.REMINDER] | None
"""Minutes before the start; None for no reminder; the mailbox's default where SalesExec said nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """The lead an appointment belongs to: its guid and the page that shows it, each where known."""

    guid: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """Everything SalesExec says of an appointment; `body_html` is sanitised, texts are as given."""

    guid: AppointmentGuid
    user: UserGuid
    subject: str
    body_html: str
    schedule: Schedule
    modified_at: datetime
    location: str = ""
    show_as: ShowAs = ShowAs.BUSY
    is_private: bool = False
    reminder: Reminder = MailboxDefault.REMINDER
    status: Status = Status.PENDING
    lead: Lead = Lead()

    @property
    def is_finished(self) -> bool:
        """Tell whether it took place, or was missed."""
        return self.status in (Status.COMPLETED, Status.MISSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedAppointment:
    """An appointment as SalesExec lists it, with where it came from and the event it was last synced with."""

    appointment: Appointment
    came_from_outlook: bool
    event_id: EventId | None

    @property
    def is_cancelled(self) -> bool:
        """Tell whether SalesExec only remembers it."""
        return self.appointment.status is Status.CANCELED
