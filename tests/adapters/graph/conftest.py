"""The adapter's parts, each pointed at a scripted server."""

import pytest

from shared_code.adapters.graph.calendar import GraphCalendar
from shared_code.adapters.graph.client import GraphClient
from shared_code.adapters.http import Http
from tests.adapters.graph.answers import TwoTokens
from tests.adapters.scripted_server import ScriptedServer
from tests.fakes.clock import FakeClock


@pytest.fixture(name="token")
def token_fixture() -> TwoTokens:
    return TwoTokens()


@pytest.fixture(name="client")
def client_fixture(server: ScriptedServer, token: TwoTokens) -> GraphClient:
    clock = FakeClock()
    return GraphClient(Http("Graph", clock), f"{server.url}/v1.0", token, clock)


@pytest.fixture(name="calendar")
def calendar_fixture(client: GraphClient) -> GraphCalendar:
    return GraphCalendar(client)
