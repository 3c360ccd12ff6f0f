"""Bring an appointment of SalesExec into its rep's Outlook calendar: create, change, or leave as it is."""

from dataclasses import replace

from shared_code.domain.appointments import Appointment
from shared_code.domain.connections import Connection
from shared_code.domain.events import CalendarEvent
from shared_code.domain.fields import TIME_FIELDS, Field
from shared_code.domain.identifiers import property_value
from shared_code.domain.outgoing import Rules, Update, created_pair, new_event, plan_update, updated_pair
from shared_code.domain.pairs import CLAIM_LASTS, Claim, Pair, PairState
from shared_code.domain.preferences import Meetings
from shared_code.domain.receipts import Outcome, SkipReason
from shared_code.use_cases.double_bookings import double_bookings
from shared_code.use_cases.errors import AlreadyCreated, ChangedMeanwhile, EventGone, StaleVersion, TryAgainLater
from shared_code.use_cases.ports import Calendar, Poll, Ports
from shared_code.use_cases.pushing import (
    ATTEMPTS,
    MOMENT,
    PushAnswer,
    deadline,
    reason_not_to_write,
    receipt,
    remember_skip,
    rules_of,
    skipped,
)


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
    reason = reason_not_to_write(connection)
    if connection is None or reason is not None:
        return skipped(appointment.guid, reason or SkipReason.NOT_CONNECTED)
    pair = ports.pairs.get(appointment.user, appointment.guid)
    if pair is not None and not pair.accepts(appointment.modified_at):
        return PushAnswer(outcome=Outcome.STALE, appointment=appointment.guid, event_id=pair.event_id)
    push = _Push(appointment, connection, ports, correlation_id)
    if pair is None or pair.state is not PairState.LINKED:
        return push.create(pair)
    event = push.calendar.read(pair.event_id) if pair.event_id is not None else None
    if event is None:
        # Story: deleted in Outlook while SalesExec changed it. The edit wins: the event is made again.
        return push.create(replace(pair, generation=pair.generation + 1))
    return push.update(pair, event)


