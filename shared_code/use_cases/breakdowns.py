"""Runs for a rep that end for a reason which no waiting cures: her connection says so, from the first attempt on."""

from collections.abc import Iterator
from contextlib import contextmanager

from shared_code.domain.connections import LastError
from shared_code.domain.identifiers import UserGuid
from shared_code.use_cases.errors import ReconnectNeeded, Refused, TryAgainLater
from shared_code.use_cases.ports import Ports


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
