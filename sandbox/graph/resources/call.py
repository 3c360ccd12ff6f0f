"""One authenticated request on its way to what answers it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sandbox.directory import User
from sandbox.graph.errors import item_not_found
from sandbox.graph.mailbox.items import Calendar, Event
from sandbox.graph.mailbox.mailbox import Mailbox
from sandbox.graph.queries.options import expansion_of, select_of
from sandbox.graph.store import GraphStore
from sandbox.graph.wire.bodies import EventReader
from sandbox.graph.wire.entities import SELECTABLE, Reading
from sandbox.graph.wire.messages import GraphAnswer, GraphRequest
from sandbox.graph.wire.preferences import Preferences


@dataclass(slots=True, kw_only=True)
class Call:
    """A request whose sender is known and allowed, with the ids its address holds."""

    store: GraphStore
    user: User
    client_id: str
    request: GraphRequest
    preferences: Preferences
    ids: dict[str, str] = field(default_factory=dict)
    # Whether the address goes through `/calendar`.
    in_default_calendar: bool = False
    # What happened, in words for the journal.
    summary: str = ""

    @property
    def mailbox(self) -> Mailbox:
        """The sender's mailbox."""
        return self.store.mailbox(self.user)

    @property
    def calendar(self) -> Calendar | None:
        """The calendar the address names by id or as the default one; none when it names the whole mailbox."""
        if "calendar" in self.ids:
            return self.mailbox.calendar(self.ids["calendar"])
        return self.mailbox.default_calendar if self.in_default_calendar else None

    @property
    def calendar_or_default(self) -> Calendar:
        """The calendar that is meant when only one can be."""
        return self.calendar or self.mailbox.default_calendar

    @property
    def context(self) -> str:
        """The beginning of every `@odata.context` of this sender."""
        return f"{self.request.root}/$metadata#users('{self.user.oid}')"

    def switch(self, name: str) -> str:
        """Return how a behaviour that nobody has established is to turn out."""
        return self.store.world.switches[f"graph.{name}"]

    def event(self) -> Event:
        """Return the event the address names, or refuse."""
        event = self.mailbox.event(self.ids["event"], immutable_asked=self.preferences.immutable_ids)
        calendar = self.calendar
        if calendar is not None and event.calendar_id != calendar.id:
            raise item_not_found()
        return event

    def reader(self, *, creating: bool) -> EventReader:
        """Return what reads the event in the body."""
        longest = self.switch("longest_count")
        return EventReader(
            every_iana_zone=self.switch("iana_zones") == "all",
            creating=creating,
            pattern_comes_first=self.switch("recurrence_order") == "pattern-first",
            longest_count=int(longest) if longest.isdigit() else 0,
            html_as_sent=self.switch("html_bodies") == "as-sent",
        )

    def reading(self) -> Reading:
        """Return how the answer's events are to look."""
        return Reading(
            preferences=self.preferences,
            select=select_of(self.request.query, SELECTABLE, "microsoft.graph.event"),
            expansion=expansion_of(self.request.query),
            empty_expansion=self.switch("empty_expansion") == "empty",
            text_as_html=self.switch("text_bodies") == "html",
            all_day_zone_is_told=self.switch("recurrence_zone_of_all_day") == "told",
        )

    def answer(self, status: int, body: dict[str, Any] | None = None) -> GraphAnswer:
        """Return an answer that says which preferences were followed."""
        headers = {"Preference-Applied": ", ".join(self.preferences.applied)} if self.preferences.applied else {}
        return GraphAnswer(status=status, body=body, headers=headers)
