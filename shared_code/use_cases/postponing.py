"""How long a push waits for what went wrong, and how it is found again."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared_code.domain.identifiers import UserGuid
from shared_code.use_cases.errors import OperatorNeeded, ReconnectNeeded, TryAgainLater
from shared_code.use_cases.ports import Deliver, Ports, WaitingPush
from shared_code.use_cases.pushing import mark_reconnect_needed, remember_throttle

LONGEST_PAUSE = timedelta(minutes=15)
"""The longest pause of our own choosing between two tries; one that a system asks for may be longer."""

_MOST_ATTEMPTS_COUNTED = 20

THROTTLED = "Throttled"
UNAVAILABLE = "GraphUnavailable"
RECONNECT_NEEDED = "ReconnectNeeded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay:
    """What keeps a push from being made, and until when it must wait (None: until the rep has signed in again)."""

    reason: str
    due_at: datetime | None


def delay_for(user: UserGuid, error: TryAgainLater | ReconnectNeeded, ports: Ports, *, attempts: int) -> Delay:
    """Return how long to wait for what went wrong, and remember what concerns everything of the rep."""
    if isinstance(error, ReconnectNeeded):
        mark_reconnect_needed(user, ports)
        return Delay(reason=RECONNECT_NEEDED, due_at=None)
    sound_if_needed(error, ports)
    pause = error.retry_after
    if error.is_about_the_mailbox:
        remember_throttle(user, error, ports)
    if not error.throttled:
        pause = max(pause, min(pause * 2**attempts, LONGEST_PAUSE))
    return Delay(reason=THROTTLED if error.throttled else UNAVAILABLE, due_at=ports.clock.now() + pause)


def attempts_after(push: WaitingPush) -> int:
    """Return how many attempts count once one more has failed."""
    return min(push.attempts + 1, _MOST_ATTEMPTS_COUNTED)


def sound_if_needed(error: TryAgainLater, ports: Ports) -> None:
    """Alarm the operator about what only he can put right: once, in however many reps it shows."""
    if isinstance(error, OperatorNeeded):
        ports.alarms.sound(error.alarm, str(error), ports.clock.now())


def postpone(push: WaitingPush, error: TryAgainLater | ReconnectNeeded, ports: Ports) -> None:
    """Note when a stored push may be tried again, and send the message that will."""
    delay = delay_for(push.user, error, ports, attempts=push.attempts)
    ports.waiting.postpone(replace(push, due_at=delay.due_at, reason=delay.reason, attempts=attempts_after(push)))
    if delay.due_at is not None:
        schedule(push.user, delay.due_at, ports)


def schedule(user: UserGuid, due_at: datetime, ports: Ports) -> None:
    """Have the rep's waiting pushes tried at that time; messages sent for earlier turns are void from now on."""
    turn = ports.waiting.schedule(user, due_at)
    delay = max(timedelta(0), due_at - ports.clock.now())
    ports.work.send(Deliver(user=user, turn=turn), delay=delay)
