"""Two polls, a request to sync and ten pushes of one rep at the same moment, again and again."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import requests

from sandbox.stack import Stack
from tests.control import Control
from tests.scenarios.concurrency.conftest import FIGURES
from tests.scenarios.conftest import Hire
from tests.scenarios.people import Person, at, lasting
from tests.scenarios.proofs import at_rest, out_of_order, poisoned
from tests.waiting import until

ROUNDS, MANY_ROUNDS, ROUNDS_PER_REP = 30, 1000, 40
MOST_AT_ONCE = 4
"""What Graph serves of one app in one mailbox. Source: Microsoft docs, includes/throttling-outlook"""


@dataclass(slots=True)
class Tally:
    """What came of all rounds."""

    rounds: int = 0
    requests: int = 0
    throttled: int = 0
    most_at_once: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    events: int = 0

    def add(self, control: Control, person: Person) -> None:
        """Count what the figures say of a person's mailbox."""
        [mine] = [row for row in control.call("GET", "graph/figures")["Mailboxes"] if row["Upn"] == person.upn]
        self.requests += mine["Requests"]
        self.throttled += mine["Throttled"]
        self.most_at_once = max(self.most_at_once, mine["MostAtOnce"])
        self.events += len(person.events())


@pytest.fixture(name="slow_graph")
def _slow_graph(control: Control) -> Iterator[None]:
    """Have Graph take its time, so that requests truly meet there."""
    usual = control.call("GET", "graph/limits")["LatencyMs"]
    control.call("PUT", "graph/limits", {"LatencyMs": 15})
    yield
    control.call("PUT", "graph/limits", {"LatencyMs": usual})


@pytest.mark.timeout(7200)
@pytest.mark.usefixtures("slow_graph")
def test_two_polls_a_sync_and_ten_pushes_at_once_leave_one_event_each(
    stack: Stack,
    control: Control,
    hire: Hire,
    pytestconfig: pytest.Config,
) -> None:
    rounds = MANY_ROUNDS if pytestconfig.getoption("--long") else ROUNDS
    tally = Tally()
    began = time.monotonic()

    with ThreadPoolExecutor(14) as pool:
        for _ in range(0, rounds, ROUNDS_PER_REP):
            anna = hire()
            anna.connect()
            for number in range(min(ROUNDS_PER_REP, rounds - tally.rounds)):
                play(stack, pool, Round(anna, number), tally)
            tally.add(control, anna)
            assert out_of_order(anna) == []

    pytestconfig.stash[FIGURES] = f"{tally} in {time.monotonic() - began:.0f} s"
    assert tally.rounds == rounds
    assert (tally.throttled, tally.most_at_once) == (0, min(tally.most_at_once, MOST_AT_ONCE))
    assert tally.most_at_once > 1
    assert set(tally.answers) <= {"Created", "Updated", "Unchanged", "Stale", "Queued"}
    assert poisoned(stack) == {}


