"""From Outlook to SalesExec: what a full read of a calendar means, given the pairs of the rep."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from shared_code.domain.appointments import ShowAs
from shared_code.domain.changes import ChangeAction, CrmChange, EventForCrm
from shared_code.domain.decisions import Action, Change, decide
from shared_code.domain.events import CalendarEvent, EventKind
from shared_code.domain.fields import BUSY_SUBJECT, ONE_WAY_FIELDS, TIME_FIELDS, Field, is_masked, of_event
from shared_code.domain.identifiers import AppointmentGuid, EventId, change_id, import_change_id, transaction_id
from shared_code.domain.lead_link import without_link
from shared_code.domain.markup import sanitise
from shared_code.domain.outgoing import Rules, last_edited_at
from shared_code.domain.pairs import (
    Origin,
    Pair,
    PairState,
    agree_with_crm,
    agree_with_outlook,
    changed_in_outlook,
    edited_in_outlook,
)
from shared_code.domain.preferences import Preferences, PrivateEvents
from shared_code.domain.recurrence import Slot
from shared_code.domain.schedules import AllDay, Series, Window
from shared_code.domain.series import removed_days, single
from shared_code.domain.taken_out import has_news
from shared_code.domain.unconfirmed import told_before

_TIMES = TIME_FIELDS - {Field.RECURRENCE}
OF_OCCURRENCES = frozenset(Field) - ONE_WAY_FIELDS - {Field.RECURRENCE}
"""All that SalesExec is told of a single occurrence."""


class Unread(StrEnum):
    """Why an event of the window is not brought to SalesExec."""

    RECURRING = "Recurring"
    CANCELLED = "Cancelled"
    PRIVATE = "Private"
    ALL_DAY = "AllDay"
    FREE = "Free"
    CATEGORY = "Category"


def why_not_imported(event: CalendarEvent, preferences: Preferences) -> Unread | None:
    """Return why an event SalesExec does not know stays unknown to it, or None when it is to be imported."""
    wanted = {category.casefold() for category in preferences.only_categories}
    checks = (
        (Unread.RECURRING, event.kind not in (EventKind.SINGLE, EventKind.SERIES_MASTER)),
        (Unread.CANCELLED, event.is_cancelled),
        (Unread.PRIVATE, event.is_private and preferences.private_events is PrivateEvents.SKIP),
        (Unread.ALL_DAY, isinstance(single(event.schedule), AllDay) and not preferences.import_all_day),
        (Unread.FREE, event.show_as is ShowAs.FREE and not preferences.import_free),
        (Unread.CATEGORY, bool(wanted) and not wanted & {category.casefold() for category in event.categories}),
    )
    return next((reason for reason, holds in checks if holds), None)


def for_crm(event: CalendarEvent, rules: Rules, origin: Origin) -> EventForCrm:
    """Return an event as SalesExec may see it."""
    busy_only = is_masked(event, rules.preferences, came_from_outlook=origin is Origin.OUTLOOK)
    return EventForCrm(
        subject=BUSY_SUBJECT if busy_only else event.subject,
        body_html="" if busy_only else sanitise(without_link(event.body_html, rules.lead_hosts)),
        schedule=event.schedule,
        location="" if busy_only else event.location,
        show_as=event.show_as,
        is_private=event.is_private,
        is_busy_only=busy_only,
        organizer="" if busy_only else event.organizer,
        attendees=() if busy_only else event.attendees,
        web_link=event.web_link,
        modified_at=event.modified_at,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing a poll does about one event, and which of its fields SalesExec has not seen yet.

    About an occurrence that was changed by itself: `slot` and the event of its `series`; `undone` when it is like the
    others of its series again. `added` are times that are told along, since SalesExec rejected the changed one beside
    its own.
    """

    action: Action
    event: CalendarEvent | None
    pair: Pair | None
    generation: int = 1
    changed: frozenset[Field] = frozenset()
    slot: Slot | None = None
    series: EventId | None = None
    undone: bool = False
    added: frozenset[Field] = frozenset()

    def with_all_times(self) -> "Step | None":
        """Return the step with all times told; None where they are, or where none is.

        An occurrence that SalesExec took out is told whole: nothing of its own needs to be left there.
        """
        if self.pair is None or self.event is None:
            return None
        is_whole = self.slot is not None and self.pair.refused_delete_at is not None
        wanted = OF_OCCURRENCES if is_whole else _TIMES
        if self.changed >= wanted or not (is_whole or self.changed & _TIMES):
            return None
        return replace(self, changed=self.changed | wanted, added=wanted - self.changed)

    def as_first_told(self) -> "Step":
        """Return the step as it was before times were added to it."""
        return replace(self, changed=self.changed - self.added, added=frozenset())


