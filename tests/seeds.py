"""Seeds, dealt out to tests: a test plays a span of them, and is named after it."""

import pytest

FIRST_SEED = 0


def deal_out(metafunc: pytest.Metafunc, argument: str, *, usual: int, with_long: int, each: int) -> None:
    """Give a test that asks for it so many seeds each: with `--long` there are more tests, not longer ones."""
    if argument not in metafunc.fixturenames:
        return
    count = with_long if metafunc.config.getoption("--long") else usual
    dealt = [range(first, first + each) for first in range(FIRST_SEED, FIRST_SEED + count, each)]
    metafunc.parametrize(argument, dealt, ids=[f"seeds-{seeds.start}-to-{seeds.stop - 1}" for seeds in dealt])
