"""The window of time that a calendar view shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.graph.errors import GraphError, invalid_request
from sandbox.graph.wire.zones import read_instant

# An integrator's finding: a longer window is refused.
LONGEST = timedelta(days=1825)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """From one instant to another, the second exclusive."""

    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        """How much time it spans."""
        return self.end - self.start


def window_of(query: Mapping[str, str]) -> Window:
    """Return the window a query asks for, or refuse."""
    start, end = read_instant(query.get("startdatetime", "")), read_instant(query.get("enddatetime", ""))
    if start is None or end is None:
        words = (
            "This request requires a time window specified by the query string parameters StartDateTime and "
            "EndDateTime."
        )
        raise GraphError(400, "ErrorInvalidParameter", words)
    if end < start or end - start > LONGEST:
        raise invalid_request("Your request can't be completed. The range between the start and end dates is invalid.")
    return Window(start=start, end=end)
