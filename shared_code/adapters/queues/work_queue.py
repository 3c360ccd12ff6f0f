"""Sends work through Azure Storage Queues."""

import math
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError

from shared_code.adapters.azure_clients import app_identity, shared_transport
from shared_code.adapters.azure_failures import sorted_failures
from shared_code.adapters.queues.names import (
    CLEANUP_QUEUE,
    FORGET_QUEUE,
    NOTICES_QUEUE,
    POLL_BATCHES_QUEUE,
    POLL_CALENDARS_QUEUE,
    POLL_SHARDS_QUEUE,
    RECONCILE_QUEUE,
    WAITING_QUEUE,
)
from shared_code.adapters.queues.wire import to_text
from shared_code.settings import Storage
from shared_code.use_cases.errors import Refused
from shared_code.use_cases.ports import CleanUp, Deliver, Forget, Poll, PollBatch, PollShard, Reconcile, TellRep, Work

if TYPE_CHECKING:
    from azure.storage.queue import QueueClient, QueueServiceClient

SYSTEM = "Azure Queues"

LONGEST_DELAY = timedelta(days=6, hours=23)
"""A longer delay is cut to this: the service hides a message for at most 7 days.

Source: Microsoft docs, rest/api/storageservices/put-message
"""

_NEVER = -1


class StorageWorkQueue:
    """Sends work to the queue of its kind; the queue is made when the first message finds it missing."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def send(self, work: Work, *, delay: timedelta = timedelta(0)) -> None:
        """Have the work done at least once, not before the delay has passed (at most LONGEST_DELAY)."""
        name, message = queue_of(work), to_text(work)
        # The service takes whole seconds: a part of one counts as a whole, or the work would come too early.
        seconds = math.ceil(min(max(delay, timedelta(0)), LONGEST_DELAY).total_seconds())
        with sorted_failures(SYSTEM):
            client = self._service.get_queue_client(name)
            try:
                _put(client, message, seconds)
            except ResourceNotFoundError:
                self._create(client)
                _put(client, message, seconds)

    def _create(self, client: "QueueClient") -> None:
        try:
            client.create_queue()
        except ResourceExistsError as error:
            # Another process was faster. A queue that is still being deleted is none, and can be had later.
            if error.error_code == "QueueBeingDeleted":  # type: ignore[attr-defined]  # the client sets it, untyped
                raise

    @cached_property
    def _service(self) -> "QueueServiceClient":
        """Return the client, made when first needed: the package takes 300 ms to load, and most triggers send nothing.

        Messages are plain text, not the client's default either way: host.json says messageEncoding "none".
        """
        from azure.storage.queue import LinearRetry, QueueServiceClient

        storage = self._storage
        # Quirk: the client's own retry waits 15 s by default, inside the call.
        options: dict[str, Any] = {
            "transport": shared_transport(),
            "retry_policy": LinearRetry(backoff=0, random_jitter_range=0, retry_total=1, retry_status=0),
        }
        try:
            if storage.connection_string is not None:
                return QueueServiceClient.from_connection_string(storage.connection_string, **options)
            identity = app_identity(storage.client_id)
            return QueueServiceClient(storage.queue_service_uri or "", credential=identity, **options)
        except ValueError:
            # Safety: the client's words may quote the connection string, key and all.
            raise Refused("AzureWebJobsStorage cannot be used for Queues: it is malformed") from None


def queue_of(work: Work) -> str:
    """Return the queue for a piece of work."""
    match work:
        case PollShard():
            return POLL_SHARDS_QUEUE
        case PollBatch():
            return POLL_BATCHES_QUEUE
        case Poll():
            return POLL_CALENDARS_QUEUE
        case Reconcile():
            return RECONCILE_QUEUE
        case Deliver():
            return WAITING_QUEUE
        case TellRep():
            return NOTICES_QUEUE
        case CleanUp():
            return CLEANUP_QUEUE
        case Forget():
            return FORGET_QUEUE


def _put(client: "QueueClient", message: str, seconds: int) -> None:
    client.send_message(message, visibility_timeout=seconds, time_to_live=_NEVER)
