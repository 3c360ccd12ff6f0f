"""The figures of the rounds, shown at the end of the run."""

from __future__ import annotations

import pytest

FIGURES = pytest.StashKey[str]()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say how many rounds were played, and what came of them."""
    if FIGURES in config.stash:
        terminalreporter.write_line(f"All at once: {config.stash[FIGURES]}")
