"""How everybody's sync is doing, and who needs a person."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from shared_code.domain.connections import Connection, ConnectionState, LastError
from shared_code.domain.identifiers import UserGuid
from shared_code.use_cases.ports import SHARDS, Alarm, Ports

QUIET_AFTER = timedelta(days=1)
"""How long an alarm is shown after it was last sounded."""

LATE_AFTER = timedelta(hours=1)
"""How long a rep who works may go without a poll before somebody should look."""

REPS_MEASURED = 500
"""How many reps' last push is looked at for the figures: enough for a p95, and a bounded wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Needy:
    """A rep who needs a person, and why."""

    user: UserGuid
    mailbox: str
    state: ConnectionState
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lag:
    """How late things are: the median, and what all but five in a hundred keep under. None: nothing was measured."""

    p50: timedelta | None
    p95: timedelta | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """Everybody's sync at a glance."""

    by_state: dict[ConnectionState, int]
    push_lag: Lag
    poll_lag: Lag
    needy: list[Needy]
    alarms: list[Alarm]


def show_fleet(ports: Ports) -> Fleet:
    """Look at everybody."""
    now = ports.clock.now()
    polled_at = {row.user: row.last_poll_at for shard in range(SHARDS) for row in ports.polls.rows(shard)}
    counts: Counter[ConnectionState] = Counter()
    needy: list[Needy] = []
    poll_lags: list[timedelta] = []
    push_lags: list[timedelta] = []
    for connection, error in ports.connections.everyone():
        counts[connection.state] += 1
        last_poll_at = polled_at.get(connection.user)
        late_for = now - (last_poll_at or connection.connected_at)
        if connection.works:
            poll_lags.append(late_for)
        if connection.works and len(push_lags) < REPS_MEASURED:
            lag = ports.pairs.last_push_lag(connection.book)
            push_lags += [] if lag is None else [lag]
        why = _why_needy(connection, error, late_for)
        if why is not None:
            mailbox = connection.mailbox.address
            needy.append(Needy(user=connection.user, mailbox=mailbox, state=connection.state, why=why))
    alarms = [alarm for alarm in ports.alarms.sounded() if now - alarm.last_at < QUIET_AFTER]
    return Fleet(
        by_state={state: counts[state] for state in ConnectionState if state is not ConnectionState.NOT_CONNECTED},
        push_lag=_lag(push_lags),
        poll_lag=_lag(poll_lags),
        needy=needy,
        alarms=alarms,
    )


def _why_needy(connection: Connection, error: LastError | None, late_for: timedelta) -> str | None:
    """Return why somebody should look after this rep, or None."""
    if connection.state is ConnectionState.RECONNECT_NEEDED:
        return "Must sign in to Outlook again: send a connect link."
    if not connection.works:
        return None
    if connection.held_deletes:
        return f"{connection.held_deletes} deletes found in Outlook are held: apply or restore them."
    if error is not None and error.code == "Refused":
        return f"Outlook or SalesExec refuses what is asked: {error.message}"
    if error is not None and not error.passes_by_itself:
        return f"Something breaks that waiting does not cure: {error.message}"
    if late_for > LATE_AFTER:
        because = f" Last error: {error.message}" if error is not None else ""
        return f"Not polled for {int(late_for.total_seconds() // 60)} minutes.{because}"
    return None


def _lag(lags: Sequence[timedelta]) -> Lag:
    if not lags:
        return Lag(p50=None, p95=None)
    ordered = sorted(lags)
    return Lag(p50=ordered[len(ordered) // 2], p95=ordered[min(len(ordered) - 1, len(ordered) * 95 // 100)])
