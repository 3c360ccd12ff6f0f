"""What Graph's refusals mean."""

import json
from datetime import timedelta
from typing import Any

import pytest

from shared_code.adapters.graph.failures import failure
from shared_code.adapters.http import Answer
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
from tests.builders import NOW

CHALLENGE = {"WWW-Authenticate": 'Bearer realm="", error="insufficient_claims", claims="eyJhIjoxfQ=="'}


def answered(status: int, code: str | None = None, *, headers: dict[str, str] | None = None, **more: Any) -> Answer:
    body = {} if code is None else {"error": {"code": code, "message": "words", **more}}
    return Answer(status, {"request-id": "r-1", **(headers or {})}, json.dumps(body).encode())


@pytest.mark.parametrize(
    ("answer", "meant"),
    [
        (answered(400, "ErrorInvalidRequest"), Refused),
        (answered(400, "TimeZoneNotSupportedException"), Refused),
        (answered(400, "ErrorInvalidIdMalformed"), Refused),
        (answered(400, "ErrorDuplicateTransactionId"), AlreadyCreated),
        (answered(409, "errorduplicatetransactionid"), AlreadyCreated),
        (answered(401, "InvalidAuthenticationToken"), TryAgainLater),
        (answered(401, headers=CHALLENGE), ReconnectNeeded),
        (answered(403, "AccessDenied", headers=CHALLENGE), ReconnectNeeded),
        (answered(403, "ErrorAccessDenied"), Refused),
        (answered(404, "ErrorItemNotFound"), EventGone),
        (answered(404, "UnknownError", innerError={"code": "ErrorItemNotFound"}), EventGone),
        (answered(404, "UnknownError", innererror={"innererror": {"code": "itemNotFound"}}), EventGone),
        (answered(404, "MailboxNotEnabledForRESTAPI"), Refused),
        (answered(404, "ResourceNotFound"), Refused),
        (answered(404), Refused),
        (answered(409, "ErrorIrresolvableConflict"), ChangedMeanwhile),
        (answered(412, "ErrorIrresolvableConflict"), ChangedMeanwhile),
        (answered(412), ChangedMeanwhile),
        (answered(409), Refused),
        (answered(410, "SyncStateNotFound"), SyncStateLost),
        (answered(400, "resyncRequired"), SyncStateLost),
        (answered(410), Refused),
        (answered(423), TryAgainLater),
        (answered(424), TryAgainLater),
        (answered(429, "TooManyRequests"), TryAgainLater),
        (answered(500, "ErrorInternalServerError"), TryAgainLater),
        (answered(501, "NotImplemented"), Refused),
        (answered(503), TryAgainLater),
        (answered(504, "UnknownError"), TryAgainLater),
        (answered(507), TryAgainLater),
        (answered(302, headers={"Location": "https://elsewhere.example"}), Refused),
        (answered(418, "extensionError"), Refused),
    ],
)
def test_each_refusal_is_sorted_by_what_must_happen_next(answer: Answer, meant: type[SyncError]) -> None:
    assert type(failure(answer, NOW)) is meant


@pytest.mark.parametrize("status", [409, 412])
def test_a_conflict_without_a_code_is_another_version_when_a_version_was_asked_for(status: int) -> None:
    assert type(failure(answered(status), NOW, conditional=True)) is ChangedMeanwhile


@pytest.mark.parametrize(
    ("answer", "throttled", "seconds"),
    [
        (answered(429, headers={"Retry-After": "2.128"}), True, 2.128),
        (answered(429), True, 30),
        (answered(503, "ErrorServerBusy", headers={"Retry-After": "9"}), True, 9),
        (answered(503, headers={"Retry-After": "9"}), False, 9),
        (answered(400, "ApplicationThrottled"), True, 30),
        (answered(423), False, 60),
    ],
)
def test_a_wait_is_graphs_or_our_own_guess(answer: Answer, throttled: bool, seconds: float) -> None:
    error = failure(answer, NOW)

    assert isinstance(error, TryAgainLater)
    assert (error.throttled, error.retry_after) == (throttled, timedelta(seconds=seconds))


def test_an_event_made_before_is_named_when_graph_names_it() -> None:
    existing: dict[str, Any] = {"@event.existingEventId": "e1"}
    named = failure(answered(400, "ErrorDuplicateTransactionId", **existing), NOW)
    unnamed = failure(answered(400, "ErrorDuplicateTransactionId"), NOW)

    assert isinstance(named, AlreadyCreated)
    assert isinstance(unnamed, AlreadyCreated)
    assert (named.event_id, unnamed.event_id) == ("e1", None)


@pytest.mark.parametrize(
    "content", [b"", b"<html>Bad gateway</html>", b"[]", b'{"error": "no"}', b'{"error": {}}', b"\xff"]
)
def test_a_body_that_is_no_error_of_graphs_still_has_its_status(content: bytes) -> None:
    error = failure(Answer(404, {"request-id": "r-1"}, content), NOW)

    assert type(error) is Refused
    assert (error.status, error.code, error.request_id) == (404, "", "r-1")
