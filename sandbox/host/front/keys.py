"""Function keys, the host key and the master key: made once, kept in a file, compared in constant time."""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from starlette.requests import Request

from sandbox.host.worker.functions import AuthLevel

KEY_HEADER = "x-functions-key"
RANK = {AuthLevel.ANONYMOUS: 0, AuthLevel.FUNCTION: 1, AuthLevel.ADMIN: 2}


def given_key(request: Request) -> str | None:
    """Return the caller's key: the header wins over ?code=, also when the header is wrong.

    Source: azure-functions-host, AuthenticationLevelHandler.
    """
    return request.headers.get(KEY_HEADER) if KEY_HEADER in request.headers else request.query_params.get("code")


@dataclass
class Keys:
    """The keys of one app; a function may have several, by name."""

    master: str = field(default_factory=lambda: secrets.token_urlsafe(40))
    host: dict[str, str] = field(default_factory=lambda: {"default": secrets.token_urlsafe(40)})
    functions: dict[str, dict[str, str]] = field(default_factory=dict)
    path: Path | None = None

    def complete(self, names: Iterable[str]) -> None:
        """Give every function that has none its key `default`, and keep what was made."""
        for name in names:
            self.functions.setdefault(name, {"default": secrets.token_urlsafe(40)})
        self.write()

    def put(self, function: str, name: str, value: str | None) -> str:
        """Set one key of a function, to a fresh value if none is given, and return it."""
        key = value or secrets.token_urlsafe(40)
        self.functions.setdefault(function, {})[name] = key
        self.write()
        return key

    def remove(self, function: str, name: str) -> bool:
        """Revoke one key of a function, and say whether there was one."""
        found = self.functions.get(function, {}).pop(name, None) is not None
        self.write()
        return found

    def allows(self, level: AuthLevel, given: str | None, function: str | None) -> bool:
        """Say whether the key opens a function of that level.

        Source: azure-functions-host, SecretManager.GetAuthorizationLevelOrNullAsync.
        """
        return RANK[self._level(given, function)] >= RANK[level]

    def _level(self, given: str | None, function: str | None) -> AuthLevel:
        if not given:
            return AuthLevel.ANONYMOUS
        if _same(given, self.master):
            return AuthLevel.ADMIN
        ordinary = [*self.host.values(), *self.functions.get(function or "", {}).values()]
        matches = [_same(given, key) for key in ordinary]
        return AuthLevel.FUNCTION if any(matches) else AuthLevel.ANONYMOUS

    def write(self) -> None:
        """Keep the keys for the next start, if a file was named; its owner alone can read it."""
        if self.path is None:
            return
        content = {"Master": self.master, "Host": self.host, "Functions": self.functions}
        self.path.touch(mode=0o600)
        self.path.write_text(json.dumps(content, indent=2), encoding="utf-8")


def read_keys(path: Path | None) -> Keys:
    """Return the keys of the file, or new ones where there is none."""
    if path is None or not path.is_file():
        return Keys(path=path)
    content = json.loads(path.read_text(encoding="utf-8"))
    return Keys(master=content["Master"], host=content["Host"], functions=content["Functions"], path=path)


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
