"""Messages that are lost and processes that die at any instruction: nothing is lost, and nothing is done twice."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from shared_code.domain.appointments import Appointment
from shared_code.use_cases.errors import ReconnectNeeded
from tests.use_cases.mortal import Died
from tests.use_cases.office import BEN, Office, Rep, subjects

HOUR = timedelta(hours=1)
SHORT = timedelta(minutes=10)
MOST_CALLS = 60

type Story = Callable[[Office, Rep, Rep], None]


@pytest.mark.parametrize("reason", ["throttled", "down"])
def test_a_push_whose_message_was_lost_is_found_by_the_timer(office: Office, reason: str) -> None:
    anna = office.hire()
    if reason == "throttled":
        anna.graph.throttle(HOUR)
    else:
        anna.graph.down_for(HOUR)
    office.push(office.book(anna))

    office.work.clear()
    office.pass_time(HOUR + timedelta(minutes=40))

    assert subjects(anna) == ["Call Mrs. Keller"]


def test_a_push_that_waited_for_a_sign_in_is_found_though_nobody_was_told_of_the_sign_in(office: Office) -> None:
    anna = office.hire()
    anna.graph.before("create", ReconnectNeeded("revoked"))
    office.push(office.book(anna))
    office.pass_time(HOUR)

    office.set(needs_reconnect=False)
    office.pass_time(timedelta(hours=26))

    assert subjects(anna) == ["Call Mrs. Keller"]
    assert [notice.code for notice in office.crm.notices] == ["ReconnectNeeded", "Reconnected"]


def test_all_messages_may_be_lost_at_any_time(office: Office) -> None:
    anna = office.hire()
    anna.graph.throttle(HOUR)
    appointment = office.booked(anna)
    office.work.clear()
    office.pass_time(timedelta(minutes=30))
    office.push(office.edited(appointment, subject="Edited"))
    office.work.clear()
    office.pass_time(timedelta(minutes=50))
    office.work.clear()

    office.pass_time(HOUR)

    assert subjects(anna) == ["Edited"]
    assert office.told() == []


def test_what_was_stored_when_the_process_died_is_erased_also_when_its_push_was_then_made_at_once(
    office: Office,
) -> None:
    anna = office.hire()
    anna.graph.down_for(timedelta(minutes=1))
    office.die_at(MOST_CALLS, after=True)
    office.push(office.book(anna, subject="One"))
    stored = office.fate.calls.index("waiting.put")
    office.fate.die_at(stored, after=True)
    appointment = office.book(anna, subject="Two")
    with pytest.raises(Died):
        office.push(appointment)
    office.restart()
    office.fate.live()
    anna.graph.down_for(timedelta(0))

    office.push(appointment)
    office.pass_time(HOUR)

    assert sorted(subjects(anna)) == ["One", "Two"]
    assert office.waiting.of(anna.user) == []


def new_push(office: Office, anna: Rep, _ben: Rep) -> None:
    persist(office, office.book(anna, subject="New"))


def edit(office: Office, _anna: Rep, _ben: Rep) -> None:
    known = next(iter(office.crm.listed.values())).appointment
    persist(office, office.edited(known, subject="Edited"))


def throttled_push(office: Office, anna: Rep, _ben: Rep) -> None:
    anna.graph.throttle(SHORT)
    persist(office, office.book(anna, subject="New"))


def throttled_edit(office: Office, anna: Rep, ben: Rep) -> None:
    anna.graph.throttle(SHORT)
    edit(office, anna, ben)


def removal(office: Office, _anna: Rep, _ben: Rep) -> None:
    known = next(iter(office.crm.listed.values())).appointment
    at = known.modified_at + timedelta(minutes=1)
    del office.crm.listed[known.guid]
    until_answered(office, lambda: office.remove(known.guid, at))


def throttled_removal(office: Office, anna: Rep, ben: Rep) -> None:
    anna.graph.throttle(SHORT)
    removal(office, anna, ben)


def move(office: Office, _anna: Rep, ben: Rep) -> None:
    known = next(iter(office.crm.listed.values())).appointment
    persist(office, office.edited(known, user=ben.user))


def move_while_both_are_throttled(office: Office, anna: Rep, ben: Rep) -> None:
    anna.graph.throttle(SHORT)
    ben.graph.throttle(2 * SHORT)
    move(office, anna, ben)


def edits_in_outlook(_office: Office, anna: Rep, _ben: Rep) -> None:
    [event_id] = anna.calendar.events
    anna.calendar.change_by_hand(event_id, subject="Edited in Outlook")
    anna.calendar.add_by_hand(subject="Dentist", schedule=anna.calendar.events[event_id].schedule)


def deletion_in_outlook(_office: Office, anna: Rep, _ben: Rep) -> None:
    [event_id] = anna.calendar.events
    anna.calendar.delete_by_hand(event_id)


def persist(office: Office, appointment: Appointment) -> None:
    """Push as SalesExec does: again, when there was no answer."""
    until_answered(office, lambda: office.push(appointment))


def until_answered(office: Office, deed: Callable[[], object]) -> None:
    try:
        deed()
    except Died:
        office.restart()
        office.fate.live()
        office.pass_time(timedelta(minutes=1))
        deed()


STORIES: dict[str, tuple[Story, list[str], list[str], list[str]]] = {
    # What happens; then what is in Anna's calendar, in Ben's, and in SalesExec.
    "a new push": (new_push, ["Known", "New"], [], ["Known", "New"]),
    "an edit": (edit, ["Edited"], [], ["Edited"]),
    "a removal": (removal, [], [], []),
    "a throttled push": (throttled_push, ["Known", "New"], [], ["Known", "New"]),
    "a throttled edit": (throttled_edit, ["Edited"], [], ["Edited"]),
    "a throttled removal": (throttled_removal, [], [], []),
    "a move": (move, [], ["Known"], ["Known"]),
    "a move of two who are throttled": (move_while_both_are_throttled, [], ["Known"], ["Known"]),
    "edits in Outlook": (edits_in_outlook, ["Dentist", "Edited in Outlook"], [], ["Dentist", "Edited in Outlook"]),
    "a deletion in Outlook": (deletion_in_outlook, [], [], []),
}


@pytest.mark.parametrize("after", [False, True], ids=["before the call", "after the call"])
@pytest.mark.parametrize("name", STORIES)
def test_the_process_may_die_at_any_call_of_a_port(name: str, after: bool) -> None:
    story, in_annas, in_bens, in_salesexec = STORIES[name]

    for number in range(MOST_CALLS):
        office = Office()
        anna, ben = office.hire(), office.hire(BEN)
        office.booked(anna, subject="Known")
        office.tick()
        office.die_at(number, after=after)

        story(office, anna, ben)
        office.pass_time(4 * SHORT)
        over = number >= len(office.fate.calls) and not office.died
        office.fate.live()
        office.pass_time(4 * SHORT)

        where = f"died at call {number} {office.death}"
        assert (subjects(anna), subjects(ben)) == (in_annas, in_bens), where
        assert sorted(each.subject for each in [*office.active(anna), *office.active(ben)]) == in_salesexec, where
        assert office.poisoned == [], where
        assert anna.graph.early + ben.graph.early <= 1, where  # it died between being refused and noting it
        assert office.waiting.of(anna.user) == [] == office.waiting.of(ben.user), where
        if over:
            return
