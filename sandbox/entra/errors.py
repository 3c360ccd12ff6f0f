"""Entra's error bodies: OAuth names for programs, AADSTS numbers for people."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.responses import JSONResponse, Response

DOCUMENTATION = "https://login.microsoftonline.com/error?code="


class EntraError(Exception):
    """An answer in which Entra refuses."""

    def __init__(
        self, code: int, error: str, words: str, *, status: int = 400, suberror: str = "", claims: str = ""
    ) -> None:
        super().__init__(f"AADSTS{code}: {words}")
        self.code = code
        self.error = error
        self.status = status
        self.suberror = suberror
        self.claims = claims


@dataclass(frozen=True, slots=True)
class Refusal:
    """What Entra says when a grant is of no use any more. Source: Microsoft docs, entra reference-error-codes."""

    code: int
    error: str
    words: str
    suberror: str = ""
    claims: str = ""

    def raised(self) -> EntraError:
        """Return the error to raise."""
        return EntraError(self.code, self.error, self.words, suberror=self.suberror, claims=self.claims)


REFUSALS = {
    refusal.code: refusal
    for refusal in (
        Refusal(
            50173,
            "invalid_grant",
            "The provided grant has expired due to it being revoked, a fresh auth token is needed. "
            "The user might have changed or reset their password.",
            suberror="bad_token",
        ),
        Refusal(
            700082,
            "invalid_grant",
            "The refresh token has expired due to inactivity. "
            "The token was issued earlier and was inactive for 90.00:00:00.",
        ),
        Refusal(
            70043,
            "invalid_grant",
            "The refresh token has expired or is invalid due to sign-in frequency checks by conditional access.",
            suberror="token_expired",
        ),
        Refusal(
            50076,
            "invalid_grant",
            "Due to a configuration change made by your administrator, or because you moved to a new location, "
            "you must use multi-factor authentication to access 'https://graph.microsoft.com'.",
            suberror="basic_action",
            claims='{"access_token":{"capolids":{"essential":true,"values":["5a1e5e8e-0000-4000-8000-0000000000ca"]}}}',
        ),
        Refusal(
            50079,
            "interaction_required",
            "Due to a configuration change made by your administrator, or because you moved to a new location, "
            "you must enroll in multi-factor authentication to access 'https://graph.microsoft.com'.",
            suberror="basic_action",
        ),
        Refusal(
            53003,
            "interaction_required",
            "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.",
            suberror="message_only",
        ),
        Refusal(50057, "invalid_grant", "The user account is disabled."),
        Refusal(
            65001,
            "invalid_grant",
            "The user or administrator has not consented to use the application. "
            "Send an interactive authorization request for this user and resource.",
            suberror="consent_required",
        ),
        Refusal(70000, "invalid_grant", "The provided value for the input parameter 'refresh_token' is not valid."),
    )
}


def described(words: str, trace: str, correlation: str) -> str:
    """Return an error description with the lines that Entra puts under it."""
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    return f"{words} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {now}"


def token_error(problem: EntraError) -> Response:
    """Return an error of the token endpoint."""
    trace, correlation = str(uuid.uuid4()), str(uuid.uuid4())
    body = {
        "error": problem.error,
        "error_description": described(str(problem), trace, correlation),
        "error_codes": [problem.code],
        "timestamp": datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%SZ"),
        "trace_id": trace,
        "correlation_id": correlation,
        "error_uri": f"{DOCUMENTATION}{problem.code}",
    }
    if problem.suberror:
        body["suberror"] = problem.suberror
    if problem.claims:
        body["claims"] = problem.claims
    return JSONResponse(body, status_code=problem.status, headers={"Cache-Control": "no-store"})


def plain_error(status: int, retry_after: str | None) -> Response:
    """Return what Entra answers when it is throttled or out of order."""
    words = {
        429: EntraError(90055, "temporarily_unavailable", "The server is too busy: too many requests.", status=429),
        503: EntraError(
            90033, "temporarily_unavailable", "A transient error has occurred. Please try again.", status=503
        ),
    }.get(status) or EntraError(90020, "server_error", "The service has failed; please try again.", status=status)
    answer = token_error(words)
    if retry_after is not None:
        answer.headers["Retry-After"] = retry_after
    return answer
