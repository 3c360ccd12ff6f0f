"""A whole set of fakes, for tests of the use cases."""

from typing import Any

from shared_code.adapters.sealing import FernetSealer
from shared_code.use_cases.ports import Ports
from shared_code.use_cases.turns import Turns
from tests.fakes.calendar import FakeCalendars
from tests.fakes.clock import FakeClock
from tests.fakes.crm import FakeCrm
from tests.fakes.queue import FakeWorkQueue
from tests.fakes.sign_in import FakeSignIn
from tests.fakes.stores import (
    FakeAlarms,
    FakeCleanups,
    FakeConnections,
    FakeHolders,
    FakeOneTime,
    FakePairs,
    FakePolls,
    FakeWaiting,
)
from tests.fakes.vault import FakeTokens

SIGNING_KEY = bytes(range(32))
CRM_HOST = "crm.salesexec.example"


def fake_ports(**replacements: Any) -> Ports:
    """Return ports that are fakes all through; whatever is given stands in the place of one.

    A test that looks into a fake makes it itself and gives it here: `fake_ports(crm=crm)`.
    """
    clock = replacements.pop("clock", None) or FakeClock()
    fakes: dict[str, Any] = {
        "clock": clock,
        "calendars": FakeCalendars(),
        "crm": FakeCrm(),
        "sign_in": FakeSignIn(),
        "vault": FakeTokens(),
        "connections": FakeConnections(),
        "pairs": FakePairs(),
        "holders": FakeHolders(),
        "polls": FakePolls(),
        "waiting": FakeWaiting(),
        "alarms": FakeAlarms(),
        "cleanups": FakeCleanups(),
        "one_time": FakeOneTime(),
        "work": FakeWorkQueue(),
        "sealer": FernetSealer([SIGNING_KEY], clock),
        "turns": Turns(),
        "lead_hosts": frozenset({CRM_HOST}),
        "allowed_link_hosts": frozenset({CRM_HOST}),
    }
    return Ports(**{**fakes, **replacements})
