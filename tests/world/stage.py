"""One stack that many histories play on at once: its clock, its host that dies, and what is counted."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from typing import Any

import requests

from sandbox.stack import Stack
from shared_code.domain.identifiers import UserGuid, shard_of
from shared_code.use_cases.ports import SHARDS
from tests.control import Control
from tests.scenarios.api import Api
from tests.scenarios.proofs import at_rest

HANDS_AT_ONCE = 3
"""How many calls of SalesExec's a history has under way at most."""


class Stage:
    """What the histories of a round share. Kills and moves of the clock befall all of them."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.api = Api(stack)
        self.counts: Counter[str] = Counter()
        self.killed_at: list[datetime] = []
        self._read_to = 0
        self._alone = threading.RLock()
        # A child ends with the thread that began it, so that it is always the same one, which outlives every history.
        self._operator = ThreadPoolExecutor(1, thread_name_prefix="operator")

    @property
    def control(self) -> Control:
        """Return a client of its own, for whichever thread asks."""
        return Control(self.stack.control_url)

    def now(self) -> datetime:
        """Return what time it is at Microsoft and in SalesExec."""
        return datetime.fromisoformat(self.control.call("GET", "clock")["Now"])

    def count(self, what: str, number: int = 1) -> None:
        """Count something, from any thread."""
        with self._alone:
            self.counts[what] += number

    def advance(self, by: timedelta) -> None:
        """Move time forward for everybody."""
        with self._alone:
            self.stack.advance_clock(by)

    def skew_simulators(self, by: timedelta) -> None:
        """Have Microsoft and SalesExec differ from the app and its storage by that much more."""
        with self._alone:
            self.control.call("POST", "clock", {"AdvanceSeconds": by.total_seconds()})

    def kill(self) -> None:
        """Kill the host where it stands, and start another."""
        with self._alone:
            self.killed_at.append(self.now())
            self.counts["kills"] += 1
            self.stack.kill_host()
            self._operator.submit(self.stack.start_host).result()

    def fire(self, function: str, message: str | None = None) -> None:
        """Let a timer or a message of the queue come."""
        with self._alone:
            self.stack.host.fire(function, message)

    def tick(self, users: Iterable[str]) -> None:
        """Let the timer's messages come for the shards of these reps only."""
        for shard in sorted({shard_of(UserGuid(user), SHARDS) for user in users}):
            self.fire("poll_shard", f'{{"Version":1,"Work":"PollShard","Shard":{shard}}}')

    def reconcile(self, user: str) -> None:
        """Have a rep's appointments read from SalesExec."""
        self.fire("reconcile_appointments", f'{{"Version":1,"Work":"Reconcile","UserGuid":"{user}"}}')

    def sync(self, user: str) -> int:
        """Ask the app for a poll, and return its status; 0 when nobody answered."""
        self.count("calls")
        try:
            return self.api.sync(user).status_code
        except requests.RequestException:
            return 0

    def receipt(self, guid: str) -> list[dict[str, Any]]:
        """Return the entries of an appointment's receipt; none where the app never heard of it."""
        answer = self.api.call("GET", f"appointments/{guid}/receipt", "get_receipt")
        entries: list[dict[str, Any]] = answer.json().get("Entries", [])
        return entries

    def broken_runs(self) -> list[str]:
        """Return the runs that ended in an error nobody expected, since this was asked last.

        That a message is put aside is no error here: every kill, and every leap of the clock while it is worked on,
        counts as an attempt. What it would have done is done by later ones.
        """
        with self.stack.host.child.log.open("rb") as log:
            log.seek(self._read_to)
            fresh = log.read()
        self._read_to += len(fresh)
        lines = fresh.decode("utf-8", "replace").splitlines()
        self.count("put aside", sum(" has failed too often; it goes to " in line for line in lines))
        return [line for line in lines if " ERROR   host.invocations" in line]

    def rest(self) -> None:
        """Wait until nothing is under way."""
        at_rest(self.stack, seconds=120)


class Desk:
    """SalesExec's calls of one history: several at once, so that they overlap with polls and with one another."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(HANDS_AT_ONCE, thread_name_prefix="salesexec")
        self._calls: set[Future[Any]] = set()

    def begin(self, call: Callable[[], Any]) -> Future[Any]:
        """Make a call beside everything else."""
        future = self._pool.submit(call)
        self._calls.add(future)
        return future

    @property
    def busy(self) -> bool:
        """Tell whether a call is under way."""
        return any(not call.done() for call in self._calls)

    def pause(self, seconds: float) -> None:
        """Let things go on until all calls are answered, or for so long."""
        wait(self._calls, timeout=seconds)

    def close(self) -> list[BaseException]:
        """Wait for every call, and return what broke."""
        self._pool.shutdown(wait=True)
        return [error for call in self._calls if (error := call.exception()) is not None]
