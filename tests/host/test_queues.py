"""Queue triggers deliver at least once, retry, and give up into the poison queue, as in Azure."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from azure.storage.queue import QueueClient

from tests.host.conftest import QUEUES, Hosted
from tests.waiting import until

CONNECTION = "AzureWebJobsStorage"


@pytest.fixture(name="queue")
def _queue(storage: str) -> Iterator[QueueClient]:
    """Return a queue of this test's own."""
    with QueueClient.from_connection_string(storage, f"work-{uuid.uuid4()}") as queue:
        queue.create_queue()
        yield queue


def poison_of(storage: str, queue: QueueClient) -> QueueClient:
    return QueueClient.from_connection_string(storage, f"{queue.queue_name}-poison")


def an_app(queue: QueueClient, notes: Path, after: str = "") -> str:
    """Return an app that notes every message it gets, and then does `after`."""
    return f'''
import json, time
@app.queue_trigger(arg_name="message", queue_name="{queue.queue_name}", connection="{CONNECTION}")
def take(message: func.QueueMessage) -> None:
    with open({str(notes)!r}, "a") as notes:
        notes.write(json.dumps([message.get_body().decode(), message.dequeue_count, message.id]) + "\\n")
    {after}
'''


def noted(notes: Path) -> list[list[object]]:
    return [json.loads(line) for line in notes.read_text().splitlines()] if notes.exists() else []


def is_empty(queue: QueueClient) -> bool:
    return queue.get_queue_properties().approximate_message_count == 0


def test_a_message_reaches_the_function_once_and_is_deleted(
    hosted: Hosted, storage: str, queue: QueueClient, tmp_path: Path
) -> None:
    notes = tmp_path / "notes"
    hosted(an_app(queue, notes), settings={CONNECTION: storage})

    sent = queue.send_message('{"Guid": "é"}', time_to_live=-1)

    until(lambda: noted(notes) and is_empty(queue), what="the message is taken")
    assert noted(notes) == [['{"Guid": "é"}', 1, sent.id]]


def test_a_queue_that_nobody_created_is_waited_for_and_not_made(
    hosted: Hosted, storage: str, queue: QueueClient, tmp_path: Path
) -> None:
    notes = tmp_path / "notes"
    queue.delete_queue()
    host = hosted(an_app(queue, notes), settings={CONNECTION: storage})
    assert host.child.alive()

    def created() -> bool:
        queue.create_queue()
        return True

    until(created)
    queue.send_message("late")

    until(lambda: noted(notes), what="the message is taken")


def test_a_message_that_fails_five_times_goes_to_the_poison_queue(
    hosted: Hosted, storage: str, queue: QueueClient, tmp_path: Path
) -> None:
    notes = tmp_path / "notes"
    host = hosted(an_app(queue, notes, 'raise RuntimeError("no")'), settings={CONNECTION: storage})
    queue.send_message("bad")

    with poison_of(storage, queue) as poison:
        until(lambda: "goes to" in host.log() and is_empty(queue), what="the message is poison")
        [buried] = list(poison.receive_messages())

    assert buried.content == "bad"
    assert [attempt for _, attempt, _ in noted(notes)] == [1, 2, 3, 4, 5]


def test_a_failed_message_waits_for_the_visibility_timeout(
    hosted: Hosted, storage: str, queue: QueueClient, tmp_path: Path
) -> None:
    notes = tmp_path / "notes"
    hosted(
        an_app(queue, notes, 'raise RuntimeError("no")'),
        settings={CONNECTION: storage, "AzureFunctionsJobHost__extensions__queues__visibilityTimeout": "00:10:00"},
    )

    queue.send_message("bad")

    until(lambda: noted(notes), what="the first attempt")
    until(lambda: not queue.peek_messages() and not is_empty(queue), what="the message is hidden again")
    assert len(noted(notes)) == 1


def test_a_message_whose_process_was_killed_comes_back_when_its_lease_is_over(
    hosted: Hosted, storage: str, queue: QueueClient, tmp_path: Path
) -> None:
    notes = tmp_path / "notes"
    host = hosted(
        an_app(queue, notes, "time.sleep(30 if message.dequeue_count == 1 else 0)"),
        settings={CONNECTION: storage},
        options=("--lease-seconds", "2"),
    )
    queue.send_message("precious")
    until(lambda: noted(notes), what="the first attempt")

    host.kill()
    host.start()

    until(lambda: is_empty(queue), what="the message is done")
    assert [attempt for _, attempt, _ in noted(notes)] == [1, 2]


def test_the_lease_is_renewed_while_the_function_runs(
    hosted: Hosted, storage: str, queue: QueueClient, tmp_path: Path
) -> None:
    notes = tmp_path / "notes"
    hosted(an_app(queue, notes, "time.sleep(4)"), settings={CONNECTION: storage}, options=("--lease-seconds", "2"))

    queue.send_message("long")

    until(lambda: noted(notes) and is_empty(queue), what="the message is done")
    assert len(noted(notes)) == 1


def test_base64_is_decoded_and_what_is_not_base64_is_poison_at_once(
    hosted: Hosted, storage: str, queue: QueueClient, tmp_path: Path
) -> None:
    notes = tmp_path / "notes"
    host_json = {"extensions": {"queues": QUEUES | {"messageEncoding": "base64"}}}
    hosted(an_app(queue, notes), settings={CONNECTION: storage}, host_json=host_json)

    queue.send_message("plain text!")
    queue.send_message(base64.b64encode(b"encoded").decode())

    until(lambda: noted(notes) and is_empty(queue), what="both messages are done")
    assert [body for body, _, _ in noted(notes)] == ["encoded"]
    with poison_of(storage, queue) as poison:
        assert [message.content for message in poison.receive_messages()] == ["plain text!"]


def test_no_more_messages_run_at_once_than_host_json_allows(
    hosted: Hosted, storage: str, queue: QueueClient, tmp_path: Path
) -> None:
    notes = tmp_path / "notes"
    running = f"""
    with open({str(notes)!r}, "a") as notes:
        time.sleep(0.3)
        notes.write(json.dumps(["done", 0, ""]) + "\\n")
""".strip()
    settings = {
        CONNECTION: storage,
        "AzureFunctionsJobHost__extensions__queues__batchSize": "1",
        "AzureFunctionsJobHost__extensions__queues__newBatchThreshold": "0",
    }
    hosted(an_app(queue, notes, running), settings=settings)

    for number in range(4):
        queue.send_message(str(number))

    until(lambda: is_empty(queue), what="all messages are done")
    assert [first for first, _, _ in noted(notes)] == ["0", "done", "1", "done", "2", "done", "3", "done"]


def test_a_queue_function_can_be_started_by_hand(
    hosted: Hosted, storage: str, queue: QueueClient, tmp_path: Path
) -> None:
    notes = tmp_path / "notes"
    host = hosted(an_app(queue, notes), settings={CONNECTION: storage}, options=("--no-queues",))
    queue.send_message("stays")

    host.fire("take", "by hand")

    until(lambda: noted(notes), what="the function ran")
    assert noted(notes) == [["by hand", None, None]]
    assert not is_empty(queue)


def test_a_disabled_function_leaves_its_queue_alone(
    hosted: Hosted, storage: str, queue: QueueClient, tmp_path: Path
) -> None:
    notes = tmp_path / "notes"
    host = hosted(an_app(queue, notes), settings={CONNECTION: storage, "AzureWebJobs.take.Disabled": "true"})

    assert host.ready["Functions"][0]["Disabled"]
    assert "take: queue" in host.log()
    assert "(disabled)" in host.log()
