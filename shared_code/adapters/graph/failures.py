"""What Graph's refusals mean for us: the one place of this adapter that knows status numbers and error codes.

Source of the codes: Microsoft docs, concepts/errors and api/event-update; codes marked "developers" were seen on the
wire and published by people who build on Graph.
"""

from datetime import datetime, timedelta

import msgspec

from shared_code.adapters.graph.wire.payloads import ERROR, Error, NotJson, decoded
from shared_code.adapters.http import Answer
from shared_code.adapters.retry_after import asked_wait
from shared_code.domain.identifiers import EventId
from shared_code.use_cases.errors import (
    AlreadyCreated,
    ChangedMeanwhile,
    EventGone,
    ReconnectNeeded,
    Refused,
    SyncError,
    SyncStateLost,
    TryAgainLater,
)

_BUSY_WAIT = timedelta(seconds=30)
_DOWN_WAIT = timedelta(seconds=30)
_LOCKED_WAIT = timedelta(minutes=1)
_FULL_WAIT = timedelta(minutes=15)
_TOKEN_WAIT = timedelta(minutes=5)

_BUSY_CODES = {"applicationthrottled", "toomanyrequests", "activitylimitreached", "errorserverbusy"}
_DUPLICATE = "errorduplicatetransactionid"  # developers: 400, or 409
_CONFLICT_CODES = {"errorirresolvableconflict", "resourcemodified"}  # developers: 409, or 412
# Safety: an event counts as gone only when Graph says so of the item. A 404 of a proxy, of a wrong address or of a
# mailbox without a licence (MailboxNotEnabledForRESTAPI, ErrorInvalidUser, ResourceNotFound) must delete nothing.
_GONE_CODES = {"erroritemnotfound", "itemnotfound"}
_STATE_LOST_CODES = {"syncstatenotfound", "syncstateinvalid", "resyncrequired", "fullsyncrequired"}
_UNKNOWN_ZONE = "timezonenotsupportedexception"  # developers
_CROSSES_NEIGHBOUR = "erroroccurrencecrossingboundary"
_TELLING_CODES = {_UNKNOWN_ZONE, _CROSSES_NEIGHBOUR}
_NEEDS_CLAIMS = "insufficient_claims"
_CODE_DEPTH = 5


def is_success(answer: Answer) -> bool:
    """Tell whether Graph did what was asked."""
    return 200 <= answer.status < 300


def is_unauthorised(answer: Answer) -> bool:
    """Tell whether Graph would not take the access token."""
    return answer.status == 401


def is_forbidden(error: SyncError) -> bool:
    """Tell whether the error is a plain 'you may not'."""
    return error.status == 403


def is_missing(error: SyncError) -> bool:
    """Tell whether what was asked for was not there, be it the event or a part of it."""
    return error.status == 404


def must_start_over(error: SyncError) -> bool:
    """Tell whether a round of changes was refused because Graph knows nothing of it any more.

    Quirk: 410 says so whatever its code (concepts/delta-query-overview); the codes come with 400, 404 and 410, in any
    case of letters. A calendar that is not found is another one by now, of which an old token says nothing.
    """
    return isinstance(error, (SyncStateLost, EventGone)) or error.status == 410


def is_perhaps_unsupported(error: SyncError) -> bool:
    """Tell whether Graph may have refused because it cannot do such a query at all."""
    return error.status in (400, 500, 501)


def is_unknown_zone(error: SyncError) -> bool:
    """Tell whether Graph does not know the time zone it was given."""
    return error.code.casefold() == _UNKNOWN_ZONE


def crosses_neighbour(error: SyncError) -> bool:
    """Tell whether an occurrence was refused because the one before or after it stands in its way.

    Source: Microsoft docs, api/event-update (ErrorOccurrenceCrossingBoundary).
    """
    return error.code.casefold() == _CROSSES_NEIGHBOUR


