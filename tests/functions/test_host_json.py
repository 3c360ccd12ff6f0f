"""host.json says what docs/host-json.md explains, and the local host can read it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from sandbox.host.configuration import read_host_options
from sandbox.running.host_process import REPOSITORY

CONTENT: dict[str, Any] = json.loads((REPOSITORY / "host.json").read_text(encoding="utf-8"))


def leaves(content: dict[str, Any], path: str = "") -> Iterator[tuple[str, object]]:
    for name, value in content.items():
        inside = f"{path}.{name}" if path else name
        if isinstance(value, dict):
            yield from leaves(value, inside)
        else:
            yield inside, value


def test_every_value_has_its_reason_in_the_docs() -> None:
    reasons = (REPOSITORY / "docs" / "host-json.md").read_text(encoding="utf-8")
    explained_together = ("version", "extensionBundle.id")

    for path, value in leaves(CONTENT):
        if path in explained_together or path.startswith("logging.applicationInsights"):
            continue
        name = path.split(".")[-1] if path.startswith("extensions.queues") else path.removesuffix(".version")
        assert name in reasons, path
        assert f"`{value}`" in reasons, path


def test_the_local_host_reads_what_azure_reads() -> None:
    options = read_host_options(REPOSITORY, {})

    assert options.route_prefix == "api"
    assert options.function_timeout == timedelta(minutes=5)
    assert options.queues.max_dequeue_count == 5
    assert not options.queues.base64


def test_a_setting_overrides_a_value_of_host_json() -> None:
    options = read_host_options(REPOSITORY, {"AzureFunctionsJobHost__Extensions__queues__BatchSize": "3"})

    assert options.queues.batch_size == 3
