"""After a disconnect: no token anywhere, nothing doubled for who comes back, nothing of the old for who comes anew."""

from __future__ import annotations

import pytest

from tests.control import Control
from tests.scenarios.cleaning.jobs import BOTH, cleaned, sums
from tests.scenarios.conftest import Hire
from tests.scenarios.people import Person, at, wall
from tests.scenarios.proofs import agreed, subjects
from tests.waiting import until

EVERYTHING = ["Ours", "Ours, edited", "Own", "Own, edited"]


@pytest.fixture(name="ben")
def _ben(hire: Hire) -> Person:
    """Return a rep with events of both kinds, some of them edited on the other side."""
    ben = hire()
    ben.connect()
    edited = ben.book(Subject="Ours, to edit")
    ben.book(Subject="Ours")
    ben.add_event(at(hour=14), Subject="Own")
    own = ben.add_event(at(hour=15), Subject="Own, to edit")
    ben.edit_event(edited["EventId"], Subject="Ours, edited")
    ben.edit_event(own["Id"], Subject="Own, edited")
    ben.poll()
    return ben


def come_back(person: Person, account: str) -> None:
    """Connect with an account, and wait until the first sync has ended."""
    moment = person.evidence.moment()
    browser = person.browser()
    browser.open(person.api.link(person.user)).submit().submit(account=account).submit()
    runs = person.evidence.runs_since
    until(lambda: runs("poll_calendar", person.user, moment), what="the poll has ended")
    until(lambda: runs("reconcile_appointments", person.user, moment), what="all is pushed")


@pytest.mark.parametrize("protected", [False, True], ids=["purged", "kept by the vault, deleted"])
def test_tokens_are_destroyed_and_purged_where_that_is_permitted(hire: Hire, control: Control, protected: bool) -> None:
    names = {each["Name"] for each in control.call("GET", "vault/secrets")["Secrets"]}
    ben = hire()
    ben.connect()
    [name] = {each["Name"] for each in control.call("GET", "vault/secrets")["Secrets"]} - names
    control.call("PUT", "vault/rules", {"PurgeProtection": protected})

    assert ben.api.disconnect(ben.user).status_code == 204

    left = [each for each in control.call("GET", "vault/secrets")["Secrets"] if each["Name"] == name]
    assert [each["Deleted"] for each in left] == ([True] if protected else [])


def test_the_same_mailbox_again_doubles_nothing(ben: Person) -> None:
    since = ben.mark()
    told = len(ben.told())
    ben.api.disconnect(ben.user)
    ben.add_event(at(hour=18), Subject="New meanwhile")

    come_back(ben, ben.upn)
    ben.poll()

    assert subjects(ben) == sorted([*EVERYTHING, "New meanwhile"])
    assert agreed(ben)
    assert [call for call in ben.graph_calls(since) if call.split()[0] != "GET"] == []
    assert [change["Event"]["Subject"] for change in ben.told()[told:]] == ["New meanwhile"]


def test_who_was_cleaned_up_and_disconnected_comes_back_to_a_running_sync(ben: Person) -> None:
    assert sums(cleaned(ben, *BOTH)) == (4, 4, 0)
    ben.api.disconnect(ben.user)

    come_back(ben, ben.upn)
    ben.poll()

    assert ben.api.connection(ben.user)["State"] == "Connected"
    assert subjects(ben) == EVERYTHING
    assert agreed(ben)


def test_another_mailbox_starts_clean_and_nothing_of_the_old_is_touched(
    ben: Person, hire: Hire, control: Control
) -> None:
    before = {event["Id"]: event["ChangeKey"] for event in ben.events()}
    other = hire().upn
    there = {"Subject": "In the new one", **wall(at(hour=13))}
    control.call("POST", "graph/events", {"Upn": other, "Event": there})
    ben.api.disconnect(ben.user)
    since, told = ben.mark(), len(ben.told())

    come_back(ben, other)
    ben.poll()

    assert {event["Id"]: event["ChangeKey"] for event in ben.events()} == before
    assert ben.graph_calls(since) == []
    now_there = control.call("GET", "graph/events", Upn=other)["Events"]
    assert sorted(event["Subject"] for event in now_there) == ["In the new one", "Ours", "Ours, edited"]
    changes = ben.told()[told:]
    assert [change["Action"] for change in changes] == ["Upsert"]
    assert [change["Event"]["Subject"] for change in changes] == ["In the new one"]
    assert {each["Subject"] for each in ben.appointments()} == {*EVERYTHING, "In the new one"}


def test_a_clean_up_after_the_change_of_mailbox_touches_only_the_new_one(
    ben: Person, hire: Hire, control: Control
) -> None:
    before = {event["Id"]: event["ChangeKey"] for event in ben.events()}
    other = hire().upn
    ben.api.disconnect(ben.user)
    come_back(ben, other)

    job = cleaned(ben)

    assert sums(job) == (2, 2, 0)
    assert {event["Id"]: event["ChangeKey"] for event in ben.events()} == before
    assert control.call("GET", "graph/events", Upn=other)["Events"] == []
