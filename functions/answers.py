"""HTTP answers in the contract's forms: PascalCase JSON, RFC 9457 problems, a correlation id on every one."""

import functools
import json
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import azure.functions as func

from shared_code.settings import SettingsError
from shared_code.telemetry import current_run, log_run
from shared_code.use_cases.errors import NotPossible, ReconnectNeeded, Refused, TryAgainLater

CORRELATION_HEADER = "x-correlation-id"
_SAFE_CORRELATION_ID = re.compile(r"^[A-Za-z0-9._:-]{1,128}$")


class BadRequest(Exception):
    """The caller must change the request; `errors` are (JSON pointer, detail) of the fields at fault."""

    def __init__(self, detail: str, errors: Sequence[tuple[str, str]] = (), *, status: int = 400) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = tuple(errors)
        self.status = status


_TITLES = {
    400: "The request cannot be used as it is",
    404: "Not found",
    409: "Not possible as things stand",
    413: "The request is too large",
    503: "Not possible right now",
}


def json_answer(
    body: Mapping[str, Any], *, status: int = 200, headers: Mapping[str, str] | None = None
) -> func.HttpResponse:
    """Return a JSON answer."""
    return func.HttpResponse(
        _encoded(body), status_code=status, headers=dict(headers or {}), mimetype="application/json"
    )


def _encoded(body: Mapping[str, Any]) -> bytes:
    """Return JSON as UTF-8; half a character, which a caller may have sent and is quoted, becomes a question mark."""
    return json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")


def problem(
    status: int, detail: str, *, errors: Sequence[tuple[str, str]] = (), headers: Mapping[str, str] | None = None
) -> func.HttpResponse:
    """Return an RFC 9457 problem; its correlation id is filled in by `answering`."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": _TITLES.get(status, "Error"),
        "status": status,
        "detail": detail,
        "correlationId": current_run().correlation_id,
    }
    if errors:
        body["errors"] = [{"pointer": pointer, "detail": words} for pointer, words in errors]
    return func.HttpResponse(
        _encoded(body),
        status_code=status,
        headers=dict(headers or {}),
        mimetype="application/problem+json",
    )


def correlation_id_of(request: func.HttpRequest) -> str:
    """Return the caller's correlation id where it is a harmless one, else a new one."""
    given = request.headers.get(CORRELATION_HEADER, "")
    return given if _SAFE_CORRELATION_ID.match(given) else str(uuid.uuid4())


def answering(
    trigger: Callable[[func.HttpRequest], func.HttpResponse],
) -> Callable[[func.HttpRequest], func.HttpResponse]:
    """Give an HTTP trigger its correlation id, its log line, and an answer for every error that is not a bug."""

    @functools.wraps(trigger)
    def wrapper(req: func.HttpRequest) -> func.HttpResponse:
        with log_run(trigger.__name__, correlation_id_of(req)) as run:
            answer = _answer(trigger, req)
            answer.headers[CORRELATION_HEADER] = run.correlation_id
            answer.headers.setdefault("cache-control", "no-store")
            run.note(status=answer.status_code)
            return answer

    return wrapper


def _answer(trigger: Callable[[func.HttpRequest], func.HttpResponse], request: func.HttpRequest) -> func.HttpResponse:
    try:
        return trigger(request)
    except BadRequest as error:
        return problem(error.status, error.detail, errors=error.errors)
    except SettingsError:
        return problem(503, "The app is not configured; its log names the settings that are missing or malformed.")
    except NotPossible as error:
        return problem(409, str(error))
    except TryAgainLater as error:
        seconds = max(1, round(error.retry_after.total_seconds()))
        detail = f"{error}. Nothing was stored; send the same again after {seconds} s."
        return problem(503, detail, headers={"Retry-After": str(seconds)})
    except ReconnectNeeded:
        return problem(409, "The user must sign in to Outlook again: send the user a connect link.")
    except Refused as error:
        return problem(400, f"Outlook or SalesExec refused it: {error}")