def step_for_known(event: CalendarEvent, pair: Pair, rules: Rules, now: datetime) -> Step | None:
    """Decide about an event that is half of a pair; None when a push is at work on it or what we read is old news."""
    if pair.is_claimed(now) or pair.is_waiting:
        return None
    if pair.knows_newer_than(event.modified_at):
        return None
    seen = rules.seen(event, pair.origin)
    changed = edited_in_outlook(pair, seen) - ONE_WAY_FIELDS
    # What was told without an answer is told again, also when Outlook says by now what it said before.
    changed |= frozenset(pair.unconfirmed)
    if pair.refused_delete_at is not None and changed & _TIMES and not _was_told(pair, seen, changed):
        # SalesExec called it off, perhaps with a time of its own that we never heard of: it lives again at Outlook's.
        # But what it may have been told already is told as it was then: where it knew that, its word is the later one.
        changed |= _TIMES
    if isinstance(single(event.schedule), AllDay) and changed & _TIMES:
        # Days are none without this: SalesExec may have made hours of them, which we are yet to hear of.
        changed |= {Field.IS_ALL_DAY}
    if pair.refused_delete_at is not None and not changed and isinstance(event.schedule, Series):
        # SalesExec called off the whole series, and what kept it were edits of single days. It is told that it lives,
        # by one field: whatever else is told could undo what SalesExec said of it besides.
        changed = frozenset({Field.SHOW_AS})
    # The days taken out are told by when they would have begun: another hour names them anew.
    is_moved = Field.START in changed and removed_days(event.schedule)
    if is_moved or has_news(event.schedule, pair):
        changed |= {Field.RECURRENCE}
    calendar = Change.DELETED if event.is_cancelled else Change.CHANGED if changed else Change.NONE
    action = decide(crm=Change.NONE, calendar=calendar)
    return Step(action=action, event=event, pair=pair, changed=changed)


def _was_told(pair: Pair, seen: Mapping[Field, str], names: frozenset[Field]) -> bool:
    """Tell whether SalesExec may have been told just this, by a run that heard no answer."""
    return all(seen[name] in pair.unconfirmed.get(name, ()) for name in names if name in seen)


def step_for_new(event: CalendarEvent, rules: Rules, earlier: Pair | None) -> Step | None:
    """Decide about an event that belongs to no pair; `earlier` is a pair this same event was once half of."""
    if why_not_imported(event, rules.preferences) is not None:
        return None
    generation = 1
    if earlier is not None:
        if earlier.state in (PairState.LEAVING, PairState.UNLINKED):
            return None
        if earlier.state is PairState.REJECTED and earlier.rejected == fingerprint(event, rules):
            return None
        generation = earlier.generation + 1
    changed = frozenset(of_event(event, rules.lead_hosts)) - ONE_WAY_FIELDS
    return Step(
        action=decide(crm=Change.NONE, calendar=Change.CREATED),
        event=event,
        pair=None,
        generation=generation,
        changed=changed if isinstance(event.schedule, Series) else changed - {Field.RECURRENCE},
    )


def step_for_missing(pair: Pair) -> Step:
    """Decide about a pair whose event is known to be gone from the mailbox."""
    return Step(action=decide(crm=Change.NONE, calendar=Change.DELETED), event=None, pair=pair)


def perhaps_missing(pairs: Sequence[Pair], read: frozenset[EventId], window: Window, now: datetime) -> list[Pair]:
    """Return the linked pairs that should have been in the window and were not; each must be confirmed by id."""
    return [
        pair
        for pair in pairs
        if pair.state is PairState.LINKED
        and pair.event_id not in read
        and pair.held_at is None
        and not pair.is_claimed(now)
        and not pair.is_waiting
        and pair.starts_at is not None
        and pair.ends_at is not None
        and pair.starts_at < window.end_at
        and pair.ends_at >= window.start_at
    ]


def is_past_deleting(pair: Pair, now: datetime) -> bool:
    """Tell whether SalesExec keeps the appointment though its event is gone: archiving looks like deleting."""
    return pair.is_finished or (pair.ends_at is not None and pair.ends_at <= now)


def proves_ours(event: CalendarEvent, appointment: AppointmentGuid, newest_generation: int, rules: Rules) -> bool:
    """Tell whether the event's transaction id proves that we made it for this appointment and rep."""
    return made_as(event, appointment, newest_generation, rules) is not None


def made_as(event: CalendarEvent, appointment: AppointmentGuid, newest_generation: int, rules: Rules) -> int | None:
    """Return the generation as which we made the event for this appointment and rep; None when nothing proves it."""
    generations = range(1, newest_generation + 1)
    return next(
        (each for each in generations if event.transaction_id == transaction_id(appointment, rules.user, each)), None
    )


def fingerprint(event: CalendarEvent, rules: Rules) -> str:
    """Return one hash over everything SalesExec may see of an event."""
    seen = rules.seen(event, Origin.OUTLOOK)
    days = sorted(removed_days(event.schedule))
    return change_id(*(f"{name.value}:{seen[name]}" for name in sorted(seen)), *(day.isoformat() for day in days))


