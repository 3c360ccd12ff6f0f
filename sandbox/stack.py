"""The whole local stack: Azurite, the simulators and the Functions host, started in order and ended together."""

from __future__ import annotations

import contextlib
import logging
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import requests
from azure.core.exceptions import ResourceExistsError
from azure.storage.queue import QueueServiceClient

from sandbox.azurite import Azurite
from sandbox.running.child import Child
from sandbox.running.environment import clean_environment
from sandbox.running.host_process import REPOSITORY, HostProcess
from sandbox.running.ready import read_ready_file

# Azure's settings for how often a queue is asked and how long a failed message waits, made short by Azure's own means.
QUICK = {
    "AzureFunctionsJobHost__extensions__queues__maxPollingInterval": "00:00:00.2",
    "AzureFunctionsJobHost__extensions__queues__visibilityTimeout": "00:00:01",
}

CALLED_BY_SALESEXEC = (
    "push_appointment",
    "delete_appointment",
    "push_occurrence",
    "delete_occurrence",
    "get_receipt",
    "create_link",
    "get_connection",
    "update_connection",
    "delete_connection",
    "sync_now",
    "decide_held_deletes",
)
CALLED_BY_ADMINISTRATORS = ("start_cleanup", "get_cleanup")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a stack is made of; ports that are 0 or absent are free ones."""

    app: Path = REPOSITORY
    host_port: int = 0
    simulator_ports: Mapping[str, int] = field(default_factory=dict)
    seed: int = 0
    poll_schedule: str = "0 */15 * * * *"
    timers: bool = True
    lease_seconds: int = 600
    extra_settings: Mapping[str, str] = field(default_factory=dict)


class Stack:
    """A running stack; everything is kept in `folder`, and everything it started ends with it."""

    def __init__(self, folder: Path, plan: Plan | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder.resolve()
        self.plan = plan or Plan()
        self._clock_file = self.folder / "clock"
        self._clock_file.write_text("0", encoding="ascii")
        self.azurite = Azurite(self.folder, clock_file=self._clock_file)
        self.addresses: dict[str, str] = {}
        self._simulators: Child | None = None
        self._host: HostProcess | None = None
        self._link_signing_key = secrets.token_hex(32)
        self._salesexec_key = secrets.token_urlsafe(40)
        self._administrator_key = secrets.token_urlsafe(40)

    @property
    def host(self) -> HostProcess:
        """Return the host's process."""
        if self._host is None:
            raise RuntimeError("the stack has not been started")
        return self._host

    @property
    def host_url(self) -> str:
        """Return where the app is reached, without a slash at its end."""
        return self.host.url

    @property
    def control_url(self) -> str:
        """Return the simulators' control plane, up to and with /_sandbox."""
        return self.addresses["ControlUrl"].rstrip("/")

    @property
    def storage(self) -> str:
        """Return the connection string of the emulated storage account."""
        return self.azurite.connection_string

    @property
    def keys(self) -> dict[str, str]:
        """Return each HTTP function's key by the function's name."""
        return self.host.keys

    def start(self) -> Self:
        """Start everything and return when the app can be called."""
        try:
            self.start_backing()
            self.start_host()
        except BaseException:
            self.stop()
            raise
        return self

    def start_backing(self) -> None:
        """Start what the app stands on: the storage emulator and the simulators."""
        self.azurite.start()
        self._start_simulators()
        plan = self.plan
        options = ["--clock-file", str(self._clock_file), "--lease-seconds", str(plan.lease_seconds)]
        self._host = HostProcess(
            app=plan.app,
            folder=self.folder / "host",
            settings={},
            port=plan.host_port,
            options=options if plan.timers else [*options, "--no-timers"],
        )

    def _start_simulators(self) -> None:
        ready_file = self.folder / "simulators.json"
        ready_file.unlink(missing_ok=True)
        command = [sys.executable, "-m", "sandbox", "--state", str(self.folder), "--ready-file", str(ready_file)]
        command += ["--seed", str(self.plan.seed)]
        for name, port in self.plan.simulator_ports.items():
            command += [f"--{name}-port", str(port)]
        environment = clean_environment({"PYTHONPATH": str(REPOSITORY)})
        self._simulators = Child("the simulators", command, log=self.folder / "simulators.log", environment=environment)
        self._simulators.wait_until(lambda: read_ready_file(ready_file) is not None, 60)
        self.addresses = read_ready_file(ready_file) or {}

    def settings(self) -> dict[str, str]:
        """Return the app's settings: every outside system is a local one."""
        given = self.addresses
        return {
            "FUNCTIONS_WORKER_RUNTIME": "python",
            "AzureWebJobsStorage": self.storage,
            "GRAPH_BASE_URL": given["GraphBaseUrl"],
            "ENTRA_AUTHORITY": given["EntraAuthority"],
            "ENTRA_CLIENT_ID": given["ClientId"],
            "ENTRA_CLIENT_SECRET": given["ClientSecret"],
            "KEY_VAULT_URL": given["KeyVaultUrl"],
            "KEY_VAULT_CHALLENGE_CHECK": "false",
            "IDENTITY_ENDPOINT": given["IdentityEndpoint"],
            "IDENTITY_HEADER": given["IdentityHeader"],
            "PUBLIC_BASE_URL": self.host_url,
            "SALESEXEC_API_URL": given["SalesExecApiUrl"],
            "SALESEXEC_AUTH_TOKEN": given["SalesExecAuthToken"],
            "SALESEXEC_LEAD_URL_TEMPLATE": "https://crm.salesexec.example/leads/{LeadGuid}",
            "ALLOWED_LINK_HOSTS": "crm.salesexec.example",
            "LINK_SIGNING_KEY": self._link_signing_key,
            "POLL_SCHEDULE": self.plan.poll_schedule,
            # In requests the variable CURL_CA_BUNDLE counts too, so all of them name the same bundle.
            **dict.fromkeys(("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"), given["CaBundle"]),
            **QUICK,
            **self.plan.extra_settings,
        }

    def start_host(self) -> None:
        """Start the host, again after a stop or kill: same port, same keys, same storage."""
        self.host.settings = self.settings()
        self.host.start()
        self._create_queues()
        self._tell_crm()

    def _create_queues(self) -> None:
        """Do the deployment's part: the queues that functions listen to are created by it, not by the host."""
        # Without this the SDK writes a line for every request into the log of whoever runs the stack.
        logging.getLogger("azure.core.pipeline.policies.http_logging_policy").setLevel(logging.WARNING)
        with QueueServiceClient.from_connection_string(self.storage) as service:
            for function in self.host.ready["Functions"]:
                if function["Trigger"] == "Queue":
                    try:
                        service.create_queue(function["Queue"])
                    except ResourceExistsError:
                        continue

    def _tell_crm(self) -> None:
        """Give the CRM and its administrators a key for each function that they call, as docs/keys.md says."""
        known = {function["Name"] for function in self.host.ready["Functions"]}
        for name in sorted(known & set(CALLED_BY_SALESEXEC)):
            self.host.set_key(name, "salesexec", self._salesexec_key)
        for name in sorted(known & set(CALLED_BY_ADMINISTRATORS)):
            self.host.set_key(name, "administrator", self._administrator_key)
        told = {"FunctionsUrl": self.host_url, "FunctionKey": self._salesexec_key}
        self.control("POST", "salesexec/config", {**told, "FunctionKeys": {"cleanup": self._administrator_key}})

    def control(self, method: str, path: str, content: object | None = None) -> Any:
        """Ask the simulators' control plane and return its JSON, if any."""
        answer = requests.request(method, f"{self.control_url}/{path}", json=content, timeout=30)
        if not answer.ok:
            raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json() if answer.content else None

    def advance_clock(self, by: timedelta) -> None:
        """Move time forward for everybody: simulators, storage and the app."""
        offset = float(self._clock_file.read_text(encoding="ascii")) + by.total_seconds()
        fresh = self._clock_file.with_suffix(".new")
        fresh.write_text(str(offset), encoding="ascii")
        fresh.replace(self._clock_file)
        self.control("POST", "clock", {"AdvanceSeconds": by.total_seconds()})
        if self.host.child.alive():
            self.host.child.wait_until(lambda: self.host.clock_offset() == offset, 10)

    def stop_host(self) -> None:
        """End the host in order."""
        self.host.stop()

    def kill_host(self) -> None:
        """End the host at this instruction, as a power cut would."""
        self.host.kill()

    def stop(self) -> None:
        """End everything, the app first; one that resists does not keep the others."""
        with contextlib.ExitStack() as ending:
            ending.callback(self.azurite.stop)
            if self._simulators is not None:
                ending.callback(self._simulators.stop, 5)
            if self._host is not None:
                ending.callback(self._host.stop)

    def tails(self) -> str:
        """Return the ends of all logs, for somebody who must find out what went wrong."""
        logs = sorted(self.folder.rglob("*.log"))
        return "\n".join(f"--- {log.name}\n{_tail(log)}" for log in logs)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _tail(log: Path, lines: int = 60) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
