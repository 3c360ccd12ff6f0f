"""Every version of every event and appointment, in the one order in which they came to be, and whose doing each was."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

# As the journal, it must not grow without end.
KEPT_VERSIONS = 20_000
DROPPED_AT_ONCE = 2_000

By = Literal["Person", "Program"]


@dataclass(frozen=True, slots=True)
class Doing:
    """Whose hand is at work: a person's, or that of a program that calls an API; and which version it believes in."""

    by: By = "Person"
    if_match: str | None = None


_doing: ContextVar[Doing] = ContextVar("doing", default=Doing())  # noqa: B039 - it is frozen


@contextmanager
def doing(by: By, if_match: str | None = None) -> Iterator[None]:
    """Have everything that is written in the block be somebody's doing; without it, it is a person's."""
    token = _doing.set(Doing(by, if_match))
    try:
        yield
    finally:
        _doing.reset(token)


def who() -> Doing:
    """Return whose hand is at work now."""
    return _doing.get()


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One event or appointment as it came to be, or that it is gone; `show` says what it holds."""

    number: int
    at: datetime
    system: str
    owner: str
    id: str
    doing: Doing
    show: Callable[[], dict[str, Any]] | None

    def as_json(self) -> dict[str, Any]:
        """Return it as the control plane shows it."""
        return {
            "Number": self.number,
            "AtUtc": self.at.isoformat(),
            "System": self.system,
            "Owner": self.owner,
            "Id": self.id,
            "By": self.doing.by,
            "IfMatch": self.doing.if_match,
            "Holds": self.show() if self.show is not None else None,
        }


class Versions:
    """All versions in order, the oldest forgotten when there are too many."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._last = 0
        self._kept: list[Version] = []

    def note(self, system: str, owner: str, name: str, show: Callable[[], dict[str, Any]] | None) -> None:
        """Note what has just been written; nothing to show means that it is gone."""
        self._last += 1
        version = Version(
            number=self._last, at=self._now(), system=system, owner=owner, id=name, doing=who(), show=show
        )
        self._kept.append(version)
        if len(self._kept) > KEPT_VERSIONS:
            del self._kept[:DROPPED_AT_ONCE]

    def since(self, number: int) -> list[Version]:
        """Return the versions after one that is known."""
        return [each for each in self._kept if each.number > number]

    @property
    def last(self) -> int:
        """Return the number of the newest one."""
        return self._last

    def reset(self) -> None:
        """Forget every version."""
        self._kept.clear()
