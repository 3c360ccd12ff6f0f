"""What must be true once things are quiet: both sides agree; nothing is doubled, lost, mailed, or somebody else's."""

from collections.abc import Iterator

from shared_code.domain.appointments import Status
from shared_code.domain.events import CalendarEvent
from shared_code.domain.identifiers import AppointmentGuid, UserGuid
from shared_code.domain.lead_link import links_in
from shared_code.use_cases.remove_appointment import EDITS_THAT_COUNT
from tests.engine.chronicle import LEAD_HOSTS, TIME, UNIQUE, Life, View, view_of_appointment, view_of_event
from tests.engine.lost_edits import may_say
from tests.engine.sales_exec import Record
from tests.engine.world import REPS, World

_COUNTING = {TIME, *(field.value for field in EDITS_THAT_COUNT)}


def wrongs(world: World) -> list[str]:
    """Return everything that is not as it must be."""
    return [
        *_mails(world),
        *(each for guid, record in world.crm.records.items() for each in _wrongs_of(world, guid, record)),
        *(each for user in REPS for each in _unknown_events(world, user)),
    ]


def _mails(world: World) -> Iterator[str]:
    mails = world.mails - world.stage.residual_mails
    if mails:
        yield f"mails were sent: {mails}"


def _wrongs_of(world: World, guid: AppointmentGuid, record: Record) -> Iterator[str]:
    appointment = record.appointment
    life = world.chronicle.appointments[guid]
    here = _events_of(world, guid, appointment.user)
    if life.moved_at is not None:
        # What she made herself, or had become a meeting, before the appointment moved away and perhaps came back, is
        # her own from then on.
        here = [event for event in here if event.transaction_id is not None] or here
        here = [event for event in here if not event.attendees] or here
        yield from _ghosts(world, guid, record)
    if appointment.status is Status.CANCELED:
        if life.moved_at is None and any(not event.attendees for event in here):
            yield f"a cancelled appointment is still in Outlook: {appointment.subject}"
        if _must_live(world, life, guid):
            yield f"an edit did not beat a delete: {appointment.subject}"
    elif not here and _is_orphan(world, guid, record):
        world.chronicle.orphans += 1
    else:
        yield from _wrongs_of_living(world, guid, record, here)


def _ghosts(world: World, guid: AppointmentGuid, record: Record) -> Iterator[str]:
    """Return what is left of a moved appointment with a rep who has it no more."""
    life, is_over = world.chronicle.appointments[guid], record.appointment.status is Status.CANCELED
    for user in REPS:
        if user == record.appointment.user:
            continue
        left = [event for event in _events_of(world, guid, user) if event.transaction_id and not event.attendees]
        # An edit that SalesExec never saw keeps the event also where a cancellation overtook the move.
        if any(not (is_over and _holds_news(world, event, life)) for event in left):
            yield f"a moved appointment left a ghost: {record.appointment.subject}"


def _holds_news(world: World, event: CalendarEvent, life: Life) -> bool:
    known = {(mark.name, mark.value) for mark in life.synced}
    edits = world.chronicle.events.get(event.id, Life()).edits
    return any(mark.name in _COUNTING and (mark.name, mark.value) not in known for mark in edits)


def _wrongs_of_living(world: World, guid: AppointmentGuid, record: Record, here: list[CalendarEvent]) -> Iterator[str]:
    life, subject = world.chronicle.appointments[guid], record.appointment.subject
    if not here:
        yield f"an appointment is not in Outlook: {subject}"
    if len(here) > 1 and life.note_lost:
        # One that was made once too often stays when somebody was invited to it: taking it out would mail them.
        here = [event for event in here if not (event.transaction_id and event.attendees)] or here
    if len(here) > 1:
        yield f"an appointment is in Outlook {len(here)} times: {subject}"
    if _must_be_gone(world, life, guid):
        yield f"a delete was lost: {subject}"
    if len(here) == 1:
        yield from _differences(world, life, record, here[0])


def _is_orphan(world: World, guid: AppointmentGuid, record: Record) -> bool:
    """Tell whether an import was never noted, since its answer was lost, and its event is gone before the next poll.

    That nobody in Outlook has it any more cannot be known from what is left; it is counted apart.
    """
    books = [world.connection(user).book for user in REPS]
    return record.came_from_outlook and not any(world.stores.pairs.get(book, guid) for book in books)


def _events_of(world: World, guid: AppointmentGuid, user: UserGuid) -> list[CalendarEvent]:
    known = world.chronicle.appointment_of
    return [event for event in world.calendar(user).events.values() if known.get(event.id) == guid]


def _unknown_events(world: World, user: UserGuid) -> Iterator[str]:
    for event in world.calendar(user).events.values():
        guid = world.chronicle.appointment_of.get(event.id)
        if guid is None:
            yield f"an event is not in SalesExec: {event.subject}"
            continue
        imports = [world.crm.records[each].appointment for each in world.crm.imports.get(event.id, [])]
        if len([each for each in imports if each.status is Status.PENDING]) > 1:
            yield f"an event is in SalesExec more than once: {event.subject}"


