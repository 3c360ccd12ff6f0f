"""Poll calendars: a cheap trip-wire first, and the whole truth where it trips, where it is due, or where it is lost."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared_code.domain.connections import Connection, LastError
from shared_code.domain.identifiers import UserGuid
from shared_code.domain.pairs import PairState
from shared_code.use_cases.breakdowns import breakdowns_noted
from shared_code.use_cases.errors import ReconnectNeeded, Refused, SyncStateLost, TryAgainLater
from shared_code.use_cases.held_deletes import go_on_deciding
from shared_code.use_cases.ports import CalendarChanges, ChangeFeed, Poll, PollResult, PollTurn, Ports, TellRep
from shared_code.use_cases.postponing import LONGEST_PAUSE, sound_if_needed
from shared_code.use_cases.pushing import check_throttle, mark_reconnect_needed, remember_throttle
from shared_code.use_cases.read_calendar import Reading

LEASE_LASTS = timedelta(minutes=10)
"""How long a poll may take before another may start; as long as the lease of the queue message it runs on."""

PATIENT_FOR = timedelta(minutes=20)
"""How long after a rep's last poll a failing one is tried again as soon as it may be."""

FULL_READ_EVERY = timedelta(hours=4)
"""How long the trip-wire is trusted before the whole window is read anyway: what it hides arrives by then."""


@dataclass(slots=True)
class PollReport:
    """What a poll saw and did, in counts; `wait`: this much is left of a wait, poll again then."""

    counts: Counter[str] = field(default_factory=Counter)
    wait: timedelta | None = None


def poll_batch(users: Sequence[UserGuid], *, ports: Ports) -> Counter[str]:
    """Look at the trip-wire of each rep; who needs more than that leaves the batch and is polled alone."""
    counts: Counter[str] = Counter()
    results = []
    alone = []
    for turn in ports.polls.lease(users, ports.clock.now(), LEASE_LASTS):
        result = _idle_result(turn, ports, counts)
        results.append(result or PollResult(turn=turn))
        if result is None:
            alone.append(turn.user)
    asked_again = ports.polls.finish(results)
    for user in dict.fromkeys([*alone, *asked_again]):
        ports.work.send(Poll(user=user))
    counts["alone"] += len(alone)
    return counts


def _idle_result(turn: PollTurn, ports: Ports, counts: Counter[str]) -> PollResult | None:
    """Return how an idle calendar's turn ends, or None when the rep must be polled alone."""
    now = ports.clock.now()
    connection = ports.connections.get(turn.user)
    _tell_what_is_due(connection, ports)
    if connection is None or not connection.works:
        return PollResult(turn=turn)
    if _needs_full_read(turn, now) or turn.token is None:
        return None
    try:
        check_throttle(connection, ports)
        if not connection.preferences.writes_to_salesexec:
            return PollResult(turn=turn, polled_at=now)
        changes = ports.calendars.feed(connection).since(turn.token)
    except TryAgainLater as error:
        # Safety: who was told to wait is not asked again before; alone she would be, at once.
        result = _failed(turn, connection, error, ports)
        ports.work.send(Poll(user=turn.user, waited=True), delay=error.retry_after)
        counts["postponed"] += 1
        return result
    except (Refused, ReconnectNeeded, SyncStateLost):
        # Alone it fails again, or not, and its failure is remembered there without holding up the batch.
        return None
    if _trips(changes, connection, ports):
        return None
    counts["idle"] += 1
    return PollResult(turn=turn, polled_at=now, token=changes.token)


def _tell_what_is_due(connection: Connection | None, ports: Ports) -> None:
    """Send again what should have told the rep, or carried out a decision, had its message not been lost."""
    if connection is not None and connection.decision is not None and connection.works:
        go_on_deciding(connection, ports)
    if connection is not None and connection.has_news:
        ports.work.send(TellRep(user=connection.user))


def _needs_full_read(turn: PollTurn, now: datetime) -> bool:
    return turn.token is None or turn.round_began_at is None or now - turn.round_began_at >= FULL_READ_EVERY


def _trips(changes: CalendarChanges, connection: Connection, ports: Ports) -> bool:
    """Tell whether a change token shows anything but our own writes and what never was ours to know.

    Quirk: an id that left, and that we do not know, was outside the window all the time (microsoft-graph-docs#6599).
    """
    if not changes.changed and not changes.removed:
        return False
    pairs = ports.pairs.all_of(connection.book)
    known = {pair.event_id: pair for pair in pairs if pair.state is PairState.LINKED and pair.event_id is not None}
    if any(event_id in known for event_id in changes.removed):
        return True
    if changes.removed and not ports.pairs.imports_begun(connection.book).keys().isdisjoint(changes.removed):
        # SalesExec may have taken it, though nobody could note it any more.
        return True
    # Quirk: a series is told of again with every occurrence, and all of them have its one version.
    ours = {pair.change_key for pair in known.values() if pair.change_key}
    return any(
        change_key not in ours if event_id not in known else known[event_id].change_key != change_key
        for event_id, change_key in changes.changed.items()
    )


