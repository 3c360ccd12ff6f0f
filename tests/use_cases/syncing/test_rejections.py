"""What SalesExec will not take is remembered and not repeated; what it knew already is completed."""

from datetime import timedelta

from shared_code.domain.pairs import PairState
from shared_code.domain.receipts import Outcome
from shared_code.use_cases.errors import TryAgainLater
from tests.builders import a_time
from tests.use_cases.office import Office, event_of


def test_a_rejected_import_is_not_asked_again_until_the_event_changes(office: Office) -> None:
    anna = office.hire()
    office.crm.rejected_subjects.add("Forbidden")
    event = anna.calendar.add_by_hand(subject="Forbidden", schedule=a_time())

    for _ in range(3):
        office.poll(anna)
    assert len(office.told()) == 1
    anna.calendar.change_by_hand(event.id, categories=("Blue",))
    office.poll(anna)
    assert len(office.told()) == 1
    anna.calendar.change_by_hand(event.id, subject="Allowed")
    for _ in range(3):
        office.poll(anna)

    assert [each.subject for each in office.active(anna)] == ["Allowed"]
    assert len(office.told()) == 2


def test_an_event_that_was_rejected_once_is_synced_both_ways_when_it_was_taken(office: Office) -> None:
    anna = office.hire()
    office.crm.rejected_subjects.add("Forbidden")
    event = anna.calendar.add_by_hand(subject="Forbidden", schedule=a_time())
    office.poll(anna)
    anna.calendar.change_by_hand(event.id, subject="Allowed")
    office.poll(anna)
    [imported] = office.active(anna)

    answer = office.push(office.edited(imported, subject="Renamed in SalesExec"))
    anna.calendar.change_by_hand(event.id, location="Room 7")
    office.poll(anna)

    assert answer.outcome is Outcome.UPDATED
    assert office.crm.appointment(imported.guid).location == "Room 7"
    assert office.pair(anna, imported.guid).state is PairState.LINKED


def test_a_rejected_edit_is_in_the_receipt_and_the_next_edit_is_sent(office: Office) -> None:
    anna = office.hire()
    booked = office.booked(anna)
    event_id = event_of(office, anna, booked.guid)
    office.crm.rejected_subjects.add("Forbidden")

    anna.calendar.change_by_hand(event_id, subject="Forbidden")
    office.poll(anna)
    office.poll(anna)
    assert len(office.told()) == 1
    assert office.receipt(anna, booked.guid)[0].outcome is Outcome.REJECTED
    anna.calendar.change_by_hand(event_id, subject="Allowed")
    office.poll(anna)

    assert office.crm.appointment(booked.guid).subject == "Allowed"


def test_an_import_whose_answer_was_lost_is_completed_by_a_second_change(office: Office) -> None:
    anna = office.hire()
    event = anna.calendar.add_by_hand(subject="Dentist", schedule=a_time())
    office.crm.faults.after("tell", TryAgainLater("lost", retry_after=timedelta(seconds=5)))
    office.poll(anna)
    anna.calendar.change_by_hand(event.id, subject="Dentist, 2nd floor")

    office.pass_time(timedelta(minutes=1))

    [imported] = office.active(anna)
    assert imported.subject == "Dentist, 2nd floor"
    assert office.pair(anna, imported.guid).event_id == event.id
    changes = [change for call in office.crm.calls for change in call]
    assert len({change.change_id for change in changes if change.appointment is None}) == 1
    assert changes[-1].appointment == imported.guid
    assert "ReminderMinutes" not in [name.value for name in changes[-1].changed]


def test_sequences_rise_also_when_the_pairs_were_lost(office: Office) -> None:
    anna = office.hire()
    event = anna.calendar.add_by_hand(subject="Dentist", schedule=a_time())
    office.poll(anna)
    anna.calendar.change_by_hand(event.id, subject="Dentist, 2nd floor")
    office.poll(anna)
    lost = office.pair(anna, office.active(anna)[0].guid)
    office.pairs._pairs.clear()  # noqa: SLF001 - a table that was lost

    office.pass_time(timedelta(minutes=1))
    anna.calendar.change_by_hand(event.id, subject="Dentist, 3rd floor")
    office.poll(anna)

    assert [each.subject for each in office.active(anna)] == ["Dentist, 3rd floor"]
    assert office.pair(anna, lost.appointment).sequence > lost.sequence
