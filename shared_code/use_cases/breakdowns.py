"""Runs for a rep that end for a reason which no waiting cures: her connection says so, from the first attempt on."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from shared_code.domain.connections import PUSH_BREAKS, LastError
from shared_code.domain.identifiers import UserGuid
from shared_code.use_cases.errors import ReconnectNeeded, Refused, TryAgainLater
from shared_code.use_cases.ports import Ports, WaitingPush
from shared_code.use_cases.postponing import LONGEST_PAUSE, attempts_after
from shared_code.use_cases.remembering import remember_broken

BROKEN = "Broken"
"""Why a push waits that ends in an error which nobody expected."""


@contextmanager
def breakdowns_noted(what: str, user: UserGuid, ports: Ports) -> Iterator[None]:
    """Note what ends the run as the rep's last error: a refusal in its own words, a bug by its kind alone.

    Safety: the words of an unexpected error may quote what it was about; the log has them under the correlation id.
    """
    try:
        yield
    except (TryAgainLater, ReconnectNeeded):
        raise
    except Exception as error:
        kind = type(error).__name__
        words = str(error) if isinstance(error, Refused) else f"{what} failed unexpectedly ({kind}); see the log"
        ports.connections.note_error(user, LastError(code=kind, message=words, at=ports.clock.now()))
        raise


def note_broken_push(push: WaitingPush, error: Exception, ports: Ports) -> None:
    """Let a push that broke wait on, and say so in its receipt and on the connection.

    Story: nobody mends it before somebody has seen the log. It is neither lost nor tried without a pause, and it holds
    up no other.
    """
    kind, now = type(error).__name__, ports.clock.now()
    if push.reason != BROKEN:
        remember_broken(push, kind, ports)
    ports.waiting.postpone(replace(push, due_at=now + LONGEST_PAUSE, reason=BROKEN, attempts=attempts_after(push)))
    words = f"The push of appointment {push.appointment} failed unexpectedly ({kind}); see the log"
    ports.connections.note_error(push.user, LastError(code=PUSH_BREAKS, message=words, at=now))
