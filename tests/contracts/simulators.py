"""The simulators of `python -m sandbox`, as a process of their own; started when the first suite asks for them."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.waiting import until


@pytest.fixture(scope="session", name="simulators")
def simulators_fixture(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Give the addresses of the running simulators."""
    folder = tmp_path_factory.mktemp("simulators")
    ready = folder / "ready.json"
    command = [sys.executable, "-m", "sandbox", "--state", str(folder), "--ready-file", str(ready)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:  # noqa: S603 - our own module
        try:
            until(lambda: ready.exists() or process.poll() is not None, what="the simulators")
            assert process.poll() is None, "the simulators ended at once"
            yield json.loads(ready.read_text())
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(10)
