"""The sweep: every call that a deed was seen to make is a place to die at, before it and after it."""

from __future__ import annotations

import itertools
import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from tests.scenarios.killing.deeds import Deed
from tests.scenarios.killing.people import Json, Player, World
from tests.scenarios.killing.plays import STORAGE, Play, Point
from tests.scenarios.killing.state import differences
from tests.scenarios.killing.waves import Waves

AT_ONCE, FEW_AT_ONCE = 32, 8
"""How many deeds one power cut ends: fewer on a machine so busy that not all of them come to their points in time."""

ALMOST_ALL = 0.9
TRIES = 5


@dataclass(slots=True)
class Found:
    """What a sweep has come to."""

    possible: Counter[str] = field(default_factory=Counter)
    played: Counter[str] = field(default_factory=Counter)
    systems: Counter[str] = field(default_factory=Counter)
    restarts: int = 0
    wrong: dict[Point, list[str]] = field(default_factory=dict)
    missed: list[Point] = field(default_factory=list)
    unprepared: list[str] = field(default_factory=list)
    undisturbed: dict[str, list[str]] = field(default_factory=dict)
    connected_late: list[str] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        """Return the figures, a line each."""
        for deed, count in self.possible.items():
            yield f"  {deed}: {self.played[deed]} of {count}"
        by_system = ", ".join(f"{system} {count}" for system, count in sorted(self.systems.items()))
        yield f"Kill points: {self.played.total()} of {self.possible.total()} ({by_system}), {self.restarts} restarts"
        for answer in self.connected_late:
            yield f"  somebody had to connect twice, the first time was answered {answer}"


class Sweep:
    """Plays all of it."""

    def __init__(self, world: World, deeds: Sequence[Deed], firsts: Sequence[Deed]) -> None:
        self._world = world
        self._deeds = {deed.name: deed for deed in (*deeds, *firsts)}
        self._firsts = {deed.name for deed in firsts}
        self._players: dict[str, list[Player]] = defaultdict(list)
        self._names = iter(range(10**6))
        self._golden: dict[str, Json] = {}
        self._points: dict[str, list[Point]] = {}
        self._tries: Counter[Point] = Counter()
        self._waves = Waves(world)
        self.found = Found(connected_late=world.connected_late)

    def look(self) -> None:
        """Play every deed undisturbed; note its calls, and its end."""
        usual = [deed for deed in self._deeds.values() if deed.name not in self._firsts]
        plays = self._cast(usual, [None] * len(usual))
        self._waves.undisturbed(plays)
        for name in sorted(self._firsts):
            [first] = self._cast([self._deeds[name]], [None])
            self._waves.undisturbed_first(first)
            plays.append(first)
        for play in plays:
            self._note(play)

    def _note(self, play: Play) -> None:
        name = play.deed.name
        self._golden[name] = play.state
        self._points[name] = [replace(point, after=after) for point in play.calls for after in (False, True)]
        self.found.possible[name] = len(self._points[name])
        said = play.answer.words[1] if play.answer else None
        if play.call is not None and play.deed.outcome and said != play.deed.outcome:
            play.wrong.append(f"the answer is {said}")
        if play.unprepared:
            play.wrong.append(play.unprepared)
        if play.wrong:
            self.found.undisturbed[name] = play.wrong

    def golden(self, deed: str) -> Json:
        """Return what a deed comes to when nothing disturbs it."""
        return self._golden[deed]

    def kill_everywhere(self, *, share: int = 1, all_firsts: bool = True) -> None:
        """Kill at every call to the simulators, and at one of so many calls to storage.

        A process has one first call, so each of those costs a restart: all of them, or one with every wave.
        """
        left = {name: chosen(points, share) for name, points in self._points.items() if name not in self._firsts}
        firsts = in_turn([self._points[name] for name in sorted(self._firsts)])
        waves = math.ceil(sum(map(len, left.values())) / AT_ONCE)
        each_time = max(1, math.ceil(len(firsts) / waves)) if all_firsts else 1
        size = AT_ONCE
        while any(left.values()) or (all_firsts and firsts):
            points = next_points(left, size)
            first = firsts[:each_time]
            del firsts[:each_time]
            plays = self._cast([self._deeds[point.deed] for point in (*points, *first)], [*points, *first])
            self._waves.cut_short(plays[: len(points)], plays[len(points) :])
            for play in plays:
                assert play.point is not None
                if play.point in left.get(play.deed.name, ()):
                    left[play.deed.name].remove(play.point)
                self._judge(play, play.point, left.get(play.deed.name, firsts))
            self.found.restarts = self._waves.restarts
            caught = sum(play.caught for play in plays) / len(plays)
            size = min(AT_ONCE, size * 3 // 2) if caught > ALMOST_ALL else max(FEW_AT_ONCE, size // 2)

    def _judge(self, play: Play, point: Point, left: list[Point]) -> None:
        if play.unprepared:
            self.found.unprepared.append(play.unprepared)
            play.caught, wrong = False, []
        else:
            wrong = [*play.wrong, *differences(self._golden[point.deed], play.state)]
        if wrong:
            self.found.wrong[point] = wrong
        if wrong or play.unprepared or not play.caught:
            # What is left behind might be found again with every play that follows.
            self._players[point.deed].remove(play.player)
        self._tries[point] += 1
        if play.caught:
            self.found.played[point.deed] += 1
            self.found.systems[point.system] += 1
        elif self._tries[point] < TRIES:
            left.append(point)
        else:
            self.found.missed.append(point)

    def _cast(self, deeds: Sequence[Deed], points: Sequence[Point | None]) -> list[Play]:
        """Give every deed a player of its own, hiring whoever is missing."""
        wanted = Counter(deed.name for deed in deeds)
        vacant: list[Deed] = []
        for name, count in wanted.items():
            deed = self._deeds[name]
            fit = [player for player in self._players[name] if player.plays < deed.plays]
            self._players[name] = fit
            vacant += [deed] * (count - len(fit))
        with ThreadPoolExecutor(4) as pool:
            for deed, player in zip(vacant, pool.map(self._hired, vacant), strict=True):
                self._players[deed.name].append(player)
        turn = {name: iter(players) for name, players in self._players.items()}
        return [Play(deed, next(turn[deed.name]), point) for deed, point in zip(deeds, points, strict=True)]

    def _hired(self, deed: Deed) -> Player:
        return Player(self._world, f"{deed.name} {next(self._names)}", deed.people)


def chosen(points: Sequence[Point], share: int) -> list[Point]:
    """Return all points at simulators, and a fixed one of so many at storage, from the first on."""
    storage = [point for point in points if point.system == STORAGE]
    return [point for point in points if point.system != STORAGE] + storage[::share]


def in_turn(lists: Sequence[Sequence[Point]]) -> list[Point]:
    """Return all points, one of each list in turn."""
    return [point for some in itertools.zip_longest(*lists) for point in some if point is not None]


def next_points(left: dict[str, list[Point]], count: int) -> list[Point]:
    """Return points for one wave, of each deed as large a share as it has of what is left."""
    ranked = [((place + 0.5) / len(points), point) for points in left.values() for place, point in enumerate(points)]
    return [point for _, point in sorted(ranked, key=lambda each: each[0])[:count]]
