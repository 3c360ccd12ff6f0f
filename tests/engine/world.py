"""Two reps, SalesExec, two workers, and the queue between them: all that the engine lives in, in memory."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any

from shared_code.adapters.sealing import FernetSealer
from shared_code.domain.appointments import Appointment, Status
from shared_code.domain.connections import Connection, Mailbox
from shared_code.domain.identifiers import MailboxKey, UserGuid, shard_of
from shared_code.domain.preferences import ConflictWinner, Preferences, PrivateEvents
from shared_code.use_cases import connect_mailbox
from shared_code.use_cases.errors import NoSuchOccurrence, ReconnectNeeded, Refused, TryAgainLater
from shared_code.use_cases.fan_out import poll_shard
from shared_code.use_cases.poll_calendar import poll_batch, poll_calendar
from shared_code.use_cases.ports import SHARDS, Deliver, Poll, PollBatch, PollShard, Ports, Reconcile, TellRep, Work
from shared_code.use_cases.pushing import PushAnswer
from shared_code.use_cases.reconcile import reconcile_appointments
from shared_code.use_cases.remove_appointment import Removal
from shared_code.use_cases.tell_rep import tell_rep
from shared_code.use_cases.waiting_pushes import (
    deliver_waiting,
    push_now_or_later,
    push_occurrence_now_or_later,
    remove_now_or_later,
    remove_occurrence_now_or_later,
)
from tests.builders import ANNA, BEN, NOW, a_connection
from tests.engine.chronicle import REFUSED, Chronicle
from tests.engine.crm_series import day_named
from tests.engine.sales_exec import SalesExec
from tests.engine.scheduler import Invocation, Killed, Scheduler, SteppedTurns
from tests.engine.stepped import Clock, Stage, Stepped, SteppedCalendars, SteppedConnections, SteppedPairs
from tests.fakes.calendar import FakeCalendar, FakeCalendars
from tests.fakes.ports import SIGNING_KEY, fake_ports
from tests.fakes.sign_in import FakeSignIn, Person

REPS = (ANNA, BEN)
WORKERS = 2
LEASE = timedelta(minutes=10)
CALLS_TO_END = 10_000
A_WHILE = timedelta(minutes=10)
CALLS_FOR_UNKNOWN = 3
"""How often SalesExec tries an occurrence again of which the sync says that there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a history is played under."""

    winner: ConflictWinner = ConflictWinner.NEWEST
    app_skew: timedelta = timedelta(0)
    graph_skew: timedelta = timedelta(0)
    crm_skew: timedelta = timedelta(0)
    honours_if_match: bool = True
    failing: float = 0.0

    @property
    def is_skewed(self) -> bool:
        """Tell whether the parties disagree about the time."""
        return bool(self.app_skew or self.graph_skew or self.crm_skew)


@dataclass(eq=False, slots=True)
class Message:
    """One message of the queue; while `taken`, it is being worked on."""

    work: Work
    due_at: datetime
    taken: int = 0


@dataclass(eq=False, slots=True)
class Push:
    """One call of SalesExec's, made again until it is answered; about one occurrence of a series if it has a `slot`."""

    content: Appointment
    due_at: datetime
    slot: str = ""
    calls_for_unknown: int = 0


