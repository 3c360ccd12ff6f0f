"""Many deletes at once are held until somebody decides."""

from __future__ import annotations

from typing import Any

import pytest

from tests.scenarios.people import Person
from tests.waiting import until


def decide(rep: Person, decision: Any) -> int:
    body = {"Decision": decision}
    path = f"users/{rep.user}/held-deletes"
    return rep.api.call("POST", path, "decide_held_deletes", json=body).status_code


@pytest.fixture(name="emptied")
def _emptied(anna: Person) -> Person:
    """Return a rep of whose twelve appointments, two of them made in Outlook, eleven were deleted there."""
    for number in range(10):
        anna.book(Subject=f"Call {number}")
    for number in range(2):
        anna.add_event(Subject=f"Hers {number}")
    anna.poll()
    for event in anna.events():
        if event["Subject"] != "Call 0":
            anna.delete_event(event["Id"])
    anna.poll()
    return anna


def test_many_deletes_are_held_and_nothing_is_deleted_in_salesexec(emptied: Person) -> None:
    connection = emptied.api.connection(emptied.user)

    assert (connection["State"], connection["HeldDeletes"]) == ("Held", 11)
    assert len(emptied.appointments()) == 12
    until(lambda: emptied.notices() == ["DeletesHeld"], what="SalesExec was told")
    kept = next(each for each in emptied.appointments() if each["Subject"] == "Call 0")
    emptied.edit(kept["AppointmentGuid"], Subject="Goes on")
    assert "Goes on" in [event["Subject"] for event in emptied.events()]


def test_applied_they_are_gone_in_salesexec(emptied: Person) -> None:
    assert decide(emptied, "Apply") == 202

    until(lambda: len(emptied.appointments()) == 1, what="the deletes are applied")
    until(lambda: emptied.api.connection(emptied.user)["State"] == "Connected", what="nothing is held any more")


def test_restored_they_are_in_outlook_again(emptied: Person) -> None:
    assert decide(emptied, "Restore") == 202

    until(lambda: len(emptied.events()) == 12, what="the events are made again")
    until(lambda: emptied.api.connection(emptied.user)["State"] == "Connected", what="nothing is held any more")
    emptied.poll()
    assert len(emptied.appointments()) == 12
    assert emptied.mails_caused_by_app() == 0


@pytest.mark.parametrize("decision", [None, "apply", 1, ["Apply"], {}])
def test_a_decision_that_is_none_is_refused_and_named(anna: Person, decision: Any) -> None:
    path = f"users/{anna.user}/held-deletes"

    answer = anna.api.call("POST", path, "decide_held_deletes", json={"Decision": decision})

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/Decision"


def test_nobody_connected_has_nothing_to_decide(new_rep: Person) -> None:
    assert decide(new_rep, "Apply") == 409
    assert (new_rep.api.connection(new_rep.user)["HeldDeletes"]) == 0


def test_a_rep_of_whom_nothing_is_held_is_left_as_she_is(anna: Person) -> None:
    anna.book()

    assert decide(anna, "Restore") == 202

    assert anna.api.connection(anna.user)["State"] == "Connected"
