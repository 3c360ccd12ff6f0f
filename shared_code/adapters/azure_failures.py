"""Sorts what Azure's storage and Key Vault clients raise by what must happen next; the only status numbers here."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from azure.core.exceptions import AzureError, HttpResponseError

from shared_code.adapters.retry_after import asked_wait
from shared_code.use_cases.errors import Refused, SyncError, TryAgainLater

WAIT_WHEN_UNSAID = timedelta(seconds=10)
"""How long to wait when the service did not say; storage and Key Vault limits are counted in spans of 1 to 10 s."""

_BUSY = frozenset({429, 503})
_PASSING = _BUSY | {408, 500, 502, 504}
_CODE = re.compile(r'"code":\s*"(\w+)"')
_PASSING_CODES = frozenset({"TableBeingDeleted", "QueueBeingDeleted", "OperationTimedOut", "ServerBusy"})


@contextmanager
def sorted_failures(system: str) -> Iterator[None]:
    """Turn every failure of an Azure client inside the block into one of our errors."""
    try:
        yield
    except AzureError as error:
        raise sorted_failure(error, system) from error


def sorted_failure(error: AzureError, system: str) -> SyncError:
    """Return our error for one of an Azure client; its words name status and code, never the service's own text.

    Safety: the service's text may quote what we sent.
    """
    if not isinstance(error, HttpResponseError) or error.status_code is None:
        return _without_answer(error, system)
    status, code, headers = error.status_code, code_of(error), _headers_of(error)
    request_id = headers.get("x-ms-request-id", "")
    said = f"{system} answered {status} {code}".rstrip()
    if status in _PASSING or code in _PASSING_CODES:
        return TryAgainLater(
            said,
            retry_after=asked_wait(headers, datetime.now(UTC)) or WAIT_WHEN_UNSAID,
            throttled=status in _BUSY,
            status=status,
            code=code,
            request_id=request_id,
        )
    return Refused(said, status=status, code=code, request_id=request_id)


def _without_answer(error: AzureError, system: str) -> SyncError:
    """Sort a failure that no answer stands behind: unreachable, cut off, or no token to be had for our identity.

    A missing token is nobody's request being wrong: the identity endpoint comes back, and so must the work.
    """
    words = f"{system} gave no answer ({type(error).__name__})"
    return TryAgainLater(words, retry_after=WAIT_WHEN_UNSAID)


def _headers_of(error: HttpResponseError) -> Mapping[str, str]:
    # The client's type for a response leaves out what all of its responses have.
    headers: Mapping[str, str] = getattr(error.response, "headers", {})
    return headers


def code_of(error: HttpResponseError) -> str:
    """Return the service's own code of the failure, or an empty text.

    Quirk: the Tables client decodes the code for every call but the insert; there it is only in the body.
    """
    code = getattr(error, "error_code", None) or getattr(error.error, "code", None)
    if code is None and (body := getattr(error.response, "text", None)) and (found := _CODE.search(body())):
        return found[1]
    return str(getattr(code, "value", code) or "")


def is_missing(error: HttpResponseError) -> bool:
    """Tell whether what was asked for does not exist."""
    return error.status_code == 404


def is_conflict(error: HttpResponseError) -> bool:
    """Tell whether something is there that must not be, or is not the version that was named."""
    return error.status_code in (409, 412) and code_of(error) not in _PASSING_CODES


def is_forbidden(error: HttpResponseError) -> bool:
    """Tell whether our identity may not do this."""
    return error.status_code == 403


def is_disabled(error: HttpResponseError) -> bool:
    """Tell whether what was asked for is there and was switched off by the vault's owner.

    Source: Microsoft docs, key-vault/general/rest-error-codes, innererror of a 403
    """
    inner = getattr(error.error, "innererror", None) or {}
    return is_forbidden(error) and inner.get("code") == "SecretDisabled"
