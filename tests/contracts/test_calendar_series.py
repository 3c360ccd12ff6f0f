"""What every Calendar does with series, the fake one and the one on Graph."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from shared_code.domain.events import EventContent, EventKind
from shared_code.domain.schedules import FOREVER, AllDay, Series, Timed, Window
from shared_code.domain.series import regular
from shared_code.use_cases.errors import ChangedMeanwhile, Refused
from tests.builders import a_time
from tests.contracts.mailboxes import a_new_event
from tests.contracts.series_mailboxes import (
    BERLIN,
    FIRST_DAY,
    SORTS,
    SeriesMailbox,
    a_series_mailbox,
    a_simulated_series_mailbox,
    monday,
    nine_in_berlin,
    occurrence,
    seen,
    series,
    weekly,
    whole,
)
from tests.control import Control

pytest_plugins = ["tests.contracts.simulators"]


@pytest.fixture(name="mailbox", params=SORTS)
def mailbox_fixture(request: pytest.FixtureRequest) -> Iterator[SeriesMailbox]:
    with a_series_mailbox(request.param, request) as mailbox:
        yield mailbox


def test_a_series_is_created_and_read_back(mailbox: SeriesMailbox) -> None:
    new = a_new_event(schedule=weekly())

    created = mailbox.calendar.create(new)

    read = mailbox.calendar.read(created.id)
    assert read == created
    assert (created.kind, created.schedule, created.mark) == (EventKind.SERIES_MASTER, weekly(), new.mark)
    assert whole(mailbox.calendar, created.id) == created


def test_a_weekly_series_keeps_its_hour_when_clocks_change(mailbox: SeriesMailbox) -> None:
    mailbox.calendar.create(a_new_event(schedule=weekly()))

    schedules = [event.schedule for event in seen(mailbox.calendar)]

    assert schedules == [nine_in_berlin(monday(number)) for number in range(8)]


def test_a_view_shows_occurrences_with_their_slots_and_no_master(mailbox: SeriesMailbox) -> None:
    new = a_new_event(schedule=weekly(count=2))
    created = mailbox.calendar.create(new)

    first, second = seen(mailbox.calendar)

    assert {first.kind, second.kind} == {EventKind.OCCURRENCE}
    assert (first.slot_day, second.slot_day) == (monday(0), monday(1))
    assert (first.original_start, second.original_start) == tuple(
        nine_in_berlin(monday(number)).start_at for number in (0, 1)
    )
    assert {first.series_master_id, second.series_master_id} == {created.id}
    assert {first.change_key, second.change_key} == {created.change_key}
    assert len({first.id, second.id, created.id}) == 3
    assert second.mark == (new.mark if mailbox.shows_marks else None)
    assert mailbox.calendar.read(second.id) == second


def test_a_window_shows_the_occurrences_of_a_series_that_began_years_before(mailbox: SeriesMailbox) -> None:
    mailbox.owner.add_weekly("Stand-up", nine_in_berlin(date(2015, 1, 5)), None)
    window = Window(start_at=datetime(2026, 11, 23, tzinfo=UTC), end_at=datetime(2026, 12, 8, tzinfo=UTC))

    shown = seen(mailbox.calendar, window)

    assert [event.slot_day for event in shown] == [date(2026, 11, 23), date(2026, 11, 30), date(2026, 12, 7)]


@pytest.mark.parametrize(
    "lines",
    [
        "RRULE:FREQ=DAILY;INTERVAL=3;COUNT=5",
        "RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH;WKST=SU;COUNT=7",
        "RRULE:FREQ=WEEKLY;BYDAY=MO,FR;UNTIL=20261127T080000Z",
        "RRULE:FREQ=MONTHLY;BYMONTHDAY=5;COUNT=3",
        "RRULE:FREQ=MONTHLY;BYDAY=1MO;COUNT=3",
        "RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=3;COUNT=3",
        "RRULE:FREQ=YEARLY;BYMONTH=10;BYMONTHDAY=5;COUNT=3",
        "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=1MO",
        "RRULE:FREQ=DAILY",
    ],
)
def test_every_pattern_and_range_comes_back_as_it_was_written(mailbox: SeriesMailbox, lines: str) -> None:
    wanted = series(lines)

    created = mailbox.calendar.create(a_new_event(schedule=wanted))

    assert created.schedule == wanted


def test_a_series_without_an_end_has_none(mailbox: SeriesMailbox) -> None:
    created = mailbox.calendar.create(a_new_event(schedule=weekly(count=None)))
    far = date(2036, 9, 29)

    there = mailbox.calendar.read_occurrence(whole(mailbox.calendar, created.id), far)

    assert isinstance(created.schedule, Series)
    assert created.schedule.ends_at == FOREVER
    assert there is not None
    assert there.schedule == nine_in_berlin(far)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/Los_Angeles", "Asia/Kolkata", "Pacific/Auckland", None])
def test_a_series_keeps_its_zone(mailbox: SeriesMailbox, zone: str | None) -> None:
    start_at = datetime(2026, 10, 5, 9, tzinfo=ZoneInfo(zone or "UTC")).astimezone(UTC)
    first = Timed(start_at=start_at, end_at=start_at + timedelta(hours=1), zone=zone)
    wanted = series("RRULE:FREQ=WEEKLY;COUNT=30", first=first)

    created = mailbox.calendar.create(a_new_event(schedule=wanted))

    assert created.schedule == wanted
    shown = [event.schedule for event in seen(mailbox.calendar)]
    assert shown == [replace(_at_home(wanted, day), zone=zone) for day in (monday(n) for n in range(len(shown)))]


def _at_home(of: Series, day: date) -> Timed:
    there = regular(of, day).schedule
    assert isinstance(there, Timed)
    return there


@pytest.mark.parametrize("days", [1, 2])
def test_a_series_of_whole_days_stays_on_its_days(mailbox: SeriesMailbox, days: int) -> None:
    first = AllDay(first_day=FIRST_DAY, day_after=FIRST_DAY + timedelta(days=days))
    wanted = weekly(count=4, first=first)

    created = mailbox.calendar.create(a_new_event(schedule=wanted))

    shown = seen(mailbox.calendar)
    assert created.schedule == wanted
    assert [event.slot_day for event in shown] == [monday(number) for number in range(4)]
    assert [event.schedule for event in shown] == [
        AllDay(first_day=monday(number), day_after=monday(number) + timedelta(days=days)) for number in range(4)
    ]
    assert occurrence(mailbox.calendar, created.id, monday(2)).schedule == shown[2].schedule


def test_a_series_of_whole_days_tells_what_it_lost_and_what_was_changed(mailbox: SeriesMailbox) -> None:
    first = AllDay(first_day=FIRST_DAY, day_after=FIRST_DAY + timedelta(days=1))
    master = mailbox.owner.add_weekly("Market day", first, 6)
    mailbox.owner.rename(master, monday(2), "Market day, indoors")
    mailbox.owner.delete(master, monday(3))

    read = whole(mailbox.calendar, master)

    assert read.schedule == replace(weekly(count=6, first=first), removed=frozenset({monday(3)}))
    assert [(each.slot_day, each.subject) for each in read.exceptions] == [(monday(2), "Market day, indoors")]


def test_a_rule_goes_with_its_removed_days_and_its_exceptions_when_it_is_replaced(mailbox: SeriesMailbox) -> None:
    master = mailbox.owner.add_weekly("Stand-up", nine_in_berlin(FIRST_DAY), 8)
    mailbox.owner.rename(master, monday(1), "Planning")
    mailbox.owner.delete(master, monday(2))
    fortnightly = series("RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=4")
    before = whole(mailbox.calendar, master)

    changed = mailbox.calendar.change(
        master, EventContent(schedule=fortnightly, with_rule=True), change_key=before.change_key
    )

    after = whole(mailbox.calendar, master)
    assert changed.schedule == after.schedule == fortnightly
    assert after.exceptions == ()


def test_other_times_of_the_same_days_keep_removed_days_and_exceptions(mailbox: SeriesMailbox) -> None:
    master = mailbox.owner.add_weekly("Stand-up", nine_in_berlin(FIRST_DAY), 8)
    mailbox.owner.rename(master, monday(1), "Planning")
    mailbox.owner.delete(master, monday(2))
    before = whole(mailbox.calendar, master)
    later = weekly(first=nine_in_berlin(FIRST_DAY, hour=14))

    mailbox.calendar.change(master, EventContent(schedule=later), change_key=before.change_key)

    after = whole(mailbox.calendar, master)
    assert after.schedule == replace(later, removed=frozenset({monday(2)}))
    assert [(each.slot_day, each.subject) for each in after.exceptions] == [(monday(1), "Planning")]
    shown = {event.slot_day: event.schedule for event in seen(mailbox.calendar)}
    assert shown[monday(5)] == nine_in_berlin(monday(5), hour=14)


def test_what_is_written_to_a_series_holds_for_its_occurrences_but_not_for_what_they_have_of_their_own(
    mailbox: SeriesMailbox,
) -> None:
    created = mailbox.calendar.create(a_new_event(schedule=weekly(count=3)))
    mailbox.owner.rename(created.id, monday(1), "Planning")
    before = whole(mailbox.calendar, created.id)

    mailbox.calendar.change(created.id, EventContent(subject="New", location="Room 2"), change_key=before.change_key)

    shown = [(event.subject, event.location) for event in seen(mailbox.calendar)]
    assert shown == [("New", "Room 2"), ("Planning", "Room 2"), ("New", "Room 2")]
    assert whole(mailbox.calendar, created.id).schedule == weekly(count=3)


def test_a_single_event_becomes_a_series_and_a_single_event_again(mailbox: SeriesMailbox) -> None:
    created = mailbox.calendar.create(a_new_event(schedule=nine_in_berlin(FIRST_DAY)))

    repeated = mailbox.calendar.change(
        created.id, EventContent(schedule=weekly(count=3), with_rule=True), change_key=created.change_key
    )
    three = len(seen(mailbox.calendar))
    once = mailbox.calendar.change(
        created.id,
        EventContent(schedule=nine_in_berlin(monday(1)), with_rule=True),
        change_key=repeated.change_key,
    )

    assert (repeated.kind, repeated.schedule, three) == (EventKind.SERIES_MASTER, weekly(count=3), 3)
    assert (once.kind, once.schedule) == (EventKind.SINGLE, nine_in_berlin(monday(1)))
    assert [event.id for event in seen(mailbox.calendar)] == [created.id]


def test_a_single_event_is_read_as_a_series_all_the_same(mailbox: SeriesMailbox) -> None:
    created = mailbox.calendar.create(a_new_event(schedule=a_time()))

    plain, read = mailbox.calendar.read(created.id), mailbox.calendar.read_series(created.id)
    mailbox.calendar.remove(created.id, change_key=created.change_key)

    assert plain is not None
    assert read == plain
    assert mailbox.calendar.read_series(created.id) is None


def test_a_series_in_a_zone_that_nobody_can_name_is_refused(mailbox: SeriesMailbox) -> None:
    master = mailbox.owner.add_unreadable()

    with pytest.raises(Refused) as refusal:
        mailbox.calendar.read_series(master)

    assert refusal.value.code == "UnreadableEvent"


def test_our_series_are_found_by_their_masters(mailbox: SeriesMailbox) -> None:
    new = a_new_event(schedule=weekly())
    created = mailbox.calendar.create(new)

    [by_property] = mailbox.calendar.find(new.property_value)
    [by_mark] = [event for page in mailbox.calendar.find_ours() for event in page]

    assert by_property == created
    assert by_mark == replace(created, property_value=new.property_value)


def test_a_series_goes_with_all_its_occurrences(mailbox: SeriesMailbox) -> None:
    created = mailbox.calendar.create(a_new_event(schedule=weekly()))

    removed = mailbox.calendar.remove(created.id, change_key=created.change_key)

    assert removed
    assert seen(mailbox.calendar) == []
    assert mailbox.calendar.read_series(created.id) is None


def test_a_series_split_by_hand_is_two(mailbox: SeriesMailbox) -> None:
    created = mailbox.calendar.create(a_new_event(schedule=weekly()))

    later = mailbox.owner.split(created.id, monday(3), "From here on")

    before, after = whole(mailbox.calendar, created.id), whole(mailbox.calendar, later)
    last = nine_in_berlin(monday(2))
    assert before.schedule == series(f"RRULE:FREQ=WEEKLY;UNTIL={last.start_at:%Y%m%dT%H%M%SZ}")
    assert after.schedule == weekly(count=5, first=nine_in_berlin(monday(3)))
    assert (before.subject, after.subject) == ("Call Wingtip", "From here on")
    assert len(seen(mailbox.calendar)) == 8


def test_a_rule_changed_by_hand_is_another_version(mailbox: SeriesMailbox) -> None:
    created = mailbox.calendar.create(a_new_event(schedule=weekly()))
    daily = nine_in_berlin(FIRST_DAY, hour=10)
    mailbox.owner.make_daily(created.id, daily)

    with pytest.raises(ChangedMeanwhile):
        mailbox.calendar.change(created.id, EventContent(subject="Ours"), change_key=created.change_key)

    assert whole(mailbox.calendar, created.id).schedule == series("RRULE:FREQ=DAILY", first=daily)


def test_an_hour_that_clocks_skip_is_an_hour_later_that_day(mailbox: SeriesMailbox) -> None:
    first = nine_in_berlin(date(2026, 3, 22), hour=2)
    created = mailbox.calendar.create(a_new_event(schedule=weekly(count=3, first=first)))

    there = occurrence(mailbox.calendar, created.id, date(2026, 3, 29))

    assert isinstance(there.schedule, Timed)
    assert there.schedule.start_at.astimezone(BERLIN).hour == 3
    assert there.slot_day == date(2026, 3, 29)


def test_a_series_is_read_whole_for_one_request_and_one_more_for_each_further_page_of_exceptions(
    simulators: dict[str, str],
) -> None:
    control = Control(simulators["ControlUrl"])
    with a_simulated_series_mailbox(simulators, otherwise=True) as mailbox:
        masters = [mailbox.owner.add_weekly("Stand-up", nine_in_berlin(FIRST_DAY), 30) for _ in range(2)]
        for number in range(21):
            mailbox.owner.rename(masters[1], monday(number), f"Number {number}")

        asked = []
        for master in masters:
            before = control.mark()
            whole(mailbox.calendar, master)
            asked.append([entry["Status"] for entry in control.journal("graph", before)])

    assert asked == [[200], [200, 200]]
