"""`python -m sandbox` as another program starts and stops it."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.waiting import until

REPOSITORY = Path(__file__).resolve().parents[3]
Started = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture(name="started")
def started_fixture(tmp_path: Path) -> Iterator[Started]:
    running: list[subprocess.Popen[str]] = []

    def started(*arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "sandbox", "--state", str(tmp_path / "state"), *arguments]
        running.append(
            subprocess.Popen(  # noqa: S603 - our own command
                command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
        )
        return running[-1]

    yield started
    for process in running:
        process.kill()
        process.communicate()


def ready(path: Path, process: subprocess.Popen[str]) -> dict[str, Any]:
    def found() -> bool:
        assert process.poll() is None, process.communicate()
        return path.exists()

    until(found, seconds=60, what="the ready file")
    addresses: dict[str, Any] = json.loads(path.read_text())
    return addresses


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_is_serves_and_ends_when_told(tmp_path: Path, started: Started, stop: signal.Signals) -> None:
    process = started("--ready-file", str(tmp_path / "ready.json"))
    addresses = ready(tmp_path / "ready.json", process)
    browser = requests.Session()
    browser.trust_env = False
    discovery = addresses["EntraAuthority"] + "/v2.0/.well-known/openid-configuration"

    found = browser.get(discovery, verify=addresses["CaBundle"], timeout=30)
    control = browser.get(addresses["ControlUrl"] + "/clock", timeout=30)
    graph = browser.get(addresses["GraphBaseUrl"] + "/me", timeout=30)
    process.send_signal(stop)
    output, errors = process.communicate(timeout=15)

    assert (found.status_code, control.status_code, graph.status_code) == (200, 200, 401)
    assert process.returncode == 0
    assert addresses["GraphBaseUrl"] in output
    assert errors == ""


def test_a_taken_port_is_one_clear_line(started: Started) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        process = started("--entra-port", str(port))
        _, errors = process.communicate(timeout=60)

    assert process.returncode == 2
    assert errors.startswith(f"sandbox: port {port} for entra is taken")
    assert errors.count("\n") == 1


def test_certificates_are_kept_between_runs(tmp_path: Path, started: Started) -> None:
    authorities = []

    for name in ("first.json", "second.json"):
        process = started("--ready-file", str(tmp_path / name))
        authorities.append(Path(ready(tmp_path / name, process)["CaFile"]).read_bytes())
        process.terminate()
        process.wait(15)

    assert authorities[0] == authorities[1]
