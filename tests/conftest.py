"""What every room shares: no network beyond this machine, and one local stack for those who need it."""

from __future__ import annotations

import ipaddress
import sys
from collections.abc import Generator, Iterator

import pytest
from hypothesis import settings as hypothesis_settings

from sandbox.azurite import Azurite
from sandbox.stack import Plan, Stack
from tests.control import Control

# No deadlines: how long an example takes says more of the machine than of the code.
hypothesis_settings.register_profile("patient", deadline=None)
hypothesis_settings.load_profile("patient")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let whoever has an hour have more of what takes long."""
    parser.addoption("--long", action="store_true", help="play many more cases and histories: hours")


class NetworkGuard:
    """Refuses every connection of this process, and every name look-up, that leaves the machine."""

    EVENTS = frozenset({"socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"})

    def __init__(self) -> None:
        self.up = False

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        """Look at one event of the interpreter; Python calls this for all of them, in every thread."""
        if not self.up or event not in self.EVENTS:
            return
        address = arguments[0] if event.startswith("socket.get") else arguments[-1]
        host = address[0] if isinstance(address, tuple) else address
        if isinstance(host, str | bytes) and not is_local(host.decode() if isinstance(host, bytes) else host):
            raise AssertionError(f"a test reached for the network: {event} {host!r}")


def is_local(host: str) -> bool:
    """Say whether a host name, an address or a socket file is on this machine."""
    if host in ("", "localhost") or host.startswith("/"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


guard = NetworkGuard()
sys.addaudithook(guard)


@pytest.fixture(autouse=True, scope="session")
def _no_network() -> Iterator[None]:
    guard.up = True
    yield
    guard.up = False


@pytest.fixture(name="storage", scope="session")
def _storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the connection string of an emulated storage account; tests stay apart by names of their own."""
    with Azurite(tmp_path_factory.mktemp("azurite")) as azurite:
        yield azurite.connection_string


@pytest.fixture(name="stack", scope="session")
def _stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Return the whole local stack with the real app, started once; tests stay apart by using reps of their own.

    Timers rest: a test that needs a tick fires it (`stack.host.fire("poll_timer")`).
    """
    stack = Stack(tmp_path_factory.mktemp("stack"), Plan(timers=False, lease_seconds=3))
    with stack:
        yield stack


@pytest.fixture(name="control", scope="session")
def _control(stack: Stack) -> Control:
    """Return the control plane of the stack's simulators."""
    return Control(stack.control_url)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the ends of the stack's logs to the report of a test that failed with it."""
    report = yield
    if call.excinfo is not None:
        given = getattr(item, "funcargs", {}).values()
        # A stack, or what has one.
        stacks = {id(found): found for each in given if isinstance(found := getattr(each, "stack", each), Stack)}
        report.sections += [("logs of a stack", stack.tails()) for stack in stacks.values()]
    return report
