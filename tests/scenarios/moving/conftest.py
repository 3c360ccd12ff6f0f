"""The states in which a rep may be when an appointment leaves her, or comes to her."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from sandbox.stack import Stack
from tests.control import Control
from tests.scenarios.people import Person, a_guid
from tests.scenarios.proofs import at_rest, early, hours_pass, poisoned
from tests.waiting import until

STATES = ["connected", "paused", "dead", "throttled", "disconnected"]
"""What may have become of a rep who was connected."""

LEAVES = {
    "connected": "Removed",
    "paused": "Removed",
    "dead": "Queued",
    "throttled": "Queued",
    "disconnected": "NotConnected",
}
"""What a move away from a rep in that state says of her."""

ENTERS = {
    "connected": ("Created", None),
    "paused": ("Skipped", "SyncDisabled"),
    "dead": ("Queued", "ReconnectNeeded"),
    "throttled": ("Queued", "Throttled"),
    "disconnected": ("Skipped", "NotConnected"),
}
"""What a move to a rep in that state comes to."""


@dataclass(frozen=True, slots=True)
class Weather:
    """Puts reps into their states, and has all be well again."""

    stack: Stack
    control: Control

    def befalls(self, person: Person, state: str) -> None:
        """Have it come over a rep who is connected."""
        match state:
            case "paused":
                assert person.api.change(person.user, {"Enabled": False}).status_code == 200
            case "dead":
                order = {"Upn": person.upn, "Fate": "Revoked", "AccessTokensToo": True}
                self.control.call("POST", "entra/grants", order)
                person.push(a_guid(), Subject="Found out")
                until(person.notices, what="she was told")
            case "throttled":
                self.control.fault("graph", "throttle", RetryAfter="3600", Match={"Actor": person.upn})
            case "disconnected":
                assert person.api.disconnect(person.user).status_code == 204

    def passes(self, **people: Person) -> None:
        """Have time pass, and then every rep in order again; `people` are named by the state they were in."""
        hours_pass(self.stack, *people.values(), hours=1.25, step=1.25)
        for state, person in people.items():
            match state.partition("_")[0]:
                case "paused":
                    person.api.change(person.user, {"Enabled": True})
                case "dead" | "disconnected" | "never":
                    person.connect()
        at_rest(self.stack)
        hours_pass(self.stack, *people.values(), hours=0.5)


@pytest.fixture(name="weather")
def _weather(spare_stack: Stack, spare_control: Control) -> Weather:
    return Weather(spare_stack, spare_control)


@pytest.fixture(autouse=True)
def _nothing_poisoned(spare_stack: Stack, spare_control: Control) -> Iterator[None]:
    yield
    spare_control.clear_faults()
    at_rest(spare_stack)
    assert poisoned(spare_stack) == {}


def no_ghost(control: Control, guid: str, holder: Person, *others: Person) -> None:
    """Assert that only its holder has an event of the appointment, and that SalesExec never heard of a removal."""
    everybody = (holder, *others)
    holding = [
        (person.upn, mark["AppointmentGuid"])
        for person in everybody
        for event in person.events()
        for mark in event["Extensions"].values()
        if mark["AppointmentGuid"] == guid
    ]
    assert holding == [(holder.upn, guid)]
    assert [change for person in everybody for change in person.told() if change["Action"] == "Delete"] == []
    appointment = holder.appointment(guid)
    assert (appointment["Status"], appointment["UserGuid"]) == ("Pending", holder.user)
    assert [early(control, person.upn) for person in everybody] == [[]] * len(everybody)
    assert [person.mails_caused_by_app() for person in everybody] == [0] * len(everybody)
