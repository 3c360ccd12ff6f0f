"""What must be true once things are quiet: both sides agree; nothing is doubled, lost, mailed, or somebody else's."""

from collections.abc import Iterator

from shared_code.domain.appointments import Status
from shared_code.domain.events import CalendarEvent
from shared_code.domain.identifiers import AppointmentGuid, UserGuid
from shared_code.domain.lead_link import links_in
from tests.engine.chronicle import LEAD_HOSTS, UNIQUE, Life, view_of_appointment, view_of_event
from tests.engine.last_words import holds_news, must_be_gone, must_live, silences
from tests.engine.lost_edits import may_say
from tests.engine.sales_exec import Record
from tests.engine.series_checker import was_touched_by_day, wrongs_of_series
from tests.engine.world import REPS, World


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
        if must_live(life, _lives(world, guid)):
            yield f"an edit did not beat a delete: {appointment.subject}"
    elif not here and _is_orphan(world, guid, record):
        world.chronicle.orphans += 1
    else:
        yield from _wrongs_of_living(world, guid, record, here)


def _ghosts(world: World, guid: AppointmentGuid, record: Record) -> Iterator[str]:
    """Return what is left of a moved appointment with a rep who has it no more."""
    life, is_over = world.chronicle.appointments[guid], record.appointment.status is Status.CANCELED
    if is_over and life.tell_not_noted:
        # Nobody knows whether SalesExec saw an edit; asked once more it would not say, since she has it no more.
        return
    for user in REPS:
        if user == record.appointment.user:
            continue
        left = [event for event in _events_of(world, guid, user) if event.transaction_id and not event.attendees]
        # An edit that SalesExec never saw keeps the event also where a cancellation overtook the move.
        if any(not (is_over and holds_news(life, world.chronicle.events.get(event.id, Life()))) for event in left):
            yield f"a moved appointment left a ghost: {record.appointment.subject}"


def _wrongs_of_living(world: World, guid: AppointmentGuid, record: Record, here: list[CalendarEvent]) -> Iterator[str]:
    life, subject = world.chronicle.appointments[guid], record.appointment.subject
    if not here:
        yield f"an appointment is not in Outlook: {subject}"
    if len(here) > 1 and life.note_lost:
        # One that was made once too often stays when somebody was invited to it: taking it out would mail them.
        here = [event for event in here if not (event.transaction_id and event.attendees)] or here
    if len(here) > 1:
        yield f"an appointment is in Outlook {len(here)} times: {subject}"
    if must_be_gone(life, _lives(world, guid)) and not any(was_touched_by_day(world, each.id) for each in here):
        yield f"a delete was lost: {subject}"
    if len(here) == 1:
        yield from _differences(world, life, record, here[0])
        is_first = len([of for of in world.chronicle.appointment_of.values() if of == guid]) == 1
        yield from wrongs_of_series(world, record, here[0], is_first=is_first)


def _is_orphan(world: World, guid: AppointmentGuid, record: Record) -> bool:
    """Tell whether an import was never noted, since its answer was lost, and moved by a push that never came.

    SalesExec lists it for another rep by now, so that nobody can know that it came from this calendar; it is counted
    apart.
    """
    books = [world.connection(user).book for user in REPS]
    was_moved = world.chronicle.appointments[guid].moved_at is not None
    return was_moved and record.came_from_outlook and not any(world.stores.pairs.get(book, guid) for book in books)


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
        yield from silences(life, event_life, others, said, shown)
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


def _lives(world: World, guid: AppointmentGuid) -> list[Life]:
    """Return the lives of the events that an appointment has or had."""
    events, known = world.chronicle.events, world.chronicle.appointment_of
    return [events[each] for each, of in known.items() if of == guid and each in events]
