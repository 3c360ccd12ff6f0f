"""What a push writes to an event that exists, and what is agreed on afterwards."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_code.domain.appointments import Appointment, Lead, ShowAs
from shared_code.domain.events import CalendarEvent, EventContent, Sensitivity
from shared_code.domain.fields import Field
from shared_code.domain.lead_link import links_in, with_link
from shared_code.domain.outgoing import Rules, Update, created_pair, new_event, plan_update, updated_pair
from shared_code.domain.pairs import Fingerprints, Origin, Pair, changed_in_outlook
from shared_code.domain.preferences import ConflictWinner, Preferences
from tests.builders import ANNA, NOW, a_pair, a_time, an_appointment, an_event

HOSTS = frozenset({"crm.example.com"})
LEAD = Lead(guid="22222222-2222-4222-8222-222222222222", url="https://crm.example.com/leads/2")
RULES = Rules(user=ANNA, preferences=Preferences(), fingerprints=Fingerprints(b"salt"), lead_hosts=HOSTS)


def written(appointment: Appointment, event: CalendarEvent, content: EventContent) -> CalendarEvent:
    """Return the event as a calendar has it once the content was written, Exchange's wrapping included."""
    body = event.body_html if content.body_html is None else f"<html><body>\r\n{content.body_html}\r\n</body></html>"
    return replace(
        event,
        subject=event.subject if content.subject is None else content.subject,
        body_html=body,
        schedule=content.schedule or event.schedule,
        location=event.location if content.location is None else content.location,
        show_as=content.show_as or event.show_as,
        sensitivity=event.sensitivity
        if content.is_private is None
        else (Sensitivity.PRIVATE if content.is_private else Sensitivity.NORMAL),
        reminder=event.reminder if content.reminder is None else content.reminder.minutes,
        modified_at=event.modified_at + timedelta(seconds=1),
        mark=new_event(appointment, 1, RULES).mark,
    )


def synced(appointment: Appointment) -> tuple[CalendarEvent, Pair]:
    """Return the event and the pair right after the appointment was created in Outlook."""
    event = written(
        appointment, an_event(subject="", body_html="", reminder=15), new_event(appointment, 1, RULES).content
    )
    return event, created_pair(appointment, event, a_pair(), RULES)


def test_the_same_appointment_again_writes_nothing() -> None:
    appointment = an_appointment(lead=LEAD)
    event, pair = synced(appointment)

    assert plan_update(appointment, event, pair, RULES).writes_nothing


def test_only_the_changed_field_is_written() -> None:
    event, pair = synced(an_appointment(lead=LEAD))

    update = plan_update(an_appointment(lead=LEAD, subject="Call Mr. Keller"), event, pair, RULES)

    assert update.content == EventContent(subject="Call Mr. Keller")


def test_a_field_edited_in_outlook_survives_a_push_of_another() -> None:
    event, pair = synced(an_appointment())
    moved = replace(event, schedule=a_time(NOW + timedelta(days=3)), modified_at=NOW + timedelta(minutes=5))

    update = plan_update(an_appointment(subject="New", modified_at=NOW + timedelta(minutes=6)), moved, pair, RULES)

    assert update.content == EventContent(subject="New")
    assert update.edits_unseen == {Field.START, Field.END}


def test_an_unseen_edit_is_still_a_change_after_the_push() -> None:
    event, pair = synced(an_appointment())
    moved = replace(event, schedule=a_time(NOW + timedelta(days=3)))
    push = an_appointment(subject="New")
    update = plan_update(push, moved, pair, RULES)

    after = updated_pair(push, written(push, moved, update.content), pair, update, RULES)

    seen = RULES.seen(written(push, moved, update.content), Origin.SALESEXEC)
    assert changed_in_outlook(after.agreed, seen) == {Field.START, Field.END}


