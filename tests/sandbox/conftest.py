"""Simulators on real ports, in a thread: what the sandbox's own tests talk to."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from sandbox.server import Sandbox
from sandbox.world import World

PATIENCE = 30


@dataclass(frozen=True)
class LiveSandbox:
    """A running sandbox: its addresses, its world, and its control plane."""

    world: World
    addresses: dict[str, str]

    @property
    def graph_base_url(self) -> str:
        return self.addresses["GraphBaseUrl"]

    @property
    def entra_authority(self) -> str:
        return self.addresses["EntraAuthority"]

    @property
    def client_id(self) -> str:
        return self.addresses["ClientId"]

    @property
    def client_secret(self) -> str:
        return self.addresses["ClientSecret"]

    @property
    def key_vault_url(self) -> str:
        return self.addresses["KeyVaultUrl"]

    @property
    def salesexec_api_url(self) -> str:
        return self.addresses["SalesExecApiUrl"]

    @property
    def control_url(self) -> str:
        return self.addresses["ControlUrl"]

    @property
    def ca_bundle(self) -> str:
        return self.addresses["CaBundle"]

    def control(self, method: str, path: str, order: dict[str, Any] | None = None) -> Any:
        """Give an order to the control plane and return its JSON."""
        answer = requests.request(method, self.control_url + path, json=order, timeout=PATIENCE)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def seed(self, *people: dict[str, Any]) -> list[dict[str, Any]]:
        """Create people and return how they came out."""
        seeded: list[dict[str, Any]] = self.control("POST", "/seed", {"Users": list(people)})["Users"]
        return seeded


@pytest.fixture(scope="session", name="running_sandbox")
def running_sandbox_fixture(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSandbox]:
    sandbox = Sandbox(state=tmp_path_factory.mktemp("sandbox"))
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="sandbox", daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(sandbox.start(), loop).result(PATIENCE)
    yield LiveSandbox(world=sandbox.world, addresses=sandbox.addresses())
    asyncio.run_coroutine_threadsafe(sandbox.stop(), loop).result(PATIENCE)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(PATIENCE)
    loop.close()


@pytest.fixture(name="live_sandbox")
def live_sandbox_fixture(running_sandbox: LiveSandbox, monkeypatch: pytest.MonkeyPatch) -> LiveSandbox:
    """Give a test an empty world, and TLS clients the sandbox's authority to trust."""
    for variable in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.setenv(variable, running_sandbox.ca_bundle)
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    running_sandbox.control("POST", "/reset")
    return running_sandbox
