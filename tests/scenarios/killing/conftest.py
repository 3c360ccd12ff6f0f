"""A stack whose storage is reached through the relay, and the figures at the end of the run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from azure.data.tables import TableServiceClient

from sandbox.stack import Plan, Stack
from shared_code.adapters.tables import names
from tests.control import Control
from tests.scenarios.killing.deeds import DEEDS, FIRSTS
from tests.scenarios.killing.people import Days, World
from tests.scenarios.killing.storage.relay import Relay
from tests.scenarios.killing.sweep import Found, Sweep

FOUND = pytest.StashKey[Found]()

# Many deeds are held at once, each in a thread of the worker's own, so there must be enough of them.
ROOM = {
    "PYTHON_THREADPOOL_THREAD_COUNT": "96",
    "AzureFunctionsJobHost__extensions__http__maxConcurrentRequests": "-1",
    "AzureFunctionsJobHost__extensions__queues__batchSize": "32",
    "AzureFunctionsJobHost__extensions__queues__newBatchThreshold": "16",
}
TABLES = (
    names.REPS, names.MAPPINGS, names.APPOINTMENTS, names.MAILBOXES, names.POLLS, names.WAITING, names.CLEANUPS,
    names.ALARMS, names.ONE_TIME,
)  # fmt: skip
# So short that between two waves everybody's access token has to be fetched anew.
TOKENS_LAST_SECONDS = 600


@pytest.fixture(name="world", scope="module")
def _world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Return a stack of its own, the app and its host reaching storage through a relay."""
    settings = dict(ROOM)
    stack = Stack(tmp_path_factory.mktemp("killing"), Plan(timers=False, lease_seconds=3, extra_settings=settings))
    try:
        stack.start_backing()
        with Relay(stack.azurite.endpoints) as relay:
            settings["AzureWebJobsStorage"] = relay.connection_string
            stack.start_host()
            _make_tables(stack)
            Control(stack.control_url).call("PUT", "entra/lifetimes", {"AccessSeconds": TOKENS_LAST_SECONDS})
            yield World(stack, relay, Days())
            stack.stop_host()
    finally:
        stack.stop()


def _make_tables(stack: Stack) -> None:
    """Make what the first write of each table would make, or whose call it is would depend on who is first."""
    with TableServiceClient.from_connection_string(stack.storage) as tables:
        for name in TABLES:
            tables.create_table_if_not_exists(name)


@pytest.fixture(name="sweep", scope="module")
def _sweep(world: World, pytestconfig: pytest.Config) -> Sweep:
    """Return a sweep over all deeds, of which each has been played undisturbed."""
    sweep = Sweep(world, DEEDS, FIRSTS)
    pytestconfig.stash[FOUND] = sweep.found
    sweep.look()
    return sweep


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the kill points by deed, and in all."""
    if FOUND in config.stash:
        terminalreporter.write_line("The host was killed before and after calls of:")
        for line in config.stash[FOUND].lines():
            terminalreporter.write_line(line)
