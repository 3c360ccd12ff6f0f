"""Every run of a function passes here: it gets an id, a time limit, one log line, and is known while it runs."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import timedelta

from sandbox.host.worker import library
from sandbox.host.worker.functions import Function
from sandbox.host.worker.library import Call, Result
from sandbox.host.worker.messages import RpcException, TypedData

logger = logging.getLogger("host.invocations")


class Invocations:
    """The functions that run at this moment."""

    def __init__(self, timeout: timedelta | None, on_activity: Callable[[], None] = lambda: None) -> None:
        self._timeout = timeout
        self._on_activity = on_activity
        self._running: dict[str, Function] = {}
        self.counts: Counter[str] = Counter()

    async def run(
        self,
        function: Function,
        value: TypedData,
        *,
        because: str,
        metadata: Mapping[str, TypedData] | None = None,
        traceparent: str = "",
    ) -> Result:
        """Run the function to its end and log the outcome; what it raised comes back as a failure."""
        call = Call(id=str(uuid.uuid4()), value=value, metadata=metadata or {}, traceparent=traceparent)
        self._running[call.id] = function
        began = time.monotonic()
        try:
            result = await self._limited(function, call)
        finally:
            del self._running[call.id]
            self._on_activity()
        self._log(function, call, result, because, (time.monotonic() - began) * 1000)
        return result

    async def _limited(self, function: Function, call: Call) -> Result:
        """Wait for the function as long as host.json's functionTimeout allows.

        A real host restarts the worker process then. Here the thread runs on, but its result is no longer wanted.
        """
        seconds = self._timeout.total_seconds() if self._timeout else None
        try:
            return await asyncio.wait_for(asyncio.shield(library.invoke(function, call)), seconds)
        except TimeoutError:
            message = f"FunctionTimeoutException: the function ran longer than {self._timeout}"
            return Result(value=None, failure=RpcException(message=message, stack_trace=""))

    def _log(self, function: Function, call: Call, result: Result, because: str, milliseconds: float) -> None:
        outcome = "failed" if result.failure else "ok"
        self.counts[f"{function.name} {outcome}"] += 1
        status = result.value.http.status_code if result.value and result.value.http else outcome
        logger.info("%s %s %.0f ms (%s) invocation=%s", function.name, status, milliseconds, because, call.id)
        if result.failure:
            logger.error("%s failed: %s\n%s", function.name, result.failure.message, result.failure.stack_trace)

    def running(self) -> list[str]:
        """Return the name and id of everything that runs now."""
        return [f"{function.name} {call_id}" for call_id, function in self._running.items()]

    async def drained(self, seconds: float) -> bool:
        """Wait until nothing runs any more, and say whether that came true in time."""
        deadline = time.monotonic() + seconds
        while self._running and time.monotonic() < deadline:
            await asyncio.sleep(0.02)
        return not self._running
