"""The checker sees what is planted in series."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from shared_code.domain.identifiers import EventId
from shared_code.domain.outgoing import mark_of
from shared_code.domain.schedules import Series
from tests.engine.checker import wrongs
from tests.engine.chronicle import differences, view_of_event
from tests.engine.crm_series import days_of
from tests.engine.histories import grow_quiet, kind_of
from tests.engine.series_story import SeriesStory
from tests.engine.story import Step
from tests.engine.world import Terms, World


class Calm:
    """A world at rest, with one series that SalesExec booked."""

    def __init__(self) -> None:
        self.world = World(Terms())
        self.story = SeriesStory(self.world)
        self.story.play(Step("crm_series_new", 1))
        grow_quiet(self.world, self.story)
        [self.record] = self.world.crm.records.values()
        self.calendar = self.world.calendar(self.record.appointment.user)
        [self.event] = self.calendar.events.values()

    @property
    def day(self) -> date:
        """Return the day of the second occurrence."""
        assert isinstance(self.event.schedule, Series)
        return list(days_of(self.event.schedule))[1]

    def wrongs(self) -> set[str]:
        """Return the kinds of wrongs that are found."""
        return {kind_of(wrong) for wrong in (*self.world.chronicle.violations, *wrongs(self.world))}


def an_occurrence_deleted_in_outlook_that_is_still_in_salesexec(calm: Calm) -> None:
    calm.calendar.delete_occurrence_by_hand(calm.event.id, calm.day)


def a_cancelled_occurrence_that_came_back_on_both_sides(calm: Calm) -> None:
    calm.world.chronicle.of_slot(calm.record.appointment.guid, calm.day).ended_at = calm.world.chronicle.tick()


def an_occurrence_that_nobody_took_out(calm: Calm) -> None:
    calm.calendar.delete_occurrence_by_hand(calm.event.id, calm.day)
    schedule = calm.calendar.events[calm.event.id].schedule
    calm.record.appointment = replace(calm.record.appointment, schedule=schedule)


def an_edit_of_an_occurrence_that_went_one_way_only(calm: Calm) -> None:
    calm.calendar.change_occurrence_by_hand(calm.event.id, calm.day, location="Elsewhere")


def a_lost_edit_of_an_occurrence(calm: Calm) -> None:
    before = calm.calendar.occurrence(calm.event.id, calm.day)
    after = replace(before, subject="Mine")
    new = differences(view_of_event(before), view_of_event(after))
    calm.world.chronicle.calendar_edited(before.id, new, before.modified_at)


def a_doubled_series(calm: Calm) -> None:
    twin = replace(calm.event, id=EventId("twin"), mark=mark_of(calm.record.appointment))
    calm.calendar.events[twin.id] = twin
    calm.world.chronicle.appointment_of[twin.id] = calm.record.appointment.guid


def a_series_that_became_a_single_event(calm: Calm) -> None:
    assert isinstance(calm.event.schedule, Series)
    calm.calendar.events[calm.event.id] = replace(calm.event, schedule=calm.event.schedule.first)


PLANTED: list[tuple[Callable[[Calm], None], str]] = [
    (
        an_occurrence_deleted_in_outlook_that_is_still_in_salesexec,
        "other days are out of a series on the other side",
    ),
    (a_cancelled_occurrence_that_came_back_on_both_sides, "an occurrence that was taken out is back"),
    (an_occurrence_that_nobody_took_out, "an occurrence is gone that nobody took out"),
    (an_edit_of_an_occurrence_that_went_one_way_only, "both sides differ in Location of an occurrence"),
    (a_lost_edit_of_an_occurrence, "an edit of Subject of an occurrence was lost"),
    (a_doubled_series, "an appointment is in Outlook 2 times"),
    (a_series_that_became_a_single_event, "a series is none, or another, on the other side"),
]


def test_a_calm_world_with_a_series_has_nothing_wrong() -> None:
    assert Calm().wrongs() == set()


@pytest.mark.parametrize(("plant", "wrong"), PLANTED, ids=[plant.__name__ for plant, _ in PLANTED])
def test_what_is_planted_in_a_series_is_seen(plant: Callable[[Calm], None], wrong: str) -> None:
    calm = Calm()

    plant(calm)

    assert wrong in calm.wrongs()
