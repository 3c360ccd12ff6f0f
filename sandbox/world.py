"""What all simulators share: one clock, one journal, one directory of people, one set of faults and switches."""

from __future__ import annotations

import random
import string
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from sandbox.directory import Directory, User
from sandbox.faults import Faults
from sandbox.journal import Journal, Mailroom
from sandbox.versions import Versions

OPAQUE_ALPHABET = string.ascii_letters + string.digits


class Clock:
    """Real time plus an offset that only the control plane moves."""

    def __init__(self) -> None:
        self._offset = timedelta()

    def now(self) -> datetime:
        """Return the simulated instant, aware, in UTC."""
        return datetime.now(UTC) + self._offset

    def advance(self, by: timedelta) -> None:
        """Move the clock, forwards or back."""
        self._offset += by

    def set(self, instant: datetime) -> None:
        """Make the clock show `instant` now and run on from there."""
        if instant.tzinfo is None:
            raise ValueError("the clock is set to an instant with an offset")
        self._offset = instant.astimezone(UTC) - datetime.now(UTC)

    def reset(self) -> None:
        """Return to real time."""
        self._offset = timedelta()


class Ids:
    """Ids that come out the same for the same seed, so that a run can be repeated."""

    def __init__(self, seed: int = 0) -> None:
        self._random = random.Random(seed)  # noqa: S311 - repeatable, not secret

    def guid(self) -> str:
        """Return a fresh version-4 GUID in lower case."""
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def opaque(self, prefix: str = "", length: int = 32) -> str:
        """Return `prefix` and enough letters and digits to make `length` characters in all."""
        return prefix + "".join(self._random.choices(OPAQUE_ALPHABET, k=max(0, length - len(prefix))))

    def reset(self, seed: int = 0) -> None:
        """Start the sequence of `seed` from its beginning."""
        self._random = random.Random(seed)  # noqa: S311 - repeatable, not secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """One behaviour of a real service that nobody has established, and the ways it may turn out."""

    name: str
    values: tuple[str, ...]
    default: str
    why: str


class Switches(Mapping[str, str]):
    """The chosen value of every declared switch."""

    def __init__(self) -> None:
        self._declared: dict[str, Switch] = {}
        self._chosen: dict[str, str] = {}

    def declare(self, name: str, values: tuple[str, ...], default: str, why: str) -> None:
        """Make a switch known; declaring it again changes nothing that was chosen."""
        if default not in values:
            raise ValueError(f"{name}: the default {default!r} is not one of {values}")
        self._declared[name] = Switch(name=name, values=values, default=default, why=why)

    def set(self, name: str, value: str) -> None:
        """Choose a value; an unknown switch or value is a ValueError that says what there is."""
        if name not in self._declared:
            raise ValueError(f"no switch {name!r}; there are: {', '.join(sorted(self._declared)) or 'none'}")
        if value not in self._declared[name].values:
            raise ValueError(f"{name} can be {', '.join(self._declared[name].values)}, not {value!r}")
        self._chosen[name] = value

    def declared(self) -> list[Switch]:
        """Return every switch, by name."""
        return [self._declared[name] for name in sorted(self._declared)]

    def reset(self) -> None:
        """Put every switch back to its default."""
        self._chosen.clear()

    def __getitem__(self, name: str) -> str:
        return self._chosen.get(name, self._declared[name].default)

    def __iter__(self) -> Iterator[str]:
        return iter(self._declared)

    def __len__(self) -> int:
        return len(self._declared)


class Store(Protocol):
    """The state of one simulator: made from the world, emptied with it."""

    def __init__(self, world: World) -> None: ...

    def reset(self) -> None:
        """Forget everything."""


Seeder = Callable[[User, Mapping[str, Any]], None]


class World:
    """Everything the simulators have in common, and the store of each of them."""

    def __init__(self, seed: int = 0) -> None:
        self.clock = Clock()
        self.ids = Ids(seed)
        self.journal = Journal(self.clock.now)
        self.mailroom = Mailroom(self.clock.now)
        self.versions = Versions(self.clock.now)
        self.faults = Faults(self.clock.now)
        self.directory = Directory(now=self.clock.now, guid=self.ids.guid)
        self.switches = Switches()
        self._stores: dict[type[Any], Any] = {}
        self._on_reset: list[Callable[[], None]] = []
        self._seeders: list[Seeder] = []

    def store[S: Store](self, kind: type[S]) -> S:
        """Return this world's one store of that kind, made at the first call and emptied by `reset`."""
        if kind not in self._stores:
            self._stores[kind] = kind(self)
        found: S = self._stores[kind]
        return found

    def on_reset(self, action: Callable[[], None]) -> None:
        """Have `action` called whenever the world is reset."""
        self._on_reset.append(action)

    def on_seed(self, seeder: Seeder) -> None:
        """Have `seeder` called with every person the control plane seeds, and the JSON object that described them."""
        self._seeders.append(seeder)

    def seed_person(self, user: User, description: Mapping[str, Any]) -> None:
        """Let every simulator that asked take what it wants from a seeded person's description."""
        for seeder in self._seeders:
            seeder(user, description)

    def reset(self, seed: int = 0) -> None:
        """Empty the world; ids start again from `seed`."""
        self.faults.reset()
        self.clock.reset()
        self.ids.reset(seed)
        self.journal.reset()
        self.mailroom.reset()
        self.versions.reset()
        self.directory.reset()
        self.switches.reset()
        for store in self._stores.values():
            store.reset()
        for action in self._on_reset:
            action()
