"""The platform's key management API: list, set, renew and revoke a function's keys with the master key.

Source: azure-functions-host wiki, "Key management API".
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.host.front.keys import Keys, given_key
from sandbox.host.worker.functions import AuthLevel


class KeyPages:
    """Serves /admin/functions/NAME/keys."""

    def __init__(self, functions: Iterable[str], keys: Keys) -> None:
        self._functions = {name.lower(): name for name in functions}
        self._keys = keys

    def _function(self, request: Request) -> str | Response:
        """Return the function's name, or the answer for a caller who may not ask or asks for what is not there."""
        if not self._keys.allows(AuthLevel.ADMIN, given_key(request), None):
            return Response(status_code=401)
        return self._functions.get(str(request.path_params["name"]).lower()) or Response(status_code=404)

    async def list(self, request: Request) -> Response:
        """GET: the function's keys by name."""
        function = self._function(request)
        if isinstance(function, Response):
            return function
        named = self._keys.functions.get(function, {})
        return JSONResponse({"keys": [{"name": name, "value": value} for name, value in named.items()], "links": []})

    async def change(self, request: Request) -> Response:
        """PUT sets a key to the value given, POST to a fresh one, DELETE revokes it."""
        function = self._function(request)
        if isinstance(function, Response):
            return function
        name = str(request.path_params["key"])
        if request.method == "DELETE":
            return Response(status_code=204 if self._keys.remove(function, name) else 404)
        value = None
        if request.method == "PUT":
            try:
                value = str(json.loads(await request.body())["value"])
            except (ValueError, KeyError, TypeError):
                return Response('Send {"name": "...", "value": "..."}', status_code=400)
        known = name in self._keys.functions.get(function, {})
        key = self._keys.put(function, name, value)
        return JSONResponse({"name": name, "value": key}, status_code=200 if known else 201)
