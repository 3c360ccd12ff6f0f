"""What every calendar does with several things in one request, the fake one and the one on Graph."""

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from shared_code.domain.events import CalendarEvent
from shared_code.domain.identifiers import EventId
from shared_code.domain.schedules import Window
from shared_code.use_cases.errors import ChangedMeanwhile, SyncError, TryAgainLater
from tests.builders import NOW, a_time
from tests.contracts.mailboxes import (
    MailboxUnderTest,
    a_fake_mailbox,
    a_new_event,
    a_simulated_mailbox,
    connection_of,
    graph_calendars,
)
from tests.control import Control, Rep
from tests.fakes.calendar import FakeCalendar

pytest_plugins = ["tests.contracts.simulators"]

WEEK = Window(start_at=NOW - timedelta(days=1), end_at=NOW + timedelta(days=7))
LATER = Window(start_at=NOW + timedelta(days=20), end_at=NOW + timedelta(days=30))


@pytest.fixture(name="mailbox", params=("fake", "graph"))
def mailbox_fixture(request: pytest.FixtureRequest) -> MailboxUnderTest:
    if request.param == "fake":
        return a_fake_mailbox()
    return a_simulated_mailbox(request.getfixturevalue("simulators"))


@pytest.fixture(name="control")
def control_fixture(simulators: dict[str, str]) -> Control:
    return Control(simulators["ControlUrl"])


@pytest.fixture(name="rep")
def rep_fixture(control: Control) -> Rep:
    return control.new_rep()


def key_of(event: CalendarEvent) -> tuple[EventId, str]:
    return event.id, event.change_key


def ours_of(mailbox: MailboxUnderTest) -> dict[EventId, CalendarEvent]:
    found = [event for page in mailbox.calendar.find_ours() for event in page]
    return {event.id: event for event in found if isinstance(event, CalendarEvent)}


def kinds_of(removals: Sequence[bool | SyncError]) -> list[bool | type[SyncError]]:
    return [each if isinstance(each, bool) else type(each) for each in removals]


def test_an_event_and_a_window_are_read_as_each_alone(mailbox: MailboxUnderTest) -> None:
    created = mailbox.calendar.create(a_new_event())
    mailbox.hands.add("Dentist", a_time())
    mailbox.hands.add("Holiday", a_time(LATER.start_at))

    event, view = mailbox.calendar.read_and_view(created.id, WEEK)

    assert event == mailbox.calendar.read(created.id)
    assert view is not None
    alone = [each for page in mailbox.calendar.view(WEEK) for each in page]
    assert sorted(each.id for each in view) == sorted(each.id for each in alone)
    assert {each.id: each.mark for each in view}[created.id] == created.mark


def test_a_window_with_nothing_in_it_is_empty(mailbox: MailboxUnderTest) -> None:
    created = mailbox.calendar.create(a_new_event())

    event, view = mailbox.calendar.read_and_view(created.id, LATER)

    assert (event is None, view) == (False, [])


def test_of_a_full_window_the_first_events_are_read(mailbox: MailboxUnderTest) -> None:
    made = {mailbox.hands.add(f"Event {number}", a_time(NOW + timedelta(minutes=number))) for number in range(60)}

    _, view = mailbox.calendar.read_and_view(next(iter(made)), WEEK)

    assert view is not None
    assert len(view) == 50
    assert {event.id for event in view} <= made


def test_an_event_that_is_gone_is_none_and_its_window_is_read(mailbox: MailboxUnderTest) -> None:
    gone, stays = (mailbox.hands.add(subject, a_time()) for subject in ("Dentist", "Lunch"))
    mailbox.hands.delete(gone)

    event, view = mailbox.calendar.read_and_view(gone, WEEK)

    assert event is None
    assert view is not None
    assert [each.id for each in view] == [stays]


