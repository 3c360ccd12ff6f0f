"""Spread the polls of all reps over the interval: one message a shard, then batches, then one calendar each."""

from datetime import timedelta

from shared_code.domain.identifiers import UserGuid
from shared_code.use_cases.ports import Poll, PollBatch, PollShard, Ports

SHARDS = 64
BATCH_SIZE = 50
SPREAD_OVER = timedelta(minutes=10)
"""Polls begin within this long after the tick, so that Graph, the vault and the tables see a flat load."""


def poll_all(ports: Ports) -> int:
    """Send one message for each shard, spread over the interval; return how many."""
    for shard in range(SHARDS):
        ports.work.send(PollShard(shard=shard), delay=SPREAD_OVER * shard / SHARDS)
    return SHARDS


def poll_shard(shard: int, ports: Ports) -> int:
    """Send the reps of a shard on in batches; return how many reps."""
    users = ports.polls.enrolled(shard)
    for start in range(0, len(users), BATCH_SIZE):
        ports.work.send(PollBatch(users=tuple(users[start : start + BATCH_SIZE])))
    return len(users)


def poll_batch(users: tuple[UserGuid, ...], ports: Ports) -> int:
    """Have each calendar read on its own, so that one never holds up the others; return how many."""
    for user in users:
        ports.work.send(Poll(user=user))
    return len(users)
