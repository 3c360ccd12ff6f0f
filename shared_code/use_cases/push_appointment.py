"""Bring an appointment of SalesExec into its rep's Outlook calendar: create, change, or leave as it is."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from shared_code.domain.appointments import Appointment
from shared_code.domain.connections import Connection
from shared_code.domain.events import CalendarEvent
from shared_code.domain.fields import TIME_FIELDS, Field
from shared_code.domain.identifiers import EventId, book_of, property_value
from shared_code.domain.outgoing import Rules, Update, created_pair, new_event, plan_update, updated_pair
from shared_code.domain.pairs import CLAIM_LASTS, Claim, Pair, PairState, changed_in_crm
from shared_code.domain.preferences import Meetings
from shared_code.domain.receipts import Outcome, SkipReason
from shared_code.use_cases.double_bookings import double_bookings, others_in, window_of
from shared_code.use_cases.errors import (
    AlreadyCreated,
    ChangedMeanwhile,
    EventGone,
    ReconnectNeeded,
    StaleVersion,
    TryAgainLater,
)
from shared_code.use_cases.moving import is_older_than_the_holders, take_over
from shared_code.use_cases.ports import Calendar, Poll, Ports
from shared_code.use_cases.pushing import (
    ATTEMPTS,
    MOMENT,
    PushAnswer,
    check_throttle,
    deadline,
    reason_not_to_write,
    receipt,
    remember_skip,
    rules_of,
    skipped,
)
from shared_code.use_cases.remembering import unmade_pair


def push_appointment(appointment: Appointment, *, ports: Ports, correlation_id: str) -> PushAnswer:
    """Make the rep's Outlook say what the appointment says, and answer what was done.

    TryAgainLater and ReconnectNeeded mean that nothing was decided: the same push may come again.
    """
    with ports.turns.of(appointment.guid):
        for _ in range(ATTEMPTS):
            try:
                return _push(appointment, ports=ports, correlation_id=correlation_id)
            except (ChangedMeanwhile, StaleVersion, EventGone):
                # Somebody was faster: what we decided on is no longer so. Read and decide again.
                continue
    raise TryAgainLater("the appointment is being changed by others", retry_after=MOMENT, throttled=True)


def _push(appointment: Appointment, *, ports: Ports, correlation_id: str) -> PushAnswer:
    connection = ports.connections.get(appointment.user)
    pair = ports.pairs.get(connection.book, appointment.guid) if connection is not None else None
    if pair is not None and not pair.accepts(appointment.modified_at):
        return PushAnswer(outcome=Outcome.STALE, appointment=appointment.guid, event_id=pair.event_id)
    previous = None
    if pair is None or pair.state is not PairState.LINKED:
        holder = ports.holders.claim(appointment.guid, appointment.user)
        if holder.removed_at is not None and holder.removed_at > appointment.modified_at:
            return PushAnswer(outcome=Outcome.STALE, appointment=appointment.guid)
        if holder.user != appointment.user:
            if is_older_than_the_holders(appointment, holder, ports):
                return PushAnswer(outcome=Outcome.STALE, appointment=appointment.guid)
            previous = take_over(appointment, holder, ports=ports, correlation_id=correlation_id)
    try:
        answer = _for_rep(appointment, connection, pair, ports, correlation_id)
    except (TryAgainLater, ReconnectNeeded) as error:
        # The move itself is done; whoever lets the rest wait must still be able to say what became of it.
        error.previous_rep = previous
        raise
    return answer if previous is None else replace(answer, previous_rep=previous)


def _for_rep(
    appointment: Appointment, connection: Connection | None, pair: Pair | None, ports: Ports, correlation_id: str
) -> PushAnswer:
    """Do the new rep's part."""
    reason = reason_not_to_write(connection)
    if connection is None or reason is not None:
        reason = reason or SkipReason.NOT_CONNECTED
        remember_skip(pair or unmade(appointment, connection), reason, correlation_id, ports)
        return skipped(appointment.guid, reason, pair)
    check_throttle(connection, ports)
    push = _Push(appointment, connection, ports, correlation_id)
    if pair is None or pair.event_id is None or pair.state not in (PairState.LINKED, PairState.LEAVING):
        return push.create(pair)
    event, others = push.read(pair, pair.event_id)
    if event is None:
        # Story: deleted in Outlook while SalesExec changed it. The edit wins: the event is made again.
        return push.create(replace(pair, state=PairState.LINKED, generation=pair.generation + 1))
    return push.update(pair, event, others)


