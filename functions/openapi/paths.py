"""Every call of SalesExec and of administrators, with what it answers."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from functions.openapi.schemas import GUID, Schema, ref, schemas

type Call = dict[str, Any]

ABOUT = (
    "Keeps sales reps' SalesExec appointments and Microsoft 365 calendars the same. JSON is PascalCase; unknown extra"
    " fields are ignored. Send a Content-Length: chunked bodies arrive empty on this platform."
)


@cache
def document() -> dict[str, Any]:
    """Return the whole document."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "SalesExec calendar sync", "version": "1.0.0", "description": ABOUT},
        "servers": [{"url": "/api"}],
        "security": [{"functionKey": []}, {"code": []}],
        "paths": _paths(),
        "components": {
            "schemas": schemas(),
            "responses": _responses(),
            "securitySchemes": {
                "functionKey": {"type": "apiKey", "in": "header", "name": "x-functions-key"},
                "code": {"type": "apiKey", "in": "query", "name": "code"},
            },
        },
    }


def _paths() -> dict[str, dict[str, Call]]:
    pushed = {200: "PushAnswer", 201: "PushAnswer", 202: "PushAnswer"}
    removed = {200: "PushAnswer", 202: "PushAnswer"}
    appointment, user = [_in_path("AppointmentGuid", GUID)], [_in_path("UserGuid", GUID)]
    slot = _in_path("OriginalStart", _SLOT)
    when = {**_parameter("modifiedUtc", {"type": "string", "format": "date-time"}), "in": "query"}
    return {
        "/appointments/{AppointmentGuid}": {
            "put": _call("push_appointment", "Push an appointment", appointment, pushed, "Appointment", refused=(413,)),
            "delete": _call("delete_appointment", "Take an appointment back", [*appointment, when], removed),
        },
        "/appointments/{AppointmentGuid}/occurrences/{OriginalStart}": {
            "put": _call(
                "push_occurrence",
                "Change one occurrence of a series",
                [*appointment, slot],
                removed,
                "Occurrence",
                refused=(404, 413),
            ),
            "delete": _call(
                "delete_occurrence", "Cancel one occurrence", [*appointment, slot, when], removed, refused=(404,)
            ),
        },
        "/appointments/{AppointmentGuid}/receipt": {
            "get": _call(
                "get_receipt", "Why an appointment is where it is", appointment, {200: "Receipt"}, refused=(404,)
            )
        },
        "/users/{UserGuid}/link": {
            "post": _call("create_link", "Make a one-time link", user, {200: "Link"}, "LinkRequest")
        },
        "/users/{UserGuid}/connection": {
            "get": _call("get_connection", "Show a connection", user, {200: "Connection"}),
            "patch": _call(
                "update_connection",
                "Pause, resume, change preferences",
                user,
                {200: "Connection"},
                "ConnectionChange",
                refused=(409,),
            ),
            "delete": _call("delete_connection", "Disconnect", user, {204: None}, refused=(409,)),
        },
        "/users/{UserGuid}/sync": {
            "post": _call("sync_now", "Have the calendar read now", user, {202: "SyncQueued"}, refused=(409,))
        },
        "/users/{UserGuid}/held-deletes": {
            "post": _call(
                "decide_held_deletes",
                "Apply or restore held deletes",
                user,
                {202: "HeldDecisionTaken"},
                "HeldDecision",
                refused=(409,),
            )
        },
        "/cleanup": {
            "post": _call(
                "start_cleanup",
                "Remove, or count, everything that the sync put into one rep's systems, or everybody's",
                [],
                {200: "CleanupCount", 202: "Cleanup"},
                "CleanupRequest",
                refused=(409,),
            )
        },
        "/cleanup/{JobId}": {
            "get": _call(
                "get_cleanup", "How far a clean-up is", [_in_path("JobId", GUID)], {200: "Cleanup"}, refused=(404,)
            )
        },
        "/fleet": {"get": _call("get_fleet", "How everybody's sync is doing", [], {200: "Fleet"})},
        "/health": {"get": _open_call("health", "Whether the app can work", {200: "Health", 503: "Health"})},
        "/openapi.json": {"get": _open_call("openapi", "This document", {200: None})},
    }


_SLOT: Schema = {"type": "string", "description": "The original start in UTC, ending in Z; a date for all-day series."}


def _parameter(name: str, schema: Schema) -> dict[str, Any]:
    return {"name": name, "required": True, "schema": schema}


def _in_path(name: str, schema: Schema) -> dict[str, Any]:
    return {**_parameter(name, schema), "in": "path"}


def _call(
    name: str,
    summary: str,
    parameters: list[dict[str, Any]],
    answers: Mapping[int, str | None],
    body: str | None = None,
    *,
    refused: tuple[int, ...] = (),
) -> Call:
    call = {**_open_call(name, summary, answers), "parameters": parameters}
    for status in (400, 401, 503, *refused):
        call["responses"][str(status)] = {"$ref": f"#/components/responses/{status}"}
    if body is not None:
        call["requestBody"] = {"required": True, "content": {"application/json": {"schema": ref(body)}}}
    del call["security"]
    return call


def _open_call(name: str, summary: str, answers: Mapping[int, str | None]) -> Call:
    return {
        "operationId": name,
        "summary": summary,
        "security": [],
        "responses": {str(status): _answer(status, schema) for status, schema in answers.items()},
    }


_WORDS = {200: "Done.", 201: "Made.", 202: "Taken.", 204: "Done.", 503: "Not well."}


def _answer(status: int, schema: str | None) -> dict[str, Any]:
    headers = {"x-correlation-id": {"schema": {"type": "string"}}}
    content = {} if schema is None else {"content": {"application/json": {"schema": ref(schema)}}}
    return {"description": _WORDS[status], "headers": headers, **content}


def _responses() -> dict[str, Any]:
    words = {
        400: "The request cannot be used as it is; `errors` name the fields.",
        404: "There is no such thing.",
        409: "Not possible as things stand.",
        413: "The body is too large.",
        503: "Settings, storage or the vault cannot be used now; after `Retry-After` the same may be sent again.",
    }
    content = {"application/problem+json": {"schema": ref("Problem")}}
    # The platform answers 401 itself, without a body.
    return {
        "401": {"description": "No key, or a wrong one."},
        **{str(status): {"description": said, "content": content} for status, said in words.items()},
    }
