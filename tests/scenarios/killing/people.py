"""Who a deed is played by: reps of its own, known to the relay, and what it was like before."""

from __future__ import annotations

import itertools
import uuid
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sandbox.stack import Stack
from shared_code.adapters.tables.connections import TableConnections
from shared_code.adapters.tables.table import Tables
from shared_code.domain.identifiers import UserGuid, shard_of
from shared_code.settings import Storage
from shared_code.use_cases.ports import SHARDS
from tests.control import Control
from tests.scenarios.evidence import Postbox
from tests.scenarios.killing.storage.relay import Relay
from tests.scenarios.people import Person, at, utc
from tests.scenarios.series.hands import Hands

# Everybody is in one of these shards, so that a round of polls is few messages.
FEW_SHARDS = 3


def a_user() -> str:
    """Return a guid of one of few shards."""
    guids = (str(uuid.uuid4()) for _ in itertools.count())
    return next(guid for guid in guids if shard_of(UserGuid(guid), SHARDS) < FEW_SHARDS)


@dataclass(frozen=True, slots=True)
class Days:
    """When everything is, the same in every play, however the clock of the stack moves meanwhile."""

    start: datetime = field(default_factory=lambda: at(10, 10))

    @property
    def monday(self) -> date:
        """The Monday after."""
        return self.start.date() + timedelta(days=7 - self.start.weekday())

    def hour(self, later: int = 0, minutes: int = 30) -> dict[str, str]:
        """Return Start and End so many hours later than the first."""
        begins = self.start + timedelta(hours=later)
        return {"Start": utc(begins), "End": utc(begins + timedelta(minutes=minutes))}

    def wall(self, later: int = 0) -> dict[str, str]:
        """Return Start, End and TimeZone as Outlook's owner says them."""
        times = {name: value.removesuffix("Z") for name, value in self.hour(later).items()}
        return {**times, "TimeZone": "UTC"}


@dataclass(frozen=True, slots=True)
class World:
    """What all plays of a run share."""

    stack: Stack
    relay: Relay
    days: Days
    connected_late: list[str] = field(default_factory=list)

    def secret_of(self, user: str) -> str:
        """Return the name of the secret in which a rep's tokens are."""
        connection = TableConnections(Tables(Storage(connection_string=self.stack.storage))).get(UserGuid(user))
        assert connection is not None, "she is connected"
        return connection.tokens.secret_name


class Player:
    """One rep, or two, who play a deed again and again; her requests to storage are known by `name`."""

    def __init__(self, world: World, name: str, people: int) -> None:
        self.world = world
        self.name = name
        # One for each player: a session serves one thread at a time.
        self.control = Control(world.stack.control_url)
        postbox = Postbox(self.control)
        reps = [self.control.new_rep(UserGuid=a_user()) for _ in range(people)]
        self.people = [Person(world.stack, self.control, postbox, rep) for rep in reps]
        for person in self.people:
            world.relay.register(name, person.user, person.rep.oid)
            self._connect(person)
        self.secrets = [world.secret_of(person.user) for person in self.people]
        self.plays = 0

    def _connect(self, person: Person) -> None:
        """Have her connect, and once more if that fails: it is told in the end, for it is not what is tried here."""
        try:
            person.connect()
        except AssertionError as failure:
            self.world.connected_late.append(str(failure).partition("\n")[0])
            person.connect()

    @property
    def rep(self) -> Person:
        """The rep whose appointments they are at first."""
        return self.people[0]

    @property
    def other(self) -> Person:
        """The second rep."""
        return self.people[1]

    @property
    def hands(self) -> Hands:
        """Her hands on series."""
        hands = Hands(self.control, self.rep)
        hands.monday = self.world.days.monday
        return hands

    def mails(self) -> int:
        """Return how many mails would have left in their names."""
        upns = {person.upn for person in self.people}
        return sum(mail["Sender"] in upns for mail in self.control.mails())

    def known(self, *, only_ended: bool = False) -> Known:
        """Return what is there now; of events and appointments only those that are over and done with."""
        events = {event["Id"]: event["ChangeKey"] for person in self.people for event in person.events()}
        listed = [each for person in self.people for each in person.all_appointments()]
        appointments = {each["AppointmentGuid"] for each in listed if not only_ended or each["Status"] == "Canceled"}
        notices = sum(len(person.notices()) for person in self.people)
        return Known(
            events={} if only_ended else events, appointments=appointments, mails=self.mails(), notices=notices
        )


@dataclass(frozen=True, slots=True)
class Known:
    """What was there before a play."""

    events: dict[str, str]
    appointments: set[str]
    mails: int
    notices: int


Json = dict[str, Any]
