"""The mails Exchange sends when a meeting is made, changed or removed by its organizer.

Source: Microsoft docs, api/event-update and api/event-delete: the server mails without being asked, and has no switch
against it in v1.0. A write by an attendee changes their own copy and mails nobody.
"""

from __future__ import annotations

from collections.abc import Iterable

from sandbox.graph.mailbox.items import Attendee, Event
from sandbox.journal import MailKind, Mailroom


def invite(mailroom: Mailroom, event: Event) -> None:
    """Send the invitations of a new meeting."""
    _send(mailroom, event, "invitation", event.attendees)


def tell_of_update(mailroom: Mailroom, event: Event, before: tuple[Attendee, ...], changed: set[str]) -> None:
    """Send what an update causes: everybody is told, but a change of only the attendees tells only those.

    Source: Microsoft docs, api/event-update.
    """
    was = {one.who.address.lower() for one in before}
    now = {one.who.address.lower() for one in event.attendees}
    _send(mailroom, event, "invitation", (one for one in event.attendees if one.who.address.lower() not in was))
    _send(mailroom, event, "cancellation", (one for one in before if one.who.address.lower() not in now))
    if changed - {"attendees"}:
        _send(mailroom, event, "update", (one for one in event.attendees if one.who.address.lower() in was))


def tell_of_exceptions(mailroom: Mailroom, exceptions: Iterable[Event], changed: set[str]) -> None:
    """Send what an update of a series causes beside the mail for the master: one for each exception.

    Source: Microsoft docs, api/event-update.
    """
    if changed - {"attendees"}:
        for one in exceptions:
            _send(mailroom, one, "update", one.attendees)


def cancel(mailroom: Mailroom, event: Event) -> None:
    """Send the cancellations of a removed meeting."""
    _send(mailroom, event, "cancellation", event.attendees)


def _send(mailroom: Mailroom, event: Event, kind: MailKind, attendees: Iterable[Attendee]) -> None:
    if not event.is_organizer:
        return
    recipients = [one.who.address for one in attendees if not one.who.is_same_as(event.organizer)]
    mailroom.send(
        sender=event.organizer.address,
        recipients=recipients,
        kind=kind,
        subject=event.subject,
        event_id=event.immutable_id,
    )
