"""Decide and apply until nothing is left to do, in the order in which the use cases do it: pure, no ports."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from shared_code.domain.appointments import Appointment, Status
from shared_code.domain.changes import CrmChange
from shared_code.domain.decisions import Action
from shared_code.domain.events import CalendarEvent, EventContent, EventKind, NewEvent, Sensitivity
from shared_code.domain.identifiers import EventId
from shared_code.domain.incoming import (
    Step,
    agreed_pair,
    change_for,
    first_revision,
    gone_pair,
    is_past_deleting,
    step_for_known,
    step_for_missing,
    step_for_new,
)
from shared_code.domain.outgoing import created_pair, new_event, plan_update, updated_pair
from shared_code.domain.pairs import (
    Origin,
    Pair,
    PairState,
    agreed_at_attempt,
    attempted,
    changed_in_crm,
    edited_in_outlook,
)
from shared_code.domain.preferences import Meetings
from shared_code.domain.taken_out import has_news
from shared_code.use_cases.remove_appointment import EDITS_THAT_COUNT
from tests.builders import a_pair, an_event
from tests.planner.cases import Desk
from tests.planner.sides import (
    NoSuchTimeError,
    Record,
    imports,
    keeps,
    stamp_after,
    takes,
    told_by,
    without_days,
)
from tests.planner.values import MAILBOX_REMINDER, days_out

MOST_ROUNDS = 6
"""How many rounds a case may take; whoever needs more goes in circles."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What decides, remembers and applies; a test may put a wrong one in place of each."""

    plan: Callable[..., Any] = plan_update
    updated: Callable[..., Pair] = updated_pair
    created: Callable[..., Pair] = created_pair
    known: Callable[..., Step | None] = step_for_known
    missing: Callable[[Pair], Step] = step_for_missing
    new: Callable[..., Step | None] = step_for_new
    told: Callable[..., Pair] = agreed_pair
    gone: Callable[..., Pair] = gone_pair
    keeps: Callable[[CalendarEvent, EventContent], CalendarEvent] = keeps
    takes: Callable[[Record, CrmChange, datetime], Record] = takes
    spares_meetings: bool = True
    spares_edits: bool = True


SOUND = Parts()


def settle(desk: Desk, parts: Parts, *, polls_first: bool) -> int:
    """Play rounds until one does nothing; return how many did something."""
    rounds = 0
    while rounds <= MOST_ROUNDS:
        done = len(desk.writes) + len(desk.tells)
        if polls_first and not rounds:
            poll(desk, parts)
        if desk.in_flight is not None:
            deliver(desk, parts)
        else:
            reconcile(desk, parts)
        poll(desk, parts)
        if len(desk.writes) + len(desk.tells) == done:
            return rounds
        rounds += 1
    desk.wrongs.append(f"it does not end: {MOST_ROUNDS} rounds were not enough")
    return rounds


def deliver(desk: Desk, parts: Parts) -> None:
    """Let SalesExec's push arrive."""
    push, desk.in_flight = desk.in_flight, None
    if push is not None:
        _take(desk, push, parts)


def reconcile(desk: Desk, parts: Parts) -> None:
    """Push what SalesExec lists, where it differs from what is remembered."""
    if desk.record is None:
        return
    try:
        listed = told_by(desk.record)
    except NoSuchTimeError:
        # SalesExec mixed what it was told with what it had pushed, and the answer to that is still on its way.
        return
    if _needs_push(listed, desk):
        _take(desk, listed, parts)


def _needs_push(listed: Appointment, desk: Desk) -> bool:
    pair = desk.pair
    linked = pair is not None and pair.state is PairState.LINKED
    if listed.status is Status.CANCELED:
        return linked
    if pair is None or not linked:
        is_new = pair is None or pair.accepted_at is None or listed.modified_at > pair.accepted_at
        comes_back = pair is not None and pair.state is PairState.GONE
        return is_new and (comes_back or desk.record is None or not desk.record.from_outlook)
    takes_out_others = days_out(listed.schedule) != pair.removed and not pair.was_told_of_days_since(listed.modified_at)
    if pair.claim is not None or takes_out_others:
        return True
    changed = changed_in_crm(pair.agreed, desk.rules.told(listed), listed.modified_at)
    return bool(changed) or desk.rules.link_url(listed) != pair.lead_url


def _take(desk: Desk, push: Appointment, parts: Parts) -> None:
    desk.later()
    try:
        if push.status is Status.CANCELED:
            _remove(desk, push.modified_at, parts)
        else:
            _push(desk, push, parts)
    except NoSuchTimeError as error:
        desk.wrongs.append(f"a time that is none was to be written: {error}")


def _push(desk: Desk, push: Appointment, parts: Parts) -> None:
    pair = desk.pair
    if pair is not None and not pair.accepts(push.modified_at):
        return
    if pair is not None and pair.state is PairState.CREATING and desk.event is not None:
        pair = _linked_to_attempt(desk, pair, desk.event)
    if pair is not None and pair.state is PairState.LINKED and desk.event is not None:
        _update(desk, push, pair, desk.event, parts)
        return
    generation = 1 if pair is None else pair.generation + (pair.state is not PairState.CREATING)
    _create(desk, push, replace(pair or a_pair(accepted_at=None), generation=generation), parts)


def _linked_to_attempt(desk: Desk, pair: Pair, event: CalendarEvent) -> Pair:
    agreed = agreed_at_attempt(attempted(pair), desk.rules.seen(event, Origin.SALESEXEC))
    linked = replace(pair, state=PairState.LINKED, event_id=event.id, change_key=event.change_key, agreed=agreed)
    return replace(linked, outlook_modified_at=None, outlook_edited_at=None).spanning(event.schedule)


