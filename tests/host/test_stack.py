"""The local stack starts, survives what tests do to it, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from azure.storage.queue import QueueClient

from sandbox.running.environment import clean_environment
from sandbox.running.host_process import REPOSITORY
from sandbox.running.lock import AlreadyRunning, only_copy
from sandbox.stack import Plan, Stack
from tests.control import Control
from tests.waiting import until

SOURCE = """
import os
from datetime import datetime, UTC
import azure.functions as func
app = func.FunctionApp()

@app.route("appointments/{appointment_guid}", methods=["PUT"])
def push_appointment(req: func.HttpRequest) -> str:
    return datetime.now(UTC).isoformat()

@app.route("setting/{name}", methods=["GET"])
def setting(req: func.HttpRequest) -> str:
    return os.environ.get(req.route_params["name"], "-")

@app.queue_trigger(arg_name="message", queue_name="work", connection="AzureWebJobsStorage")
def work(message: func.QueueMessage) -> None:
    print("worked on", message.get_body().decode())
"""


@pytest.fixture(name="small_stack", scope="module")
def _small_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    app = tmp_path_factory.mktemp("app")
    (app / "function_app.py").write_text(SOURCE)
    (app / "host.json").write_text((REPOSITORY / "host.json").read_text(encoding="utf-8"))
    with Stack(tmp_path_factory.mktemp("stack"), Plan(app=app, lease_seconds=3)) as stack:
        yield stack


def call(stack: Stack, function: str, path: str, method: str = "GET") -> str:
    answer = requests.request(
        method, f"{stack.host_url}/api/{path}", headers={"x-functions-key": stack.keys[function]}, timeout=10
    )
    assert answer.status_code == 200
    return answer.text


def test_the_app_sees_local_addresses_for_every_outside_system(small_stack: Stack) -> None:
    for name in ("GRAPH_BASE_URL", "ENTRA_AUTHORITY", "KEY_VAULT_URL", "SALESEXEC_API_URL", "PUBLIC_BASE_URL"):
        assert "://127.0.0.1:" in call(small_stack, "setting", f"setting/{name}")
    assert call(small_stack, "setting", "setting/PUBLIC_BASE_URL") == small_stack.host_url


def test_the_crm_has_a_key_of_its_own_for_what_it_calls_and_for_nothing_else(small_stack: Stack) -> None:
    known = small_stack.control("GET", "salesexec/config")

    assert known["FunctionsUrl"] == small_stack.host_url
    keys = requests.get(
        f"{small_stack.host_url}/admin/functions/setting/keys",
        headers={"x-functions-key": small_stack.host.master_key},
        timeout=10,
    ).json()["keys"]
    assert [key["name"] for key in keys] == ["default"]


def test_time_moves_for_the_app_the_simulators_and_the_storage_alike(small_stack: Stack) -> None:
    with QueueClient.from_connection_string(small_stack.storage, "work") as queue:
        queue.send_message("tomorrow", visibility_timeout=24 * 3600)

        small_stack.advance_clock(timedelta(days=1, minutes=1))

        until(lambda: "worked on tomorrow" in small_stack.host.log(), what="the delayed message arrives")
    later = datetime.now(UTC) + timedelta(days=1)
    assert datetime.fromisoformat(call(small_stack, "push_appointment", "appointments/1", "PUT")) > later
    assert datetime.fromisoformat(small_stack.control("GET", "clock")["Now"]) > later


def test_a_killed_host_comes_back_with_the_same_address_and_keys(small_stack: Stack) -> None:
    address, keys = small_stack.host_url, small_stack.keys

    small_stack.kill_host()
    small_stack.start_host()

    assert (small_stack.host_url, small_stack.keys) == (address, keys)
    assert call(small_stack, "setting", "setting/PUBLIC_BASE_URL") == address


def test_the_control_client_seeds_reps_and_reads_the_journal(small_stack: Stack) -> None:
    control = Control(small_stack.control_url)
    before = control.mark()

    rep, other = control.new_rep(), control.new_rep()

    assert rep.user_guid != other.user_guid
    answer = requests.get(
        f"{small_stack.addresses['GraphBaseUrl']}/me",
        headers={"Authorization": f"Bearer {control.token(rep)}"},
        timeout=10,
    )
    assert answer.json()["id"] == rep.oid
    assert [entry["Path"] for entry in control.journal("graph", since=before, actor=rep.upn)] == ["/v1.0/me"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
def test_everything_ends_when_the_process_that_started_it_is_killed(tmp_path: Path) -> None:
    (tmp_path / "function_app.py").write_text(SOURCE)
    script = f"""
import pathlib, threading
from sandbox.stack import Plan, Stack
stack = Stack(pathlib.Path({str(tmp_path / "stack")!r}), Plan(app=pathlib.Path({str(tmp_path)!r}))).start()
for address in (stack.host_url, stack.control_url, stack.azurite.endpoints["Queue"]):
    print(address.split(":")[2].split("/")[0])
pathlib.Path({str(tmp_path / "up")!r}).touch()
threading.Event().wait()
"""
    output = tmp_path / "output"
    with output.open("wb") as log:
        parent = subprocess.Popen(  # noqa: S603 - a script of this test
            [sys.executable, "-c", script], cwd=REPOSITORY, stdout=log, env=clean_environment()
        )
    until((tmp_path / "up").exists, seconds=60, what="the stack is up")
    ports = [int(port) for port in output.read_text().split()]

    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()

    until(lambda: not any(listens(port) for port in ports), what="nobody listens any more")


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_a_second_copy_is_told_which_process_is_the_first(tmp_path: Path) -> None:
    with only_copy(tmp_path / "lock"), pytest.raises(AlreadyRunning, match=str(os.getpid())):
        only_copy(tmp_path / "lock")

    only_copy(tmp_path / "lock").close()


def test_a_test_that_reaches_for_the_network_fails() -> None:
    with pytest.raises(AssertionError, match="reached for the network"):
        socket.create_connection(("192.0.2.1", 80), timeout=1)
    with pytest.raises(AssertionError, match="reached for the network"):
        socket.getaddrinfo("graph.microsoft.com", 443)
