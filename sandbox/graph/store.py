"""The simulator's state: mailboxes, limits, and the switches for what nobody has established."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from sandbox.directory import User
from sandbox.graph.control.outlook import shown, wish_of
from sandbox.graph.delta.tokens import Tokens
from sandbox.graph.limits import Limits
from sandbox.graph.mailbox.items import Event
from sandbox.graph.mailbox.mailbox import Mailbox
from sandbox.graph.subscriptions.book import Subscriptions
from sandbox.graph.subscriptions.delivering import Postman
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
    ("graph.html_bodies", ("cleaned", "as-sent"), "whether Exchange takes scripts and the like out of an HTML body"),
    ("graph.text_bodies", ("kept", "html"), "how a text body is read without a preference"),
    ("graph.delta_pages", ("full", "short", "empty"), "how full the pages of change tracking are"),
    ("graph.delta_items", ("full", "changed", "minimal"), "what a changed event is told with"),
    (
        "graph.delta_repeats",
        ("once", "in-round", "in-later-round", "everywhere"),
        "whether an event is told several times in a round, and again in the next",
    ),
    ("graph.delta_deletions", ("told", "missing"), "whether change tracking tells of deleted events"),
    ("graph.delta_removed_at_first", ("no", "yes"), "whether a first round holds @removed for what is not in it"),
    ("graph.delta_select", ("refused", "obeyed", "ignored"), "what becomes of $select in change tracking"),
    ("graph.delta_options", ("refused", "ignored"), "what becomes of $filter, $orderby, $search and $top there"),
    (
        "graph.delta_wide_window",
        ("served", "504", "504-if-endless"),
        "whether a window of more than WidestDays is too much, always or with an endless series in the calendar",
    ),
    ("graph.delta_lost_status", ("410", "400", "404"), "status of a token that is not known any more"),
    (
        "graph.delta_lost_code",
        (
            "SyncStateNotFound",
            "syncStateNotFound",
            "SYNCSTATENOTFOUND",
            "resyncRequired",
            "fullSyncRequired",
            "syncStateInvalid",
        ),
        "code of that answer",
    ),
    ("graph.delta_lost_code_stands", ("outside", "inside"), "whether that code is in error or in its innerError"),
    ("graph.delta_lost_location", ("no", "yes"), "whether that answer has a Location with an empty $deltatoken"),
    ("graph.subscription_longest", ("10070", "10080"), "how many minutes a subscription may live"),
    ("graph.subscription_too_long", ("refused", "shortened"), "what becomes of one that is to live longer"),
    ("graph.notifications", ("delivered", "doubled", "held", "lost"), "what becomes of change notifications"),
    ("graph.new_recurrence", ("drops-exceptions", "keeps-exceptions"), "what a new recurrence does to exceptions"),
    ("graph.exception_id", ("kept", "changed"), "whether an occurrence keeps its id when it becomes an exception"),
    ("graph.deleted_neighbour", ("counts", "is-gone"), "whether an occurrence may move past a deleted neighbour"),
    ("graph.last_occurrence", ("series-goes", "refused"), "what deleting the last occurrence does"),
    ("graph.master_start", ("first-occurrence", "as-sent"), "where a master starts whose first day fits no pattern"),
    ("graph.recurrence_zone_of_all_day", ("told", "empty"), "recurrenceTimeZone of an all-day series when read"),
    ("graph.recurrence_order", ("any", "pattern-first"), "whether a range may come before its pattern"),
    ("graph.longest_count", ("999", "any"), "the greatest numberOfOccurrences"),
    ("graph.occurrences_show_extensions", ("yes", "no"), "whether a master's open extensions show on occurrences"),
    ("graph.occurrences_show_properties", ("yes", "no"), "the same of its extended properties"),
    ("graph.split_copies_hidden", ("yes", "no"), "whether the later half of a split series has both of them"),
    ("graph.expanded_exceptions", ("all", "20"), "how many exceptions one expansion holds; the rest has a link"),
    ("graph.delta_masters", ("told", "first-round", "never"), "when change tracking tells of series masters"),
    ("graph.delta_occurrences", ("stripped", "full"), "what change tracking tells of occurrences"),
    ("graph.batch_same_dependency", ("refused", "served"), "whether many parts of a batch may depend on one"),
)


@dataclass(slots=True)
class BatchFigures:
    """How many batches there were, and how many requests came as parts of them."""

    batches: int = 0
    parts: int = 0


class GraphStore:
    """Everything Graph knows."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.limits = Limits(world.clock.now)
        self.batches = BatchFigures()
        self.subscriptions = Subscriptions(world.clock.now)
        self.postman = Postman(world, self.subscriptions)
        self._mailboxes: dict[str, Mailbox] = {}
        self._tokens: dict[str, Tokens] = {}
        for name, values, why in SWITCHES:
            world.switches.declare(name, values, values[0], why)
        world.on_seed(self.seed)

    def mailbox(self, user: User) -> Mailbox:
        """Return a user's mailbox, with its default calendar from the first look on."""
        if user.oid not in self._mailboxes:
            mailbox = Mailbox(self.world, user)
            mailbox.changes.listen(partial(self.postman.tell_of_write, user.oid))
            mailbox.changes.listen(partial(self._note_version, mailbox))
            self._mailboxes[user.oid] = mailbox
        return self._mailboxes[user.oid]

    def _note_version(self, mailbox: Mailbox, before: Event | None, after: Event | None) -> None:
        event = after or before
        assert event is not None, "a write has an event before it or after it"  # noqa: S101 - our own fact
        show = partial(shown, mailbox, after) if after is not None else None
        self.world.versions.note("graph", mailbox.user.upn, event.immutable_id, show)

    def tokens(self, user: User) -> Tokens:
        """Return the change tracking tokens that a user's mailbox has given out."""
        return self._tokens.setdefault(user.oid, Tokens())

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
        self._tokens.clear()
        self.subscriptions.clear()
        self.postman.reset()
        self.batches = BatchFigures()
        self.limits.reset()
