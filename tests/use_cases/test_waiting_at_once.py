"""A thousand times: two polls, a sync and ten pushes of one rep at the same moment, in two processes."""

import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from shared_code.domain.appointments import Appointment
from shared_code.domain.changes import ChangeOutcome, ChangeResult, CrmChange
from shared_code.domain.identifiers import AppointmentGuid, UserGuid
from shared_code.use_cases.errors import TryAgainLater
from shared_code.use_cases.manage_connection import sync_now
from shared_code.use_cases.poll_calendar import poll_batch, poll_calendar
from shared_code.use_cases.ports import Poll, Ports
from shared_code.use_cases.turns import Turns
from shared_code.use_cases.waiting_pushes import push_now_or_later
from tests.builders import a_time, an_appointment, an_appointment_guid
from tests.fakes.calendar import FakeCalendar, FakeCalendars
from tests.fakes.crm import FakeCrm
from tests.use_cases.office import Office, Rep

ROUNDS, ROUNDS_A_DAY = 1000, 10
SECOND = timedelta(seconds=1)


class OneAtATime:
    """Makes a fake safe in many threads: whole calls take turns, as they do at a server that locks what it changes."""

    def __init__(self, inner: Any, lock: threading.RLock) -> None:
        self._inner = inner
        self._lock = lock

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if not callable(found):
            return found

        def call(*given: Any, **named: Any) -> Any:
            with self._lock:
                done = found(*given, **named)
                return iter(list(done)) if isinstance(done, Iterator) else done

        return call


class SharedCalendars(FakeCalendars):
    """Calendars for many threads."""

    def __init__(self) -> None:
        super().__init__()
        self._shared: dict[int, Any] = {}
        self._lock = threading.RLock()

    def _safe(self, inner: Any) -> Any:
        return self._shared.setdefault(id(inner), OneAtATime(inner, self._lock))

    def of(self, connection: Any, *, until: datetime | None = None) -> FakeCalendar:
        with self._lock:
            calendar: FakeCalendar = self._safe(super().of(connection, until=until))
            return calendar

    def feed(self, connection: Any) -> Any:
        with self._lock:
            return self._safe(super().feed(connection))


class WatchfulCrm(FakeCrm):
    """SalesExec that remembers in which order it applied what."""

    def __init__(self) -> None:
        super().__init__()
        self.applied: list[tuple[AppointmentGuid | None, int]] = []
        self._one = threading.RLock()

    def tell(self, user: UserGuid, changes: Sequence[CrmChange]) -> list[ChangeResult]:
        with self._one:
            results = super().tell(user, changes)
            for change, result in zip(changes, results, strict=True):
                if result.outcome is ChangeOutcome.APPLIED:
                    self.applied.append((result.appointment, change.sequence))
            return results


@pytest.fixture(name="hurry")
def _hurry() -> Iterator[None]:
    """Have the interpreter change threads as often as it can."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(usual)


def at_once(pool: ThreadPoolExecutor, deeds: Sequence[Callable[[], object]]) -> None:
    """Do everything at the same moment, and wait for the end of it."""
    ready = threading.Barrier(len(deeds))

    def do(deed: Callable[[], object]) -> None:
        ready.wait(timeout=20)
        with suppress(TryAgainLater):
            deed()

    for done in [pool.submit(do, deed) for deed in deeds]:
        done.result()


@pytest.mark.usefixtures("hurry")
@pytest.mark.parametrize("start", range(0, ROUNDS, ROUNDS_A_DAY))
def test_two_polls_a_sync_and_ten_pushes_at_once_leave_one_event_each(start: int) -> None:
    office = Office()
    office.stop_timer()
    office.calendars = SharedCalendars()
    crm = office.crm = WatchfulCrm()
    office.ports = replace(office.ports, calendars=office.calendars, crm=office.crm)
    anna = office.hire()
    processes = [replace(office.ports, turns=Turns()) for _ in range(2)]

    with ThreadPoolExecutor(13) as pool:
        for number in range(start, start + ROUNDS_A_DAY):
            pushes = a_round(office, anna, number)
            deeds: list[Callable[[], object]] = [
                *(partial(pushed, push, processes[n % 2]) for n, push in enumerate(pushes)),
                partial(poll_calendar, Poll(user=anna.user), ports=processes[0], correlation_id="poll"),
                partial(poll_batch, [anna.user], ports=processes[1]),
                partial(sync_now, anna.user, processes[0]),
            ]
            at_once(pool, deeds)
            office.settle()
            office.pass_time(timedelta(minutes=3))
            one_event_each(office, anna, pushes, number)

    assert office.poisoned == []
    assert anna.calendar.mails == 0
    last: dict[AppointmentGuid | None, int] = {}
    for guid, sequence in crm.applied:
        assert sequence > last.get(guid, 0)
        last[guid] = sequence


def pushed(appointment: Appointment, ports: Ports) -> None:
    push_now_or_later(appointment, ports=ports, correlation_id="push")


def a_round(office: Office, anna: Rep, number: int) -> list[Appointment]:
    """Return ten pushes: four versions of one appointment, three of another, three more; and edit one in Outlook."""
    first, second, *others = (an_appointment_guid() for _ in range(5))
    now = office.clock.now()
    when = a_time(now + timedelta(days=1 + number % 5))
    plain = an_appointment(user=anna.user, schedule=when, modified_at=now, body_html="")
    versions = [(first, 4), (second, 3), *((guid, 1) for guid in others)]
    pushes = [
        replace(
            plain, guid=guid, subject=f"{number}.{guid[:4]} v{version}", modified_at=now + timedelta(seconds=version)
        )
        for guid, count in versions
        for version in range(count)
    ]
    anna.calendar.add_by_hand(subject=f"Own {number}", schedule=when)
    return pushes


def one_event_each(office: Office, anna: Rep, pushes: list[Appointment], number: int) -> None:
    """Assert that each appointment of a round has one event that says the newest."""
    newest = {push.guid: push.subject for push in pushes}
    found = Counter(event.subject for event in anna.calendar.events.values() if event.subject.startswith(f"{number}."))
    assert found == Counter(newest.values()), f"round {number}"
    own = [each for each in office.active(anna) if each.subject == f"Own {number}"]
    assert len(own) == 1, f"round {number}"
    assert not [each for each in office.active(anna) if each.subject.startswith(f"{number}.")], f"round {number}"
