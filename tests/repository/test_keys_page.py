"""docs/keys.md and docs/salesexec.md against the functions that the app registers."""

from __future__ import annotations

from typing import Any

import pytest

from function_app import app
from tests.repository.pages import code, named, page, plain, table

KEYS = page("docs/keys.md")
ROUTE_NAMES = {"{appointment_guid}": "{AppointmentGuid}", "{user_guid}": "{UserGuid}"}


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


def test_salesexec_is_given_a_key_of_each_function_that_needs_one(triggers: dict[str, dict[str, Any]]) -> None:
    loop = code(KEYS, "bash").partition("for FUNCTION in ")[2].partition(";")[0]

    assert set(loop.split()) == set(calls(triggers, "function"))


def test_every_call_that_needs_a_key_is_explained_to_salesexec(triggers: dict[str, dict[str, Any]]) -> None:
    shown = {plain(row["Call"]).partition("?")[0] for row in table(page("docs/salesexec.md"), "Call", "Answer")}

    assert shown == {call for call, _ in calls(triggers, "function").values()}
