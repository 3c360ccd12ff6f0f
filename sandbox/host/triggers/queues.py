"""Queue triggers: batches, leases renewed while a function runs, retries after a wait, and the poison queue.

Source: azure-sdk-for-net, Microsoft.Azure.WebJobs.Extensions.Storage.Queues, QueueListener and QueueProcessor.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import logging
import random
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any

from azure.core.exceptions import AzureError, ResourceNotFoundError
from azure.storage.queue import QueueClient, QueueMessage

from sandbox.host.configuration import QueueOptions
from sandbox.host.triggers.pace import Pace
from sandbox.host.worker.functions import Function
from sandbox.host.worker.invocations import Invocations
from sandbox.host.worker.messages import TypedData

logger = logging.getLogger("host.queues")

SHORTEST_WAIT = 0.1


class QueueListener:
    """Feeds the messages of one queue to one function."""

    def __init__(
        self,
        *,
        function: Function,
        queue: QueueClient,
        poison: QueueClient,
        options: QueueOptions,
        lease_seconds: int,
        invocations: Invocations,
        threads: Executor,
        pace: Pace,
    ) -> None:
        self._pace = pace
        self._function = function
        self._queue = queue
        self._poison = poison
        self._options = options
        self._lease = lease_seconds
        self._invocations = invocations
        self._threads = threads
        self._tasks: set[asyncio.Task[None]] = set()
        self._room = asyncio.Event()

    async def run(self) -> None:
        """Poll until cancelled: at once while there is work, ever more slowly while there is none."""
        wait = SHORTEST_WAIT
        configured = self._options.max_polling_interval.total_seconds()
        while True:
            if len(self._tasks) > self._options.new_batch_threshold:
                self._room.clear()
                await self._room.wait()
                continue
            batch = await self._receive()
            if batch:
                wait = SHORTEST_WAIT
                for message in batch:
                    self._start(message)
            else:
                wait = min(self._pace.longest(configured), wait * random.uniform(1.2, 2.0))  # noqa: S311 - jitter
                if await self._pace.sleep(wait):
                    wait = SHORTEST_WAIT

    async def finish(self) -> None:
        """Wait for the messages that are being worked on."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _receive(self) -> list[QueueMessage]:
        """Lease a batch. A queue that does not exist is empty: as in Azure, nobody creates it but the deployment."""

        def receive() -> list[QueueMessage]:
            found = self._queue.receive_messages(
                messages_per_page=self._options.batch_size, visibility_timeout=self._lease
            )
            return list(next(found.by_page(), ()))

        try:
            return await self._blocking(receive)
        except ResourceNotFoundError:
            return []
        except AzureError as fault:
            logger.warning("queue %s cannot be read: %s", self._queue.queue_name, str(fault).splitlines()[0])
            return []

    def _start(self, message: QueueMessage) -> None:
        task = asyncio.create_task(self._handle(message))
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._room.set()
        if not task.cancelled() and (fault := task.exception()):
            logger.error("a message of %s was left to its lease: %s", self._queue.queue_name, fault)

    async def _handle(self, message: QueueMessage) -> None:
        text = self._text(message)
        if text is None:
            logger.error("a message of %s is not base64; it goes to the poison queue", self._queue.queue_name)
            await self._bury(message)
            return
        if (message.dequeue_count or 0) > self._options.max_dequeue_count:
            await self._bury(message)
            return
        ended = asyncio.Event()
        renewing = asyncio.create_task(self._renew(message, ended))
        try:
            result = await self._invocations.run(
                self._function,
                TypedData(string=text),
                because=f"queue {self._queue.queue_name}, attempt {message.dequeue_count}",
                metadata=metadata(message),
            )
        finally:
            ended.set()
            await renewing
        if result.failure is None:
            await self._delete(message)
        elif (message.dequeue_count or 0) >= self._options.max_dequeue_count:
            await self._bury(message)
        else:
            seconds = int(self._options.visibility_timeout.total_seconds())
            await self._update(message, seconds)

    def _text(self, message: QueueMessage) -> str | None:
        content = str(message.content)
        if not self._options.base64:
            return content
        try:
            return base64.b64decode(content, validate=True).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError):
            return None

    async def _renew(self, message: QueueMessage, ended: asyncio.Event) -> None:
        """Keep the lease while the function runs, so that nobody else gets the message.

        Safety: never cancelled, because a renewal under way changes the receipt that deleting the message needs.
        """
        while not ended.is_set():
            try:
                await asyncio.wait_for(ended.wait(), self._lease / 2)
            except TimeoutError:
                await self._update(message, self._lease)

    async def _update(self, message: QueueMessage, seconds: int) -> None:
        def update() -> None:
            fresh = self._queue.update_message(message, visibility_timeout=seconds)
            message.pop_receipt = fresh.pop_receipt

        await self._lost_is_fine(update)

    async def _delete(self, message: QueueMessage) -> None:
        await self._lost_is_fine(lambda: self._queue.delete_message(message))

    async def _bury(self, message: QueueMessage) -> None:
        """Move the message to the poison queue, which the host creates when it needs it."""
        logger.warning(
            "a message of %s has failed too often; it goes to %s", self._queue.queue_name, self._poison.queue_name
        )

        def send() -> None:
            try:
                self._poison.send_message(message.content, time_to_live=-1)
            except ResourceNotFoundError:
                self._poison.create_queue()
                self._poison.send_message(message.content, time_to_live=-1)

        await self._blocking(send)
        await self._delete(message)

    async def _lost_is_fine(self, action: Callable[[], object]) -> None:
        """Do something to the leased message; if the lease was lost meanwhile, somebody else has it now."""
        try:
            await self._blocking(action)
        except AzureError as fault:
            logger.warning("a lease on %s was lost: %s", self._queue.queue_name, str(fault).splitlines()[0])

    async def _blocking[T](self, action: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, action)


def metadata(message: QueueMessage) -> dict[str, TypedData]:
    """Return what the function can ask of its message, in the spelling of the .NET host."""

    def instant(value: Any) -> TypedData:
        return TypedData(string=value.isoformat() if value else "")

    return {
        "Id": TypedData(string=str(message.id)),
        "DequeueCount": TypedData(string=str(message.dequeue_count)),
        "PopReceipt": TypedData(string=str(message.pop_receipt)),
        "InsertionTime": instant(message.inserted_on),
        "ExpirationTime": instant(message.expires_on),
        "NextVisibleTime": instant(message.next_visible_on),
    }
