"""A calendar in which nothing happens costs one request a poll; what the trip-wire hides arrives with the full read."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from sandbox.stack import Stack
from tests.control import Control
from tests.scenarios.conftest import Hire
from tests.scenarios.people import Person
from tests.scenarios.proofs import agreed, at_rest, costs, hours_pass, poll_in_batch, subjects, tick

MINUTES = timedelta(minutes=1)
FULL_READ = {"GET delta", "GET calendarView"}


@pytest.fixture(name="anna")
def _anna(spare_hire: Hire, spare_stack: Stack) -> Person:
    """Return a rep with an appointment of SalesExec's and an event of her own, both known on both sides."""
    anna = spare_hire()
    anna.connect()
    anna.book(Subject="Call")
    anna.add_event(Subject="Dentist")
    anna.poll()
    at_rest(spare_stack)
    return anna


def test_an_idle_poll_is_one_request_to_graph_and_none_to_anybody_else(
    spare_stack: Stack, spare_control: Control, anna: Person
) -> None:
    since = anna.mark()
    anna.poll()
    alone = costs(spare_control, since, anna), anna.graph_calls(since)
    since = anna.mark()
    poll_in_batch(spare_stack, anna)
    at_rest(spare_stack)
    in_batch = costs(spare_control, since, anna), anna.graph_calls(since)

    assert alone == in_batch == (Counter(graph=1), ["GET delta"])


def test_a_timers_tick_costs_each_idle_rep_one_request(
    spare_stack: Stack, spare_control: Control, spare_hire: Hire
) -> None:
    reps = [spare_hire() for _ in range(4)]
    for rep in reps:
        rep.connect()
        rep.poll()
    at_rest(spare_stack)
    since = spare_control.mark()

    tick(spare_stack, *reps)
    at_rest(spare_stack)

    assert [rep.graph_calls(since) for rep in reps] == [["GET delta"]] * 4
    assert [costs(spare_control, since, rep)["entra"] for rep in reps] == [0] * 4


def test_four_idle_hours_are_fifteen_looks_and_one_full_read(
    spare_stack: Stack, spare_control: Control, anna: Person
) -> None:
    since = anna.mark()

    hours_pass(spare_stack, anna, hours=4, step=0.25)

    calls = Counter(anna.graph_calls(since))
    assert set(calls) == FULL_READ
    assert calls["GET calendarView"] == 1
    # A look each quarter of an hour; the full read's new round is empty-handed, or comes in pages.
    assert 16 <= calls["GET delta"] <= 18
    # An access token lives for 60 to 90 minutes. Source: Microsoft docs, entra access-tokens
    assert 2 <= costs(spare_control, since, anna)["entra"] <= 4
    assert [change["Event"]["Subject"] for change in anna.told()] == ["Dentist"]


def test_a_change_that_delta_hides_arrives_with_the_next_full_read(
    spare_stack: Stack, spare_control: Control, anna: Person
) -> None:
    spare_control.call("POST", "graph/delta", {"Upn": anna.upn, "HideNext": 3})
    anna.add_event(Subject="Hidden")
    anna.edit_event(anna.event("Call")["Id"], Subject="Call, hidden edit")
    anna.delete_event(anna.event("Dentist")["Id"])
    since = anna.mark()

    hours_pass(spare_stack, anna, hours=3, step=1)
    early, told_early = Counter(anna.graph_calls(since)), anna.told(since)
    hours_pass(spare_stack, anna, hours=1.5, step=1.5)

    assert early == Counter({"GET delta": 3})
    assert told_early == []
    assert agreed(anna)
    assert subjects(anna) == ["Call, hidden edit", "Hidden"]
    assert Counter(change["Action"] for change in anna.told(since)) == Counter(Upsert=2, Delete=1)


def test_what_delta_tells_late_arrives_when_it_is_told(
    spare_stack: Stack, spare_control: Control, anna: Person
) -> None:
    spare_control.call("POST", "graph/delta", {"Upn": anna.upn, "DelayNext": 1, "DelayRounds": 2})
    anna.add_event(Subject="Late")
    since = anna.mark()

    hours_pass(spare_stack, anna, hours=0.25, step=0.25)
    at_first = anna.told(since)
    hours_pass(spare_stack, anna, hours=0.75, step=0.25)

    assert at_first == []
    assert [change["Event"]["Subject"] for change in anna.told(since)] == ["Late"]
    assert Counter(anna.graph_calls(since))["GET calendarView"] == 1


def test_the_window_moves_on_with_each_full_read(spare_stack: Stack, anna: Person) -> None:
    anna.api.prefer(anna.user, WindowFutureDays=3)
    anna.add_event(anna.tomorrow() + timedelta(days=3), Subject="Beyond the window")
    anna.poll()
    since = anna.mark()

    hours_pass(spare_stack, anna, hours=2, step=1)
    at_first = anna.told(since)
    hours_pass(spare_stack, anna, hours=32, step=8)

    assert at_first == []
    assert [change["Event"]["Subject"] for change in anna.told(since)] == ["Beyond the window"]
    assert agreed(anna)
