"""The figures that are printed at the end of the run."""

from __future__ import annotations

from collections import Counter

import pytest

TALLY = pytest.StashKey[Counter[str]]()


@pytest.fixture(name="tally", scope="session")
def _tally(pytestconfig: pytest.Config) -> Counter[str]:
    """Return the counts of the run, by what was counted."""
    return pytestconfig.stash.setdefault(TALLY, Counter())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say how much was thrown at the app."""
    for what, count in sorted(config.stash.get(TALLY, Counter()).items()):
        terminalreporter.write_line(f"{what}: {count}")
