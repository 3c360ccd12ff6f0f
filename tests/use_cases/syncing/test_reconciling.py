"""What SalesExec has and Outlook lacks is pushed by the normal path; what must not be pushed is not."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared_code.domain.appointments import Lead, ListedAppointment, Status
from shared_code.domain.preferences import Direction, Preferences
from tests.builders import BEN, a_time
from tests.use_cases.office import Office, Rep, event_of, subjects, the_event

LEAD = Lead(guid="4b5c6d7e-0000-4000-8000-0000000000aa", url="https://crm.salesexec.example/leads/aa")


def days(office: Office, number: float) -> Any:
    return a_time(office.clock.now() + timedelta(days=number))


def asked(rep: Rep) -> list[str]:
    """Return what was asked of the calendar since the last time."""
    calls = [call for call in rep.calendar.calls if call not in ("view", "read_and_view")]
    rep.calendar.calls.clear()
    return calls


def test_what_was_never_pushed_is_made(office: Office) -> None:
    anna = office.hire()
    office.book(anna, subject="Forgotten")

    office.reconcile(anna)

    assert subjects(anna) == ["Forgotten"]


def test_nothing_is_asked_of_outlook_for_a_lead_that_the_rep_wants_no_link_to(office: Office) -> None:
    anna = office.hire(preferences=Preferences(lead_link=False))
    office.booked(anna, lead=LEAD)
    asked(anna)

    office.reconcile(anna)

    assert asked(anna) == []


def test_links_go_when_the_rep_wants_none_any_more_and_are_then_asked_for_no_more(office: Office) -> None:
    anna = office.hire()
    office.booked(anna, lead=LEAD)
    office.set(preferences=Preferences(lead_link=False))

    office.reconcile(anna)

    assert str(LEAD.url) not in the_event(anna).body_html
    asked(anna)
    office.reconcile(anna)
    assert asked(anna) == []


def test_what_differs_is_changed(office: Office) -> None:
    anna = office.hire()
    booked = office.booked(anna)
    office.edited(booked, subject="Changed, and the push was lost")

    office.reconcile(anna)

    assert subjects(anna) == ["Changed, and the push was lost"]


def test_a_lead_that_changed_is_linked(office: Office) -> None:
    anna = office.hire()
    booked = office.booked(anna)
    office.edited(booked, lead=LEAD)

    office.reconcile(anna)

    assert str(LEAD.url) in the_event(anna).body_html


def test_what_is_canceled_is_removed(office: Office) -> None:
    anna = office.hire()
    booked = office.booked(anna)
    office.edited(booked, status=Status.CANCELED)

    office.reconcile(anna)

    assert subjects(anna) == []
    assert office.told() == []


def test_what_agrees_costs_no_request(office: Office) -> None:
    anna = office.hire()
    for number in range(5):
        office.booked(anna, subject=f"Visit {number}")
    office.poll(anna)
    asked(anna)

    office.reconcile(anna)

    assert asked(anna) == []


def test_a_second_reading_does_nothing(office: Office) -> None:
    anna = office.hire()
    office.book(anna)
    office.reconcile(anna)
    asked(anna)

    office.reconcile(anna)

    assert asked(anna) == []


@pytest.mark.parametrize(
    "case", ["over", "outside", "canceled", "of another rep", "from Outlook", "deleted in Outlook", "removed"]
)
def test_what_must_not_be_made_is_not_made(office: Office, case: str) -> None:
    anna = office.hire()
    if case == "over":
        office.book(anna, schedule=days(office, -2))
    if case == "outside":
        office.book(anna, schedule=days(office, 200))
    if case == "canceled":
        office.book(anna, status=Status.CANCELED)
    if case == "of another rep":
        office.crm.book(replace(office.book(anna), user=BEN))
    if case == "from Outlook":
        booked = office.book(anna)
        office.crm.listed[booked.guid] = ListedAppointment(appointment=booked, came_from_outlook=True, event_id=None)
    if case == "deleted in Outlook":
        booked = office.booked(anna)
        anna.calendar.delete_by_hand(event_of(office, anna, booked.guid))
        office.poll(anna)
    if case == "removed":
        booked = office.booked(anna)
        office.remove(booked.guid, booked.modified_at + timedelta(minutes=1))

    office.reconcile(anna)

    assert subjects(anna) == []


def test_one_that_is_over_is_still_changed_when_it_is_there(office: Office) -> None:
    anna = office.hire()
    booked = office.booked(anna, schedule=days(office, 0.01))
    office.stop_timer()
    office.pass_time(timedelta(days=1))
    office.edited(booked, subject="Noted afterwards")

    office.reconcile(anna)

    assert subjects(anna) == ["Noted afterwards"]


def test_an_appointment_enters_when_the_window_reaches_it(office: Office) -> None:
    anna = office.hire()
    office.book(anna, schedule=days(office, 91))
    office.reconcile(anna)
    assert subjects(anna) == []

    office.stop_timer()
    office.pass_time(timedelta(days=2))
    office.reconcile(anna)

    assert subjects(anna) == ["Call Mrs. Keller"]


def test_a_rep_who_writes_nothing_to_outlook_is_not_read(office: Office) -> None:
    anna = office.hire(preferences=Preferences(direction=Direction.TO_SALESEXEC))
    office.book(anna)

    office.reconcile(anna)

    assert subjects(anna) == []
    assert asked(anna) == []


def test_an_edit_in_outlook_that_was_not_told_yet_survives_the_reading(office: Office) -> None:
    anna = office.hire()
    booked = office.booked(anna)
    anna.calendar.change_by_hand(the_event(anna).id, location="Room 7")
    office.edited(booked, subject="Changed")

    office.reconcile(anna)
    office.poll(anna)

    assert (the_event(anna).subject, the_event(anna).location) == ("Changed", "Room 7")
    assert office.crm.appointment(booked.guid).location == "Room 7"


def test_what_salesexec_rejected_is_not_overwritten(office: Office) -> None:
    anna = office.hire()
    office.booked(anna)
    office.crm.rejected_subjects.add("Forbidden")
    anna.calendar.change_by_hand(the_event(anna).id, subject="Forbidden")
    office.poll(anna)

    office.reconcile(anna)

    assert subjects(anna) == ["Forbidden"]
