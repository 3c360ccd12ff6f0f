"""Bring a change of one occurrence of a series into Outlook, or take that occurrence out."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from shared_code.domain.appointments import Appointment
from shared_code.domain.connections import Connection
from shared_code.domain.events import CalendarEvent
from shared_code.domain.fields import TIME_FIELDS, Field
from shared_code.domain.identifiers import AppointmentGuid, UserGuid
from shared_code.domain.incoming import gone_pair
from shared_code.domain.occurrences import agreed_by_series, own_fields, pair_of_day, series_in
from shared_code.domain.outgoing import Rules, Update, last_edited_at, plan_update, updated_pair
from shared_code.domain.pairs import (
    Pair,
    PairState,
    agree_with_crm,
    agree_with_outlook,
    changed_in_crm,
    edited_in_outlook,
)
from shared_code.domain.preferences import Meetings
from shared_code.domain.receipts import SKIP_WORDS, Outcome, ReceiptEntry, SkipReason
from shared_code.domain.recurrence import Moment, Slot
from shared_code.domain.schedules import Series
from shared_code.domain.series import slot_by_rule
from shared_code.domain.unconfirmed import confirmed_by
from shared_code.use_cases.double_bookings import double_bookings, others_in, window_of
from shared_code.use_cases.errors import (
    CROSSES_NEIGHBOUR,
    ChangedMeanwhile,
    CrossesNeighbour,
    EventGone,
    NoSuchOccurrence,
    Refused,
    StaleVersion,
    TryAgainLater,
)
from shared_code.use_cases.ports import Calendar, Poll, Ports, WaitingPush
from shared_code.use_cases.pushing import (
    ATTEMPTS,
    MOMENT,
    PushAnswer,
    check_throttle,
    claimed_for,
    claimed_to_remove,
    deadline,
    reason_not_to_write,
    receipt,
    rules_of,
    skipped,
)
from shared_code.use_cases.remove_appointment import EDITS_THAT_COUNT, Removal, was_refused_before


def push_occurrence(
    appointment: Appointment, original_start: Moment, *, ports: Ports, correlation_id: str
) -> PushAnswer:
    """Make one occurrence of a series say what `appointment`, of the series' guid, says.

    NoSuchOccurrence: the rep has no such series, or it no such slot; CrossesNeighbour: Outlook keeps the order of
    occurrences. TryAgainLater and ReconnectNeeded mean that nothing was decided: the same push may come again.
    """
    at = _Place(appointment.user, appointment.guid, original_start, appointment.modified_at)
    return _decided(at, lambda: _push(appointment, at, ports, correlation_id), ports)


def remove_occurrence(removal: Removal, original_start: Moment, *, ports: Ports, correlation_id: str) -> PushAnswer:
    """Take one occurrence out of its series, unless it has an edit or attendees that forbid it."""
    holder = ports.holders.get(removal.appointment)
    if holder is None:
        raise _unknown_series()
    at = _Place(holder.user, removal.appointment, original_start, removal.modified_at)
    return _decided(at, lambda: _remove(removal, at, ports, correlation_id), ports)


@dataclass(frozen=True, slots=True)
class _Place:
    """Which occurrence a call is about, and as of when."""

    user: UserGuid
    appointment: AppointmentGuid
    original_start: Moment
    modified_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """An occurrence with everything that a decision about it needs; `event` None: it was taken out before."""

    connection: Connection
    rules: Rules
    calendar: Calendar
    master: CalendarEvent
    series_pair: Pair
    slot: Slot
    event: CalendarEvent | None
    pair: Pair


def _decided(at: _Place, deed: Callable[[], PushAnswer], ports: Ports) -> PushAnswer:
    with ports.turns.of(at.appointment):
        for _ in range(ATTEMPTS):
            try:
                return deed()
            except (ChangedMeanwhile, StaleVersion, EventGone):
                continue
    raise TryAgainLater("the series is being changed by others", retry_after=MOMENT, throttled=True)


def _unknown_series() -> NoSuchOccurrence:
    return NoSuchOccurrence("This user's calendar has no series of that AppointmentGuid; push the series first.")


def _find(at: _Place, ports: Ports) -> _Found | PushAnswer:
    """Return the occurrence as Outlook has it, or the answer where nothing may be written for the rep."""
    connection = ports.connections.get(at.user)
    reason = reason_not_to_write(connection)
    if connection is None or reason is not None:
        return skipped(at.appointment, reason or SkipReason.NOT_CONNECTED)
    pair = ports.pairs.get(connection.book, at.appointment)
    if any(push.appointment == at.appointment and not push.slot for push in _waiting(pair, ports)):
        raise TryAgainLater("a push of the whole series waits", retry_after=MOMENT)
    if pair is not None and pair.state is PairState.CREATING:
        holder = ports.holders.get(at.appointment)
        if holder is not None and holder.was_removed_after(at.modified_at):
            # The series was called off while it was being made: there is nothing left to wait for.
            return PushAnswer(outcome=Outcome.STALE, appointment=at.appointment)
        raise TryAgainLater("the series is being made", retry_after=MOMENT)
    if pair is None or pair.state is not PairState.LINKED or pair.event_id is None:
        raise _unknown_series()
    if pair.is_claimed(ports.clock.now()):
        raise TryAgainLater("the whole series is being written", retry_after=MOMENT)
    check_throttle(connection, ports)
    calendar = ports.calendars.of(connection, until=deadline(ports))
    master = calendar.read_series(pair.event_id)
    if master is None or not isinstance(master.schedule, Series):
        # SalesExec does not know yet what became of the series in Outlook.
        ports.work.send(Poll(user=at.user))
        raise NoSuchOccurrence("There is no such series in Outlook any more; what became of it follows.")
    return _in_series(at, connection, pair, master, calendar, ports)


def _waiting(pair: Pair | None, ports: Ports) -> Iterable[WaitingPush]:
    return ports.waiting.of(pair.user) if pair is not None and pair.is_waiting else ()


def _in_series(
    at: _Place, connection: Connection, pair: Pair, master: CalendarEvent, calendar: Calendar, ports: Ports
) -> _Found:
    series = series_in(master)
    slot = slot_by_rule(series, at.original_start)
    if slot is None:
        raise NoSuchOccurrence("The series has no occurrence whose original start this is.")
    event = None if slot.day in series.removed else calendar.read_occurrence(master, slot.day)
    noted = ports.pairs.get(connection.book, at.appointment)
    if noted is None or noted.version != pair.version:
        # Safety: series and occurrence were read one after the other; a write of the whole series in between would
        # pass for an edit of this one.
        message = "the series was changed while its occurrence was read"
        raise StaleVersion(message)
    rules = rules_of(connection, ports)
    stored = ports.pairs.get(connection.book, at.appointment, slot.day)
    is_late = stored is not None and event is not None and stored.knows_newer_than(event.modified_at)
    if is_late or (event is not None and event.change_key != master.change_key):
        # Another push of this very occurrence wrote it since, or somebody edited the series between the two reads,
        # which would pass for an edit of this one: what they say by now is read, once. Quirk: in Microsoft's sample
        # of /instances all share one version; should they not, this costs a read and nothing else.
        master = calendar.read_series(master.id) or master
        event = calendar.read_occurrence(master, slot.day)
    return _Found(
        connection=connection,
        rules=rules,
        calendar=calendar,
        master=master,
        series_pair=pair,
        slot=slot,
        event=event,
        pair=pair_of_day(stored, pair, series, event or master, slot.day, rules),
    )


def _push(appointment: Appointment, at: _Place, ports: Ports, correlation_id: str) -> PushAnswer:
    found = _find(at, ports)
    if isinstance(found, PushAnswer):
        return found
    if not found.pair.accepts(appointment.modified_at):
        return PushAnswer(outcome=Outcome.STALE, appointment=at.appointment, event_id=found.pair.event_id)
    if found.event is None:
        raise NoSuchOccurrence("The series has lost the occurrence whose original start this is.")
    return _bring(appointment, found, found.event, ports, correlation_id)


def _bring(
    appointment: Appointment, found: _Found, event: CalendarEvent, ports: Ports, correlation_id: str
) -> PushAnswer:
    """Write what differs of the occurrence and only that, unless writing would mail somebody."""
    # The mark is on the series: an extension of its own would make an exception of an occurrence like the others.
    found = replace(found, pair=_without_edits_of_the_series(appointment, found, event))
    update = replace(plan_update(appointment, event, found.pair, found.rules), mark=None)
    if update.writes_nothing:
        return _unchanged(appointment, found, event, update, ports)
    if event.has_attendees and found.connection.preferences.meetings is Meetings.PROTECT:
        return _skip(found, SkipReason.MEETING_WITH_ATTENDEES, ports, correlation_id)
    told = found.rules.told(appointment)
    claimed = ports.pairs.save(claimed_for(found.pair, appointment.modified_at, told, update.merge.to_outlook, ports))
    written = _write(found.calendar, event, update)
    done = updated_pair(appointment, written, claimed, update, found.rules)
    is_late = not found.series_pair.accepts(appointment.modified_at)
    if is_late:
        # It may say what the series said before: what is written is told, so that SalesExec has it of this one too.
        done = replace(done, series_said="")
    ports.pairs.save(_still_refused(done, found.pair, appointment), pushed_at=ports.clock.now())
    words = f"The occurrence of {found.slot.day.isoformat()} was changed in Outlook."
    note = receipt(ports, Outcome.UPDATED, words, correlation_id, update.merge.to_outlook)
    leaves_news = update.leaves_news or is_late
    _note_on_series(found, ports, lambda pair: _written(pair, found, written), note)
    if leaves_news:
        ports.work.send(Poll(user=appointment.user))
    others = None
    if update.merge.to_outlook & TIME_FIELDS:
        others = others_in(window_of(appointment.schedule), found.calendar)
    return PushAnswer(
        outcome=Outcome.UPDATED,
        appointment=appointment.guid,
        event_id=written.id,
        web_link=written.web_link,
        conflicts=double_bookings(written, others, found.connection) if update.merge.to_outlook & TIME_FIELDS else (),
    )


def _write(calendar: Calendar, event: CalendarEvent, update: Update) -> CalendarEvent:
    try:
        return calendar.change(event.id, update.content, change_key=event.change_key)
    except Refused as refused:
        if refused.code != CROSSES_NEIGHBOUR:
            raise
        message = "Outlook keeps a series in order: no occurrence can be moved to or past the day of another"
        raise CrossesNeighbour(message, code=refused.code) from refused


def _unchanged(
    appointment: Appointment, found: _Found, event: CalendarEvent, update: Update, ports: Ports
) -> PushAnswer:
    done = updated_pair(appointment, event, found.pair, update, found.rules)
    done = _still_refused(done, found.pair, appointment)
    if done != found.pair:
        ports.pairs.save(done)
    if update.leaves_news:
        ports.work.send(Poll(user=appointment.user))
    return PushAnswer(
        outcome=Outcome.UNCHANGED, appointment=appointment.guid, event_id=event.id, web_link=event.web_link
    )


def _without_edits_of_the_series(appointment: Appointment, found: _Found, event: CalendarEvent) -> Pair:
    """Return the pair of an occurrence as if what either side changed of its whole series were agreed.

    Only where the other changed the same of this one: what it has of its own stays its own when its series changes.
    """
    seen, told = found.rules.seen(event, found.pair.origin), found.rules.told(appointment)
    pair = confirmed_by(found.pair, told, appointment.modified_at)
    both = changed_in_crm(pair.agreed, told, appointment.modified_at) & edited_in_outlook(pair, seen)
    inherited = both - own_fields(event, found.master, pair, both, found.rules)
    series = agreed_by_series(found.series_pair, series_in(found.master), found.slot.day, found.rules)
    as_series = frozenset(name for name in both if name in series and told[name] == series[name].crm)
    agreed = agree_with_outlook(pair.agreed, seen, inherited)
    return replace(pair, agreed=agree_with_crm(agreed, told, as_series - inherited))


def _still_refused(done: Pair, before: Pair, appointment: Appointment) -> Pair:
    """Return the pair with a refused removal noted that is newer than the push: SalesExec took the occurrence out."""
    refused_at = before.refused_delete_at
    is_older = refused_at is not None and appointment.modified_at < refused_at
    return replace(done, refused_delete_at=refused_at) if is_older else done


def _written(pair: Pair, found: _Found, written: CalendarEvent) -> Pair:
    """Return the series' pair with the stamp of our own write, which must not pass for that of somebody's edit.

    Safety: its version, which the whole series bears, is to be read all the same. Where Graph ignores If-Match, it
    hides what somebody did to other days of the series just before.
    """
    unread = replace(pair, change_key="")
    if pair.version != found.series_pair.version:
        return unread
    edited_at = last_edited_at(found.master, pair)
    return replace(unread, outlook_modified_at=written.modified_at, outlook_edited_at=edited_at)


def _remove(removal: Removal, at: _Place, ports: Ports, correlation_id: str) -> PushAnswer:
    found = _find(at, ports)
    if isinstance(found, PushAnswer):
        return found
    is_revived = _is_revived(removal, found)
    if is_revived and found.pair.accepts(removal.modified_at):
        _tell_whole(removal, found, ports)
    if is_revived or not found.pair.accepts(removal.modified_at):
        return PushAnswer(outcome=Outcome.STALE, appointment=at.appointment, event_id=found.pair.event_id)
    event = found.event
    if event is not None and event.has_attendees and found.connection.preferences.meetings is Meetings.PROTECT:
        # Safety: deleting an occurrence of a meeting makes Exchange send cancellations.
        return _skip(found, SkipReason.MEETING_WITH_ATTENDEES, ports, correlation_id)
    if event is not None and _has_unseen_edit(found, event) and not was_refused_before(found.pair, removal):
        if found.pair.refused_delete_at is None:
            ports.pairs.save(replace(found.pair, refused_delete_at=removal.modified_at))
        ports.work.send(Poll(user=at.user))
        return _skip(found, SkipReason.EDITED_IN_OUTLOOK, ports, correlation_id)
    return _take_out(removal, found, event, ports, correlation_id)


def _is_revived(removal: Removal, found: _Found) -> bool:
    """Tell whether SalesExec has taken over an edit of this very occurrence since it took it out.

    What it was told only because the series had changed does not undo what it asked for.
    """
    told = found.pair.told_since(removal.modified_at)
    edits = frozenset(name for name in told if not found.pair.agreed[name].was_told_its_own)
    return found.event is not None and bool(own_fields(found.event, found.master, found.pair, edits, found.rules))


def _tell_whole(removal: Removal, found: _Found, ports: Ports) -> None:
    """Have SalesExec told all of an occurrence that it took out, and that an edit told meanwhile brought back there."""
    if found.event is None or found.pair.refused_delete_at is not None:
        return
    ports.pairs.save(replace(found.pair, refused_delete_at=removal.modified_at))
    words = f"The occurrence of {found.slot.day.isoformat()} was edited in Outlook before SalesExec took it out."
    _note_on_series(found, ports, lambda pair: replace(pair, change_key=""), receipt(ports, Outcome.STALE, words, ""))
    ports.work.send(Poll(user=found.series_pair.user))


def _has_unseen_edit(found: _Found, event: CalendarEvent) -> bool:
    """Tell whether SalesExec has yet to see an edit of this very occurrence; one of the whole series is none."""
    edited = edited_in_outlook(found.pair, found.rules.seen(event, found.pair.origin)) & EDITS_THAT_COUNT
    return bool(own_fields(event, found.master, found.pair, edited, found.rules))


def _take_out(
    removal: Removal, found: _Found, event: CalendarEvent | None, ports: Ports, correlation_id: str
) -> PushAnswer:
    """Delete the occurrence, with our claim on its series, and note that both sides know of it."""
    claimed = ports.pairs.save(claimed_to_remove(found.series_pair, removal.modified_at, ports))
    was_there = event is not None and found.calendar.remove(event.id, change_key=event.change_key)
    ports.pairs.save(gone_pair(found.pair, removed_at=removal.modified_at))
    outcome = Outcome.DELETED if was_there else Outcome.ABSENT
    words = f"The occurrence of {found.slot.day.isoformat()} was removed from Outlook, as SalesExec asked."
    taken_out_at = max(filter(None, (claimed.taken_out_at, removal.modified_at)))
    # Safety: what SalesExec was told since it asked for this, of the series or of this occurrence, took this day's
    # EXDATE away there: it is told once more.
    is_back = claimed.was_told_of_days_since(removal.modified_at) or bool(found.pair.told_since(removal.modified_at))
    removed = claimed.removed - {found.slot.day} if is_back else claimed.removed | {found.slot.day}
    done = replace(claimed, claim=None, removed=removed, taken_out_at=taken_out_at, change_key="")
    note = receipt(ports, outcome, words, correlation_id, [Field.RECURRENCE])
    ports.pairs.save(done, receipt=note, pushed_at=ports.clock.now())
    if is_back:
        ports.work.send(Poll(user=found.series_pair.user))
    event_id = None if event is None else event.id
    return PushAnswer(outcome=outcome, appointment=removal.appointment, event_id=event_id)


def _skip(found: _Found, reason: SkipReason, ports: Ports, correlation_id: str) -> PushAnswer:
    words = f"The occurrence of {found.slot.day.isoformat()}: {SKIP_WORDS[reason]}"
    note = receipt(ports, Outcome.SKIPPED, words, correlation_id)
    _note_on_series(found, ports, lambda pair: pair, note)
    return skipped(found.series_pair.appointment, reason, found.pair)


def _note_on_series(found: _Found, ports: Ports, changed: Callable[[Pair], Pair], entry: ReceiptEntry) -> None:
    """Write an entry into the series' receipt; what is done is done, so a race for it is no reason to fail."""
    pair: Pair | None = found.series_pair
    for _ in range(ATTEMPTS):
        if pair is None:
            return
        try:
            ports.pairs.save(changed(pair), receipt=entry)
        except StaleVersion:
            pair = ports.pairs.get(found.series_pair.book, found.series_pair.appointment)
            continue
        return
