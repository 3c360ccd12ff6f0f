"""The checker sees what is planted: without that, thousands of green histories would prove nothing."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from shared_code.domain.appointments import Appointment, Status
from shared_code.domain.events import CalendarEvent
from shared_code.domain.identifiers import EventId
from shared_code.domain.outgoing import mark_of
from shared_code.use_cases.ports import Poll
from tests.engine import histories
from tests.engine.checker import wrongs
from tests.engine.chronicle import differences, view_of_event
from tests.engine.histories import explained, fails, grow_quiet, kind_of, played, steps_of, written
from tests.engine.stepped import SteppedCalendars, set_time
from tests.engine.story import Step, Story
from tests.engine.world import Terms, World
from tests.fakes.calendar import FakeCalendar

CANCELED = Status.CANCELED


class Calm:
    """A world at rest, with an appointment that SalesExec booked and an event that a rep made."""

    def __init__(self) -> None:
        self.world = World(Terms())
        self.story = Story(self.world)
        for seed in (1, 2, 3):
            self.story.play(Step("crm_new", seed))
            self.story.play(Step("outlook_new", seed))
        grow_quiet(self.world, self.story)

    def booked(self) -> tuple[Appointment, FakeCalendar, CalendarEvent]:
        """Return an appointment, with the calendar and the event that it is in."""
        return self._one(came_from_outlook=False)

    def imported(self) -> tuple[Appointment, FakeCalendar, CalendarEvent]:
        """Return an appointment that was a rep's own event at first."""
        return self._one(came_from_outlook=True)

    def _one(self, *, came_from_outlook: bool) -> tuple[Appointment, FakeCalendar, CalendarEvent]:
        records = self.world.crm.records.values()
        record = next(each for each in records if each.came_from_outlook == came_from_outlook)
        calendar = self.world.calendar(record.appointment.user)
        known = self.world.chronicle.appointment_of
        [event] = [each for each in calendar.events.values() if known[each.id] == record.appointment.guid]
        return record.appointment, calendar, event

    def wrongs(self) -> set[str]:
        """Return the kinds of wrongs that are found."""
        return {kind_of(wrong) for wrong in (*self.world.chronicle.violations, *wrongs(self.world))}


def a_duplicate_event(calm: Calm) -> None:
    appointment, calendar, event = calm.booked()
    twin = replace(event, id=EventId("twin"), mark=mark_of(appointment))
    calendar.events[twin.id] = twin
    calm.world.chronicle.appointment_of[twin.id] = appointment.guid


def a_duplicate_appointment(calm: Calm) -> None:
    appointment, _, event = calm.imported()
    twin = calm.world.crm.book(replace(appointment, guid=type(appointment.guid)("twin")))
    calm.world.crm.imports[event.id].append(twin.guid)


def an_edit_lost_to_what_was_there_before(calm: Calm) -> None:
    _, calendar, event = calm.booked()
    set_time(calm.world.stage, calendar)
    edited = calendar.change_by_hand(event.id, subject="Mine")
    new = differences(view_of_event(event), view_of_event(edited))
    calm.world.chronicle.calendar_edited(event.id, new, edited.modified_at)
    calendar.events[event.id] = event


def an_edit_that_went_one_way_only(calm: Calm) -> None:
    _, calendar, event = calm.booked()
    calendar.events[event.id] = replace(event, location="Elsewhere")


def a_delete_that_nobody_did(calm: Calm) -> None:
    _, calendar, event = calm.booked()
    del calendar.events[event.id]


def a_cancellation_that_had_no_effect(calm: Calm) -> None:
    appointment, _, _ = calm.booked()
    calm.world.crm.change(appointment.guid, status=CANCELED)
    calm.world.chronicle.appointments[appointment.guid].ended_at = calm.world.chronicle.tick()


def a_stray_mail(calm: Calm) -> None:
    _, calendar, _ = calm.booked()
    calendar.mails += 1


def the_removal_of_a_reps_own_event(calm: Calm) -> None:
    appointment, _, event = calm.imported()
    connection = calm.world.connection(appointment.user)
    engine = SteppedCalendars(calm.world.stage, calm.world.calendars).of(connection)
    engine.remove(event.id, change_key=event.change_key)


def an_event_that_is_not_told_of(calm: Calm) -> None:
    _, calendar, _ = calm.booked()
    calendar.add_by_hand(subject="Dentist", schedule=calm.imported()[0].schedule)


def a_move_that_left_the_old_event(calm: Calm) -> None:
    appointment, calendar, event = calm.booked()
    other = next(each for each in calm.world.calendars.by_mailbox.values() if each is not calendar)
    other.events[EventId("ghost")] = replace(event, id=EventId("ghost"))
    calm.world.chronicle.appointment_of[EventId("ghost")] = appointment.guid
    calm.world.chronicle.appointments[appointment.guid].moved_at = calm.world.chronicle.tick()


PLANTED: list[tuple[Callable[[Calm], None], str]] = [
    (a_duplicate_event, "an appointment is in Outlook 2 times"),
    (a_duplicate_appointment, "an event is in SalesExec more than once"),
    (an_edit_lost_to_what_was_there_before, "an edit of Subject was lost"),
    (an_edit_that_went_one_way_only, "both sides differ in Location"),
    (a_delete_that_nobody_did, "an appointment is not in Outlook"),
    (a_cancellation_that_had_no_effect, "a cancelled appointment is still in Outlook"),
    (a_stray_mail, "mails were sent"),
    (the_removal_of_a_reps_own_event, "an event of the rep's own was removed, and nobody in SalesExec asked for it"),
    (an_event_that_is_not_told_of, "an event is not in SalesExec"),
    (a_move_that_left_the_old_event, "a moved appointment left a ghost"),
]


def test_a_calm_world_has_nothing_wrong() -> None:
    assert Calm().wrongs() == set()


@pytest.mark.parametrize(("plant", "wrong"), PLANTED, ids=[plant.__name__ for plant, _ in PLANTED])
def test_what_is_planted_is_seen(plant: Callable[[Calm], None], wrong: str) -> None:
    calm = Calm()

    plant(calm)

    assert wrong in calm.wrongs()


def test_a_call_before_the_time_that_graph_asked_for_is_seen() -> None:
    calm = Calm()
    user = calm.booked()[0].user
    mailbox = calm.world.connection(user).mailbox.key
    calm.world.stage.throttled[mailbox] = (calm.world.stage.app_now() + timedelta(hours=1), 0)

    calm.world.send(Poll(user=user))
    calm.story.settle()

    assert "early after Retry-After" in calm.wrongs()


def test_a_history_that_fails_is_said_with_its_seed_and_the_fewest_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_cancellation_allowed(world: World) -> list[str]:
        cancelled = [each.appointment for each in world.crm.records.values() if each.appointment.status is CANCELED]
        return [f"planted: {appointment.subject}" for appointment in cancelled]

    monkeypatch.setattr(histories, "wrongs", no_cancellation_allowed)
    history = next(each for each in map(written, range(100)) if fails(each, "planted"))

    said = explained(history, played(history).wrongs)

    assert f"seed {history.seed}: planted" in said
    fewest = said.partition("steps_of(")[2].partition(")")[0].split('"')[1::2]
    kinds = [step.kind for step in steps_of(" ".join(fewest))]
    assert len(kinds) <= 3
    assert "crm_cancel" in kinds or "outlook_delete" in kinds