class Round:
    """Five appointments that are pushed ten times in all, an event that the rep makes, and one that she edits."""

    def __init__(self, anna: Person, number: int) -> None:
        self.anna = anna
        self.number = number
        self._start = at(days=1 + number % 80, hour=8)
        self.newest: dict[str, str] = {}

    def bodies(self) -> list[tuple[str, dict[str, Any]]]:
        """Book in SalesExec, which changes its mind before any of its pushes is on its way; return them all."""
        found = []
        for which, versions in enumerate((4, 3, 1, 1, 1)):
            said = {"Subject": f"{self.number}.{which} v0", "LeadUrl": "https://crm.salesexec.example/leads/1"}
            times = lasting(self._start + timedelta(hours=which))
            booked = self.anna.book(**said, **times, Push=False)
            for version in range(versions):
                if version:
                    said = {"Subject": f"{self.number}.{which} v{version}", "Location": f"Room {version}"}
                    booked = self.anna.edit(booked["AppointmentGuid"], **said, Push=False)
                found.append((booked["AppointmentGuid"], pushed_body(booked)))
            self.newest[booked["AppointmentGuid"]] = booked["Subject"]
        # The newest of each is neither first nor last.
        return found[1::2] + found[::2]

    def work_by_hand(self) -> None:
        """Do what the rep does in Outlook meanwhile: an event of her own, and an edit of an earlier one."""
        self.anna.add_event(self._start + timedelta(hours=6), Subject=f"Own {self.number}")
        for earlier in (f"Own {self.number - 1}", f"Own {self.number - 2}"):
            for event in self.anna.events():
                if event["Subject"].split(",")[0] == earlier:
                    self.anna.edit_event(event["Id"], Subject=f"{earlier}, edited in {self.number}")

    def is_done(self) -> bool:
        """Say whether both sides hold what this round ends with."""
        subjects = Counter(event["Subject"] for event in self.anna.events())
        told = Counter(each["Subject"] for each in self.anna.appointments())
        return subjects == told and all(subjects[newest] for newest in self.newest.values())

    def check(self) -> None:
        """Assert that each appointment has one event, which says the newest, and each event one appointment."""
        subjects = Counter(event["Subject"] for event in self.anna.events())
        mine = {name: count for name, count in subjects.items() if name.startswith(f"{self.number}.")}
        assert mine == dict.fromkeys(self.newest.values(), 1), f"round {self.number}"
        marks = [mark for event in self.anna.events() for mark in event["Extensions"].values()]
        owned = Counter(mark["AppointmentGuid"] for mark in marks)
        assert set(owned.values()) == {1}, f"round {self.number}"
        own = [name for name in subjects if name.split(",")[0] == f"Own {self.number}"]
        assert len(own) == 1, f"round {self.number}"
        assert subjects == Counter(each["Subject"] for each in self.anna.appointments()), f"round {self.number}"


def play(stack: Stack, pool: ThreadPoolExecutor, this: Round, tally: Tally) -> None:
    """Have everything happen at one moment, and look at both sides when it is over."""
    anna = this.anna
    bodies = this.bodies()
    poll = f'{{"Version":1,"Work":"Poll","UserGuid":"{anna.user}"}}'
    batch = f'{{"Version":1,"Work":"PollBatch","UserGuids":["{anna.user}"]}}'
    others: list[Callable[[], object]] = [
        partial(stack.host.fire, "poll_calendar", poll),
        partial(stack.host.fire, "poll_batch", batch),
        partial(anna.api.sync, anna.user),
        this.work_by_hand,
    ]

    answers = at_once(pool, [*(partial(anna.api.put, guid, body) for guid, body in bodies), *others])
    at_rest(stack)
    anna.api.sync(anna.user)
    until(this.is_done, seconds=40, what=f"round {this.number} is over")
    at_rest(stack)

    this.check()
    pushed = [answer for answer in answers if isinstance(answer, requests.Response) and answer.request.method == "PUT"]
    tally.answers.update(answer.json().get("Outcome", f"{answer.status_code} {answer.text}") for answer in pushed)
    tally.rounds += 1


def at_once(pool: ThreadPoolExecutor, deeds: Sequence[Callable[[], object]]) -> list[object]:
    """Do everything at the same moment, and return what came of it."""
    ready = threading.Barrier(len(deeds))

    def do(deed: Callable[[], object]) -> object:
        ready.wait(timeout=20)
        return deed()

    return [done.result() for done in [pool.submit(do, deed) for deed in deeds]]


def pushed_body(appointment: dict[str, Any]) -> dict[str, Any]:
    """Return the body with which SalesExec pushes an appointment as it is now."""
    fields = ("UserGuid", "LeadUrl", "Subject", "Body", "Start", "End", "Location", "ModifiedUtc")
    return {name: appointment[name] for name in fields if appointment[name] is not None}
