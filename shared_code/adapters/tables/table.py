"""One table: reads that find or do not, and writes that all happen or none, each one call to the service."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from itertools import islice
from typing import Any, Self

from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.data.tables import TableClient, TableServiceClient, TransactionOperation, UpdateMode

from shared_code.adapters.azure_clients import RETRIES, app_identity, shared_transport
from shared_code.adapters.azure_failures import code_of, is_conflict, is_missing, sorted_failures
from shared_code.adapters.tables.columns import Columns
from shared_code.settings import Storage
from shared_code.use_cases.errors import Refused, StaleVersion, TryAgainLater

SYSTEM = "Azure Tables"
WRITES_PER_CALL = 100

ATTEMPTS = 10
"""How often a row that others write too is read and written anew."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row as read: its key within the partition, its columns, and its version."""

    key: str
    columns: Columns
    etag: str


@dataclass(frozen=True, slots=True)
class Write:
    """One change to one row; made by the functions of this class, so that only sensible ones exist."""

    verb: TransactionOperation
    row: Mapping[str, Any]
    options: Mapping[str, Any]

    @classmethod
    def insert(cls, partition: str, key: str, columns: Columns) -> Self:
        """Add a row that must not be there yet."""
        return cls(TransactionOperation.CREATE, _entity(partition, key, columns), {})

    @classmethod
    def replace(cls, partition: str, key: str, columns: Columns, etag: str) -> Self:
        """Put these columns in the place of all columns, if the row still is the version."""
        guard = {"mode": UpdateMode.REPLACE, "etag": etag, "match_condition": MatchConditions.IfNotModified}
        return cls(TransactionOperation.UPDATE, _entity(partition, key, columns), guard)

    @classmethod
    def merge(cls, partition: str, key: str, columns: Columns, etag: str) -> Self:
        """Set these columns and leave the others, if the row still is the version."""
        guard = {"mode": UpdateMode.MERGE, "etag": etag, "match_condition": MatchConditions.IfNotModified}
        return cls(TransactionOperation.UPDATE, _entity(partition, key, columns), guard)

    @classmethod
    def merge_any(cls, partition: str, key: str, columns: Columns) -> Self:
        """Set these columns and leave the others, whatever version the row is, if it is there."""
        return cls(TransactionOperation.UPDATE, _entity(partition, key, columns), {"mode": UpdateMode.MERGE})

    @classmethod
    def note(cls, partition: str, key: str, columns: Columns) -> Self:
        """Set these columns whatever version the row is, and make it if need be."""
        return cls(TransactionOperation.UPSERT, _entity(partition, key, columns), {"mode": UpdateMode.MERGE})

    @classmethod
    def put(cls, partition: str, key: str, columns: Columns) -> Self:
        """Make the row hold exactly these columns, whatever was there."""
        return cls(TransactionOperation.UPSERT, _entity(partition, key, columns), {"mode": UpdateMode.REPLACE})

    @classmethod
    def delete(cls, partition: str, key: str, etag: str | None = None) -> Self:
        """Take the row away; only that version of it when one is named."""
        guard = {} if etag is None else {"etag": etag, "match_condition": MatchConditions.IfNotModified}
        return cls(TransactionOperation.DELETE, _entity(partition, key, {}), guard)

    @property
    def identity(self) -> str:
        """Return the key of the row within its partition."""
        return str(self.row["RowKey"])


def _entity(partition: str, key: str, columns: Columns) -> dict[str, Any]:
    return {"PartitionKey": partition, "RowKey": key, **columns}


