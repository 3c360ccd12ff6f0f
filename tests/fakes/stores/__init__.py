"""The stores in memory, with the versions, races and rules of the real ones."""

from tests.fakes.stores.alarms import FakeAlarms
from tests.fakes.stores.cleanups import FakeCleanups
from tests.fakes.stores.connections import FakeConnections
from tests.fakes.stores.holders import FakeHolders
from tests.fakes.stores.one_time import FakeOneTime
from tests.fakes.stores.pairs import FakePairs
from tests.fakes.stores.polls import FakePolls
from tests.fakes.stores.waiting import FakeWaiting

__all__ = [
    "FakeAlarms",
    "FakeCleanups",
    "FakeConnections",
    "FakeHolders",
    "FakeOneTime",
    "FakePairs",
    "FakePolls",
    "FakeWaiting",
]
