"""What SalesExec is told of an event, and what it answers."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared_code.domain.appointments import ShowAs
from shared_code.domain.fields import Field
from shared_code.domain.identifiers import AppointmentGuid, EventId
from shared_code.domain.recurrence import Slot
from shared_code.domain.schedules import Schedule

CHANGES_PER_CALL = 100


class ChangeAction(StrEnum):
    """What SalesExec shall do."""

    UPSERT = "Upsert"
    DELETE = "Delete"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventForCrm:
    """An event as SalesExec may see it: masked where the rep chose so, its HTML sanitised, without the lead link."""

    subject: str
    body_html: str
    schedule: Schedule
    location: str
    show_as: ShowAs
    is_private: bool
    is_busy_only: bool
    organizer: str
    attendees: tuple[str, ...]
    web_link: str
    modified_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CrmChange:
    """One change for SalesExec. `appointment` is None for an event it does not know yet; deletes carry no event.

    A change of one occurrence names its `slot`, and the series by its appointment and its master's event.
    """

    change_id: str
    sequence: int
    action: ChangeAction
    event_id: EventId
    appointment: AppointmentGuid | None = None
    changed: tuple[Field, ...] = ()
    event: EventForCrm | None = None
    series_event_id: EventId | None = None
    slot: Slot | None = None


class ChangeOutcome(StrEnum):
    """What SalesExec did with a change."""

    APPLIED = "Applied"
    DUPLICATE = "Duplicate"
    REJECTED = "Rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeResult:
    """SalesExec's answer to one change."""

    change_id: str
    outcome: ChangeOutcome
    appointment: AppointmentGuid | None
    modified_at: datetime | None
    reason: str | None
