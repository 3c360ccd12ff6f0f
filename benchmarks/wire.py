"""Counts what goes over the wire: the simulators' journal, and every answer of the Azure clients' transport."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from benchmarks.timing import Deed
from shared_code.adapters.azure_clients import shared_transport

Control = Callable[..., Any]

_TABLE = re.compile(r"/devstoreaccount1/(?!\$batch)(\w+)")


@dataclass(frozen=True, slots=True)
class Counts:
    """What one deed sent. `in_batches`: parts of Graph's `$batch`; `tables`: calls by kind, such as "get Reps"."""

    graph: Counter[str]
    in_batches: int
    tables: Counter[str]
    queues: int
    vault: int
    entra: int
    salesexec: int

    def of_table(self, name: str) -> int:
        """Return how many calls went to one table."""
        return sum(count for kind, count in self.tables.items() if kind.endswith(f" {name}"))

    def cells(self) -> list[str]:
        """Return the counts as a report shows them."""
        graph = str(self.graph.total()) + (f" ({self.in_batches} in batches)" if self.in_batches else "")
        return [graph, str(self.tables.total()), str(self.queues), str(self.vault + self.entra), str(self.salesexec)]


HEADINGS = ("Graph", "Tables", "Queues", "Vault+Entra", "SalesExec")


class Wire:
    """Sees every request of this process to the simulators and to storage."""

    def __init__(self, control: Control, storage: dict[str, str]) -> None:
        self._control = control
        self._storage = storage
        self._calls: list[tuple[str, str]] = []
        shared_transport().session.hooks["response"].append(self._note)

    def _note(self, answer: Any, *_: Any, **__: Any) -> None:
        for service in ("Table", "Queue"):
            if answer.request.url.startswith(self._storage[service]):
                self._calls.append((service, _kind(answer.request)))

    def counted(self, deed: Deed) -> Counts:
        """Do something and return what it sent."""
        mark = self.mark()
        self._calls.clear()
        deed()
        calls = list(self._calls)
        return self._counts(mark, calls)

    def mark(self) -> int:
        """Return the number of the journal's newest entry."""
        entries = self._control("GET", "journal?last=1")["Entries"]
        return int(entries[-1]["Seq"]) if entries else 0

    def since(self, mark: int) -> Counts:
        """Return what the simulators were sent since then, by whichever process."""
        return self._counts(mark, [])

    def _counts(self, mark: int, calls: list[tuple[str, str]]) -> Counts:
        entries = [e for e in self._control("GET", f"journal?since={mark}")["Entries"] if e["Method"]]
        parts = [e for e in entries if "Batch" in e["Facts"]]
        graph = [e for e in entries if e["Service"] == "graph" and "Batch" not in e["Facts"]]
        services = Counter(e["Service"] for e in entries)
        return Counts(
            graph=Counter(f"{e['Method']} {_last_step(e['Path'])}" for e in graph),
            in_batches=len(parts),
            tables=Counter(kind for service, kind in calls if service == "Table"),
            queues=sum(service == "Queue" for service, _ in calls),
            vault=services["vault"],
            entra=services["entra"],
            salesexec=services["salesexec"],
        )


def _last_step(path: str) -> str:
    step = path.rsplit("/", 1)[-1]
    return step if len(step) < 30 else "event"


def _kind(request: Any) -> str:
    """Name a call to Tables by what it does and to which table; a transaction is of one table."""
    if request.method == "POST" and request.url.split("?")[0].endswith("$batch"):
        body = request.body.decode("utf-8", "replace") if isinstance(request.body, bytes) else str(request.body)
        found = _TABLE.search(body)
        return f"transaction {found[1] if found else '?'}"
    found = _TABLE.search(request.url)
    name = found[1] if found else "?"
    if request.method == "GET":
        return f"{'get' if 'PartitionKey=' in request.url else 'query'} {name}"
    return f"{request.method.lower()} {name}"
