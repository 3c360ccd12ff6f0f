"""What truly happened, as only the world knows it: every hand edit on either side, and what the engine made of it."""

from dataclasses import dataclass, field
from datetime import date, datetime

from shared_code.domain.appointments import Appointment
from shared_code.domain.events import CalendarEvent
from shared_code.domain.fields import Field, of_appointment, of_event
from shared_code.domain.identifiers import AppointmentGuid, EventId
from tests.fakes.ports import CRM_HOST

LEAD_HOSTS = frozenset({CRM_HOST})
TIME = "Time"
UNIQUE = ("Subject", "Body", "Location", TIME)
"""What every edit gives a value that nothing had before; of the others only the last hand's value can be told."""

REFUSED = "Refused"
"""The answer to a push that Outlook would not have: a 400 that says so."""

GUID_DASHES = 4

type View = dict[str, str]


def view_of_event(event: CalendarEvent) -> View:
    """Return what an event says, by field, the times as one."""
    return _view(of_event(event, LEAD_HOSTS))


def view_of_appointment(appointment: Appointment) -> View:
    """Return what an appointment says, by field, the times as one."""
    return _view(of_appointment(appointment, LEAD_HOSTS))


def _view(fields: dict[Field, str]) -> View:
    return {
        "Subject": fields[Field.SUBJECT],
        "Body": fields[Field.BODY],
        "Location": fields[Field.LOCATION],
        "ShowAs": fields[Field.SHOW_AS],
        "IsPrivate": fields[Field.IS_PRIVATE],
        TIME: f"{fields[Field.START]} {fields[Field.END]} {fields[Field.IS_ALL_DAY]}",
    }


def differences(before: View | None, after: View) -> View:
    """Return what is new."""
    return {name: value for name, value in after.items() if before is None or before[name] != value}


@dataclass(frozen=True, slots=True)
class Mark:
    """One field got one value at one point of the history; `stamp` is what the system that holds it says of when."""

    number: int
    name: str
    value: str
    stamp: datetime


@dataclass(slots=True)
class Life:
    """All that happened to one appointment, or to one event; `moot` are edits of what was called off and stayed so."""

    edits: list[Mark] = field(default_factory=list)
    moot: set[int] = field(default_factory=set)
    stamps: list[datetime] = field(default_factory=list)
    synced: list[Mark] = field(default_factory=list)
    made_at: int = 0
    touched: list[int] = field(default_factory=list)
    ended_at: int | None = None
    cancelled_for_outlook_at: int | None = None
    ended_by_engine: bool = False
    revived_at: int | None = None
    brought_back_at: int | None = None
    note_lost: bool = False
    invited_at: int | None = None
    moved_at: int | None = None
    write_not_noted: bool = False
    tell_not_noted: bool = False
    answers: dict[datetime, str] = field(default_factory=dict)


