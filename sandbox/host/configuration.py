"""host.json and the app settings, read as a real host reads them."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from sandbox.host.worker.functions import AppRefused

PLACEHOLDER = re.compile(r"%([^%]+)%")
OVERRIDE = "AzureFunctionsJobHost__"
DEFAULT_BODY_LIMIT = 100 * 1024 * 1024
TIMESPAN = re.compile(r"(?:(?P<d>\d+)\.)?(?P<h>\d{1,2}):(?P<m>\d{2}):(?P<s>\d{2}(?:\.\d{1,7})?)")


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueOptions:
    """host.json, extensions.queues; the defaults are those of the extension's source."""

    batch_size: int
    new_batch_threshold: int
    max_dequeue_count: int
    visibility_timeout: timedelta
    max_polling_interval: timedelta
    base64: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HostOptions:
    """What host.json and the settings say about the host itself."""

    route_prefix: str
    max_outstanding_requests: int
    max_concurrent_requests: int
    body_limit: int
    function_timeout: timedelta | None
    queues: QueueOptions


def load_settings(path: Path | None) -> None:
    """Put the values of a local.settings.json into the environment, and what the platform sets by itself."""
    environment = os.environ  # noqa: TID251 - the host is what gives an app its environment
    if path is not None:
        content = json.loads(path.read_text(encoding="utf-8"))
        environment.update({name: str(value) for name, value in content["Values"].items()})
    environment.setdefault("FUNCTIONS_WORKER_RUNTIME", "python")
    # Measured: with the library's own default a 2-core machine runs six sync functions at once; Azure's guide says to
    # choose a number, and deployments of this app choose this one.
    environment.setdefault("PYTHON_THREADPOOL_THREAD_COUNT", "24")


def settings() -> Mapping[str, str]:
    """Return the app settings: all of them are environment variables."""
    return os.environ  # noqa: TID251 - the host is what gives an app its environment


def resolver(values: Mapping[str, str]) -> Callable[[str], str]:
    """Return a function that fills in every %NAME% of a text, and refuses a name that has no value."""

    def resolve(text: str) -> str:
        def value(match: re.Match[str]) -> str:
            if match[1] not in values:
                raise AppRefused(f"%{match[1]}% does not resolve to a value: the setting {match[1]} is missing")
            return values[match[1]]

        return PLACEHOLDER.sub(value, text)

    return resolve


def is_disabled(values: Mapping[str, str]) -> Callable[[str], bool]:
    """Return a function that says whether AzureWebJobs.NAME.Disabled switches a function off.

    Source: Microsoft docs, functions/disable-function; on Linux the dots may be written as underscores.
    """

    def disabled(name: str) -> bool:
        spellings = (f"AzureWebJobs.{name}.Disabled", f"AzureWebJobs_{name}_Disabled")
        return any(values.get(spelling, "").lower() in ("true", "1") for spelling in spellings)

    return disabled


def read_host_options(app: Path, values: Mapping[str, str]) -> HostOptions:
    """Read host.json, with the overrides that the settings make (AzureFunctionsJobHost__a__b = value)."""
    path = app / "host.json"
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {"version": "2.0"}
    if content.get("version") != "2.0":
        raise AppRefused(f'{path}: "version" must be "2.0"')
    for name, value in values.items():
        if name.startswith(OVERRIDE):
            _override(content, name.removeprefix(OVERRIDE).split("__"), value)
    http = _section(content, "extensions", "http")
    timeout = content.get("functionTimeout", "00:30:00")
    return HostOptions(
        route_prefix=str(http.get("routePrefix", "api")).strip("/"),
        max_outstanding_requests=int(http.get("maxOutstandingRequests", -1)),
        max_concurrent_requests=int(http.get("maxConcurrentRequests", -1)),
        body_limit=int(values.get("FUNCTIONS_REQUEST_BODY_SIZE_LIMIT", DEFAULT_BODY_LIMIT)),
        function_timeout=None if timeout == "-1" else timespan(timeout),
        queues=_queue_options(_section(content, "extensions", "queues")),
    )


def _queue_options(section: Mapping[str, Any]) -> QueueOptions:
    batch_size = int(section.get("batchSize", 16))
    encoding = str(section.get("messageEncoding", "base64")).lower()
    if not 1 <= batch_size <= 32 or encoding not in ("base64", "none"):
        raise AppRefused('host.json, queues: batchSize is 1 to 32, messageEncoding "none" or "base64"')
    return QueueOptions(
        batch_size=batch_size,
        new_batch_threshold=int(section.get("newBatchThreshold", batch_size // 2)),
        max_dequeue_count=int(section.get("maxDequeueCount", 5)),
        visibility_timeout=timespan(str(section.get("visibilityTimeout", "00:00:00"))),
        max_polling_interval=max(timespan(str(section.get("maxPollingInterval", "00:01:00"))), timedelta(seconds=0.1)),
        base64=encoding == "base64",
    )


def timespan(text: str) -> timedelta:
    """Read a .NET time span: hh:mm:ss, with days before it and fractions behind if need be."""
    match = TIMESPAN.fullmatch(text)
    if match is None:
        raise AppRefused(f"host.json: {text!r} is no time span; write hh:mm:ss")
    return timedelta(
        days=int(match["d"] or 0), hours=int(match["h"]), minutes=int(match["m"]), seconds=float(match["s"])
    )


def _section(content: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    for name in names:
        content = content.get(name, {})
    return content


def _override(content: dict[str, Any], path: list[str], value: str) -> None:
    """Set one value; .NET compares configuration names without case, so an existing spelling is kept."""
    for name in path[:-1]:
        content = content.setdefault(_spelling(content, name), {})
    content[_spelling(content, path[-1])] = value


def _spelling(content: Mapping[str, Any], name: str) -> str:
    return next((known for known in content if known.lower() == name.lower()), name)
