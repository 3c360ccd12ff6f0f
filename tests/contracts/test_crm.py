"""What every Crm does, the fake one and SalesExec's REST API."""

from datetime import date, timedelta

import pytest

from shared_code.domain.appointments import MailboxDefault, ShowAs, Status
from shared_code.domain.changes import CHANGES_PER_CALL, ChangeAction, ChangeOutcome
from shared_code.domain.fields import Field
from shared_code.domain.identifiers import AppointmentGuid, change_id
from shared_code.domain.markup import canonical
from shared_code.domain.schedules import AllDay, Window
from tests.builders import NOW, a_time, an_appointment_guid
from tests.contracts.offices import Office, a_change, a_fake_office, a_simulated_office, an_event_for_crm

pytest_plugins = ["tests.contracts.simulators"]

MONTH = Window(start_at=NOW - timedelta(days=1), end_at=NOW + timedelta(days=30))


@pytest.fixture(name="office", params=("fake", "salesexec"))
def office_fixture(request: pytest.FixtureRequest) -> Office:
    if request.param == "fake":
        return a_fake_office()
    return a_simulated_office(request.getfixturevalue("simulators"))


def new_id() -> str:
    return change_id("test", an_appointment_guid())


def imported(office: Office, subject: str = "Dentist") -> AppointmentGuid:
    [result] = office.crm.tell(office.user, [a_change(new_id(), event=an_event_for_crm(subject=subject))])
    assert result.appointment is not None
    return result.appointment


def test_a_new_event_gets_an_appointment(office: Office) -> None:
    change = a_change(new_id())

    [result] = office.crm.tell(office.user, [change])

    assert (result.change_id, result.outcome) == (change.change_id, ChangeOutcome.APPLIED)
    assert result.appointment is not None
    assert result.modified_at is not None
    assert office.desk.subject(result.appointment) == "Dentist"


def test_an_imported_event_is_listed_with_where_it_came_from(office: Office) -> None:
    change = a_change(new_id(), event=an_event_for_crm(show_as=ShowAs.TENTATIVE, is_private=True))
    [result] = office.crm.tell(office.user, [change])

    [listed] = office.crm.appointments(office.user, MONTH)

    assert change.event is not None
    appointment = listed.appointment
    assert (appointment.guid, appointment.user) == (result.appointment, office.user)
    assert (listed.came_from_outlook, listed.event_id) == (True, change.event_id)
    assert (appointment.subject, appointment.location) == ("Dentist", "Main Street 1")
    assert (appointment.show_as, appointment.is_private) == (ShowAs.TENTATIVE, True)
    assert canonical(appointment.body_html) == canonical(change.event.body_html)
    assert appointment.schedule == change.event.schedule
    assert appointment.modified_at == result.modified_at


def test_whole_days_travel_as_days(office: Office) -> None:
    days = AllDay(first_day=date(2026, 11, 24), day_after=date(2026, 11, 26))
    office.crm.tell(office.user, [a_change(new_id(), event=an_event_for_crm(schedule=days))])

    [listed] = office.crm.appointments(office.user, MONTH)

    assert listed.appointment.schedule == days


def test_the_same_change_again_is_a_duplicate_with_the_same_guid(office: Office) -> None:
    change = a_change(new_id())
    [first] = office.crm.tell(office.user, [change])

    [second] = office.crm.tell(office.user, [change])

    assert (second.outcome, second.appointment) == (ChangeOutcome.DUPLICATE, first.appointment)
    assert len(list(office.crm.appointments(office.user, MONTH))) == 1


def test_only_the_fields_that_changed_are_taken(office: Office) -> None:
    guid = imported(office)
    event = an_event_for_crm(subject="Dentist, moved", location="Elsewhere")
    change = a_change(new_id(), sequence=2, appointment=guid, changed=(Field.SUBJECT,), event=event)

    [result] = office.crm.tell(office.user, [change])

    [listed] = office.crm.appointments(office.user, MONTH)
    assert result.outcome is ChangeOutcome.APPLIED
    assert (listed.appointment.subject, listed.appointment.location) == ("Dentist, moved", "Main Street 1")


