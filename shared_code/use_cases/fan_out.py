"""Spread the work for all reps over the interval: one message a shard, then batches, then one calendar each."""

from datetime import datetime, timedelta

from shared_code.use_cases.cleanup_parts import sweep_cleanups
from shared_code.use_cases.ports import BATCH_SIZE, SHARDS, PollBatch, PollRow, PollShard, Ports, Reconcile
from shared_code.use_cases.waiting_pushes import sweep_waiting

SPREAD_OVER = timedelta(minutes=10)
"""Polls begin within this long after the tick, so that Graph, the vault and the tables see a flat load."""

RECONCILE_EVERY = timedelta(days=1)


def poll_all(ports: Ports) -> int:
    """Send one message for each shard, spread over the interval; return how many."""
    for shard in range(SHARDS):
        ports.work.send(PollShard(shard=shard), delay=SPREAD_OVER * shard / SHARDS)
    return SHARDS


def poll_shard(shard: int, ports: Ports) -> dict[str, int]:
    """Send the reps of a shard on in batches, those due for a daily reconcile to that, and lost work again."""
    now = ports.clock.now()
    rows = ports.polls.rows(shard)
    ready = [row.user for row in rows if row.wait_until is None or row.wait_until <= now]
    for start in range(0, len(ready), BATCH_SIZE):
        ports.work.send(PollBatch(users=tuple(ready[start : start + BATCH_SIZE])))
    due = [row.user for row in rows if _is_due(row, now)]
    for user in due:
        ports.work.send(Reconcile(user=user))
        ports.polls.note_reconcile(user, sent_at=now)
    swept = sweep_waiting(shard, ports)
    # Cleanups lie in no shard: the first one's sweep is theirs.
    swept += sweep_cleanups(ports) if shard == 0 else 0
    return {"reps": len(rows), "polled": len(ready), "reconciled": len(due), "swept": swept}


def _is_due(row: PollRow, now: datetime) -> bool:
    """Tell whether a rep was not reconciled for a day. Each has her own hour: that at which she connected."""
    last = max(filter(None, (row.reconcile_sent_at, row.reconciled_at)), default=None)
    return last is None or now - last >= RECONCILE_EVERY
