"""The indexed functions as the host sees them, and the rules by which a real host refuses some of them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sandbox.host.worker.messages import RpcFunctionMetadata

# Source: azure-functions-host, Utility.IsValidFunctionName and the binding name rule of host 4.1038.
FUNCTION_NAME = re.compile(r"[a-z][a-z0-9_-]{0,127}", re.IGNORECASE)
PARAMETER_NAME = re.compile(r"(?!.*__)([a-zA-Z_][a-zA-Z0-9_]{0,127}|\$return)")
RESERVED_ROUTES = ("admin", "runtime")


class AuthLevel(StrEnum):
    """Who may call an HTTP function."""

    ANONYMOUS = "anonymous"
    FUNCTION = "function"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpTrigger:
    """Starts a function for a request; no methods means all of them."""

    route: str
    methods: tuple[str, ...]
    auth_level: AuthLevel


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerTrigger:
    """Starts a function by the clock."""

    schedule: str
    run_on_startup: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueTrigger:
    """Starts a function for each message of a queue; the connection is the name of a setting."""

    queue: str
    connection: str


Trigger = HttpTrigger | TimerTrigger | QueueTrigger


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """One function of the app: its name, what starts it, and the parameter that receives it."""

    id: str
    name: str
    parameter: str
    trigger: Trigger
    disabled: bool = False


class AppRefused(Exception):
    """The app cannot be hosted; the text names every function and setting at fault."""


def functions_of(
    metadata: Iterable[RpcFunctionMetadata],
    resolve: Callable[[str], str],
    disabled: Callable[[str], bool],
) -> list[Function]:
    """Return the app's functions with every %NAME% filled in, or refuse them all with one list of reasons."""
    found: list[Function] = []
    faults: list[str] = []
    for entry in metadata:
        try:
            found.append(_function(entry, resolve, disabled))
        except (AppRefused, LookupError) as fault:
            faults.append(f"{entry.name}: {fault.args[0]}")
    faults.extend(_conflicts(found))
    if faults:
        raise AppRefused("The host refuses this app:\n" + "\n".join(f"  - {fault}" for fault in faults))
    return found


def _function(entry: RpcFunctionMetadata, resolve: Callable[[str], str], disabled: Callable[[str], bool]) -> Function:
    if not FUNCTION_NAME.fullmatch(entry.name) or entry.name.lower() == "host":
        raise AppRefused("this is no function name that Azure accepts")
    bindings = [json.loads(raw) for raw in entry.raw_bindings]
    for binding in bindings:
        if not PARAMETER_NAME.fullmatch(binding["name"]):
            raise AppRefused(f"{binding['name']!r} is no parameter name that Azure accepts")
    triggers = [binding for binding in bindings if binding["type"].lower().endswith("trigger")]
    others = [binding for binding in bindings if binding not in triggers and binding["type"].lower() != "http"]
    if others:
        raise AppRefused(f"this host does not drive the binding {others[0]['type']!r}; it drives triggers only")
    return Function(
        id=entry.function_id,
        name=entry.name,
        parameter=triggers[0]["name"],
        trigger=_trigger(triggers[0], entry.name, resolve),
        disabled=disabled(entry.name),
    )


def _trigger(binding: dict[str, Any], function_name: str, resolve: Callable[[str], str]) -> Trigger:
    match binding["type"].lower():
        case "httptrigger":
            route = resolve(binding.get("route") or function_name).strip("/")
            if route.lower().startswith(RESERVED_ROUTES):
                raise AppRefused(f"the route {route!r} begins with a word that the platform keeps for itself")
            methods = tuple(sorted(str(method).upper() for method in binding.get("methods") or ()))
            level = AuthLevel(str(binding.get("authLevel", "function")).lower())
            return HttpTrigger(route=route, methods=methods, auth_level=level)
        case "timertrigger":
            return TimerTrigger(
                schedule=resolve(binding["schedule"]), run_on_startup=bool(binding.get("runOnStartup", False))
            )
        case "queuetrigger":
            return QueueTrigger(queue=resolve(binding["queueName"]), connection=resolve(binding["connection"]))
        case other:
            raise AppRefused(f"this host does not drive {other!r}; it drives HTTP, timer and queue triggers")


def _conflicts(functions: list[Function]) -> Iterable[str]:
    """Yield the route conflicts: the same route, without case, and a method in common.

    Source: azure-functions-host, ScriptHost.HttpRoutesConflict.
    """
    seen: list[tuple[Function, HttpTrigger]] = []
    for function in functions:
        if not isinstance(function.trigger, HttpTrigger):
            continue
        mine = function.trigger
        for other, theirs in seen:
            overlap = not mine.methods or not theirs.methods or set(mine.methods) & set(theirs.methods)
            if mine.route.lower() == theirs.route.lower() and overlap:
                yield f"{function.name}: its route conflicts with the route of {other.name}"
        seen.append((function, mine))
