"""The real things that adapters are tried on, and ways to try them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from shared_code.adapters.tables.table import Tables
from shared_code.settings import Storage

FAKE_AND_REAL = ("fake", "azure")


@pytest.fixture(scope="session", name="tables")
def tables_fixture(storage: str) -> Tables:
    return Tables(Storage(connection_string=storage))


def real_or_fake(request: pytest.FixtureRequest, fake: Callable[[], Any], real: Callable[[Tables], Any]) -> Any:
    """Return the fake, or the adapter on Azurite, which starts only when it is asked for."""
    return fake() if request.param == "fake" else real(request.getfixturevalue("tables"))


def all_at_once[T](count: int, deed: Callable[[int], T]) -> list[T]:
    """Do something in many threads that begin together, and return what each returned."""
    together = Barrier(count)

    def begin(number: int) -> T:
        together.wait(10)
        return deed(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(begin, range(count)))
