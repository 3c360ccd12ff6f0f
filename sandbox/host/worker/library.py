"""Microsoft's worker library, asked what a real host asks: index the app, describe it, run a function."""

from __future__ import annotations

import contextlib
import logging
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import azure_functions_runtime as runtime

from sandbox.host.worker import messages
from sandbox.host.worker.functions import AppRefused, Function

PACKAGES = Path(".python_packages") / "lib" / "site-packages"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What one invocation gives to the function."""

    id: str
    value: messages.TypedData
    metadata: Mapping[str, messages.TypedData]
    traceparent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What the function gave back: a value, or the text and traceback of what it raised."""

    value: messages.TypedData | None
    failure: messages.RpcException | None


def put_on_path(app: Path, hide: Path | None = None) -> None:
    """Make the app importable as in Azure: its packages first, then its folder; `hide` leaves the path."""
    rest = [entry for entry in sys.path if hide is None or Path(entry or ".").resolve() != hide.resolve()]
    packages = app / PACKAGES
    sys.path[:] = [*([str(packages)] if packages.is_dir() else []), str(app), *rest]
    sys.path_importer_cache.clear()


async def index(app: Path) -> list[messages.RpcFunctionMetadata]:
    """Start the worker on this app and return what it indexed; AppRefused carries the worker's own words."""
    request = SimpleNamespace(
        request=SimpleNamespace(
            worker_init_request=SimpleNamespace(capabilities={}, function_app_directory=str(app)),
        ),
        properties={"host": "127.0.0.1", "protos": messages},
    )
    runtime.start_threadpool_executor()
    with _silence():
        started: messages.WorkerInitResponse = await runtime.worker_init_request(request)
    if failure := started.result.exception:
        raise AppRefused(f"The worker indexed 0 functions: {failure.message}\n{failure.stack_trace.rstrip()}")
    described: messages.FunctionMetadataResponse = await runtime.functions_metadata_request(SimpleNamespace())
    if not described.function_metadata_results:
        raise AppRefused(f"The worker indexed 0 functions: is there a function_app.py with functions in {app}?")
    return described.function_metadata_results


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Keep the library from logging what it also answers: what indexing failed on, with its traceback."""
    vendor = logging.getLogger("azure.functions")
    before, vendor.disabled = vendor.disabled, True
    try:
        yield
    finally:
        vendor.disabled = before


async def invoke(function: Function, call: Call) -> Result:
    """Run the function; a sync one runs in the worker's own thread pool."""
    request = SimpleNamespace(
        invocation_id=call.id,
        function_id=function.id,
        input_data=[messages.ParameterBinding(name=function.parameter, data=call.value)],
        trigger_metadata=call.metadata,
        trace_context=SimpleNamespace(trace_parent=call.traceparent, trace_state="", attributes={}),
        retry_context=SimpleNamespace(retry_count=0, max_retry_count=0, exception=None),
    )
    token = runtime.invocation_id_cv.set(call.id)
    try:
        answer: messages.InvocationResponse = await runtime.invocation_request(
            SimpleNamespace(request=SimpleNamespace(invocation_request=request))
        )
    finally:
        runtime.invocation_id_cv.reset(token)
    return Result(value=answer.return_value, failure=answer.result.exception)


def invocation_id() -> str:
    """Return the id of the invocation that the calling thread or task works for, or nothing."""
    current: str | None = runtime.invocation_id_cv.get()
    return current or ""
