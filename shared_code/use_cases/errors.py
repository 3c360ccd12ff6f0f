"""Errors, sorted by what must happen next, not by who raised them.

::

    SyncError
    ├── TryAgainLater        nobody is at fault: throttled, down, slow; carries how long to wait
    │   └── OperatorNeeded   nothing works for anybody until the operator puts the app right; waits meanwhile
    │       └── VaultRefuses the app may not use its vault
    ├── ReconnectNeeded      a person must sign in again
    ├── Refused              our request is wrong, or not allowed; trying again changes nothing
    │   ├── NoSuchOccurrence there is no such occurrence, or no such series (a 404 to the caller)
    │   ├── CrossesNeighbour an occurrence would come onto or past the next one (a 400 to the caller)
    │   ├── NotPossible      what was asked cannot be, with the cure in words (a 409 to the caller)
    │   └── AlreadyCreated   a creation was refused because it was made before; the event is to be found
    ├── ChangedMeanwhile     the event is not the version we read: read again, decide again
    ├── EventGone            the event does not exist any more
    ├── StaleVersion         a row of ours is not the version we read: read again, decide again
    └── SyncStateLost        the position in a calendar is no longer known: read everything
"""

from datetime import timedelta

from shared_code.domain.identifiers import EventId


class SyncError(Exception):
    """Something an outside system said no to; carries what its support would ask for."""

    def __init__(self, message: str, *, status: int | None = None, code: str = "", request_id: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.request_id = request_id


class TryAgainLater(SyncError):
    """The system cannot do it now; `retry_after` is how long it asked us to wait, or our own guess.

    `throttled` tells a system that is busy from one that is down, `is_about_the_mailbox` that Graph is throttling one
    rep's requests; `previous_rep` is what became of a move all the same.
    """

    def __init__(
        self,
        message: str,
        *,
        retry_after: timedelta,
        throttled: bool = False,
        is_about_the_mailbox: bool = False,
        status: int | None = None,
        code: str = "",
        request_id: str = "",
    ) -> None:
        super().__init__(message, status=status, code=code, request_id=request_id)
        self.retry_after = retry_after
        self.throttled = throttled
        self.is_about_the_mailbox = is_about_the_mailbox
        self.previous_rep: str | None = None


class OperatorNeeded(TryAgainLater):
    """The app itself is not accepted (a secret expired, a role is missing): no rep's fault, one alarm for the operator.

    `alarm` is what the alarm is called.
    """

    alarm = "invalid_client"


class VaultRefuses(OperatorNeeded):
    """The app may not use its vault."""

    alarm = "key_vault_refused"


class ReconnectNeeded(SyncError):
    """The rep's grant is dead: nothing works for her until she signs in again."""

    previous_rep: str | None = None


class Refused(SyncError):
    """The request itself is wrong or forbidden; the same again would be refused again."""


class NotPossible(Refused):
    """What was asked cannot be as things stand; the message says why and what would help."""


class NoSuchOccurrence(Refused):
    """There is no such series, or it has no occurrence of that original start; the message says which."""


CROSSES_NEIGHBOUR = "ErrorOccurrenceCrossingBoundary"
"""How Graph names it. Source: Microsoft docs, api/event-update."""


class CrossesNeighbour(Refused):
    """An occurrence cannot be moved to or past the day of the one before or after it."""


class AlreadyCreated(Refused):
    """This very creation was made before; `event_id` names the event when the system said so."""

    def __init__(self, message: str, *, event_id: EventId | None, status: int | None = None, code: str = "") -> None:
        super().__init__(message, status=status, code=code)
        self.event_id = event_id


class ChangedMeanwhile(SyncError):
    """The event changed between our read and our write."""


class EventGone(SyncError):
    """The event is not in the mailbox any more."""


class StaleVersion(SyncError):
    """A row of ours was changed by somebody else since we read it, or exists where it should not."""


class SyncStateLost(SyncError):
    """The calendar's change token is no longer known."""
