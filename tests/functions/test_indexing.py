"""Under Microsoft's worker the app has exactly the expected functions: one renamed or lost must not go unseen."""

from __future__ import annotations

import site
from pathlib import Path
from typing import Any

import pytest

from sandbox.running.host_process import REPOSITORY
from tests.functions.conftest import copy_packaged, run_index
from tests.functions.expected import HTTP, QUEUES, TIMERS

PACKAGES = [Path(folder) for folder in site.getsitepackages()]


@pytest.fixture(name="indexed", scope="module")
def _indexed() -> dict[str, Any]:
    """Return the bindings by function, indexed without any setting."""
    found: dict[str, Any] = run_index(REPOSITORY, packages=PACKAGES)["functions"]
    return found


def trigger_of(bindings: list[dict[str, Any]]) -> dict[str, Any]:
    [trigger] = [binding for binding in bindings if binding["type"].endswith("Trigger")]
    return trigger


def of_type(indexed: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    triggers = {name: trigger_of(bindings) for name, bindings in indexed.items()}
    return {name: trigger for name, trigger in triggers.items() if trigger["type"] == kind}


def difference(indexed: dict[str, Any]) -> set[str]:
    """Return the names that are indexed or expected, and not both."""
    return set(indexed) ^ {*HTTP, *TIMERS, *QUEUES}


def test_the_app_has_exactly_the_expected_functions(indexed: dict[str, Any]) -> None:
    assert difference(indexed) == set()


def test_routes_methods_and_keys_are_the_expected_ones(indexed: dict[str, Any]) -> None:
    found = {
        name: (trigger["route"], tuple(sorted(trigger["methods"])), trigger["authLevel"])
        for name, trigger in of_type(indexed, "httpTrigger").items()
    }

    assert found == HTTP


def test_the_timer_has_the_default_schedule_when_none_is_set(indexed: dict[str, Any]) -> None:
    found = {name: trigger["schedule"] for name, trigger in of_type(indexed, "timerTrigger").items()}

    assert found == TIMERS


def test_the_timer_has_the_schedule_of_the_setting() -> None:
    indexed = run_index(REPOSITORY, packages=PACKAGES, settings={"POLL_SCHEDULE": "0 0 * * * *"})["functions"]

    assert trigger_of(indexed["poll_timer"])["schedule"] == "0 0 * * * *"


def test_a_timer_does_not_run_at_every_start(indexed: dict[str, Any]) -> None:
    assert not any(trigger.get("runOnStartup") for trigger in of_type(indexed, "timerTrigger").values())


def test_queue_functions_listen_to_the_expected_queues_of_the_apps_storage(indexed: dict[str, Any]) -> None:
    triggers = of_type(indexed, "queueTrigger")

    assert {name: trigger["queueName"] for name, trigger in triggers.items()} == QUEUES
    assert {trigger["connection"] for trigger in triggers.values()} == {"AzureWebJobsStorage"}


def test_nothing_of_the_workshop_is_imported_by_the_app() -> None:
    files = run_index(REPOSITORY, packages=PACKAGES)["files"]

    inside = {Path(file).relative_to(REPOSITORY).parts[0] for file in files if file.startswith(f"{REPOSITORY}/")}
    assert inside & {"tests", "benchmarks"} == {"tests"}  # the program that indexes
    assert {file for file in files if f"{REPOSITORY}/sandbox/" in file and "/host/" not in file} == {
        str(REPOSITORY / "sandbox" / "__init__.py")
    }


def test_a_renamed_function_is_noticed(tmp_path: Path) -> None:
    copy_packaged(tmp_path)
    triggers = tmp_path / "functions" / "push_appointment" / "triggers.py"
    text = triggers.read_text(encoding="utf-8")
    triggers.write_text(text.replace('function_name("push_appointment")', 'function_name("push")'), encoding="utf-8")

    indexed = run_index(tmp_path, packages=PACKAGES)["functions"]

    assert difference(indexed) == {"push_appointment", "push"}