class Table:
    """One table. It is made when the first write finds it missing; a read of a missing table finds nothing."""

    def __init__(self, tables: "Tables", name: str) -> None:
        self._tables = tables
        self._name = name

    @cached_property
    def _client(self) -> TableClient:
        return self._tables.service.get_table_client(self._name)

    def get(self, partition: str, key: str, columns: Sequence[str] | None = None) -> Row | None:
        """Return one row, or None; only the named columns when some are named."""
        with sorted_failures(SYSTEM):
            try:
                found = self._client.get_entity(partition, key, select=None if columns is None else list(columns))
            except ResourceNotFoundError:
                return None
        return Row(key, found, found.metadata["etag"] or "")

    def rows(
        self,
        condition: str,
        parameters: Mapping[str, Any],
        columns: Sequence[str] | None = None,
        *,
        at_most: int | None = None,
    ) -> list[Row]:
        """Return the rows for which the condition holds, in the order of their keys; the first of them if so asked.

        Quirk: a condition may make at most 15 comparisons, so many rows are asked for by a range of keys.
        Source: Microsoft docs, rest/api/storageservices/querying-tables-and-entities
        """
        wanted = None if columns is None else ["PartitionKey", "RowKey", *columns]
        with sorted_failures(SYSTEM):
            try:
                asked = self._client.query_entities(
                    condition, parameters=dict(parameters), select=wanted, results_per_page=at_most
                )
                found = list(islice(asked, at_most))
            except ResourceNotFoundError:
                return []
        return [Row(each["RowKey"], each, each.metadata["etag"] or "") for each in found]

    def write(self, *writes: Write) -> list[str]:
        """Do all of it or nothing, in one call, and return the rows' new versions (empty for a deleted one).

        StaleVersion: a row is not the version named, is gone, or is there where it should not be.
        At most WRITES_PER_CALL, of one partition, each row once.
        """
        with sorted_failures(SYSTEM):
            try:
                try:
                    return self._send(writes)
                except HttpResponseError as error:
                    if not _table_is_missing(error):
                        raise
                    self._tables.service.create_table_if_not_exists(self._name)
                    return self._send(writes)
            except HttpResponseError as error:
                if is_conflict(error) or is_missing(error):
                    raise StaleVersion(f"{self._name}: {code_of(error)}", code=code_of(error)) from error
                raise

    def _send(self, writes: Sequence[Write]) -> list[str]:
        """Send one plain request for one write, else a transaction, whose multipart body costs more to make.

        Quirk: the client's delete_entity takes a missing row for success, so of two callers who delete the same
        version both would think they did it; a transaction of one delete tells them apart.
        """
        if len(writes) > 1 or writes[0].verb is TransactionOperation.DELETE:
            operations = [(each.verb, each.row, each.options) for each in writes]
            answers = self._client.submit_transaction(operations)
            return [str(each.get("etag") or "") for each in answers]
        (write,) = writes
        entity = dict(write.row)
        if write.verb is TransactionOperation.CREATE:
            return [str(self._client.create_entity(entity)["etag"])]
        if write.verb is TransactionOperation.UPDATE:
            return [str(self._client.update_entity(entity, **write.options)["etag"])]
        return [str(self._client.upsert_entity(entity, **write.options)["etag"])]


def _table_is_missing(error: HttpResponseError) -> bool:
    # Quirk: the client's insert and upsert keep the code to themselves; what they can miss is only the table.
    return is_missing(error) and code_of(error) in ("TableNotFound", "")


class Tables:
    """The tables of one storage account, reached by connection string or as the app's managed identity."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def table(self, name: str) -> Table:
        """Return one table; nothing is sent yet."""
        return Table(self, name)

    @cached_property
    def service(self) -> TableServiceClient:
        """Return the client, made when first needed; Refused when the settings cannot be used."""
        storage = self._storage
        options = {"transport": shared_transport(), **RETRIES}
        try:
            if storage.connection_string is not None:
                return TableServiceClient.from_connection_string(storage.connection_string, **options)
            return TableServiceClient(
                storage.table_service_uri or "", credential=app_identity(storage.client_id), **options
            )
        except ValueError:
            # Safety: the client's words may quote the connection string, key and all.
            raise Refused("AzureWebJobsStorage cannot be used for Tables: it is malformed") from None


def too_busy(name: str) -> TryAgainLater:
    """Return the error for a row that somebody else wrote between each of our reads and writes."""
    return TryAgainLater(f"{name}: too many write the same row", retry_after=timedelta(seconds=1), throttled=True)
