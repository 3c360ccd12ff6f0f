"""How many histories are played over HTTP, and what they came to, told at the end of the run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.stack import Plan, Stack
from tests.seeds import deal_out
from tests.world.rounds import AT_ONCE
from tests.world.stage import Stage
from tests.world.tally import Tally

HISTORIES, HISTORIES_LONG = 12, 200

_TALLY = pytest.StashKey[Tally]()


def pytest_configure(config: pytest.Config) -> None:
    """Begin to count."""
    config.stash[_TALLY] = Tally()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Deal the seeds out to rounds: a seed is in the same round in every run."""
    deal_out(metafunc, "seeds", usual=HISTORIES, with_long=HISTORIES_LONG, each=AT_ONCE)


@pytest.fixture(name="stage", scope="session")
def _stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Return a stack that only histories play on: they kill its host and move its time."""
    with Stack(tmp_path_factory.mktemp("world"), Plan(timers=False, lease_seconds=3)) as stack:
        yield Stage(stack)


@pytest.fixture(name="tally", scope="session")
def _tally(request: pytest.FixtureRequest) -> Iterator[Tally]:
    """Return the tally of the whole run, of which a third must have invited people between a poll and a push."""
    tally = request.config.stash[_TALLY]
    yield tally
    if len(tally.seeds) >= HISTORIES:
        assert tally.counts["between"] * 3 >= len(tally.seeds), "too few invitations between a poll and a push"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the counts and the seeds."""
    tally = config.stash.get(_TALLY, Tally())
    if tally.seeds:
        terminalreporter.section("histories over HTTP")
        for line in tally.lines():
            terminalreporter.write_line(line)
