"""Processes that die: at a chosen call of a port, before it has its effect or after."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from typing import Any

from shared_code.use_cases.ports import Ports

LIVING = {"clock", "turns", "sealer", "lead_hosts", "allowed_link_hosts"}
"""Ports at which nothing can be lost."""


class Died(BaseException):
    """The process ended at this instruction: nothing after it ran, no handler of ours saw it."""


class Fate:
    """Counts the calls of all ports, and ends the process at one of them."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self._dies_at: int | None = None
        self._after = False

    def die_at(self, number: int, *, after: bool) -> None:
        """Die at so many calls from now: before the call has its effect, or after."""
        self.calls.clear()
        self._dies_at, self._after = number, after

    def live(self) -> None:
        """Die no more, and count anew."""
        self.calls.clear()
        self._dies_at = None

    def around(self, name: str, call: Callable[[], Any]) -> Any:
        """Make one call."""
        self.calls.append(name)
        dies = len(self.calls) - 1 == self._dies_at
        if dies and not self._after:
            raise Died(name)
        done = call()
        if dies:
            raise Died(name)
        return done


class Mortal:
    """Stands in front of a port."""

    def __init__(self, port: Any, name: str, fate: Fate) -> None:
        self._port, self._name, self._fate = port, name, fate

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if not callable(found):
            return found

        def call(*given: Any, **named: Any) -> Any:
            if self._name == "calendars":
                return Mortal(found(*given, **named), name, self._fate)
            made = self._fate.around(f"{self._name}.{name}", lambda: found(*given, **named))
            return list(made) if isinstance(made, Iterator) else made

        return call


def mortal(ports: Ports, fate: Fate) -> Ports:
    """Return the ports with fate at each."""
    doomed: dict[str, Any] = {
        each.name: Mortal(getattr(ports, each.name), each.name, fate)
        for each in fields(ports)
        if each.name not in LIVING
    }
    return replace(ports, **doomed)
