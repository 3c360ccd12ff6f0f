"""The people of the stories, calm after each of them, and the count of mails at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sandbox.stack import Plan, Stack
from tests.control import Control
from tests.scenarios.api import Api
from tests.scenarios.evidence import Evidence, Postbox
from tests.scenarios.people import Person

MAILS = pytest.StashKey[list[dict[str, Any]]]()

Hire = Callable[..., Person]


@pytest.fixture(name="postbox", scope="session")
def _postbox(control: Control, pytestconfig: pytest.Config) -> Iterator[Postbox]:
    """Return who sent which mail; the run fails when it ends with a mail that nobody sent by hand."""
    postbox = Postbox(control)
    yield postbox
    settle(postbox, pytestconfig)


def settle(postbox: Postbox, config: pytest.Config) -> None:
    """Add a stack's mails to the count of the run, and fail when there is one."""
    mails = postbox.caused_by_app()
    config.stash.setdefault(MAILS, []).extend(mails)
    assert not mails, f"Exchange would have sent {mails}"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say how many mails the app would have caused, control experiments left out."""
    if MAILS in config.stash:
        count = len(config.stash[MAILS])
        terminalreporter.write_line(f"Mails that Exchange would have sent because of the app: {count}")


@pytest.fixture(name="hire", scope="session")
def _hire(stack: Stack, control: Control, postbox: Postbox) -> Hire:
    """Return how a story gets a rep of its own; facts go to the seed, as `Personal=True`."""
    return lambda **facts: Person(stack, control, postbox, control.new_rep(**facts))


@pytest.fixture(name="anna")
def _anna(hire: Hire) -> Person:
    """Return a rep who is connected."""
    anna = hire()
    anna.connect()
    return anna


@pytest.fixture(name="new_rep")
def _new_rep(hire: Hire) -> Person:
    """Return a rep who is not connected."""
    return hire()


@pytest.fixture(name="api", scope="session")
def _api(stack: Stack) -> Api:
    return Api(stack)


@pytest.fixture(name="evidence", scope="session")
def _evidence(stack: Stack, control: Control) -> Evidence:
    return Evidence(stack, control)


@pytest.fixture(autouse=True)
def _calm(control: Control) -> Iterator[None]:
    """Undo what a story did to everybody's world."""
    switches = {each["Name"]: each["Value"] for each in control.call("GET", "switches")["Switches"]}
    yield
    control.clear_faults()
    control.call("PUT", "switches", switches)
    control.call("PUT", "vault/rules", {"PurgeProtection": False, "Allowed": True, "DeletionSeconds": 0})
    control.call("POST", "salesexec/config", {"RejectSubjects": []})


@pytest.fixture(autouse=True)
def _own_calm(request: pytest.FixtureRequest) -> Iterator[None]:
    """End the faults of a story that has a stack of its own."""
    yield
    for name in {"own_control", "spare_control"}.intersection(request.fixturenames):
        request.getfixturevalue(name).clear_faults()


@pytest.fixture(name="own_stack", scope="module")
def _own_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Return a stack for the stories of one file, which move time or kill the host."""
    with Stack(tmp_path_factory.mktemp("own"), Plan(timers=False, lease_seconds=3)) as stack:
        yield stack


@pytest.fixture(name="own_control", scope="module")
def _own_control(own_stack: Stack) -> Control:
    return Control(own_stack.control_url)


@pytest.fixture(name="own_hire", scope="module")
def _own_hire(own_stack: Stack, own_control: Control, pytestconfig: pytest.Config) -> Iterator[Hire]:
    """Return how a story gets a rep of its own on the stack of its file."""
    postbox = Postbox(own_control)
    yield lambda **facts: Person(own_stack, own_control, postbox, own_control.new_rep(**facts))
    settle(postbox, pytestconfig)


@pytest.fixture(name="spare_stack", scope="session")
def _spare_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Return a second stack that all files may move the time of; their stories stay apart by reps of their own."""
    with Stack(tmp_path_factory.mktemp("spare"), Plan(timers=False, lease_seconds=3)) as stack:
        yield stack


@pytest.fixture(name="spare_control", scope="session")
def _spare_control(spare_stack: Stack) -> Control:
    return Control(spare_stack.control_url)


@pytest.fixture(name="spare_hire", scope="session")
def _spare_hire(spare_stack: Stack, spare_control: Control, pytestconfig: pytest.Config) -> Iterator[Hire]:
    """Return how a story gets a rep of its own on the stack whose time moves."""
    postbox = Postbox(spare_control)
    yield lambda **facts: Person(spare_stack, spare_control, postbox, spare_control.new_rep(**facts))
    settle(postbox, pytestconfig)
