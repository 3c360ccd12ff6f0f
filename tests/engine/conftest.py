"""How many histories are played, and what they came to, told at the end of the run."""

import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor

import pytest

from tests.engine.tally import Tally
from tests.seeds import FIRST_SEED, deal_out

CHUNKS = 10
HISTORIES, HISTORIES_LONG = 3_000, 50_000
WITH_SERIES = 600
SERIES_EACH = 100

_TALLY = pytest.StashKey[Tally]()
_SERIES_TALLY = pytest.StashKey[Tally]()


def pytest_configure(config: pytest.Config) -> None:
    """Begin to count."""
    config.stash[_TALLY] = Tally()
    config.stash[_SERIES_TALLY] = Tally()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Deal the seeds out to tests."""
    deal_out(metafunc, "seeds", usual=HISTORIES, with_long=HISTORIES_LONG, each=HISTORIES // CHUNKS)
    deal_out(metafunc, "series_seeds", usual=WITH_SERIES, with_long=WITH_SERIES, each=SERIES_EACH)


@pytest.fixture(name="players", scope="session")
def _players() -> Iterator[Executor]:
    """Return processes that play histories, as many as the machine has cores: a history keeps one busy."""
    with ProcessPoolExecutor(os.cpu_count(), mp_context=multiprocessing.get_context("spawn")) as players:
        yield players


@pytest.fixture(name="tally", scope="session")
def _tally(request: pytest.FixtureRequest) -> Tally:
    """Return the tally of the whole run."""
    return request.config.stash[_TALLY]


@pytest.fixture(name="series_tally", scope="session")
def _series_tally(request: pytest.FixtureRequest) -> Tally:
    """Return the tally of the histories with series."""
    return request.config.stash[_SERIES_TALLY]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the counts, and where the seeds began."""
    for what, key in (("histories", _TALLY), ("histories with series", _SERIES_TALLY)):
        tally = config.stash.get(key, Tally())
        if tally.histories:
            terminalreporter.section(f"{what}, from seed {FIRST_SEED}")
            for line in tally.lines():
                terminalreporter.write_line(line)
