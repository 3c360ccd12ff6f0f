"""Runs invocations of use cases one at a time, a slice of port calls each, so that a seed decides every interleaving.

Each invocation has a thread of its own, but holds a baton while it runs: nothing ever happens at the same moment, and
the same choices give the same history.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from shared_code.domain.identifiers import AppointmentGuid

PATIENCE_SECONDS = 60


class Killed(BaseException):
    """The process that ran the invocation is gone; nothing of it runs on."""


@dataclass(eq=False)
class Invocation:
    """One run of a trigger. `error` is what escaped from it; `result` what it returned.

    `unnoted` are the appointments whose event it wrote and has not noted yet.
    """

    name: str
    worker: int
    work: Callable[[], object]
    number: int
    calls_left: int = 0
    done: bool = False
    killed: bool = False
    error: BaseException | None = None
    result: object = None
    awaits: object = None
    read_connections_at: dict[str, int] = field(default_factory=dict)
    unnoted: set[AppointmentGuid] = field(default_factory=set)
    turn: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))


class Scheduler:
    """Hands the baton from one invocation to another; `running` are those that have begun and not ended."""

    def __init__(self) -> None:
        self.current: Invocation | None = None
        self.running: list[Invocation] = []
        self._baton = threading.Semaphore(0)
        self._numbers = 0

    def start(self, name: str, worker: int, work: Callable[[], object]) -> Invocation:
        """Begin an invocation; it does nothing before it is given its first slice."""
        self._numbers += 1
        invocation = Invocation(name, worker, work, self._numbers)
        self.running.append(invocation)
        threading.Thread(target=self._run, args=(invocation,), daemon=True).start()
        return invocation

    def give(self, invocation: Invocation, calls: int) -> None:
        """Let the invocation make so many port calls, or less when it ends or must wait for another."""
        invocation.calls_left = calls
        self.current = invocation
        invocation.turn.release()
        if not self._baton.acquire(timeout=PATIENCE_SECONDS):
            message = f"{invocation.name} does not give the baton back"
            raise AssertionError(message)
        self.current = None
        if invocation.done:
            self.running.remove(invocation)

    def ready(self) -> list[Invocation]:
        """Return those that could go on."""
        return [each for each in self.running if each.awaits is None]

    def kill(self, worker: int) -> list[Invocation]:
        """Abandon every invocation of the worker where it stands."""
        victims = [each for each in self.running if each.worker == worker]
        for invocation in victims:
            invocation.killed = True
            while not invocation.done:
                self.give(invocation, 1)
        return victims

    def at_call(self) -> None:
        """Take one call of the slice; when it is used up, wait for the next slice. Called by what runs."""
        invocation = self.current
        assert invocation is not None
        if invocation.killed:
            raise Killed
        while invocation.calls_left <= 0:
            self._hand_back(invocation)
        invocation.calls_left -= 1

    def wait_for(self, what: object) -> None:
        """Hand the baton back until `freed` tells that what is awaited may be there."""
        invocation = self.current
        assert invocation is not None
        invocation.awaits = what
        self._hand_back(invocation)
        invocation.awaits = None

    def freed(self, what: object) -> None:
        """Let those who wait for it try again."""
        for each in self.running:
            if each.awaits == what:
                each.awaits = None

    def _hand_back(self, invocation: Invocation) -> None:
        self._baton.release()
        invocation.turn.acquire()
        if invocation.killed:
            raise Killed

    def _run(self, invocation: Invocation) -> None:
        invocation.turn.acquire()
        try:
            invocation.result = self._worked(invocation)
        except Killed as death:
            invocation.error = death
        except BaseException as error:  # noqa: BLE001 - whatever escapes is what the story is about
            invocation.error = error
        invocation.done = True
        self._baton.release()

    def _worked(self, invocation: Invocation) -> object:
        if invocation.killed:
            # Its process died before it had done anything: nobody was answered, and no message is worked off.
            raise Killed
        return invocation.work()


class SteppedTurns:
    """Turns within one worker, as the app's own, but waiting means handing the baton on."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._held: set[str] = set()

    @contextmanager
    def of(self, key: str) -> Iterator[None]:
        """Hold the turn of this key; others of the same key wait."""
        while key in self._held:
            self._scheduler.wait_for((id(self), key))
        self._held.add(key)
        try:
            yield
        finally:
            self._held.discard(key)
            self._scheduler.freed((id(self), key))
