"""One mailbox: its calendars and events, and what Exchange does to them when somebody writes."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sandbox.directory import User
from sandbox.graph.delta.changes import ChangeLog
from sandbox.graph.errors import (
    GraphError,
    irresolvable_conflict,
    item_not_found,
    malformed_id,
    property_validation,
)
from sandbox.graph.mailbox import ids as made
from sandbox.graph.mailbox import meetings, online
from sandbox.graph.mailbox.items import Address, Attendee, Calendar, Event
from sandbox.graph.mailbox.properties import extension_exists, find_extension, read_extension
from sandbox.graph.mailbox.rules import check_times, with_known_answers
from sandbox.graph.mailbox.transactions import Transactions
from sandbox.graph.wire.bodies import Wish
from sandbox.graph.wire.zones import Moment, Zone, timestamp, windows_name
from sandbox.world import World


class Mailbox:
    """The calendars and events of one user."""

    def __init__(self, world: World, user: User) -> None:
        self._world = world
        self.user = user
        self.owner = Address(name=user.display_name, address=user.upn)
        self.calendars: dict[str, Calendar] = {}
        self._events: dict[str, Event] = {}
        self._by_default_id: dict[str, str] = {}
        self._serial = 0
        self._transactions = Transactions(world.switches)
        self.changes = ChangeLog()
        self.default_calendar = self.add_calendar("Calendar", is_default=True)

    def add_calendar(self, name: str, *, is_default: bool = False, color: str = "auto") -> Calendar:
        """Create a calendar; two cannot have the same name."""
        if any(calendar.name.lower() == name.lower() for calendar in self.calendars.values()):
            raise GraphError(409, "ErrorFolderExists", "A folder with the specified name already exists.")
        calendar = Calendar(
            id=made.calendar_id(self._world.ids),
            name=name,
            change_key=made.change_key(self._world.ids),
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
        """Return the events of one calendar or of all, in the order they were made."""
        return [event for event in self._events.values() if calendar is None or event.calendar_id == calendar.id]

    def find(self, immutable_id: str) -> Event | None:
        """Return an event by its immutable id if the mailbox still has it."""
        return self._events.get(immutable_id)

    def event(self, event_id: str, *, immutable_asked: bool) -> Event:
        """Return an event by either of its ids, or refuse."""
        if not made.is_well_formed(event_id):
            raise malformed_id()
        is_immutable = event_id in self._events
        event = self._events.get(event_id if is_immutable else self._by_default_id.get(event_id, ""))
        mixed = self._world.switches["graph.id_format_in_path"] == "either"
        if event is None or not (mixed or is_immutable == immutable_asked):
            raise item_not_found()
        return event

    def create(self, calendar: Calendar, wish: Wish, given: Mapping[str, Any]) -> Event:
        """Create an event, or return the one that the same POST made before."""
        again = self._transactions.event_of(wish.transaction_id, given, self._events)
        if again is not None:
            return again
        if "start" not in wish.changes or "end" not in wish.changes:
            raise property_validation()
        event = self._blank(calendar, wish.changes["start"], wish.changes["end"])
        event.transaction_id = wish.transaction_id
        self._write(event, wish, calendar)
        self._keep(event)
        self._transactions.remember(wish.transaction_id, given, event)
        meetings.invite(self._world.mailroom, event)
        return event

    def patch(self, event: Event, wish: Wish, *, if_match: str | None) -> Event:
        """Change only what is named, and tell the attendees as Exchange does; all of it, or nothing."""
        self._guard(event, if_match)
        changed = copy.deepcopy(event)
        self._write(changed, wish, self.calendars[event.calendar_id])
        before = event.attendees
        self._keep(changed)
        meetings.tell_of_update(self._world.mailroom, changed, before, set(wish.changes))
        return changed

    def delete(self, event: Event, *, if_match: str | None) -> None:
        """Remove an event; the organizer's attendees get a cancellation."""
        self._guard(event, if_match)
        del self._events[event.immutable_id]
        del self._by_default_id[event.default_id]
        self.changes.note(event, None)
        meetings.cancel(self._world.mailroom, event)

    def move(self, event: Event, calendar: Calendar) -> Event:
        """Put an event into another calendar: its default id changes, its immutable id stays.

        Source: Microsoft docs, concepts/outlook-immutable-id.
        """
        del self._by_default_id[event.default_id]
        moved = replace(event, calendar_id=calendar.id, default_id=made.default_id(self._world.ids))
        self._keep(moved)
        return moved

    def invite(self, calendar: Calendar, wish: Wish, organizer: Address) -> Event:
        """Put in a meeting that somebody else organizes and has invited this mailbox's owner to."""
        event = self._blank(calendar, wish.changes["start"], wish.changes["end"])
        event.organizer, event.is_organizer, event.response = organizer, False, "notResponded"
        self._write(event, wish, calendar)
        if not any(one.who.is_same_as(self.owner) for one in event.attendees):
            event.attendees = (*event.attendees, Attendee(who=self.owner))
        self._keep(event)
        return event

    def mark(self, event: Event, marks: Mapping[str, Any]) -> Event:
        """Set fields that no client may write, as only the server or another person could.

        Even without any field the event becomes a new version, as when a reminder is dismissed.
        """
        marked = replace(event, **marks)
        self._keep(marked)
        return marked

    def respond(self, event: Event, address: str, response: str) -> Event:
        """Note an attendee's answer; nobody edited the event, and yet it is a new version."""
        who = Address(name=address, address=address)
        if not any(one.who.is_same_as(who) for one in event.attendees):
            raise item_not_found()
        at = timestamp(self._world.clock.now())
        attendees = tuple(
            replace(one, response=response, responded=at) if one.who.is_same_as(who) else one for one in event.attendees
        )
        return self.mark(event, {"attendees": attendees})

    def copy(self, event: Event, calendar: Calendar) -> Event:
        """Copy an event as a person does in Outlook: hidden properties travel along, the transactionId does not."""
        twin = copy.deepcopy(event)
        fresh = self._blank(calendar, event.start, event.end)
        for name in ("serial", "immutable_id", "default_id", "calendar_id", "ical_uid", "created_at"):
            setattr(twin, name, getattr(fresh, name))
        twin.transaction_id = None
        self._keep(twin)
        return twin

    def add_extension(self, event: Event, given: Mapping[str, Any]) -> str:
        """Add an open extension to an event and return its name."""
        name, values = read_extension(given)
        if find_extension(event.extensions, name) is not None:
            raise extension_exists()
        self._keep(replace(event, extensions={**event.extensions, name: values}))
        return name

    def merge_extension(self, event: Event, name: str, given: Mapping[str, Any]) -> None:
        """Replace the named values of an extension and keep the others.

        Source: Microsoft docs, api/opentypeextension-update.
        """
        _, values = read_extension(given)
        merged = {**event.extensions[name], **values}
        self._keep(replace(event, extensions={**event.extensions, name: merged}))

    def remove_extension(self, event: Event, name: str) -> None:
        """Delete an extension of an event."""
        rest = {key: values for key, values in event.extensions.items() if key != name}
        self._keep(replace(event, extensions=rest))

    def _blank(self, calendar: Calendar, start: Moment, end: Moment) -> Event:
        """Return a fresh event with Outlook's defaults, not yet kept."""
        self._serial += 1
        now = self._world.clock.now()
        return Event(
            serial=self._serial,
            immutable_id=made.immutable_id(self._world.ids),
            default_id=made.default_id(self._world.ids),
            calendar_id=calendar.id,
            ical_uid=made.ical_uid(self._world.ids, now),
            change_key="",
            created_at=now,
            modified_at=now,
            start=start,
            end=end,
            original_start_zone=self._stored_zone(start.zone),
            original_end_zone=self._stored_zone(end.zone),
            organizer=self.owner,
        )

    def _keep(self, event: Event) -> None:
        """Store an event as a new version; every write comes through here."""
        event.modified_at = max(self._world.clock.now(), event.modified_at + timedelta(microseconds=1))
        event.change_key = made.change_key(self._world.ids)
        before = self._events.get(event.immutable_id)
        self._events[event.immutable_id] = event
        self._by_default_id[event.default_id] = event.immutable_id
        self.changes.note(before, event)

    def _write(self, event: Event, wish: Wish, calendar: Calendar) -> None:
        was_online = event.online_meeting is not None
        provider = event.online_meeting_provider
        changes = dict(wish.changes)
        if "attendees" in changes:
            changes["attendees"] = with_known_answers(changes["attendees"], event.attendees)
        for name, value in changes.items():
            setattr(event, name, value)
        if was_online:
            event.online_meeting_provider = provider
        if self._world.switches["graph.original_zone_after_patch"] == "follows":
            self._follow_zones(event, changes)
        check_times(event, changes)
        event.extensions.update(wish.extensions)
        event.extended_properties.update(wish.extended_properties)
        user = self.user
        online.settle(
            event, calendar, was_online=was_online, ids=self._world.ids, oid=user.oid, tenant_id=user.tenant_id
        )

    def _follow_zones(self, event: Event, changes: Mapping[str, Any]) -> None:
        if "start" in changes:
            event.original_start_zone = self._stored_zone(event.start.zone)
        if "end" in changes:
            event.original_end_zone = self._stored_zone(event.end.zone)

    def _stored_zone(self, zone: Zone) -> str:
        return windows_name(zone) if self._world.switches["graph.iana_zone_stored"] == "windows" else zone.name

    def _guard(self, event: Event, if_match: str | None) -> None:
        rule = self._world.switches["graph.if_match"]
        if rule == "ignored" or if_match is None or if_match.strip() == "*":
            return
        current = f'"{event.change_key}"'
        if all(tag.strip().removeprefix("W/") != current for tag in if_match.split(",")):
            raise irresolvable_conflict(int(rule))
