"""Points at which a deed can be cut short, and one play of a deed, with everything that is known of it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import Any

from tests.scenarios.killing.deeds import Answer, Call, Deed
from tests.scenarios.killing.people import Json, Known, Player
from tests.scenarios.killing.storage.relay import Passed

SYSTEMS = ("graph", "entra", "vault", "salesexec", "identity")
STORAGE = "storage"
EVERYBODY = -1
LONGEST_NAME = 60


@dataclass(frozen=True, slots=True, order=True)
class Point:
    """One call of a deed: the how manieth of somebody's at some system, and whether it is carried out first."""

    deed: str
    system: str
    whose: int
    skip: int
    after: bool
    what: str

    def __str__(self) -> str:
        """Say it in words."""
        return f"{self.deed}: {'after' if self.after else 'before'} {self.system} {self.skip + 1} ({self.what})"


@dataclass(slots=True)
class Play:
    """One deed by one player, cut short at a point, or undisturbed."""

    deed: Deed
    player: Player
    point: Point | None = None
    before: Known = field(default_factory=lambda: Known({}, set(), 0, 0))
    call: Call | None = None
    doing: Future[Answer] | None = None
    answer: Answer | None = None
    again: Answer | None = None
    state: Json = field(default_factory=dict)
    calls: list[Point] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    fault: int = 0
    caught: bool = False
    unprepared: str = ""

    def begin(self) -> None:
        """Bring about what has to be done by queues before the deed."""
        self.before = self.player.known(only_ended=self.deed.afresh)
        if self.deed.first:
            self.deed.first(self.player)

    def prepare(self) -> None:
        """Bring about everything else that is there before the deed."""
        self.player.plays += 1
        try:
            self.call = self.deed.prepare(self.player)
            # Until now she sent them by hand.
            self.before = replace(self.before, mails=self.player.mails())
        except AssertionError as odd:
            self.unprepared = f"{self.deed.name}, play {self.player.plays} of {self.player.name}: {odd}"

    def repeat(self) -> None:
        """Do what SalesExec does when a call got no answer: make it again."""
        for _ in range(4):
            if self.call is None or self.answer is None or self.answer.is_one:
                return
            self.answer = self.call()

    def push_once_more(self) -> None:
        """Push the same again. Not for a second clean-up, which is another deed, nor for what is asked of a queue."""
        if self.call is not None and self.deed.outcome:
            self.again = self.call()

    def fault_at(self, point: Point) -> dict[str, Any]:
        """Return which requests a fault that holds the point's is meant for."""
        if point.whose == EVERYBODY:
            return {}
        person = self.player.people[point.whose]
        match point.system:
            case "vault":
                return {"PathContains": self.player.secrets[point.whose]}
            case "salesexec":
                return {"Actor": person.user}
            case _:
                return {"Actor": person.upn}


def storage_calls(play: Play, passed: list[Passed]) -> Iterator[Point]:
    """Return the calls that a deed made to storage."""
    mine = [each for each in passed if each.owner == play.player.name]
    for skip, each in enumerate(mine):
        path = each.path.partition("?")[0].split("/", 2)[-1]
        yield Point(play.deed.name, STORAGE, 0, skip, False, f"{each.method} {path[:LONGEST_NAME]}")


def calls_of_people(play: Play, entries: list[Json]) -> Iterator[Point]:
    """Return the calls that a deed made to the simulators in its reps' names."""
    for whose, person in enumerate(play.player.people):
        for system in SYSTEMS:
            secret = play.player.secrets[whose]
            mine = [
                entry
                for entry in entries
                if entry["Service"] == system
                and (secret in entry["Path"] if system == "vault" else entry["Actor"] in (person.upn, person.user))
            ]
            yield from _points(play, system, whose, mine)


def all_calls(play: Play, entries: list[Json]) -> Iterator[Point]:
    """Return all calls to the simulators, which a deed made that was the only one."""
    for system in SYSTEMS:
        yield from _points(play, system, EVERYBODY, [entry for entry in entries if entry["Service"] == system])


def _points(play: Play, system: str, whose: int, entries: list[Json]) -> Iterator[Point]:
    for skip, entry in enumerate(entries):
        # A part of a batch is struck as a request is, but nobody calls it by itself.
        if "Batch" not in entry["Facts"]:
            what = f"{entry['Method']} {entry['Path'][:LONGEST_NAME]}"
            yield Point(play.deed.name, system, whose, skip, False, what)
