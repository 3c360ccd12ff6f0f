"""JSON as it is allowed in, whoever sends it: UTF-8, no constants that JSON does not have; and the places in it."""

import json


def strict_json(content: bytes) -> object:
    """Return what the JSON says; ValueError (of which UnicodeDecodeError is one) or RecursionError when it is none."""
    return json.loads(content.decode("utf-8-sig"), parse_constant=_refuse_constant)


def pointer_to(*place: str | int) -> str:
    """Return the JSON pointer to a place, given the names and numbers that lead there. Source: RFC 6901."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in place)


def _refuse_constant(name: str) -> object:
    message = f"{name} is no JSON number"
    raise ValueError(message)
