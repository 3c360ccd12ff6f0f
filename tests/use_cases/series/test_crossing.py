"""Changes of a series and of single days of it cross on their way, or come late: what is a day's own stays its own."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from shared_code.domain.appointments import Appointment, ShowAs, Status
from shared_code.domain.identifiers import EventId
from shared_code.domain.pairs import PairState
from shared_code.domain.preferences import ConflictWinner, Preferences
from shared_code.domain.receipts import Outcome
from shared_code.domain.schedules import Series
from shared_code.domain.series import regular, removed_days
from shared_code.use_cases.errors import TryAgainLater
from shared_code.use_cases.ports import Reconcile
from shared_code.use_cases.push_appointment import push_appointment
from shared_code.use_cases.pushing import PushAnswer
from shared_code.use_cases.remove_appointment import Removal
from shared_code.use_cases.waiting_pushes import push_occurrence_now_or_later, remove_occurrence_now_or_later
from tests.fakes.calendar import FakeCalendar
from tests.use_cases.office import Office, Rep, subjects
from tests.use_cases.series.stories import (
    at,
    booked,
    cancel_one,
    days_of,
    push_one,
    repeating,
    same_on_both_sides,
    the_master,
    weeks_from,
)
from tests.use_cases.weather import Overtaken

SECOND = timedelta(seconds=1)
OUTLOOK_WINS = replace(Preferences(), conflict_winner=ConflictWinner.OUTLOOK)


def series_of(appointment: Appointment) -> Series:
    """Return the schedule of an appointment that is a series."""
    assert isinstance(appointment.schedule, Series)
    return appointment.schedule


def as_said(series: Appointment, day: date, **said: object) -> Appointment:
    """Return an occurrence as SalesExec says it while its series is as it was."""
    plain = replace(series, schedule=regular(series_of(series), day).schedule)
    return replace(plain, **said)  # type: ignore[arg-type]


def pushed(office: Office, occurrence: Appointment, series: Appointment, day: date) -> PushAnswer:
    """Push an occurrence, however late it comes."""
    slot = str(regular(series_of(series), day).slot)
    return push_occurrence_now_or_later(occurrence, slot, ports=office.ports, correlation_id="late")


def cancelled(office: Office, series: Appointment, day: date, removal: Removal) -> PushAnswer:
    """Take an occurrence out, however late SalesExec asks for it."""
    slot = str(regular(series_of(series), day).slot)
    return remove_occurrence_now_or_later(removal, slot, ports=office.ports, correlation_id="late")


def in_outlook(rep: Rep, day: date) -> tuple[str, str]:
    """Return subject and place of an occurrence as the rep sees it."""
    event = rep.calendar.occurrence(the_master(rep).id, day)
    return event.subject, event.location


def test_an_older_push_of_the_series_does_not_put_back_a_day_that_salesexec_took_out(office: Office) -> None:
    anna = office.hire()
    series = booked(office, anna)
    second, third, *_ = days_of(series)[1:]
    push_one(office, series, third, subject="Special")
    cancel_one(office, series, second)

    office.push(series)

    assert removed_days(the_master(anna).schedule) == {second}
    assert in_outlook(anna, third)[0] == "Special"


def test_an_edit_of_the_whole_series_in_outlook_keeps_no_day_from_being_cancelled(office: Office) -> None:
    anna = office.hire()
    series = booked(office, anna)
    anna.calendar.change_by_hand(the_master(anna).id, location="Elsewhere")

    answer = cancel_one(office, series, days_of(series)[1])

    assert answer.outcome is Outcome.DELETED


def test_a_late_push_of_a_day_does_not_bring_back_what_its_series_said_before(office: Office) -> None:
    anna = office.hire()
    series = booked(office, anna, location="Old")
    day = days_of(series)[1]
    late = as_said(series, day, subject="Special", modified_at=series.modified_at + timedelta(milliseconds=1))
    office.push(office.edited(series, location="New"))

    pushed(office, late, series, day)

    assert in_outlook(anna, day) == ("Special", "New")


def test_what_a_push_older_than_its_series_wrote_to_a_day_is_told(office: Office) -> None:
    anna = office.hire()
    series = booked(office, anna, location="New")
    day = days_of(series)[1]
    late = as_said(series, day, location="Old", modified_at=series.modified_at - SECOND)

    pushed(office, late, series, day)
    office.poll(anna)

    assert office.crm.occurrence(series.guid, day).location == in_outlook(anna, day)[1]


def test_a_push_of_the_series_does_not_hide_an_edit_of_a_day_that_is_yet_to_be_told(office: Office) -> None:
    anna = office.hire()
    office.stop_timer()
    series = booked(office, anna)
    day = days_of(series)[1]
    anna.calendar.change_occurrence_by_hand(the_master(anna).id, day, subject="Edited")

    office.push(office.edited(series, location="Elsewhere"))
    office.poll(anna)

    assert office.crm.occurrence(series.guid, day).subject == "Edited"


def test_a_day_that_waits_does_not_keep_its_series_from_being_made(office: Office) -> None:
    anna = office.hire()
    series = booked(office, anna)
    anna.calendar.delete_by_hand(the_master(anna).id)
    anna.calendar.faults.before("create", TryAgainLater("Graph is down", retry_after=timedelta(minutes=1)))
    office.crm.book(replace(series, subject="Another", modified_at=series.modified_at + SECOND))
    office.reconcile(anna)
    push_one(office, series, days_of(series)[1], subject="Special")

    office.run(Reconcile(user=anna.user))
    office.settle()

    assert the_master(anna).subject == "Another"


def test_a_days_own_subject_stays_when_its_series_is_renamed_in_outlook(office: Office) -> None:
    anna = office.hire(preferences=OUTLOOK_WINS)
    series = booked(office, anna)
    day = days_of(series)[1]
    anna.calendar.change_by_hand(the_master(anna).id, subject="Renamed")

    push_one(office, series, day, subject="Special")

    assert in_outlook(anna, day)[0] == "Special"
    assert the_master(anna).subject == "Renamed"


def test_a_days_own_place_in_outlook_stays_when_salesexec_moves_its_series(office: Office) -> None:
    anna = office.hire(preferences=replace(Preferences(), conflict_winner=ConflictWinner.SALESEXEC))
    series = booked(office, anna)
    day = days_of(series)[1]
    push_one(office, series, day, subject="Special")
    anna.calendar.change_occurrence_by_hand(the_master(anna).id, day, location="Mine")
    office.push(office.edited(series, location="Ours"))
    moved = office.crm.appointment(series.guid)

    later = as_said(moved, day, subject="Again", modified_at=moved.modified_at + timedelta(seconds=1))
    pushed(office, later, series, day)

    assert in_outlook(anna, day) == ("Again", "Mine")


def test_a_day_cancelled_too_late_comes_back_whole(office: Office) -> None:
    anna = office.hire()
    series = booked(office, anna)
    day = days_of(series)[1]
    push_one(office, series, day, subject="Special")
    anna.calendar.change_occurrence_by_hand(the_master(anna).id, day, location="Mine")

    answer = cancel_one(office, series, day)
    office.poll(anna)

    assert answer.reason == "EditedInOutlook"
    back = office.crm.occurrence(series.guid, day)
    assert (back.subject, back.location) == ("Special", "Mine")
    assert same_on_both_sides(office, anna, series.guid)


def test_a_day_cancelled_while_another_was_told_as_deleted_is_out_in_the_end(office: Office) -> None:
    anna = office.hire()
    series = booked(office, anna)
    mine, ours = days_of(series)[1:3]
    asked = Removal(appointment=series.guid, modified_at=series.modified_at + timedelta(milliseconds=1))
    anna.calendar.delete_occurrence_by_hand(the_master(anna).id, mine)
    office.poll(anna)

    cancelled(office, series, ours, asked)
    office.settle()
    office.reconcile(anna)

    assert removed_days(the_master(anna).schedule) == {mine, ours}
    assert removed_days(office.crm.appointment(series.guid).schedule) == {mine, ours}


def test_the_stamp_of_our_own_change_of_a_day_is_no_edit_of_its_series(office: Office) -> None:
    anna = office.hire()
    series = booked(office, anna)
    ours = office.edited(series, subject="Ours", modified_at=anna.calendar.now + timedelta(seconds=5))
    anna.calendar.change_by_hand(the_master(anna).id, subject="Mine")
    anna.calendar.now += timedelta(minutes=1)
    push_one(office, series, days_of(series)[1], location="Elsewhere")

    office.push(ours)

    assert the_master(anna).subject == "Ours"


def test_a_day_that_says_again_what_its_series_said_before_is_told(office: Office) -> None:
    anna = office.hire()
    series = booked(office, anna)
    day = days_of(series)[1]
    push_one(office, series, day, location="Elsewhere")
    office.poll(anna)
    calls = len(office.crm.calls)
    anna.calendar.change_by_hand(the_master(anna).id, show_as=ShowAs.TENTATIVE)
    anna.calendar.change_occurrence_by_hand(the_master(anna).id, day, show_as=ShowAs.BUSY)

    office.poll(anna)

    told = [change for call in office.crm.calls[calls:] for change in call if change.slot is not None]
    assert [change.event.show_as for change in told if change.event is not None] == [ShowAs.BUSY]
    assert "ShowAs" in told[0].changed


def test_a_series_called_off_lives_again_when_an_edit_of_a_day_kept_it(office: Office) -> None:
    anna = office.hire()
    series = booked(office, anna)
    anna.calendar.change_occurrence_by_hand(the_master(anna).id, days_of(series)[1], subject="Edited")
    called_off = office.edited(series, status=Status.CANCELED)

    office.remove(series.guid, called_off.modified_at)
    office.poll(anna)

    assert office.crm.appointment(series.guid).status is Status.PENDING


def test_a_series_that_passes_for_read_is_told_of_all_the_same_when_its_delete_was_refused(office: Office) -> None:
    anna = office.hire()
    series = booked(office, anna)
    anna.calendar.delete_occurrence_by_hand(the_master(anna).id, days_of(series)[1])
    pair = office.pair(anna, series.guid)
    office.ports.pairs.save(replace(pair, change_key=the_master(anna).change_key))
    called_off = office.edited(series, status=Status.CANCELED)

    office.remove(series.guid, called_off.modified_at)
    office.pass_time(timedelta(hours=5))

    assert office.crm.appointment(series.guid).status is Status.PENDING
    assert the_master(anna).schedule == office.crm.appointment(series.guid).schedule


def test_a_delete_of_a_series_that_comes_once_more_does_not_undo_the_day_that_revived_it(office: Office) -> None:
    anna = office.hire()
    series = booked(office, anna)
    anna.calendar.delete_occurrence_by_hand(the_master(anna).id, days_of(series)[1])
    called_off = office.edited(series, status=Status.CANCELED)
    office.pass_time(timedelta(minutes=1))
    office.remove(series.guid, called_off.modified_at)
    office.poll(anna)

    answer = office.remove(series.guid, called_off.modified_at)

    assert answer.outcome is Outcome.STALE
    assert office.crm.appointment(series.guid).status is Status.PENDING
    assert the_master(anna).schedule == office.crm.appointment(series.guid).schedule


def test_a_change_of_a_day_does_not_wait_for_a_series_that_was_called_off_while_it_was_being_made(
    office: Office,
) -> None:
    anna = office.hire()
    schedule = repeating(at(weeks_from(office)), "RRULE:FREQ=WEEKLY;COUNT=6")
    series = office.book(anna, schedule=schedule)
    for _ in range(2):
        anna.graph.before("create", TryAgainLater("Graph is down", retry_after=SECOND))
        with pytest.raises(TryAgainLater):
            push_appointment(series, ports=office.ports, correlation_id="no message waits")
    assert office.pair(anna, series.guid).state is PairState.CREATING
    day = days_of(series)[1]
    changed = as_said(series, day, subject="Special", modified_at=series.modified_at + SECOND)
    office.remove(series.guid, series.modified_at + 2 * SECOND)

    answer = pushed(office, changed, series, day)

    assert answer.outcome is Outcome.STALE
    assert office.waiting.of(anna.user) == []
    assert subjects(anna) == []


def test_a_poll_that_read_a_series_before_a_day_was_pushed_does_not_undo_that(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = office.hire()
    series = booked(office, anna)
    first, second = days_of(series)[1:3]
    anna.calendar.change_occurrence_by_hand(the_master(anna).id, first, subject="Edited")
    real = FakeCalendar.read_series

    def slow(calendar: FakeCalendar, event_id: EventId) -> object:
        read = real(calendar, event_id)
        monkeypatch.setattr(FakeCalendar, "read_series", real)
        push_one(office, series, second, subject="Special")
        return read

    monkeypatch.setattr(FakeCalendar, "read_series", slow)
    office.poll(anna)
    office.poll(anna)

    told = [change.slot.day for call in office.crm.calls for change in call if change.slot is not None]
    assert told == [first]


@pytest.mark.parametrize("whole", [True, False])
def test_a_day_that_is_deleted_just_before_a_write_is_told_also_where_graph_ignores_if_match(
    office: Office, monkeypatch: pytest.MonkeyPatch, *, whole: bool
) -> None:
    anna = office.hire()
    series = booked(office, anna)
    office.poll(anna)
    other, deleted = days_of(series)[1:3]
    shelf = anna.calendar.shelf
    monkeypatch.setattr(shelf, "same_version", lambda event_id, _change_key: shelf.look_up(event_id))
    just_before = Overtaken("change", lambda: anna.calendar.delete_occurrence_by_hand(the_master(anna).id, deleted))
    anna.calendar.faults = just_before

    if whole:
        office.push(office.edited(series, subject="Other"))
    else:
        push_one(office, series, other, subject="Special")
    office.poll(anna)

    assert just_before.happened
    assert removed_days(office.crm.appointment(series.guid).schedule) == {deleted}


def test_a_day_that_salesexec_took_out_is_told_again_where_it_lost_that_to_what_it_was_told_of_another(
    office: Office,
) -> None:
    anna = office.hire()
    series = booked(office, anna)
    office.poll(anna)
    theirs, hers = days_of(series)[1:3]
    removal = Removal(appointment=series.guid, modified_at=series.modified_at + SECOND)
    edited = office.edited(series, subject="Other", schedule=replace(series_of(series), removed=frozenset({theirs})))
    anna.calendar.delete_occurrence_by_hand(the_master(anna).id, hers)
    office.pass_time(timedelta(minutes=1))
    office.poll(anna)
    assert removed_days(office.crm.appointment(series.guid).schedule) == {hers}

    cancelled(office, series, theirs, removal)
    office.push(edited)
    office.poll(anna)

    assert removed_days(office.crm.appointment(series.guid).schedule) == {theirs, hers}
    assert removed_days(the_master(anna).schedule) == {theirs, hers}


def test_an_edit_of_the_series_between_the_two_reads_of_a_push_is_no_edit_of_the_day(office: Office) -> None:
    anna = office.hire(preferences=OUTLOOK_WINS)
    series = booked(office, anna)
    office.poll(anna)
    day = days_of(series)[1]
    edit = Overtaken("read_occurrence", lambda: anna.calendar.change_by_hand(the_master(anna).id, location="Hers"))
    anna.calendar.faults = edit

    push_one(office, series, day, location="Theirs")
    office.poll(anna)

    assert edit.happened
    assert in_outlook(anna, day)[1] == office.crm.occurrence(series.guid, day).location == "Theirs"
    assert the_master(anna).location == office.crm.appointment(series.guid).location == "Hers"