def test_many_events_are_removed_and_each_has_its_outcome(mailbox: MailboxUnderTest) -> None:
    removed, gone, renamed, stays = (mailbox.calendar.create(a_new_event()) for _ in range(4))
    mailbox.hands.delete(gone.id)
    mailbox.hands.rename(renamed.id, "Renamed by hand")

    outcomes = mailbox.calendar.remove_batch([key_of(each) for each in (renamed, removed, gone)])

    assert kinds_of(outcomes) == [ChangedMeanwhile, True, False]
    assert mailbox.calendar.read(removed.id) is None
    assert mailbox.calendar.read(renamed.id) is not None
    assert mailbox.calendar.read(stays.id) is not None


def test_twenty_are_removed_at_once_and_nobody_gets_mail(mailbox: MailboxUnderTest) -> None:
    made = [mailbox.calendar.create(a_new_event()) for _ in range(20)]

    first = mailbox.calendar.remove_batch([key_of(each) for each in made])
    second = mailbox.calendar.remove_batch([key_of(each) for each in made])

    assert (first, second) == ([True] * 20, [False] * 20)
    assert (mailbox.hands.count(), mailbox.hands.mails()) == (0, 0)


def test_nothing_to_remove_is_no_trouble(mailbox: MailboxUnderTest) -> None:
    assert mailbox.calendar.remove_batch([]) == []


def test_many_events_are_read_and_each_as_alone(mailbox: MailboxUnderTest) -> None:
    here, gone, elsewhere = (mailbox.calendar.create(a_new_event()) for _ in range(3))
    mailbox.hands.delete(gone.id)
    mailbox.hands.move_away(elsewhere.id)

    read = mailbox.calendar.read_batch([gone.id, elsewhere.id, here.id])

    assert read == [None, mailbox.calendar.read(elsewhere.id), mailbox.calendar.read(here.id)]
    assert mailbox.calendar.read_batch([]) == []


def test_our_events_are_found_in_every_calendar_with_their_proofs(mailbox: MailboxUnderTest) -> None:
    news = [a_new_event(), a_new_event(schedule=a_time(NOW - timedelta(days=400)))]
    here, long_ago = (mailbox.calendar.create(new) for new in news)
    elsewhere = mailbox.calendar.create(a_new_event())
    mailbox.hands.move_away(elsewhere.id)
    mailbox.hands.add("Dentist", a_time())

    found = ours_of(mailbox)

    assert set(found) == {here.id, long_ago.id, elsewhere.id}
    proofs = [(found[each.id].transaction_id, found[each.id].property_value) for each in (here, long_ago)]
    assert proofs == [(new.transaction_id, new.property_value) for new in news]
    assert found[here.id].mark == news[0].mark
    read = mailbox.calendar.read(here.id)
    assert read is not None
    assert replace(found[here.id], property_value=None) == read


def test_a_copy_made_by_hand_is_found_and_has_the_same_property(mailbox: MailboxUnderTest) -> None:
    new = a_new_event()
    created = mailbox.calendar.create(new)
    copy = mailbox.hands.copy(created.id)

    found = ours_of(mailbox)

    assert {each.property_value for each in found.values()} == {new.property_value}
    assert (found[created.id].transaction_id, found[copy].transaction_id) == (new.transaction_id, None)


def test_where_nothing_is_ours_nothing_is_found(mailbox: MailboxUnderTest) -> None:
    mailbox.hands.add("Dentist", a_time())

    assert ours_of(mailbox) == {}


def test_many_of_ours_are_found_in_pages(mailbox: MailboxUnderTest) -> None:
    made = {mailbox.calendar.create(a_new_event()).id for _ in range(60)}

    pages = list(mailbox.calendar.find_ours())

    assert {event.id for page in pages for event in page} == made
    assert len(pages) > 1


def test_a_found_event_can_be_removed_by_its_version_wherever_it_is(mailbox: MailboxUnderTest) -> None:
    for _ in range(3):
        mailbox.hands.move_away(mailbox.calendar.create(a_new_event()).id)

    outcomes = mailbox.calendar.remove_batch([key_of(event) for event in ours_of(mailbox).values()])

    assert (outcomes, ours_of(mailbox)) == ([True] * 3, {})


def test_what_the_fakes_window_could_not_be_read_for_costs_the_window_only() -> None:
    calendar = FakeCalendar()
    created = calendar.create(a_new_event())
    calendar.faults.before("view", TryAgainLater("down", retry_after=timedelta(seconds=1)))

    event, view = calendar.read_and_view(created.id, WEEK)

    assert (event, view) == (created, None)