@pytest.mark.parametrize(
    ("winner", "crm_minutes", "outlook_minutes", "crm_wins"),
    [
        (ConflictWinner.NEWEST, 2, 1, True),
        (ConflictWinner.NEWEST, 1, 2, False),
        (ConflictWinner.NEWEST, 1, 1, True),
        (ConflictWinner.SALESEXEC, 1, 2, True),
        (ConflictWinner.OUTLOOK, 2, 1, False),
    ],
)
def test_a_conflict_has_the_winner_the_rep_chose(
    winner: ConflictWinner, crm_minutes: int, outlook_minutes: int, crm_wins: bool
) -> None:
    rules = replace(RULES, preferences=Preferences(conflict_winner=winner))
    event, pair = synced(an_appointment())
    edited = replace(event, subject="Outlook's", modified_at=NOW + timedelta(minutes=outlook_minutes))
    push = an_appointment(subject="SalesExec's", modified_at=NOW + timedelta(minutes=crm_minutes))

    update = plan_update(push, edited, pair, rules)

    assert (update.content.subject == "SalesExec's") is crm_wins
    assert (Field.SUBJECT in update.merge.lost_by_outlook) is crm_wins
    assert (Field.SUBJECT in update.merge.lost_by_crm) is not crm_wins


def test_an_echo_of_the_past_does_not_undo_what_salesexec_just_applied() -> None:
    event, pair = synced(an_appointment())
    edited = replace(event, subject="Edited in Outlook")
    from shared_code.domain.incoming import agreed_pair

    told = agreed_pair(pair, edited, RULES, sequence=1, crm_modified_at=NOW + timedelta(minutes=10))
    in_flight = an_appointment(location="Room 2", modified_at=NOW + timedelta(minutes=5))

    update = plan_update(in_flight, edited, told, RULES)

    assert update.content == EventContent(location="Room 2")


def test_the_lead_link_comes_with_the_lead_and_goes_with_it() -> None:
    event, pair = synced(an_appointment(lead=LEAD))
    assert links_in(event.body_html, HOSTS) == [LEAD.url]

    update = plan_update(an_appointment(), event, pair, RULES)

    assert update.content.body_html is not None
    assert links_in(update.content.body_html, HOSTS) == []
    assert update.mark is not None


def test_without_the_preference_no_link_is_written() -> None:
    rules = replace(RULES, preferences=Preferences(lead_link=False))

    made = new_event(an_appointment(lead=LEAD), 1, rules)

    assert made.content.body_html == "<p>Bring the offer.</p>"
    assert made.mark.lead_url == LEAD.url


def test_a_link_restored_keeps_what_the_rep_wrote() -> None:
    event, pair = synced(an_appointment(lead=LEAD))
    noted = replace(event, body_html="<html><body><p>Her own note</p></body></html>")

    update = plan_update(an_appointment(lead=LEAD), noted, pair, RULES)

    assert update.content.body_html == with_link(noted.body_html, LEAD.url, HOSTS)
    assert update.edits_unseen == {Field.BODY}


appointments = st.builds(
    an_appointment,
    subject=st.sampled_from(["A", "B"]),
    body_html=st.sampled_from(["", "<p>x</p>", "<p>y</p>"]),
    location=st.sampled_from(["", "Room"]),
    show_as=st.sampled_from(ShowAs),
    is_private=st.booleans(),
    reminder=st.sampled_from([None, 5, 15]),
    lead=st.sampled_from([Lead(), LEAD]),
    schedule=st.sampled_from([a_time(), a_time(NOW + timedelta(days=2))]),
)


@given(appointments, appointments)
def test_after_any_push_outlook_says_what_salesexec_says_and_a_second_one_writes_nothing(
    before: Appointment, after: Appointment
) -> None:
    event, pair = synced(before)
    update: Update = plan_update(after, event, pair, RULES)

    now = written(after, event, update.content)
    settled = updated_pair(after, now, pair, update, RULES)

    assert plan_update(after, now, settled, RULES).writes_nothing
    assert changed_in_outlook(settled.agreed, RULES.seen(now, Origin.SALESEXEC)) == frozenset()
    assert (now.subject, now.location, now.show_as, now.is_private) == (
        after.subject,
        after.location,
        after.show_as,
        after.is_private,
    )
