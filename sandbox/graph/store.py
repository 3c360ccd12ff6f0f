"""The simulator's state: mailboxes, limits, and the switches for what nobody has established."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.directory import User
from sandbox.graph.control.outlook import wish_of
from sandbox.graph.limits import Limits
from sandbox.graph.mailbox.mailbox import Mailbox
from sandbox.world import World

SWITCHES: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("graph.if_match", ("412", "409", "ignored"), "status of a write whose If-Match is not the current version"),
    ("graph.duplicate_transaction_status", ("400", "409"), "status of a transactionId used for another event"),
    ("graph.duplicate_names_event", ("no", "yes"), "whether that refusal holds @event.existingEventId"),
    ("graph.transaction_after_delete", ("forgotten", "blocks"), "whether a deleted event's transactionId still counts"),
    ("graph.iana_zone_stored", ("as-sent", "windows"), "how originalStartTimeZone names a zone sent the IANA way"),
    ("graph.iana_zones", ("documented", "all"), "which IANA names are accepted"),
    ("graph.original_zone_after_patch", ("kept", "follows"), "whether a PATCH of start moves originalStartTimeZone"),
    ("graph.pages", ("full", "short", "empty"), "whether pages are short, or begin with an empty one and a nextLink"),
    ("graph.top_above_1000", ("clamped", "refused"), "what becomes of a $top over 1000"),
    ("graph.empty_expansion", ("omitted", "empty"), "how an expansion that finds nothing looks"),
    ("graph.id_format_in_path", ("either", "as-preferred"), "which id format an address takes"),
    ("graph.times_selected_in_view", ("omitted", "returned"), "whether calendarView obeys $select of the timestamps"),
    ("graph.me_events_lists", ("mailbox", "default-calendar"), "which calendars GET /me/events lists"),
    ("graph.plus_in_query", ("space", "literal"), "whether + in a query is a space"),
    ("graph.text_bodies", ("kept", "html"), "how a text body is read without a preference"),
)


class GraphStore:
    """Everything Graph knows."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.limits = Limits(world.clock.now)
        self._mailboxes: dict[str, Mailbox] = {}
        for name, values, why in SWITCHES:
            world.switches.declare(name, values, values[0], why)
        world.on_seed(self.seed)

    def mailbox(self, user: User) -> Mailbox:
        """Return a user's mailbox, with its default calendar from the first look on."""
        if user.oid not in self._mailboxes:
            self._mailboxes[user.oid] = Mailbox(self.world, user)
        return self._mailboxes[user.oid]

    def mailboxes(self) -> list[Mailbox]:
        """Return every mailbox that was ever looked at."""
        return list(self._mailboxes.values())

    def seed(self, user: User, description: Mapping[str, Any]) -> None:
        """Fill a seeded person's mailbox with the Calendars (names) and Events their description has."""
        mailbox = self.mailbox(user)
        for name in description.get("Calendars", ()):
            mailbox.add_calendar(str(name))
        for event in description.get("Events", ()):
            mailbox.create(mailbox.default_calendar, wish_of(event, creating=True), {})

    def reset(self) -> None:
        """Forget every mailbox; limits go back to the published numbers."""
        self._mailboxes.clear()
        self.limits.reset()
