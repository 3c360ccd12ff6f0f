"""What became of each break, told at the end of the run."""

import pytest

LINES = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    """Begin with nothing to tell."""
    config.stash[LINES] = []


@pytest.fixture(name="told")
def _told(request: pytest.FixtureRequest) -> list[str]:
    """Return the lines that are printed at the end."""
    return request.config.stash[LINES]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print which breaks were caught, and by which seed."""
    lines = config.stash.get(LINES, [])
    if lines:
        terminalreporter.section("the engine, broken on purpose")
        for line in lines:
            terminalreporter.write_line(line)
