"""A relay in front of the storage emulator: it notes whose every request is, and can hold one of them."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from urllib.parse import unquote, urlsplit

from sandbox.azurite import ACCOUNT, KEY
from tests.scenarios.killing.storage.wire import Message, exchanged, plain_text, read_message, said

GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
MESSAGE = re.compile(r"<MessageId>([^<]+)</MessageId>.*?<MessageText>([^<]*)</MessageText>", re.DOTALL | re.IGNORECASE)
MESSAGE_PATH = re.compile(r"/messages/([^/?]+)")
LARGEST_HEAD = 256 * 1024


@dataclass(frozen=True, slots=True)
class Passed:
    """One request that came by."""

    owner: str
    method: str
    path: str


@dataclass(slots=True)
class Gate:
    """An order to hold one owner's request, counted from now: before it is passed on, or before its answer is."""

    skip: int
    after: bool
    what: str = ""
    released: asyncio.Event = field(default_factory=asyncio.Event)


class Relay:
    """Stands before Azurite's queues and tables: `connection_string` leads there.

    An owner is whoever a guid was registered for. A request is an owner's when it names one of her guids, in its path
    or body; guids that nobody has and that come along with hers become hers. The renewals of a message's lease are
    nobody's: how many there are depends on how long the machine takes.
    """

    def __init__(self, endpoints: Mapping[str, str]) -> None:
        self._upstream = {name: (urlsplit(endpoints[name]).hostname, urlsplit(endpoints[name]).port) for name in (
            "Queue", "Table",
        )}  # fmt: skip
        self._blob = endpoints["Blob"]
        self._ports: dict[str, int] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name="relay", daemon=True)
        self._ready = threading.Event()
        self._owners: dict[str, str] = {}
        self._along: dict[str, str] = {}
        self._messages: dict[str, str] = {}
        self._gates: dict[str, Gate] = {}
        self._conversations: set[asyncio.Task[None]] = set()
        self.passed: list[Passed] = []
        self._under_way = 0
        # Which queues were found empty since anything happened.
        self._stirred = 0
        self._empty: set[str] = set()
        # Who begins something whose name nobody knows yet: the next unknown guid becomes hers.
        self.foster: str | None = None

    # What tests ask.

    @property
    def connection_string(self) -> str:
        """Return what AzureWebJobsStorage is set to."""
        ends = [f"{name}Endpoint=http://127.0.0.1:{port}/{ACCOUNT}" for name, port in self._ports.items()]
        keys = [f"AccountName={ACCOUNT}", f"AccountKey={KEY}", f"BlobEndpoint={self._blob}"]
        return ";".join(["DefaultEndpointsProtocol=http", *keys, *ends]) + ";"

    def register(self, owner: str, *guids: str) -> None:
        """Say whose these guids are."""
        self._owners |= {guid.lower(): owner for guid in guids}

    def guids_of(self, owner: str) -> int:
        """Return how many guids came along with an owner's."""
        return list(self._along.values()).count(owner)

    def hold(self, owner: str, *, skip: int, after: bool) -> None:
        """Hold an owner's request, when so many of hers have passed."""
        self._gates[owner] = Gate(skip, after)

    def held(self, owner: str) -> str:
        """Return what is held of an owner's, or nothing."""
        gate = self._gates.get(owner)
        return gate.what if gate else ""

    def release(self) -> None:
        """End all holds; what was held is never passed on, since nobody waits for it any more."""
        gates, self._gates = self._gates, {}
        for gate in gates.values():
            self._loop.call_soon_threadsafe(gate.released.set)

    def forget_messages(self) -> None:
        """Forget which messages were taken and not deleted: whoever took them is dead."""
        self._messages.clear()

    def stir(self) -> None:
        """Forget that queues were found empty, since time has passed or work was sent."""
        self._stirred += 1
        self._empty.clear()

    def is_quiet(self, queues: int) -> bool:
        """Say whether nothing is on its way, no message is taken, and so many queues were found empty since."""
        return not self._messages and self._under_way == 0 and len(self._empty) == queues

    # Its life.

    def start(self) -> Self:
        """Listen, and return when it does."""
        self._thread.start()
        if not self._ready.wait(10):
            raise RuntimeError("the relay does not listen")
        return self

    def stop(self) -> None:
        """End every conversation and stop listening."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._listen())
        self._ready.set()
        self._loop.run_forever()

    async def _listen(self) -> None:
        self._servers = []
        for name in self._upstream:
            server = await asyncio.start_server(self._accepting(name), "127.0.0.1", 0, limit=LARGEST_HEAD)
            self._servers.append(server)
            self._ports[name] = server.sockets[0].getsockname()[1]

    async def _end(self) -> None:
        for server in self._servers:
            server.close()
        for task in self._conversations:
            task.cancel()
        await asyncio.gather(*self._conversations, return_exceptions=True)

    # What passes.

    def _accepting(self, name: str) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            self._conversations.add(task)
            try:
                await self._converse(name, reader, writer)
            except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                pass  # the host was killed, or the relay ends
            finally:
                self._conversations.discard(task)
                writer.close()

        return accept

    async def _converse(self, name: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while request := await read_message(reader):
            # Each goes on a connection of its own: the emulator closes idle ones without a word.
            there_reader, there_writer = await asyncio.open_connection(*self._upstream[name], limit=LARGEST_HEAD)
            try:
                if not await self._pass_on(request, there_reader, there_writer, writer):
                    return
            finally:
                there_writer.close()

    async def _pass_on(
        self,
        request: Message,
        there_reader: asyncio.StreamReader,
        there_writer: asyncio.StreamWriter,
        writer: asyncio.StreamWriter,
    ) -> bool:
        method, target, _ = request.first_line
        path = unquote(target)
        if method == "GET" and path.partition("?")[0].endswith("/messages"):
            return await self._look(path, request, there_reader, there_writer, writer)
        self.stir()
        self._under_way += 1
        try:
            gate = self._gate(self._owner_of(method, path, request), f"{method} {path}")
            if gate and not gate.after:
                await gate.released.wait()
                return False
            answer = await exchanged(request, there_reader, there_writer)
            if method == "DELETE" and (deleted := MESSAGE_PATH.search(path)):
                self._messages.pop(deleted[1].lower(), None)
            if gate:
                await gate.released.wait()
                return False
            await said(answer, writer)
        finally:
            self._under_way -= 1
        return True

    async def _look(
        self,
        path: str,
        request: Message,
        there_reader: asyncio.StreamReader,
        there_writer: asyncio.StreamWriter,
        writer: asyncio.StreamWriter,
    ) -> bool:
        """Pass on the question for messages, and note which were taken, or that there were none."""
        stirred = self._stirred
        answer = await exchanged(request, there_reader, there_writer)
        taken = MESSAGE.findall(answer.plain_body)
        self._messages |= {number.lower(): plain_text(text).lower() for number, text in taken}
        if taken:
            self.stir()
        elif stirred == self._stirred:
            self._empty.add(path.partition("?")[0])
        await said(answer, writer)
        return True

    def _gate(self, owner: str, what: str) -> Gate | None:
        if not owner:
            return None
        gate = self._gates.get(owner)
        if gate is None or gate.what:
            return None
        if gate.skip:
            gate.skip -= 1
            return None
        gate.what = what
        return gate

    def _owner_of(self, method: str, path: str, request: Message) -> str:
        message = MESSAGE_PATH.search(path)
        text = path.lower() + "\n" + request.plain_body.lower()
        if message:
            if method == "PUT":
                return ""
            text = self._messages.get(message[1].lower(), "")
        elif request.body and "/messages" in path:
            text += plain_text(request.plain_body).lower()
        owner = self._claim(set(GUID.findall(text)))
        if owner or "/messages" not in path or message:
            self.passed.append(Passed(owner, method, path))
        return owner

    def _claim(self, guids: set[str]) -> str:
        """Return whose a request is; a guid that comes along with two owners' is nobody's."""
        hers = {self._owners[guid] for guid in guids if guid in self._owners}
        along = {self._along[guid] for guid in guids if self._along.get(guid)}
        unknown = [guid for guid in guids if guid not in self._owners and guid not in self._along]
        if not hers and not along and unknown and self.foster:
            hers, self.foster = {self.foster}, None
        owners = hers or along
        if len(owners) != 1:
            return ""
        [owner] = owners
        self._along |= dict.fromkeys(unknown, owner)
        self._along |= {guid: "" for guid in guids if self._along.get(guid, owner) != owner}
        return owner
