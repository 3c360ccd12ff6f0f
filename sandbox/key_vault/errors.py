"""Key Vault's error bodies."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse, Response


class VaultError(Exception):
    """An answer in which the vault refuses."""

    def __init__(self, status: int, code: str, message: str, inner: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.inner = inner


def error_answer(problem: VaultError) -> Response:
    """Return the vault's error body."""
    error: dict[str, Any] = {"code": problem.code, "message": str(problem)}
    if problem.inner:
        error["innererror"] = {"code": problem.inner}
    return JSONResponse({"error": error}, status_code=problem.status)


def plain_error(status: int, retry_after: str | None) -> Response:
    """Return what a throttled or failing vault answers. Source: Microsoft docs, key-vault overview-throttling."""
    if status == 429:
        words = (
            "Request was not processed because too many requests were received. Reason: VaultRequestTypeLimitReached"
        )
        problem = VaultError(429, "Throttled", words)
    else:
        problem = VaultError(status, "ServiceUnavailable", "The service is unavailable; please try again.")
    answer = error_answer(problem)
    if retry_after is not None:
        answer.headers["Retry-After"] = retry_after
    return answer


def not_found(name: str) -> VaultError:
    """Return the error for a secret that is not there."""
    return VaultError(
        404,
        "SecretNotFound",
        f"A secret with (name/id) {name} was not found in this key vault. If you recently deleted this secret you may "
        "be able to recover it using the correct recovery command. For help resolving this issue, please see "
        "https://go.microsoft.com/fwlink/?linkid=2125182",
    )


def deleted_but_recoverable(name: str) -> VaultError:
    """Return the error for reusing the name of a deleted secret."""
    return VaultError(
        409,
        "Conflict",
        f"Secret {name} is currently in a deleted but recoverable state, and its name cannot be reused; "
        "in this state, the secret can only be recovered or purged.",
        inner="ObjectIsDeletedButRecoverable",
    )


def being_deleted(name: str) -> VaultError:
    """Return the error for a secret whose deletion has not finished."""
    return VaultError(409, "Conflict", f"Secret {name} is currently being deleted.", inner="ObjectIsBeingDeleted")


def forbidden(message: str, inner: str) -> VaultError:
    """Return the error for something the caller may not do."""
    return VaultError(403, "Forbidden", message, inner=inner)


def bad_parameter(message: str) -> VaultError:
    """Return the error for a request that is not well made."""
    return VaultError(400, "BadParameter", message)
