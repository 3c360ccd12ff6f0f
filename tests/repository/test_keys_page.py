"""docs/keys.md, and the pages that explain the calls, against the functions that the app registers."""

from __future__ import annotations

import re
from typing import Any

import pytest

from function_app import app
from tests.repository.pages import Row, code, named, page, plain, section, table

KEYS = page("docs/keys.md")
ROUTE_NAMES = {
    "{appointment_guid}": "{AppointmentGuid}",
    "{user_guid}": "{UserGuid}",
    "{job_id}": "{JobId}",
    "{original_start}": "{OriginalStart}",
}
# Who gets keys of which functions, by the section of the page, and where the calls are explained to them.
CALLERS = {
    "SalesExec's functions": ("salesexec", "docs/salesexec.md"),
    "Administrators' functions": ("administrators", "docs/operations.md"),
}


@pytest.fixture(name="triggers", scope="module")
def _triggers() -> dict[str, dict[str, Any]]:
    """Return the trigger of each function as Azure is told it."""
    found = {}
    for function in app.get_functions():
        name, trigger = function.get_function_name(), function.get_trigger()
        assert name is not None
        assert trigger is not None
        found[name] = trigger.get_dict_repr()
    return found


def calls(triggers: dict[str, dict[str, Any]], level: str | None = None) -> dict[str, tuple[str, str]]:
    """Return how each HTTP function is called, and at which level, as the page writes both."""
    found = {}
    for name, trigger in triggers.items():
        if trigger["type"] != "httpTrigger":
            continue
        [method] = [str(getattr(each, "value", each)) for each in trigger["methods"]]
        route = trigger["route"]
        for ours, shown in ROUTE_NAMES.items():
            route = route.replace(ours, shown)
        authorised = str(getattr(trigger["authLevel"], "value", trigger["authLevel"])).lower()
        if level in (None, authorised):
            found[name] = (f"{method} /api/{route}", authorised)
    return found


def test_every_http_function_is_on_the_keys_page_with_its_call_and_level(triggers: dict[str, dict[str, Any]]) -> None:
    rows = table(KEYS, "Function", "Call", "Auth level")

    assert {plain(row["Function"]): (plain(row["Call"]), row["Auth level"]) for row in rows} == calls(triggers)


def test_every_other_function_is_on_the_keys_page_with_its_trigger(triggers: dict[str, dict[str, Any]]) -> None:
    rows = table(KEYS, "Function", "Trigger")

    shown = {plain(row["Function"]): named(row["Trigger"])[0] for row in rows}
    queues = {name: trigger["queueName"] for name, trigger in triggers.items() if trigger["type"] == "queueTrigger"}
    timers = {name: "POLL_SCHEDULE" for name, trigger in triggers.items() if trigger["type"] == "timerTrigger"}
    assert shown == queues | timers


def rows_of(caller: str) -> list[Row]:
    """Return the functions that a caller gets keys of."""
    return table(section(KEYS, caller), "Function", "Call", "Auth level")


def test_every_function_that_needs_a_key_is_one_callers(triggers: dict[str, dict[str, Any]]) -> None:
    given = [plain(row["Function"]) for caller in CALLERS for row in rows_of(caller)]

    assert sorted(given) == sorted(calls(triggers, "function"))


@pytest.mark.parametrize("caller", CALLERS)
def test_each_caller_is_given_a_key_of_each_function_of_its_own_and_of_no_other(caller: str) -> None:
    name, _ = CALLERS[caller]

    loops = re.findall(r"for FUNCTION in ([^;]+); do.*?--key-name (\w+)", code(KEYS, "bash"), re.DOTALL)

    assert [set(loop.split()) for loop, key in loops if key == name] == [
        {plain(row["Function"]) for row in rows_of(caller)}
    ]


@pytest.mark.parametrize("caller", CALLERS)
def test_every_call_is_explained_to_its_caller(caller: str) -> None:
    _, explained = CALLERS[caller]

    shown = {plain(row["Call"]).partition("?")[0] for row in table(page(explained), "Call", "Answer")}

    assert shown == {plain(row["Call"]) for row in rows_of(caller)}
