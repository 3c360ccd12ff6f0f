"""ASP.NET route templates: which function a path and method lead to, and with which route values."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import unquote

from sandbox.host.worker.functions import AppRefused, Function, HttpTrigger

PARAMETER = re.compile(
    r"\{(?P<star>\*{0,2})(?P<name>[^:=?*{}]+)(?P<constraints>(?::[a-z]+(?:\([^)]*\))?)*)(?:=(?P<default>[^?{}]*))?(?P<optional>\?)?\}"
)
CONSTRAINT = re.compile(r":(?P<kind>[a-z]+)(?:\((?P<arguments>[^)]*)\))?")


def _is_guid(value: str) -> bool:
    """Accept the forms that .NET's Guid.TryParse accepts and people write: with hyphens, bare, in braces."""
    try:
        uuid.UUID(value)
    except ValueError:
        return False
    return True


def _is_number(of: type[int] | type[float]) -> Callable[[str], bool]:
    def check(value: str) -> bool:
        try:
            of(value)
        except ValueError:
            return False
        return not value.isspace() and "_" not in value

    return check


# Source: Microsoft docs, aspnet/core/fundamentals/routing, "Route constraints".
CONSTRAINTS: dict[str, Callable[[str, str], bool]] = {
    "guid": lambda value, _: _is_guid(value),
    "int": lambda value, _: _is_number(int)(value) and -(2**31) <= int(value) < 2**31,
    "long": lambda value, _: _is_number(int)(value) and -(2**63) <= int(value) < 2**63,
    "double": lambda value, _: _is_number(float)(value),
    "float": lambda value, _: _is_number(float)(value),
    "decimal": lambda value, _: _is_number(float)(value),
    "bool": lambda value, _: value.lower() in ("true", "false"),
    "alpha": lambda value, _: re.fullmatch("[a-zA-Z]*", value) is not None,
    "minlength": lambda value, least: len(value) >= int(least),
    "maxlength": lambda value, most: len(value) <= int(most),
    "length": lambda value, wanted: _between(len(value), wanted),
    "min": lambda value, least: _is_number(int)(value) and int(value) >= int(least),
    "max": lambda value, most: _is_number(int)(value) and int(value) <= int(most),
    "range": lambda value, wanted: _is_number(int)(value) and _between(int(value), wanted),
    "regex": lambda value, pattern: re.search(pattern, value, re.IGNORECASE) is not None,
    "required": lambda value, _: bool(value),
}


def _between(number: int, wanted: str) -> bool:
    least, _, most = wanted.partition(",")
    return int(least) <= number <= int(most or least)


def _decoded(value: str) -> str:
    """Undo percent-encoding as ASP.NET does for paths: everything but an encoded slash."""
    return unquote(re.sub("%2f", "%252F", value, flags=re.IGNORECASE))


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """The function that a request leads to and the values from its path."""

    function: Function
    trigger: HttpTrigger
    values: dict[str, str]


class Template:
    """One route template, compiled."""

    def __init__(self, text: str) -> None:
        self._checks: list[tuple[str, str, str]] = []
        self._defaults: dict[str, str] = {}
        segments = [segment for segment in text.split("/") if segment]
        self._pattern = re.compile("".join(self._segment(segment) for segment in segments) + "/?", re.IGNORECASE)
        self.precedence = [self._rank(segment) for segment in segments]

    def _segment(self, segment: str) -> str:
        whole = PARAMETER.fullmatch(segment)
        if whole and (whole["star"] or whole["optional"] or whole["default"] is not None):
            return rf"(?:/{self._parameter(whole)})?"
        pieces, position = [], 0
        for match in PARAMETER.finditer(segment):
            pieces += [re.escape(segment[position : match.start()]), self._parameter(match)]
            position = match.end()
        return "/" + "".join([*pieces, re.escape(segment[position:])])

    def _parameter(self, match: re.Match[str]) -> str:
        name = match["name"]
        for constraint in CONSTRAINT.finditer(match["constraints"]):
            if constraint["kind"] not in CONSTRAINTS:
                raise AppRefused(f"the route constraint {constraint['kind']!r} is not known")
            self._checks.append((name, constraint["kind"], constraint["arguments"] or ""))
        if match["default"] is not None:
            self._defaults[name] = match["default"]
        return f"(?P<{name}>{'.*' if match['star'] else '[^/]+?'})"

    @staticmethod
    def _rank(segment: str) -> int:
        """Literals come before constrained parameters, those before plain ones, catch-alls last."""
        match = PARAMETER.search(segment)
        if match is None:
            return 1
        plain = 3 if match.end() - match.start() == len(segment) else 2
        return (5 if match["star"] else plain) - (1 if match["constraints"] else 0)

    def values(self, path: str) -> dict[str, str] | None:
        """Return the values of a path that matches, else None."""
        match = self._pattern.fullmatch(path)
        if match is None:
            return None
        found = {name: _decoded(value) for name, value in match.groupdict().items() if value is not None}
        for name, kind, arguments in self._checks:
            if name in found and not CONSTRAINTS[kind](found[name], arguments):
                return None
        return self._defaults | found


class Routes:
    """All HTTP functions of the app under the route prefix."""

    def __init__(self, functions: Iterable[Function], prefix: str) -> None:
        entries = [
            (Template(f"{prefix}/{function.trigger.route}"), function, function.trigger)
            for function in functions
            if isinstance(function.trigger, HttpTrigger)
        ]
        self._entries = sorted(entries, key=lambda entry: entry[0].precedence)

    def find(self, method: str, raw_path: str) -> Match | None:
        """Return where a request leads to; None for an unknown path and for a method that no function there takes.

        Quirk: the host answers 404, not 405, to the wrong method, and GET does not include HEAD.
        Source: azure-functions-host#10098 and #11625.
        """
        for template, function, trigger in self._entries:
            if trigger.methods and method not in trigger.methods:
                continue
            values = template.values(raw_path)
            if values is not None:
                return Match(function=function, trigger=trigger, values=values)
        return None
