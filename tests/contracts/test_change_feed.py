"""What every ChangeFeed does, the fake one and the one on Graph."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared_code.domain.events import EventContent
from shared_code.domain.identifiers import EventId
from shared_code.domain.recurrence import read
from shared_code.domain.schedules import Window
from shared_code.domain.series import series_of
from shared_code.use_cases.errors import SyncStateLost
from shared_code.use_cases.ports import CalendarChanges
from tests.builders import NOW, a_time
from tests.contracts.mailboxes import MailboxUnderTest, a_fake_mailbox, a_new_event, a_simulated_mailbox
from tests.control import Control
from tests.fakes.change_feed import FakeChangeFeed

pytest_plugins = ["tests.contracts.simulators"]

WEEK = Window(start_at=NOW - timedelta(days=1), end_at=NOW + timedelta(days=7))
NEXT_MONTH = NOW + timedelta(days=30)
NOTHING: tuple[dict[EventId, str], set[EventId]] = ({}, set())


@pytest.fixture(name="mailbox", params=("fake", "graph"))
def mailbox_fixture(request: pytest.FixtureRequest) -> MailboxUnderTest:
    if request.param == "fake":
        return a_fake_mailbox()
    return a_simulated_mailbox(request.getfixturevalue("simulators"))


def told(changes: CalendarChanges) -> tuple[dict[EventId, str], set[EventId]]:
    return changes.changed, set(changes.removed)


def version(mailbox: MailboxUnderTest, event_id: EventId) -> str:
    event = mailbox.calendar.read(event_id)
    assert event is not None
    return event.change_key


def test_an_idle_calendar_has_nothing_to_tell_for_one_request(mailbox: MailboxUnderTest) -> None:
    mailbox.hands.add("Dentist", a_time())
    token = mailbox.feed.begin(WEEK)
    before = mailbox.tracking.asked()

    first = mailbox.feed.since(token)
    second = mailbox.feed.since(first.token)

    assert told(first) == told(second) == NOTHING
    assert mailbox.tracking.asked() - before == 2


def test_what_was_added_changed_and_removed_is_told_with_its_version(mailbox: MailboxUnderTest) -> None:
    renamed, deleted = (mailbox.hands.add(subject, a_time()) for subject in ("Dentist", "Lunch"))
    token = mailbox.feed.begin(WEEK)
    added = mailbox.hands.add("Call", a_time())
    mailbox.hands.rename(renamed, "Optician")
    mailbox.hands.delete(deleted)

    changes = mailbox.feed.since(token)

    assert changes.changed == {each: version(mailbox, each) for each in (added, renamed)}
    assert changes.removed == {deleted}


def test_what_was_told_is_not_told_again(mailbox: MailboxUnderTest) -> None:
    token = mailbox.feed.begin(WEEK)
    mailbox.hands.add("Dentist", a_time())

    changes = mailbox.feed.since(token)

    assert told(mailbox.feed.since(changes.token)) == NOTHING


def test_an_older_token_tells_it_again(mailbox: MailboxUnderTest) -> None:
    token = mailbox.feed.begin(WEEK)
    added = mailbox.hands.add("Dentist", a_time())

    first, second = mailbox.feed.since(token), mailbox.feed.since(token)

    assert set(first.changed) == set(second.changed) == {added}


def test_our_own_writes_are_told_with_the_version_that_the_write_returned(mailbox: MailboxUnderTest) -> None:
    token = mailbox.feed.begin(WEEK)
    created = mailbox.calendar.create(a_new_event())

    after_create = mailbox.feed.since(token)
    changed = mailbox.calendar.change(created.id, EventContent(subject="New"), change_key=created.change_key)
    after_change = mailbox.feed.since(after_create.token)

    assert after_create.changed == {created.id: created.change_key}
    assert after_change.changed == {created.id: changed.change_key}


def test_what_left_the_window_or_the_calendar_is_told_as_removed(mailbox: MailboxUnderTest) -> None:
    put_off, moved = (mailbox.hands.add(subject, a_time()) for subject in ("Dentist", "Lunch"))
    token = mailbox.feed.begin(WEEK)
    mailbox.hands.put_off(put_off, a_time(NEXT_MONTH))
    mailbox.hands.move_away(moved)

    changes = mailbox.feed.since(token)

    assert told(changes) == ({}, {put_off, moved})


def test_what_happens_outside_the_window_is_told_as_removed_too(mailbox: MailboxUnderTest) -> None:
    known = mailbox.hands.add("Holiday", a_time(NEXT_MONTH))
    token = mailbox.feed.begin(WEEK)
    unknown = mailbox.hands.add("Another holiday", a_time(NEXT_MONTH))
    mailbox.hands.rename(known, "Long holiday")

    changes = mailbox.feed.since(token)

    assert told(changes) == ({}, {known, unknown})


def test_what_came_into_the_window_is_told_as_changed(mailbox: MailboxUnderTest) -> None:
    event_id = mailbox.hands.add("Holiday", a_time(NEXT_MONTH))
    token = mailbox.feed.begin(WEEK)
    mailbox.hands.put_off(event_id, a_time())

    changes = mailbox.feed.since(token)

    assert told(changes) == ({event_id: version(mailbox, event_id)}, set())


def test_a_new_round_has_a_window_of_its_own(mailbox: MailboxUnderTest) -> None:
    mailbox.feed.begin(WEEK)
    token = mailbox.feed.begin(Window(start_at=NOW, end_at=NEXT_MONTH + timedelta(days=7)))
    added = mailbox.hands.add("Holiday", a_time(NEXT_MONTH))

    changes = mailbox.feed.since(token)

    assert set(changes.changed) == {added}


def test_a_hidden_change_is_never_told_and_does_not_hide_the_next(mailbox: MailboxUnderTest) -> None:
    hidden, seen = (mailbox.hands.add(subject, a_time()) for subject in ("Dentist", "Lunch"))
    token = mailbox.feed.begin(WEEK)
    mailbox.tracking.hide_next()
    mailbox.hands.rename(hidden, "Optician")
    mailbox.hands.rename(seen, "Long lunch")

    first = mailbox.feed.since(token)
    second = mailbox.feed.since(first.token)
    mailbox.hands.rename(hidden, "Dentist again")
    third = mailbox.feed.since(second.token)

    assert [set(each.changed) for each in (first, second, third)] == [{seen}, set(), {hidden}]


def test_a_forgotten_token_is_a_lost_state_and_a_new_round_goes_on(mailbox: MailboxUnderTest) -> None:
    token = mailbox.feed.begin(WEEK)
    mailbox.tracking.forget_tokens()

    with pytest.raises(SyncStateLost):
        mailbox.feed.since(token)

    token = mailbox.feed.begin(WEEK)
    added = mailbox.hands.add("Dentist", a_time())
    assert set(mailbox.feed.since(token).changed) == {added}


def test_a_token_that_nobody_gave_is_a_lost_state(mailbox: MailboxUnderTest) -> None:
    with pytest.raises(SyncStateLost):
        mailbox.feed.since("nonsense")


def test_many_changes_are_told_completely(mailbox: MailboxUnderTest) -> None:
    token = mailbox.feed.begin(WEEK)
    made = {mailbox.hands.add(f"Event {number}", a_time(NOW + timedelta(minutes=number))) for number in range(220)}

    changes = mailbox.feed.since(token)

    assert set(changes.changed) == made
    assert told(mailbox.feed.since(changes.token)) == NOTHING


DEEDS = st.lists(
    st.tuples(
        st.sampled_from(("add", "add outside", "rename", "put off", "delete", "move away", "look", "hide")),
        st.integers(0, 5),
    ),
    max_size=14,
)


class Diary:
    """Plays a list of deeds and keeps what the feed told beside what it should have told."""

    def __init__(self, mailbox: MailboxUnderTest) -> None:
        self._mailbox = mailbox
        self._events: list[EventId] = []
        self._hides = False
        self._untold: set[EventId] = set()
        self.token = mailbox.feed.begin(WEEK)

    def play(self, deed: str, number: int) -> None:
        """Do it, and look whether everything was told."""
        if deed == "look":
            self.look()
        elif deed == "hide":
            if not self._hides:
                self._mailbox.tracking.hide_next()
            self._hides = True
        elif deed.startswith("add"):
            event_id = self._mailbox.hands.add("New", a_time(NEXT_MONTH if "outside" in deed else None))
            self._events.append(event_id)
            self._happened(event_id)
        elif self._events:
            self._do(deed, self._events[number % len(self._events)])

    def look(self) -> None:
        """Ask the feed, which must tell of every event to which something happened that was not hidden."""
        changes = self._mailbox.feed.since(self.token)
        assert self._untold <= set(changes.changed) | changes.removed
        for event_id, change_key in changes.changed.items():
            assert version(self._mailbox, event_id) == change_key
        self._untold.clear()
        self.token = changes.token

    def _do(self, deed: str, event_id: EventId) -> None:
        hands = self._mailbox.hands
        deeds: dict[str, Callable[[], None]] = {
            "rename": lambda: hands.rename(event_id, "Renamed"),
            "put off": lambda: hands.put_off(event_id, a_time(NEXT_MONTH)),
            "delete": lambda: hands.delete(event_id),
            "move away": lambda: hands.move_away(event_id),
        }
        deeds[deed]()
        if deed in ("delete", "move away"):
            self._events.remove(event_id)
        self._happened(event_id)

    def _happened(self, event_id: EventId) -> None:
        if not self._hides:
            self._untold.add(event_id)
        self._hides = False


@settings(deadline=None)
@given(deeds=DEEDS)
def test_after_any_edits_the_fake_tells_of_all_that_was_not_hidden(deeds: list[tuple[str, int]]) -> None:
    diary = Diary(a_fake_mailbox())

    for deed, number in deeds:
        diary.play(deed, number)

    diary.look()


@settings(max_examples=12, deadline=None)
@given(deeds=DEEDS)
def test_after_any_edits_graph_tells_of_all_that_was_not_hidden(
    simulators: dict[str, str], deeds: list[tuple[str, int]]
) -> None:
    diary = Diary(a_simulated_mailbox(simulators))

    for deed, number in deeds:
        diary.play(deed, number)

    diary.look()


def test_a_series_is_told_by_its_master_and_by_every_occurrence_in_the_window(mailbox: MailboxUnderTest) -> None:
    first = replace(a_time(), zone="Europe/Berlin")
    created = mailbox.calendar.create(a_new_event(schedule=series_of(first, read(("RRULE:FREQ=DAILY",)))))
    occurrences = [event for page in mailbox.calendar.view(WEEK) for event in page]
    token = mailbox.feed.begin(WEEK)
    removed = occurrences[2]
    mailbox.calendar.remove(removed.id, change_key=removed.change_key)

    changes = mailbox.feed.since(token)

    assert set(changes.changed) == {created.id, *(each.id for each in occurrences)} - {removed.id}
    assert set(changes.changed.values()) == {version(mailbox, created.id)}
    assert changes.removed == frozenset()


@contextmanager
def switched(control: Control, switches: dict[str, str]) -> Iterator[None]:
    """Have the simulated Graph behave otherwise for a while."""
    usual = {each["Name"].replace(".", "__"): each["Value"] for each in control.call("GET", "switches")["Switches"]}
    control.switch(**switches)
    try:
        yield
    finally:
        control.switch(**{name: usual[name] for name in switches})


@pytest.mark.parametrize(
    "switches",
    [
        {"graph__delta_pages": "empty"},
        {"graph__delta_pages": "short"},
        {"graph__delta_items": "changed"},
        {"graph__delta_items": "minimal"},
        {"graph__delta_repeats": "in-round"},
        {"graph__delta_removed_at_first": "yes"},
    ],
    ids=str,
)
def test_however_graph_words_it_the_same_is_told(simulators: dict[str, str], switches: dict[str, str]) -> None:
    mailbox = a_simulated_mailbox(simulators)
    control = Control(simulators["ControlUrl"])
    renamed, deleted = (mailbox.hands.add(subject, a_time()) for subject in ("Dentist", "Lunch"))
    with switched(control, switches):
        token = mailbox.feed.begin(WEEK)
        mailbox.hands.rename(renamed, "Optician")
        mailbox.hands.delete(deleted)

        changes = mailbox.feed.since(token)

    assert told(changes) == ({renamed: version(mailbox, renamed)}, {deleted})


@pytest.mark.parametrize("repeats", ["in-later-round", "everywhere"])
def test_what_is_told_twice_is_told_as_it_is_now(simulators: dict[str, str], repeats: str) -> None:
    mailbox = a_simulated_mailbox(simulators)
    with switched(Control(simulators["ControlUrl"]), {"graph__delta_repeats": repeats}):
        token = mailbox.feed.begin(WEEK)
        added = mailbox.hands.add("Dentist", a_time())
        first = mailbox.feed.since(token)
        second = mailbox.feed.since(first.token)

    assert set(first.changed) == {added}
    assert set(second.changed) <= {added}
    assert all(key == version(mailbox, added) for key in (*first.changed.values(), *second.changed.values()))


@pytest.mark.parametrize(
    "switches",
    [
        {"graph__delta_lost_status": "400"},
        {"graph__delta_lost_status": "404", "graph__delta_lost_code": "SYNCSTATENOTFOUND"},
        {"graph__delta_lost_status": "404", "graph__delta_lost_code": "resyncRequired"},
        {"graph__delta_lost_code": "fullSyncRequired", "graph__delta_lost_location": "yes"},
        {"graph__delta_lost_status": "400", "graph__delta_lost_code": "syncStateInvalid"},
        {"graph__delta_lost_status": "404", "graph__delta_lost_code_stands": "inside"},
    ],
    ids=str,
)
def test_however_graph_says_that_it_forgot_the_state_is_lost(
    simulators: dict[str, str], switches: dict[str, str]
) -> None:
    mailbox = a_simulated_mailbox(simulators)
    token = mailbox.feed.begin(WEEK)
    mailbox.tracking.forget_tokens()

    with switched(Control(simulators["ControlUrl"]), switches), pytest.raises(SyncStateLost):
        mailbox.feed.since(token)


def test_a_fake_feed_can_repeat_itself_and_keep_quiet_about_what_was_never_inside() -> None:
    mailbox = a_fake_mailbox()
    feed = mailbox.feed
    assert isinstance(feed, FakeChangeFeed)
    feed.repeats, feed.tells_outside = True, False
    inside = mailbox.hands.add("Dentist", a_time())
    token = feed.begin(WEEK)
    mailbox.hands.add("Holiday", a_time(NEXT_MONTH))
    mailbox.hands.put_off(inside, a_time(NEXT_MONTH))
    added = mailbox.hands.add("Lunch", a_time())

    first = feed.since(token)
    second = feed.since(first.token)
    third = feed.since(second.token)

    assert [set(each.changed) for each in (first, second)] == [{added}, {added}]
    assert [set(each.removed) for each in (first, second)] == [{inside}, set()]
    assert told(third) == NOTHING