def _differences(world: World, life: Life, record: Record, event: CalendarEvent) -> Iterator[str]:
    said, shown = view_of_appointment(record.appointment), view_of_event(event)
    event_life = world.chronicle.events.get(event.id, Life())
    others = [
        world.chronicle.events[each]
        for each, guid in world.chronicle.appointment_of.items()
        if guid == record.appointment.guid and each != event.id and each in world.chronicle.events
    ]
    if event.attendees:
        yield from _silences(life, event_life, said, shown)
        return
    if len(links_in(event.body_html, LEAD_HOSTS)) > 1:
        yield f"two links to the lead: {event.subject}"
    for name in shown:
        if said[name] != shown[name]:
            yield f"both sides differ in {name}: SalesExec {said[name]}, Outlook {shown[name]}"
        elif name in UNIQUE and (event.id, name) not in world.chronicle.overwritten_unseen:
            excuse = may_say(name, shown[name], life, event_life, others, world.terms)
            if excuse is not None:
                yield f"an edit of {name} was lost: {shown[name]}; {excuse}"


def _silences(life: Life, meeting: Life, said: View, shown: View) -> Iterator[str]:
    """Nothing may be written to a meeting, so what SalesExec says cannot arrive; what Outlook says still does."""
    if life.moved_at is not None:
        return
    for name in UNIQUE:
        last = next((mark for mark in reversed(life.edits) if mark.name == name), None)
        # An older push that came late, and was not known to be, may have written over it before it became a meeting.
        written = next((mark for mark in reversed(meeting.synced) if mark.name == name), None)
        arrived = last is None or (written is not None and written.value == last.value and written.number > last.number)
        was_before = last is None or last.number < (meeting.invited_at or 0)
        if arrived and was_before and said[name] != shown[name]:
            yield f"a meeting's {name} did not reach SalesExec: {said[name]} is not {shown[name]}"


def _must_live(world: World, life: Life, guid: AppointmentGuid) -> bool:
    """Tell whether nobody deleted the appointment, or somebody surely edited it after the only delete."""
    lives = [world.chronicle.events[each] for each, of in world.chronicle.appointment_of.items() if of == guid
             and each in world.chronicle.events]  # fmt: skip
    deleted = [each.ended_at for each in lives if each.ended_at is not None and not each.ended_by_engine]
    if life.cancelled_for_outlook_at is not None:
        # A push that is older than the delete which SalesExec has applied does not undo it.
        deleted.append(life.cancelled_for_outlook_at)
    edited = max((mark.number for mark in life.edits), default=0)
    if life.ended_at is None:
        return all(edited > at for at in deleted)
    if life.revived_at is not None and life.revived_at > life.ended_at:
        return all(life.revived_at > at for at in deleted)
    if deleted or life.moved_at is not None:
        return False
    if len(lives) == 1 and lives[0].ended_by_engine:
        # Cancelled, revived and cancelled again: a second delete takes an edit along that refused the first.
        return life.revived_at is None and _was_news(life, lives[0])
    live = [each for each in lives if each.ended_at is None]
    edits = [mark for each in live for mark in each.edits if mark.name in _COUNTING]
    return any(mark.number > life.ended_at for mark in edits)


def _was_news(life: Life, event: Life) -> bool:
    """Tell whether the engine removed an event with an edit that stood there and that SalesExec had never seen."""
    known = {(mark.name, mark.value) for mark in (*life.synced, *life.edits)}
    standing = {mark.name: mark for mark in sorted((*event.synced, *event.edits), key=lambda mark: mark.number)}
    return any(
        mark in event.edits and mark.name in _COUNTING and (mark.name, mark.value) not in known
        for mark in standing.values()
    )


def _must_be_gone(world: World, life: Life, guid: AppointmentGuid) -> bool:
    """Tell whether the last word was a delete that nobody contradicted."""
    lives = [world.chronicle.events[each] for each, of in world.chronicle.appointment_of.items() if of == guid
             and each in world.chronicle.events]  # fmt: skip
    if any(each.invited_at for each in lives) or life.moved_at is not None:
        return False
    if life.ended_at is not None and (life.revived_at is None or life.revived_at < life.ended_at):
        if any(mark.number > life.ended_at for mark in life.synced):
            # An edit that counts for nothing was on its way already, and brought the appointment back.
            return False
        seen = {(mark.name, mark.value) for mark in life.synced if mark.number < life.ended_at}
        return all(
            (mark.name, mark.value) in seen or mark.name not in _COUNTING for each in lives for mark in each.edits
        )
    deleted = [each for each in lives if each.ended_at is not None and not each.ended_by_engine]
    if not deleted or len(lives) > 1:
        return False
    written = {(mark.name, mark.value) for mark in deleted[0].synced if mark.number < (deleted[0].ended_at or 0)}
    return (
        all((mark.name, mark.value) in written for mark in life.edits)
        and bool(deleted[0].ended_at)
        and all(stamp_number < (deleted[0].ended_at or 0) for stamp_number in life.touched)
    )
