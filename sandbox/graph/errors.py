"""Graph's refusals: each with the status, code and words that Graph uses.

Source: graph documentation, concepts/errors (the shape), and what integrators met (the codes). FIDELITY.md says which.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from starlette.responses import Response

JSON_CONTENT = "application/json"
SIGN_IN = (
    'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", '
    'client_id="00000003-0000-0000-c000-000000000000"'
)


class GraphError(Exception):
    """An answer that refuses, said as Graph says it."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        headers: Mapping[str, str] | None = None,
        facts: Mapping[str, Any] | None = None,
        inner: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})
        self.facts = dict(facts or {})
        self.inner = dict(inner or {})


def error_body(error: GraphError, *, at: datetime, request_id: str, client_request_id: str) -> dict[str, Any]:
    """Return the error object with the three facts support asks for."""
    return {
        "error": {
            "code": error.code,
            "message": error.message,
            **error.facts,
            "innerError": {
                **error.inner,
                "date": at.strftime("%Y-%m-%dT%H:%M:%S"),
                "request-id": request_id,
                "client-request-id": client_request_id,
            },
        }
    }


def unauthenticated(message: str) -> GraphError:
    """Return the refusal of a missing, unknown, expired or revoked access token."""
    return GraphError(401, "InvalidAuthenticationToken", message, headers={"WWW-Authenticate": SIGN_IN})


