"""The one file that knows all: builds the adapters from the settings, once per process, when first needed."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock
from typing import Any

from shared_code.adapters.salesexec.appointment_json import LeadLinks
from shared_code.domain.appointments import Appointment
from shared_code.domain.cleanups import JobId, Side
from shared_code.domain.connections import HeldDecision
from shared_code.domain.identifiers import AppointmentGuid, UserGuid
from shared_code.settings import Settings, SettingsError, process_environment
from shared_code.telemetry import quieten_clients
from shared_code.use_cases import cleanup_jobs, connect_mailbox, fan_out, manage_connection
from shared_code.use_cases.clean_up import clean_up_part
from shared_code.use_cases.errors import SyncError
from shared_code.use_cases.forget_rep import forget_rep
from shared_code.use_cases.held_deletes import decide_held
from shared_code.use_cases.poll_calendar import PollReport, poll_batch, poll_calendar
from shared_code.use_cases.ports import CleanUp, Deliver, Forget, Poll, Ports
from shared_code.use_cases.pushing import PushAnswer
from shared_code.use_cases.reconcile import reconcile_appointments
from shared_code.use_cases.remove_appointment import Removal
from shared_code.use_cases.show_fleet import Fleet, show_fleet
from shared_code.use_cases.show_receipt import Receipt, show_receipt
from shared_code.use_cases.tell_rep import tell_rep
from shared_code.use_cases.turns import Turns
from shared_code.use_cases.waiting_pushes import (
    deliver_waiting,
    push_now_or_later,
    push_occurrence_now_or_later,
    remove_now_or_later,
    remove_occurrence_now_or_later,
)

_log = logging.getLogger("salesexec.sync")


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the time, aware UTC."""
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What the triggers call: the use cases with their ports plugged in."""

    settings: Settings
    ports: Ports

    @property
    def lead_links(self) -> LeadLinks:
        """Return where links to leads may lead."""
        return lead_links(self.settings)

    def push(self, appointment: Appointment, correlation_id: str) -> PushAnswer:
        """Bring an appointment into Outlook."""
        return push_now_or_later(appointment, ports=self.ports, correlation_id=correlation_id)

    def remove(self, appointment: AppointmentGuid, modified_at: datetime, correlation_id: str) -> PushAnswer:
        """Take an appointment out of Outlook."""
        removal = Removal(appointment=appointment, modified_at=modified_at)
        return remove_now_or_later(removal, ports=self.ports, correlation_id=correlation_id)

    def push_occurrence(self, appointment: Appointment, slot: str, correlation_id: str) -> PushAnswer:
        """Bring a change of one occurrence into Outlook; the slot is its original start."""
        return push_occurrence_now_or_later(appointment, slot, ports=self.ports, correlation_id=correlation_id)

    def remove_occurrence(
        self, appointment: AppointmentGuid, slot: str, modified_at: datetime, correlation_id: str
    ) -> PushAnswer:
        """Take one occurrence out of Outlook."""
        removal = Removal(appointment=appointment, modified_at=modified_at)
        return remove_occurrence_now_or_later(removal, slot, ports=self.ports, correlation_id=correlation_id)

    def receipt(self, appointment: AppointmentGuid) -> Receipt | None:
        """Return an appointment's receipt."""
        return show_receipt(appointment, self.ports)

    def poll_all(self) -> int:
        """Begin a round of polls."""
        self.ports.one_time.sweep(self.ports.clock.now())
        return fan_out.poll_all(self.ports)

    def poll_shard(self, shard: int) -> Mapping[str, int]:
        """Send the reps of a shard on; return what was done, in counts."""
        return fan_out.poll_shard(shard, self.ports)

    def poll_batch(self, users: Sequence[UserGuid]) -> Mapping[str, int]:
        """Look at the trip-wires of a batch; return what was done, in counts."""
        return poll_batch(users, ports=self.ports)

    def poll_calendar(self, work: Poll, correlation_id: str) -> PollReport:
        """Read one calendar; return what was seen and done."""
        return poll_calendar(work, ports=self.ports, correlation_id=correlation_id)

    def deliver(self, work: Deliver) -> Mapping[str, int]:
        """Make a rep's waiting pushes; return what was done, in counts."""
        return deliver_waiting(work, ports=self.ports)

    def tell_rep(self, user: UserGuid) -> bool:
        """Have SalesExec tell a rep what she should know; False when there is nothing."""
        return tell_rep(user, self.ports)

    def reconcile(self, user: UserGuid, correlation_id: str) -> Mapping[str, int]:
        """Push what Outlook lacks; return what was done, in counts."""
        return reconcile_appointments(user, ports=self.ports, correlation_id=correlation_id)

    def preview_cleanup(self, user: UserGuid, sides: Sequence[Side]) -> Mapping[Side, int]:
        """Count what a cleanup would remove."""
        return cleanup_jobs.preview(user, sides, self.ports)

    def start_cleanup(self, user: UserGuid | None, sides: Sequence[Side], *, dry_run: bool) -> cleanup_jobs.CleanupView:
        """Begin a cleanup of one rep, or of everybody."""
        if user is None:
            return cleanup_jobs.start_for_all(sides, self.ports, dry_run=dry_run)
        return cleanup_jobs.start_for_rep(user, sides, self.ports)

    def show_cleanup(self, job: JobId) -> cleanup_jobs.CleanupView | None:
        """Return how far a cleanup is."""
        return cleanup_jobs.show_cleanup(job, self.ports)

    def clean_up(self, work: CleanUp, correlation_id: str) -> Mapping[str, int]:
        """Go on with a cleanup; return what was done, in counts."""
        if work.user is None:
            return {"reps": cleanup_jobs.spread_out(work.job, self.ports)}
        return clean_up_part(work, ports=self.ports, correlation_id=correlation_id)

    def create_link(self, user: UserGuid, request: Mapping[str, Any]) -> tuple[str, datetime]:
        """Return the address of a one-time page, and until when it works."""
        ticket, expires_at = connect_mailbox.create_link(user, **request, ports=self.ports)
        return f"{self.settings.public_base_url}/api/{request['page']}?ticket={ticket}", expires_at

    def open_link(self, ticket: str, page: str) -> connect_mailbox.Link:
        """Return what a link is for, without using it up."""
        return connect_mailbox.open_link(ticket, page, self.ports)

    def begin_sign_in(self, ticket: str) -> connect_mailbox.BegunSignIn:
        """Use up a link and begin a sign-in."""
        return connect_mailbox.begin_sign_in(ticket, self.ports)

    def complete_sign_in(self, session: str | None, answer: dict[str, str]) -> connect_mailbox.ToConfirm:
        """Take Entra's answer."""
        return connect_mailbox.complete_sign_in(session, answer, self.ports)

    def confirm_connection(self, session: str | None, sealed: str) -> connect_mailbox.Connected:
        """Store a connection the rep said yes to."""
        return connect_mailbox.confirm_connection(session, sealed, self.ports)

    def show_fleet(self) -> Fleet:
        """Look at everybody's sync."""
        return show_fleet(self.ports)

    def show_connection(self, user: UserGuid) -> manage_connection.ConnectionView:
        """Return a rep's connection."""
        return manage_connection.show_connection(user, self.ports)

    def change_connection(
        self, user: UserGuid, enabled: bool | None, preferences: Mapping[str, Any]
    ) -> manage_connection.ConnectionView:
        """Change a rep's connection."""
        return manage_connection.change_connection(user, enabled=enabled, preferences=preferences, ports=self.ports)

    def disconnect(self, user: UserGuid) -> None:
        """End a rep's connection."""
        manage_connection.disconnect(user, self.ports)

    def forget_rep(self, work: Forget) -> Mapping[str, int]:
        """Forget a rep who disconnected, when her time has come; return what was done, in counts."""
        return forget_rep(work, self.ports)

    def decide_held(self, user: UserGuid, decision: HeldDecision) -> None:
        """Apply a rep's held deletes, or make their events again."""
        decide_held(user, decision, self.ports)

    def sync_now(self, user: UserGuid) -> None:
        """Have a rep's calendar read now."""
        manage_connection.sync_now(user, self.ports)