class World:
    """Everything around the engine, and the hands that start its triggers."""

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self.scheduler = Scheduler()
        self.chronicle = Chronicle()
        self.stage = Stage(
            self.scheduler, self.chronicle, NOW, terms.app_skew, terms.graph_skew, terms.honours_if_match
        )
        self.crm = SalesExec(lambda: self.stage.now + terms.crm_skew, self.chronicle)
        self.calendars = FakeCalendars()
        self.messages: list[Message] = []
        self.outbox: list[Push] = []
        self.kills = 0
        self.invited_in_between = 0
        self._jobs: dict[int, tuple[Message | Push | None, Callable[[Invocation], None]]] = {}
        self._mailboxes = {user: _mailbox(user) for user in REPS}
        people = [
            Person(address=box.address, display_name=box.address, key=box.key) for box in self._mailboxes.values()
        ]
        self.sign_in = FakeSignIn(*people)
        self._stores = fake_ports(calendars=self.calendars, sign_in=self.sign_in, crm=self.crm, work=self)
        self.workers = [self._worker() for _ in range(WORKERS)]
        for user, box in self._mailboxes.items():
            chosen = Preferences(conflict_winner=terms.winner, private_events=PrivateEvents.FULL)
            connection = a_connection(user=user, mailbox=box, preferences=chosen, connected_at=NOW)
            self._stores.connections.save(connection)
            self._stores.connections.claim_mailbox(box.key, user)
            self._stores.polls.enrol(user)
            self.calendar(user)

    def _worker(self) -> Ports:
        """Return the ports of a process that has just started."""
        stage, stores = self.stage, self._stores
        names = ("crm", "sign_in", "vault", "holders", "polls", "waiting", "one_time", "work")
        stepped: dict[str, Any] = {name: Stepped(stage, name, getattr(stores, name)) for name in names}
        turns: Any = SteppedTurns(self.scheduler)
        pairs: Any = SteppedPairs(stage, "pairs", stores.pairs)
        clock = Clock(stage)
        return replace(
            stores,
            clock=clock,
            calendars=SteppedCalendars(stage, self.calendars),
            connections=SteppedConnections(stage, "connections", stores.connections),
            sealer=FernetSealer([SIGNING_KEY], clock),
            turns=turns,
            pairs=pairs,
            **stepped,
        )

    @property
    def stores(self) -> Ports:
        """Return the ports without steps, to look at from outside."""
        return self._stores

    def calendar(self, user: UserGuid) -> FakeCalendar:
        """Return the rep's calendar as she sees it in Outlook."""
        return self.calendars.of(self.connection(user))

    def connection(self, user: UserGuid) -> Connection:
        """Return the rep's connection."""
        connection = self._stores.connections.get(user)
        assert connection is not None
        return connection

    @property
    def mails(self) -> int:
        """Return how many mails Exchange sent because of the engine."""
        return sum(calendar.mails for calendar in self.calendars.by_mailbox.values())

    def send(self, work: Work, *, delay: timedelta = timedelta(0)) -> None:
        """Take a message; the queue keeps the true time."""
        self.messages.append(Message(work, self.stage.now + max(delay, timedelta(0))))

    def tick(self) -> None:
        """Fire the timer, for the shards that somebody is in."""
        for shard in sorted({shard_of(user, SHARDS) for user in REPS}):
            self.send(PollShard(shard=shard))

    def to_push(self, appointment: Appointment, slot: str = "") -> Push:
        """Have SalesExec call with what it says of an appointment, or of one occurrence, now."""
        push = Push(appointment, self.stage.now, slot)
        self.outbox.append(push)
        return push

    def due(self) -> list[Message | Push]:
        """Return what could be begun now."""
        now = self.stage.now
        waiting: Sequence[Message | Push] = [*self.outbox, *(each for each in self.messages if not each.taken)]
        return [each for each in waiting if each.due_at <= now]

    def begin(self, job: Message | Push, worker: int) -> Invocation:
        """Start the trigger of a message, or SalesExec's call."""
        ports = self.workers[worker]
        if isinstance(job, Push):
            work = partial(_called, job.content, job.slot, ports)
            return self._begin("push", worker, work, job, partial(self._answered, job))
        job.taken += 1
        name = type(job.work).__name__.lower()
        return self._begin(name, worker, partial(_run, job.work, ports), job, partial(self._worked, job))

    def reconnect(self, user: UserGuid, worker: int) -> Invocation:
        """Have the rep sign in again."""
        self.stage.dead_grants.discard(user)
        work = partial(_sign_in, user, self._mailboxes[user].address, self.sign_in, self.workers[worker])
        return self._begin("sign_in", worker, work, None, lambda _: None)

    def advance(self, invocation: Invocation, calls: int = CALLS_TO_END) -> None:
        """Give an invocation a slice, and see to what it leaves behind when it ends."""
        self.scheduler.give(invocation, calls)
        if invocation.done:
            self._ended(invocation)

    def kill(self, worker: int) -> None:
        """Kill a process: what it ran is abandoned, and another takes its place."""
        self.kills += 1
        self.stage.trace.append(f"worker {worker} is killed")
        for victim in self.scheduler.kill(worker):
            self._ended(victim)
        self.workers[worker] = self._worker()

    def _begin(
        self,
        name: str,
        worker: int,
        work: Callable[[], object],
        job: Message | Push | None,
        then: Callable[[Invocation], None],
    ) -> Invocation:
        invocation = self.scheduler.start(name, worker, work)
        self._jobs[invocation.number] = (job, then)
        return invocation

    def _ended(self, invocation: Invocation) -> None:
        _, then = self._jobs.pop(invocation.number)
        error = invocation.error
        end = type(error).__name__ if error else getattr(invocation.result, "outcome", "done")
        self.stage.trace.append(f"{invocation.name}#{invocation.number} ends: {end}")
        for guid in invocation.unnoted:
            self.chronicle.write_was_not_noted(guid)
        then(invocation)
        if error is not None and not _is_expected(error):
            self.chronicle.violations.append(f"{invocation.name} broke: {error!r}")

    def _answered(self, push: Push, invocation: Invocation) -> None:
        """Take the sync's answer; SalesExec calls again when there was none, or not now."""
        if push not in self.outbox:
            return
        is_unheard = bool(push.slot) and invocation.killed
        if is_unheard or isinstance(invocation.error, Killed | TryAgainLater):
            push.due_at = self.stage.now + timedelta(seconds=5)
            return
        self.outbox.remove(push)
        if push.slot:
            self._answered_of_occurrence(push, invocation)
            return
        if isinstance(invocation.error, Refused):
            self.chronicle.answered(push.content.guid, push.content.modified_at, REFUSED)
        answer = invocation.result
        if isinstance(answer, PushAnswer):
            self.chronicle.answered(push.content.guid, push.content.modified_at, answer.outcome.value)
        if isinstance(answer, PushAnswer) and answer.event_id and answer.outcome.value in ("Created", "Updated"):
            self.crm.records[push.content.guid].event_id = answer.event_id

    def _answered_of_occurrence(self, push: Push, invocation: Invocation) -> None:
        """Take the answer about an occurrence; where its series is unknown, push that first, as the answer says."""
        record = self.crm.records[push.content.guid]
        day = day_named(record.appointment, push.slot)
        life = self.chronicle.of_slot(push.content.guid, day)
        if isinstance(invocation.error, NoSuchOccurrence) and push.calls_for_unknown < CALLS_FOR_UNKNOWN:
            if record.event_id is None and record.appointment.status is Status.PENDING:
                self.to_push(record.appointment)
            again = replace(push, due_at=self.stage.now + A_WHILE, calls_for_unknown=push.calls_for_unknown + 1)
            self.outbox.append(again)
        elif isinstance(invocation.error, Refused):
            life.answers.setdefault(push.content.modified_at, REFUSED)
        elif isinstance(invocation.result, PushAnswer):
            life.answers.setdefault(push.content.modified_at, invocation.result.outcome.value)

    def _worked(self, message: Message, invocation: Invocation) -> None:
        """Forget a message that was worked off; one whose process died comes back after its lease."""
        message.taken -= 1
        if invocation.error is None:
            if message in self.messages:
                self.messages.remove(message)
        else:
            message.due_at = max(message.due_at, self.stage.now) + LEASE


