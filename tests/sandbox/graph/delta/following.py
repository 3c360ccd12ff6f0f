"""A caller that follows change tracking, for the tests of calendarView/delta."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.sandbox.graph.rep import Rep

VIEW = "/me/calendarView/delta"
NOVEMBER = "startDateTime=2026-11-01T00:00:00Z&endDateTime=2026-12-01T00:00:00Z"
OUTSIDE = {"start": "2027-03-01T09:00:00", "end": "2027-03-01T09:30:00"}


@dataclass
class Round:
    """All pages of one round, and where the next one begins."""

    pages: list[list[dict[str, Any]]] = field(default_factory=list)
    delta_link: str = ""

    @property
    def items(self) -> list[dict[str, Any]]:
        return [item for page in self.pages for item in page]

    @property
    def told(self) -> list[str]:
        """Ids of what is in the window, in the order they came."""
        return [item["id"] for item in self.items if "@removed" not in item]

    @property
    def removed(self) -> list[str]:
        return [item["id"] for item in self.items if "@removed" in item]

    @property
    def subjects(self) -> set[str]:
        return {item["subject"] for item in self.items if "@removed" not in item}


def follow(rep: Rep, link: str = "", *, size: int = 50, prefer: str = "") -> Round:
    """Follow a round to its deltaLink; without a link begin one for November."""
    result = Round()
    wanted = f"odata.maxpagesize={size}" + (f", {prefer}" if prefer else "")
    answer = rep.get(link or VIEW, "" if link else NOVEMBER, prefer=wanted)
    while True:
        result.pages.append(answer["value"])
        assert ("@odata.nextLink" in answer) != ("@odata.deltaLink" in answer)
        if "@odata.deltaLink" in answer:
            result.delta_link = answer["@odata.deltaLink"]
            return result
        answer = rep.get(answer["@odata.nextLink"], prefer=wanted)


def order(rep: Rep, **numbers: int) -> dict[str, Any]:
    """Order something of change tracking of the rep's mailbox."""
    return rep.outlook("POST", "/delta", {"Upn": rep.user.upn, **numbers})