def lead_links(settings: Settings) -> LeadLinks:
    """Return where links to leads may lead."""
    return LeadLinks(template=settings.salesexec_lead_url_template, allowed_hosts=settings.allowed_link_hosts)


def build_ports(settings: Settings) -> Ports:
    """Build every adapter; nothing is asked of any outside system yet."""
    # Imported here: indexing the app, and the answer that settings are missing, need none of these.
    from shared_code.adapters.entra.access_tokens import AccessTokens
    from shared_code.adapters.entra.applications import EntraApplications
    from shared_code.adapters.entra.sign_in import EntraSignIn
    from shared_code.adapters.graph.calendar import GraphCalendars
    from shared_code.adapters.http import Http
    from shared_code.adapters.key_vault.data_keys import DataKeys
    from shared_code.adapters.key_vault.tokens import KeyVaultTokens
    from shared_code.adapters.queues.work_queue import StorageWorkQueue
    from shared_code.adapters.salesexec.crm import SalesExecCrm
    from shared_code.adapters.sealing import FernetSealer
    from shared_code.adapters.tables.alarms import TableAlarms
    from shared_code.adapters.tables.cleanups import TableCleanups
    from shared_code.adapters.tables.connections import TableConnections
    from shared_code.adapters.tables.holders import TableHolders
    from shared_code.adapters.tables.one_time import TableOneTime
    from shared_code.adapters.tables.pairs.store import TablePairs
    from shared_code.adapters.tables.polls.store import TablePolls
    from shared_code.adapters.tables.table import Tables
    from shared_code.adapters.tables.waiting.store import TableWaiting

    quieten_clients()
    clock = SystemClock()
    tables = Tables(settings.storage)
    vault = KeyVaultTokens(
        settings.key_vault_urls,
        client_id=settings.managed_identity_client_id,
        challenge_check=settings.key_vault_challenge_check,
    )
    entra = EntraApplications(
        Http("Microsoft Entra", clock),
        clock,
        authority=settings.entra_authority,
        client_id=settings.entra_client_id,
        client_secret=settings.entra_client_secret,
    )
    tokens = AccessTokens(entra, vault, clock)
    return Ports(
        clock=clock,
        calendars=GraphCalendars(Http("Microsoft Graph", clock), settings.graph_base_url, tokens, clock),
        crm=SalesExecCrm(
            Http("SalesExec", clock),
            settings.salesexec_api_url,
            settings.salesexec_auth_token,
            lead_links(settings),
            clock,
        ),
        sign_in=EntraSignIn(
            entra, clock, redirect_uri=settings.redirect_uri, allowed_tenants=settings.entra_allowed_tenants
        ),
        vault=vault,
        connections=TableConnections(tables),
        pairs=TablePairs(tables),
        holders=TableHolders(tables),
        polls=TablePolls(tables),
        waiting=TableWaiting(
            tables,
            DataKeys(
                settings.key_vault_urls,
                clock,
                client_id=settings.managed_identity_client_id,
                challenge_check=settings.key_vault_challenge_check,
            ),
        ),
        alarms=TableAlarms(tables),
        cleanups=TableCleanups(tables),
        one_time=TableOneTime(tables),
        work=StorageWorkQueue(settings.storage),
        sealer=FernetSealer(settings.link_signing_keys, clock),
        turns=Turns(),
        lead_hosts=settings.lead_hosts,
        allowed_link_hosts=settings.allowed_link_hosts,
    )


class _Wiring:
    """Builds the services once, or remembers once why they cannot be."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._services: Services | None = None
        self._trouble: SettingsError | None = None

    def services(self) -> Services:
        """Return the services; SettingsError when settings are missing or malformed."""
        with self._lock:
            if self._trouble is not None:
                raise SettingsError(self._trouble.problems)
            if self._services is None:
                self._services = self._build()
            return self._services

    def _build(self) -> Services:
        try:
            settings = Settings.from_environment(process_environment())
        except SettingsError as error:
            self._trouble = error
            _log.error("The app is not configured: %s", error)
            raise
        return Services(settings=settings, ports=build_ports(settings))


_wiring = _Wiring()


def services() -> Services:
    """Return what the triggers call, built on the first call."""
    return _wiring.services()


def health() -> dict[str, str]:
    """Return the state of what the app cannot do without: `ok`, or what is wrong, without anything secret."""
    try:
        ports = services().ports
    except SettingsError:
        return {"Settings": "missing or malformed; the log names them", "Storage": "not asked"}
    try:
        ports.connections.get(UserGuid("00000000-0000-0000-0000-000000000000"))
    except SyncError:
        return {"Settings": "ok", "Storage": "unreachable"}
    return {"Settings": "ok", "Storage": "ok"}
