"""SalesExec as the CRM suite sees it: the app's side, and a salesperson's."""

from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol

from shared_code.adapters.http import Http
from shared_code.adapters.salesexec.appointment_json import LeadLinks
from shared_code.adapters.salesexec.crm import SalesExecCrm
from shared_code.domain.appointments import ShowAs, Status
from shared_code.domain.changes import ChangeAction, CrmChange, EventForCrm
from shared_code.domain.identifiers import AppointmentGuid, EventId, UserGuid
from shared_code.domain.schedules import AllDay, Once
from shared_code.use_cases.ports import Crm
from tests.builders import NOW, a_time, a_user, an_appointment, an_appointment_guid, an_event_id
from tests.control import Control
from tests.fakes.clock import RealClock
from tests.fakes.crm import FakeCrm

LEADS = LeadLinks(template="https://crm.salesexec.example/leads/{LeadGuid}", allowed_hosts=frozenset({"crm.example"}))


class Desk(Protocol):
    """What a salesperson does and sees in SalesExec."""

    user: UserGuid

    def book(self, subject: str, schedule: Once) -> AppointmentGuid: ...
    def cancel(self, guid: AppointmentGuid) -> None: ...
    def subject(self, guid: AppointmentGuid) -> str: ...
    def status(self, guid: AppointmentGuid) -> Status: ...
    def forbid(self, subject: str) -> None: ...
    def notices(self) -> list[tuple[str, str]]: ...


class Office:
    """SalesExec from both sides."""

    def __init__(self, crm: Crm, desk: Desk) -> None:
        self.crm = crm
        self.desk = desk

    @property
    def user(self) -> UserGuid:
        return self.desk.user


class FakeDesk:
    """A salesperson at the fake SalesExec."""

    def __init__(self, crm: FakeCrm) -> None:
        self.user = a_user()
        self._crm = crm

    def book(self, subject: str, schedule: Once) -> AppointmentGuid:
        guid = an_appointment_guid()
        self._crm.book(an_appointment(guid=guid, user=self.user, subject=subject, schedule=schedule))
        return guid

    def cancel(self, guid: AppointmentGuid) -> None:
        self._crm.book(replace(self._crm.appointment(guid), status=Status.CANCELED))

    def subject(self, guid: AppointmentGuid) -> str:
        return self._crm.appointment(guid).subject

    def status(self, guid: AppointmentGuid) -> Status:
        return self._crm.appointment(guid).status

    def forbid(self, subject: str) -> None:
        self._crm.rejected_subjects.add(subject)

    def notices(self) -> list[tuple[str, str]]:
        return [(notice.code, notice.message) for notice in self._crm.notices if notice.user == self.user]


class SandboxDesk:
    """A salesperson at the simulated SalesExec, through the control plane."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self.user = UserGuid(control.new_rep().user_guid)

    def book(self, subject: str, schedule: Once, **fields: Any) -> AppointmentGuid:
        order = {"UserGuid": self.user, "Subject": subject, "Push": False, **_times(schedule), **fields}
        made = self._control.call("POST", "salesexec/appointments", order)["Appointment"]
        return AppointmentGuid(made["AppointmentGuid"])

    def cancel(self, guid: AppointmentGuid) -> None:
        self._control.call("POST", f"salesexec/appointments/{guid}/cancel", {"Push": False})

    def subject(self, guid: AppointmentGuid) -> str:
        return str(self.appointment(guid)["Subject"])

    def status(self, guid: AppointmentGuid) -> Status:
        return Status(self.appointment(guid)["Status"])

    def forbid(self, subject: str) -> None:
        self._control.call("POST", "salesexec/config", {"RejectSubjects": [subject]})

    def notices(self) -> list[tuple[str, str]]:
        found = self._control.call("GET", "salesexec/notices")["Notices"]
        return [(notice["Code"], notice["Message"]) for notice in found if notice["UserGuid"] == self.user]

    def appointment(self, guid: AppointmentGuid) -> dict[str, Any]:
        """Return the appointment as SalesExec has it."""
        shown: dict[str, Any] = self._control.call("GET", f"salesexec/appointments/{guid}")
        return shown


def a_fake_office() -> Office:
    """Return a SalesExec in memory."""
    crm = FakeCrm()
    return Office(crm, FakeDesk(crm))


def a_salesexec_crm(simulators: dict[str, str], *, auth_token: str | None = None) -> SalesExecCrm:
    """Return the app's side of the simulated SalesExec."""
    clock = RealClock()
    token = auth_token or simulators["SalesExecAuthToken"]
    return SalesExecCrm(Http("SalesExec", clock), simulators["SalesExecApiUrl"], token, LEADS, clock)


def a_simulated_office(simulators: dict[str, str]) -> Office:
    """Return a simulated SalesExec with a rep of its own."""
    return Office(a_salesexec_crm(simulators), SandboxDesk(Control(simulators["ControlUrl"])))


def an_event_for_crm(**said: Any) -> EventForCrm:
    """Return an event as SalesExec may see it; whatever is given replaces the default."""
    plain = EventForCrm(
        subject="Dentist",
        body_html="<p>Second floor.</p>",
        schedule=replace(a_time(), zone="Europe/Berlin"),
        location="Main Street 1",
        show_as=ShowAs.BUSY,
        is_private=False,
        is_busy_only=False,
        organizer="anna@example.com",
        attendees=("sam@fabrikam.example",),
        web_link="https://outlook.office365.com/owa/?itemid=1",
        modified_at=NOW,
    )
    return replace(plain, **said)


def a_change(change_id: str, **said: Any) -> CrmChange:
    """Return the first import of an event; whatever is given replaces the default."""
    plain = CrmChange(
        change_id=change_id,
        sequence=1,
        action=ChangeAction.UPSERT,
        event_id=EventId(an_event_id()),
        event=an_event_for_crm(),
    )
    return replace(plain, **said)


def _times(schedule: Once) -> dict[str, Any]:
    if isinstance(schedule, AllDay):
        return {"Start": schedule.first_day.isoformat(), "End": schedule.day_after.isoformat(), "IsAllDay": True}
    return {"Start": _utc(schedule.start_at), "End": _utc(schedule.end_at)}


def _utc(at: datetime) -> str:
    return at.replace(tzinfo=None).isoformat() + "Z"
