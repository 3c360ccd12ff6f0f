"""Read what SalesExec has for a rep and push whatever is missing or differs, by the normal path."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import timedelta

from shared_code.domain.appointments import Appointment, ListedAppointment, Status
from shared_code.domain.connections import Connection, HeldDecision
from shared_code.domain.identifiers import UserGuid
from shared_code.domain.incoming import gone_pair
from shared_code.domain.outgoing import Rules
from shared_code.domain.pairs import Pair, PairState, changed_in_crm
from shared_code.domain.schedules import Window, is_over
from shared_code.domain.series import removed_days
from shared_code.domain.taken_out import is_older_than_days_out
from shared_code.domain.unconfirmed import confirmed_by
from shared_code.use_cases.breakdowns import breakdowns_noted
from shared_code.use_cases.errors import ReconnectNeeded, Refused, TryAgainLater
from shared_code.use_cases.held_deletes import count_held
from shared_code.use_cases.ports import NOBODY, Ports, WaitingPush
from shared_code.use_cases.postponing import delay_for
from shared_code.use_cases.push_appointment import push_appointment
from shared_code.use_cases.pushing import MOMENT, rules_of
from shared_code.use_cases.remove_appointment import Removal, remove_appointment
from shared_code.use_cases.waiting_pushes import wake_overdue

FARTHEST = timedelta(days=2 * 365)
"""How far ahead SalesExec is asked for held appointments; a series may have no end."""


def reconcile_appointments(user: UserGuid, *, ports: Ports, correlation_id: str) -> Counter[str]:
    """Bring the rep's appointments of the window into Outlook where they are not there as SalesExec has them.

    TryAgainLater: begin again after the time it says; what was done is then found done.
    """
    counts: Counter[str] = Counter()
    connection = ports.connections.get(user)
    if connection is None or not connection.works or not connection.preferences.writes_to_outlook:
        return counts
    with breakdowns_noted("The reading of SalesExec", user, ports):
        _heal_all(connection, counts, ports, correlation_id)
    return counts


def _heal_all(connection: Connection, counts: Counter[str], ports: Ports, correlation_id: str) -> None:
    user = connection.user
    now = ports.clock.now()
    rules = rules_of(connection, ports)
    pairs = {pair.appointment: pair for pair in ports.pairs.all_of(connection.book)}
    waiting = wake_overdue(user, ports)
    for listed in ports.crm.appointments(user, connection.preferences.window(now)):
        counts["listed"] += 1
        pair = pairs.get(listed.appointment.guid)
        if pair is not None and _is_on_its_way(pair, waiting):
            continue
        if pair is not None and pair.held_at is not None:
            # Nobody has decided yet whether it comes back; what is to come back is pushed below.
            continue
        if listed.appointment.user != user:
            continue
        if not _needs_push(listed, pair, rules) and not _was_moved_here(listed, pair, ports):
            continue
        if (pair is None or pair.state is not PairState.LINKED) and is_over(listed.appointment.schedule, now):
            continue
        counts[_heal(listed.appointment, ports, correlation_id)] += 1
    if connection.decision is HeldDecision.RESTORE:
        _restore(connection, [pair for pair in pairs.values() if pair.held_at is not None], counts, ports)
    ports.polls.note_reconcile(user, done_at=ports.clock.now())


def _is_on_its_way(pair: Pair, waiting: Iterable[WaitingPush]) -> bool:
    """Tell whether what waits brings the appointment: a change of an occurrence itself waits for its series' making."""
    pushes = [push for push in waiting if pair.is_waiting and push.appointment == pair.appointment]
    return any(not push.slot or pair.state is not PairState.CREATING for push in pushes)


def _restore(connection: Connection, held: list[Pair], counts: Counter[str], ports: Ports) -> None:
    """Make again in Outlook what was deleted there and held, as SalesExec has it; what it has no more is let go of.

    What is over is not made anew: its pair is let go of as well, and SalesExec keeps the appointment.
    """
    now = ports.clock.now()
    listed = {each.appointment.guid: each.appointment for each in _listed_around(held, connection, ports)}
    for pair in held:
        appointment = listed.get(pair.appointment)
        is_wanted = appointment is not None and appointment.status is not Status.CANCELED
        if appointment is None or not is_wanted or is_over(appointment.schedule, now):
            ports.pairs.save_all([(gone_pair(pair), None)])
            counts["let_go"] += 1
            continue
        # The push finds the event missing and makes it again, as after an edit; till then it stays held.
        counts[f"restored_{_heal(appointment, ports, 'restore')}"] += 1
    count_held(connection.user, ports)


