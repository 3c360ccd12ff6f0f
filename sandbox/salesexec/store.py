"""What SalesExec remembers: reps, leads, appointments and what changed them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.directory import User
from sandbox.salesexec.instants import instant_of, utc_text
from sandbox.world import World

AUTH_TOKEN = "sandbox-salesexec-auth-token"
LEAD_URL = "https://crm.salesexec.example/leads/"
PAGE_SIZE = 50

# The fields of an appointment that a salesperson or a calendar can set, and what each is when nobody does.
DEFAULTS: Mapping[str, Any] = {
    "LeadGuid": None,
    "LeadUrl": None,
    "Subject": "",
    "Body": "",
    "BodyType": "Text",
    "Start": None,
    "End": None,
    "TimeZone": None,
    "IsAllDay": False,
    "Recurrence": [],
    "Location": None,
    "ShowAs": "Busy",
    "IsPrivate": False,
    "Status": "Pending",
}
# What only a calendar knows of an event, kept beside the appointment.
FROM_CALENDAR = ("IsBusyOnly", "Organizer", "Attendees", "WebLink")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """A prospect that a rep works on."""

    guid: str
    user_guid: str
    name: str

    @property
    def url(self) -> str:
        """The lead's page in SalesExec."""
        return LEAD_URL + self.guid

    def as_json(self) -> dict[str, str]:
        """Return it as JSON."""
        return {"LeadGuid": self.guid, "UserGuid": self.user_guid, "Name": self.name, "LeadUrl": self.url}


@dataclass(slots=True, kw_only=True)
class Appointment:
    """One appointment, with everything that ever changed it."""

    guid: str
    user_guid: str
    origin: str
    fields: dict[str, Any]
    modified_at: datetime
    event_id: str | None = None
    from_calendar: dict[str, Any] = field(default_factory=dict)
    occurrences: dict[str, dict[str, Any]] = field(default_factory=dict)
    # The highest sequence applied, for the appointment ("") and for each slot of its series.
    sequences: dict[str, int] = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return it as `GET /Appointments` does."""
        return {
            "AppointmentGuid": self.guid,
            "UserGuid": self.user_guid,
            **self.fields,
            "ModifiedUtc": utc_text(self.modified_at),
            "Origin": self.origin,
            "EventId": self.event_id,
        }

    def overlaps(self, start: datetime, end: datetime) -> bool:
        """Say whether it may touch a span of time; a series without an end in its rule may touch all that follows."""
        zone = self.fields["TimeZone"]
        begins, ends = instant_of(self.fields["Start"], zone), instant_of(self.fields["End"], zone)
        if self.fields["Recurrence"]:
            return begins < end and series_end(self.fields["Recurrence"], ends) > start
        return begins < end and (ends > start or begins == ends == start)


def series_end(recurrence: list[str], first_end: datetime) -> datetime:
    """Return when the last occurrence is over at the latest."""
    for line in recurrence:
        for part in line.partition(":")[2].split(";"):
            name, _, value = part.partition("=")
            if name.upper() == "UNTIL":
                until = datetime.strptime(value[:8], "%Y%m%d").replace(tzinfo=UTC)
                return max(first_end, until + timedelta(days=2))
    return datetime.max.replace(tzinfo=UTC)


class Office:
    """One SalesExec account and everyone in it."""

    def __init__(self, world: World) -> None:
        self._world = world
        world.on_seed(self._seed)
        self.reset()

    def reset(self) -> None:
        """Forget everyone and everything."""
        self.reps: dict[str, str] = {}
        self.leads: dict[str, Lead] = {}
        self.appointments: dict[str, Appointment] = {}
        self.notices: list[dict[str, Any]] = []
        # ChangeId by rep, so that the same change is never applied twice.
        self.applied: dict[tuple[str, str], str] = {}
        self.rejected_subjects: list[str] = []
        self.page_size = PAGE_SIZE

    def _seed(self, user: User, description: Mapping[str, Any]) -> None:
        self.add_rep(description["UserGuid"], user.display_name)
        for lead in description.get("Leads", []):
            described = lead if isinstance(lead, Mapping) else {"Name": str(lead)}
            self.add_lead(description["UserGuid"], str(described.get("Name", "A lead")), described.get("LeadGuid"))

    def add_rep(self, guid: str, name: str) -> None:
        """Hire a rep."""
        self.reps[guid] = name

    def add_lead(self, user_guid: str, name: str, guid: str | None = None) -> Lead:
        """Give a rep a lead."""
        lead = Lead(guid=guid or self._world.ids.guid(), user_guid=user_guid, name=name)
        self.leads[lead.guid] = lead
        return lead

    def leads_of(self, user_guid: str) -> list[Lead]:
        """Return a rep's leads."""
        return [lead for lead in self.leads.values() if lead.user_guid == user_guid]

    def next_modified(self, before: datetime | None = None) -> datetime:
        """Return a modification time, in whole seconds, later than the one before."""
        now = self._world.clock.now().replace(microsecond=0)
        return now if before is None else max(now, before + timedelta(seconds=1))

    def add_appointment(
        self, user_guid: str, fields: Mapping[str, Any], *, origin: str, guid: str | None = None
    ) -> Appointment:
        """Make an appointment out of the fields given and the defaults of the rest."""
        appointment = Appointment(
            guid=guid or self._world.ids.guid(),
            user_guid=user_guid,
            origin=origin,
            fields={**DEFAULTS, **fields},
            modified_at=self.next_modified(),
        )
        self.appointments[appointment.guid] = appointment
        return appointment

    def appointments_of(self, user_guid: str) -> list[Appointment]:
        """Return a rep's appointments in the order they were made."""
        return [each for each in self.appointments.values() if each.user_guid == user_guid]

    def remember(self, appointment: Appointment, **what: Any) -> None:
        """Add a line to the appointment's history."""
        now = self._world.clock.now()
        appointment.history.append({"AtUtc": utc_text(now), "ModifiedUtc": utc_text(appointment.modified_at), **what})
        if what.get("By") != "push":
            held = appointment.as_json()
            self._world.versions.note("salesexec", appointment.user_guid, appointment.guid, lambda: held)
