"""The relay passes everything on unchanged, knows whose it is, and holds what it is told to."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from azure.core.exceptions import AzureError
from azure.data.tables import TableClient, TableServiceClient
from azure.storage.queue import QueueClient

from tests.scenarios.killing.storage.relay import Relay
from tests.scenarios.people import a_guid
from tests.waiting import until

OWNER = "anna"


@pytest.fixture(name="relay")
def _relay(storage: str) -> Iterator[Relay]:
    ends = dict(part.split("=", 1) for part in storage.rstrip(";").split(";"))
    endpoints = {name: ends[f"{name}Endpoint"] for name in ("Blob", "Queue", "Table")}
    with Relay(endpoints) as relay:
        yield relay


@pytest.fixture(name="direct")
def _direct(storage: str) -> Iterator[TableClient]:
    with TableServiceClient.from_connection_string(storage) as tables:
        yield tables.create_table_if_not_exists("Relayed")


def row(guid: str) -> dict[str, str]:
    return {"PartitionKey": guid, "RowKey": "row", "Text": "ä"}


def is_there(direct: TableClient, guid: str) -> bool:
    return bool(list(direct.query_entities("PartitionKey eq @guid", parameters={"guid": guid})))


@pytest.mark.parametrize("after", [False, True])
def test_one_request_is_held_before_or_after_it_is_passed_on(relay: Relay, direct: TableClient, after: bool) -> None:
    first, second = a_guid(), a_guid()
    relay.register(OWNER, first, second)
    relay.hold(OWNER, skip=1, after=after)
    lost: list[AzureError] = []

    def write() -> None:
        with TableClient.from_connection_string(relay.connection_string, "Relayed", retry_total=0) as relayed:
            relayed.create_entity(row(first))
            try:
                relayed.create_entity(row(second))
            except AzureError as error:
                lost.append(error)

    writing = threading.Thread(target=write)
    writing.start()
    until(lambda: relay.held(OWNER), what="the second is held")
    there = [is_there(direct, each) for each in (first, second)]
    relay.release()
    writing.join(20)

    assert there == [True, after]
    assert len(lost) == 1
    assert is_there(direct, second) is after


def test_the_deleting_of_a_message_is_its_owners_and_all_is_quiet_after_it(relay: Relay) -> None:
    guid = a_guid()
    relay.register(OWNER, guid)
    with QueueClient.from_connection_string(relay.connection_string, "relayed") as queue:
        queue.create_queue()
        queue.send_message(f'{{"UserGuid":"{guid}"}}')
        message = queue.receive_message()
        assert message is not None
        taken = relay.is_quiet(0)
        queue.delete_message(message)
        assert queue.receive_message() is None

    assert not taken
    assert relay.is_quiet(1)
    mine = [f"{each.method} {each.path.partition('?')[0].split('/')[-1]}" for each in relay.passed if each.owner]
    assert mine == ["POST messages", f"DELETE {message.id}"]


def test_a_name_that_came_along_with_two_owners_is_nobodys(relay: Relay, direct: TableClient) -> None:
    anna, ben, shared = a_guid(), a_guid(), a_guid()
    relay.register("anna", anna)
    relay.register("ben", ben)
    with TableClient.from_connection_string(relay.connection_string, direct.table_name) as relayed:
        relayed.create_entity({"PartitionKey": anna, "RowKey": "1", "Tenant": shared})
        relayed.create_entity({"PartitionKey": ben, "RowKey": "1", "Tenant": shared})
        relayed.create_entity({"PartitionKey": shared, "RowKey": "1"})

    assert [each.owner for each in relay.passed] == ["anna", "ben", ""]
