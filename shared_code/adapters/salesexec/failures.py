"""What SalesExec's refusals mean for us: the one place of this adapter that knows status numbers."""

from datetime import datetime, timedelta

from shared_code.adapters.http import Answer
from shared_code.adapters.retry_after import asked_wait
from shared_code.use_cases.errors import Refused, SyncError, TryAgainLater

_OUR_WAIT = timedelta(seconds=30)


def is_success(answer: Answer) -> bool:
    """Tell whether SalesExec did what was asked."""
    return 200 <= answer.status < 300


def failure(answer: Answer, now: datetime) -> SyncError:
    """Return the error that an unsuccessful answer means."""
    message = f"SalesExec answered {answer.status}"
    request_id = answer.headers.get("x-correlation-id", "")
    if answer.status in (408, 425, 429) or answer.status >= 500:
        return TryAgainLater(
            message,
            retry_after=asked_wait(answer.headers, now) or _OUR_WAIT,
            throttled=answer.status == 429,
            status=answer.status,
            request_id=request_id,
        )
    return Refused(message, status=answer.status, request_id=request_id)


def not_understood(what: str) -> TryAgainLater:
    """Return the error for a success that does not say what was asked; nothing may be taken as done."""
    return TryAgainLater(f"SalesExec's answer is not {what}", retry_after=_OUR_WAIT, code="UnexpectedAnswer")