def _called(content: Appointment, slot: str, ports: Ports) -> PushAnswer:
    """Do what the HTTP triggers do."""
    if slot and content.status is Status.CANCELED:
        removal = Removal(appointment=content.guid, modified_at=content.modified_at)
        return remove_occurrence_now_or_later(removal, slot, ports=ports, correlation_id="call")
    if slot:
        return push_occurrence_now_or_later(content, slot, ports=ports, correlation_id="call")
    if content.status is Status.CANCELED:
        removal = Removal(appointment=content.guid, modified_at=content.modified_at)
        return remove_now_or_later(removal, ports=ports, correlation_id="call")
    return push_now_or_later(content, ports=ports, correlation_id="call")


def _run(work: Work, ports: Ports) -> None:
    """Do what the queue triggers do: "not now" becomes a message for later, a dead grant waits for a person."""
    try:
        _work(work, ports)
    except TryAgainLater as error:
        again = replace(work, waited=True) if isinstance(work, Poll) else work
        ports.work.send(again, delay=error.retry_after)
    except ReconnectNeeded:
        return


def _work(work: Work, ports: Ports) -> None:
    match work:
        case PollShard():
            poll_shard(work.shard, ports)
        case PollBatch():
            poll_batch(work.users, ports=ports)
        case Poll():
            report = poll_calendar(work, ports=ports, correlation_id="poll")
            if report.wait is not None:
                ports.work.send(replace(work, waited=True), delay=report.wait)
        case Reconcile():
            reconcile_appointments(work.user, ports=ports, correlation_id="reconcile")
        case Deliver():
            deliver_waiting(work, ports=ports)
        case TellRep():
            tell_rep(work.user, ports)
        case _:
            message = f"nobody sends {work}"
            raise AssertionError(message)


def _sign_in(user: UserGuid, address: str, people: FakeSignIn, ports: Ports) -> None:
    """Go through all pages, as the rep does."""
    ticket, _ = connect_mailbox.create_link(
        user, "connect", return_url=None, mailbox=None, display_name=None, ports=ports
    )
    begun = connect_mailbox.begin_sign_in(ticket, ports)
    answer = people.answer(begun.authorize_url, address)
    confirm = connect_mailbox.complete_sign_in(begun.session, answer, ports)
    connect_mailbox.confirm_connection(begun.session, confirm.sealed, ports)


def _is_expected(error: BaseException) -> bool:
    """Tell whether a trigger answers this, or a page says it to the rep, who then starts again."""
    known = (
        Killed,
        TryAgainLater,
        ReconnectNeeded,
        Refused,
        connect_mailbox.VaultUnavailable,
        connect_mailbox.LinkUsed,
    )
    return isinstance(error, known)


def _mailbox(user: UserGuid) -> Mailbox:
    name = "anna" if user == ANNA else "ben"
    key = MailboxKey(f"{user}.0c0c0c0c-0000-4000-8000-00000000000c")
    return Mailbox(key=key, address=f"{name}@example.com", home_account_id=key)


def dice_of(*parts: object) -> Random:
    """Return dice that fall alike for the same parts."""
    return Random("|".join(str(part) for part in parts))  # noqa: S311 - a story, not a secret
