"""The shapes of bodies, in JSON Schema 2020-12; names and values come from the code that reads and writes them."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from functions.cleanup.wire import CONFIRMATION
from functions.connection.wire import MOST_CATEGORIES
from functions.requests_in import LARGEST_BODY
from shared_code.adapters.salesexec.field_rules import BodyType
from shared_code.domain.appointments import ShowAs, Status
from shared_code.domain.cleanups import CleanupState, Side
from shared_code.domain.connections import ConnectionState, HeldDecision
from shared_code.domain.fields import Field
from shared_code.domain.ownership import LeftReason
from shared_code.domain.preferences import ConflictWinner, Direction, ImportDetail, Meetings, PrivateEvents
from shared_code.domain.receipts import ENTRIES_KEPT, Outcome, Towards
from shared_code.use_cases.moving import PreviousRep

type Schema = dict[str, Any]

NOT_ANSWERED = (Outcome.REJECTED, Outcome.FORGOTTEN, Outcome.HELD)
"""Outcomes that only receipts have."""

GUID: Schema = {"type": "string", "format": "uuid"}
INSTANT: Schema = {"type": "string", "format": "date-time", "description": "UTC, whole seconds, ending in Z."}
TEXT: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer", "minimum": 0}
TRUTH: Schema = {"type": "boolean"}


def ref(name: str) -> Schema:
    """Return a reference to a schema of the document."""
    return {"$ref": f"#/components/schemas/{name}"}


def _nullable(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _list(items: Schema, **more: Any) -> Schema:
    return {"type": "array", "items": items, **more}


def _choice(kind: type[StrEnum] | Iterable[StrEnum], **more: Any) -> Schema:
    return {"type": "string", "enum": [each.value for each in kind], **more}


def _object(properties: Mapping[str, Schema], required: Iterable[str] = (), **more: Any) -> Schema:
    return {"type": "object", "properties": dict(properties), "required": list(required), **more}


def _all_of(properties: Mapping[str, Schema]) -> Schema:
    return _object(properties, properties)


def _said(text: str, **schema: Any) -> Schema:
    return {**schema, "description": text}


def schemas() -> dict[str, Schema]:
    """Return every schema by its name."""
    return {**_pushes(), **_connections(), **_operation()}


_WHEN = "RFC 3339 with an offset or Z; wall time when TimeZone is given; a date when IsAllDay."


def appointment_fields() -> dict[str, Schema]:
    """Return the fields of a push."""
    return {
        "UserGuid": _said("Whose calendar.", **GUID),
        "LeadGuid": _nullable(GUID),
        "LeadUrl": _nullable(_said("On a host of ALLOWED_LINK_HOSTS; else made from LeadGuid.", type="string")),
        "Subject": {"type": "string", "minLength": 1, "maxLength": 255},
        "Body": _said("At most 65,536 bytes of UTF-8.", type="string", default=""),
        "BodyType": _choice(BodyType, default=BodyType.TEXT.value),
        "Start": _said(_WHEN, type="string"),
        "End": _said(f"{_WHEN} All-day: the day after the last.", type="string"),
        "TimeZone": _nullable(_said("IANA or Windows name; required with Recurrence unless all-day.", type="string")),
        "IsAllDay": {**TRUTH, "default": False},
        "Recurrence": _list(TEXT, default=[], description="RFC 5545 lines: one RRULE, any EXDATE; [] = single."),
        "Location": {"type": "string", "maxLength": 255, "default": ""},
        "ShowAs": _choice(ShowAs, default=ShowAs.BUSY.value),
        "IsPrivate": {**TRUTH, "default": False},
        "ReminderMinutes": _nullable(_said("null: none; absent: the mailbox's default.", type="integer", minimum=0)),
        "Status": _choice(Status, default=Status.PENDING.value, description="Canceled removes."),
        "ModifiedUtc": _said("When SalesExec last changed it; orders pushes.", type="string", format="date-time"),
    }


_REQUIRED = ("UserGuid", "Subject", "Start", "End", "ModifiedUtc")


def _pushes() -> dict[str, Schema]:
    fields = appointment_fields()
    answered = [each for each in Outcome if each not in NOT_ANSWERED]
    previous = [each for each in PreviousRep if each is not PreviousRep.BACK_AGAIN]
    return {
        "Appointment": _object(fields, _REQUIRED, description=f"At most {LARGEST_BODY} bytes; others are ignored."),
        "Occurrence": _object({name: each for name, each in fields.items() if name != "Recurrence"}, _REQUIRED),
        "PushAnswer": _all_of(
            {
                "Outcome": _choice(answered),
                "AppointmentGuid": GUID,
                "EventId": _nullable(TEXT),
                "WebLink": _nullable(TEXT),
                "Conflicts": _nullable(_list(ref("Conflict"))),
                "Reason": _nullable(TEXT),
                "PreviousRep": _nullable(_choice(previous)),
                "ReceiptUrl": TEXT,
            }
        ),
        "Conflict": _all_of({"EventId": TEXT, "Subject": _nullable(TEXT), "Start": TEXT, "End": TEXT}),
        "Receipt": _all_of(
            {
                "AppointmentGuid": GUID,
                "Summary": TEXT,
                "EventId": _nullable(TEXT),
                "UserGuid": GUID,
                "Entries": _list(ref("ReceiptEntry"), maxItems=ENTRIES_KEPT),
            }
        ),
        "ReceiptEntry": _all_of(
            {
                "AtUtc": INSTANT,
                "Direction": _choice(Towards),
                "Outcome": _choice(Outcome),
                "Fields": _list(_choice(Field)),
                "Why": TEXT,
                "CorrelationId": TEXT,
            }
        ),
    }


def _connections() -> dict[str, Schema]:
    days = {"type": "integer", "minimum": 0}
    return {
        "LinkRequest": _object(
            {
                "Page": {"type": "string", "enum": ["connect", "settings"]},
                "ReturnUrl": _nullable(TEXT),
                "Mailbox": _nullable(TEXT),
                "DisplayName": _nullable(TEXT),
            },
            ["Page"],
        ),
        "Link": _all_of({"Url": TEXT, "ExpiresUtc": INSTANT}),
        "Connection": _all_of(
            {
                "UserGuid": GUID,
                "State": _choice(ConnectionState),
                "Mailbox": _nullable(TEXT),
                "ConnectedUtc": _nullable(INSTANT),
                "LastPollUtc": _nullable(INSTANT),
                "LastPushUtc": _nullable(INSTANT),
                "LastError": _nullable(ref("LastError")),
                "Preferences": ref("Preferences"),
                "HeldDeletes": COUNT,
            }
        ),
        "LastError": _all_of({"Code": TEXT, "Message": TEXT, "AtUtc": INSTANT}),
        "ConnectionChange": _object({"Enabled": TRUTH, "Preferences": ref("Preferences")}, minProperties=1),
        "Preferences": _object(
            {
                "Direction": _choice(Direction),
                "PrivateEvents": _choice(PrivateEvents),
                "ImportDetail": _choice(ImportDetail),
                "ImportAllDay": TRUTH,
                "ImportFree": TRUTH,
                "OnlyCategories": _list(TEXT, maxItems=MOST_CATEGORIES),
                "ConflictWinner": _choice(ConflictWinner),
                "WindowPastDays": {**days, "maximum": 90},
                "WindowFutureDays": {**days, "minimum": 1, "maximum": 365},
                "TimeZone": _nullable(TEXT),
                "LeadLink": TRUTH,
                "Meetings": _choice(Meetings),
            },
            additionalProperties=False,
        ),
        "SyncQueued": _all_of({"UserGuid": GUID, "Queued": TRUTH}),
        "HeldDecision": _all_of({"Decision": _choice(HeldDecision)}),
        "HeldDecisionTaken": _all_of({"UserGuid": GUID, "Decision": _choice(HeldDecision)}),
    }


def _operation() -> dict[str, Schema]:
    lag = _all_of({"p50": _nullable({"type": "number"}), "p95": _nullable({"type": "number"})})
    states = [each for each in ConnectionState if each is not ConnectionState.NOT_CONNECTED]
    needy = {"UserGuid": GUID, "Mailbox": TEXT, "State": _choice(ConnectionState), "Why": TEXT}
    alarm = {"Code": TEXT, "Message": TEXT, "FirstUtc": INSTANT, "LastUtc": INSTANT, "Count": COUNT}
    left = {"EventId": _nullable(TEXT), "Reason": _choice(LeftReason)}
    return {
        "CleanupRequest": _object(
            {
                "UserGuid": GUID,
                "AllUsers": {**TRUTH, "default": False},
                "Confirm": _said("Required with AllUsers.", const=CONFIRMATION),
                "Sides": _list(_choice(Side), minItems=1, default=[Side.OUTLOOK.value]),
                "DryRun": {**TRUTH, "default": False},
            }
        ),
        "CleanupCount": _all_of({side.value: COUNT for side in Side}),
        "Cleanup": _object(
            {
                "JobId": GUID,
                "State": _choice(CleanupState),
                "Found": COUNT,
                "Removed": COUNT,
                "Left": _list(_all_of(left)),
                "StartedUtc": INSTANT,
                "FinishedUtc": _nullable(INSTANT),
                "DryRun": TRUTH,
                "Blocked": _list(_all_of({"UserGuid": GUID, "Reason": TEXT, "Cure": TEXT})),
                **{side.value: COUNT for side in Side},
            },
            ["JobId", "State", "Found", "Removed", "Left", "StartedUtc", "FinishedUtc", "DryRun"],
        ),
        "Fleet": _all_of(
            {
                "States": _all_of({state.value: COUNT for state in states}),
                "PushLagSeconds": lag,
                "PollLagSeconds": lag,
                "NeedAPerson": _list(_all_of(needy)),
                "Alarms": _list(_all_of(alarm)),
            }
        ),
        "Health": _all_of(
            {
                "Status": {"type": "string", "enum": ["Healthy", "Unhealthy"]},
                "Checks": {"type": "object", "additionalProperties": TEXT},
            }
        ),
        "Problem": _object(
            {
                "type": TEXT,
                "title": TEXT,
                "status": {"type": "integer"},
                "detail": TEXT,
                "correlationId": TEXT,
                "errors": _list(_all_of({"pointer": TEXT, "detail": TEXT})),
            },
            ["type", "title", "status", "detail", "correlationId"],
            description="RFC 9457.",
        ),
    }
