"""Read what SalesExec has for a rep and push whatever is missing or differs, by the normal path."""

from collections import Counter

from shared_code.domain.appointments import Appointment, ListedAppointment, Status
from shared_code.domain.connections import Connection
from shared_code.domain.identifiers import UserGuid
from shared_code.domain.outgoing import Rules
from shared_code.domain.pairs import Pair, PairState, changed_in_crm
from shared_code.domain.schedules import is_over
from shared_code.use_cases.errors import Refused
from shared_code.use_cases.ports import Ports
from shared_code.use_cases.push_appointment import push_appointment
from shared_code.use_cases.pushing import rules_of
from shared_code.use_cases.remove_appointment import Removal, remove_appointment


def reconcile_appointments(user: UserGuid, *, ports: Ports, correlation_id: str) -> Counter[str]:
    """Bring the rep's appointments of the window into Outlook where they are not there as SalesExec has them.

    TryAgainLater: begin again after the time it says; what was done is then found done.
    """
    counts: Counter[str] = Counter()
    connection = ports.connections.get(user)
    if connection is None or not connection.works or not connection.preferences.writes_to_outlook:
        return counts
    now = ports.clock.now()
    rules = rules_of(connection, ports)
    pairs = {pair.appointment: pair for pair in ports.pairs.all_of(user)}
    for listed in ports.crm.appointments(user, connection.preferences.window(now)):
        counts["listed"] += 1
        appointment = listed.appointment
        pair = pairs.get(appointment.guid)
        if appointment.user != user or not _needs_push(listed, pair, rules, connection):
            continue
        if appointment.status is Status.CANCELED:
            answer = remove_appointment(
                Removal(appointment=appointment.guid, modified_at=appointment.modified_at),
                ports=ports,
                correlation_id=correlation_id,
            )
        elif pair is None and is_over(appointment.schedule, now):
            continue
        else:
            try:
                answer = push_appointment(appointment, ports=ports, correlation_id=correlation_id)
            except Refused:
                # One appointment that Outlook will not have never stops the others.
                counts["refused"] += 1
                continue
        counts[answer.outcome.value.lower()] += 1
    return counts


def _needs_push(listed: ListedAppointment, pair: Pair | None, rules: Rules, connection: Connection) -> bool:
    """Tell whether Outlook may lack something of a listed appointment, without asking Outlook."""
    appointment = listed.appointment
    linked = pair is not None and pair.state is PairState.LINKED
    if appointment.status is Status.CANCELED:
        return linked
    if pair is None or pair.state is not PairState.LINKED:
        # What came from Outlook is never made there anew; what was removed comes back only when changed since.
        removed_since = pair is not None and pair.accepted_at is not None and not _newer(appointment, pair)
        return not listed.came_from_outlook and not removed_since
    in_flight = pair.crm_applied_at is not None and appointment.modified_at < pair.crm_applied_at
    changed = changed_in_crm(pair.agreed, rules.told(appointment), in_flight=in_flight)
    link = appointment.lead.url if connection.preferences.lead_link else None
    return bool(changed) or link != pair.lead_url


def _newer(appointment: Appointment, pair: Pair) -> bool:
    return pair.accepted_at is None or appointment.modified_at > pair.accepted_at
