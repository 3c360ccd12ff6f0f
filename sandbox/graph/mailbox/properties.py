"""Open extensions and single-value extended properties: names, values, and what Exchange refuses of them."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import Any

from sandbox.graph.errors import GraphError, invalid_request, property_validation, unreadable_body

EXTENSION_TYPE = "microsoft.graph.openTypeExtension"
OLD_EXTENSION_TYPE = "Microsoft.OutlookServices.OpenTypeExtension"
PREFIXES = (f"{EXTENSION_TYPE}.", f"{OLD_EXTENSION_TYPE}.")
RESERVED = {"id", "extensionname"}
PRIMITIVES = (str, int, float, bool, type(None))

PROPERTY_ID = re.compile(
    r"(String|Integer|Boolean|Binary|Currency|Double|Float|Short|Long|Guid|ApplicationTime|CLSID|SystemTime)\s+"
    r"(?:\{([0-9a-fA-F-]{36})\}\s+(Name|Id)\s+(.+)|(0x[0-9a-fA-F]{1,8}))",
    re.IGNORECASE,
)
VALUE_CHECKS = {
    "integer": re.compile(r"[+-]?\d+"),
    "long": re.compile(r"[+-]?\d+"),
    "short": re.compile(r"[+-]?\d+"),
    "boolean": re.compile(r"true|false|0|1", re.IGNORECASE),
    "double": re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?"),
    "float": re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?"),
}


def extension_name(name_or_id: str) -> str:
    """Return the bare name of an extension that may be named with either of its two type prefixes.

    Source: Microsoft docs, api/opentypeextension-get and -post.
    """
    for prefix in PREFIXES:
        if name_or_id.lower().startswith(prefix.lower()):
            return name_or_id[len(prefix) :]
    return name_or_id


def find_extension(extensions: Mapping[str, dict[str, Any]], name_or_id: str) -> str | None:
    """Return the stored name of an extension; names differ by more than case."""
    wanted = extension_name(name_or_id).lower()
    return next((name for name in extensions if name.lower() == wanted), None)


def read_extension(given: Any) -> tuple[str, dict[str, Any]]:
    """Read an open extension of a body: its name and its values.

    Source: Microsoft docs, api/opentypeextension-post-opentypeextension: `@odata.type` and `extensionName` are
    required, values are primitives or arrays of primitives.
    """
    if not isinstance(given, dict):
        raise unreadable_body("An open extension must be a JSON object.")
    kind = given.get("@odata.type")
    name = given.get("extensionName")
    if not isinstance(kind, str) or kind.lstrip("#").lower() not in {
        EXTENSION_TYPE.lower(),
        OLD_EXTENSION_TYPE.lower(),
    }:
        raise unreadable_body("An open extension must have '@odata.type' set to 'microsoft.graph.openTypeExtension'.")
    if not isinstance(name, str) or not name.strip():
        raise unreadable_body("An open extension must have the property 'extensionName'.")
    values = {key: value for key, value in given.items() if "@" not in key and key.lower() not in RESERVED}
    for key, value in values.items():
        members = value if isinstance(value, list) else [value]
        if not all(isinstance(member, PRIMITIVES) for member in members):
            raise unreadable_body(f"The value of '{key}' must be a primitive or an array of primitives.")
    return name, values


def written_extension(name: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return an open extension as answers hold it, arrays annotated."""
    written: dict[str, Any] = {
        "@odata.type": f"#{EXTENSION_TYPE}",
        "id": f"{EXTENSION_TYPE}.{name}",
        "extensionName": name,
    }
    for key, value in values.items():
        if isinstance(value, list):
            written[f"{key}@odata.type"] = f"#Collection({_type_of_members(value)})"
        written[key] = value
    return written


def _type_of_members(values: list[Any]) -> str:
    if values and all(isinstance(value, bool) for value in values):
        return "Boolean"
    if values and all(isinstance(value, int) for value in values):
        return "Int64"
    if values and all(isinstance(value, int | float) for value in values):
        return "Double"
    return "String"


def property_id(text: str) -> str:
    """Return an extended property's id in one spelling; the name part keeps its case, for it counts.

    Source: an integrator's live test (the name is case-sensitive); Microsoft docs,
    resources/extended-properties-overview (the form).
    """
    match = PROPERTY_ID.fullmatch(text.strip())
    if match is None:
        raise invalid_request(f"The extended property id '{text}' is not valid.")
    kind, guid, how, name, tag = match.groups()
    if tag:
        return f"{kind.capitalize()} {tag.lower()}"
    try:
        namespace = uuid.UUID(guid)
    except ValueError:
        raise invalid_request(f"The extended property id '{text}' is not valid.") from None
    return f"{kind.capitalize()} {{{namespace}}} {how.capitalize()} {name}"


def read_extended_properties(given: Any) -> dict[str, str]:
    """Read `singleValueExtendedProperties` of a body: values by id."""
    if not isinstance(given, list):
        raise unreadable_body("The property 'singleValueExtendedProperties' must be a collection.")
    values: dict[str, str] = {}
    for one in given:
        if not isinstance(one, dict) or not isinstance(one.get("id"), str) or not isinstance(one.get("value"), str):
            raise unreadable_body("An extended property must have the text properties 'id' and 'value'.")
        key = property_id(one["id"])
        check = VALUE_CHECKS.get(key.partition(" ")[0].lower())
        if check is not None and check.fullmatch(one["value"]) is None:
            raise property_validation()
        values[key] = one["value"]
    return values


def extension_exists() -> GraphError:
    """Return the refusal of a second extension of the same name on one item."""
    return GraphError(409, "NameAlreadyExists", "An extension already exists with given id.")
