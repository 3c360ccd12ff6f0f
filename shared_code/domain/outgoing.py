"""From SalesExec to Outlook: which fields of an event must be written so that it says what the appointment says."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from shared_code.domain.appointments import Appointment, MailboxDefault
from shared_code.domain.decisions import Merge, crm_wins, merge_fields
from shared_code.domain.events import CalendarEvent, EventContent, Mark, NewEvent, ReminderToWrite
from shared_code.domain.fields import ONE_WAY_FIELDS, TIME_FIELDS, Field, of_appointment, visible_fields
from shared_code.domain.identifiers import UserGuid, property_value, transaction_id
from shared_code.domain.join_block import keeping_join_block
from shared_code.domain.lead_link import has_exactly, with_link
from shared_code.domain.pairs import (
    Agreement,
    Fingerprints,
    Origin,
    Pair,
    PairState,
    agree_with_crm,
    agree_with_outlook,
    changed_in_crm,
    changed_in_outlook,
    edited_in_outlook,
)
from shared_code.domain.preferences import Preferences
from shared_code.domain.schedules import AllDay, Schedule, Series, Timed
from shared_code.domain.series import removed_days, start_of
from shared_code.domain.taken_out import TakenOut, days_to_take_out


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What governs a rep's sync besides the two sides: who she is, her choices, her salt, and where leads are shown."""

    user: UserGuid
    preferences: Preferences
    fingerprints: Fingerprints
    lead_hosts: frozenset[str]

    def seen(self, event: CalendarEvent, origin: Origin) -> dict[Field, str]:
        """Return the hashes of what SalesExec may see of an event."""
        came_from_outlook = origin is Origin.OUTLOOK
        fields = visible_fields(event, self.preferences, self.lead_hosts, came_from_outlook=came_from_outlook)
        return self.fingerprints.of_all(fields)

    def told(self, appointment: Appointment) -> dict[Field, str]:
        """Return the hashes of what SalesExec says."""
        return self.fingerprints.of_all(of_appointment(appointment, self.lead_hosts))

    def link_url(self, appointment: Appointment) -> str | None:
        """Return the address that Show Lead should have, or None for no link."""
        return appointment.lead.url if self.preferences.lead_link else None


def mark_of(appointment: Appointment) -> Mark:
    """Return what our extension on the appointment's event says."""
    return Mark(
        appointment=appointment.guid,
        user=appointment.user,
        lead_guid=appointment.lead.guid,
        lead_url=appointment.lead.url,
    )


