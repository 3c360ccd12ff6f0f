"""A push under way: nobody takes its half-done write for an edit, nor a late look at the past for news."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from shared_code.domain.events import CalendarEvent, EventContent
from shared_code.domain.identifiers import EventId
from shared_code.domain.pairs import CLAIM_LASTS, Claim, PairState
from shared_code.domain.receipts import Outcome
from shared_code.domain.schedules import Window
from shared_code.use_cases.errors import ChangedMeanwhile, TryAgainLater
from shared_code.use_cases.poll_calendar import poll_calendar
from shared_code.use_cases.ports import Poll
from shared_code.use_cases.push_appointment import push_appointment
from shared_code.use_cases.pushing import ATTEMPTS
from shared_code.use_cases.remove_appointment import Removal, remove_appointment
from tests.fakes.calendar import FakeCalendar
from tests.use_cases.office import Office, Rep, event_of, subjects, the_event

SOON = timedelta(minutes=1)


def polled_at_each_step(office: Office, rep: Rep) -> list[str]:
    """Have the calendar read before and after every write to it; return the writes."""
    calendar, writes = rep.calendar, []

    def poll() -> None:
        poll_calendar(Poll(user=rep.user), ports=office.ports, correlation_id="poll")

    class Watched(FakeCalendar):
        def change(self, event_id: EventId, content: EventContent, *, change_key: str) -> CalendarEvent:
            poll()
            event = super().change(event_id, content, change_key=change_key)
            writes.append("change")
            poll()
            return event

        def remove(self, event_id: EventId, *, change_key: str) -> bool:
            poll()
            done = super().remove(event_id, change_key=change_key)
            writes.append("remove")
            poll()
            return done

    calendar.__class__ = Watched
    return writes


def test_a_poll_between_claim_and_completion_sees_no_change(office: Office) -> None:
    anna = office.hire()
    booked = office.booked(anna)
    writes = polled_at_each_step(office, anna)

    office.push(office.edited(booked, subject="Changed", location="Room 7"))
    office.poll(anna)

    assert writes == ["change"]
    assert subjects(anna) == ["Changed"]
    assert office.told() == []


def test_a_poll_while_an_event_is_deleted_tells_nothing(office: Office) -> None:
    anna = office.hire()
    booked = office.booked(anna)
    writes = polled_at_each_step(office, anna)

    office.remove(booked.guid, booked.modified_at + SOON)
    office.poll(anna)

    assert writes == ["remove"]
    assert subjects(anna) == []
    assert office.told() == []


def test_a_claim_of_a_push_that_died_runs_out_and_the_edit_is_told_then(office: Office) -> None:
    anna = office.hire()
    booked = office.booked(anna)
    pair = office.pair(anna, booked.guid)
    claim = Claim(until=office.clock.now() + CLAIM_LASTS, modified_at=booked.modified_at)
    office.pairs.save(replace(pair, claim=claim))
    anna.calendar.change_by_hand(event_of(office, anna, booked.guid), subject="Edited by hand")

    office.poll(anna)
    assert office.told() == []
    office.pass_time(CLAIM_LASTS + SOON)
    office.poll(anna)

    assert office.crm.appointment(booked.guid).subject == "Edited by hand"


def test_an_older_push_does_not_write_over_a_newer_one_that_is_being_written(office: Office) -> None:
    anna = office.hire()
    booked = office.booked(anna)
    pair = office.pair(anna, booked.guid)
    claim = Claim(until=office.clock.now() + CLAIM_LASTS, modified_at=booked.modified_at + 2 * SOON)
    office.pairs.save(replace(pair, claim=claim))

    with pytest.raises(TryAgainLater):
        push_appointment(
            replace(booked, subject="Older", modified_at=booked.modified_at + SOON),
            ports=office.ports,
            correlation_id="push",
        )

    assert subjects(anna) == ["Call Mrs. Keller"]


def test_a_look_at_the_past_is_no_news(office: Office) -> None:
    anna = office.hire()
    office.booked(anna)
    old = the_event(anna)
    anna.calendar.events[old.id] = replace(old, subject="From before", modified_at=old.modified_at - SOON)

    office.poll(anna)

    assert office.told() == []


def test_a_page_that_was_read_before_a_push_does_not_bring_back_what_the_push_removed(office: Office) -> None:
    anna = office.hire()
    booked = office.booked(anna)
    view = anna.calendar.view

    def view_then_delete(window: Window) -> Iterator[Sequence[CalendarEvent]]:
        pages = list(view(window))
        if subjects(anna):
            office.remove(booked.guid, booked.modified_at + SOON)
        yield from pages

    anna.calendar.view = view_then_delete  # type: ignore[method-assign]  # a calendar in which things happen meanwhile
    anna.calendar.add_by_hand(subject="Own", schedule=booked.schedule)
    office.poll(anna)

    assert set(subjects(anna)) == {"Own"}
    assert [event_id for _, _, event_id in office.told()] == [the_event(anna).id]


def test_a_push_decides_anew_as_often_as_others_are_faster_and_then_gives_up_for_now(office: Office) -> None:
    anna = office.hire()
    booked = office.booked(anna)
    faster = ChangedMeanwhile("another version", status=412)
    changed = office.edited(booked, subject="Changed")

    anna.calendar.faults.before("change", faster, times=ATTEMPTS - 1)
    answer = push_appointment(changed, ports=office.ports, correlation_id="push")
    anna.calendar.faults.before("change", faster, times=ATTEMPTS)
    with pytest.raises(TryAgainLater) as given_up:
        push_appointment(office.edited(changed, subject="Again"), ports=office.ports, correlation_id="push")

    assert answer.outcome is Outcome.UPDATED
    assert given_up.value.throttled
    assert subjects(anna) == ["Changed"]


def test_a_removal_gives_up_for_now_when_others_are_always_faster(office: Office) -> None:
    anna = office.hire()
    booked = office.booked(anna)
    anna.calendar.faults.before("remove", ChangedMeanwhile("another version", status=412), times=ATTEMPTS)

    with pytest.raises(TryAgainLater):
        remove_appointment(
            Removal(appointment=booked.guid, modified_at=booked.modified_at + SOON),
            ports=office.ports,
            correlation_id="remove",
        )

    assert subjects(anna) == ["Call Mrs. Keller"]
    assert office.pair(anna, booked.guid).state is PairState.LINKED
