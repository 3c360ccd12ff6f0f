"""Running a batch: its parts, at most four at a time, each with its own journal entry, faults and limits.

Source: Microsoft docs, concepts/json-batching, concepts/throttling; includes/throttling-outlook (four at a time).
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import unquote

from sandbox.faults import Fault, Struck
from sandbox.graph.batch.reading import Part, read_batch, run_one_by_one
from sandbox.graph.errors import JSON_CONTENT as ERROR_CONTENT
from sandbox.graph.errors import GraphError, error_body, plain_failure
from sandbox.graph.queries.options import query_of
from sandbox.graph.store import GraphStore
from sandbox.graph.wire.messages import JSON_CONTENT, VERSION, GraphAnswer, GraphRequest, path_segments
from sandbox.journal import Entry
from sandbox.middleware import HEADERS_OF_INTEREST

AT_ONCE = 4
NOT_IN_PARTS = ("request-id", "client-request-id")
# A part whose connection is lost has no connection of its own to lose: what the gateway says then is a guess.
LOST = 504

Serve = Callable[[GraphStore, GraphRequest, Entry | None], Awaitable[GraphAnswer]]


class Batch:
    """One batch on its way to its answer."""

    def __init__(
        self,
        store: GraphStore,
        request: GraphRequest,
        entry: Entry | None,
        *,
        actor: str,
        request_id: str,
        serve: Serve,
    ) -> None:
        self._store = store
        self._world = store.world
        self._request = request
        self._entry = entry
        self._actor = actor
        self._request_id = request_id
        self._serve = serve
        self._places = asyncio.Semaphore(AT_ONCE)

    async def answer(self) -> GraphAnswer:
        """Run every part and answer 200, whatever became of them."""
        parts = read_batch(self._request.json())
        same = self._world.switches["graph.batch_same_dependency"] == "served"
        one_by_one = run_one_by_one(parts, same_is_served=same)
        figures = self._store.batches
        figures.batches += 1
        # No order can be relied on; the same sandbox shuffles the same way every time.
        shuffle = random.Random(figures.batches).shuffle  # noqa: S311 - repeatable, not secret
        responses = await (self._one_by_one(parts) if one_by_one else self._at_once(parts, shuffle))
        shuffle(responses)
        statuses = Counter(response["status"] for response in responses)
        if self._entry is not None:
            counted = ", ".join(f"{count} times {status}" for status, count in sorted(statuses.items()))
            self._entry.summary = f"ran a batch of {len(parts)}: {counted}"
            self._entry.facts |= {"Parts": len(parts)}
        return GraphAnswer(status=200, body={"responses": responses})

    async def _at_once(self, parts: tuple[Part, ...], shuffle: Callable[[list[Part]], None]) -> list[dict[str, Any]]:
        order = list(parts)
        shuffle(order)
        return list(await asyncio.gather(*(self._in_its_place(part) for part in order)))

    async def _one_by_one(self, parts: tuple[Part, ...]) -> list[dict[str, Any]]:
        responses: dict[str, dict[str, Any]] = {}
        for part in parts:
            if any(responses[one.lower()]["status"] >= 400 for one in part.depends_on):
                responses[part.id.lower()] = self._response(part, self._refused(_failed_dependency(), part))
            else:
                responses[part.id.lower()] = await self._in_its_place(part)
        return list(responses.values())

    async def _in_its_place(self, part: Part) -> dict[str, Any]:
        async with self._places:
            return self._response(part, await self._recorded(part))

    async def _recorded(self, part: Part) -> GraphAnswer:
        """Give a part an entry of its own in the journal, which names the batch."""
        journal = self._world.journal
        # Begun as nobody's: at the door a batch is one request, and the mailbox counts its parts itself.
        entry = journal.begin(
            "graph",
            method=part.method,
            path=f"/{VERSION}{unquote(part.path)}",
            query=part.query,
            actor="",
            headers={name: part.headers[name] for name in HEADERS_OF_INTEREST if name in part.headers},
        )
        entry.actor = self._actor
        entry.facts = {"Batch": self._entry.seq if self._entry is not None else 0, "Part": part.id}
        try:
            answer = await self._suffered(part, entry)
            entry.status = answer.status
        finally:
            journal.end(entry, actor="")
            self._store.batches.parts += 1
        return answer

    async def _suffered(self, part: Part, entry: Entry) -> GraphAnswer:
        struck = self._world.faults.strike("graph", entry.method, entry.path, entry.actor)
        with struck.engaging():
            return await self._undergone(struck, part, entry)

    async def _undergone(self, struck: Struck, part: Part, entry: Entry) -> GraphAnswer:
        for slow in struck.slowed_by:
            entry.fault = slow.kind
            await slow.hold.wait_at_most(slow.seconds)
        if struck.fault is None:
            return await self._served(part, entry)
        entry.fault = "early" if struck.early else struck.fault.kind
        if struck.fault.kind == "throttle":
            return self._refused(plain_failure(429, struck.retry_after), part)
        return await self._struck(struck.fault, part, entry)

    async def _struck(self, fault: Fault, part: Part, entry: Entry) -> GraphAnswer:
        failed = self._refused(plain_failure(fault.status, fault.retry_after), part)
        lost = self._refused(plain_failure(LOST, None), part)
        match fault.kind:
            case "unavailable":
                return failed
            case "drop_before":
                return lost
            case "accept_then_fail":
                await self._served(part, entry)
                return failed
            case "drop_after":
                await self._served(part, entry)
                return lost
            case "hold":
                await fault.hold.wait()
                return await self._served(part, entry)
            case "hold_after":
                answer = await self._served(part, entry)
                await fault.hold.wait()
                return answer
            case _:
                raise ValueError(f"nobody knows what {fault.kind!r} does")

    async def _served(self, part: Part, entry: Entry) -> GraphAnswer:
        outer = self._request.headers
        headers = {**part.headers, "authorization": outer.get("authorization", "")}
        headers.setdefault("client-request-id", outer.get("client-request-id", ""))
        plus_is_space = self._world.switches["graph.plus_in_query"] == "space"
        request = GraphRequest(
            method=part.method,
            root=self._request.root,
            segments=path_segments(part.path),
            query=query_of(part.query, plus_is_space=plus_is_space),
            headers=headers,
            body=part.body,
            in_batch=True,
            request_id=self._request_id,
        )
        return await self._serve(self._store, request, entry)

    def _refused(self, error: GraphError, part: Part) -> GraphAnswer:
        client_request_id = part.headers.get("client-request-id") or self._request.headers.get("client-request-id")
        body = error_body(
            error,
            at=self._world.clock.now(),
            request_id=self._request_id,
            client_request_id=client_request_id or self._request_id,
        )
        return GraphAnswer(status=error.status, body=body, headers=dict(error.headers))

    def _response(self, part: Part, answer: GraphAnswer) -> dict[str, Any]:
        headers = {"Cache-Control": "private"}
        headers |= {name: value for name, value in answer.headers.items() if name.lower() not in NOT_IN_PARTS}
        if answer.body is not None:
            headers["Content-Type"] = JSON_CONTENT if answer.status < 400 else ERROR_CONTENT
        return {"id": part.id, "status": answer.status, "headers": headers, "body": answer.body}


def _failed_dependency() -> GraphError:
    return GraphError(424, "FailedDependency", "The request depends on a request that failed.")
