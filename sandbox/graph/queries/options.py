"""The query options of a request: how much, which properties, which events, in which order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote, unquote_plus

from sandbox.graph.errors import GraphError, bad_request, not_simulated, not_supported
from sandbox.graph.mailbox.properties import extension_name, property_id
from sandbox.graph.queries.filters import named_ids

DEFAULT_TOP = 10
HIGHEST_TOP = 1000
EXPANDABLE_ELSEWHERE = {"attachments", "instances", "calendar", "multivalueextendedproperties"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Expansion:
    """Which hidden properties an answer shows; None shows none."""

    extensions: tuple[str, ...] | None = None
    extended_properties: tuple[str, ...] | None = None
    # Of a series master: its exceptions, with the properties named in the expansion or else in the request.
    exceptions: bool = False
    exceptions_select: str = ""


def query_of(raw: str, *, plus_is_space: bool) -> dict[str, str]:
    """Read a query string; option names count in any case, the last of two equal ones wins."""
    decode = unquote_plus if plus_is_space else unquote
    query: dict[str, str] = {}
    for part in raw.split("&"):
        name, equals, value = part.partition("=")
        if equals:
            query[unquote(name).lower()] = decode(value)
    return query


def top_of(query: Mapping[str, str], *, refuse_above: bool) -> int:
    """Return the page size asked for.

    Source: Microsoft docs, api/user-list-messages (1 to 1000, default 10, said of messages); developer report
    microsoft-graph-docs#12653 (calendarView took a million without an error).
    """
    if "$top" not in query:
        return DEFAULT_TOP
    if not query["$top"].isdigit() or int(query["$top"]) < 1:
        raise bad_request(f"Invalid value '{query['$top']}' for $top query option found. It must be above zero.")
    top = int(query["$top"])
    if top > HIGHEST_TOP and refuse_above:
        words = f"The limit of '{HIGHEST_TOP}' for Top query has been exceeded. The value from the request is '{top}'."
        raise GraphError(400, "ErrorInvalidUrlQuery", words)
    return min(top, HIGHEST_TOP)


def select_of(query: Mapping[str, str], known: Mapping[str, str], kind: str) -> tuple[str, ...] | None:
    """Return the properties asked for in their own spelling; `known` has them by lower-case name."""
    if not query.get("$select", "").strip():
        return None
    names = []
    for wanted in (name.strip() for name in query["$select"].split(",")):
        if wanted.lower() not in known:
            raise unknown_option(wanted, kind)
        names.append(known[wanted.lower()])
    return tuple(names)


def unknown_option(name: str, kind: str) -> GraphError:
    """Return the refusal of a property that a type has not."""
    return bad_request(
        f"Parsing OData Select and Expand failed: Could not find a property named '{name}' on type '{kind}'."
    )


def expansion_of(query: Mapping[str, str]) -> Expansion:
    """Return which open extensions and extended properties an `$expand` asks for.

    Source: Microsoft docs, api/opentypeextension-get, api/singlevaluelegacyextendedproperty-get.
    """
    extensions: tuple[str, ...] | None = None
    properties: tuple[str, ...] | None = None
    exceptions, exceptions_select = False, ""
    for item in _items(query.get("$expand", "")):
        name, _, rest = item.partition("(")
        match name.strip().lower():
            case "extensions":
                extensions = tuple(extension_name(one).lower() for one in _ids(rest, _unfiltered_extensions()))
            case "singlevalueextendedproperties":
                properties = tuple(property_id(one) for one in _ids(rest, not_supported()))
            case "exceptionoccurrences":
                exceptions, exceptions_select = True, _inner_select(rest)
            case other if other in EXPANDABLE_ELSEWHERE:
                raise not_simulated(f"how to expand {name.strip()}")
            case _:
                raise unknown_option(name.strip(), "microsoft.graph.event")
    return Expansion(
        extensions=extensions,
        extended_properties=properties,
        exceptions=exceptions,
        exceptions_select=exceptions_select,
    )


def _unfiltered_extensions() -> GraphError:
    # Quirk: developer report msgraph-sdk-dotnet#1540: without a filter it works for seconds, then fails so.
    return GraphError(500, "UnknownError", "Error while processing response.")


def _inner_select(rest: str) -> str:
    """Return the `$select` inside of an expansion's brackets; other options inside count for nothing."""
    for option in rest.strip().removesuffix(")").split(";"):
        name, _, value = option.partition("=")
        if name.strip().lower() == "$select":
            return value.strip()
    return ""


def _ids(rest: str, otherwise: GraphError) -> list[str]:
    inner = rest.strip().removesuffix(")").strip()
    option, _, text = inner.partition("=")
    ids = named_ids(text) if option.strip().lower() in ("$filter", "filter") and text.strip() else []
    if not ids:
        raise otherwise
    return ids


def _items(text: str) -> list[str]:
    """Split at the commas outside of brackets and quotes."""
    items, depth, quoted, current = [], 0, False, ""
    for character in text:
        if character == "'":
            quoted = not quoted
        elif not quoted:
            depth += (character == "(") - (character == ")")
        if character == "," and not depth and not quoted:
            items.append(current)
            current = ""
        else:
            current += character
    return [item for item in (*items, current) if item.strip()]
