"""The host is killed before and after every outside call; started again, it all ends as if nothing had happened.

Which calls there are is not written down anywhere: each deed is played undisturbed first, and its requests are read
from the simulators' journal and from the relay before storage. Then it is played again for every one of them, held
there before it is carried out, or after, until the host is killed. What follows is what the world does: SalesExec
repeats a push that got no answer, messages come back, time passes, and calendars are polled.
"""

from __future__ import annotations

import copy

import pytest

from tests.scenarios.killing.deeds import DEEDS, FIRSTS, OURS
from tests.scenarios.killing.people import Json
from tests.scenarios.killing.state import differences
from tests.scenarios.killing.sweep import Sweep

pytestmark = pytest.mark.timeout(3600)

STORAGE_SHARE = 9
"""Of the calls to storage every ninth is taken, and all of them with --long."""

# Subjects of events and of appointments that are not cancelled, by rep, and what SalesExec was told.
ENDS: dict[str, list[tuple[list[str], list[str], list[str]]]] = {
    "create": [(["Call Wingtip Toys"], ["Call Wingtip Toys"], [])],
    "update": [(["Call Fabrikam"], ["Call Fabrikam"], [])],
    "unchanged": [(["Call Wingtip Toys"], ["Call Wingtip Toys"], [])],
    "update and an edit in Outlook": [(["Call Fabrikam"], ["Call Fabrikam"], ["Upsert"])],
    "delete": [([], [], [])],
    "cancel": [([], [], [])],
    "move to another rep": [([], [], []), (["Call Wingtip Toys"], ["Call Wingtip Toys"], [])],
    "revive": [(["Call Wingtip Toys"], ["Call Wingtip Toys"], [])],
    "make again what was deleted": [(["Call Fabrikam"], ["Call Fabrikam"], [])],
    "create a whole day": [(["Call Wingtip Toys"], ["Call Wingtip Toys"], [])],
    "create a series": [(["Call Wingtip Toys"], ["Call Wingtip Toys"], [])],
    "update a series": [(["Call Fabrikam"], ["Call Fabrikam"], [])],
    "change an occurrence": [(["Call Wingtip Toys"], ["Call Wingtip Toys"], [])],
    "cancel an occurrence": [(["Call Wingtip Toys"], ["Call Wingtip Toys"], [])],
    "a meeting": [(["Call Wingtip Toys"], ["Call Fabrikam"], [])],
    "what must wait": [(["Call Wingtip Toys", "First"], ["Call Wingtip Toys", "First"], [])],
    "a process's first push": [(["Call Wingtip Toys"], ["Call Wingtip Toys"], [])],
    "a process's first that waits": [(["Call Wingtip Toys", "First"], ["Call Wingtip Toys", "First"], [])],
    "deliver what waited": [(["Call Wingtip Toys"], ["Call Wingtip Toys"], [])],
    "poll": [
        (
            ["Call Wingtip Toys", "Dentist, at last", "Lunch", "Stand-up"],
            ["Call Wingtip Toys", "Dentist, at last", "Lunch", "Stand-up"],
            ["Delete", "Upsert", "Upsert", "Upsert", "Upsert"],
        )
    ],
    "clean up 25": [
        (["Own 0", "Own 1", "Own 2"], [f"Ours {number:02d}" for number in range(OURS)], ["Delete", "Delete", "Delete"])
    ],
}


@pytest.mark.parametrize("deed", [deed.name for deed in (*DEEDS, *FIRSTS)])
def test_undisturbed_a_deed_ends_as_it_should(sweep: Sweep, deed: str) -> None:
    state = sweep.golden(deed)

    assert sweep.found.undisturbed.get(deed, []) == []
    assert state["mails"] == 0
    assert [_in_short(state[f"rep {number}"]) for number in range(len(ENDS[deed]))] == ENDS[deed]


def _in_short(rep: Json) -> tuple[list[str], list[str], list[str]]:
    there = [each["Subject"] for each in rep["appointments"] if each["Status"] != "Canceled"]
    told = [each["Action"] for each in rep["told"]]
    return sorted(event["Subject"] for event in rep["events"]), sorted(there), sorted(told)


def test_whatever_differs_from_an_undisturbed_end_is_noticed(sweep: Sweep) -> None:
    golden = sweep.golden("create")
    event = golden["rep 0"]["events"][0]
    spoilt = [copy.deepcopy(golden) for _ in range(4)]
    spoilt[0]["rep 0"]["events"].append(event)
    spoilt[1]["rep 0"]["events"][0]["Location"] = "Somewhere else"
    spoilt[2]["rep 0"]["told"].append({"Action": "Delete"})
    spoilt[3]["mails"] = 1

    assert differences(golden, copy.deepcopy(golden)) == []
    assert all(differences(golden, each) for each in spoilt)


def test_killed_before_and_after_every_call_each_deed_ends_as_if_nothing_had_happened(
    sweep: Sweep, pytestconfig: pytest.Config
) -> None:
    everything = bool(pytestconfig.getoption("long"))

    sweep.kill_everywhere(share=1 if everything else STORAGE_SHARE, all_firsts=everything)

    wrong = [f"{point}\n    " + "\n    ".join(lines) for point, lines in sweep.found.wrong.items()]
    assert not wrong, "\n".join(wrong)
    assert sweep.found.missed == []
    assert sweep.found.unprepared == []