def test_a_fake_event_that_is_not_removed_has_its_own_error() -> None:
    calendar = FakeCalendar()
    first, second = (calendar.create(a_new_event()) for _ in range(2))
    calendar.faults.before("remove", TryAgainLater("busy", retry_after=timedelta(seconds=1), throttled=True))

    assert kinds_of(calendar.remove_batch([key_of(first), key_of(second)])) == [TryAgainLater, True]


def test_a_throttled_window_costs_the_window_only(simulators: dict[str, str], control: Control, rep: Rep) -> None:
    mailbox = a_simulated_mailbox(simulators, rep)
    created = mailbox.calendar.create(a_new_event())
    control.fault("graph", "throttle", RetryAfter="30", Match={"PathContains": "calendarView", "Actor": rep.upn})

    event, view = mailbox.calendar.read_and_view(created.id, WEEK)

    assert (event is None, view) == (False, None)


@pytest.mark.parametrize("part", ["$batch", "/me/events/"])
def test_a_throttled_read_says_how_long_to_wait(
    simulators: dict[str, str], control: Control, rep: Rep, part: str
) -> None:
    mailbox = a_simulated_mailbox(simulators, rep)
    created = mailbox.calendar.create(a_new_event())
    control.fault("graph", "throttle", RetryAfter="41", Match={"PathContains": part, "Actor": rep.upn})

    with pytest.raises(TryAgainLater) as refusal:
        mailbox.calendar.read_and_view(created.id, WEEK)

    assert (refusal.value.throttled, refusal.value.retry_after) == (True, timedelta(seconds=41))


def test_removals_that_were_throttled_are_not_made_and_say_so(
    simulators: dict[str, str], control: Control, rep: Rep
) -> None:
    mailbox = a_simulated_mailbox(simulators, rep)
    made = [mailbox.calendar.create(a_new_event()) for _ in range(8)]
    third = f"/me/events/{made[2].id}"
    control.fault("graph", "throttle", RetryAfter="7", Match={"PathContains": third, "Actor": rep.upn})

    outcomes = mailbox.calendar.remove_batch([key_of(each) for each in made])

    assert set(kinds_of(outcomes)) <= {True, TryAgainLater}
    assert mailbox.hands.count() == kinds_of(outcomes).count(TryAgainLater) > 0
    throttled = outcomes[2]
    assert isinstance(throttled, TryAgainLater)
    assert (throttled.throttled, throttled.retry_after) == (True, timedelta(seconds=7))


def test_where_graph_cannot_tell_ours_they_are_found_all_the_same(
    simulators: dict[str, str], control: Control, rep: Rep
) -> None:
    mailbox = a_simulated_mailbox(simulators, rep)
    created = mailbox.calendar.create(a_new_event())
    mailbox.hands.add("Dentist", a_time())
    control.fault("graph", "unavailable", Status=500, Match={"PathContains": "/me/calendars/", "Actor": rep.upn})

    assert set(ours_of(mailbox)) == {created.id}


def test_whatever_is_asked_of_a_mailbox_at_once_graph_never_finds_it_too_much(
    simulators: dict[str, str], control: Control, rep: Rep
) -> None:
    calendars, connection = graph_calendars(simulators, rep), connection_of(rep)
    made = [calendars.of(connection).create(a_new_event()) for _ in range(60)]
    since = control.mark()

    def work(number: int) -> None:
        calendar = calendars.of(connection)
        match number % 6:
            case 0 | 1:
                calendar.read(made[number].id)
            case 2 | 3:
                calendar.read_and_view(made[number].id, WEEK)
            case 4:
                calendars.feed(connection).begin(WEEK)
            case _:
                wrong = replace(made[number], change_key="of another version")
                assert set(kinds_of(calendar.remove_batch([key_of(wrong)] * 8))) == {ChangedMeanwhile}

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(work, range(60)))

    statuses = Counter(entry["Status"] for entry in control.journal("graph", since, rep.upn))
    assert statuses[429] == 0
    assert statuses[200] > 60
