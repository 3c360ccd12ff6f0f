"""Queue clients for a trigger's connection: a connection string, or the platform's identity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azure.identity import ManagedIdentityCredential
from azure.storage.queue import QueueClient

from sandbox.host.worker.functions import AppRefused

PATIENCE: dict[str, Any] = {"retry_total": 1, "connection_timeout": 5, "read_timeout": 20}


def queue_client(values: Mapping[str, str], connection: str, queue: str) -> QueueClient:
    """Return a client for the queue, or refuse when no setting says where it is.

    Source: Microsoft docs, functions/functions-bindings-storage-queue-trigger, "Connections".
    """
    for name in (f"AzureWebJobs{connection}", connection):
        if values.get(name):
            return QueueClient.from_connection_string(values[name], queue, **PATIENCE)
    uri = values.get(f"{connection}__queueServiceUri")
    if not uri and (account := values.get(f"{connection}__accountName")):
        uri = f"https://{account}.queue.core.windows.net"
    if not uri:
        raise AppRefused(
            f"the connection {connection!r} is set by no setting ({connection} or {connection}__queueServiceUri)"
        )
    credential = ManagedIdentityCredential(client_id=values.get(f"{connection}__clientId"))
    return QueueClient(uri.rstrip("/"), queue, credential=credential, **PATIENCE)
