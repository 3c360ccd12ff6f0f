"""An HTTP request becomes what the worker is given, and what the worker gives becomes an HTTP response."""

from __future__ import annotations

from email.utils import formatdate
from urllib.parse import parse_qsl, quote

from starlette.requests import Request
from starlette.responses import Response

from sandbox.host.worker.messages import RpcHttp, RpcHttpCookie, TypedData


def raw_path(request: Request) -> str:
    """Return the path as it was sent, percent-encoding included."""
    raw: bytes = request.scope.get("raw_path", request.scope["path"].encode())
    return raw.decode("ascii")


def to_rpc(request: Request, route_values: dict[str, str], body: bytes) -> TypedData:
    """Return the request as the .NET host hands it over.

    Quirk: header names arrive in lower case, a repeated query value arrives joined by commas, and empty query values
    not at all. Source: azure-functions-host, GrpcMessageConversionExtensions.ToRpcHttp.
    """
    asked = request.url.query
    query: dict[str, list[str]] = {}
    for name, value in parse_qsl(asked, keep_blank_values=True):
        query.setdefault(name, []).append(value)
    headers: dict[str, list[str]] = {}
    for name, value in request.headers.items():
        headers.setdefault(name.lower(), []).append(value)
    return TypedData(
        http=RpcHttp(
            method=request.method,
            url=f"{request.url.scheme}://{request.url.netloc}{raw_path(request)}{'?' * bool(asked)}{asked}",
            headers={name: ("; " if name == "cookie" else ",").join(values) for name, values in headers.items()},
            params=route_values,
            query={name: ",".join(values) for name, values in query.items() if any(values)},
            body=TypedData(bytes=body) if body else TypedData(),
        )
    )


def to_response(value: TypedData | None) -> Response:
    """Return what a function answered; a function that answers a text makes a plain page of it."""
    if value is None:
        return Response(status_code=204)
    if value.http is None:
        return Response(_bytes(value), status_code=200, media_type="text/plain; charset=utf-8")
    response = Response(_bytes(value.http.body), status_code=int(value.http.status_code))
    for name, text in value.http.headers.items():
        if name.lower() != "content-length":
            response.headers[name] = text
    for cookie in value.http.cookies or []:
        response.headers.append("set-cookie", set_cookie(cookie))
    return response


def _bytes(value: TypedData | None) -> bytes:
    if value is None:
        return b""
    text = value.json if value.string is None else value.string
    return value.bytes or (text or "").encode()


def set_cookie(cookie: RpcHttpCookie) -> str:
    """Write a cookie as ASP.NET does: the value percent-encoded, attributes in its order.

    Source: azure-functions-host, RpcHttpCookieConverter; aspnetcore, SetCookieHeaderValue.
    """
    parts = [f"{cookie.name}={quote(cookie.value, safe='-_.~')}"]
    if cookie.expires is not None:
        parts.append(f"expires={formatdate(cookie.expires.value.seconds, usegmt=True)}")
    if cookie.max_age is not None:
        parts.append(f"max-age={cookie.max_age.value:.0f}")
    if cookie.domain is not None and cookie.domain.value:
        parts.append(f"domain={cookie.domain.value}")
    if cookie.path is not None and cookie.path.value:
        parts.append(f"path={cookie.path.value}")
    if cookie.secure is not None and cookie.secure.value:
        parts.append("secure")
    if cookie.same_site:
        parts.append(f"samesite={cookie.same_site}")
    if cookie.http_only is not None and cookie.http_only.value:
        parts.append("httponly")
    return "; ".join(parts)
