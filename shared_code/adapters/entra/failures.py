"""What Entra's refusals mean for us: the one place of this adapter that knows status numbers and error codes.

Decisions rest on `error`; the AADSTS numbers only pick the words for people. Source: Microsoft docs,
identity-platform/reference-error-codes: "never use the error description or the number to branch the flow".
"""

import json
import logging
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from shared_code.adapters.http import Answer
from shared_code.adapters.retry_after import asked_wait
from shared_code.use_cases.errors import OperatorNeeded, ReconnectNeeded, SyncError, TryAgainLater
from shared_code.use_cases.ports import SignInRefused

_log = logging.getLogger(__name__)

_DOWN_WAIT = timedelta(seconds=30)
_MISCONFIGURED_WAIT = timedelta(minutes=15)

# Only these mean that the rep herself must act.
_GRANT_IS_DEAD = {"invalid_grant", "interaction_required", "consent_required", "login_required"}
_ENTRA_IS_DOWN = {"temporarily_unavailable", "server_error"}
# Safety: these speak of the app's registration or secret, so they concern every rep and disconnect none.
_APP_IS_WRONG = {
    "invalid_client",
    "unauthorized_client",
    "invalid_request",
    "invalid_resource",
    "invalid_scope",
    "unsupported_grant_type",
    "unsupported_response_type",
}
_NEEDS_ADMINISTRATOR = {65001, 65005, 650056, 90092, 90093, 90094, 90095, 90097, 90099}
_FOREIGN_ACCOUNT = {16000, 50020, 50034, 51004, 90072}
_DECLINED = {65004}
_NUMBER = re.compile(r"AADSTS(\d+)")


def is_success(answer: Answer) -> bool:
    """Tell whether Entra did what was asked."""
    return answer.status == 200


def check_answer(answer: Answer, now: datetime) -> None:
    """Raise TryAgainLater for an answer of Entra's that says nothing about our request.

    MSAL would keep such a failure and give it again without asking, or stumble over a body that is no JSON.
    """
    if answer.status == 429 or answer.status >= 500:
        raise TryAgainLater(
            f"Entra answered {answer.status}",
            retry_after=asked_wait(answer.headers, now) or _DOWN_WAIT,
            throttled=answer.status == 429,
            status=answer.status,
            request_id=answer.headers.get("x-ms-request-id", ""),
        )
    try:
        is_object = isinstance(json.loads(answer.content), dict)
    except (ValueError, RecursionError):
        is_object = False
    if not is_object:
        message = "Entra's answer is not JSON; something else answered"
        raise TryAgainLater(message, retry_after=_DOWN_WAIT, status=answer.status, code="UnexpectedAnswer")


def misconfigured(detail: str) -> OperatorNeeded:
    """Return the error for an app that Entra does not accept, and alarm the operator."""
    _log.error(
        "operator alarm: Entra does not accept this app (%s); no rep can be synced until that is put right", detail
    )
    return OperatorNeeded(f"Entra does not accept the app: {detail}", retry_after=_MISCONFIGURED_WAIT, code=detail)


def refresh_failure(result: Mapping[str, Any]) -> SyncError:
    """Return the error that an unsuccessful refresh of a rep's tokens means."""
    error, detail = str(result.get("error", "")), _detail(result)
    if error in _GRANT_IS_DEAD:
        return ReconnectNeeded(f"Entra wants the rep to sign in again: {detail}", code=error)
    if error in _APP_IS_WRONG:
        return misconfigured(detail)
    return TryAgainLater(f"Entra could not refresh: {detail}", retry_after=_DOWN_WAIT, code=error)


def authorize_failure(answer: Mapping[str, str]) -> SignInRefused | TryAgainLater:
    """Return the error that a browser brought back from Entra's sign-in page."""
    error, detail, numbers = answer.get("error", ""), _detail(answer), _numbers(answer)
    kind = _kind_for_people(error, numbers)
    if kind is not None:
        return SignInRefused(kind, detail)
    if error in _ENTRA_IS_DOWN:
        return TryAgainLater(f"Entra could not sign in: {detail}", retry_after=_DOWN_WAIT, code=error)
    if error == "access_denied" and not numbers - _DECLINED:
        return SignInRefused("denied", detail)
    return SignInRefused("entra_error", detail)


def redemption_failure(result: Mapping[str, Any]) -> SignInRefused | TryAgainLater:
    """Return the error that Entra's refusal of an authorization code means."""
    error, detail, numbers = str(result.get("error", "")), _detail(result), _numbers(result)
    kind = _kind_for_people(error, numbers)
    if kind is not None:
        return SignInRefused(kind, detail)
    if error == "invalid_grant":
        return SignInRefused("expired", detail)  # codes live ten minutes and work once
    if error in _GRANT_IS_DEAD:
        return SignInRefused("entra_error", detail)
    return TryAgainLater(f"Entra could not sign in: {detail}", retry_after=_DOWN_WAIT, code=error)


def _kind_for_people(error: str, numbers: set[int]) -> str | None:
    if error in _APP_IS_WRONG:
        misconfigured(f"{error} {sorted(numbers)}")
        return "misconfigured"
    if numbers & _NEEDS_ADMINISTRATOR or error == "consent_required":
        return "admin_consent"
    if numbers & _FOREIGN_ACCOUNT:
        return "wrong_tenant"
    return None


def _numbers(result: Mapping[str, Any]) -> set[int]:
    codes = result.get("error_codes")
    listed = {code for code in codes if isinstance(code, int)} if isinstance(codes, list) else set()
    return listed | {int(number) for number in _NUMBER.findall(str(result.get("error_description", ""))[:1000])}


def _detail(result: Mapping[str, Any]) -> str:
    """Name the refusal for a log or a page: never its description, which names people."""
    parts = [re.sub(r"\W", "_", str(result.get("error", "")))[:50]]
    parts += [f"AADSTS{number}" for number in sorted(_numbers(result))]
    return " ".join(part for part in parts if part)
