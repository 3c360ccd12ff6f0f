"""Events that carry our extension but belong to no pair: ours, a copy, or one that is just being made."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared_code.domain.events import CalendarEvent, Mark
from shared_code.domain.identifiers import AppointmentGuid
from shared_code.domain.pairs import Claim, PairState
from shared_code.domain.preferences import ConflictWinner, Preferences
from shared_code.use_cases.ports import Holder
from tests.builders import BEN, a_time, an_appointment_guid
from tests.use_cases.office import Office, Rep, the_event
from tests.use_cases.weather import Overtaken


def lose_pairs(office: Office) -> None:
    office.pairs._pairs.clear()  # noqa: SLF001 - a table that was lost


def lose_holders(office: Office) -> None:
    office.holders._holders.clear()  # noqa: SLF001 - a table that was lost


def marked(rep: Rep, guid: AppointmentGuid, **said: Any) -> CalendarEvent:
    """Have the rep, or somebody with her calendar, make an event that claims to be ours."""
    said.setdefault("schedule", a_time())
    return rep.calendar.add_by_hand(mark=Mark(appointment=guid, user=rep.user), **{"subject": "Claimed", **said})


def test_our_event_is_known_again_by_holder_and_transaction_id(office: Office) -> None:
    anna = office.hire()
    booked = office.booked(anna)
    lose_pairs(office)

    office.poll(anna)

    pair = office.pair(anna, booked.guid)
    assert (pair.state, pair.event_id) == (PairState.LINKED, the_event(anna).id)
    assert len(office.active(anna)) == 1


def test_our_event_is_known_again_by_salesexecs_list_when_every_table_is_lost(office: Office) -> None:
    anna = office.hire()
    booked = office.booked(anna)
    lose_pairs(office)
    lose_holders(office)

    office.poll(anna)

    assert office.pair(anna, booked.guid).event_id == the_event(anna).id
    assert len(office.active(anna)) == 1


def test_an_appointment_that_nobody_knows_is_not_believed(office: Office) -> None:
    anna = office.hire()
    forged = marked(anna, an_appointment_guid())

    office.poll(anna)

    assert office.told() == [("Upsert", None, forged.id)]


def test_an_appointment_of_another_rep_is_not_believed(office: Office) -> None:
    anna, ben = office.hire(), office.hire(BEN)
    his = office.booked(ben)
    forged = marked(anna, his.guid)

    office.poll(anna)

    assert office.told() == [("Upsert", None, forged.id)]
    assert office.pair(ben, his.guid).event_id == the_event(ben).id


def test_an_appointment_that_another_event_holds_is_not_believed(office: Office) -> None:
    anna = office.hire()
    booked = office.booked(anna)
    ours = the_event(anna)
    copy = anna.calendar.copy_by_hand(ours.id, subject="Copy")

    office.poll(anna)

    assert office.pair(anna, booked.guid).event_id == ours.id
    assert office.told() == [("Upsert", None, copy.id)]


def test_of_two_that_claim_it_the_one_we_made_is_believed(office: Office) -> None:
    anna = office.hire()
    booked = office.booked(anna)
    ours = the_event(anna)
    copy = anna.calendar.copy_by_hand(ours.id)
    lose_pairs(office)
    lose_holders(office)

    office.poll(anna)

    assert office.pair(anna, booked.guid).event_id == ours.id
    assert [event_id for _, guid, event_id in office.told() if guid is None] == [copy.id]


def test_of_two_copies_without_a_proof_none_is_believed(office: Office) -> None:
    anna = office.hire()
    booked = office.book(anna)
    first, second = marked(anna, booked.guid, subject="One"), marked(anna, booked.guid, subject="Two")

    office.poll(anna)

    assert {event_id for _, guid, event_id in office.told() if guid is None} == {first.id, second.id}
    assert len(office.active(anna)) == 3


def test_an_event_that_salesexec_last_synced_with_another_is_not_believed(office: Office) -> None:
    anna = office.hire()
    booked = office.booked(anna)
    ours = the_event(anna)
    office.crm.book(booked, event_id=ours.id)
    copy = anna.calendar.copy_by_hand(ours.id)
    anna.calendar.delete_by_hand(ours.id)
    lose_pairs(office)
    lose_holders(office)

    office.poll(anna)

    assert ("Upsert", None, copy.id) in office.told()


def test_a_lost_extension_is_not_written_again_where_somebody_was_invited_since_the_window_was_read(
    office: Office,
) -> None:
    anna = office.hire()
    office.booked(anna)
    event_id = the_event(anna).id
    anna.calendar.change_by_hand(event_id, mark=None)
    invited = Overtaken("read", lambda: anna.calendar.invite_by_hand(event_id, "visitor@example.com"))
    anna.calendar.faults = invited

    office.poll(anna)

    assert invited.happened
    assert the_event(anna).mark is None


def test_an_event_being_made_right_now_is_left_to_its_push(office: Office) -> None:
    anna = office.hire()
    booked = office.book(anna)
    office.holders.save(Holder(appointment=booked.guid, user=anna.user))
    office.push(booked)
    pair = office.pair(anna, booked.guid)
    claim = Claim(until=office.clock.now() + timedelta(minutes=1), modified_at=booked.modified_at)
    office.pairs.save(replace(pair, state=PairState.CREATING, event_id=None, claim=claim))

    office.poll(anna)

    assert office.told() == []
    assert office.pair(anna, booked.guid).state is PairState.CREATING


@pytest.mark.parametrize(
    ("winner", "subject"),
    [
        (ConflictWinner.SALESEXEC, "SalesExec's"),
        (ConflictWinner.OUTLOOK, "Outlook's"),
        (ConflictWinner.NEWEST, "Outlook's"),
    ],
)
def test_what_both_changed_while_the_mapping_was_lost_has_the_usual_winner(
    office: Office, winner: ConflictWinner, subject: str
) -> None:
    anna = office.hire(preferences=Preferences(conflict_winner=winner))
    booked = office.booked(anna)
    lose_pairs(office)
    lose_holders(office)
    office.edited(booked, subject="SalesExec's")
    office.pass_time(timedelta(minutes=1))
    anna.calendar.change_by_hand(the_event(anna).id, subject="Outlook's")

    office.poll(anna)
    office.reconcile(anna)

    assert (the_event(anna).subject, office.crm.appointment(booked.guid).subject) == (subject, subject)
