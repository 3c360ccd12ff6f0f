"""A thousand synced events among a thousand of her own: exactly ours go, whatever happens on the way."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from azure.data.tables import TableServiceClient

from sandbox.stack import Stack
from tests.control import Control
from tests.scenarios.cleaning.jobs import begin, count, ended, reasons, sums
from tests.scenarios.cleaning.mailboxes import Mailbox, Seeding
from tests.scenarios.conftest import Hire
from tests.scenarios.people import Person
from tests.scenarios.proofs import killed_at, poisoned
from tests.waiting import until

A_BATCH = 20
MOST_REQUESTS = 70

# Two thousand events take their time on a busy machine.
pytestmark = pytest.mark.timeout(600)

KILLS = (
    (0, "graph", "hold_after", "$batch"),
    (8, "graph", "hold", "$batch"),
    (18, "graph", "hold", "calendars/"),
    (30, "graph", "hold_after", "$batch"),
    (40, "salesexec", "hold_after", "SyncNotices"),
)
"""When the host is killed: after so many batches, while this request of it is held, before or after its effect."""


def by_itself(_stack: Stack, _control: Control, person: Person) -> str:
    return begin(person)


def after_the_tables_were_lost(stack: Stack, _control: Control, person: Person) -> str:
    with TableServiceClient.from_connection_string(stack.storage) as tables:
        for name in ("Mappings", "Appointments"):
            tables.delete_table(name)
    return begin(person)


def killed_five_times(stack: Stack, control: Control, person: Person) -> str:
    job: list[str] = []

    def batches() -> int:
        return int(control.call("GET", "graph/figures")["Requests"]["Batches"])

    def once_begun() -> None:
        if not job:
            job.append(begin(person))

    before = batches()
    for number, service, kind, path in KILLS:
        least = before + number
        until(lambda: batches() >= least, seconds=120, what=f"{number} batches")  # noqa: B023 - used at once
        match = {"PathContains": path, "Actor": person.upn if service == "graph" else person.user}
        killed_at(stack, control, service, kind, match, once_begun)
    return job[0]


@pytest.mark.parametrize("way", [by_itself, killed_five_times, after_the_tables_were_lost])
def test_exactly_the_right_ones_go(
    own_stack: Stack, own_control: Control, own_hire: Hire, way: Callable[[Stack, Control, Person], str]
) -> None:
    rep = own_hire()
    rep.connect()
    mailbox = full(own_stack, own_control, rep)
    before = {event["Id"]: event["ChangeKey"] for event in rep.events()}
    since = rep.mark()

    job = ended(rep.api, way(own_stack, own_control, rep), seconds=300)

    after = {event["Id"]: event["ChangeKey"] for event in rep.events()}
    assert before.keys() - after.keys() == mailbox.provably_ours
    assert after.items() <= before.items()
    assert sums(job) == (1032, 981, 51)
    assert reasons(job) == {"NotProvablyOurs": 31, "MeetingWithAttendees": 20}
    left = {reason: {one["EventId"] for one in job["Left"] if one["Reason"] == reason} for reason in reasons(job)}
    assert left == {"NotProvablyOurs": mailbox.not_provably_ours, "MeetingWithAttendees": set(mailbox.meetings)}
    assert rep.mails_caused_by_app() == 0
    assert rep.told() == []
    assert rep.notices()[:1] == ["CleanupDone"]
    calls = rep.graph_calls(since)
    # To search is to list the calendars and their events; all else is looking at, or deleting, events by their ids.
    search = [call for call in calls if call.startswith("GET") and "/me/calendars" in call]
    assert -(-981 // A_BATCH) <= len(calls) - len(search) <= MOST_REQUESTS
    assert poisoned(own_stack) == {}


def full(stack: Stack, control: Control, rep: Person) -> Mailbox:
    """Return the mailbox of the story, all of it synced."""
    seeding = Seeding(stack, control, rep)
    mailbox = seeding.full(ours=1000, own=1000)
    assert count(rep, "Outlook")["Outlook"] == 1000
    return seeding.handled(mailbox, copies=30, meetings=20, moved=10)