def poll_calendar(work: Poll, *, ports: Ports, correlation_id: str) -> PollReport:
    """Read the rep's calendar and tell SalesExec what is new, changed or gone.

    Everything that was not told is told next time: the position moves only after SalesExec took it all.
    TryAgainLater: the rep's turn was given back, poll her again after the time it says.
    """
    report = PollReport()
    user = work.user
    connection = ports.connections.get(user)
    if connection is None or not connection.works:
        _tell_what_is_due(connection, ports)
        return report
    turns = ports.polls.lease([user], ports.clock.now(), LEASE_LASTS)
    if not turns:
        report.counts["not_our_turn"] += 1
        report.wait = _wait_left(work, ports)
        return report
    (turn,) = turns
    try:
        with breakdowns_noted("The poll", user, ports):
            result = _polled(turn, connection, ports, report, correlation_id)
    except (TryAgainLater, Refused, ReconnectNeeded) as error:
        ports.polls.finish([_failed(turn, connection, error, ports)])
        raise
    _note_that_all_went_well(user, ports)
    if user in ports.polls.finish([result]):
        ports.work.send(Poll(user=user))
    return report


def _note_that_all_went_well(user: UserGuid, ports: Ports) -> None:
    error = ports.connections.last_error(user)
    if error is not None and not error.outlives_a_poll(ports.clock.now()):
        ports.connections.note_error(user, None)


def _wait_left(work: Poll, ports: Ports) -> timedelta | None:
    """Return what is left of a wait for the one message that was sent to come back after it."""
    row = ports.polls.row(work.user) if work.waited else None
    if row is None or row.wait_until is None or row.wait_until <= ports.clock.now():
        return None
    return row.wait_until - ports.clock.now()


def _polled(
    turn: PollTurn, connection: Connection, ports: Ports, report: PollReport, correlation_id: str
) -> PollResult:
    """Do one rep's poll and return what her turn came to."""
    check_throttle(connection, ports)
    now = ports.clock.now()
    if not connection.preferences.writes_to_salesexec:
        return PollResult(turn=turn, polled_at=now)
    feed = ports.calendars.feed(connection)
    token, began_at = turn.token, turn.round_began_at
    if token is not None and not _needs_full_read(turn, now) and connection.decision is None:
        try:
            changes = feed.since(token)
        except SyncStateLost:
            report.counts["sync_state_lost"] += 1
            token = None
        else:
            if not _trips(changes, connection, ports):
                report.counts["idle"] += 1
                return PollResult(turn=turn, polled_at=now, token=changes.token)
            token = changes.token
    else:
        token = None
    if token is None:
        # The new round begins before the read, so that nothing falls between the two.
        token, began_at = _new_round(feed, connection, now, report), now
    reading = Reading(connection, ports, report.counts, correlation_id)
    reading.run()
    if reading.left_something:
        # What a push is at work on was not looked at: the old token will show it again.
        return PollResult(turn=turn, polled_at=now)
    return PollResult(turn=turn, polled_at=now, token=token, round_began_at=began_at)


def _new_round(feed: ChangeFeed, connection: Connection, now: datetime, report: PollReport) -> str | None:
    """Return the token of a new round, or None where the calendar has no usable trip-wire: the truth needs none.

    Quirk: a wide window with an endless series was answered 504 (microsoft-graph-docs#6499), a token was lost between
    two pages (#2839). The next poll reads everything again and tries anew.
    """
    try:
        return feed.begin(connection.preferences.window(now))
    except TryAgainLater as error:
        if error.throttled:
            raise
    except (SyncStateLost, Refused):
        pass
    report.counts["no_trip_wire"] += 1
    return None


def _failed(
    turn: PollTurn, connection: Connection, error: TryAgainLater | Refused | ReconnectNeeded, ports: Ports
) -> PollResult:
    """Remember what went wrong and how long to wait, and return how the rep's turn ends: her position stays."""
    now = ports.clock.now()
    wait_until = None
    if isinstance(error, ReconnectNeeded):
        mark_reconnect_needed(turn.user, ports)
    if isinstance(error, TryAgainLater):
        error.retry_after = _pause_after(turn, connection, error, ports)
        wait_until = now + error.retry_after
        sound_if_needed(error, ports)
        if error.throttled and error.is_about_the_mailbox:
            remember_throttle(turn.user, error, ports)
    if not isinstance(error, Refused):
        ports.connections.note_error(turn.user, LastError(code=type(error).__name__, message=str(error), at=now))
    return PollResult(turn=turn, wait_until=wait_until)


def _pause_after(turn: PollTurn, connection: Connection, error: TryAgainLater, ports: Ports) -> timedelta:
    """Return how long to wait before the next try: as long as was asked, and longer the longer nothing came through.

    Story: Graph, or SalesExec, is down for a day. That is no reason to ask three thousand times for each rep.
    """
    if error.throttled:
        return error.retry_after
    row = ports.polls.row(turn.user)
    last_at = row.last_poll_at if row is not None and row.last_poll_at is not None else connection.connected_at
    overdue = ports.clock.now() - last_at - PATIENT_FOR
    return max(error.retry_after, min(overdue, LONGEST_PAUSE))
