"""A calendar that changes while its pages are read: an event may be on two of them, or on none."""

from collections.abc import Iterator, Sequence

import pytest

from shared_code.domain.cleanups import CleanupState
from shared_code.domain.events import CalendarEvent, OddEvent
from shared_code.domain.schedules import Window
from shared_code.use_cases.cleanup_jobs import start_for_rep
from tests.fakes.calendar import FakeCalendar
from tests.use_cases.cleaning import HOUR, OUTLOOK, figures, in_days, view
from tests.use_cases.office import Office, subjects


def test_an_event_on_two_pages_is_told_once(office: Office) -> None:
    anna = office.hire()
    for number in range(3):
        anna.calendar.add_by_hand(subject=f"Own {number}", schedule=in_days(office, 1 + number))

    def shifted(window: Window) -> Iterator[Sequence[CalendarEvent]]:
        [page] = FakeCalendar.view(anna.calendar, window)
        yield page[:2]
        yield page[1:]

    anna.calendar.view = shifted  # type: ignore[method-assign]  # for this mailbox only
    office.poll(anna)

    [changes] = office.crm.calls
    assert len(changes) == len({change.change_id for change in changes}) == 3
    assert sorted(each.subject for each in office.active(anna)) == ["Own 0", "Own 1", "Own 2"]
    assert office.poisoned == []


@pytest.mark.parametrize("lost", [False, True], ids=["with mappings", "without mappings"])
def test_an_event_that_the_search_of_a_clean_up_missed_goes_all_the_same(office: Office, lost: bool) -> None:
    anna = office.hire()
    for number in range(4):
        office.booked(anna, subject=f"Ours {number}")
    if lost:
        office.pairs.lose()

    def shifted() -> Iterator[Sequence[CalendarEvent | OddEvent]]:
        del anna.calendar.find_ours
        [page] = anna.calendar.find_ours()
        yield page[1:]

    anna.calendar.find_ours = shifted  # type: ignore[method-assign]  # once, and for this mailbox only
    started = start_for_rep(anna.user, OUTLOOK, office.ports)
    office.pass_time(HOUR)

    assert subjects(anna) == []
    assert figures(view(office, started)) == (CleanupState.DONE, 4, 4, 0)
