"""Bring an appointment of SalesExec into its rep's Outlook calendar: create, change, or leave as it is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from shared_code.domain.appointments import Appointment
from shared_code.domain.connections import Connection
from shared_code.domain.events import CalendarEvent, EventKind
from shared_code.domain.fields import TIME_FIELDS, Field
from shared_code.domain.identifiers import EventId, book_of, property_value, transaction_id
from shared_code.domain.outgoing import Rules, Update, created_pair, new_event, plan_update, updated_pair
from shared_code.domain.pairs import (
    Origin,
    Pair,
    PairState,
    agree_with_crm,
    agreed_at_attempt,
    attempted,
    changed_in_crm,
    with_event_let_go,
)
from shared_code.domain.preferences import Meetings
from shared_code.domain.receipts import Outcome, SkipReason
from shared_code.domain.schedules import Series
from shared_code.domain.series import touches
from shared_code.domain.unconfirmed import confirmed_by
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
from shared_code.use_cases.ports import Calendar, Holder, Poll, Ports
from shared_code.use_cases.pushing import (
    ATTEMPTS,
    MOMENT,
    PushAnswer,
    check_throttle,
    claimed_for,
    deadline,
    reason_not_to_write,
    receipt,
    remember_skip,
    rules_of,
    skipped,
)
from shared_code.use_cases.remembering import unmade_pair
from shared_code.use_cases.series_events import read_whole, take_out_days

GENERATIONS_TRIED = 5
"""How many creations of an appointment, each of which may have left but its used-up id, one push goes through."""


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
    previous = holder = None
    if pair is None or pair.state is not PairState.LINKED:
        told = None if connection is None else rules_of(connection, ports).told(appointment)
        holder = ports.holders.claim(appointment.guid, appointment.user, told)
        if holder.was_removed_after(appointment.modified_at):
            return PushAnswer(outcome=Outcome.STALE, appointment=appointment.guid)
        if holder.user != appointment.user:
            if is_older_than_the_holders(appointment, holder, ports):
                return PushAnswer(outcome=Outcome.STALE, appointment=appointment.guid)
            previous = take_over(appointment, holder, ports=ports, correlation_id=correlation_id)
            holder = None
    try:
        answer = _for_rep(appointment, connection, pair, holder, ports, correlation_id)
    except (TryAgainLater, ReconnectNeeded) as error:
        # The move itself is done; whoever lets the rest wait must still be able to say what became of it.
        error.previous_rep = previous
        raise
    return answer if previous is None else replace(answer, previous_rep=previous)


def _for_rep(
    appointment: Appointment,
    connection: Connection | None,
    pair: Pair | None,
    holder: Holder | None,
    ports: Ports,
    correlation_id: str,
) -> PushAnswer:
    """Do the new rep's part."""
    reason = reason_not_to_write(connection)
    if connection is None or reason is not None:
        reason = reason or SkipReason.NOT_CONNECTED
        remember_skip(pair or unmade(appointment, connection), reason, correlation_id, ports)
        return skipped(appointment.guid, reason, pair)
    check_throttle(connection, ports)
    push = _Push(appointment, connection, ports, correlation_id)
    if pair is not None and pair.state is PairState.UNLINKED:
        return push.come_back(pair, holder)
    if pair is None or pair.event_id is None or pair.state not in (PairState.LINKED, PairState.LEAVING):
        return push.create(pair, holder)
    event, others = push.read(pair, pair.event_id)
    if event is None:
        # Story: deleted in Outlook while SalesExec changed it. The edit wins: the event is made again.
        return push.create(replace(pair, state=PairState.LINKED, generation=pair.generation + 1), holder)
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
        schedule = self._appointment.schedule
        if pair.is_series or isinstance(schedule, Series):
            return read_whole(event_id, self._calendar, is_series=pair.is_series), None
        changed = changed_in_crm(pair.agreed, self._rules.told(self._appointment))
        if not changed & TIME_FIELDS:
            return read_whole(event_id, self._calendar, is_series=False), None
        event, others = self._calendar.read_and_view(event_id, window_of(schedule))
        if event is not None and event.kind is EventKind.SERIES_MASTER:
            event = self._calendar.read_series(event_id)
        return event, others

    def come_back(self, pair: Pair, holder: Holder | None) -> PushAnswer:
        """Link the event again that stayed here when the appointment moved away, if we had made it.

        Story: it had become a meeting, and nobody was to be mailed. One that she had made herself stays hers.
        """
        event_id = pair.event_id if pair.origin is Origin.SALESEXEC else None
        event = None if event_id is None else read_whole(event_id, self._calendar, is_series=pair.is_series)
        if event is None:
            return self.create(pair, holder)
        return self.update(self._linked(pair, event, {}), event, None)

    def create(self, pair: Pair | None, holder: Holder | None) -> PushAnswer:
        """Make the event, unless the appointment lies outside the window."""
        appointment, ports = self._appointment, self._ports
        known = pair is not None and pair.state is PairState.LINKED
        if not known and not touches(appointment.schedule, self._connection.preferences.window(ports.clock.now())):
            remembered = pair or unmade(appointment, self._connection)
            remember_skip(remembered, SkipReason.OUTSIDE_WINDOW, self._correlation_id, ports)
            return skipped(appointment.guid, SkipReason.OUTSIDE_WINDOW)
        before = _attempt_before(pair, holder)
        pair = self._creating(pair, holder, before)
        event, made, was_found = self._made(pair)
        if made.generation != pair.generation:
            before = attempted(made)
        if was_found or before is not None:
            # Graph answers a repeated creation with the event of the first, as it is by now.
            return self._link(made, event, before or {})
        made = created_pair(appointment, event, made, self._rules)
        if made.removed:
            # Safety: first the link, then the days, with our claim on it: whoever comes after a crash goes on here.
            begun = ports.pairs.save(self._claimed(replace(made, version=pair.version), frozenset(Field)))
            take_out_days(event.id, made.removed, self._calendar)
            made = replace(made, version=begun.version, change_key="")
        self._remember(made, pair, Outcome.CREATED, "Made in Outlook.", Field)
        return self._answer(Outcome.CREATED, event, self._others())

    def _made(self, pair: Pair) -> tuple[CalendarEvent, Pair, bool]:
        """Make the event, or find the one that an earlier attempt made; tell which, and under what generation."""
        for _ in range(GENERATIONS_TRIED):
            try:
                return self._calendar.create(new_event(self._appointment, pair.generation, self._rules)), pair, False
            except AlreadyCreated as already:
                found = self._made_before(already, pair)
                if found is not None:
                    return found, pair, True
                # The event of that attempt is gone, yet its transaction id still blocks: a new generation. That may
                # have been tried before as well, by a push that died.
                pair = self._next_generation(pair)
        raise TryAgainLater("earlier events of this appointment still block its creation", retry_after=MOMENT)

    def _next_generation(self, pair: Pair) -> Pair:
        """Note that the next event is tried for, and what it will say.

        Safety: whoever is overtaken by a newer push stops here, before it makes an event that nobody would know of.
        """
        writing = agree_with_crm({}, self._rules.told(self._appointment), Field)
        tried = replace(pair, state=PairState.CREATING, generation=pair.generation + 1, agreed=writing)
        return self._ports.pairs.save(self._claimed(tried, frozenset(Field)))

    def _others(self) -> list[CalendarEvent] | None:
        """Read what else is on at the time of the appointment; of a series, in the window that is kept in step."""
        window = window_of(self._appointment.schedule, self._connection.preferences.window(self._ports.clock.now()))
        return others_in(window, self._calendar)

    def _creating(self, pair: Pair | None, holder: Holder | None, before: Mapping[Field, str] | None) -> Pair:
        """Return the pair of the event that is about to be made, stored unless the holder's note tells as much.

        That note says who has the appointment, from which the transaction id follows, and what was to be written:
        enough to find the event of an attempt that died, and to know somebody's edit of it from our own content.
        """
        if pair is None:
            pair = replace(unmade(self._appointment, self._connection), state=PairState.CREATING, generation=1)
            if holder is not None and holder.is_new:
                return pair
        goes_on = pair.state is PairState.LINKED or pair.is_being_made
        generation = pair.generation if goes_on else pair.generation + 1
        writing = agree_with_crm({}, self._rules.told(self._appointment) if before is None else before, Field)
        pair = with_event_let_go(pair)
        # The event that there was before is gone, and what was told of it; whoever goes on looks for the one tried now.
        # What was noted since this creation began is to be told of the new event.
        to_tell = pair.unconfirmed if pair.state is PairState.CREATING else {}
        creating = replace(pair, state=PairState.CREATING, event_id=None, generation=generation, agreed=writing)
        noted = self._ports.pairs.save(self._claimed(replace(creating, unconfirmed=to_tell), frozenset(Field)))
        now_holds = self._ports.holders.get(self._appointment.guid)
        if now_holds is not None and now_holds.user != self._appointment.user:
            # Safety: it moved on between the look at who has it and this note, and whoever moved it found no event.
            message = "the appointment has moved to another rep"
            raise StaleVersion(message)
        return noted

    def update(
        self, pair: Pair, event: CalendarEvent, others: list[CalendarEvent] | None, *, is_new: bool = False
    ) -> PushAnswer:
        """Write what differs and only that, unless writing would mail somebody."""
        appointment, ports = self._appointment, self._ports
        if pair.unconfirmed:
            pair = confirmed_by(pair, self._rules.told(appointment), appointment.modified_at)
        update = plan_update(appointment, event, pair, self._rules)
        if update.writes_nothing:
            return self._unchanged(pair, event, update, is_new=is_new)
        if event.has_attendees and self._connection.preferences.meetings is Meetings.PROTECT:
            # Safety: any write to an event with attendees can make Exchange mail them. The push was not accepted, but
            # an older one that waits to move the appointment elsewhere must not come after it all the same.
            decided_at = max(filter(None, (pair.decided_at, appointment.modified_at)))
            decided = replace(pair, decided_at=decided_at, is_waiting=False)
            remember_skip(decided, SkipReason.MEETING_WITH_ATTENDEES, self._correlation_id, ports)
            self._done_waiting(pair)
            return skipped(appointment.guid, SkipReason.MEETING_WITH_ATTENDEES, pair)
        claimed = ports.pairs.save(self._claimed(pair, update.merge.to_outlook))
        written, claimed = self._written(event, update, claimed)
        done = updated_pair(appointment, written, claimed, update, self._rules)
        self._remember(done, pair, Outcome.UPDATED, _words(update), _changed(update))
        if update.leaves_news:
            ports.work.send(Poll(user=appointment.user))
        if not update.merge.to_outlook & TIME_FIELDS:
            return self._answer(Outcome.UPDATED, written, ())
        if isinstance(appointment.schedule, Series):
            others = self._others()
        return self._answer(Outcome.UPDATED, written, others)

    def _written(self, event: CalendarEvent, update: Update, claimed: Pair) -> tuple[CalendarEvent, Pair]:
        """Write what is to be written; return the event as it is then, and the pair as far as it was noted."""
        written = event
        if not update.content.is_empty:
            written = self._calendar.change(event.id, update.content, change_key=event.change_key)
        take_out_days(event.id, update.to_take_out, self._calendar)
        if update.mark is None:
            return written, claimed
        if written is not event:
            # Safety: noted before the mark, which may fail. What somebody edits then comes after what we wrote.
            noted = updated_pair(self._appointment, written, claimed, update, self._rules)
            claimed = self._ports.pairs.save(replace(noted, claim=claimed.claim, is_waiting=claimed.is_waiting))
        self._calendar.mark(event.id, update.mark)
        return self._as_marked(written), claimed

    def _as_marked(self, written: CalendarEvent) -> CalendarEvent:
        """Return the event with the stamp that our mark gave it: it must not pass for that of somebody's edit."""
        fresh = self._calendar.read(written.id)
        if fresh is None:
            return written
        same = self._rules.seen(fresh, Origin.SALESEXEC) == self._rules.seen(written, Origin.SALESEXEC)
        return fresh if same else written

    def _unchanged(self, pair: Pair, event: CalendarEvent, update: Update, *, is_new: bool) -> PushAnswer:
        """Answer that Outlook holds just this already; remember the push only when it says something new."""
        if self._is_being_overwritten(pair):
            raise TryAgainLater("another push of this appointment is being written", retry_after=MOMENT)
        done = updated_pair(self._appointment, event, pair, update, self._rules)
        if is_new:
            self._remember(done, pair, Outcome.CREATED, "Made in Outlook.", Field)
        elif replace(done, change_key=pair.change_key, outlook_modified_at=pair.outlook_modified_at) != pair:
            self._ports.pairs.save(done)
            self._done_waiting(pair)
        if update.leaves_news:
            self._ports.work.send(Poll(user=self._appointment.user))
        return self._answer(Outcome.UNCHANGED, event, ())

    def _is_being_overwritten(self, pair: Pair) -> bool:
        """Tell whether a push that another process has under way may yet write over what Outlook says now."""
        claim = pair.claim
        if claim is None or not pair.is_claimed(self._ports.clock.now()):
            return False
        return claim.modified_at != self._appointment.modified_at

    def _made_before(self, already: AlreadyCreated, pair: Pair) -> CalendarEvent | None:
        """Return the event that an earlier attempt, or another process, made for this very creation."""
        appointment = self._appointment
        proof = transaction_id(appointment.guid, appointment.user, pair.generation)
        named = None if already.event_id is None else self._calendar.read(already.event_id)
        events = [named] if named is not None else []
        events = events or self._calendar.find(property_value(appointment.guid, pair.generation))
        return next((event for event in events if event.transaction_id == proof), None)

    def _link(self, pair: Pair, event: CalendarEvent, attempt: Mapping[Field, str]) -> PushAnswer:
        """Link an event that was made before, and then bring it up to date as any other.

        Safety: first the link, then the content. Whoever made the event may be about to note it with a newer content;
        the versions and claims of the pair tell who is first, and an older push never overwrites a newer one.
        """
        answer = self.update(self._linked(pair, event, attempt), event, None, is_new=True)
        if answer.outcome not in (Outcome.UPDATED, Outcome.UNCHANGED):
            return answer
        return replace(
            answer, outcome=Outcome.CREATED, conflicts=double_bookings(event, self._others(), self._connection)
        )

    def _linked(self, pair: Pair, event: CalendarEvent, attempt: Mapping[Field, str]) -> Pair:
        agreed = agreed_at_attempt(attempt, self._rules.seen(event, Origin.SALESEXEC))
        # Of a series it is not known what became of single days since: a poll is to read it.
        change_key = "" if isinstance(event.schedule, Series) else event.change_key
        linked = replace(pair, state=PairState.LINKED, event_id=event.id, change_key=change_key, agreed=agreed)
        return self._ports.pairs.save(linked.spanning(event.schedule))

    def _claimed(self, pair: Pair, names: frozenset[Field] = frozenset()) -> Pair:
        """Return the pair with our claim on it, and what we are about to write beside what others may be writing."""
        told = self._rules.told(self._appointment)
        return claimed_for(pair, self._appointment.modified_at, told, names, self._ports)

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


