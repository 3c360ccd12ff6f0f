"""What people, time and bad luck do to the world: one function a step, each with dice of its own."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from random import Random
from typing import Any

from shared_code.domain.appointments import Appointment, Lead, ShowAs, Status
from shared_code.domain.events import CalendarEvent, Sensitivity
from shared_code.domain.identifiers import AppointmentGuid, UserGuid
from shared_code.domain.lead_link import links_in, with_link
from shared_code.domain.schedules import AllDay, Schedule, Timed
from shared_code.use_cases.ports import Poll
from tests.builders import NOW
from tests.engine.chronicle import LEAD_HOSTS, Life, differences, view_of_event
from tests.engine.stepped import Weather, set_time
from tests.engine.world import REPS, WORKERS, Message, World, dice_of
from tests.fakes.calendar import FakeCalendar
from tests.fakes.ports import CRM_HOST

_SHOWS = (ShowAs.BUSY, ShowAs.TENTATIVE, ShowAs.OUT_OF_OFFICE)
DAYS_AHEAD = range(8, 40)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a history; its dice fall alike whenever it is played."""

    kind: str
    seed: int


class Story:
    """Plays steps in a world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._values = itertools.count(1)

    def play(self, step: Step) -> None:
        """Make one step."""
        dice = dice_of(step.kind, step.seed)
        self.world.stage.now += timedelta(milliseconds=dice.randrange(20, 900))
        self.world.stage.trace.append(f"-- {step.kind}")
        getattr(self, step.kind)(dice)

    def settle(self, steps: int = 400) -> None:
        """Let everything that is due run to its end, and wait for what is due within minutes."""
        world = self.world
        world.stage.weather = Weather()
        for _ in range(steps):
            self._run_out()
            due = world.due()
            if due:
                world.advance(world.begin(due[0], 0))
                continue
            soon = [*(push.due_at for push in world.outbox), *(message.due_at for message in world.messages)]
            if not soon:
                return
            world.stage.now = max(world.stage.now, min(soon)) + timedelta(milliseconds=20)
        world.chronicle.violations.append("it never goes quiet")

    def _run_out(self) -> None:
        """Let all that runs run to its end."""
        world = self.world
        while world.scheduler.running:
            ready = world.scheduler.ready()
            if not ready:
                world.chronicle.violations.append("all wait for one another")
                for worker in range(WORKERS):
                    world.kill(worker)
                return
            world.advance(ready[0])

    def crm_new(self, dice: Random) -> None:
        """Book an appointment in SalesExec."""
        guid = AppointmentGuid(f"{next(self._values):08x}-0000-4000-9000-000000000000")
        appointment = Appointment(
            guid=guid,
            user=dice.choice(REPS),
            subject=f"Call {next(self._values)}",
            body_html=f"<p>Note {next(self._values)}</p>",
            schedule=self._a_time(dice),
            modified_at=NOW,
            location=f"Room {next(self._values)}",
            lead=self._a_lead(dice),
        )
        self._pushed(self.world.crm.book(appointment), dice)

    def crm_edit(self, dice: Random) -> None:
        """Change an appointment in SalesExec."""
        guid = self._an_appointment(dice, alive=True)
        if guid is not None:
            held = self.world.crm.records[guid].appointment
            said: dict[str, Any] = {}
            for name in dice.sample(("subject", "body_html", "location", "schedule", "show_as", "is_private", "lead"),
                                    k=dice.choice((1, 1, 2))):  # fmt: skip
                said[name] = self._a_value(name, held, dice)
            self._pushed(self.world.crm.change(guid, **said), dice)

    def crm_cancel(self, dice: Random) -> None:
        """Cancel an appointment in SalesExec."""
        guid = self._an_appointment(dice, alive=True)
        if guid is not None:
            changed = self.world.crm.change(guid, status=Status.CANCELED)
            self.world.chronicle.appointments[guid].ended_at = self.world.chronicle.tick()
            self._pushed(changed, dice)

    def crm_revive(self, dice: Random) -> None:
        """Take back a cancellation in SalesExec."""
        guid = self._an_appointment(dice, alive=False)
        if guid is not None:
            self.world.chronicle.appointments[guid].revived_at = self.world.chronicle.tick()
            said = {"status": Status.PENDING, "subject": f"Again {next(self._values)}"}
            self._pushed(self.world.crm.change(guid, **said), dice)

    def crm_move(self, dice: Random) -> None:
        """Give an appointment to the other rep."""
        guid = self._an_appointment(dice, alive=True)
        if guid is not None:
            held = self.world.crm.records[guid].appointment
            other = next(user for user in REPS if user != held.user)
            chronicle = self.world.chronicle
            chronicle.appointments[guid].moved_at = chronicle.tick()
            self._pushed(self.world.crm.change(guid, user=other), dice)

    def outlook_new(self, dice: Random) -> None:
        """Make an event in Outlook."""
        calendar = self._a_calendar(dice)
        event = calendar.add_by_hand(
            subject=f"Dentist {next(self._values)}",
            body_html=f"<p>Floor {next(self._values)}</p>",
            schedule=self._a_time(dice),
            location=f"Street {next(self._values)}",
        )
        self._edited(None, event)

    def outlook_edit(self, dice: Random) -> None:
        """Change an event in Outlook."""
        calendar = self._a_calendar(dice)
        event = self._an_event(calendar, dice)
        if event is not None:
            said: dict[str, Any] = {}
            names = ["subject", "body_html", "location", "schedule", "show_as"]
            if event.mark is not None:
                names.append("sensitivity")
            for name in dice.sample(names, k=dice.choice((1, 1, 2))):
                said[name] = self._an_event_value(name, event, dice)
            self._edited(event, calendar.change_by_hand(event.id, **said))

    def outlook_delete(self, dice: Random) -> None:
        """Delete an event in Outlook."""
        calendar = self._a_calendar(dice)
        event = self._an_event(calendar, dice)
        if event is not None:
            calendar.delete_by_hand(event.id)
            chronicle = self.world.chronicle
            chronicle.events.setdefault(event.id, Life()).ended_at = chronicle.tick()

    def outlook_copy(self, dice: Random) -> None:
        """Copy an event in Outlook; the copy is the rep's own."""
        calendar = self._a_calendar(dice)
        event = self._an_event(calendar, dice)
        if event is not None and not event.attendees:
            said = {"subject": f"Copy {next(self._values)}", "sensitivity": Sensitivity.NORMAL}
            self._edited(None, calendar.copy_by_hand(event.id, **said))

    def outlook_invite(self, dice: Random) -> None:
        """Have a rep's calendar polled, then invite somebody, then have SalesExec push the appointment."""
        user = dice.choice([each for each in REPS if self._to_invite_to(each)] or REPS)
        self._slices(
            dice, self.world.begin(self._a_poll(user, dice), dice.randrange(WORKERS)), fully=dice.random() < 0.5
        )
        calendar = self._calendar(user)
        event = dice.choice(self._to_invite_to(user) or [None, *calendar.events.values()])
        if event is None:
            return
        self._edited(event, calendar.invite_by_hand(event.id, "visitor@example.com"))
        life = self.world.chronicle.events[event.id]
        life.invited_at = life.invited_at or self.world.chronicle.tick()
        guid = self.world.chronicle.appointment_of.get(event.id)
        if guid in self.world.crm.records and self.world.crm.records[guid].appointment.status is Status.PENDING:
            self._pushed(self.world.crm.change(guid, location=f"Hall {next(self._values)}"), dice)
            self.world.invited_in_between += 1

    def _a_poll(self, user: UserGuid, dice: Random) -> Message:
        """Return a poll of hers that could begin; there is always one."""
        self.world.send(Poll(user=user))
        polls = [each for each in self.world.due() if isinstance(each, Message) and each.work == Poll(user=user)]
        return dice.choice(polls)

    def _to_invite_to(self, user: UserGuid) -> list[CalendarEvent]:
        """Return her events whose appointment lives in SalesExec."""
        records, known = self.world.crm.records, self.world.chronicle.appointment_of
        alive = {guid for guid, each in records.items() if each.appointment.status is Status.PENDING}
        return [event for event in self.world.calendar(user).events.values() if known.get(event.id) in alive]

    def tick(self, dice: Random) -> None:
        """Let the timer fire, and often the shards and batches after it run."""
        self.world.tick()
        if dice.random() < 0.7:
            for _ in range(6):
                chain = [each for each in self.world.due() if _kind(each) in ("PollShard", "PollBatch")]
                if not chain:
                    break
                self.world.advance(self.world.begin(chain[0], 0))

    def start(self, dice: Random) -> None:
        """Begin some of what is due, in any order, one of them perhaps twice."""
        for _ in range(dice.choice((1, 1, 2, 3))):
            due = self.world.due()
            if not due:
                return
            job = dice.choice(due)
            for _ in range(2 if dice.random() < 0.1 else 1):
                if len(self.world.scheduler.running) < 6:
                    self.world.begin(job, dice.randrange(WORKERS))
        self.run(dice)

    def run(self, dice: Random) -> None:
        """Give slices to what runs."""
        for _ in range(dice.choice((1, 2, 4, 8))):
            self._slices(dice, None)

    def finish(self, dice: Random) -> None:
        """Let what runs run to its end, in any order of slices."""
        for _ in range(200):
            if not self.world.scheduler.running:
                return
            self._slices(dice, None)
        self._run_out()

    def wait(self, dice: Random) -> None:
        """Let time pass: moments while things run, and longer when nothing does."""
        if self.world.scheduler.running and dice.random() < 0.6:
            self.world.stage.now += timedelta(seconds=dice.choice((1, 3, 15)))
            return
        self.finish(dice)
        minutes = dice.choice((1, 3, 5, 10, 16, 16, 60, 300, 1500))
        self.world.stage.now += timedelta(minutes=minutes)

    def kill(self, dice: Random) -> None:
        """Kill a worker where it stands."""
        self._slices(dice, None)
        self.world.kill(dice.randrange(WORKERS))

    def grant_dies(self, dice: Random) -> None:
        """Have Entra revoke a rep's grant."""
        user = dice.choice(REPS)
        self.world.stage.dead_grants.add(user)

    def reconnect(self, dice: Random) -> None:
        """Have a rep who must sign in again."""
        for user in REPS:
            if self.world.connection(user).needs_reconnect:
                self._slices(dice, self.world.reconnect(user, dice.randrange(WORKERS)), fully=dice.random() < 0.7)

    def feed_trap(self, dice: Random) -> None:
        """Have the trip-wire play one of its tricks."""
        feed = self.world.calendars.feed(self.world.connection(dice.choice(REPS)))
        trick = dice.choice(("forget", "hide", "repeat"))
        if trick == "forget":
            feed.forget_tokens()
        elif trick == "hide":
            feed.hide_next(dice.choice((1, 2)))
        else:
            feed.repeats = not feed.repeats

    def _slices(self, dice: Random, invocation: Any, *, fully: bool = False) -> None:
        """Let one of those that run make some calls; any of them may fail."""
        world = self.world
        world.stage.weather = Weather(dice, world.terms.failing)
        ready = world.scheduler.ready()
        if not ready:
            return
        chosen = invocation or dice.choice(ready)
        if chosen in ready:
            world.advance(chosen, 10_000 if fully else dice.choice((1, 1, 2, 3, 5, 8, 30)))

    def _pushed(self, appointment: Appointment, dice: Random, slot: str = "") -> None:
        """Have SalesExec call; mostly at once, and perhaps twice."""
        push = self.world.to_push(appointment, slot)
        if dice.random() < 0.6:
            for _ in range(2 if dice.random() < 0.1 else 1):
                if len(self.world.scheduler.running) < 6:
                    self._slices(dice, self.world.begin(push, dice.randrange(WORKERS)), fully=dice.random() < 0.3)

    def _edited(self, before: CalendarEvent | None, event: CalendarEvent) -> None:
        new = differences(None if before is None else view_of_event(before), view_of_event(event))
        self.world.chronicle.calendar_edited(event.id, new, event.modified_at)

    def _an_appointment(self, dice: Random, *, alive: bool) -> AppointmentGuid | None:
        records = self.world.crm.records.items()
        fit = [guid for guid, each in records if (each.appointment.status is Status.PENDING) == alive]
        return dice.choice(fit) if fit else None

    def _a_calendar(self, dice: Random) -> FakeCalendar:
        return self._calendar(dice.choice(REPS))

    def _calendar(self, user: UserGuid) -> FakeCalendar:
        calendar = self.world.calendar(user)
        set_time(self.world.stage, calendar)
        return calendar

    def _an_event(self, calendar: FakeCalendar, dice: Random) -> CalendarEvent | None:
        return dice.choice(list(calendar.events.values())) if calendar.events else None

    def _a_time(self, dice: Random) -> Schedule:
        """Return a time that nothing had before."""
        number = next(self._values)
        day = (NOW + timedelta(days=dice.choice(DAYS_AHEAD))).date()
        if dice.random() < 0.15:
            return AllDay(first_day=day, day_after=day + timedelta(days=1 + number % 5))
        starts_at = datetime.combine(day, time(8), UTC) + timedelta(minutes=number)
        return Timed(start_at=starts_at, end_at=starts_at + timedelta(minutes=30))

    def _another_time(self, held: Schedule, dice: Random) -> Schedule:
        """Return another time, or a longer one."""
        if isinstance(held, Timed) and dice.random() < 0.25:
            return replace(held, end_at=held.end_at + timedelta(minutes=next(self._values)))
        return self._a_time(dice)

    def _a_lead(self, dice: Random) -> Lead:
        if dice.random() < 0.5:
            return Lead()
        number = next(self._values)
        return Lead(guid=f"{number:08x}-0000-4000-9000-00000000001d", url=f"https://{CRM_HOST}/leads/{number}")

    def _a_value(self, name: str, held: Appointment, dice: Random) -> Any:
        makers: dict[str, Callable[[], Any]] = {
            "subject": lambda: f"Call {next(self._values)}",
            "body_html": lambda: f"<p>Note {next(self._values)}</p>",
            "location": lambda: f"Room {next(self._values)}",
            "schedule": lambda: self._another_time(held.schedule, dice),
            "show_as": lambda: dice.choice(_SHOWS),
            "is_private": lambda: not held.is_private,
            "lead": lambda: self._a_lead(dice),
        }
        return makers[name]()

    def _an_event_value(self, name: str, held: CalendarEvent, dice: Random) -> Any:
        links = links_in(held.body_html, LEAD_HOSTS)
        words = f"<p>Words {next(self._values)}</p>"
        makers: dict[str, Callable[[], Any]] = {
            "subject": lambda: f"Mine {next(self._values)}",
            "body_html": lambda: with_link(words, links[0] if links else None, LEAD_HOSTS),
            "location": lambda: f"Place {next(self._values)}",
            "schedule": lambda: self._another_time(held.schedule, dice),
            "show_as": lambda: dice.choice(_SHOWS),
            "sensitivity": lambda: Sensitivity.NORMAL if held.is_private else Sensitivity.PRIVATE,
        }
        return makers[name]()


def _kind(job: Any) -> str:
    return type(getattr(job, "work", None)).__name__
