"""One mailbox: its calendars and events, and what Exchange does to them when somebody writes."""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from sandbox.directory import User
from sandbox.graph.delta.changes import ChangeLog
from sandbox.graph.errors import (
    GraphError,
    invalid_request,
    irresolvable_conflict,
    item_not_found,
    malformed_id,
    property_validation,
)
from sandbox.graph.mailbox import ids as made
from sandbox.graph.mailbox import meetings, online
from sandbox.graph.mailbox.items import Address, Calendar, Event
from sandbox.graph.mailbox.properties import extension_exists, find_extension, read_extension
from sandbox.graph.mailbox.rules import UNFINISHED, check_times, refuse_recurrence_of_occurrence, with_known_answers
from sandbox.graph.mailbox.shelf import Shelf
from sandbox.graph.mailbox.transactions import Transactions
from sandbox.graph.recurring import changing, occurrences
from sandbox.graph.recurring.occurrences import Inheritance
from sandbox.graph.wire.bodies import Wish
from sandbox.graph.wire.zones import Moment, Zone, windows_name
from sandbox.world import World


class Mailbox:
    """The calendars and events of one user."""

    def __init__(self, world: World, user: User) -> None:
        self.world = world
        self.user = user
        self.owner = Address(name=user.display_name, address=user.upn)
        self.calendars: dict[str, Calendar] = {}
        self._shelf = Shelf()
        self._serial = 0
        self._transactions = Transactions(world.switches)
        self.changes = ChangeLog()
        self.default_calendar = self.add_calendar("Calendar", is_default=True)

    def add_calendar(self, name: str, *, is_default: bool = False, color: str = "auto") -> Calendar:
        """Create a calendar; two cannot have the same name."""
        if any(calendar.name.lower() == name.lower() for calendar in self.calendars.values()):
            raise GraphError(409, "ErrorFolderExists", "A folder with the specified name already exists.")
        calendar = Calendar(
            id=made.calendar_id(self.world.ids),
            name=name,
            change_key=made.change_key(self.world.ids),
            is_default=is_default,
            color=color,
        )
        self.calendars[calendar.id] = calendar
        return calendar

    def calendar(self, calendar_id: str) -> Calendar:
        """Return a calendar by its id, or refuse."""
        if not made.is_well_formed(calendar_id):
            raise malformed_id()
        if calendar_id not in self.calendars:
            raise item_not_found()
        return self.calendars[calendar_id]

    def events(self, calendar: Calendar | None = None) -> list[Event]:
        """Return the single events and series masters of one calendar or of all, in the order they were made."""
        stored = self._shelf.events.values()
        return [event for event in stored if calendar is None or event.calendar_id == calendar.id]

    @property
    def inheritance(self) -> Inheritance:
        """What is hidden in a master and shows on its occurrences."""
        switches = self.world.switches
        return Inheritance(
            extensions=switches["graph.occurrences_show_extensions"] == "yes",
            extended_properties=switches["graph.occurrences_show_properties"] == "yes",
        )

    def view(self, events: Iterable[Event], start: datetime, end: datetime) -> list[Event]:
        """Return what of some events takes place in a window: occurrences and exceptions, never masters."""
        inheritance = self.inheritance
        return [one for event in events for one in occurrences.in_window(event, start, end, inheritance)]

    def occurrence(self, master: Event, day: date) -> Event:
        """Return the occurrence that a series has on a day, or refuse."""
        if master.series is None or not occurrences.has_occurrence(master, day):
            raise item_not_found()
        return occurrences.occurrence(master, day, self.inheritance)

    def exceptions(self, master: Event) -> list[Event]:
        """Return the exceptions of a series."""
        return occurrences.exceptions(master, self.inheritance)

    def find(self, immutable_id: str) -> Event | None:
        """Return a stored event by its immutable id if the mailbox still has it."""
        return self._shelf.events.get(immutable_id)

    def look_up(self, event_id: str) -> Event | None:
        """Return whatever an id of either format means, occurrences too."""
        found = self._shelf.find(event_id)
        if found is None or found.day is None:
            return found.event if found else None
        return occurrences.occurrence(found.event, found.day, self.inheritance)

    def event(self, event_id: str, *, immutable_asked: bool) -> Event:
        """Return an event by either of its ids, or refuse."""
        if not made.is_well_formed(event_id):
            raise malformed_id()
        found = self._shelf.find(event_id)
        mixed = self.world.switches["graph.id_format_in_path"] == "either"
        if found is None or not (mixed or found.is_immutable == immutable_asked):
            raise item_not_found()
        return found.event if found.day is None else self.occurrence(found.event, found.day)

    def create(self, calendar: Calendar, wish: Wish, given: Mapping[str, Any]) -> Event:
        """Create an event, or return the one that the same POST made before."""
        again = self._transactions.event_of(wish.transaction_id, given, self._shelf.events)
        if again is not None:
            return again
        if "start" not in wish.changes or "end" not in wish.changes:
            raise property_validation()
        event = self.blank(calendar, wish.changes["start"], wish.changes["end"])
        event.transaction_id = wish.transaction_id
        self.write(event, wish, calendar)
        self.keep(event)
        self._transactions.remember(wish.transaction_id, given, event)
        meetings.invite(self.world.mailroom, event)
        return event

    def patch(self, event: Event, wish: Wish, *, if_match: str | None) -> Event:
        """Change only what is named, and tell the attendees as Exchange does; all of it, or nothing.

        An occurrence becomes an exception by it.
        """
        self._guard(event, if_match)
        changed = copy.deepcopy(event)
        self.write(changed, wish, self.calendars[event.calendar_id])
        kept = self.keep(changed, named=wish.changes.keys())
        mailroom = self.world.mailroom
        meetings.tell_of_update(mailroom, kept, event.attendees, set(wish.changes))
        if kept.series is not None:
            meetings.tell_of_exceptions(mailroom, self.exceptions(kept), set(wish.changes))
        return kept

    def delete(self, event: Event, *, if_match: str | None) -> None:
        """Remove an event, a whole series or one occurrence; the organizer's attendees get a cancellation."""
        self._guard(event, if_match)
        if event.slot is None:
            self._remove(event)
        else:
            rest = changing.without(self._master_of(event), event.slot.day)
            if occurrences.any_left(rest):
                self.keep(rest)
            elif self.world.switches["graph.last_occurrence"] == "refused":
                raise invalid_request(UNFINISHED + "The last occurrence of a series cannot be deleted.")
            else:
                self._remove(rest)
        meetings.cancel(self.world.mailroom, event)

    def add_extension(self, event: Event, given: Mapping[str, Any]) -> tuple[Event, str]:
        """Add an open extension to an event and return both; an occurrence becomes an exception by it."""
        name, values = read_extension(given)
        if find_extension(event.extensions, name) is not None:
            raise extension_exists()
        return self.keep(replace(event, extensions={**event.extensions, name: values})), name

    def merge_extension(self, event: Event, name: str, given: Mapping[str, Any]) -> Event:
        """Replace the named values of an extension and keep the others.

        Source: Microsoft docs, api/opentypeextension-update.
        """
        _, values = read_extension(given)
        merged = {**event.extensions[name], **values}
        return self.keep(replace(event, extensions={**event.extensions, name: merged}))

    def remove_extension(self, event: Event, name: str) -> None:
        """Delete an extension of an event; what an occurrence only shows of its master's is not its own to delete."""
        if event.slot is not None:
            series = self._master_of(event).series
            own = series.overrides.get(event.slot.day) if series else None
            if own is None or name not in own.extensions:
                raise item_not_found()
        rest = {key: values for key, values in event.extensions.items() if key != name}
        self.keep(replace(event, extensions=rest))

    def blank(self, calendar: Calendar, start: Moment, end: Moment) -> Event:
        """Return a fresh event with Outlook's defaults, not yet kept."""
        self._serial += 1
        now = self.world.clock.now()
        return Event(
            serial=self._serial,
            immutable_id=made.immutable_id(self.world.ids),
            default_id=made.default_id(self.world.ids),
            calendar_id=calendar.id,
            ical_uid=made.ical_uid(self.world.ids, now),
            change_key="",
            created_at=now,
            modified_at=now,
            start=start,
            end=end,
            original_start_zone=self._stored_zone(start.zone),
            original_end_zone=self._stored_zone(end.zone),
            organizer=self.owner,
        )

    def twin(self, event: Event) -> Event:
        """Return a copy with names of its own, not yet kept."""
        twin = copy.deepcopy(event)
        fresh = self.blank(self.calendars[event.calendar_id], event.start, event.end)
        for name in ("serial", "immutable_id", "default_id", "ical_uid", "created_at"):
            setattr(twin, name, getattr(fresh, name))
        twin.transaction_id = None
        return twin

    def keep(self, event: Event, named: Collection[str] = ()) -> Event:
        """Store an event as a new version and return it; every write comes through here.

        An occurrence is kept inside its series: there is one version of all of it.
        Source: Microsoft docs, api/event-list-instances (its answer has one etag for all).
        """
        if event.slot is not None:
            return self._keep_exception(event, event.slot.day, named)
        event.modified_at = max(self.world.clock.now(), event.modified_at + timedelta(microseconds=1))
        event.change_key = made.change_key(self.world.ids)
        self.changes.note(self._shelf.put(event), event)
        return event

    def _keep_exception(self, event: Event, day: date, named: Collection[str]) -> Event:
        master = self._master_of(event)
        changed = changing.with_override(master, self.occurrence(master, day), event, named)
        assert changed.series is not None, "a master is a series"  # noqa: S101 - our own fact
        own = changed.series.overrides[day]
        gets_ids = self.world.switches["graph.exception_id"] == "changed" and own.immutable_id is None
        if gets_ids:
            ids = self.world.ids
            own = replace(own, immutable_id=made.immutable_id(ids), default_id=made.default_id(ids))
            changed = changing.with_overrides(changed, {**changed.series.overrides, day: own})
        return self.occurrence(self.keep(changed), day)

    def _remove(self, event: Event) -> None:
        self._shelf.take(event)
        self.changes.note(event, None)

    def _master_of(self, event: Event) -> Event:
        master = self.find(event.slot.master_immutable_id) if event.slot else None
        if master is None:
            raise item_not_found()
        return master

    def write(self, event: Event, wish: Wish, calendar: Calendar) -> None:
        """Set what a wish names on an event that is not yet kept, by Exchange's rules, or refuse all of it."""
        was_online = event.online_meeting is not None
        provider = event.online_meeting_provider
        changes = dict(wish.changes)
        if "attendees" in changes:
            changes["attendees"] = with_known_answers(changes["attendees"], event.attendees)
        before = replace(event)
        refuse_recurrence_of_occurrence(event, changes)
        for name, value in changes.items():
            if name != "recurrence":
                setattr(event, name, value)
        if was_online:
            event.online_meeting_provider = provider
        if self.world.switches["graph.original_zone_after_patch"] == "follows":
            self._follow_zones(event, changes)
        check_times(event, changes)
        self._settle_series(event, before, changes)
        event.extensions.update(wish.extensions)
        event.extended_properties.update(wish.extended_properties)
        user = self.user
        online.settle(
            event, calendar, was_online=was_online, ids=self.world.ids, oid=user.oid, tenant_id=user.tenant_id
        )

    def _settle_series(self, event: Event, before: Event, changes: Mapping[str, Any]) -> None:
        switches = self.world.switches
        if event.slot is None:
            changing.settle(
                event,
                before,
                changes,
                keeps_exceptions=switches["graph.new_recurrence"] == "keeps-exceptions",
                starts_at_first=switches["graph.master_start"] == "first-occurrence",
                name_of=self._stored_zone,
            )
        elif changes.keys() & set(changing.TIMES):
            counts = switches["graph.deleted_neighbour"] == "counts"
            changing.refuse_crossing(self._master_of(event), event, deleted_count=counts)

    def _follow_zones(self, event: Event, changes: Mapping[str, Any]) -> None:
        if "start" in changes:
            event.original_start_zone = self._stored_zone(event.start.zone)
        if "end" in changes:
            event.original_end_zone = self._stored_zone(event.end.zone)

    def _stored_zone(self, zone: Zone) -> str:
        return windows_name(zone) if self.world.switches["graph.iana_zone_stored"] == "windows" else zone.name

    def _guard(self, event: Event, if_match: str | None) -> None:
        rule = self.world.switches["graph.if_match"]
        if rule == "ignored" or if_match is None or if_match.strip() == "*":
            return
        current = f'"{event.change_key}"'
        if all(tag.strip().removeprefix("W/") != current for tag in if_match.split(",")):
            raise irresolvable_conflict(int(rule))
