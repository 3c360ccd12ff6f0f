"""What a full read of a calendar means."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from shared_code.domain.appointments import ShowAs
from shared_code.domain.changes import ChangeAction
from shared_code.domain.decisions import Action
from shared_code.domain.events import CalendarEvent, EventKind, Sensitivity
from shared_code.domain.fields import Field
from shared_code.domain.identifiers import transaction_id
from shared_code.domain.incoming import (
    Unread,
    agreed_pair,
    change_for,
    is_past_deleting,
    perhaps_missing,
    proves_ours,
    step_for_known,
    step_for_missing,
    step_for_new,
    why_not_imported,
)
from shared_code.domain.outgoing import Rules
from shared_code.domain.pairs import Claim, Fingerprints, Origin, Pair, PairState
from shared_code.domain.preferences import ImportDetail, Preferences, PrivateEvents
from shared_code.domain.schedules import AllDay
from tests.builders import ANNA, NOW, a_pair, a_time, an_event

RULES = Rules(user=ANNA, preferences=Preferences(), fingerprints=Fingerprints(b"salt"), lead_hosts=frozenset())
DAY = AllDay(first_day=date(2026, 11, 24), day_after=date(2026, 11, 25))


def an_imported_pair(event: CalendarEvent, rules: Rules = RULES) -> Pair:
    """Return the pair right after the event was imported."""
    pair = a_pair(origin=Origin.OUTLOOK, event_id=event.id)
    return agreed_pair(pair, event, rules, sequence=1, crm_modified_at=NOW)


@pytest.mark.parametrize(
    ("event", "preferences", "reason"),
    [
        (an_event(), Preferences(), None),
        (an_event(kind=EventKind.OCCURRENCE), Preferences(), Unread.RECURRING),
        (an_event(is_cancelled=True), Preferences(), Unread.CANCELLED),
        (an_event(sensitivity=Sensitivity.PRIVATE), Preferences(), None),
        (an_event(sensitivity=Sensitivity.PRIVATE), Preferences(private_events=PrivateEvents.SKIP), Unread.PRIVATE),
        (an_event(DAY), Preferences(), None),
        (an_event(DAY), Preferences(import_all_day=False), Unread.ALL_DAY),
        (an_event(show_as=ShowAs.FREE), Preferences(), Unread.FREE),
        (an_event(show_as=ShowAs.FREE), Preferences(import_free=True), None),
        (an_event(), Preferences(only_categories=("Work",)), Unread.CATEGORY),
        (an_event(categories=("work",)), Preferences(only_categories=("Work",)), None),
    ],
)
def test_preferences_say_what_is_imported(
    event: CalendarEvent, preferences: Preferences, reason: Unread | None
) -> None:
    assert why_not_imported(event, preferences) is reason


def test_an_event_that_did_not_change_needs_nothing() -> None:
    event = an_event()

    step = step_for_known(event, an_imported_pair(event), RULES, NOW)

    assert step is not None
    assert step.action is Action.NOTHING


def test_an_edit_names_the_fields_that_changed() -> None:
    event = an_event()
    edited = replace(event, subject="Dentist, really", modified_at=NOW + timedelta(minutes=1))

    step = step_for_known(edited, an_imported_pair(event), RULES, NOW)

    assert step is not None
    assert step.action is Action.CHANGE_IN_SALESEXEC
    assert step.changed == {Field.SUBJECT}


def test_a_changed_reminder_is_nobody_elses_business() -> None:
    event = an_event(reminder=15)

    step = step_for_known(replace(event, reminder=30), an_imported_pair(event), RULES, NOW)

    assert step is not None
    assert step.action is Action.NOTHING


def test_an_event_that_a_push_is_writing_is_left_for_the_next_poll() -> None:
    event = an_event()
    claimed = replace(an_imported_pair(event), claim=Claim(until=NOW + timedelta(minutes=1), modified_at=NOW))

    assert step_for_known(replace(event, subject="half-done"), claimed, RULES, NOW) is None


def test_an_observation_older_than_what_we_know_is_ignored() -> None:
    event = an_event(modified_at=NOW)
    newer = agreed_pair(
        a_pair(), replace(event, subject="Later", modified_at=NOW + timedelta(seconds=5)), RULES, 1, NOW
    )

    assert step_for_known(event, newer, RULES, NOW) is None


def test_a_private_event_is_told_as_busy_time_only() -> None:
    event = an_event(sensitivity=Sensitivity.PRIVATE, subject="Doctor", location="Clinic", attendees=("a@b.example",))
    step = step_for_new(event, RULES, None)
    assert step is not None

    told = change_for(step, RULES, NOW).event

    assert told is not None
    assert (told.subject, told.body_html, told.location, told.attendees, told.organizer) == ("Busy", "", "", (), "")
    assert told.is_busy_only


def test_an_edit_of_masked_text_is_no_change_but_a_move_is() -> None:
    rules = replace(RULES, preferences=Preferences(import_detail=ImportDetail.BUSY_ONLY))
    event = an_event()
    pair = an_imported_pair(event, rules)

    renamed = step_for_known(replace(event, subject="Secret"), pair, rules, NOW)
    moved = step_for_known(replace(event, schedule=a_time(NOW)), pair, rules, NOW)

    assert renamed is not None
    assert renamed.action is Action.NOTHING
    assert moved is not None
    assert moved.changed == {Field.START, Field.END}


def test_turning_an_event_private_scrubs_what_was_sent() -> None:
    event = an_event()

    step = step_for_known(replace(event, sensitivity=Sensitivity.PRIVATE), an_imported_pair(event), RULES, NOW)

    assert step is not None
    assert {Field.SUBJECT, Field.BODY, Field.IS_PRIVATE} <= step.changed


def test_the_first_import_has_one_id_whatever_the_event_says() -> None:
    one = step_for_new(an_event(subject="A"), RULES, None)
    other = step_for_new(an_event(subject="B"), RULES, None)
    assert one is not None
    assert other is not None

    assert change_for(one, RULES, NOW).change_id == change_for(other, RULES, NOW + timedelta(hours=1)).change_id


def test_the_same_edit_sent_again_has_the_same_id_and_a_later_equal_one_has_not() -> None:
    event = an_event(subject="A")
    pair = an_imported_pair(event)
    to_b = step_for_known(replace(event, subject="B"), pair, RULES, NOW)
    assert to_b is not None

    first = change_for(to_b, RULES, NOW)
    again = change_for(to_b, RULES, NOW + timedelta(minutes=15))
    after_back_and_forth = replace(to_b, pair=replace(pair, revision=pair.revision + 2))

    assert first.change_id == again.change_id
    assert again.sequence > first.sequence
    assert change_for(after_back_and_forth, RULES, NOW).change_id != first.change_id


def test_the_sequence_never_falls_even_with_a_clock_that_does() -> None:
    event = an_event()
    step = step_for_known(replace(event, subject="B"), replace(an_imported_pair(event), sequence=10**15), RULES, NOW)
    assert step is not None

    assert change_for(step, RULES, NOW).sequence == 10**15 + 1


def test_a_missing_event_becomes_a_delete_with_the_appointments_guid() -> None:
    pair = an_imported_pair(an_event())

    change = change_for(step_for_missing(pair), RULES, NOW)

    assert (change.action, change.appointment, change.event) == (ChangeAction.DELETE, pair.appointment, None)


def test_only_linked_pairs_of_the_window_that_nobody_writes_can_be_missing() -> None:
    window = Preferences().window(NOW)
    inside = an_imported_pair(an_event())
    outside = an_imported_pair(an_event(a_time(NOW + timedelta(days=200))))
    gone = replace(inside, state=PairState.GONE)
    claimed = replace(inside, claim=Claim(until=NOW + timedelta(minutes=1), modified_at=NOW))

    missing = perhaps_missing([inside, outside, gone, claimed], frozenset(), window, NOW)

    assert missing == [inside]


def test_what_is_over_or_finished_is_not_deleted_in_salesexec() -> None:
    pair = an_imported_pair(an_event())

    assert not is_past_deleting(pair, NOW)
    assert is_past_deleting(pair, NOW + timedelta(days=3))
    assert is_past_deleting(replace(pair, is_finished=True), NOW)


def test_a_transaction_id_proves_that_an_event_is_ours() -> None:
    pair = a_pair()
    ours = an_event(transaction_id=transaction_id(pair.appointment, ANNA, 2))

    assert proves_ours(ours, pair.appointment, 2, RULES)
    assert not proves_ours(ours, pair.appointment, 1, RULES)
    assert not proves_ours(an_event(), pair.appointment, 2, RULES)