def sequence_after(known: int, now: datetime) -> int:
    """Return a number that rises with every change and with time, also over a loss of our tables."""
    return max(known + 1, int(now.timestamp() * 1000))


def first_revision(modified_at: datetime) -> int:
    """Return the revision of a pair that is noted for what was last changed then.

    Safety: it is above every one before, should notes have been lost. An edit must not get the name of one that was
    told before; SalesExec would pass it over as a duplicate.
    """
    return int(modified_at.timestamp() * 1000)


def change_for(step: Step, rules: Rules, now: datetime) -> CrmChange:
    """Return what SalesExec is told for a step that creates, changes or deletes there."""
    if step.pair is None:
        return _import_change(step, rules, now)
    pair = step.pair
    sequence = sequence_after(pair.sequence, now)
    event_id = pair.event_id or EventId("")
    if step.action is Action.DELETE_IN_SALESEXEC or step.event is None:
        return CrmChange(
            change_id=change_id("delete", pair.user, event_id, pair.generation, pair.revision),
            sequence=sequence,
            action=ChangeAction.DELETE,
            event_id=event_id,
            appointment=pair.appointment,
        )
    seen = rules.seen(step.event, pair.origin)
    named = [f"{name.value}:{seen[name]}" for name in sorted(step.changed)]
    if step.slot is not None:
        named.append(f"slot:{step.slot.day.isoformat()}")
    named += told_before(pair.unconfirmed, seen, step.changed)
    named += [f"without:{day.isoformat()}" for day in sorted(removed_days(step.event.schedule))]
    return CrmChange(
        change_id=change_id("upsert", pair.user, event_id, pair.generation, pair.revision, *named),
        sequence=sequence,
        action=ChangeAction.UPSERT,
        event_id=step.event.id,
        appointment=pair.appointment,
        changed=tuple(sorted(step.changed)),
        event=for_crm(step.event, rules, pair.origin),
        series_event_id=step.series,
        slot=step.slot,
    )


def _import_change(step: Step, rules: Rules, now: datetime) -> CrmChange:
    if step.event is None:
        message = "an import needs its event"
        raise ValueError(message)
    return CrmChange(
        change_id=import_change_id(rules.user, step.event.id, step.generation),
        sequence=sequence_after(0, now),
        action=ChangeAction.UPSERT,
        event_id=step.event.id,
        changed=tuple(sorted(step.changed)),
        event=for_crm(step.event, rules, Origin.OUTLOOK),
    )


def agreed_pair(
    pair: Pair, event: CalendarEvent, rules: Rules, sequence: int, crm_modified_at: datetime | None
) -> Pair:
    """Return the pair once SalesExec took what we told it of the event: both sides agree on what had changed."""
    seen = rules.seen(event, pair.origin)
    news = changed_in_outlook(pair.agreed, seen) if pair.slot is None else edited_in_outlook(pair, seen)
    told = (news | frozenset(pair.unconfirmed)) - ONE_WAY_FIELDS
    agreed = agree_with_crm(agree_with_outlook(pair.agreed, seen, seen), seen, told, crm_modified_at)
    if pair.slot is not None:
        # What a push wrote that could not note it is SalesExec's own word, which it was not told.
        agreed = agree_with_crm(agreed, seen, changed_in_outlook(pair.agreed, seen) - told - ONE_WAY_FIELDS)
    return replace(
        pair,
        state=PairState.LINKED,
        event_id=event.id,
        change_key=event.change_key,
        outlook_modified_at=event.modified_at,
        outlook_edited_at=last_edited_at(event, pair),
        sequence=sequence,
        revision=pair.revision + 1,
        rejected="",
        agreed=agreed,
        unconfirmed={},
        # What kept a delete from being made has been seen now; a further edit counts anew.
        refused_delete_at=None,
        removed=removed_days(event.schedule),
        removed_told_at=crm_modified_at if removed_days(event.schedule) != pair.removed else pair.removed_told_at,
    ).spanning(event.schedule)


def gone_pair(pair: Pair, *, sequence: int | None = None, removed_at: datetime | None = None) -> Pair:
    """Return the pair once its event is no more: kept as a memory of what was accepted and which event it was."""
    accepted = pair.accepted_at
    if removed_at is not None and (accepted is None or removed_at > accepted):
        accepted = removed_at
    return replace(
        pair,
        state=PairState.GONE,
        accepted_at=accepted,
        sequence=pair.sequence if sequence is None else sequence,
        revision=pair.revision + 1,
        refused_delete_at=None,
        is_waiting=False,
        held_at=None,
        agreed={},
        unconfirmed={},
        removed=frozenset(),
        removed_told_at=None,
        claim=None,
    )
