"""What every Calendar does with single occurrences of a series, the fake one and the one on Graph."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from shared_code.domain.events import EventContent, EventKind, Mark
from shared_code.domain.schedules import Series
from shared_code.use_cases.errors import ChangedMeanwhile, Refused
from tests.builders import an_appointment_guid
from tests.contracts.mailboxes import a_new_event
from tests.contracts.series_mailboxes import (
    FIRST_DAY,
    SORTS,
    SeriesMailbox,
    a_series_mailbox,
    monday,
    nine_in_berlin,
    occurrence,
    seen,
    weekly,
    whole,
)

pytest_plugins = ["tests.contracts.simulators"]


@pytest.fixture(name="mailbox", params=SORTS)
def mailbox_fixture(request: pytest.FixtureRequest) -> Iterator[SeriesMailbox]:
    with a_series_mailbox(request.param, request) as mailbox:
        yield mailbox


def test_a_series_tells_what_it_lost_and_what_was_changed(mailbox: SeriesMailbox) -> None:
    master = mailbox.owner.add_weekly("Stand-up", nine_in_berlin(FIRST_DAY), 8)
    tuesday = nine_in_berlin(monday(1) + timedelta(days=1), hour=15)
    mailbox.owner.move(master, monday(1), tuesday)
    mailbox.owner.rename(master, monday(4), "Planning")
    mailbox.owner.delete(master, monday(2))

    read = whole(mailbox.calendar, master)

    assert read.schedule == replace(weekly(), removed=frozenset({monday(2)}))
    moved, renamed = sorted(read.exceptions, key=lambda each: each.slot_day or FIRST_DAY)
    assert {moved.kind, renamed.kind} == {EventKind.EXCEPTION}
    assert (moved.slot_day, moved.schedule, moved.subject) == (monday(1), tuesday, "Stand-up")
    assert moved.original_start == nine_in_berlin(monday(1)).start_at
    assert (renamed.slot_day, renamed.subject) == (monday(4), "Planning")
    assert renamed.schedule == nine_in_berlin(monday(4))
    assert {moved.series_master_id, renamed.series_master_id} == {master}
    assert {moved.change_key, renamed.change_key} == {read.change_key}


def test_a_series_tells_of_all_its_exceptions_however_many(mailbox: SeriesMailbox) -> None:
    master = mailbox.owner.add_weekly("Stand-up", nine_in_berlin(FIRST_DAY), 60)
    for number in range(45):
        mailbox.owner.rename(master, monday(number), f"Number {number}")

    read = whole(mailbox.calendar, master)

    told = {each.slot_day: each.subject for each in read.exceptions}
    assert told == {monday(number): f"Number {number}" for number in range(45)}


def test_an_occurrence_that_was_called_off_counts_as_removed(mailbox: SeriesMailbox) -> None:
    master = mailbox.owner.add_weekly("Stand-up", nine_in_berlin(FIRST_DAY), 3)
    before = whole(mailbox.calendar, master)
    mailbox.owner.call_off(master, monday(1))

    read = whole(mailbox.calendar, master)

    assert read.schedule == replace(weekly(count=3), removed=frozenset({monday(1)}))
    assert read.exceptions == ()
    assert mailbox.calendar.read_occurrence(read, monday(1)) is None
    assert mailbox.calendar.read_occurrence(before, monday(1)) is None
    assert [event.is_cancelled for event in seen(mailbox.calendar)] == [False, True, False]


def test_an_occurrence_is_read_by_the_day_of_its_slot(mailbox: SeriesMailbox) -> None:
    master = mailbox.owner.add_weekly("Stand-up", nine_in_berlin(FIRST_DAY), 5)
    mailbox.owner.move(master, monday(1), nine_in_berlin(monday(2) - timedelta(days=1)))
    mailbox.owner.delete(master, monday(3))
    read = whole(mailbox.calendar, master)

    there = [mailbox.calendar.read_occurrence(read, monday(number)) for number in range(6)]

    assert [each and each.slot_day for each in there] == [monday(0), monday(1), monday(2), None, monday(4), None]
    assert [each and each.kind for each in there[:3]] == [
        EventKind.OCCURRENCE, EventKind.EXCEPTION, EventKind.OCCURRENCE,
    ]  # fmt: skip
    assert there[0] is not None
    assert (there[0].schedule, there[0].series_master_id) == (nine_in_berlin(FIRST_DAY), master)
    assert mailbox.calendar.read_occurrence(read, monday(1) + timedelta(days=1)) is None


def test_an_occurrence_that_was_changed_since_the_series_was_read_is_found(mailbox: SeriesMailbox) -> None:
    master = mailbox.owner.add_weekly("Stand-up", nine_in_berlin(FIRST_DAY), 3)
    before = whole(mailbox.calendar, master)
    mailbox.owner.rename(master, monday(1), "Planning")
    mailbox.owner.delete(master, monday(2))

    changed, removed = (mailbox.calendar.read_occurrence(before, monday(number)) for number in (1, 2))

    assert changed is not None
    assert (changed.kind, changed.subject) == (EventKind.EXCEPTION, "Planning")
    assert removed is None


def test_nothing_is_on_any_day_of_a_series_that_is_gone(mailbox: SeriesMailbox) -> None:
    created = mailbox.calendar.create(a_new_event(schedule=weekly()))
    mailbox.calendar.remove(created.id, change_key=created.change_key)

    assert mailbox.calendar.read_occurrence(created, monday(1)) is None


@pytest.mark.parametrize("number", [0, 2])
def test_one_occurrence_is_changed_and_the_others_are_not(mailbox: SeriesMailbox, number: int) -> None:
    created = mailbox.calendar.create(a_new_event(schedule=weekly(count=4)))
    one = occurrence(mailbox.calendar, created.id, monday(number))
    moved = nine_in_berlin(monday(number) + timedelta(days=2), hour=16)

    changed = mailbox.calendar.change(one.id, EventContent(subject="Alone", schedule=moved), change_key=one.change_key)

    assert (changed.kind, changed.subject, changed.schedule) == (EventKind.EXCEPTION, "Alone", moved)
    assert (changed.slot_day, changed.series_master_id) == (monday(number), created.id)
    assert changed.original_start == nine_in_berlin(monday(number)).start_at
    read = whole(mailbox.calendar, created.id)
    assert read.change_key == changed.change_key != created.change_key
    assert [(each.id, each.slot_day, each.schedule) for each in read.exceptions] == [
        (changed.id, monday(number), moved)
    ]
    assert read.schedule == created.schedule
    assert [event.subject for event in seen(mailbox.calendar) if event.slot_day != monday(number)] == [
        "Call Wingtip"
    ] * 3


def test_an_occurrence_that_was_changed_before_is_changed_again(mailbox: SeriesMailbox) -> None:
    created = mailbox.calendar.create(a_new_event(schedule=weekly(count=4)))
    mailbox.owner.rename(created.id, monday(1), "Planning")
    one = occurrence(mailbox.calendar, created.id, monday(1))
    moved = nine_in_berlin(monday(1) + timedelta(days=1))

    changed = mailbox.calendar.change(one.id, EventContent(schedule=moved), change_key=one.change_key)

    assert (changed.id, changed.subject, changed.schedule) == (one.id, "Planning", moved)
    assert len(whole(mailbox.calendar, created.id).exceptions) == 1


@pytest.mark.parametrize("number", [1, 3])
def test_an_occurrence_cannot_be_moved_onto_the_day_of_its_neighbour(mailbox: SeriesMailbox, number: int) -> None:
    created = mailbox.calendar.create(a_new_event(schedule=weekly(count=5)))
    one = occurrence(mailbox.calendar, created.id, monday(2))
    there = nine_in_berlin(monday(number), hour=20)

    with pytest.raises(Refused) as refusal:
        mailbox.calendar.change(one.id, EventContent(schedule=there), change_key=one.change_key)

    assert refusal.value.code == "ErrorOccurrenceCrossingBoundary"
    assert whole(mailbox.calendar, created.id) == created


def test_an_occurrence_cannot_be_moved_past_a_neighbour_that_was_removed(mailbox: SeriesMailbox) -> None:
    master = mailbox.owner.add_weekly("Stand-up", nine_in_berlin(FIRST_DAY), 5)
    mailbox.owner.delete(master, monday(3))
    one = occurrence(mailbox.calendar, master, monday(2))
    there = nine_in_berlin(monday(3) + timedelta(days=1))

    with pytest.raises(Refused) as refusal:
        mailbox.calendar.change(one.id, EventContent(schedule=there), change_key=one.change_key)

    assert refusal.value.code == "ErrorOccurrenceCrossingBoundary"


def test_another_version_of_an_occurrence_is_not_changed(mailbox: SeriesMailbox) -> None:
    master = mailbox.owner.add_weekly("Stand-up", nine_in_berlin(FIRST_DAY), 5)
    one = occurrence(mailbox.calendar, master, monday(2))
    mailbox.owner.rename(master, monday(3), "A change of any occurrence is one of the series")

    with pytest.raises(ChangedMeanwhile):
        mailbox.calendar.change(one.id, EventContent(subject="Ours"), change_key=one.change_key)


@pytest.mark.parametrize("number", [0, 2])
def test_one_occurrence_is_removed(mailbox: SeriesMailbox, number: int) -> None:
    created = mailbox.calendar.create(a_new_event(schedule=weekly(count=4)))
    one = occurrence(mailbox.calendar, created.id, monday(number))

    removed = mailbox.calendar.remove(one.id, change_key=one.change_key)

    read = whole(mailbox.calendar, created.id)
    left = [monday(each) for each in range(4) if each != number]
    assert removed
    assert isinstance(read.schedule, Series)
    assert read.schedule == replace(weekly(count=4), removed=frozenset({monday(number)}))
    assert [event.slot_day for event in seen(mailbox.calendar)] == left
    assert not mailbox.calendar.remove(one.id, change_key=read.change_key)


def test_an_occurrence_that_was_changed_is_removed(mailbox: SeriesMailbox) -> None:
    master = mailbox.owner.add_weekly("Stand-up", nine_in_berlin(FIRST_DAY), 4)
    mailbox.owner.move(master, monday(1), nine_in_berlin(monday(1) + timedelta(days=1)))
    one = occurrence(mailbox.calendar, master, monday(1))

    removed = mailbox.calendar.remove(one.id, change_key=one.change_key)

    read = whole(mailbox.calendar, master)
    assert removed
    assert read.schedule == replace(weekly(count=4), removed=frozenset({monday(1)}))
    assert read.exceptions == ()


def test_a_series_whose_last_occurrence_is_removed_is_gone(mailbox: SeriesMailbox) -> None:
    master = mailbox.owner.add_weekly("Stand-up", nine_in_berlin(FIRST_DAY), 2)
    mailbox.owner.delete(master, monday(0))
    one = occurrence(mailbox.calendar, master, monday(1))

    mailbox.calendar.remove(one.id, change_key=one.change_key)

    assert mailbox.calendar.read_series(master) is None


def test_an_occurrence_has_a_mark_of_its_own_once_it_is_marked(mailbox: SeriesMailbox) -> None:
    created = mailbox.calendar.create(a_new_event(schedule=weekly(count=2)))
    one = occurrence(mailbox.calendar, created.id, monday(1))
    mark = Mark(appointment=an_appointment_guid())

    mailbox.calendar.mark(one.id, mark)

    first, second = seen(mailbox.calendar)
    assert (second.kind, second.mark) == (EventKind.EXCEPTION, mark)
    assert first.mark == (created.mark if mailbox.shows_marks else None)
    master = mailbox.calendar.read(created.id)
    assert master is not None
    assert master.mark == created.mark
