"""What a history's steps mean over HTTP: one function a step, each with dice of its own.

Everything that a history does comes from its seed. What it meets does not: over HTTP nobody decides which of two
requests is faster, and what a step finds to edit is what the app has made by then.
"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from functools import partial
from random import Random
from typing import Any

from tests.engine.histories import History
from tests.engine.story import Step
from tests.engine.world import dice_of
from tests.waiting import until
from tests.world.hands import Hands, Json
from tests.world.stage import Desk, Stage
from tests.world.weather import order_trouble

_SHOWS = (("Busy", "busy"), ("Tentative", "tentative"), ("OutOfOffice", "oof"))
DAYS_AHEAD = range(20, 55)
TROUBLES_PER_STEP = 4
"""How much likelier a trouble is with a step here than with one call of a port in the engine's histories."""


class Story:
    """Plays the steps of one history on a stage that it shares with others."""

    def __init__(self, stage: Stage, history: History) -> None:
        self.stage = stage
        self.history = history
        winner = history.terms.winner
        self.reps = [Hands(stage, 10 * history.seed + number, winner) for number in (1, 2)]
        self.desk = Desk()
        self.invited_in_between = 0
        self.played = 0
        self._values = itertools.count(1)
        self._first_day = stage.now().date()

    def play(self) -> None:
        """Make every step, one after the other, and wait until every call of SalesExec's has been answered."""
        for step in self.history.steps:
            dice = dice_of(step.kind, step.seed)
            if dice.random() < self.history.terms.failing * TROUBLES_PER_STEP:
                order_trouble(dice.choice(self.reps), dice)
            self._step(step, dice)
            self.played += 1
        for error in self.desk.close():
            raise error

    def _step(self, step: Step, dice: Random) -> None:
        getattr(self, step.kind)(dice)

    def crm_new(self, dice: Random) -> None:
        """Book an appointment in SalesExec."""
        guid = str(uuid.UUID(int=dice.getrandbits(128), version=4))
        said = {
            "Subject": self._text("Call"),
            "Body": f"<p>{self._text('Note')}</p>",
            "Location": self._text("Room"),
            **self._a_time(dice),
            **self._a_lead(dice),
        }
        self._call(partial(dice.choice(self.reps).book, guid, **said), dice)

    def crm_edit(self, dice: Random) -> None:
        """Change an appointment in SalesExec."""
        rep, held = self._an_appointment(dice, alive=True)
        if held is not None:
            said: Json = {}
            names = ("Subject", "Body", "Location", "Time", "ShowAs", "IsPrivate", "Lead")
            for name in dice.sample(names, k=dice.choice((1, 1, 2))):
                said |= self._a_value(name, held, dice)
            self._call(partial(rep.edit, held["AppointmentGuid"], **said), dice)

    def crm_cancel(self, dice: Random) -> None:
        """Cancel an appointment in SalesExec."""
        rep, held = self._an_appointment(dice, alive=True)
        if held is not None:
            self._call(partial(rep.cancel, held["AppointmentGuid"]), dice)

    def crm_revive(self, dice: Random) -> None:
        """Take back a cancellation in SalesExec."""
        rep, held = self._an_appointment(dice, alive=False)
        if held is not None:
            said = {"Status": "Pending", "Subject": self._text("Again")}
            self._call(partial(rep.edit, held["AppointmentGuid"], **said), dice)

    def crm_move(self, dice: Random) -> None:
        """Give an appointment to the other rep."""
        rep, held = self._an_appointment(dice, alive=True)
        if held is not None:
            other = next(each for each in self.reps if each is not rep)
            self._call(partial(rep.hand_over, held["AppointmentGuid"], other), dice)

    def outlook_new(self, dice: Random) -> None:
        """Make an event in Outlook."""
        dice.choice(self.reps).add_event(
            Subject=self._text("Dentist"),
            Body=f"<p>{self._text('Floor')}</p>",
            Location=self._text("Street"),
            **_on_the_wall(self._a_time(dice)),
        )

    def outlook_edit(self, dice: Random) -> None:
        """Change an event in Outlook."""
        rep, event = self._an_event(dice)
        if event is not None:
            said: Json = {}
            names = ["Subject", "Body", "Location", "Time", "ShowAs"]
            if event["Extensions"]:
                names.append("Sensitivity")
            for name in dice.sample(names, k=dice.choice((1, 1, 2))):
                said |= self._an_event_value(name, event, dice)
            rep.edit_event(event, **said)

    def outlook_delete(self, dice: Random) -> None:
        """Delete an event in Outlook."""
        rep, event = self._an_event(dice)
        if event is not None:
            rep.delete_event(event)

    def outlook_copy(self, dice: Random) -> None:
        """Copy an event in Outlook; the copy is the rep's own."""
        rep, event = self._an_event(dice)
        if event is not None and not event["Attendees"]:
            rep.copy_event(event, Subject=self._text("Copy"), Sensitivity="normal")

    def outlook_invite(self, dice: Random) -> None:
        """Have a rep's calendar polled, then invite somebody, then have SalesExec push the appointment."""
        chosen = [(rep, event, held) for rep in self.reps for event, held in self._to_invite_to(rep)]
        if not chosen:
            self.outlook_edit(dice)
            return
        rep, event, held = dice.choice(chosen)
        has_been_read = self._polled(rep)
        if rep.invite(event, "visitor@elsewhere.example"):
            said = {"Location": self._text("Hall")}
            pushed = self.desk.begin(partial(rep.edit, held["AppointmentGuid"], **said))
            self.invited_in_between += has_been_read
            if dice.random() < 0.5:
                until(pushed.done, seconds=60, what="the push is answered")

    def _to_invite_to(self, rep: Hands) -> list[tuple[Json, Json]]:
        """Return her events that have an appointment in SalesExec, with it."""
        alive = {each["EventId"]: each for each in rep.appointments() if each["Status"] == "Pending"}
        return [(event, alive[event["Id"]]) for event in rep.events() if event["Id"] in alive]

    def _polled(self, rep: Hands) -> bool:
        """Have her calendar read, and tell whether it was within moments."""
        before = rep.mark()
        self.stage.sync(rep.user)
        try:
            return until(lambda: rep.has_been_read(before), seconds=6, what="her calendar is read")
        except AssertionError:
            return False

    def tick(self, dice: Random) -> None:
        """Let the timer fire: for these reps, and now and then for all 64 shards."""
        if dice.random() < 0.1:
            self.stage.fire("poll_timer")
        else:
            self.stage.tick([rep.user for rep in self.reps])

    def start(self, dice: Random) -> None:
        """Have something begin: a poll on request, a push once more, or the daily reading of appointments."""
        for _ in range(dice.choice((1, 1, 2, 3))):
            rep, chance = dice.choice(self.reps), dice.random()
            if chance < 0.5:
                self.stage.sync(rep.user)
            elif chance < 0.8:
                _, held = self._an_appointment(dice, alive=dice.random() < 0.8)
                if held is not None:
                    self._call(partial(rep.push_again, held["AppointmentGuid"]), dice)
            else:
                self.stage.reconcile(rep.user)
        self.run(dice)

    def run(self, dice: Random) -> None:
        """Let what runs go on for a moment."""
        self.desk.pause(dice.choice((0.0, 0.02, 0.05, 0.1, 0.3)))

    def finish(self, dice: Random) -> None:  # noqa: ARG002 - every step has dice
        """Let what runs come to its end."""
        self.desk.pause(5)

    def wait(self, dice: Random) -> None:
        """Let time pass: moments while things run, and longer when nothing does."""
        if self.desk.busy and dice.random() < 0.6:
            self.desk.pause(dice.choice((0.1, 0.3, 0.6)))
            return
        self.finish(dice)
        self.stage.advance(timedelta(minutes=dice.choice((1, 3, 5, 10, 16, 16, 60, 300, 1500))))

    def kill(self, dice: Random) -> None:
        """Kill the host where it stands."""
        self.run(dice)
        self.stage.kill()

    def grant_dies(self, dice: Random) -> None:
        """Have Entra revoke a rep's grant."""
        dice.choice(self.reps).lose_grants(access_tokens_too=dice.random() < 0.7)

    def reconnect(self, dice: Random) -> None:  # noqa: ARG002 - every step has dice
        """Have a rep who must sign in again."""
        for rep in self.reps:
            rep.connect_if_asked()

    def feed_trap(self, dice: Random) -> None:
        """Have the trip-wire play one of its tricks."""
        tricks: tuple[Json, ...] = ({}, {"HideNext": 1}, {"HideNext": 2}, {"DelayNext": 2}, {"LoseNext": 1})
        dice.choice(self.reps).trap_feed(**dice.choice(tricks))

    def _call(self, call: Callable[[], None], dice: Random) -> None:
        """Have SalesExec call; mostly something else happens meanwhile."""
        under_way = self.desk.begin(call)
        if dice.random() < 0.3:
            until(under_way.done, seconds=90, what="SalesExec's call is answered")

    def _an_appointment(self, dice: Random, *, alive: bool) -> tuple[Hands, Json | None]:
        everything = [(rep, each) for rep in self.reps for each in rep.appointments()]
        fit = [(rep, each) for rep, each in everything if (each["Status"] == "Pending") == alive]
        return dice.choice(fit) if fit else (self.reps[0], None)

    def _an_event(self, dice: Random) -> tuple[Hands, Json | None]:
        rep = dice.choice(self.reps)
        events = rep.events()
        return rep, dice.choice(events) if events else None

    def _text(self, what: str) -> str:
        """Return words that nothing had before."""
        return f"{what} {self.history.seed}.{next(self._values)}"

    def _a_time(self, dice: Random) -> Json:
        """Return a time that nothing had before."""
        number = next(self._values)
        day = self._first_day + timedelta(days=dice.choice(DAYS_AHEAD))
        if dice.random() < 0.15:
            last = day + timedelta(days=1 + number % 5)
            return {"Start": day.isoformat(), "End": last.isoformat(), "IsAllDay": True}
        starts_at = datetime.combine(day, time(8), UTC) + timedelta(minutes=number)
        return {"Start": _utc(starts_at), "End": _utc(starts_at + timedelta(minutes=30)), "IsAllDay": False}

    def _another_time(self, start: str, end: str, *, is_all_day: bool, dice: Random) -> Json:
        """Return another time, or a longer one."""
        if not is_all_day and dice.random() < 0.25:
            longer = datetime.fromisoformat(end) + timedelta(minutes=next(self._values))
            return {"Start": _utc(datetime.fromisoformat(start)), "End": _utc(longer), "IsAllDay": False}
        return self._a_time(dice)

    def _a_lead(self, dice: Random) -> Json:
        if dice.random() < 0.5:
            return {"LeadGuid": None, "LeadUrl": None}
        guid = str(uuid.UUID(int=dice.getrandbits(128), version=4))
        return {"LeadGuid": guid, "LeadUrl": f"https://crm.salesexec.example/leads/{guid}"}

    def _a_value(self, name: str, held: Json, dice: Random) -> Json:
        makers: dict[str, Callable[[], Json]] = {
            "Subject": lambda: {"Subject": self._text("Call")},
            "Body": lambda: {"Body": f"<p>{self._text('Note')}</p>", "BodyType": "Html"},
            "Location": lambda: {"Location": self._text("Room")},
            "Time": lambda: self._another_time(held["Start"], held["End"], is_all_day=held["IsAllDay"], dice=dice),
            "ShowAs": lambda: {"ShowAs": dice.choice(_SHOWS)[0]},
            "IsPrivate": lambda: {"IsPrivate": not held["IsPrivate"]},
            "Lead": lambda: self._a_lead(dice),
        }
        return makers[name]()

    def _an_event_value(self, name: str, held: Json, dice: Random) -> Json:
        def another_time() -> Json:
            times = held["StartUtc"], held["EndUtc"]
            return _on_the_wall(self._another_time(*times, is_all_day=held["IsAllDay"], dice=dice))

        makers: dict[str, Callable[[], Json]] = {
            "Subject": lambda: {"Subject": self._text("Mine")},
            "Body": lambda: {"Body": f"<p>{self._text('Words')}</p>"},
            "Location": lambda: {"Location": self._text("Place")},
            "Time": another_time,
            "ShowAs": lambda: {"ShowAs": dice.choice(_SHOWS)[1]},
            "Sensitivity": lambda: {"Sensitivity": "private" if held["Sensitivity"] == "normal" else "normal"},
        }
        return makers[name]()


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _on_the_wall(times: Json) -> dict[str, Any]:
    """Return a time as Outlook's owner says it."""
    start, end = times["Start"], times["End"]
    if times["IsAllDay"]:
        start, end = f"{start}T00:00:00", f"{end}T00:00:00"
    return {"Start": start.rstrip("Z"), "End": end.rstrip("Z"), "TimeZone": "UTC", "IsAllDay": times["IsAllDay"]}