def new_event(appointment: Appointment, generation: int, rules: Rules) -> NewEvent:
    """Return the event to create for an appointment."""
    reminder = (
        None if appointment.reminder is MailboxDefault.REMINDER else ReminderToWrite(minutes=appointment.reminder)
    )
    content = EventContent(
        subject=appointment.subject,
        body_html=with_link(appointment.body_html, rules.link_url(appointment), rules.lead_hosts),
        schedule=appointment.schedule,
        with_rule=isinstance(appointment.schedule, Series),
        location=appointment.location,
        show_as=appointment.show_as,
        is_private=appointment.is_private,
        reminder=reminder,
    )
    return NewEvent(
        content=content,
        transaction_id=transaction_id(appointment.guid, appointment.user, generation),
        property_value=property_value(appointment.guid, generation),
        mark=mark_of(appointment),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """What a push means for an event that exists.

    `mark` is what the extension must be changed to, if it must; `edits_unseen` are the fields of Outlook that
    SalesExec has yet to be told of; `taken_over` those in which it had taken Outlook's word, before this push, which
    was made earlier, reached us; `taken_out` is about the days of a series; `read` are the hashes of the version that
    this was decided on, and `edited_at` is when somebody else than us last changed it. `leaves_unread`: single
    occurrences of a series may hold news for SalesExec.
    """

    content: EventContent
    merge: Merge
    crm_changed: frozenset[Field]
    edits_unseen: frozenset[Field]
    taken_over: frozenset[Field]
    read: Mapping[Field, str]
    edited_at: datetime
    leaves_unread: bool
    mark: Mark | None
    taken_out: TakenOut
    to_take_out: frozenset[date]

    @property
    def writes_nothing(self) -> bool:
        """Tell whether Outlook already holds exactly what it should."""
        return self.content.is_empty and self.mark is None and not self.to_take_out

    @property
    def leaves_news(self) -> bool:
        """Tell whether SalesExec is yet to be told of something that was done in Outlook."""
        return bool(self.edits_unseen or self.taken_out.unseen)


def plan_update(appointment: Appointment, event: CalendarEvent, pair: Pair, rules: Rules) -> Update:
    """Decide what to write to an event, given what both sides last agreed on."""
    came_from_outlook = pair.origin is Origin.OUTLOOK
    outlook_fields = visible_fields(event, rules.preferences, rules.lead_hosts, came_from_outlook=came_from_outlook)
    crm_fields = of_appointment(appointment, rules.lead_hosts)
    told = rules.fingerprints.of_all(crm_fields)
    crm_changed = changed_in_crm(pair.agreed, told, appointment.modified_at)
    read = rules.fingerprints.of_all(outlook_fields)
    outlook_changed = edited_in_outlook(pair, read)
    # Safety: what an older push of ours wrote and could not note is this one's to say anew, changed since or not.
    crm_changed |= changed_in_outlook(pair.agreed, read) - outlook_changed
    edited_at = last_edited_at(event, pair)
    crm_first = crm_wins(
        rules.preferences.conflict_winner, crm_modified_at=appointment.modified_at, outlook_modified_at=edited_at
    )
    taken_over = _taken_over(crm_changed, pair, appointment.modified_at)
    merge = merge_fields(
        crm_changed=crm_changed,
        outlook_changed=outlook_changed | (taken_over - _told_its_own(taken_over, pair)),
        crm_fields=crm_fields,
        outlook_fields=outlook_fields,
        crm_wins_conflicts=crm_first,
    )
    merge = _without_echoes(merge, told, pair, appointment.modified_at)
    schedule = _merged_schedule(appointment, event, merge.to_outlook)
    taken_out = days_to_take_out(
        appointment.schedule, event.schedule, pair, appointment.modified_at, schedule or event.schedule
    )
    if taken_out.restores and schedule is None:
        schedule = event.schedule
    with_rule = taken_out.restores or _needs_a_rule(schedule, event.schedule, merge.to_outlook)
    # Where a rule is written, Outlook forgets which days were out of the one before.
    held = frozenset() if with_rule else removed_days(event.schedule)
    wanted_mark = mark_of(appointment)
    return Update(
        content=replace(_content(appointment, event, merge.to_outlook, rules), schedule=schedule, with_rule=with_rule),
        taken_out=taken_out,
        to_take_out=taken_out.wanted - held,
        merge=merge,
        crm_changed=crm_changed,
        edits_unseen=_unseen(merge, taken_over, pair, read),
        taken_over=taken_over,
        read=read,
        edited_at=edited_at,
        leaves_unread=_leaves_unread(event, pair, merge),
        mark=None if event.mark == wanted_mark else wanted_mark,
    )


def last_edited_at(event: CalendarEvent, pair: Pair) -> datetime:
    """Return Outlook's stamp of the last version of the event that we did not write, as far as we know."""
    if pair.outlook_edited_at is not None and event.modified_at == pair.outlook_modified_at:
        return pair.outlook_edited_at
    return event.modified_at


def _taken_over(names: frozenset[Field], pair: Pair, modified_at: datetime) -> frozenset[Field]:
    """Return the fields of a push in which SalesExec has meanwhile taken over what Outlook says: real conflicts.

    Times are taken over together: another start, and an end that was told meanwhile, may be no time at all.
    """
    news = frozenset(name for name, each in pair.agreed.items() if each.is_news_to(modified_at))
    if pair.was_told_of_days_since(modified_at):
        # Days taken out are told with the rule, which then overwrote whatever rule SalesExec had meanwhile.
        news |= {Field.RECURRENCE}
    return news & (names | TIME_FIELDS if names & TIME_FIELDS else names)


def _leaves_unread(event: CalendarEvent, pair: Pair, merge: Merge) -> bool:
    """Tell whether a series has to be read by a poll after this push: its occurrences were not read by the last one.

    Nor is it known of those changed by themselves how far they go along with their series, on either side.
    """
    if not isinstance(event.schedule, Series):
        return False
    return pair.change_key != event.change_key or bool(event.exceptions and merge.to_outlook)


def _told_its_own(taken_over: frozenset[Field], pair: Pair) -> frozenset[Field]:
    """Return the fields of an occurrence of which SalesExec was told what it had said itself: no conflict.

    It was told so because its series had changed; what it said meanwhile is the later word of the two.
    """
    if pair.slot is None:
        return frozenset()
    return frozenset(name for name in taken_over if pair.agreed.get(name, Agreement()).was_told_its_own)


def _without_echoes(merge: Merge, told: Mapping[Field, str], pair: Pair, modified_at: datetime) -> Merge:
    """Return the merge without fields as settled that only a push of the past says as Outlook does by now.

    SalesExec took over something else meanwhile, so that it is yet to be told.
    """
    known = {name: pair.agreed.get(name, Agreement()) for name in merge.settled}
    echoes = frozenset(
        name for name, each in known.items() if told.get(name) != each.crm and each.is_echo(told.get(name), modified_at)
    )
    return replace(merge, settled=merge.settled - echoes, to_crm=merge.to_crm | echoes)


def _unseen(merge: Merge, taken_over: frozenset[Field], pair: Pair, read: Mapping[Field, str]) -> frozenset[Field]:
    """Return the fields that SalesExec is to be told of; where it took any time over, it may have taken all of them."""
    unseen = (merge.to_crm | taken_over) - _known_to_crm(taken_over - merge.to_outlook, pair, read)
    return unseen | (merge.to_outlook & TIME_FIELDS if taken_over & TIME_FIELDS else frozenset())


def _known_to_crm(taken_over: frozenset[Field], pair: Pair, read: Mapping[Field, str]) -> frozenset[Field]:
    """Return the fields which still say in Outlook what SalesExec took over from there: told again, they were no news.

    Safety: what counts as unseen keeps SalesExec from deleting the event.
    """
    return taken_over - changed_in_outlook(pair.agreed, read)


def _content(appointment: Appointment, event: CalendarEvent, names: frozenset[Field], rules: Rules) -> EventContent:
    """Return the named fields of the appointment; the body also when only its link is not as it should be."""
    url = rules.link_url(appointment)
    body = None
    if Field.BODY in names:
        body = with_link(keeping_join_block(appointment.body_html, event.body_html), url, rules.lead_hosts)
    elif not has_exactly(event.body_html, url, rules.lead_hosts):
        body = with_link(event.body_html, url, rules.lead_hosts)
    reminder = None
    if Field.REMINDER in names and appointment.reminder is not MailboxDefault.REMINDER:
        reminder = ReminderToWrite(minutes=appointment.reminder)
    return EventContent(
        subject=appointment.subject if Field.SUBJECT in names else None,
        body_html=body,
        location=appointment.location if Field.LOCATION in names else None,
        show_as=appointment.show_as if Field.SHOW_AS in names else None,
        is_private=appointment.is_private if Field.IS_PRIVATE in names else None,
        reminder=reminder,
    )


def _merged_schedule(appointment: Appointment, event: CalendarEvent, names: frozenset[Field]) -> Schedule | None:
    """Return the times to write: those of the appointment, but an end (or start) only Outlook moved stays."""
    ours = names & TIME_FIELDS
    if not ours:
        return None
    said, held = appointment.schedule, event.schedule
    if isinstance(said, Series) or isinstance(held, Series):
        # All of a series' times are decided together, so there is nothing of the other side's among them.
        return said
    if Field.IS_ALL_DAY in ours or type(said) is not type(held):
        return said
    if isinstance(said, Timed) and isinstance(held, Timed):
        return Timed(
            start_at=said.start_at if Field.START in ours else held.start_at,
            end_at=said.end_at if Field.END in ours else held.end_at,
            zone=said.zone or held.zone,
        )
    if isinstance(said, AllDay) and isinstance(held, AllDay):
        return AllDay(
            first_day=said.first_day if Field.START in ours else held.first_day,
            day_after=said.day_after if Field.END in ours else held.day_after,
        )
    return said


def _needs_a_rule(wanted: Schedule | None, held: Schedule, names: frozenset[Field]) -> bool:
    """Tell whether times are written together with their rule: also when a series begins on another day.

    Source: Microsoft docs, resources/recurrencerange: startDate must be the day of the event's start.
    """
    if wanted is None or Field.RECURRENCE in names:
        return wanted is not None
    if not isinstance(wanted, Series) or not isinstance(held, Series):
        return False
    return Field.IS_ALL_DAY in names or start_of(wanted).day != start_of(held).day


def created_pair(appointment: Appointment, event: CalendarEvent, pair: Pair, rules: Rules) -> Pair:
    """Return the pair as it is once the event was created, both sides in agreement."""
    agreed = agree_with_outlook({}, rules.seen(event, Origin.SALESEXEC), list(Field))
    # An event that we made is SalesExec's from then on, also where the one before it was the rep's own.
    pair = replace(pair, origin=Origin.SALESEXEC, removed=removed_days(appointment.schedule), removed_told_at=None)
    return _completed(appointment, event, pair, agree_with_crm(agreed, rules.told(appointment), list(Field)), rules)


def updated_pair(appointment: Appointment, event: CalendarEvent, pair: Pair, update: Update, rules: Rules) -> Pair:
    """Return the pair as it is once the update was written; edits SalesExec has not seen stay un-agreed.

    What we did not write is agreed as it was read before: where Graph ignores If-Match, the answer to our write
    may show somebody's edit in between, which is then still news.
    """
    seen = rules.seen(event, pair.origin)
    told = rules.told(appointment)
    agreed: Mapping[Field, Agreement] = agree_with_outlook(pair.agreed, update.read, set(seen) - update.edits_unseen)
    agreed = agree_with_outlook(agreed, seen, update.merge.to_outlook - update.edits_unseen)
    of_series_at = appointment.modified_at if isinstance(appointment.schedule, Series) else None
    said = (update.crm_changed | update.merge.settled) - update.taken_over
    agreed = agree_with_crm(agreed, told, said, of_series_at=of_series_at)
    told_anew = update.merge.to_crm & update.edits_unseen
    # Fields that are decided together (times) travel together, also those that Outlook did not touch.
    agreed |= {name: replace(agreed[name], outlook="") for name in told_anew if name in agreed}
    done = replace(
        _completed(appointment, event, pair, agreed, rules),
        outlook_edited_at=update.edited_at,
        removed=update.taken_out.agreed,
    )
    # Safety: a version that holds news for SalesExec is not one of ours, also when our write was the last on top of it.
    # What taking days out made of a series' version is not known either, nor what other times mean for single days. And
    # where Graph ignores If-Match, our version of a series hides what somebody did to single days just before it.
    has_news = changed_in_outlook(agreed, seen) - ONE_WAY_FIELDS or update.taken_out.unseen
    is_written_series = isinstance(event.schedule, Series) and not update.content.is_empty
    is_to_be_read = has_news or update.to_take_out or is_written_series or update.leaves_unread
    return replace(done, change_key="") if is_to_be_read else done


def _completed(
    appointment: Appointment, event: CalendarEvent, pair: Pair, agreed: Mapping[Field, Agreement], rules: Rules
) -> Pair:
    return replace(
        pair,
        state=PairState.LINKED,
        event_id=event.id,
        # Safety: what SalesExec is yet to be told of the event, though nobody edited it, makes no version ours.
        change_key="" if pair.unconfirmed else event.change_key,
        outlook_modified_at=_later(pair.outlook_modified_at, event.modified_at),
        accepted_at=_later(pair.accepted_at, appointment.modified_at),
        refused_delete_at=None,
        deleted_at=None,
        held_at=None,
        is_finished=appointment.is_finished,
        lead_url=appointment.lead.url,
        link_url=rules.link_url(appointment),
        agreed=agreed,
        is_waiting=False,
        claim=None,
    ).spanning(event.schedule)


def _later(known: datetime | None, new: datetime) -> datetime:
    return new if known is None or new > known else known