def _create(desk: Desk, push: Appointment, pair: Pair, parts: Parts) -> None:
    new: NewEvent = new_event(push, pair.generation, desk.rules)
    blank = an_event(
        id=EventId(f"event-{pair.generation}"), subject="", body_html="", modified_at=desk.now,
        reminder=MAILBOX_REMINDER, sensitivity=Sensitivity.NORMAL, mark=new.mark,
    )  # fmt: skip
    event = parts.keeps(blank, replace(new.content, with_rule=True))
    desk.writes.append("created")
    made = parts.created(push, event, pair, desk.rules)
    desk.event = without_days(event, made.removed)
    desk.pair = replace(made, change_key="") if made.removed else made


def _update(desk: Desk, push: Appointment, pair: Pair, event: CalendarEvent, parts: Parts) -> None:
    update = parts.plan(push, event, pair, desk.rules)
    if update.writes_nothing:
        desk.pair = parts.updated(push, event, pair, update, desk.rules)
        return
    if parts.spares_meetings and event.has_attendees and desk.rules.preferences.meetings is Meetings.PROTECT:
        desk.pair = pair
        return
    if event.has_attendees and desk.rules.preferences.meetings is Meetings.PROTECT:
        desk.wrongs.append("somebody was mailed: a meeting was written")
    written = event if update.content.is_empty else parts.keeps(event, update.content)
    desk.event = without_days(written, update.to_take_out)
    if update.mark is not None:
        stamp = desk.event.modified_at + timedelta(seconds=1)
        desk.event = replace(desk.event, mark=update.mark, modified_at=stamp, change_key=stamp.isoformat())
        written = desk.event
    desk.writes.append(f"changed {', '.join(sorted(update.merge.to_outlook)) or 'what goes along'}")
    desk.pair = parts.updated(push, written, pair, update, desk.rules)


def _remove(desk: Desk, at: datetime, parts: Parts) -> None:
    pair, event = desk.pair, desk.event
    if pair is None or pair.state is not PairState.LINKED:
        return
    if not pair.accepts(at) or pair.is_older_than_told(at):
        return
    if event is None:
        desk.pair = parts.gone(pair, removed_at=at)
        return
    if event.has_attendees and desk.rules.preferences.meetings is Meetings.PROTECT:
        return
    edits = edited_in_outlook(pair, desk.rules.seen(event, pair.origin)) & EDITS_THAT_COUNT
    is_news = parts.spares_edits and (bool(edits) or has_news(event.schedule, pair))
    if is_news and not (pair.refused_delete_at is not None and at > pair.refused_delete_at):
        desk.pair = replace(pair, refused_delete_at=pair.refused_delete_at or at)
        return
    desk.event = None
    desk.writes.append("removed")
    desk.pair = parts.gone(pair, removed_at=at)


def poll(desk: Desk, parts: Parts) -> None:
    """Read Outlook and tell SalesExec what is new, changed or gone."""
    desk.later()
    step = _step(desk, parts)
    if step is None or step.action is Action.NOTHING:
        return
    is_delete = step.action is Action.DELETE_IN_SALESEXEC
    if is_delete and step.pair is not None and is_past_deleting(step.pair, desk.now):
        desk.pair = parts.gone(step.pair)
        return
    change = change_for(step, desk.rules, desk.now)
    at = stamp_after(desk.record if change.appointment else None, desk.now + desk.skew)
    desk.tells.append(f"{change.action.value} {', '.join(change.changed)}".strip())
    if step.pair is None and change.event is not None and step.event is not None:
        desk.record = imports(change.event, at)
        desk.pair = _imported(desk, step, step.event, parts, change.sequence, at)
        return
    if desk.record is None:
        desk.wrongs.append("SalesExec was told of an appointment that it does not have")
        return
    desk.record = parts.takes(desk.record, change, at)
    if is_delete:
        desk.pair = step.pair and parts.gone(step.pair, sequence=change.sequence, removed_at=at)
    elif step.event is not None and step.pair is not None:
        desk.pair = _unread(parts.told(step.pair, step.event, desk.rules, change.sequence, at), step.event)


def _step(desk: Desk, parts: Parts) -> Step | None:
    pair, event = desk.pair, desk.event
    if event is None:
        return parts.missing(pair) if pair is not None and pair.state is PairState.LINKED else None
    if pair is not None and pair.state is PairState.CREATING:
        pair = desk.pair = _linked_to_attempt(desk, pair, event)
        pair = desk.pair = replace(pair, outlook_modified_at=event.modified_at)
    if pair is not None and pair.state is PairState.LINKED:
        return parts.known(event, pair, desk.rules, desk.now)
    return parts.new(event, desk.rules, pair)


def _imported(desk: Desk, step: Step, event: CalendarEvent, parts: Parts, sequence: int, at: datetime) -> Pair | None:
    if desk.record is None:
        return None
    fresh = a_pair(
        appointment=desk.record.guid, origin=Origin.OUTLOOK, event_id=event.id, generation=step.generation,
        revision=first_revision(event.modified_at), accepted_at=None, change_key="",
    )  # fmt: skip
    return _unread(parts.told(fresh, event, desk.rules, sequence, at), event)


def _unread(pair: Pair, event: CalendarEvent) -> Pair:
    return replace(pair, change_key="") if event.kind is EventKind.SERIES_MASTER else pair
