"""A host for apps that a test writes itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.running.host_process import HostProcess

QUEUES = {
    "batchSize": 16,
    "maxDequeueCount": 5,
    "visibilityTimeout": "00:00:00",
    "maxPollingInterval": "00:00:00.1",
    "messageEncoding": "none",
}

Hosted = Callable[..., HostProcess]


@pytest.fixture(name="prepared")
def _prepared(tmp_path: Path) -> Iterator[Hosted]:
    """Write an app and return its host, not yet started."""
    hosts: list[HostProcess] = []

    def prepare(
        source: str,
        *,
        settings: dict[str, str] | None = None,
        host_json: dict[str, Any] | None = None,
        options: tuple[str, ...] = (),
    ) -> HostProcess:
        app = tmp_path / f"app{len(hosts)}"
        app.mkdir()
        (app / "function_app.py").write_text("import azure.functions as func\napp = func.FunctionApp()\n" + source)
        content = {"version": "2.0", "extensions": {"queues": QUEUES}} | (host_json or {})
        (app / "host.json").write_text(json.dumps(content))
        hosts.append(
            HostProcess(app=app, folder=tmp_path / f"host{len(hosts)}", settings=settings or {}, options=options)
        )
        return hosts[-1]

    yield prepare
    for host in hosts:
        host.stop()


@pytest.fixture(name="hosted")
def _hosted(prepared: Hosted) -> Hosted:
    """Write an app and return its host, running."""

    def start(source: str, **choices: Any) -> HostProcess:
        host = prepared(source, **choices)
        host.start()
        return host

    return start


@pytest.fixture(name="http_app", scope="module")
def _http_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostProcess]:
    """Return a running host with the HTTP functions that many tests can share."""
    folder = tmp_path_factory.mktemp("http")
    (folder / "function_app.py").write_text(Path(__file__).with_name("http_app.py").read_text(encoding="utf-8"))
    (folder / "host.json").write_text('{"version": "2.0"}')
    host = HostProcess(
        app=folder,
        folder=folder / "host",
        settings={"FUNCTIONS_REQUEST_BODY_SIZE_LIMIT": "1000"},
        options=["--front-end-seconds", "2"],
    )
    host.start()
    yield host
    host.stop()
