"""What `$filter` and `$orderby` mean for events, and what Exchange will not filter by."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from sandbox.graph.errors import GraphError, bad_request, internal_error, invalid_property
from sandbox.graph.mailbox.items import Event
from sandbox.graph.mailbox.properties import find_extension, property_id
from sandbox.graph.queries.odata import AnyMember, Comparison, Expression, Joined, Literal, Not, parse
from sandbox.graph.wire.zones import read_instant

type Test = Callable[[Event], bool]

TEXTS: dict[str, Callable[[Event], str]] = {
    "subject": lambda event: event.subject,
    "importance": lambda event: event.importance,
    "sensitivity": lambda event: event.sensitivity,
    "showas": lambda event: event.show_as,
    "type": lambda event: event.kind,
    "icaluid": lambda event: event.ical_uid,
    "location/displayname": lambda event: str(event.location.get("displayName", "")),
    "organizer/emailaddress/address": lambda event: event.organizer.address,
    "organizer/emailaddress/name": lambda event: event.organizer.name,
}
FLAGS: dict[str, Callable[[Event], bool]] = {
    "isallday": lambda event: event.is_all_day,
    "iscancelled": lambda event: event.is_cancelled,
    "isorganizer": lambda event: event.is_organizer,
    "isreminderon": lambda event: event.is_reminder_on,
    "isonlinemeeting": lambda event: event.is_online_meeting,
}
INSTANTS: dict[str, Callable[[Event], datetime]] = {
    "start/datetime": lambda event: event.starts_at,
    "end/datetime": lambda event: event.ends_at,
    "createddatetime": lambda event: event.created_at,
    "lastmodifieddatetime": lambda event: event.modified_at,
}
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
    "startswith": lambda text, start: str(text).startswith(str(start)),
    "endswith": lambda text, end: str(text).endswith(str(end)),
    "contains": lambda text, part: str(part) in str(text),
}
# Properties an event has and Exchange does not filter by.
# Source: developer report microsoft-graph-docs-contrib#6058 ("The property 'Id' does not support filtering.").
UNFILTERABLE = {"id": "Id", "transactionid": "TransactionId", "changekey": "ChangeKey", "body/content": "Body"}
HIDDEN = ("extensions", "singlevalueextendedproperties")


def event_test(text: str, *, in_view: bool) -> Test:
    """Return what a `$filter` asks of each event, or refuse it."""
    expression = parse(text)
    if in_view and _asks_hidden(expression):
        # Quirk: developer report msgraph-sdk-dotnet#2375: such a filter on calendarView breaks Exchange.
        raise internal_error()
    return _test(expression)


def ordered(events: Iterable[Event], order_by: str) -> list[Event]:
    """Return events in the order of an `$orderby`, or refuse it."""
    result = list(events)
    for clause in reversed(order_by.split(",")):
        path, _, direction = clause.strip().partition(" ")
        # Any: texts and instants both sort, each among their own.
        key: Callable[[Event], Any] | None = INSTANTS.get(path.lower()) or TEXTS.get(path.lower())
        if key is None or direction.strip().lower() not in ("", "asc", "desc"):
            raise invalid_property(f"The property '{path}' does not support sorting.")
        result.sort(key=key, reverse=direction.strip().lower() == "desc")
    return result


def named_ids(text: str) -> list[str]:
    """Return the ids of a filter that is nothing but `id eq '…'`, once or joined by `or`; empty when it is more."""
    expression = parse(text)
    members = expression.members if isinstance(expression, Joined) and expression.word == "or" else (expression,)
    ids: list[str] = []
    for member in members:
        if not isinstance(member, Comparison) or member.path.lower() != "id" or member.operator != "eq":
            return []
        ids.append(member.value.text)
    return ids


def _asks_hidden(expression: Expression) -> bool:
    match expression:
        case AnyMember():
            return expression.path.lower() in HIDDEN
        case Joined():
            return any(_asks_hidden(member) for member in expression.members)
        case Not():
            return _asks_hidden(expression.inner)
        case Comparison():
            return False


def _test(expression: Expression) -> Test:
    match expression:
        case Joined(word, members):
            tests = [_test(member) for member in members]
            join = all if word == "and" else any
            return lambda event: join(test(event) for test in tests)
        case Not(inner):
            test = _test(inner)
            return lambda event: not test(event)
        case AnyMember():
            return _any_test(expression)
        case Comparison():
            return _comparison_test(expression)


def _comparison_test(comparison: Comparison) -> Test:
    path, compare = comparison.path.lower(), COMPARE[comparison.operator]
    if path in UNFILTERABLE:
        raise invalid_property(f"The property '{UNFILTERABLE[path]}' does not support filtering.")
    if path in TEXTS:
        text, wanted = TEXTS[path], comparison.value.text.lower()
        return lambda event: compare(text(event).lower(), wanted)
    if path in FLAGS:
        flag, truth = FLAGS[path], _truth(comparison.value)
        return lambda event: compare(flag(event), truth)
    if path in INSTANTS:
        instant, moment = INSTANTS[path], _instant(comparison.value)
        return lambda event: compare(instant(event), moment)
    raise bad_request(
        f"Invalid filter clause: Could not find a property named '{comparison.path}' on type 'microsoft.graph.event'."
    )


def _any_test(expression: AnyMember) -> Test:
    members = _members(expression)
    match expression.path.lower():
        case "categories" if (wanted := members.get("")) is not None:
            return lambda event: wanted.lower() in (category.lower() for category in event.categories)
        case "extensions" if set(members) == {"id"}:
            name = members["id"]
            return lambda event: find_extension(event.extensions, name) is not None
        case "singlevalueextendedproperties" if set(members) == {"id", "value"}:
            key, value = property_id(members["id"]), members["value"].lower()
            return lambda event: event.extended_properties.get(key, "\0").lower() == value
        case _:
            # Open extensions are filtered by their presence only, never by what they hold.
            # Source: Microsoft docs, api/opentypeextension-get; developer report microsoft-graph-docs#17209.
            raise GraphError(400, "ErrorInvalidUrlQueryFilter", "The query filter contains one or more invalid nodes.")


def _members(expression: AnyMember) -> dict[str, str]:
    """Return what each member must equal, by property; empty when the filter asks for anything else."""
    inner = expression.inner
    comparisons = inner.members if isinstance(inner, Joined) and inner.word == "and" else (inner,)
    wanted: dict[str, str] = {}
    for one in comparisons:
        if not isinstance(one, Comparison) or one.operator != "eq":
            return {}
        variable, _, path = one.path.partition("/")
        if variable != expression.variable:
            return {}
        wanted[path.lower()] = one.value.text
    return wanted


def _truth(value: Literal) -> bool:
    if value.quoted or value.text.lower() not in ("true", "false"):
        raise bad_request(f"Invalid filter clause: '{value.text}' is not a Boolean.")
    return value.text.lower() == "true"


def _instant(value: Literal) -> datetime:
    instant = read_instant(value.text)
    if instant is None:
        raise bad_request(f"Invalid filter clause: '{value.text}' is not a date and time.")
    return instant
