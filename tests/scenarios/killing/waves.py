"""One wave: many deeds at once, each held at a call of its own, one power cut for all, and what came of each."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from typing import Any

from tests.control import Control
from tests.scenarios.killing.people import Json, World
from tests.scenarios.killing.plays import STORAGE, Play, Point, all_calls, calls_of_people, storage_calls
from tests.scenarios.killing.state import disturbed, doubles, end_state, left_over, still_waiting, written
from tests.scenarios.proofs import tick
from tests.waiting import until

# Access tokens last ten minutes and are used for five: after this everybody's is fetched anew.
TOKENS_GROW_OLD = timedelta(minutes=6)
# Longer than every claim, lease and turn of somebody who died.
CLAIMS_RUN_OUT = timedelta(minutes=16)
# Less than the eight seconds that a push has for Outlook, or than anything waits for storage.
CAUGHT_WITHIN = 5.0
AT_ONCE = 8


class Waves:
    """Plays waves on one stack."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._stack = world.stack
        self._control = Control(world.stack.control_url)
        functions = world.stack.host.ready["Functions"]
        self._queues = len({each["Queue"] for each in functions if each["Trigger"] == "Queue"})
        self.restarts = 0

    def undisturbed(self, plays: Sequence[Play]) -> None:
        """Play deeds to their end, and note the calls and the end state of each."""
        self._prepare(plays)
        since, passed = self._control.mark(), len(self._world.relay.passed)
        self._begin(plays)
        for play in plays:
            play.answer = play.doing.result(60) if play.doing else None
        self._rest()
        entries = self._entries(since)
        for play in plays:
            play.calls = [
                *storage_calls(play, self._world.relay.passed[passed:]),
                *calls_of_people(play, entries),
            ]
        self._conclude(plays, since)

    def undisturbed_first(self, play: Play) -> None:
        """Play a deed to its end as the first of a process, and note all calls to the simulators."""
        self._prepare([play])
        self._stack.kill_host()
        self._start(queues=False)
        since = self._control.mark()
        play.answer = play.call() if play.call else None
        play.calls = list(all_calls(play, self._entries(since)))
        self._stack.kill_host()
        self._start()
        self._conclude([play], since)

    def cut_short(self, plays: Sequence[Play], firsts: Sequence[Play]) -> None:
        """Play deeds, each held at its point, kill the host, and let the world go on.

        Each of `firsts` is then held in a process of its own that has done nothing yet, and does nothing else.
        """
        everybody = [*plays, *firsts]
        self._prepare(everybody)
        since = self._control.mark()
        self._begin(plays)
        self._await_catch(plays, 0)
        self._kill(plays)
        for first in firsts:
            self._start(queues=False)
            self._order(first)
            with ThreadPoolExecutor(1) as pool:
                first.doing = pool.submit(first.call) if first.call else None
                self._await_catch([first], CAUGHT_WITHIN)
                self._kill([first])
        self._start()
        self._each(everybody, Play.repeat)
        self._rest()
        self._conclude(everybody, since)

    # Before.

    def _prepare(self, plays: Sequence[Play]) -> None:
        self._each(plays, Play.begin)
        self._rest()
        self._each(plays, Play.prepare)
        self._rest()

    def _begin(self, plays: Sequence[Play]) -> None:
        """Have all deeds begin; those whose point is known are held there."""
        for play in plays:
            self._order(play)
        self._stack.advance_clock(TOKENS_GROW_OLD)
        pool = ThreadPoolExecutor(max(1, len(plays)))
        for _, some in itertools.groupby(sorted(plays, key=_haste), _haste):
            crowd = list(some)
            for play in crowd:
                if play.call is not None and play.deed.names_itself:
                    self._begin_nameless(play, pool)
                elif play.call is not None:
                    play.doing = pool.submit(play.call)
            self._await_catch([play for play in crowd if play.point], CAUGHT_WITHIN)
        pool.shutdown(wait=False)

    def _begin_nameless(self, play: Play, pool: ThreadPoolExecutor) -> None:
        """Begin what gets its name only from the app, and wait until the relay has seen the name."""
        relay = self._world.relay
        known = relay.guids_of(play.player.name)
        relay.foster = play.player.name
        assert play.call is not None
        doing = play.doing = pool.submit(play.call)
        with suppress(AssertionError):
            until(
                lambda: relay.guids_of(play.player.name) > known or doing.done() or self._all_caught([play]),
                seconds=3,
                what="it has a name",
            )
        relay.foster = None

    def _order(self, play: Play) -> None:
        """Order that a play is held at its point."""
        point: Point | None = play.point
        if point is None:
            return
        if point.system == STORAGE:
            self._world.relay.hold(play.player.name, skip=point.skip, after=point.after)
            return
        kind = "hold_after" if point.after else "hold"
        ordered = self._control.fault(point.system, kind, Skip=point.skip, Match=play.fault_at(point))
        play.fault = ordered["Id"]

    def _await_catch(self, plays: Sequence[Play], seconds: float) -> None:
        """Wait until all are held; who is not by then was not caught, and is played again."""
        with suppress(AssertionError):
            until(lambda: self._all_caught(plays), seconds=seconds, what="all are held")

    def _all_caught(self, plays: Sequence[Play]) -> bool:
        waiting = {fault["Id"] for fault in self._control.faults() if fault["Waiting"]}
        for play in plays:
            play.caught = play.fault in waiting or bool(self._world.relay.held(play.player.name))
        return all(play.caught for play in plays)

    # The power cut.

    def _kill(self, plays: Sequence[Play]) -> None:
        """Kill the host, and end all holds when the simulators have seen that nobody waits there any more."""
        self._stack.kill_host()
        with suppress(AssertionError):
            until(lambda: not any(fault["Waiting"] for fault in self._control.faults()), seconds=3, what="all are gone")
        self._control.clear_faults()
        self._world.relay.release()
        self._world.relay.forget_messages()
        for play in plays:
            play.answer = play.doing.result(30) if play.doing else None

    def _start(self, *, queues: bool = True) -> None:
        options = self._stack.host.options
        self._stack.host.options = options if queues else [*options, "--no-queues"]
        self._stack.start_host()
        self._stack.host.options = options
        self.restarts += 1

    # After.

    def _conclude(self, plays: Sequence[Play], since: int) -> None:
        """Let time pass and polls come; then nothing more may happen, and every end is looked at."""
        self._control.clear_faults()
        self._stack.advance_clock(CLAIMS_RUN_OUT)
        self._tick(plays)
        mark = self._control.mark()
        self._tick(plays)
        self._each(plays, Play.push_once_more)
        self._rest()
        slow = [play for play in plays if play.again and play.again.words[1:] == ("Queued", "GraphUnavailable")]
        if slow:
            # The machine is so busy that a push took more than its eight seconds; it is made all the same.
            self._stack.advance_clock(CLAIMS_RUN_OUT)
            self._tick(plays)
            self._each(slow, Play.push_once_more)
            self._rest()
        entries = self._entries(since)
        left, waiting = left_over(self._stack), still_waiting(self._stack)

        def look(play: Play) -> None:
            fresh = [entry for entry in entries if entry["Seq"] > mark]
            play.wrong += [f"for nothing: {what}" for what in written(play.player, fresh)]
            play.wrong += disturbed(play.player, play.before)
            play.wrong += doubles(play.player)
            play.wrong += [f"left over: {what}" for what in left]
            # Who was not caught may have been stored by an app that found the machine too slow: another deed.
            if play.caught or play.point is None:
                play.wrong += [what for person in play.player.people for what in waiting.get(person.user, [])]
            play.state = end_state(play.player, play.before, entries) | {"again": play.again and play.again.words}

        self._each(plays, look)

    def _tick(self, plays: Sequence[Play]) -> None:
        """Let a round of polls come, and everything that it leads to."""
        self._world.relay.stir()
        tick(self._stack, *(person for play in plays for person in play.player.people))
        self._rest()

    def _rest(self) -> None:
        """Wait until no message is to be seen, and none is taken and not deleted."""
        relay, queues = self._world.relay, self._queues
        relay.stir()
        until(lambda: relay.is_quiet(queues), seconds=120, what="everything rests")

    def _entries(self, since: int) -> list[Json]:
        return [entry for entry in self._control.journal(since=since) if entry["Method"]]

    def _each(self, plays: Sequence[Play], act: Callable[[Play], Any]) -> None:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(act, plays))


def _haste(play: Play) -> int:
    """Return when its turn to begin is: first what began by itself, last what is held where the app is in a hurry."""
    if play.call is None or play.deed.names_itself:
        return 0
    return 1 if play.point is None or play.point.system == STORAGE else 2