def failure(answer: Answer, now: datetime, *, conditional: bool = False) -> SyncError:
    """Return the error that an unsuccessful answer means; `conditional`: the request carried If-Match."""
    error = _error_of(answer)
    code, codes = _codes(error)
    request_id = answer.headers.get("request-id", "")
    message = f"Graph answered {answer.status} {code}".rstrip()
    told = {"status": answer.status, "code": code, "request_id": request_id}
    wait = asked_wait(answer.headers, now)
    if _DUPLICATE in codes:
        existing = error.existing_event_id if error else None
        return AlreadyCreated(
            message, event_id=EventId(existing) if existing else None, status=answer.status, code=code
        )
    by_code = _by_code(codes)
    if by_code is not None:
        return by_code(message, **told)  # type: ignore[arg-type]  # status is the only int, every class takes it so
    if answer.status in (429, 509) or codes & _BUSY_CODES:
        return TryAgainLater(
            message, retry_after=wait or _BUSY_WAIT, throttled=True, is_about_the_mailbox=True, status=answer.status,
            code=code, request_id=request_id,
        )  # fmt: skip
    our_wait = _our_wait(answer.status)
    if our_wait is not None:
        return TryAgainLater(
            message, retry_after=wait or our_wait, status=answer.status, code=code, request_id=request_id
        )
    return _by_status(answer, message, code, request_id, conditional=conditional)


def not_understood(answer: Answer, what: str) -> TryAgainLater:
    """Return the error for a success whose body is no such thing as Graph sends; something else answered."""
    return TryAgainLater(
        f"Graph's answer is not {what}",
        retry_after=_DOWN_WAIT,
        status=answer.status,
        code="UnexpectedAnswer",
        request_id=answer.headers.get("request-id", ""),
    )


def no_token() -> TryAgainLater:
    """Return the error for a page of changes that names neither a next page nor a next round."""
    message = "Graph's answer has no link to go on from"
    return TryAgainLater(message, retry_after=_DOWN_WAIT, code="UnexpectedAnswer")


def _by_code(codes: set[str]) -> type[ChangedMeanwhile | EventGone | SyncStateLost] | None:
    if codes & _CONFLICT_CODES:
        return ChangedMeanwhile
    if codes & _GONE_CODES:
        return EventGone
    if codes & _STATE_LOST_CODES:
        return SyncStateLost
    return None


def _our_wait(status: int) -> timedelta | None:
    """Return how long we wait for a status that asks for patience, or None when patience is no cure."""
    if status == 423:
        return _LOCKED_WAIT
    if status == 507:
        return _FULL_WAIT
    # 424: a part of a batch, or a batch, of which something else failed; older texts of concepts/throttling have it.
    if status in (408, 424) or (status >= 500 and status != 501):
        return _DOWN_WAIT
    return None


def _by_status(answer: Answer, message: str, code: str, request_id: str, *, conditional: bool) -> SyncError:
    status = answer.status
    if status in (401, 403) and _NEEDS_CLAIMS in answer.headers.get("WWW-Authenticate", ""):
        # A claims challenge that a new access token did not meet: only the rep can, by signing in once more.
        # Source: Microsoft docs, identity-platform/claims-challenge.
        return ReconnectNeeded(message, status=status, code=_NEEDS_CLAIMS, request_id=request_id)
    if status == 401:
        # Entra gave us this token a moment ago, so the grant lives; Graph has another reason, which may pass.
        return TryAgainLater(message, retry_after=_TOKEN_WAIT, status=status, code=code, request_id=request_id)
    if status == 412 or (status == 409 and conditional):
        return ChangedMeanwhile(message, status=status, code=code, request_id=request_id)
    return Refused(message, status=status, code=code, request_id=request_id)


def _error_of(answer: Answer) -> Error | None:
    try:
        return decoded(ERROR, answer.content).error
    except (NotJson, msgspec.ValidationError):
        return None


def _codes(error: Error | None) -> tuple[str, set[str]]:
    """Return one code for people, and all codes for comparing: the specific ones are nested.

    The one is the outermost, unless another one is among those that callers know what to do with.
    """
    found: list[str] = []
    inner = error
    for _ in range(_CODE_DEPTH):
        if inner is None:
            break
        if inner.code:
            found.append(inner.code)
        inner = inner.inside  # type: ignore[assignment]  # an Error is an InnerError with one field more
    telling = next((code for code in found if code.casefold() in _TELLING_CODES), None)
    return telling or (found[0] if found else ""), {code.casefold() for code in found}
