"""Every event of a mailbox that carries our extension, in whichever of its calendars: for taking them out again."""

import logging
from collections.abc import Iterator

import msgspec

from shared_code.adapters.graph import addresses
from shared_code.adapters.graph.client import GraphClient
from shared_code.adapters.graph.failures import is_perhaps_unsupported
from shared_code.adapters.graph.wire.payloads import CALENDAR, Calendar, decoded
from shared_code.adapters.graph.wire.reading import carries_our_extension
from shared_code.use_cases.errors import Refused, SyncError

_log = logging.getLogger(__name__)


def pages_of_ours(client: GraphClient) -> Iterator[list[msgspec.Raw]]:
    """Yield the events that carry our extension, a page at a time, with extension and extended property."""
    for calendar in own_calendars(_calendars(client)):
        for page in _pages(client, calendar.id):
            # Quirk: a query option that Graph does not support may be passed over in silence (concepts/known-issues).
            yield [raw for raw in page if carries_our_extension(raw)]


def own_calendars(calendars: list[Calendar]) -> list[Calendar]:
    """Return the calendars that are the mailbox's own, not those that others share with its owner.

    Safety: a colleague's shared calendar is listed too, and our events in it are hers.
    Source: Microsoft docs, resources/calendar: `owner` is whoever created the calendar or shared it, and `canShare`
    is true for the owner alone; the default calendar is always one's own.
    """
    me = {_owner(each) for each in calendars if each.is_default_calendar} - {""}
    return [
        each
        for each in calendars
        if each.is_default_calendar or (_owner(each) in me if me and _owner(each) else each.can_share is not False)
    ]


def _owner(calendar: Calendar) -> str:
    return ((calendar.owner.address if calendar.owner else None) or "").casefold()


def _calendars(client: GraphClient) -> list[Calendar]:
    try:
        return [decoded(CALENDAR, raw) for page in client.pages("/me/calendars") for raw in page]
    except msgspec.ValidationError as odd:
        # To pass one over would be to say that there is nothing of ours in it.
        message = "a calendar of the mailbox cannot be read"
        raise Refused(message, code="UnreadableCalendar") from odd


def _pages(client: GraphClient, calendar_id: str) -> Iterator[list[msgspec.Raw]]:
    """Yield a calendar's events, those with our extension where Graph can tell them, else all.

    Quirk: developers report such queries refused with 400 "The OData request is not supported." and with 500
    (microsoft-graph-docs#15391, msgraph-sdk-dotnet#2375).
    """
    pages = client.pages(addresses.events_of(calendar_id, marked=True))
    try:
        first = next(pages, [])
    except SyncError as error:
        if not is_perhaps_unsupported(error):
            raise
        _log.info("Graph would not filter events by extension (%s %s): all are read", error.status, error.code)
        yield from client.pages(addresses.events_of(calendar_id, marked=False))
        return
    yield first
    yield from pages
