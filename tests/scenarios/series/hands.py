"""What a rep and a salesperson do with series, and what each of them then sees in a calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import requests

from tests.control import Control
from tests.scenarios.people import Person, utc

HALF_AN_HOUR = timedelta(minutes=30)
YEAR = timedelta(days=364)

type Seen = list[tuple[str, str, str]]


class Hands:
    """Everything that a story does with series, for one rep."""

    def __init__(self, control: Control, rep: Person, zone: str = "Europe/Berlin") -> None:
        self._control = control
        self.rep = rep
        self.zone = zone
        today = rep.tomorrow().date()
        self.monday = today + timedelta(days=7 - today.weekday())

    # When.

    def wall(self, day: date, hour: int = 9) -> dict[str, str]:
        """Return half an hour of that day as clocks of the zone show it."""
        starts = datetime(day.year, day.month, day.day, hour)  # noqa: DTZ001 - a wall time
        return {"Start": starts.isoformat(), "End": (starts + HALF_AN_HOUR).isoformat(), "TimeZone": self.zone}

    def slot(self, day: date, hour: int = 9) -> str:
        """Return the original start of the occurrence of that day."""
        return utc(datetime(day.year, day.month, day.day, hour, tzinfo=ZoneInfo(self.zone)))

    def week(self, number: int) -> date:
        """Return the Monday so many weeks after the first."""
        return self.monday + timedelta(weeks=number)

    # In SalesExec.

    def book(self, *lines: str, day: date | None = None, **said: Any) -> dict[str, Any]:
        """Book a series, by default at nine on Mondays."""
        return self.rep.book(**{**self.wall(day or self.monday), "Recurrence": list(lines), "Subject": "Plan", **said})

    def edit_one(self, guid: str, slot: str, **said: Any) -> dict[str, Any]:
        """Change one occurrence in SalesExec; return what the sync answered."""
        made = self._control.call("PATCH", f"salesexec/appointments/{guid}/occurrences/{slot}", said)
        answer: dict[str, Any] = made["Push"]
        return answer

    def cancel_one(self, guid: str, slot: str) -> dict[str, Any]:
        """Cancel one occurrence in SalesExec; return what the sync answered."""
        made = self._control.call("POST", f"salesexec/appointments/{guid}/occurrences/{slot}/cancel", {})
        answer: dict[str, Any] = made["Push"]
        return answer

    def put_one(self, guid: str, slot: str, **said: Any) -> requests.Response:
        """Push one occurrence past SalesExec."""
        path = f"appointments/{guid}/occurrences/{quote(slot, safe='')}"
        return self.rep.api.call("PUT", path, "push_occurrence", json=self.rep.body(**said))

    def delete_one(self, guid: str, slot: str, modified_utc: str) -> requests.Response:
        """Cancel one occurrence past SalesExec."""
        path = f"appointments/{guid}/occurrences/{quote(slot, safe='')}"
        return self.rep.api.call("DELETE", path, "delete_occurrence", params={"modifiedUtc": modified_utc})

    # In Outlook.

    def add_series(self, pattern: dict[str, Any], span: dict[str, Any] | None = None, **said: Any) -> dict[str, Any]:
        """Make a series, by default at nine on Mondays."""
        recurrence: dict[str, Any] = {"Pattern": pattern, **({"Range": span} if span else {})}
        event = {"Subject": "Stand-up", **self.wall(self.monday), "Recurrence": recurrence, **said}
        made: dict[str, Any] = self._control.call("POST", "graph/events", {"Upn": self.rep.upn, "Event": event})
        return made

    def receive_invitation(self, event: dict[str, Any]) -> None:
        """Be invited to somebody else's series."""
        self._control.call("POST", "graph/invitations", {"Upn": self.rep.upn, "Event": event})

    def change_one(self, master: str, day: date, **said: Any) -> None:
        """Change one occurrence."""
        self._control.call("PATCH", f"graph/events/{master}/occurrences/{day}", said)

    def delete_occurrence(self, master: str, day: date) -> None:
        """Delete one occurrence."""
        self._control.call("DELETE", f"graph/events/{master}/occurrences/{day}")

    def split(self, master: str, day: date, **said: Any) -> dict[str, Any]:
        """Change this and all that follow; return both series."""
        made: dict[str, Any] = self._control.call("POST", f"graph/events/{master}/split", {"At": str(day), **said})
        return made

    # What both see.

    def outlook(self, lasting: timedelta = timedelta(days=90)) -> Seen:
        """Return subject, start and end of everything in her Outlook calendar, earliest first."""
        span = self._span(lasting)
        shown = self._control.call("GET", "graph/view", Upn=self.rep.upn, **span)["Events"]
        return sorted((each["Subject"], *_times(each, "StartUtc", "EndUtc")) for each in shown)

    def salesexec(self, lasting: timedelta = timedelta(days=90)) -> Seen:
        """Return subject, start and end of everything in her SalesExec calendar."""
        span = self._span(lasting)
        shown = self._control.call("GET", "salesexec/view", UserGuid=self.rep.user, **span)["Shown"]
        return sorted((each["Subject"], *_times(each, "Start", "End")) for each in shown)

    def same_on_both_sides(self, count: int, lasting: timedelta = timedelta(days=90)) -> bool:
        """Tell whether both calendars show the same, so many times; an AssertionError says what differs."""
        ours, theirs = self.outlook(lasting), self.salesexec(lasting)
        assert ours == theirs
        assert len(ours) == count
        return True

    def _span(self, lasting: timedelta) -> dict[str, str]:
        starts = datetime(self.monday.year, self.monday.month, self.monday.day, tzinfo=UTC) - timedelta(days=1)
        return {"StartUtc": utc(starts), "EndUtc": utc(starts + lasting)}


def _times(shown: dict[str, Any], start: str, end: str) -> tuple[str, str]:
    if shown["IsAllDay"]:
        return shown[start][:10], shown[end][:10]
    return utc(datetime.fromisoformat(shown[start])), utc(datetime.fromisoformat(shown[end]))