class Chronicle:
    """Numbers all that happens, in the order in which it truly does.

    `events` has single occurrences of series beside their masters, under ids of their own, and `occurrences` what
    SalesExec has of them. `refused` are events of which Outlook would not have a write, `refused_when_due`
    appointments with a push that was refused after it had waited, as their receipts say, and `begun_anew` series that
    were written a rule, so that all their occurrences are like the others again.
    """

    def __init__(self) -> None:
        self.number = 0
        self.trace: list[str] = []
        self.appointments: dict[AppointmentGuid, Life] = {}
        self.occurrences: dict[tuple[AppointmentGuid, date], Life] = {}
        self.events: dict[EventId, Life] = {}
        self.refused: set[EventId] = set()
        self.refused_when_due: set[AppointmentGuid] = set()
        self.begun_anew: set[EventId] = set()
        self.appointment_of: dict[EventId, AppointmentGuid] = {}
        self.made: set[EventId] = set()
        self.overwritten_unseen: set[tuple[EventId, str]] = set()
        self.orphans = 0
        self.told_lately: set[AppointmentGuid] = set()
        self.violations: list[str] = []

    def tick(self) -> int:
        """Return the next number."""
        self.number += 1
        return self.number

    def of_slot(self, guid: AppointmentGuid, day: date) -> Life:
        """Return what happened in SalesExec to one occurrence of a series."""
        return self.occurrences.setdefault((guid, day), Life())

    def crm_edited(self, guid: AppointmentGuid, new: View, stamp: datetime, day: date | None = None) -> None:
        """Note what a salesperson said, of an appointment or of one occurrence of a series."""
        number = self.tick()
        life = self.appointments.setdefault(guid, Life(made_at=number))
        life.stamps.append(stamp)
        life.touched.append(number)
        life = life if day is None else self.of_slot(guid, day)
        life.edits += [Mark(number, name, value, stamp) for name, value in new.items()]
        self._trace("SalesExec's people", guid, new, stamp, day)

    def crm_synced(self, guid: AppointmentGuid, new: View, stamp: datetime, day: date | None = None) -> None:
        """Note what SalesExec took over from Outlook."""
        number = self.tick()
        life = self.appointments.setdefault(guid, Life(made_at=number)) if day is None else self.of_slot(guid, day)
        life.synced += [Mark(number, name, value, stamp) for name, value in new.items()]
        if day is None:
            self.told_lately.add(guid)
        self._trace("SalesExec was told", guid, new, stamp, day)

    def pair_was_saved(self, guid: AppointmentGuid, *, by_a_poll: bool) -> None:
        """Note it when a push decides before whoever told SalesExec something has noted that it was taken."""
        if guid not in self.told_lately:
            return
        if by_a_poll:
            self.told_lately.discard(guid)
        else:
            self.appointments[guid].tell_not_noted = True

    def calendar_edited(self, event_id: EventId, new: View, stamp: datetime) -> None:
        """Note what the owner of the calendar said."""
        number = self.tick()
        life = self.events.setdefault(event_id, Life(made_at=number))
        life.stamps.append(stamp)
        life.touched.append(number)
        life.edits += [Mark(number, name, value, stamp) for name, value in new.items()]
        self._trace("by hand in Outlook", event_id, new, stamp)

    def calendar_synced(self, event_id: EventId, new: View, stamp: datetime) -> None:
        """Note what the engine wrote into Outlook."""
        number = self.tick()
        life = self.events.setdefault(event_id, Life(made_at=number))
        life.synced += [Mark(number, name, value, stamp) for name, value in new.items()]
        self._trace("written to Outlook", event_id, new, stamp)

    def _trace(self, who: str, which: str, new: View, stamp: datetime, day: date | None = None) -> None:
        """Put it beside the calls that led to it, for whoever reads the story of a history that failed."""
        said = ", ".join(f"{name}={value}" for name, value in new.items())
        # Ids of events are others in every run; guids that SalesExec gives differ at their ends.
        is_guid = which.count("-") == GUID_DASHES
        which = f"{which[:8]}…{which[-4:]}" if is_guid else which[:8] + which.partition("~")[2]
        which = which if day is None else f"{which} of {day:%d.%m.}"
        self.trace.append(f"    {who}: {which} {stamp:%d. %H:%M:%S}.{stamp.microsecond:06} {said}")

    def note_was_lost(self, guid: AppointmentGuid) -> None:
        """Note that an import came to be known to SalesExec only: nobody can tell any more who changed what since."""
        self.appointments.setdefault(guid, Life()).note_lost = True

    def write_was_not_noted(self, guid: AppointmentGuid) -> None:
        """Note that Outlook took a write that the engine could not note: its stamp may pass for that of an edit."""
        self.appointments.setdefault(guid, Life()).write_not_noted = True

    def answered(self, guid: AppointmentGuid, modified_at: datetime, outcome: str) -> None:
        """Note what SalesExec was first answered to its push of that time."""
        self.appointments.setdefault(guid, Life()).answers.setdefault(modified_at, outcome)
