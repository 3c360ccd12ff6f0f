"""Where things are at Graph: paths and queries, escaped."""

from datetime import UTC, datetime
from urllib.parse import quote

from shared_code.domain.identifiers import EXTENDED_PROPERTY_ID, EXTENSION_NAME, EventId
from shared_code.domain.schedules import Window

PAGE_SIZE = 50
"""Events a page: large enough for few round trips; larger pages of full bodies risk a 504 (api/user-list-messages)."""

_SAFE = "$()=,'/:"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


_MARK = f"extensions($filter=id eq {_quoted(EXTENSION_NAME)})"
_PROPERTY = f"singleValueExtendedProperties($filter=id eq {_quoted(EXTENDED_PROPERTY_ID)})"
_WITH_MARK = "$expand=" + quote(_MARK, safe=_SAFE)
_WITH_MARK_AND_PROPERTY = "$expand=" + quote(f"{_MARK},{_PROPERTY}", safe=_SAFE)

_READ = (
    "changeKey", "type", "subject", "body", "start", "end", "originalStartTimeZone", "isAllDay", "createdDateTime",
    "lastModifiedDateTime", "location", "showAs", "sensitivity", "isReminderOn", "reminderMinutesBeforeStart",
    "isCancelled", "isOrganizer", "organizer", "attendees", "categories", "webLink", "seriesMasterId", "recurrence",
    "originalStart", "transactionId",
)  # fmt: skip
_SLOT = "occurrenceId"
_EXCEPTIONS = "exceptionOccurrences"
_PARTS_OF_MASTER = ("cancelledOccurrences", _EXCEPTIONS)


def event(event_id: EventId) -> str:
    """Return the path of an event."""
    return f"/me/events/{quote(event_id, safe='')}"


def event_with_mark(event_id: EventId) -> str:
    """Return the path of an event, asking for our extension as well."""
    return f"{event(event_id)}?{_WITH_MARK}"


def series(event_id: EventId) -> str:
    """Return the path of an event with all that Graph tells of a series: removed days, exceptions, and our extension.

    Quirk: what a series lost or changed comes only where it is selected, and so must be all else (api/event-get).
    Nobody has established whether Graph takes all of this in one request.
    """
    expanded = quote(f"{_MARK},{_EXCEPTIONS}", safe=_SAFE)
    return f"{event(event_id)}?$select={','.join((*_READ, _SLOT, *_PARTS_OF_MASTER))}&$expand={expanded}"


def series_parts(event_id: EventId) -> str:
    """Return the path of what a series lost or changed, as plainly as it can be asked for.

    Quirk: the slot's name is missing from the metadata of v1.0 (msgraph-metadata#827), so it is left out.
    """
    return f"{event(event_id)}?$select={','.join((*_READ, *_PARTS_OF_MASTER))}&$expand={_EXCEPTIONS}"


def instances(event_id: EventId, window: Window) -> str:
    """Return the path of the occurrences that a series has in a window, each with our extension where it shows."""
    return f"{event(event_id)}/instances?{_span(window)}&{_WITH_MARK}"


def view(window: Window) -> str:
    """Return the path of the first page of a window, each event with our extension.

    Quirk: `$select` is left off, because the times of creation and change are documented as not selectable here.
    Source: Microsoft docs, api/user-list-calendarview.
    """
    return f"/me/calendar/calendarView?{_span(window)}&{_WITH_MARK}&$top={PAGE_SIZE}"


def changes(window: Window) -> str:
    """Return the path at which a round of changes over the window begins.

    Quirk: it takes no `$select`, `$expand`, `$filter` or `$top`. Source: Microsoft docs, api/event-delta.
    """
    return f"/me/calendarView/delta?{_span(window)}"


def events_holding(property_value: str) -> str:
    """Return the path of the events whose extended property holds a value."""
    condition = (
        f"singleValueExtendedProperties/Any(ep: ep/id eq {_quoted(EXTENDED_PROPERTY_ID)}"
        f" and ep/value eq {_quoted(property_value)})"
    )
    return f"/me/events?$filter={quote(condition, safe=_SAFE)}&{_WITH_MARK}"


def events_of(calendar_id: str, *, marked: bool) -> str:
    """Return the path of a calendar's events with extension and property: of all, or of those that have the first."""
    condition = quote(f"Extensions/any(f:f/id eq {_quoted(EXTENSION_NAME)})", safe=_SAFE)
    filtered = f"$filter={condition}&" if marked else ""
    return f"/me/calendars/{quote(calendar_id, safe='')}/events?{filtered}{_WITH_MARK_AND_PROPERTY}&$top={PAGE_SIZE}"


def etag(change_key: str) -> str | None:
    """Return what If-Match says of a version; None when no version is known."""
    return f'W/"{change_key}"' if change_key else None


def _span(window: Window) -> str:
    return f"startDateTime={_utc(window.start_at)}&endDateTime={_utc(window.end_at)}"


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).replace(tzinfo=None, microsecond=0).isoformat() + "Z"
