"""The clean-up of everybody: counting, progress, those who must sign in, and messages that get lost."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sandbox.stack import Stack
from tests.control import Control
from tests.scenarios.api import Api
from tests.scenarios.cleaning.jobs import Job, ask, begin, ended, look, reasons, sums
from tests.scenarios.conftest import Hire
from tests.scenarios.people import Person
from tests.scenarios.proofs import killed_at, lose_messages, poisoned, subjects
from tests.waiting import until

ALL = {"AllUsers": True, "Confirm": "REMOVE ALL"}
FIRST_SHARD = '{"Version":1,"Work":"PollShard","Shard":0}'


@pytest.fixture(name="own_api")
def _own_api(own_stack: Stack) -> Api:
    return Api(own_stack)


@pytest.fixture(name="three")
def _three(own_hire: Hire, own_api: Api, own_control: Control) -> list[Person]:
    """Return three reps with two events of ours each, in a world where everybody else was cleaned up."""
    ended(own_api, started(own_api), seconds=120)
    people = [own_hire() for _ in range(3)]
    for person in people:
        person.connect()
        for number in range(2):
            person.book(Subject=f"Ours {number}")
        own_control.call("POST", "graph/events", {"Upn": person.upn, "Event": her_own(person)})
    return people


def her_own(person: Person) -> dict[str, str]:
    start = person.tomorrow().replace(hour=16)
    end = start + timedelta(minutes=30)
    return {"Subject": "Own", "Start": start.isoformat()[:19], "End": end.isoformat()[:19], "TimeZone": "UTC"}


def started(api: Api, **said: object) -> str:
    begun = ask(api, {**ALL, **said})
    assert begun.status_code == 202, begun.text
    return str(begun.json()["JobId"])


def revoke(control: Control, person: Person) -> None:
    control.call("POST", "entra/grants", {"Upn": person.upn, "Fate": "Revoked", "AccessTokensToo": True})


def progress(job: Job) -> tuple[str, int, int]:
    return job["State"], job["Found"], job["Removed"]


def test_everybody_is_cleaned_up(three: list[Person], own_api: Api) -> None:
    job = ended(own_api, started(own_api))

    assert sums(job) == (6, 6, 0)
    for person in three:
        assert subjects(person) == ["Own"]
        assert person.notices() == ["CleanupDone"]
        assert person.api.connection(person.user)["State"] == "Paused"


def test_a_dry_run_of_all_counts_and_changes_nothing(three: list[Person], own_api: Api) -> None:
    before = [person.traces() for person in three]

    job = ended(own_api, started(own_api, DryRun=True, Sides=["Outlook", "SalesExec"]))

    assert (job["DryRun"], job["Outlook"], job["SalesExec"], job["Removed"]) == (True, 6, 0, 0)
    assert [subjects(person) for person in three] == [["Ours 0", "Ours 1", "Own"]] * 3
    assert [person.traces()[2] for person in three] == [each[2] for each in before]


def test_progress_is_shown_and_one_who_is_held_up_holds_up_nobody(
    three: list[Person], own_api: Api, own_control: Control
) -> None:
    slow, *others = three
    own_control.fault("graph", "hold", Match={"PathContains": "calendars", "Actor": slow.upn})

    job = started(own_api)
    until(lambda: progress(look(own_api, job)) == ("Running", 4, 4), seconds=40, what="the others are clean")
    meanwhile = [subjects(person) for person in three]
    own_control.clear_faults()
    done = ended(own_api, job)

    assert meanwhile == [["Ours 0", "Ours 1", "Own"], ["Own"], ["Own"]]
    assert sums(done) == (6, 6, 0)
    assert [subjects(person) for person in others] == [["Own"]] * 2


def test_who_must_sign_in_is_named_and_the_others_parts_finish(
    three: list[Person], own_api: Api, own_control: Control
) -> None:
    gone, away, there = three
    for person in (gone, away):
        revoke(own_control, person)

    job = started(own_api)
    blocked = ended(own_api, job, state="Blocked")
    gone.api.disconnect(gone.user)
    still = look(own_api, job)
    away.to_confirm_page().submit()
    done = ended(own_api, job)

    assert {each["UserGuid"] for each in blocked["Blocked"]} == {gone.user, away.user}
    assert progress(blocked) == ("Blocked", 2, 2)
    assert [each["UserGuid"] for each in still["Blocked"]] == [away.user]
    assert sums(done) == (6, 4, 2)
    assert reasons(done) == {"NoGrant": 2}
    assert [subjects(person) for person in (away, there)] == [["Own"], ["Own"]]


def test_a_clean_up_whose_messages_are_lost_goes_on_with_a_tick_of_the_timer(
    three: list[Person], own_api: Api, own_stack: Stack, own_control: Control
) -> None:
    held = three[0]
    match = {"PathContains": "calendars", "Actor": held.upn}
    jobs: list[str] = []
    killed_at(own_stack, own_control, "graph", "hold", match, lambda: jobs.append(started(own_api)))
    lose_messages(own_stack)

    own_stack.advance_clock(timedelta(minutes=16))
    own_stack.host.fire("poll_shard", FIRST_SHARD)
    done = ended(own_api, jobs[0])

    assert sums(done) == (6, 6, 0)
    assert [subjects(person) for person in three] == [["Own"]] * 3
    assert poisoned(own_stack) == {}


def test_a_rep_with_a_clean_up_of_her_own_has_it_first(
    three: list[Person], own_api: Api, own_stack: Stack, own_control: Control
) -> None:
    busy = three[0]
    fault = own_control.fault("graph", "hold", Match={"PathContains": "calendars", "Actor": busy.upn})
    own = begin(busy)
    until(
        lambda: any(each["Id"] == fault["Id"] and each["Waiting"] for each in own_control.faults()), what="it is held"
    )

    everybody = started(own_api)
    until(lambda: progress(look(own_api, everybody)) == ("Running", 4, 4), seconds=40, what="the others are clean")
    own_control.clear_faults()
    first = ended(own_api, own)
    own_stack.advance_clock(timedelta(minutes=2))
    second = ended(own_api, everybody)

    assert sums(first) == (2, 2, 0)
    assert sums(second) == (4, 4, 0)
    assert subjects(busy) == ["Own"]
