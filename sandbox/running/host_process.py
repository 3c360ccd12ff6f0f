"""The Functions host as a child process: killed, it can be started again on the same port with the same keys."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import requests

from sandbox.running.child import Child
from sandbox.running.environment import clean_environment
from sandbox.running.ready import free_port, read_ready_file

REPOSITORY = Path(__file__).resolve().parents[2]


class HostProcess:
    """One app under the host; `folder` keeps its log, keys, settings and ready file."""

    def __init__(
        self,
        *,
        app: Path,
        folder: Path,
        settings: Mapping[str, str],
        port: int = 0,
        options: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.app = app
        self.folder = folder
        self.settings = dict(settings)
        self.port = port or free_port()
        self.options = list(options)
        self.environment = dict(environment or {})
        self.ready: dict[str, Any] = {}
        self._child: Child | None = None

    @property
    def url(self) -> str:
        """Return the host's address, also before it runs."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def child(self) -> Child:
        """Return the running process."""
        if self._child is None:
            raise RuntimeError("the host has not been started")
        return self._child

    @property
    def keys(self) -> dict[str, str]:
        """Return each HTTP function's key by the function's name."""
        found: dict[str, str] = self.ready["FunctionKeys"]
        return found

    @property
    def master_key(self) -> str:
        """Return the key that opens everything."""
        return str(self.ready["MasterKey"])

    def launch(self) -> Child:
        """Start the process and return at once."""
        ready_file, settings_file = self.folder / "ready.json", self.folder / "settings.json"
        ready_file.unlink(missing_ok=True)
        settings_file.write_text(
            json.dumps({"IsEncrypted": False, "Values": self.settings}, indent=2), encoding="utf-8"
        )
        command = [sys.executable, "-m", "sandbox.host", "--app", str(self.app), "--port", str(self.port)]
        command += ["--ready-file", str(ready_file), "--settings", str(settings_file)]
        command += ["--keys", str(self.folder / "keys.json"), *self.options]
        environment = clean_environment({"PYTHONPATH": str(REPOSITORY), **self.environment})
        self._child = Child("the Functions host", command, log=self.folder / "host.log", environment=environment)
        return self._child

    def start(self, seconds: float = 60) -> None:
        """Start the process and return when the functions can be called."""
        child = self.launch()
        try:
            child.wait_until(self._is_ready, seconds)
        except BaseException:
            child.stop()
            raise

    def _is_ready(self) -> bool:
        content = read_ready_file(self.folder / "ready.json")
        self.ready = content or self.ready
        return content is not None

    def stop(self) -> int:
        """End the host in order, if it was started, and return its exit status."""
        return self._child.stop() if self._child else 0

    def kill(self) -> None:
        """End the host at this instruction."""
        self.child.kill()

    def log(self) -> str:
        """Return everything the host has written, over all its starts."""
        return self.child.log.read_text(encoding="utf-8", errors="replace")

    def fire(self, function: str, given: str | None = None) -> None:
        """Start a timer or queue function now, as an administrator does."""
        answer = requests.post(
            f"{self.url}/admin/functions/{function}",
            json={"input": given},
            headers={"x-functions-key": self.master_key},
            timeout=10,
        )
        answer.raise_for_status()

    def set_key(self, function: str, name: str, value: str) -> None:
        """Give a function one more key, through the platform's key management API."""
        answer = requests.put(
            f"{self.url}/admin/functions/{function}/keys/{name}",
            json={"name": name, "value": value},
            headers={"x-functions-key": self.master_key},
            timeout=10,
        )
        answer.raise_for_status()

    def status(self) -> dict[str, Any]:
        """Return /admin/host/status: what has run and what runs."""
        return self._get("/admin/host/status")

    def clock_offset(self) -> float:
        """Return by how many seconds the host's time is shifted."""
        return float(self._get("/_host/clock")["OffsetSeconds"])

    def _get(self, path: str) -> dict[str, Any]:
        answer = requests.get(self.url + path, headers={"x-functions-key": self.master_key}, timeout=10)
        answer.raise_for_status()
        content: dict[str, Any] = answer.json()
        return content