class _Push:
    """One push to one calendar."""

    def __init__(self, appointment: Appointment, connection: Connection, ports: Ports, correlation_id: str) -> None:
        self._appointment = appointment
        self._connection = connection
        self._ports = ports
        self._correlation_id = correlation_id
        self._rules: Rules = rules_of(connection, ports)
        self._calendar: Calendar = ports.calendars.of(connection, until=deadline(ports))

    def read(self, pair: Pair, event_id: EventId) -> tuple[CalendarEvent | None, list[CalendarEvent] | None]:
        """Read the event, and in the same request what else is on at the time it moves to, if SalesExec moved it."""
        changed = changed_in_crm(pair.agreed, self._rules.told(self._appointment), in_flight=False)
        if changed & TIME_FIELDS:
            return self._calendar.read_and_view(event_id, window_of(self._appointment.schedule))
        return self._calendar.read(event_id), None

    def create(self, pair: Pair | None) -> PushAnswer:
        """Make the event, unless the appointment lies outside the window."""
        appointment, ports = self._appointment, self._ports
        known = pair is not None and pair.state is PairState.LINKED
        if not known and not self._connection.preferences.window(ports.clock.now()).overlaps(appointment.schedule):
            remembered = pair or unmade(appointment, self._connection)
            remember_skip(remembered, SkipReason.OUTSIDE_WINDOW, self._correlation_id, ports)
            return skipped(appointment.guid, SkipReason.OUTSIDE_WINDOW)
        if pair is None:
            # Nothing is stored before the event is made: who holds the appointment, and the transaction id that
            # follows from it, are enough to find the event of an attempt that died.
            pair = replace(unmade(appointment, self._connection), state=PairState.CREATING, generation=1)
        else:
            generation = (
                pair.generation if pair.state in (PairState.LINKED, PairState.CREATING) else pair.generation + 1
            )
            pair = ports.pairs.save(self._claimed(replace(pair, state=PairState.CREATING, generation=generation)))
        event, made = self._created_or_found(pair)
        self._remember(
            created_pair(appointment, event, made, self._rules), pair, Outcome.CREATED, "Made in Outlook.", Field
        )
        return self._answer(Outcome.CREATED, event, others_in(window_of(event.schedule), self._calendar))

    def update(self, pair: Pair, event: CalendarEvent, others: list[CalendarEvent] | None) -> PushAnswer:
        """Write what differs and only that, unless writing would mail somebody."""
        appointment, ports = self._appointment, self._ports
        update = plan_update(appointment, event, pair, self._rules)
        if update.writes_nothing:
            return self._unchanged(pair, event, update)
        if event.has_attendees and self._connection.preferences.meetings is Meetings.PROTECT:
            # Safety: any write to an event with attendees can make Exchange mail them.
            remember_skip(pair, SkipReason.MEETING_WITH_ATTENDEES, self._correlation_id, ports)
            return skipped(appointment.guid, SkipReason.MEETING_WITH_ATTENDEES, pair)
        claimed = ports.pairs.save(self._claimed(pair))
        written = event
        if not update.content.is_empty:
            written = self._calendar.change(event.id, update.content, change_key=event.change_key)
        if update.mark is not None:
            self._calendar.mark(event.id, update.mark)
        done = updated_pair(appointment, written, claimed, update, self._rules)
        self._remember(done, pair, Outcome.UPDATED, _words(update), update.merge.to_outlook)
        if update.edits_unseen:
            ports.work.send(Poll(user=appointment.user))
        if not update.merge.to_outlook & TIME_FIELDS:
            return self._answer(Outcome.UPDATED, written, ())
        return self._answer(Outcome.UPDATED, written, others)

    def _unchanged(self, pair: Pair, event: CalendarEvent, update: Update) -> PushAnswer:
        """Answer that Outlook holds just this already; remember the push only when it says something new."""
        done = updated_pair(self._appointment, event, pair, update, self._rules)
        if replace(done, change_key=pair.change_key, outlook_modified_at=pair.outlook_modified_at) != pair:
            self._ports.pairs.save(done)
            self._done_waiting(pair)
        if update.edits_unseen:
            self._ports.work.send(Poll(user=self._appointment.user))
        return self._answer(Outcome.UNCHANGED, event, ())

    def _created_or_found(self, pair: Pair) -> tuple[CalendarEvent, Pair]:
        """Create the event, or find the one that an earlier attempt made and bring it up to date."""
        new = new_event(self._appointment, pair.generation, self._rules)
        try:
            return self._calendar.create(new), pair
        except AlreadyCreated as made:
            found = [] if made.event_id is None else [self._calendar.read(made.event_id)]
            events = [event for event in found if event is not None]
            events = events or self._calendar.find(property_value(self._appointment.guid, pair.generation))
            ours = [event for event in events if event.transaction_id == new.transaction_id]
            if not ours:
                # The event of that attempt is gone, yet its transaction id still blocks: a new generation.
                pair = replace(pair, generation=pair.generation + 1)
                return self._calendar.create(new_event(self._appointment, pair.generation, self._rules)), pair
            event = ours[0]
            if event.has_attendees and self._connection.preferences.meetings is Meetings.PROTECT:
                return event, pair
            return self._calendar.change(event.id, new.content, change_key=event.change_key), pair

    def _claimed(self, pair: Pair) -> Pair:
        now = self._ports.clock.now()
        if pair.claim is not None and pair.claim.until > now and pair.claim.modified_at > self._appointment.modified_at:
            raise TryAgainLater("a newer push of this appointment is being written", retry_after=MOMENT)
        return replace(pair, claim=Claim(until=now + CLAIM_LASTS, modified_at=self._appointment.modified_at))

    def _remember(self, done: Pair, before: Pair, outcome: Outcome, why: str, fields: Iterable[Field]) -> None:
        entry = receipt(self._ports, outcome, why, self._correlation_id, fields)
        self._ports.pairs.save(done, receipt=entry, pushed_at=self._ports.clock.now())
        self._done_waiting(before)

    def _done_waiting(self, before: Pair) -> None:
        """Erase the push that waited, now that a newer one, or this one itself, was made."""
        if before.is_waiting:
            appointment = self._appointment
            self._ports.waiting.forget(appointment.user, appointment.guid, up_to=appointment.modified_at)

    def _answer(self, outcome: Outcome, event: CalendarEvent, others: Sequence[CalendarEvent] | None) -> PushAnswer:
        return PushAnswer(
            outcome=outcome,
            appointment=self._appointment.guid,
            event_id=event.id,
            web_link=event.web_link,
            conflicts=double_bookings(event, others, self._connection),
        )


def unmade(appointment: Appointment, connection: Connection | None) -> Pair:
    """Return a pair for an appointment that has none yet."""
    book = connection.book if connection is not None else book_of(appointment.user, None)
    return unmade_pair(book, appointment.user, appointment.guid)


def _words(update: Update) -> str:
    """Say in plain words what an update did, and who gave way where both had changed the same."""
    if update.merge.lost_by_outlook:
        names = ", ".join(sorted(update.merge.lost_by_outlook))
        return f"Changed in Outlook. Both sides had changed {names}; SalesExec's was kept."
    if update.merge.lost_by_crm:
        names = ", ".join(sorted(update.merge.lost_by_crm))
        return f"Both sides had changed {names}; Outlook's was kept and follows to SalesExec."
    return "Changed in Outlook."