def _listed_around(held: list[Pair], connection: Connection, ports: Ports) -> Iterator[ListedAppointment]:
    """Yield what SalesExec lists of the time in which the held appointments lie."""
    starts = [pair.starts_at for pair in held if pair.starts_at is not None]
    ends = [pair.ends_at for pair in held if pair.ends_at is not None]
    if starts and ends:
        latest = max(min(max(ends), ports.clock.now() + FARTHEST), min(starts) + MOMENT)
        yield from ports.crm.appointments(connection.user, Window(start_at=min(starts), end_at=latest))


def _heal(appointment: Appointment, ports: Ports, correlation_id: str) -> str:
    """Push or remove one appointment by the normal path; return what became of it."""
    try:
        if appointment.status is Status.CANCELED:
            removal = Removal(appointment=appointment.guid, modified_at=appointment.modified_at)
            return remove_appointment(removal, ports=ports, correlation_id=correlation_id).outcome.value.lower()
        return push_appointment(appointment, ports=ports, correlation_id=correlation_id).outcome.value.lower()
    except Refused:
        # One appointment that Outlook will not have never stops the others.
        return "refused"
    except (TryAgainLater, ReconnectNeeded) as error:
        # What concerns everything of the rep is remembered; the reading itself begins again later.
        delay_for(appointment.user, error, ports, attempts=0)
        raise


def _needs_push(listed: ListedAppointment, pair: Pair | None, rules: Rules) -> bool:
    """Tell whether Outlook may lack something of a listed appointment, without asking Outlook."""
    appointment = listed.appointment
    linked = pair is not None and pair.state is PairState.LINKED
    if pair is not None and pair.is_waiting:
        # What waited is lost: the process died between noting the one and the other.
        return not listed.came_from_outlook or linked
    if appointment.status is Status.CANCELED:
        return linked
    if pair is None or pair.state is not PairState.LINKED:
        if pair is not None and pair.state is PairState.CREATING:
            # A push began to make it, after a move for one, or since somebody had deleted it, and did not come through.
            return True
        # What came from Outlook is never made there anew; what was removed comes back only when changed since.
        removed_since = pair is not None and pair.accepted_at is not None and not _newer(appointment, pair)
        # But what SalesExec removed is, when an edit that was on its way brought it back there.
        comes_back = pair is not None and pair.state is PairState.GONE
        return (comes_back or not listed.came_from_outlook) and not removed_since
    told = rules.told(appointment)
    agreed = confirmed_by(pair, told, appointment.modified_at).agreed
    changed = changed_in_crm(agreed, told, appointment.modified_at)
    if pair.claim is not None or _takes_out_others(appointment, pair):
        # The process died while it wrote, or days are out of the series here that are not there.
        return True
    return bool(changed) or (appointment.lead.url, rules.link_url(appointment)) != (pair.lead_url, pair.link_url)


def _was_moved_here(listed: ListedAppointment, pair: Pair | None, ports: Ports) -> bool:
    """Tell whether another rep still holds what came from Outlook: the push that moved it here never came."""
    appointment = listed.appointment
    is_here = pair is not None and (pair.state is PairState.LINKED or not _newer(appointment, pair))
    if is_here or not listed.came_from_outlook or appointment.status is Status.CANCELED:
        return False
    holder = ports.holders.get(appointment.guid)
    return holder is not None and holder.user not in (NOBODY, appointment.user)


def _takes_out_others(appointment: Appointment, pair: Pair) -> bool:
    return removed_days(appointment.schedule) != pair.removed and not is_older_than_days_out(
        pair, appointment.modified_at
    )


def _newer(appointment: Appointment, pair: Pair) -> bool:
    return pair.accepted_at is None or appointment.modified_at > pair.accepted_at
