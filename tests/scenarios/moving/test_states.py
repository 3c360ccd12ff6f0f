"""An appointment moves between reps in whatever state the two are: no ghost, and never a delete for SalesExec."""

from __future__ import annotations

from itertools import product

import pytest

from tests.control import Control
from tests.scenarios.conftest import Hire
from tests.scenarios.moving.conftest import ENTERS, LEAVES, STATES, Weather, no_ghost

NOT_WELL = [state for state in STATES if state != "connected"]
PAIRS = [
    *product(STATES, ["connected"]),
    *product(["connected"], NOT_WELL),
    ("throttled", "dead"),
]


@pytest.mark.parametrize(("old_state", "new_state"), PAIRS)
def test_a_move_leaves_no_ghost_in_whatever_state_the_two_are(
    spare_hire: Hire, spare_control: Control, weather: Weather, old_state: str, new_state: str
) -> None:
    anna, ben = spare_hire(), spare_hire()
    anna.connect()
    ben.connect()
    guid = anna.book(Subject="Moving")["AppointmentGuid"]
    weather.befalls(anna, old_state)
    weather.befalls(ben, new_state)
    since = anna.mark()

    answer = anna.hand_over(guid, ben)["Push"]["Body"]
    calls = [call for call in anna.graph_calls(since) if call != "GET delta"]
    weather.passes(**{old_state: anna, f"{new_state}_": ben})

    assert (answer["Outcome"], answer["Reason"]) == ENTERS[new_state]
    assert answer["PreviousRep"] == LEAVES[old_state]
    assert len(calls) == {"Removed": 2, "NotConnected": 0}.get(answer["PreviousRep"], len(calls))
    no_ghost(spare_control, guid, ben, anna)


@pytest.mark.parametrize("old_state", STATES)
def test_a_move_to_somebody_who_is_not_connected_takes_it_out_all_the_same(
    spare_hire: Hire, spare_control: Control, weather: Weather, old_state: str
) -> None:
    anna, ben = spare_hire(), spare_hire()
    anna.connect()
    guid = anna.book(Subject="Moving")["AppointmentGuid"]
    weather.befalls(anna, old_state)

    answer = anna.hand_over(guid, ben)["Push"]["Body"]
    weather.passes(**{old_state: anna})
    gone = [event for event in anna.events() if event["Subject"] == "Moving"]
    weather.passes(never=ben)

    assert (answer["Outcome"], answer["Reason"]) == ("Skipped", "NotConnected")
    assert answer["PreviousRep"] == LEAVES[old_state]
    assert gone == []
    no_ghost(spare_control, guid, ben, anna)


@pytest.mark.parametrize("state", STATES)
def test_a_move_there_and_back_again_leaves_it_where_it_was(
    spare_hire: Hire, spare_control: Control, weather: Weather, state: str
) -> None:
    anna, ben = spare_hire(), spare_hire()
    anna.connect()
    ben.connect()
    guid = anna.book(Subject="Moving")["AppointmentGuid"]
    weather.befalls(anna, state)

    anna.hand_over(guid, ben)
    back = ben.hand_over(guid, anna)["Push"]["Body"]
    weather.passes(**{state: anna, "connected_": ben})

    assert back["PreviousRep"] == "Removed"
    no_ghost(spare_control, guid, anna, ben)
