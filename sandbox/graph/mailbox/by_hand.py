"""What only a person in Outlook, another person, or the server does to a mailbox, past what an API's clients may."""

from __future__ import annotations

import copy as copies
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from sandbox.graph.errors import item_not_found, occurrence_stays
from sandbox.graph.mailbox import ids as made
from sandbox.graph.mailbox import meetings
from sandbox.graph.mailbox.items import Address, Attendee, Calendar, Event, Override, Series
from sandbox.graph.mailbox.mailbox import Mailbox
from sandbox.graph.recurring import changing
from sandbox.graph.wire.bodies import Wish
from sandbox.graph.wire.zones import Moment, timestamp


def invite(mailbox: Mailbox, calendar: Calendar, wish: Wish, organizer: Address) -> Event:
    """Put in a meeting that somebody else organizes and has invited this mailbox's owner to."""
    event = mailbox.blank(calendar, wish.changes["start"], wish.changes["end"])
    event.organizer, event.is_organizer, event.response = organizer, False, "notResponded"
    mailbox.write(event, wish, calendar)
    if not any(one.who.is_same_as(mailbox.owner) for one in event.attendees):
        event.attendees = (*event.attendees, Attendee(who=mailbox.owner))
    return mailbox.keep(event)


def poll(mailbox: Mailbox, calendar: Calendar, wish: Wish, times: Mapping[date, tuple[Moment, Moment]]) -> Event:
    """Put in a meeting poll: a master without a recurrence, and an exception for each time that is offered.

    Source: developer report microsoft-graph-docs#2276.
    """
    event = mailbox.blank(calendar, wish.changes["start"], wish.changes["end"])
    mailbox.write(event, wish, calendar)
    offered = {
        day: Override(values={"start": start, "end": end, "is_all_day": False}) for day, (start, end) in times.items()
    }
    event.series = Series(recurrence=None, overrides=offered)
    return mailbox.keep(event)


def split(mailbox: Mailbox, master: Event, day: date, wish: Wish) -> tuple[Event, Event]:
    """Change an occurrence and all that follow as a person does in Outlook: the series ends, and another begins.

    Source: general knowledge of Outlook: the old master gets an end date, the new one other ids and another UID.
    """
    switches = mailbox.world.switches
    first = mailbox.occurrence(master, day)
    shorter = changing.ended_before(master, day)
    keeps = switches["graph.new_recurrence"] == "keeps-exceptions"
    later = mailbox.twin(replace(first, slot=None, series=changing.begun_on(master, day, keeps_exceptions=keeps)))
    carried = switches["graph.split_copies_hidden"] == "yes"
    later.extensions = copies.deepcopy(master.extensions) if carried else {}
    later.extended_properties = dict(master.extended_properties) if carried else {}
    mailbox.write(later, wish, mailbox.calendars[later.calendar_id])
    shorter, later = mailbox.keep(shorter), mailbox.keep(later)
    meetings.tell_of_update(mailbox.world.mailroom, shorter, master.attendees, {"recurrence"})
    meetings.invite(mailbox.world.mailroom, later)
    return shorter, later


def move(mailbox: Mailbox, event: Event, calendar: Calendar) -> Event:
    """Put an event into another calendar: its default id changes, its immutable id stays.

    Source: Microsoft docs, concepts/outlook-immutable-id.
    """
    if event.slot is not None:
        raise occurrence_stays()
    return mailbox.keep(replace(event, calendar_id=calendar.id, default_id=made.default_id(mailbox.world.ids)))


def copy(mailbox: Mailbox, event: Event, calendar: Calendar) -> Event:
    """Copy an event as a person does in Outlook: hidden properties travel along, the transactionId does not.

    The copy of an occurrence is an event by itself.
    """
    twin = mailbox.twin(replace(event, slot=None))
    twin.calendar_id = calendar.id
    if twin.series is not None:
        overrides = twin.series.overrides
        plain = {day: replace(own, immutable_id=None, default_id=None) for day, own in overrides.items()}
        twin = changing.with_overrides(twin, plain)
    return mailbox.keep(twin)


def respond(mailbox: Mailbox, event: Event, address: str, response: str) -> Event:
    """Note an attendee's answer; nobody edited the event, and yet it is a new version."""
    who = Address(name=address, address=address)
    if not any(one.who.is_same_as(who) for one in event.attendees):
        raise item_not_found()
    at = timestamp(mailbox.world.clock.now())
    attendees = tuple(
        replace(one, response=response, responded=at) if one.who.is_same_as(who) else one for one in event.attendees
    )
    return mark(mailbox, event, {"attendees": attendees})


def mark(mailbox: Mailbox, event: Event, marks: Mapping[str, Any]) -> Event:
    """Set fields that no client may write, as only the server or another person could.

    Even without any field the event becomes a new version, as when a reminder is dismissed.
    """
    return mailbox.keep(replace(event, **marks), named=marks.keys())
