"""Timer triggers: NCRONTAB schedules in UTC, read by the process's clock."""

from __future__ import annotations

import asyncio
import json
import logging
from datetime import UTC, datetime, timedelta

from cronsim import CronSim, CronSimError

from sandbox.host.worker.functions import AppRefused, Function, TimerTrigger
from sandbox.host.worker.invocations import Invocations
from sandbox.host.worker.messages import TypedData

logger = logging.getLogger("host.timers")

# How often the clock is looked at; short, so that a clock moved from outside is noticed at once.
LOOK = 0.05


def timer_info(*, last: datetime | None, next_at: datetime | None, past_due: bool) -> str:
    """Return what a timer function is told, in the .NET host's words."""
    never = "0001-01-01T00:00:00+00:00"
    status = {"Last": last.isoformat() if last else never, "Next": next_at.isoformat() if next_at else never}
    return json.dumps(
        {
            "Schedule": {"AdjustForDST": True},
            "ScheduleStatus": {**status, "LastUpdated": status["Last"]},
            "IsPastDue": past_due,
        }
    )


def next_tick(schedule: str, after: datetime) -> datetime:
    """Return the first instant of the schedule after this one; five fields mean that seconds are 0."""
    fields = schedule.split()
    expression = schedule if len(fields) == 6 else " ".join(["0", *fields])
    try:
        return next(CronSim(expression, after))
    except (CronSimError, StopIteration) as fault:
        raise AppRefused(f"{schedule!r} is no NCRONTAB schedule that ever comes ({fault})") from fault


class Timer:
    """Runs one function whenever its schedule comes, never twice at once."""

    def __init__(self, function: Function, trigger: TimerTrigger, invocations: Invocations) -> None:
        self._function = function
        self._trigger = trigger
        self._invocations = invocations
        self._last: datetime | None = None
        self._running: asyncio.Task[object] | None = None
        next_tick(trigger.schedule, datetime.now(UTC))

    async def run(self) -> None:
        """Wait for each tick; after a jump of the clock over several ticks it runs once, as past due."""
        if self._trigger.run_on_startup:
            await self._tick(past_due=False)
        due = next_tick(self._trigger.schedule, datetime.now(UTC))
        while True:
            await asyncio.sleep(LOOK)
            now = datetime.now(UTC)
            if due > now + timedelta(days=1) or due <= now:
                if due <= now:
                    await self._tick(past_due=now - due > timedelta(minutes=1))
                due = next_tick(self._trigger.schedule, datetime.now(UTC))

    async def _tick(self, *, past_due: bool) -> None:
        now = datetime.now(UTC)
        value = timer_info(last=self._last, next_at=next_tick(self._trigger.schedule, now), past_due=past_due)
        self._last = now
        self._running = asyncio.create_task(
            self._invocations.run(self._function, TypedData(json=value), because="timer")
        )
        # When the host ends, waiting for ticks is cancelled; a tick that runs is not.
        await asyncio.shield(self._running)
