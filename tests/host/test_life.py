"""The host refuses what Azure would refuse, says why, and ends in order."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from sandbox.running.host_process import HostProcess
from tests.host.conftest import Hosted
from tests.waiting import until

PLAIN = """
@app.route("hello", auth_level=func.AuthLevel.ANONYMOUS)
def hello(req: func.HttpRequest) -> str:
    return "hello"
"""


def refusal(host: HostProcess) -> str:
    """Start a host that must not start, and return its last words."""
    child = host.launch()
    assert child.wait(30) == 1
    return host.log()


@pytest.mark.parametrize(
    ("source", "reasons"),
    [
        ("import no_such_package", ["indexed 0 functions", "No module named 'no_such_package'", "function_app.py"]),
        ("import os\nos.environ['NO_SUCH_SETTING']", ["indexed 0 functions", "KeyError", "NO_SUCH_SETTING"]),
        ("", ["indexed 0 functions"]),
        (PLAIN + PLAIN, ["indexed 0 functions", "hello"]),
        (PLAIN.replace("-> str", "-> dict"), ["indexed 0 functions", "hello", "dict"]),
        (
            PLAIN
            + PLAIN.replace("def hello", "def again").replace('"hello",', '"HELLO",')
            + PLAIN.replace("def hello", "def reserved").replace('"hello",', '"admin/hello",')
            + """
@app.timer_trigger(schedule="%WHEN%", arg_name="timer")
def tick(timer: func.TimerRequest) -> None: ...
@app.queue_trigger(arg_name="m", queue_name="%WHERE%", connection="AzureWebJobsStorage")
def take(m: func.QueueMessage) -> None: ...
@app.blob_trigger(arg_name="b", path="files/{name}", connection="AzureWebJobsStorage")
def see(b: func.InputStream) -> None: ...
""",
            [
                "again: its route conflicts with the route of hello",
                "reserved: the route 'admin/hello'",
                "tick: %WHEN% does not resolve to a value: the setting WHEN is missing",
                "take: %WHERE% does not resolve to a value: the setting WHERE is missing",
                "see: this host does not drive 'blobtrigger'",
            ],
        ),
        (
            """
@app.timer_trigger(schedule="whenever", arg_name="timer")
def tick(timer: func.TimerRequest) -> None: ...
@app.queue_trigger(arg_name="m", queue_name="work", connection="Elsewhere")
def take(m: func.QueueMessage) -> None: ...
""",
            ["tick: 'whenever' is no NCRONTAB schedule", "take: the connection 'Elsewhere' is set by no setting"],
        ),
    ],
    ids=lambda value: value[0][:40] if isinstance(value, list) else "app",
)
def test_an_app_that_cannot_run_is_refused_with_the_reason(prepared: Hosted, source: str, reasons: list[str]) -> None:
    words = refusal(prepared(source))

    for reason in reasons:
        assert reason in words


def test_a_taken_port_is_one_clear_line(hosted: Hosted, prepared: Hosted) -> None:
    first = hosted(PLAIN)
    second = prepared(PLAIN)
    second.port = first.port

    assert second.launch().wait(30) == 2
    assert second.log().strip() == f"Port {first.port} is taken by another program; choose one with --port."


def test_sigterm_lets_a_running_call_finish_and_then_ends(hosted: Hosted, tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    source = f"""
import pathlib, time
@app.route("slow", auth_level=func.AuthLevel.ANONYMOUS)
def slow(req: func.HttpRequest) -> str:
    pathlib.Path({str(begun)!r}).touch()
    time.sleep(1.5)
    return "finished"
"""
    host = hosted(source)
    with ThreadPoolExecutor(1) as callers:
        call = callers.submit(requests.get, f"{host.url}/api/slow", timeout=20)
        until(begun.exists, what="the call has begun")

        status = host.stop()

    assert status == 0
    assert (call.result().status_code, call.result().text) == (200, "finished")


def test_what_does_not_finish_is_abandoned_and_named(hosted: Hosted, tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    source = f"""
import pathlib, time
@app.timer_trigger(schedule="*/1 * * * * *", arg_name="timer")
def endless(timer: func.TimerRequest) -> None:
    pathlib.Path({str(begun)!r}).touch()
    time.sleep(60)
"""
    host = hosted(source, options=("--drain-seconds", "0.5"))
    until(begun.exists, what="the timer has begun")

    status = host.stop()

    assert status == 3
    assert "abandoned: endless" in host.log()


def test_a_host_killed_and_started_again_has_the_same_address_and_keys(hosted: Hosted) -> None:
    host = hosted(PLAIN.replace("ANONYMOUS", "FUNCTION"))
    key = host.keys["hello"]

    host.kill()
    host.start()

    assert host.keys["hello"] == key
    answer = requests.get(f"{host.url}/api/hello", headers={"x-functions-key": key}, timeout=10)
    assert answer.text == "hello"


def test_a_function_that_outlives_functiontimeout_has_failed(hosted: Hosted) -> None:
    source = PLAIN.replace("return", "import time; time.sleep(3); return")
    host = hosted(source, host_json={"functionTimeout": "00:00:01"})

    answer = requests.get(f"{host.url}/api/hello", timeout=10)

    assert answer.status_code == 500
    assert "longer than 0:00:01" in host.log()


def test_requests_beyond_maxoutstandingrequests_are_429(hosted: Hosted) -> None:
    source = PLAIN.replace("return", "import time; time.sleep(1); return")
    limits = {"http": {"maxOutstandingRequests": 3, "maxConcurrentRequests": 3, "routePrefix": "v1"}}
    host = hosted(source, host_json={"extensions": limits})
    together = threading.Barrier(6)

    def call(_: int) -> int:
        together.wait()
        return requests.get(f"{host.url}/v1/hello", timeout=10).status_code

    with ThreadPoolExecutor(6) as callers:
        answers = sorted(callers.map(call, range(6)))

    assert answers == [200, 200, 200, 429, 429, 429]


def test_the_apps_own_packages_come_first_on_the_path(prepared: Hosted) -> None:
    host = prepared("import of_the_package\n" + PLAIN.replace('"hello"\n', "of_the_package.WHERE\n"))
    packages = host.app / ".python_packages" / "lib" / "site-packages"
    packages.mkdir(parents=True)
    (packages / "of_the_package.py").write_text("WHERE = __file__")

    host.start()

    assert requests.get(f"{host.url}/api/hello", timeout=10).text == str(packages / "of_the_package.py")