def access_denied() -> GraphError:
    """Return the refusal of a token without the scope that is needed."""
    return GraphError(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")


def mailbox_not_enabled() -> GraphError:
    """Return the refusal for a user without an Exchange Online mailbox."""
    words = "The mailbox is either inactive, soft-deleted, or is hosted on-premise."
    return GraphError(404, "MailboxNotEnabledForRESTAPI", words)


def item_not_found() -> GraphError:
    """Return the refusal for what is gone, or belongs to another mailbox."""
    return GraphError(404, "ErrorItemNotFound", "The specified object was not found in the store.")


def malformed_id() -> GraphError:
    """Return the refusal of an id that is none."""
    return GraphError(400, "ErrorInvalidIdMalformed", "Id is malformed.")


def invalid_request(message: str) -> GraphError:
    """Return the refusal of a combination that Exchange does not allow."""
    return GraphError(400, "ErrorInvalidRequest", message)


def not_supported() -> GraphError:
    """Return Exchange's answer to a query it has no way to run."""
    return invalid_request("The OData request is not supported.")


def invalid_property(message: str) -> GraphError:
    """Return the refusal of a property in a place where it may not stand."""
    return GraphError(400, "ErrorInvalidProperty", message)


def property_validation() -> GraphError:
    """Return the refusal of a value that a property cannot have."""
    return GraphError(400, "ErrorPropertyValidationFailure", "At least one property failed validation.")


def unreadable_body(message: str) -> GraphError:
    """Return the refusal of JSON that does not fit the type."""
    return GraphError(400, "RequestBodyRead", message)


def bad_request(message: str) -> GraphError:
    """Return the refusal that comes before anything reaches the mailbox."""
    return GraphError(400, "BadRequest", message)


def zone_not_supported(name: str) -> GraphError:
    """Return the refusal of a time zone that Exchange does not know."""
    words = f"A valid TimeZone value must be specified. The following TimeZone value is not supported: '{name}'."
    return GraphError(400, "TimeZoneNotSupportedException", words)


def irresolvable_conflict(status: int) -> GraphError:
    """Return the refusal of a write made on a version that is no longer the current one."""
    words = (
        "The send or update operation could not be performed because the change key passed in the request "
        "does not match the current change key for the item."
    )
    return GraphError(status, "ErrorIrresolvableConflict", words)


def duplicate_transaction(status: int, existing_event_id: str | None) -> GraphError:
    """Return the refusal of a transactionId that made another event."""
    words = (
        "Your request can't be completed. The TransactionId specified in the request has already been used "
        "to create a different event."
    )
    facts = {"@event.existingEventId": existing_event_id} if existing_event_id else {}
    return GraphError(status, "ErrorDuplicateTransactionId", words, facts=facts)


def unknown_property(name: str, kind: str) -> GraphError:
    """Return the refusal of a property that the type has not."""
    return unreadable_body(
        f"The property '{name}' does not exist on type '{kind}'. "
        "Make sure to only use property names that are defined by the type."
    )


def undeserializable_body() -> GraphError:
    """Return the refusal of a value that is not written as its type is.

    Source: developer reports msgraph-sdk-php#355 (dates of a range), microsoft-graph-docs#11359; words found.
    """
    return GraphError(400, "UnableToDeserializePostBody", "were unable to deserialize ")


def no_occurrence() -> GraphError:
    """Return the refusal of a recurrence that never takes place. Source: EWS documentation, ResponseCode."""
    words = "Recurrence has no occurrences in the specified range."
    return GraphError(400, "ErrorRecurrenceHasNoOccurrence", words)


def end_date_too_big() -> GraphError:
    """Return the refusal of a recurrence that ends too late. Source: EWS documentation, ResponseCode."""
    words = "Recurrence end date can not exceed Sep 1, 4500 00:00:00."
    return GraphError(400, "ErrorRecurrenceEndDateTooBig", words)


def time_span_too_big() -> GraphError:
    """Return the refusal of a series whose occurrences run into each other. Source: EWS documentation, ResponseCode."""
    words = "One occurrence of the recurring calendar item overlaps with another occurrence of the same calendar item."
    return GraphError(400, "ErrorOccurrenceTimeSpanTooBig", words)


def crossing_boundary() -> GraphError:
    """Return the refusal of an occurrence that is moved to or past the day of its neighbour.

    Source: Microsoft docs, api/event-update (code and words).
    """
    words = "Modified occurrence is crossing or overlapping adjacent occurrence."
    return GraphError(400, "ErrorOccurrenceCrossingBoundary", words)


def occurrence_stays() -> GraphError:
    """Return the refusal of moving an occurrence elsewhere. Source: EWS documentation, ResponseCode."""
    words = "Can not move or copy a calendar occurrence."
    return GraphError(400, "ErrorCalendarCannotMoveOrCopyOccurrence", words)


def no_series_master() -> GraphError:
    """Return the refusal of an id that is not a series master's. Source: EWS documentation, ResponseCode."""
    words = "The specified Id does not represent a recurring master item."
    return GraphError(400, "ErrorCalendarCannotUseIdForRecurringMasterId", words)


def throttled(limit: str, retry_after: int) -> GraphError:
    """Return the refusal of a mailbox whose limit was reached."""
    words = f"Application is over its {limit} limit."
    return GraphError(429, "ApplicationThrottled", words, headers={"Retry-After": str(retry_after)})


def internal_error() -> GraphError:
    """Return Exchange's answer when a query breaks it."""
    return GraphError(500, "ErrorInternalServerError", "An internal server error occurred. The operation failed.")


def tracking_not_supported(options: list[str]) -> GraphError:
    """Return the refusal of query options that change tracking does not take.

    Source: the words are what several integrators met; which options they name varies.
    """
    words = "The following parameters are not supported with change tracking over the 'CalendarView' resource: "
    return GraphError(400, "ErrorInvalidUrlQuery", f"{words}'{', '.join(options)}'.")


def not_simulated(what: str) -> GraphError:
    """Return a plain refusal of what Graph has and this simulator has not, so that nobody mistakes it for Graph's."""
    return GraphError(501, "NotImplemented", f"The Graph simulator does not know {what}.")


PLAIN = {
    429: ("TooManyRequests", "Please retry again later."),
    500: ("InternalServerError", "An internal server error occurred."),
    502: ("BadGateway", "Failed to execute backend request."),
    503: ("ServiceUnavailable", "The service is unavailable."),
    504: ("UnknownError", ""),
}


def plain_failure(status: int, retry_after: str | None) -> GraphError:
    """Return the refusal of an ordered fault."""
    code, message = PLAIN.get(status, ("UnknownError", ""))
    return GraphError(status, code, message, headers={} if retry_after is None else {"Retry-After": retry_after})


def plain_error(status: int, retry_after: str | None) -> Response:
    """Return the answer of an ordered fault, in Graph's shape."""
    request_id = str(uuid.uuid4())
    error = plain_failure(status, retry_after)
    headers = {"request-id": request_id, "client-request-id": request_id, **error.headers}
    body = error_body(error, at=datetime.now(UTC), request_id=request_id, client_request_id=request_id)
    return Response(json.dumps(body), status_code=status, media_type=JSON_CONTENT, headers=headers)
