"""Stand-ins for the protobuf messages that a real host exchanges with the worker.

The library is handed this module as its `protos`, so the names here are the vendor's.
Source: azure-functions-runtime 1.3.0, bindings/datumdef.py, loader.py and handle_event.py.
Quirk: the library probes values for attributes in CapitalCase (`value.TypedData`) and expects AttributeError from a
message that has none; plain classes do that by themselves.
"""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar


@dataclass(kw_only=True)
class TypedData:
    """One value on its way into or out of a function; at most one field is set."""

    http: RpcHttp | None = None
    string: str | None = None
    bytes: builtins.bytes | None = None
    json: str | None = None
    int: builtins.int | None = None
    double: float | None = None

    def WhichOneof(self, _group: str) -> str | None:  # noqa: N802 - protobuf's own name
        """Name the field that is set."""
        return next((name for name, value in vars(self).items() if value is not None), None)


@dataclass(kw_only=True)
class RpcHttp:
    """An HTTP request (method, url, params, query) or response (status_code, cookies)."""

    method: str = ""
    url: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: TypedData | None = None
    status_code: str = ""
    cookies: list[RpcHttpCookie] | None = None
    enable_content_negotiation: bool = False


class SameSite:
    """The vendor's four values; the fourth is called None, which Python cannot write as a name."""

    Lax = "lax"
    Strict = "strict"
    ExplicitNone = "none"


setattr(SameSite, "None", "")


@dataclass(kw_only=True)
class NullableString:
    """A text that may be absent."""

    value: str


@dataclass(kw_only=True)
class NullableBool:
    """A truth value that may be absent."""

    value: bool


@dataclass(kw_only=True)
class NullableDouble:
    """A number that may be absent."""

    value: float


@dataclass(kw_only=True)
class Timestamp:
    """Seconds since 1970."""

    seconds: int


@dataclass(kw_only=True)
class NullableTimestamp:
    """An instant that may be absent."""

    value: Timestamp


@dataclass(kw_only=True)
class RpcHttpCookie:
    """One Set-Cookie of a response."""

    SameSite: ClassVar[type[SameSite]] = SameSite

    name: str
    value: str
    domain: NullableString | None = None
    path: NullableString | None = None
    expires: NullableTimestamp | None = None
    secure: NullableBool | None = None
    http_only: NullableBool | None = None
    same_site: str = ""
    max_age: NullableDouble | None = None


@dataclass(kw_only=True)
class ParameterBinding:
    """The value of one parameter of a function."""

    name: str
    data: TypedData | None

    def WhichOneof(self, _group: str) -> str:  # noqa: N802 - protobuf's own name
        """Say that the value travels in the message, not in shared memory."""
        return "data"


@dataclass(kw_only=True)
class BindingInfo:
    """One binding of an indexed function."""

    out: ClassVar[int] = 1
    inout: ClassVar[int] = 2
    undefined: ClassVar[int] = 0

    type: str
    data_type: int | None
    direction: int


@dataclass(kw_only=True)
class RpcRetryOptions:
    """A function's retry policy, as declared."""

    max_retry_count: int
    retry_strategy: str
    delay_interval: Any = None
    minimum_interval: Any = None
    maximum_interval: Any = None


@dataclass(kw_only=True)
class RpcFunctionMetadata:
    """One indexed function as the worker describes it."""

    name: str
    function_id: str
    directory: str
    script_file: str
    entry_point: str
    language: str
    bindings: Mapping[str, BindingInfo]
    raw_bindings: list[str]
    retry_options: RpcRetryOptions | None
    properties: Mapping[str, str]
    managed_dependency_enabled: bool
    is_proxy: bool


@dataclass(kw_only=True)
class RpcException:
    """An exception of the app: type and text, and the traceback."""

    message: str
    stack_trace: str


@dataclass(kw_only=True)
class StatusResult:
    """Whether the worker did what it was asked."""

    Success: ClassVar[str] = "success"
    Failure: ClassVar[str] = "failure"

    status: str
    exception: RpcException | None = None


@dataclass(kw_only=True)
class WorkerMetadata:
    """Which worker this is."""

    runtime_name: str
    runtime_version: str
    worker_version: str
    worker_bitness: str
    custom_properties: Mapping[str, str]


@dataclass(kw_only=True)
class WorkerInitResponse:
    """The answer to the first request: indexing has happened by then."""

    capabilities: Mapping[str, str]
    worker_metadata: WorkerMetadata
    result: StatusResult


@dataclass(kw_only=True)
class FunctionMetadataResponse:
    """The indexed functions."""

    use_default_metadata_indexing: bool
    function_metadata_results: list[RpcFunctionMetadata] | None
    result: StatusResult


@dataclass(kw_only=True)
class InvocationResponse:
    """What came out of one call of a function."""

    invocation_id: str
    result: StatusResult
    return_value: TypedData | None = None
    output_data: list[ParameterBinding] = field(default_factory=list)