class _Push:
    """One push to one calendar."""

    def __init__(self, appointment: Appointment, connection: Connection, ports: Ports, correlation_id: str) -> None:
        self._appointment = appointment
        self._connection = connection
        self._ports = ports
        self._correlation_id = correlation_id
        self._rules: Rules = rules_of(connection, ports)
        self.calendar: Calendar = ports.calendars.of(connection, until=deadline(ports))

    def create(self, pair: Pair | None) -> PushAnswer:
        """Make the event, unless the appointment lies outside the window or an older removal says no."""
        appointment, ports = self._appointment, self._ports
        known = pair is not None and pair.state is PairState.LINKED
        if not known and not self._connection.preferences.window(ports.clock.now()).overlaps(appointment.schedule):
            remembered = pair or self._unmade_pair(PairState.GONE)
            remember_skip(remembered, SkipReason.OUTSIDE_WINDOW, self._correlation_id, ports)
            return skipped(appointment.guid, SkipReason.OUTSIDE_WINDOW)
        holder = ports.holders.claim(appointment.guid, appointment.user)
        if holder.removed_at is not None and holder.removed_at > appointment.modified_at:
            return PushAnswer(outcome=Outcome.STALE, appointment=appointment.guid)
        if pair is None:
            pair = self._unmade_pair(PairState.CREATING)
        else:
            generation = pair.generation + 1 if pair.state is PairState.GONE else pair.generation
            pair = ports.pairs.save(self._claimed(replace(pair, state=PairState.CREATING, generation=generation)))
        event, pair = self._created_or_found(pair)
        self._remember(created_pair(appointment, event, pair, self._rules), Outcome.CREATED, "Made in Outlook.", Field)
        return self._answer(Outcome.CREATED, event, conflicts=True)

    def update(self, pair: Pair, event: CalendarEvent) -> PushAnswer:
        """Write what differs and only that, unless writing would mail somebody."""
        appointment, ports = self._appointment, self._ports
        update = plan_update(appointment, event, pair, self._rules)
        if update.writes_nothing:
            return self._unchanged(pair, event, update)
        if event.has_attendees and self._connection.preferences.meetings is Meetings.PROTECT:
            # Safety: any write to an event with attendees can make Exchange mail them.
            remember_skip(pair, SkipReason.MEETING_WITH_ATTENDEES, self._correlation_id, ports)
            return skipped(appointment.guid, SkipReason.MEETING_WITH_ATTENDEES, pair)
        pair = ports.pairs.save(self._claimed(pair))
        written = event
        if not update.content.is_empty:
            written = self.calendar.change(event.id, update.content, change_key=event.change_key)
        if update.mark is not None:
            self.calendar.mark(event.id, update.mark)
        done = updated_pair(appointment, written, pair, update, self._rules)
        self._remember(done, Outcome.UPDATED, _words(update), update.merge.to_outlook)
        if update.edits_unseen:
            ports.work.send(Poll(user=appointment.user))
        moved = bool(update.merge.to_outlook & TIME_FIELDS)
        return self._answer(Outcome.UPDATED, written, conflicts=moved)

    def _unchanged(self, pair: Pair, event: CalendarEvent, update: Update) -> PushAnswer:
        """Answer that Outlook holds just this already; remember the push only when it says something new."""
        done = updated_pair(self._appointment, event, pair, update, self._rules)
        if replace(done, change_key=pair.change_key, outlook_modified_at=pair.outlook_modified_at) != pair:
            self._ports.pairs.save(done)
        if update.edits_unseen:
            self._ports.work.send(Poll(user=self._appointment.user))
        return self._answer(Outcome.UNCHANGED, event, conflicts=False)

    def _created_or_found(self, pair: Pair) -> tuple[CalendarEvent, Pair]:
        """Create the event, or find the one that an earlier attempt made and bring it up to date."""
        new = new_event(self._appointment, pair.generation, self._rules)
        try:
            return self.calendar.create(new), pair
        except AlreadyCreated as made:
            found = [] if made.event_id is None else [self.calendar.read(made.event_id)]
            events = [event for event in found if event is not None]
            events = events or self.calendar.find(property_value(self._appointment.guid, pair.generation))
            ours = [event for event in events if event.transaction_id == new.transaction_id]
            if not ours:
                # The event of that attempt is gone, yet its transaction id still blocks: a new generation.
                pair = replace(pair, generation=pair.generation + 1)
                return self.calendar.create(new_event(self._appointment, pair.generation, self._rules)), pair
            event = ours[0]
            if event.has_attendees and self._connection.preferences.meetings is Meetings.PROTECT:
                return event, pair
            return self.calendar.change(event.id, new.content, change_key=event.change_key), pair

    def _claimed(self, pair: Pair) -> Pair:
        now = self._ports.clock.now()
        if pair.claim is not None and pair.claim.until > now and pair.claim.modified_at > self._appointment.modified_at:
            raise TryAgainLater("a newer push of this appointment is being written", retry_after=MOMENT)
        return replace(pair, claim=Claim(until=now + CLAIM_LASTS, modified_at=self._appointment.modified_at))

    def _unmade_pair(self, state: PairState) -> Pair:
        # A pair that was never made is of generation 0 when it only carries a receipt, so that the first is still 1.
        generation = 0 if state is PairState.GONE else 1
        return Pair(user=self._appointment.user, appointment=self._appointment.guid, state=state, generation=generation)

    def _remember(self, pair: Pair, outcome: Outcome, why: str, fields: "frozenset[Field] | type[Field]") -> None:
        entry = receipt(self._ports, outcome, why, self._correlation_id, fields)
        self._ports.pairs.save(pair, receipt=entry, pushed_at=self._ports.clock.now())

    def _answer(self, outcome: Outcome, event: CalendarEvent, *, conflicts: bool) -> PushAnswer:
        found = double_bookings(event, self._connection, self.calendar) if conflicts else ()
        return PushAnswer(
            outcome=outcome,
            appointment=self._appointment.guid,
            event_id=event.id,
            web_link=event.web_link,
            conflicts=found,
        )


def _words(update: Update) -> str:
    """Say in plain words what an update did, and who gave way where both had changed the same."""
    if update.merge.lost_by_outlook:
        names = ", ".join(sorted(update.merge.lost_by_outlook))
        return f"Changed in Outlook. Both sides had changed {names}; SalesExec's was kept."
    if update.merge.lost_by_crm:
        names = ", ".join(sorted(update.merge.lost_by_crm))
        return f"Both sides had changed {names}; Outlook's was kept and follows to SalesExec."
    return "Changed in Outlook."
