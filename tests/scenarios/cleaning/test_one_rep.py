"""The clean-up of one rep as an administrator meets it: counting, refusals, pausing, waiting, resuming."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.control import Control
from tests.scenarios.cleaning.jobs import BOTH, ask, begin, cleaned, count, ended, look, reasons, sums
from tests.scenarios.people import Person, a_guid, at
from tests.scenarios.proofs import early, subjects
from tests.waiting import until


@pytest.fixture(name="anna_with_events")
def _anna_with_events(anna: Person) -> Person:
    """Return a rep with three events of ours and two of her own, all synced."""
    for number in range(3):
        anna.book(Subject=f"Ours {number}")
    for number in range(2):
        anna.add_event(at(hour=14 + number), Subject=f"Own {number}")
    anna.poll()
    return anna


@contextmanager
def held_up(control: Control, person: Person) -> Iterator[str]:
    """Begin a clean-up and hold its first request at Graph for as long as the block runs."""
    fault = control.fault("graph", "hold", Match={"PathContains": "calendars", "Actor": person.upn})
    job = begin(person)
    until(lambda: any(each["Id"] == fault["Id"] and each["Waiting"] for each in control.faults()), what="it is held")
    yield job
    control.clear_faults()
    ended(person.api, job)


def test_a_dry_run_counts_and_changes_nothing(anna_with_events: Person) -> None:
    anna = anna_with_events
    before, since = anna.traces(), anna.mark()

    counts = count(anna)

    assert counts == {"Outlook": 3, "SalesExec": 2}
    assert count(anna, "SalesExec") == {"Outlook": 0, "SalesExec": 2}
    assert anna.traces() == before
    assert {call.split()[0] for call in anna.graph_calls(since)} == {"GET"}
    assert anna.api.connection(anna.user)["State"] == "Connected"


def test_outlook_is_cleaned_unless_another_side_is_named(anna_with_events: Person) -> None:
    anna = anna_with_events

    job = cleaned(anna)

    assert sums(job) == (3, 3, 0)
    assert (job["DryRun"], job["State"]) == (False, "Done")
    assert job["StartedUtc"] <= job["FinishedUtc"]
    assert subjects(anna) == ["Own 0", "Own 1"]
    assert len(anna.appointments()) == 5
    assert anna.notices() == ["CleanupDone"]
    assert anna.api.connection(anna.user)["State"] == "Paused"


def test_of_salesexec_only_what_came_from_outlook_goes(anna_with_events: Person) -> None:
    anna = anna_with_events

    job = cleaned(anna, "SalesExec")

    assert sums(job) == (2, 2, 0)
    assert sorted(each["Subject"] for each in anna.appointments()) == ["Ours 0", "Ours 1", "Ours 2"]
    assert len(anna.events()) == 5


def test_both_sides_go_and_the_numbers_add_up(anna_with_events: Person) -> None:
    anna = anna_with_events
    meeting = anna.event("Ours 1")["Id"]
    anna.invite(meeting, "eve@elsewhere.example")

    job = cleaned(anna, *BOTH)

    assert sums(job) == (5, 4, 1)
    assert job["Left"] == [{"EventId": meeting, "Reason": "MeetingWithAttendees"}]
    assert subjects(anna) == ["Ours 1", "Own 0", "Own 1"]
    assert sorted(each["Subject"] for each in anna.appointments()) == ["Ours 0", "Ours 1", "Ours 2"]
    assert anna.mails_caused_by_app() == 0


def test_while_one_runs_everything_else_is_refused_by_its_name(anna_with_events: Person, control: Control) -> None:
    anna = anna_with_events
    with held_up(control, anna) as job:
        second = ask(anna.api, {"UserGuid": anna.user})
        resumed = anna.api.change(anna.user, {"Enabled": True})
        disconnected = anna.api.disconnect(anna.user)
        paused = anna.push(a_guid(), Subject="Too early").json()
        running = look(anna.api, job)

    for refused in (second, resumed, disconnected):
        assert refused.status_code == 409
        assert job in refused.json()["detail"]
    assert (running["State"], running["FinishedUtc"]) == ("Running", None)
    assert (paused["Outcome"], paused["Reason"]) == ("Skipped", "SyncDisabled")
    assert subjects(anna) == ["Own 0", "Own 1"]
    assert anna.api.disconnect(anna.user).status_code == 204


def test_resuming_brings_upcoming_appointments_back(anna_with_events: Person) -> None:
    anna = anna_with_events
    cleaned(anna)

    moment = anna.evidence.moment()
    anna.api.change(anna.user, {"Enabled": True})
    until(lambda: anna.evidence.runs_since("reconcile_appointments", anna.user, moment), what="all is pushed")

    assert subjects(anna) == ["Ours 0", "Ours 1", "Ours 2", "Own 0", "Own 1"]
    assert len(anna.appointments()) == 5


@pytest.mark.parametrize("path", ["calendars", "$batch"])
def test_a_throttled_one_waits_as_long_as_it_was_asked_to(
    anna_with_events: Person, control: Control, path: str
) -> None:
    anna = anna_with_events
    since = anna.mark()
    control.fault("graph", "throttle", RetryAfter="5", Match={"PathContains": path, "Actor": anna.upn})

    job = cleaned(anna)

    assert sums(job) == (3, 3, 0)
    assert early(control, anna.upn, since) == []
    assert subjects(anna) == ["Own 0", "Own 1"]


def test_one_part_of_a_batch_may_be_throttled_alone(anna_with_events: Person, control: Control) -> None:
    anna = anna_with_events
    event = anna.event("Ours 1")["Id"]
    since = anna.mark()
    control.fault(
        "graph", "throttle", RetryAfter="3", Match={"Method": "DELETE", "PathContains": event[-12:], "Actor": anna.upn}
    )

    job = cleaned(anna)

    assert sums(job) == (3, 3, 0)
    assert subjects(anna) == ["Own 0", "Own 1"]
    assert early(control, anna.upn, since) == []


def test_without_a_grant_it_is_blocked_and_goes_on_after_the_sign_in(
    anna_with_events: Person, control: Control
) -> None:
    anna = anna_with_events
    control.call("POST", "entra/grants", {"Upn": anna.upn, "Fate": "Revoked", "AccessTokensToo": True})
    job = begin(anna)
    blocked = ended(anna.api, job, state="Blocked")

    browser = anna.to_confirm_page()
    browser.submit()
    done = ended(anna.api, job)

    [who] = blocked["Blocked"]
    assert (who["UserGuid"], who["Reason"]) == (anna.user, "ReconnectNeeded")
    assert "connect link" in who["Cure"]
    assert blocked["FinishedUtc"] is None
    assert sums(done) == (3, 3, 0)
    assert subjects(anna) == ["Own 0", "Own 1"]
    assert "Blocked" not in done


def test_a_leaver_whose_account_is_closed_is_disconnected_and_what_stays_is_named(
    anna_with_events: Person, control: Control
) -> None:
    anna = anna_with_events
    control.call("POST", "entra/grants", {"Upn": anna.upn, "Fate": "Revoked", "AccessTokensToo": True})
    ours = {event["Id"] for event in anna.events() if event["Subject"].startswith("Ours")}
    secrets = anna.evidence.secrets()
    job = begin(anna, *BOTH)
    ended(anna.api, job, state="Blocked")

    answer = anna.api.disconnect(anna.user)

    assert answer.status_code == 204
    done = look(anna.api, job)
    assert done["State"] == "Done"
    assert sums(done) == (5, 2, 3)
    assert {each["EventId"] for each in done["Left"]} == ours
    assert reasons(done) == {"NoGrant": 3}
    assert sorted(each["Subject"] for each in anna.appointments()) == ["Ours 0", "Ours 1", "Ours 2"]
    assert anna.api.connection(anna.user)["State"] == "NotConnected"
    assert len(secrets - anna.evidence.secrets()) == 1
