"""How many triples are planned, and what they came to, told at the end of the run."""

import pytest

from tests.planner.tally import Tally

CHUNKS = 10
CASES, CASES_LONG = 20_000, 200_000
FIRST_SEED = 0

_TALLY = pytest.StashKey[Tally]()


def pytest_configure(config: pytest.Config) -> None:
    """Begin to count."""
    config.stash[_TALLY] = Tally()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Deal the seeds out to tests: always as many to each, so that a long run has more tests, not longer ones."""
    if "case_seeds" not in metafunc.fixturenames:
        return
    cases = CASES_LONG if metafunc.config.getoption("--long") else CASES
    size = CASES // CHUNKS
    dealt = [range(FIRST_SEED + start, FIRST_SEED + start + size) for start in range(0, cases, size)]
    metafunc.parametrize("case_seeds", dealt, ids=[f"seeds-{seeds.start}-to-{seeds.stop - 1}" for seeds in dealt])


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
