"""What every Calendar does, the fake one and the one on Graph."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from shared_code.domain.appointments import ShowAs
from shared_code.domain.events import EventContent, EventKind, Mark, ReminderToWrite, Sensitivity
from shared_code.domain.markup import canonical
from shared_code.domain.schedules import AllDay, Timed, Window
from shared_code.use_cases.errors import AlreadyCreated, ChangedMeanwhile, EventGone
from tests.builders import NOW, a_time, an_appointment_guid
from tests.contracts.mailboxes import MailboxUnderTest, a_fake_mailbox, a_new_event, a_simulated_mailbox

pytest_plugins = ["tests.contracts.simulators"]

WEEK = Window(start_at=NOW - timedelta(days=1), end_at=NOW + timedelta(days=7))


@pytest.fixture(name="mailbox", params=("fake", "graph"))
def mailbox_fixture(request: pytest.FixtureRequest) -> MailboxUnderTest:
    if request.param == "fake":
        return a_fake_mailbox()
    return a_simulated_mailbox(request.getfixturevalue("simulators"))


def test_what_was_created_is_read_back(mailbox: MailboxUnderTest) -> None:
    new = a_new_event(
        location="Main Street 1", show_as=ShowAs.TENTATIVE, is_private=True, reminder=ReminderToWrite(minutes=5)
    )

    created = mailbox.calendar.create(new)
    read = mailbox.calendar.read(created.id)

    assert read is not None
    assert (read.id, read.change_key, read.kind) == (created.id, created.change_key, EventKind.SINGLE)
    assert (read.subject, read.location, read.show_as) == ("Call Wingtip", "Main Street 1", ShowAs.TENTATIVE)
    assert (read.sensitivity, read.reminder) == (Sensitivity.PRIVATE, 5)
    assert canonical(read.body_html) == "Bring the offer."
    assert (read.schedule, read.transaction_id, read.mark) == (new.content.schedule, new.transaction_id, new.mark)
    assert (created.mark, created.attendees, created.is_organizer) == (new.mark, (), True)
    assert created.web_link


def test_a_new_event_without_a_reminder_setting_gets_the_mailboxs_own(mailbox: MailboxUnderTest) -> None:
    created = mailbox.calendar.create(a_new_event())

    assert created.reminder == 15


def test_a_reminder_can_be_switched_off(mailbox: MailboxUnderTest) -> None:
    created = mailbox.calendar.create(a_new_event(reminder=ReminderToWrite(minutes=None)))

    assert created.reminder is None


def test_whole_days_stay_whole_days(mailbox: MailboxUnderTest) -> None:
    days = AllDay(first_day=date(2026, 11, 24), day_after=date(2026, 11, 26))

    created = mailbox.calendar.create(a_new_event(schedule=days))

    assert mailbox.calendar.read(created.id) == created
    assert created.schedule == days


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/Los_Angeles", "Asia/Kolkata"])
def test_times_of_a_zone_come_back_as_the_same_instants(mailbox: MailboxUnderTest, zone: str) -> None:
    schedule = replace(a_time(), zone=zone)

    created = mailbox.calendar.create(a_new_event(schedule=schedule))

    assert isinstance(created.schedule, Timed)
    assert (created.schedule.start_at, created.schedule.end_at) == (schedule.start_at, schedule.end_at)
    assert created.schedule.zone == zone


def test_the_second_of_two_equal_hours_is_kept_apart_from_the_first(mailbox: MailboxUnderTest) -> None:
    start_at = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)  # 02:30 in Berlin, for the second time that night

    created = mailbox.calendar.create(
        a_new_event(schedule=Timed(start_at=start_at, end_at=start_at + timedelta(hours=1), zone="Europe/Berlin"))
    )

    assert isinstance(created.schedule, Timed)
    assert created.schedule.start_at == start_at


def test_the_same_creation_twice_is_one_event(mailbox: MailboxUnderTest) -> None:
    new = a_new_event()

    first = mailbox.calendar.create(new)
    second = mailbox.calendar.create(new)

    assert second.id == first.id
    assert mailbox.hands.count() == 1


def test_a_creation_whose_content_changed_meanwhile_is_refused_as_made_before(mailbox: MailboxUnderTest) -> None:
    guid = an_appointment_guid()
    created = mailbox.calendar.create(a_new_event(appointment=guid))

    with pytest.raises(AlreadyCreated) as refusal:
        mailbox.calendar.create(a_new_event(appointment=guid, subject="Call Wingtip Toys"))

    assert refusal.value.event_id in (None, created.id)
    assert mailbox.hands.count() == 1


def test_an_event_is_found_by_its_property(mailbox: MailboxUnderTest) -> None:
    new = a_new_event()
    created = mailbox.calendar.create(new)
    mailbox.calendar.create(a_new_event())

    found = mailbox.calendar.find(new.property_value)

    assert [(event.id, event.mark) for event in found] == [(created.id, new.mark)]
    assert mailbox.calendar.find("nobody:1") == []


def test_a_copy_made_by_hand_is_found_by_the_same_property_but_has_no_transaction(mailbox: MailboxUnderTest) -> None:
    new = a_new_event()
    created = mailbox.calendar.create(new)
    copy = mailbox.hands.copy(created.id)

    found = {event.id: event for event in mailbox.calendar.find(new.property_value)}

    assert set(found) == {created.id, copy}
    assert (found[created.id].transaction_id, found[copy].transaction_id) == (new.transaction_id, None)
    assert found[copy].mark == new.mark


def test_only_the_fields_given_are_changed(mailbox: MailboxUnderTest) -> None:
    new = a_new_event(location="Main Street 1")
    created = mailbox.calendar.create(new)

    changed = mailbox.calendar.change(created.id, EventContent(subject="Call Contoso"), change_key=created.change_key)

    read = mailbox.calendar.read(created.id)
    assert read is not None
    assert (read.subject, read.location, read.schedule) == ("Call Contoso", "Main Street 1", new.content.schedule)
    assert (read.body_html, read.mark) == (created.body_html, new.mark)
    assert changed.change_key == read.change_key != created.change_key
    assert read.modified_at >= created.modified_at


def test_every_field_can_be_changed(mailbox: MailboxUnderTest) -> None:
    created = mailbox.calendar.create(a_new_event(is_private=True, reminder=ReminderToWrite(minutes=5)))
    content = EventContent(
        body_html="<p>New</p>",
        schedule=a_time(NOW + timedelta(days=2)),
        location="",
        show_as=ShowAs.OUT_OF_OFFICE,
        is_private=False,
        reminder=ReminderToWrite(minutes=None),
    )

    changed = mailbox.calendar.change(created.id, content, change_key=created.change_key)

    assert (canonical(changed.body_html), changed.schedule, changed.location) == ("New", content.schedule, "")
    assert (changed.show_as, changed.sensitivity, changed.reminder) == (ShowAs.OUT_OF_OFFICE, Sensitivity.NORMAL, None)


def test_hours_become_whole_days_and_back(mailbox: MailboxUnderTest) -> None:
    created = mailbox.calendar.create(a_new_event())
    days = AllDay(first_day=date(2026, 11, 24), day_after=date(2026, 11, 25))

    whole = mailbox.calendar.change(created.id, EventContent(schedule=days), change_key=created.change_key)
    hours = mailbox.calendar.change(created.id, EventContent(schedule=a_time()), change_key=whole.change_key)

    assert (whole.schedule, hours.schedule) == (days, a_time())


def test_a_change_to_another_version_is_refused(mailbox: MailboxUnderTest) -> None:
    created = mailbox.calendar.create(a_new_event())
    mailbox.hands.rename(created.id, "Renamed by hand")

    with pytest.raises(ChangedMeanwhile):
        mailbox.calendar.change(created.id, EventContent(subject="Ours"), change_key=created.change_key)

    read = mailbox.calendar.read(created.id)
    assert read is not None
    assert read.subject == "Renamed by hand"


def test_a_change_to_an_event_that_is_gone_says_so(mailbox: MailboxUnderTest) -> None:
    created = mailbox.calendar.create(a_new_event())
    mailbox.hands.delete(created.id)

    with pytest.raises(EventGone):
        mailbox.calendar.change(created.id, EventContent(subject="Ours"), change_key=created.change_key)

    assert mailbox.calendar.read(created.id) is None


def test_a_mark_is_replaced(mailbox: MailboxUnderTest) -> None:
    new = a_new_event()
    marked = replace(new, mark=replace(new.mark, lead_guid=an_appointment_guid(), lead_url="https://crm.example/1"))
    created = mailbox.calendar.create(marked)

    mailbox.calendar.mark(created.id, new.mark)

    read = mailbox.calendar.read(created.id)
    assert read is not None
    assert read.mark == new.mark


def test_an_event_made_by_hand_can_be_marked(mailbox: MailboxUnderTest) -> None:
    event_id = mailbox.hands.add("Dentist", a_time())
    mark = Mark(appointment=an_appointment_guid(), lead_url="https://crm.example/leads/1")
    before = mailbox.calendar.read(event_id)

    mailbox.calendar.mark(event_id, mark)

    after = mailbox.calendar.read(event_id)
    assert before is not None
    assert after is not None
    assert (before.mark, after.mark) == (None, mark)


def test_marking_an_event_that_is_gone_says_so(mailbox: MailboxUnderTest) -> None:
    event_id = mailbox.hands.add("Dentist", a_time())
    mailbox.hands.delete(event_id)

    with pytest.raises(EventGone):
        mailbox.calendar.mark(event_id, Mark(appointment=an_appointment_guid()))


def test_a_removed_event_is_gone_and_removing_it_again_is_no_error(mailbox: MailboxUnderTest) -> None:
    created = mailbox.calendar.create(a_new_event())

    first = mailbox.calendar.remove(created.id, change_key=created.change_key)
    second = mailbox.calendar.remove(created.id, change_key=created.change_key)

    assert (first, second, mailbox.hands.count()) == (True, False, 0)


def test_another_version_is_not_removed(mailbox: MailboxUnderTest) -> None:
    created = mailbox.calendar.create(a_new_event())
    mailbox.hands.rename(created.id, "Renamed by hand")

    with pytest.raises(ChangedMeanwhile):
        mailbox.calendar.remove(created.id, change_key=created.change_key)

    assert mailbox.hands.count() == 1


def test_a_view_shows_what_overlaps_the_window(mailbox: MailboxUnderTest) -> None:
    created = mailbox.calendar.create(a_new_event())
    by_hand = mailbox.hands.add("Dentist", a_time(NOW + timedelta(days=3)))
    mailbox.hands.add("Too early", a_time(WEEK.start_at - timedelta(hours=2)))
    mailbox.hands.add("Too late", a_time(WEEK.end_at + timedelta(hours=2)))
    across = mailbox.hands.add("Across", a_time(WEEK.start_at - timedelta(hours=1), lasting=timedelta(hours=2)))

    seen = {event.id: event for page in mailbox.calendar.view(WEEK) for event in page}

    assert set(seen) == {created.id, by_hand, across}
    assert (seen[created.id].mark, seen[by_hand].mark) == (created.mark, None)


def test_a_view_of_many_events_is_complete(mailbox: MailboxUnderTest) -> None:
    made = {mailbox.hands.add(f"Event {number}", a_time(NOW + timedelta(minutes=number))) for number in range(120)}

    pages = list(mailbox.calendar.view(WEEK))

    assert {event.id for page in pages for event in page} == made
    assert len(pages) > 1


def test_a_view_of_nothing_is_empty(mailbox: MailboxUnderTest) -> None:
    assert [event for page in mailbox.calendar.view(WEEK) for event in page] == []


def test_an_event_in_another_calendar_leaves_the_view_and_keeps_its_id(mailbox: MailboxUnderTest) -> None:
    created = mailbox.calendar.create(a_new_event())

    mailbox.hands.move_away(created.id)

    read = mailbox.calendar.read(created.id)
    assert read is not None
    assert (read.id, read.mark) == (created.id, created.mark)
    assert [event for page in mailbox.calendar.view(WEEK) for event in page] == []


def test_attendees_are_seen(mailbox: MailboxUnderTest) -> None:
    created = mailbox.calendar.create(a_new_event())

    mailbox.hands.invite(created.id, "sam@fabrikam.example")

    read = mailbox.calendar.read(created.id)
    assert read is not None
    assert (read.attendees, read.has_attendees) == (("sam@fabrikam.example",), True)


def test_creating_changing_marking_and_removing_mail_nobody(mailbox: MailboxUnderTest) -> None:
    created = mailbox.calendar.create(a_new_event())
    changed = mailbox.calendar.change(created.id, EventContent(subject="New"), change_key=created.change_key)
    mailbox.calendar.mark(changed.id, Mark(appointment=an_appointment_guid()))
    marked = mailbox.calendar.read(created.id)
    assert marked is not None

    mailbox.calendar.remove(marked.id, change_key=marked.change_key)

    assert mailbox.hands.mails() == 0


def test_changing_a_meeting_mails_its_attendees(mailbox: MailboxUnderTest) -> None:
    created = mailbox.calendar.create(a_new_event())
    mailbox.hands.invite(created.id, "sam@fabrikam.example")
    meeting = mailbox.calendar.read(created.id)
    assert meeting is not None

    mailbox.calendar.change(meeting.id, EventContent(subject="New"), change_key=meeting.change_key)

    assert mailbox.hands.mails() > 0
