"""One rep's part of a cleanup: claimed, noted, finished, given up, and found again when its message was lost."""

from dataclasses import replace
from datetime import datetime, timedelta

from shared_code.domain.cleanups import CleanupJob, CleanupPart, CleanupState, JobId
from shared_code.domain.connections import Connection
from shared_code.domain.identifiers import EventId, UserGuid
from shared_code.domain.ownership import LeftEvent, LeftReason
from shared_code.domain.pairs import Origin, Pair, PairState
from shared_code.use_cases.errors import StaleVersion, TryAgainLater
from shared_code.use_cases.ports import CleanUp, Ports
from shared_code.use_cases.pushing import ATTEMPTS, MOMENT

ABANDONED_AFTER = timedelta(minutes=15)
"""How long a cleanup may make no progress before another message is sent for it."""


def is_ours_in_outlook(pair: Pair) -> bool:
    """Tell whether a pair says that we made an event, and that it is there still."""
    return pair.origin is Origin.SALESEXEC and pair.state in (PairState.LINKED, PairState.LEAVING)


def claim(user: UserGuid, job: CleanupJob, ports: Ports) -> str | None:
    """Pause the rep's sync for this cleanup; return another that runs for her already, or None."""
    for _ in range(ATTEMPTS):
        connection = ports.connections.get(user)
        if connection is None or connection.disconnected_at is not None:
            return None
        if connection.cleanup_job == job.id and not connection.enabled:
            return None
        other = running_cleanup(connection, ports)
        if other not in (None, job.id):
            return other
        try:
            ports.connections.save(replace(connection, enabled=False, cleanup_job=job.id))
        except StaleVersion:
            continue
        return None
    raise TryAgainLater("the connection is being changed by others", retry_after=MOMENT)


def running_cleanup(connection: Connection, ports: Ports) -> str | None:
    """Return the cleanup that runs for the rep; None also when her row names one that is done or that nobody knows."""
    part = part_of(connection, ports)
    return None if part is None or part.state is CleanupState.DONE else part.job


def part_of(connection: Connection, ports: Ports) -> CleanupPart | None:
    """Return the part of the cleanup that the rep's row names."""
    if connection.cleanup_job is None:
        return None
    return ports.cleanups.part(JobId(connection.cleanup_job), connection.user)


def save_part(
    part: CleanupPart, ports: Ports, *, rests_until: datetime | None = None, **changes: object
) -> CleanupPart:
    """Store changes to a part, on its newest version; before `rests_until` nobody wonders where its message is."""
    touched_at = rests_until or ports.clock.now()
    for _ in range(ATTEMPTS):
        newest = ports.cleanups.part(part.job, part.user) or part
        try:
            return ports.cleanups.save_part(replace(newest, touched_at=touched_at, **changes))  # type: ignore[arg-type]  # names of fields
        except StaleVersion:
            continue
    raise TryAgainLater("the cleanup is being written by another run", retry_after=MOMENT)


def finish_part(part: CleanupPart, connection: Connection | None, ports: Ports) -> None:
    """Give the rep free, tell her, and close the part."""
    if connection is not None and connection.cleanup_job == part.job:
        ports.crm.notify(part.user, "CleanupDone", "The clean-up of your calendar is done.", ports.clock.now())
        for _ in range(ATTEMPTS):
            try:
                ports.connections.save(replace(connection, cleanup_job=None))
            except StaleVersion:
                connection = ports.connections.get(part.user) or connection
                continue
            break
    save_part(part, ports, state=CleanupState.DONE, finished_at=ports.clock.now())


def give_up_if_blocked(connection: Connection, ports: Ports) -> bool:
    """End the part of a rep who must sign in and perhaps never will; what is in Outlook is left. False: it runs.

    Story: her account was closed before anybody cleaned up; without this she could never be disconnected.
    """
    part = part_of(connection, ports)
    if part is None or part.state is CleanupState.DONE:
        return True
    if part.state is not CleanupState.BLOCKED or not connection.needs_reconnect:
        return False
    pairs = ports.pairs.all_of(connection.book)
    noted = {pair.event_id for pair in pairs if is_ours_in_outlook(pair) and pair.event_id is not None}
    more = sorted(noted - {each.event_id for each in part.left})
    # Of events whose mapping is lost no more is known than how many there are.
    nameless = max(0, (part.outlook_remaining or 0) - len(more))
    ids = [*more, *[EventId("")] * nameless]
    left = (*part.left, *(LeftEvent(event_id=each, reason=LeftReason.NO_GRANT) for each in ids))
    removed = (part.outlook_found or 0) - (part.outlook_remaining or 0) - len(part.left)
    save_part(
        part,
        ports,
        state=CleanupState.DONE,
        finished_at=ports.clock.now(),
        outlook_found=max(0, removed) + len(left),
        outlook_remaining=0,
        left=left,
    )
    return True


def sweep_cleanups(ports: Ports) -> int:
    """Send again what should have gone on with a cleanup, where its message was lost; return how many."""
    sent = 0
    for each in ports.cleanups.unfinished(ports.clock.now() - ABANDONED_AFTER):
        if isinstance(each, CleanupPart):
            connection = ports.connections.get(each.user)
            still_blocked = connection is not None and connection.needs_reconnect and connection.disconnected_at is None
            if each.state is CleanupState.BLOCKED and still_blocked:
                continue
            ports.work.send(CleanUp(job=each.job, user=each.user))
        else:
            ports.work.send(CleanUp(job=each.id))
        sent += 1
    return sent
