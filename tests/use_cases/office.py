"""The whole app at work on fakes: messages run when their time has come, the timer ticks, time is moved by hand."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from shared_code.domain.appointments import Appointment
from shared_code.domain.connections import Connection
from shared_code.domain.events import CalendarEvent
from shared_code.domain.identifiers import AppointmentGuid, EventId, UserGuid, shard_of
from shared_code.domain.pairs import Pair
from shared_code.domain.receipts import ReceiptEntry
from shared_code.use_cases import cleanup_jobs, fan_out
from shared_code.use_cases.clean_up import clean_up_part
from shared_code.use_cases.errors import ReconnectNeeded, TryAgainLater
from shared_code.use_cases.poll_calendar import poll_batch, poll_calendar
from shared_code.use_cases.ports import (
    SHARDS,
    CleanUp,
    Deliver,
    Poll,
    PollBatch,
    PollShard,
    Reconcile,
    TellRep,
    Work,
)
from shared_code.use_cases.pushing import PushAnswer
from shared_code.use_cases.reconcile import reconcile_appointments
from shared_code.use_cases.remove_appointment import Removal
from shared_code.use_cases.tell_rep import tell_rep
from shared_code.use_cases.turns import Turns
from shared_code.use_cases.waiting_pushes import deliver_waiting, push_now_or_later, remove_now_or_later
from tests.builders import (
    ANNA,
    BEN,
    a_connection,
    a_mailbox,
    a_mailbox_key,
    a_time,
    an_appointment,
    an_appointment_guid,
)
from tests.fakes.calendar import FakeCalendar, FakeCalendars
from tests.fakes.change_feed import FakeChangeFeed
from tests.fakes.clock import FakeClock
from tests.fakes.crm import FakeCrm
from tests.fakes.ports import fake_ports
from tests.fakes.stores import FakeCleanups, FakeConnections, FakeHolders, FakePairs, FakePolls, FakeWaiting
from tests.use_cases.mortal import Died, Fate, mortal
from tests.use_cases.weather import Alarms, TimedQueue, Weather

TICK_EVERY = timedelta(minutes=15)
LEASE_LASTS = timedelta(minutes=10)
DELIVERIES = 5
"""How often the platform delivers a message whose run failed, before it counts as poisoned."""


@dataclass(frozen=True, slots=True)
class Rep:
    """A rep with a mailbox."""

    user: UserGuid
    connection: Connection
    calendar: FakeCalendar
    feed: FakeChangeFeed
    graph: Weather


class Office:
    """Everything of the app but triggers and adapters. `poisoned` holds the work that only ever failed."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.calendars = FakeCalendars()
        self.crm = FakeCrm()
        self.salesexec = Weather(self.clock)
        self.crm.faults = self.salesexec
        self.connections, self.pairs, self.holders = FakeConnections(), FakePairs(), FakeHolders()
        self.polls, self.waiting, self.cleanups = FakePolls(), FakeWaiting(), FakeCleanups()
        self.work, self.alarms = TimedQueue(self.clock), Alarms()
        self.ports = fake_ports(
            clock=self.clock,
            calendars=self.calendars,
            crm=self.crm,
            connections=self.connections,
            pairs=self.pairs,
            holders=self.holders,
            polls=self.polls,
            waiting=self.waiting,
            cleanups=self.cleanups,
            work=self.work,
            alarms=self.alarms,
        )
        self.fate = Fate()
        self.died = False
        self.death = ""
        self.poisoned: list[tuple[Work, Exception]] = []
        self.ran: list[Work] = []
        self.users: list[UserGuid] = []
        self._ticks = True
        self._next_tick = self.clock.now() + TICK_EVERY

    # People.

    def hire(self, user: UserGuid = ANNA, **said: Any) -> Rep:
        """Connect a rep, and read her calendar for the first time."""
        mailbox = a_mailbox(key=a_mailbox_key())
        connection = self.connections.save(a_connection(user=user, mailbox=mailbox, **said))
        self.users.append(user)
        self.connections.claim_mailbox(mailbox.key, user)
        self.polls.enrol(user)
        calendar, feed = self.calendars.of(connection), self.calendars.feed(connection)
        weather = Weather(self.clock)
        calendar.faults = feed.faults = weather
        self.work.send(Poll(user=user))
        self.work.send(Reconcile(user=user))
        self.settle()
        calendar.calls.clear()
        return Rep(user=user, connection=connection, calendar=calendar, feed=feed, graph=weather)

    def connection(self, user: UserGuid = ANNA) -> Connection:
        """Return a rep's connection as it is now."""
        found = self.connections.get(user)
        assert found is not None
        return found

    def set(self, user: UserGuid = ANNA, **said: Any) -> Connection:
        """Change what is stored of a rep's connection."""
        return self.connections.save(replace(self.connection(user), **said))

    # SalesExec.

    def book(self, rep: Rep, **said: Any) -> Appointment:
        """Make an appointment in SalesExec, without a push."""
        schedule = said.pop("schedule", None) or a_time(self.clock.now() + timedelta(days=1))
        guid = said.pop("guid", None) or an_appointment_guid()
        said.setdefault("modified_at", self.clock.now())
        return self.crm.book(an_appointment(guid=guid, user=rep.user, schedule=schedule, **said))

    def push(self, appointment: Appointment) -> PushAnswer:
        """Push an appointment as it is."""
        return push_now_or_later(appointment, ports=self.ports, correlation_id="push")

    def booked(self, rep: Rep, **said: Any) -> Appointment:
        """Make an appointment in SalesExec and push it."""
        appointment = self.book(rep, **said)
        self.push(appointment)
        return appointment

    def book_with_event(self, rep: Rep, **said: Any) -> Appointment:
        """Make an appointment, push it, and have SalesExec note the event that it was answered."""
        appointment = self.book(rep, **said)
        answer = self.push(appointment)
        self.crm.book(appointment, event_id=answer.event_id)
        return appointment

    def edited(self, appointment: Appointment, **said: Any) -> Appointment:
        """Change an appointment in SalesExec, a second later than before, without a push."""
        known = self.crm.appointment(appointment.guid)
        said.setdefault("modified_at", max(known.modified_at + timedelta(seconds=1), self.clock.now()))
        return self.crm.book(replace(known, **said))

    def remove(self, guid: AppointmentGuid, modified_at: datetime) -> PushAnswer:
        """Take an appointment back."""
        return remove_now_or_later(
            Removal(appointment=guid, modified_at=modified_at), ports=self.ports, correlation_id="remove"
        )

    # Time.

    def settle(self) -> None:
        """Run every message whose time has come, and those that they send."""
        for _ in range(10_000):
            work = self.work.take()
            if work is None:
                return
            self.run(work)
        raise AssertionError("the work never ends")

    def pass_time(self, by: timedelta) -> None:
        """Let time pass; messages run, and the timer ticks, when their time comes."""
        ends_at = self.clock.now() + by
        self.settle()
        while True:
            moments = [at for at in (self.work.next_at, self._next_tick if self._ticks else None) if at is not None]
            next_at = min(moments, default=ends_at)
            if next_at > ends_at:
                break
            self._move_to(next_at)
            if self._ticks and self._next_tick <= next_at:
                self._next_tick += TICK_EVERY
                self._tick()
            self.settle()
            if next_at == ends_at and not moments:
                break
        self._move_to(ends_at)

    def stop_timer(self) -> None:
        """Let no timer tick any more."""
        self._ticks = False

    def tick(self) -> None:
        """Let time pass until the timer ticks, and all come of it that comes within ten minutes."""
        self.pass_time(self._next_tick - self.clock.now() + timedelta(minutes=10))

    def _tick(self) -> None:
        """Send what the timer sends, but for the shards that have nobody and nothing to sweep."""
        for shard in sorted({0, *(shard_of(user, SHARDS) for user in self.users)}):
            self.work.send(PollShard(shard=shard))

    def _move_to(self, at: datetime) -> None:
        self.clock.move(max(timedelta(0), at - self.clock.now()))
        self.crm.now = max(self.crm.now, self.clock.now())
        for calendar in self.calendars.by_mailbox.values():
            calendar.now = max(calendar.now, self.clock.now())

    def die_at(self, number: int, *, after: bool) -> None:
        """Have the process die at so many calls of a port from now."""
        self.ports = mortal(self.ports, self.fate)
        self.fate.die_at(number, after=after)

    def lose_holders(self) -> None:
        """Lose the table that says which rep has which appointment."""
        self.holders = FakeHolders()
        self.ports = replace(self.ports, holders=self.holders)

    def restart(self) -> None:
        """Start the app anew after its process died: nothing but what is stored is known."""
        self.died, self.death = True, self.fate.calls[-1]
        self.ports = replace(self.ports, turns=Turns())

    # What the triggers do.

    def run(self, work: Work) -> None:
        """Run one message as its trigger does: waiting is a new message, and only bugs poison."""
        self.ran.append(work)
        for attempt in range(1, DELIVERIES + 1):
            try:
                self._waiting(work)
            except Died:
                # The message shows itself again once its lease has run out.
                self.restart()
                self.fate.live()
                self.work.hide(work, LEASE_LASTS)
            except Exception as bug:  # noqa: BLE001 - the platform's outermost place
                if attempt == DELIVERIES:
                    self.poisoned.append((work, bug))
                continue
            return

    def _waiting(self, work: Work) -> None:
        try:
            self._done(work)
        except TryAgainLater as error:
            again = replace(work, waited=True) if isinstance(work, Poll) else work
            self.work.send(again, delay=error.retry_after)
        except ReconnectNeeded:
            return

    def _done(self, work: Work) -> None:
        ports = self.ports
        match work:
            case PollShard():
                fan_out.poll_shard(work.shard, ports)
            case PollBatch():
                poll_batch(work.users, ports=ports)
            case Poll():
                report = poll_calendar(work, ports=ports, correlation_id="poll")
                if report.wait is not None:
                    ports.work.send(work, delay=report.wait)
            case Reconcile():
                reconcile_appointments(work.user, ports=ports, correlation_id="reconcile")
            case Deliver():
                deliver_waiting(work, ports=ports)
            case TellRep():
                tell_rep(work.user, ports)
            case CleanUp() if work.user is None:
                cleanup_jobs.spread_out(work.job, ports)
            case CleanUp():
                clean_up_part(work, ports=ports, correlation_id="cleanup")

    # What can be seen.

    def poll(self, rep: Rep) -> None:
        """Have a rep's calendar read now, and everything happen that comes of it."""
        self.work.send(Poll(user=rep.user))
        self.settle()

    def reconcile(self, rep: Rep) -> None:
        """Have SalesExec's list of a rep read now."""
        self.work.send(Reconcile(user=rep.user))
        self.settle()

    def pair(self, rep: Rep, guid: AppointmentGuid) -> Pair:
        """Return the pair of an appointment."""
        found = self.pairs.get(self.connection(rep.user).book, guid)
        assert found is not None
        return found

    def receipt(self, rep: Rep, guid: AppointmentGuid) -> list[ReceiptEntry]:
        """Return an appointment's receipt."""
        return self.pairs.receipt(self.connection(rep.user).book, guid)

    def told(self) -> list[tuple[str, AppointmentGuid | None, EventId]]:
        """Return the changes SalesExec was told, in order."""
        return [(c.action.value, c.appointment, c.event_id) for call in self.crm.calls for c in call]

    def active(self, rep: Rep) -> list[Appointment]:
        """Return the appointments SalesExec has of a rep, cancelled ones left out."""
        mine = [each.appointment for each in self.crm.listed.values() if each.appointment.user == rep.user]
        return [each for each in mine if each.status.value != "Canceled"]


def subjects(rep: Rep) -> list[str]:
    """Return the subjects in a rep's calendar."""
    return sorted(event.subject for event in rep.calendar.events.values())


def event_of(office: Office, rep: Rep, guid: AppointmentGuid) -> EventId:
    """Return the id of an appointment's event."""
    found = office.pair(rep, guid).event_id
    assert found is not None
    return found


def the_event(rep: Rep) -> CalendarEvent:
    """Return the only event of a rep."""
    [event] = rep.calendar.events.values()
    return event


__all__ = ["ANNA", "BEN", "Office", "Rep", "TimedQueue", "Weather", "event_of", "subjects", "the_event"]