def _attempt_before(pair: Pair | None, holder: Holder | None) -> Mapping[Field, str] | None:
    """Return what an earlier attempt to make this very event was about to write; None when there was none."""
    if pair is not None and pair.is_being_made:
        return attempted(pair)
    never_made = pair is None or (pair.state is PairState.GONE and pair.generation == 0)
    if never_made and holder is not None and not holder.is_new and holder.attempt:
        return holder.attempt
    return None


def unmade(appointment: Appointment, connection: Connection | None) -> Pair:
    """Return a pair for an appointment that has none yet."""
    book = connection.book if connection is not None else book_of(appointment.user, None)
    return unmade_pair(book, appointment.user, appointment.guid)


def _changed(update: Update) -> frozenset[Field]:
    """Return the fields that an update wrote; days taken out of a series are part of its recurrence."""
    return update.merge.to_outlook | ({Field.RECURRENCE} if update.to_take_out else frozenset())


def _words(update: Update) -> str:
    """Say in plain words what an update did, and who gave way where both had changed the same."""
    if update.merge.lost_by_outlook:
        names = ", ".join(sorted(update.merge.lost_by_outlook))
        return f"Changed in Outlook. Both sides had changed {names}; SalesExec's was kept."
    if update.merge.lost_by_crm:
        names = ", ".join(sorted(update.merge.lost_by_crm))
        return f"Both sides had changed {names}; Outlook's was kept and follows to SalesExec."
    return "Changed in Outlook."
