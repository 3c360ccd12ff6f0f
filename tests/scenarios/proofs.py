"""What no story may end with: poisoned messages, requests that came too early, content that can be read in a table."""

from __future__ import annotations

from typing import Any

from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables import TableServiceClient
from azure.storage.queue import QueueServiceClient

from sandbox.stack import Stack
from shared_code.domain.identifiers import UserGuid, shard_of
from shared_code.use_cases.ports import SHARDS
from tests.control import Control
from tests.scenarios.people import Person
from tests.waiting import until

POISON = "-poison"


def poisoned(stack: Stack) -> dict[str, list[str]]:
    """Return the messages in the queues of those that only ever failed."""
    found: dict[str, list[str]] = {}
    with QueueServiceClient.from_connection_string(stack.storage) as service:
        for queue in service.list_queues():
            if queue.name.endswith(POISON):
                with service.get_queue_client(queue.name) as client:
                    messages = [str(message.content) for message in client.peek_messages(32)]
                if messages:
                    found[queue.name] = messages
    return found


def lose_messages(stack: Stack) -> None:
    """Empty every queue, as an operator may by mistake."""
    with QueueServiceClient.from_connection_string(stack.storage) as service:
        for queue in service.list_queues():
            with service.get_queue_client(queue.name) as client:
                client.clear_messages()


def lose_tables(stack: Stack, *names: str) -> None:
    """Empty whole tables."""
    with TableServiceClient.from_connection_string(stack.storage) as tables:
        for name in names:
            with tables.get_table_client(name) as table:
                for row in list(table.list_entities(select=["PartitionKey", "RowKey"])):
                    table.delete_entity(row["PartitionKey"], row["RowKey"])


def raw_rows(stack: Stack) -> dict[str, list[dict[str, Any]]]:
    """Return every row of every table, as stored."""
    with TableServiceClient.from_connection_string(stack.storage) as tables:
        found: dict[str, list[dict[str, Any]]] = {}
        for listed in tables.list_tables():
            with tables.get_table_client(listed.name) as table:
                try:
                    found[listed.name] = [dict(row) for row in table.list_entities()]
                except ResourceNotFoundError:
                    continue
        return found


def stored_bytes(stack: Stack) -> bytes:
    """Return everything that is stored in tables, as one stretch of bytes."""
    values = [value for rows in raw_rows(stack).values() for row in rows for value in row.values()]
    return b"\n".join(value if isinstance(value, bytes) else str(value).encode() for value in values)


def early(control: Control, upn: str, since: int = 0) -> list[str]:
    """Return the requests in one person's name that came before the time Graph had named."""
    ordered = [entry for entry in control.journal("graph", since, upn) if entry["Fault"] == "early"]
    counted = sum(row["Early"] for row in control.call("GET", "graph/figures")["Mailboxes"] if row["Upn"] == upn)
    return [f"{entry['Method']} {entry['Path']}" for entry in ordered] + ["by the limits"] * counted


def asked(control: Control, service: str, since: int, actor: str = "") -> list[str]:
    """Return the requests that a system got, such as "GET /secrets/x"."""
    return [f"{entry['Method']} {entry['Path']}" for entry in control.journal(service, since, actor) if entry["Method"]]


def tick(stack: Stack, *people: Person) -> None:
    """Let the timer's message come for the shards of these people."""
    for shard in sorted({shard_of(UserGuid(person.user), SHARDS) for person in people}):
        stack.host.fire("poll_shard", f'{{"Version":1,"Work":"PollShard","Shard":{shard}}}')


def at_rest(stack: Stack, seconds: float = 60) -> None:
    """Wait until no message is to be seen in any queue, and nothing runs."""
    with QueueServiceClient.from_connection_string(stack.storage) as service:
        names = [queue.name for queue in service.list_queues() if not queue.name.endswith(POISON)]

        def is_quiet() -> bool:
            for name in names:
                with service.get_queue_client(name) as client:
                    if client.peek_messages(1):
                        return False
            return not stack.host.status()["running"]

        until(is_quiet, seconds=seconds, what="everything is at rest")
