"""SalesExec's problems (RFC 9457)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from starlette.responses import JSONResponse, Response

TITLES = {
    400: "The request is not valid",
    401: "AuthToken is missing or wrong",
    404: "There is no such thing",
    429: "Too many requests",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a request, and where."""

    pointer: str
    detail: str


class ProblemError(Exception):
    """An answer in which SalesExec refuses."""

    def __init__(self, status: int, detail: str, faults: Iterable[Fault] = ()) -> None:
        super().__init__(detail)
        self.status = status
        self.faults = tuple(faults)


def problem_answer(problem: ProblemError) -> Response:
    """Return a problem as JSON."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": TITLES.get(problem.status, "SalesExec could not do that"),
        "status": problem.status,
        "detail": str(problem),
    }
    if problem.faults:
        body["errors"] = [{"pointer": fault.pointer, "detail": fault.detail} for fault in problem.faults]
    return JSONResponse(body, status_code=problem.status, media_type="application/problem+json")


def plain_error(status: int, retry_after: str | None) -> Response:
    """Return what SalesExec answers when it is busy or out of order."""
    answer = problem_answer(ProblemError(status, "SalesExec cannot take this now."))
    if retry_after is not None:
        answer.headers["Retry-After"] = retry_after
    return answer
