"""What no story may end with: poisoned messages, requests that came too early, content that can be read in a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import requests
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


def poll_in_batch(stack: Stack, *people: Person) -> None:
    """Let the message come that has these people's calendars looked at, as the timer's shards send it."""
    users = ",".join(f'"{person.user}"' for person in people)
    stack.host.fire("poll_batch", f'{{"Version":1,"Work":"PollBatch","UserGuids":[{users}]}}')


def reconcile(stack: Stack, person: Person) -> dict[str, Any]:
    """Have a rep's appointments read from SalesExec, and return the log line of the run when it has ended."""
    moment = person.evidence.moment()
    stack.host.fire("reconcile_appointments", f'{{"Version":1,"Work":"Reconcile","UserGuid":"{person.user}"}}')
    ended = until(
        lambda: person.evidence.runs_since("reconcile_appointments", person.user, moment),
        what="the appointments have been read",
    )
    return ended[-1]


def hours_pass(stack: Stack, *people: Person, hours: float, step: float = 0.5) -> None:
    """Let time pass in steps, with a tick of the timer at each."""
    for _ in range(round(hours / step)):
        stack.advance_clock(timedelta(hours=step))
        tick(stack, *people)
        at_rest(stack)


def subjects(person: Person) -> list[str]:
    """Return the subjects of all events in a person's calendars."""
    return sorted(event["Subject"] for event in person.events())


def agreed(person: Person) -> bool:
    """Say whether a person's calendars and SalesExec hold the same, one for one."""
    return subjects(person) == sorted(each["Subject"] for each in person.appointments())


def costs(control: Control, since: int, person: Person) -> Counter[str]:
    """Return how many requests Graph and Entra got in a person's name, SalesExec about her, and the vault in all."""
    entries = [entry for entry in control.journal(since=since) if entry["Method"]]
    mine = [entry for entry in entries if entry["Actor"] in (person.upn, person.user) or entry["Service"] == "vault"]
    return Counter(entry["Service"] for entry in mine if "Batch" not in entry["Facts"])


def out_of_order(person: Person) -> list[str]:
    """Return the appointments of a person to which SalesExec applied a lower sequence after a higher one."""
    found = []
    for each in person.all_appointments():
        applied = [entry["Sequence"] for entry in each["History"] if entry["By"] == "Outlook"]
        if applied != sorted(set(applied)):
            found.append(f"{each['Subject']}: {applied}")
    return found


def killed_at(
    stack: Stack, control: Control, service: str, kind: str, match: dict[str, str], deed: Callable[[], Any]
) -> None:
    """Do something, end the host while a request is held at the other side, and start it again."""
    control.fault(service, kind, Match=match)
    with ThreadPoolExecutor(1) as caller:
        doing = caller.submit(deed)
        until(lambda: any(fault["Waiting"] for fault in control.faults()), what="the request is held")
        stack.kill_host()
        control.clear_faults()
        failure = doing.exception(timeout=30)
    assert failure is None or isinstance(failure, requests.RequestException)
    stack.start_host()


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

        # A message that was just taken is in no queue, and its run not yet begun: one quiet look is not enough.
        until(lambda: is_quiet() and is_quiet(), seconds=seconds, what="everything is at rest")
