"""The sandbox's own page: its recipe runs as it stands, and its reference names every call there is."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from starlette.routing import Route

from sandbox.control.orders import PREFIX
from sandbox.control.plane import application
from sandbox.world import World
from tests.repository.pages import REPOSITORY, code, page
from tests.sandbox.conftest import LiveSandbox

CALL = re.compile(r"`((?:GET|POST|PUT|PATCH|DELETE) /[^` ]*)`")


def test_the_recipe_runs_with_msal_and_python_o365_unchanged(live_sandbox: LiveSandbox, tmp_path: Path) -> None:
    (tmp_path / "addresses.json").write_text(json.dumps(live_sandbox.addresses), encoding="utf-8")
    recipe = code(page("sandbox/README.md"), "python")

    done = subprocess.run(  # noqa: S603 - our own page
        [sys.executable, "-c", recipe],
        cwd=tmp_path,
        env={"PYTHONPATH": str(REPOSITORY), "HOME": str(tmp_path), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert done.returncode == 0, done.stderr
    answered = [line.split()[2] for line in done.stdout.splitlines() if re.match(r"(GET|POST|PATCH|DELETE) ", line)]
    assert answered.count("503") == 2
    assert answered[-1] == "204"
    assert "{'Mails': []}" in done.stdout


def test_the_reference_names_every_call_and_no_other(tmp_path: Path) -> None:
    routes = [each for each in application(World(), tmp_path).routes if isinstance(each, Route)]
    there = {
        f"{method} {re.sub(r':\w+}', '}', each.path.removeprefix(PREFIX))}"
        for each in routes
        if each.path.startswith(PREFIX)
        for method in (each.methods or set()) - {"HEAD"}
    }

    reference = page("sandbox/README.md").partition("\n## Control plane\n")[2]

    assert set(CALL.findall(reference)) == there
