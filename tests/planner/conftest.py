"""How many triples are planned, and what they came to, told at the end of the run."""

import pytest

from tests.planner.tally import Tally
from tests.seeds import FIRST_SEED, deal_out

CHUNKS = 10
CASES, CASES_LONG = 20_000, 200_000

_TALLY = pytest.StashKey[Tally]()


def pytest_configure(config: pytest.Config) -> None:
    """Begin to count."""
    config.stash[_TALLY] = Tally()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Deal the seeds out to tests."""
    deal_out(metafunc, "case_seeds", usual=CASES, with_long=CASES_LONG, each=CASES // CHUNKS)


@pytest.fixture(name="case_tally", scope="session")
def _case_tally(request: pytest.FixtureRequest) -> Tally:
    """Return the tally of the whole run."""
    return request.config.stash[_TALLY]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the counts, and where the seeds began."""
    tally = config.stash.get(_TALLY, Tally())
    if tally.cases:
        terminalreporter.section(f"planned triples, from seed {FIRST_SEED}")
        for line in tally.lines():
            terminalreporter.write_line(line)