def test_an_older_change_that_comes_late_changes_nothing(office: Office) -> None:
    guid = imported(office)
    newer = a_change(new_id(), sequence=5, appointment=guid, changed=(Field.SUBJECT,))
    older = a_change(
        new_id(), sequence=4, appointment=guid, changed=(Field.SUBJECT,), event=an_event_for_crm(subject="Old")
    )
    office.crm.tell(office.user, [newer])

    [result] = office.crm.tell(office.user, [older])

    assert (result.outcome, office.desk.subject(guid)) == (ChangeOutcome.DUPLICATE, "Dentist")


def test_a_delete_cancels_the_appointment_and_an_upsert_revives_it(office: Office) -> None:
    guid = imported(office)
    delete = a_change(new_id(), sequence=2, action=ChangeAction.DELETE, appointment=guid, event=None)
    revive = a_change(new_id(), sequence=3, appointment=guid, changed=(Field.SUBJECT,))

    [deleted] = office.crm.tell(office.user, [delete])
    status = office.desk.status(guid)
    office.crm.tell(office.user, [revive])

    assert (deleted.outcome, status) == (ChangeOutcome.APPLIED, Status.CANCELED)
    assert office.desk.status(guid) is not Status.CANCELED


def test_what_salesexec_rejects_comes_with_a_reason(office: Office) -> None:
    subject = f"Forbidden {an_appointment_guid()}"
    office.desk.forbid(subject)

    [result] = office.crm.tell(office.user, [a_change(new_id(), event=an_event_for_crm(subject=subject))])

    assert result.outcome is ChangeOutcome.REJECTED
    assert result.reason


def test_a_change_of_an_appointment_of_nobody_is_rejected(office: Office) -> None:
    change = a_change(new_id(), appointment=an_appointment_guid(), changed=(Field.SUBJECT,))

    [result] = office.crm.tell(office.user, [change])

    assert result.outcome is ChangeOutcome.REJECTED


def test_a_full_call_is_answered_in_its_order(office: Office) -> None:
    changes = [
        a_change(new_id(), event=an_event_for_crm(subject=f"Event {number}")) for number in range(CHANGES_PER_CALL)
    ]

    results = office.crm.tell(office.user, changes)

    assert [result.change_id for result in results] == [change.change_id for change in changes]
    assert len({result.appointment for result in results}) == CHANGES_PER_CALL
    assert len(list(office.crm.appointments(office.user, MONTH))) == CHANGES_PER_CALL


def test_nothing_to_tell_is_no_call(office: Office) -> None:
    assert office.crm.tell(office.user, []) == []


def test_what_a_salesperson_booked_is_listed_cancelled_ones_too(office: Office) -> None:
    kept = office.desk.book("Call Wingtip", a_time())
    cancelled = office.desk.book("Call Contoso", a_time(NOW + timedelta(days=2)))
    office.desk.cancel(cancelled)
    office.desk.book("Far away", a_time(MONTH.end_at + timedelta(days=2)))

    listed = {each.appointment.guid: each for each in office.crm.appointments(office.user, MONTH)}

    assert set(listed) == {kept, cancelled}
    assert listed[kept].appointment.schedule == a_time()
    assert listed[kept].appointment.reminder is MailboxDefault.REMINDER
    assert (listed[kept].came_from_outlook, listed[kept].event_id) == (False, None)
    assert listed[cancelled].appointment.status is Status.CANCELED


def test_a_notice_reaches_salesexec(office: Office) -> None:
    office.crm.notify(office.user, "ReconnectNeeded", "Please sign in again.", NOW)

    assert office.desk.notices() == [("ReconnectNeeded", "Please sign in again.")]
