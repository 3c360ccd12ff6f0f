"""What adapters are tried against without any simulator."""

from collections.abc import Iterator

import pytest

from tests.adapters.scripted_server import ScriptedServer, scripted_server


@pytest.fixture(name="server")
def server_fixture() -> Iterator[ScriptedServer]:
    with scripted_server() as server:
        yield server
