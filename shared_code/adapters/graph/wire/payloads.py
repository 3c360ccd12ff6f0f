"""Graph's JSON as far as we touch it, decoded straight from bytes.

Everything is optional and enumerations are plain texts: what Graph leaves out, adds or spells in another case
is for the translation to judge, event by event, and never costs a whole page.
Source: Microsoft docs, resources/event, resources/datetimetimezone, resources/opentypeextension, concepts/paging,
concepts/errors, concepts/json-batching, api/event-delta.
"""

import json
from typing import Any

import msgspec


class DateTimeTimeZone(msgspec.Struct, rename="camel", gc=False):
    """A wall time without offset, with the name of its zone.

    Source: https://learn.microsoft.com/graph/api/resources/datetimetimezone
    """

    date_time: str
    time_zone: str | None = None


class ItemBody(msgspec.Struct, rename="camel", gc=False):
    """The text of an item.

    Source: https://learn.microsoft.com/graph/api/resources/itembody
    """

    content: str | None = None
    content_type: str | None = None


class EmailAddress(msgspec.Struct, gc=False):
    """Somebody's address.

    Source: https://learn.microsoft.com/graph/api/resources/emailaddress
    """

    address: str | None = None
    name: str | None = None


class Recipient(msgspec.Struct, rename="camel", gc=False):
    """An organizer or attendee.

    Source: https://learn.microsoft.com/graph/api/resources/attendee
    """

    email_address: EmailAddress | None = None


class Location(msgspec.Struct, rename="camel", gc=False):
    """Where an event is.

    Source: https://learn.microsoft.com/graph/api/resources/location
    """

    display_name: str | None = None


class ExtendedProperty(msgspec.Struct, gc=False):
    """A property that a program added to an event.

    Source: https://learn.microsoft.com/graph/api/resources/singlevaluelegacyextendedproperty
    """

    id: str | None = None
    value: str | None = None


class RecurrencePattern(msgspec.Struct, rename="camel", gc=False):
    """How often; what a type does not use comes as zeros, or not at all.

    Source: https://learn.microsoft.com/graph/api/resources/recurrencepattern
    """

    type: str | None = None
    interval: int | None = None
    month: int | None = None
    day_of_month: int | None = None
    days_of_week: list[str] | None = None
    first_day_of_week: str | None = None
    index: str | None = None


class RecurrenceRange(msgspec.Struct, rename="camel", gc=False):
    """For how long, likewise.

    Source: https://learn.microsoft.com/graph/api/resources/recurrencerange
    """

    type: str | None = None
    end_date: str | None = None
    recurrence_time_zone: str | None = None
    number_of_occurrences: int | None = None


class Recurrence(msgspec.Struct, gc=False):
    """What makes an event a series.

    Source: https://learn.microsoft.com/graph/api/resources/patternedrecurrence
    """

    pattern: RecurrencePattern | None = None
    range: RecurrenceRange | None = None


class Event(msgspec.Struct, rename="camel"):
    """An event.

    Source: https://learn.microsoft.com/graph/api/resources/event
    """

    id: str | None = None
    change_key: str | None = None
    etag: str | None = msgspec.field(default=None, name="@odata.etag")
    type: str | None = None
    subject: str | None = None
    body: ItemBody | None = None
    start: DateTimeTimeZone | None = None
    end: DateTimeTimeZone | None = None
    original_start_time_zone: str | None = None
    is_all_day: bool | None = None
    created_date_time: str | None = None
    last_modified_date_time: str | None = None
    location: Location | None = None
    show_as: str | None = None
    sensitivity: str | None = None
    is_reminder_on: bool | None = None
    reminder_minutes_before_start: int | None = None
    is_cancelled: bool | None = None
    is_organizer: bool | None = None
    organizer: Recipient | None = None
    attendees: list[Recipient] | None = None
    categories: list[str] | None = None
    web_link: str | None = None
    series_master_id: str | None = None
    recurrence: Recurrence | None = None
    original_start: str | None = None
    occurrence_id: str | None = None
    transaction_id: str | None = None
    extensions: list[dict[str, Any]] | None = None  # an open type: any property of any kind
    single_value_extended_properties: list[ExtendedProperty] | None = None


class MasterParts(msgspec.Struct, rename="camel", gc=False):
    """What only a reading of one series master tells, its exceptions still undecoded, or the first of them.

    Source: https://learn.microsoft.com/graph/api/event-get
    """

    cancelled_occurrences: list[str] | None = None
    exception_occurrences: list[msgspec.Raw] | None = None
    next_link: str | None = msgspec.field(default=None, name="exceptionOccurrences@odata.nextLink")


class Page(msgspec.Struct, gc=False):
    """A page of a collection, each item still undecoded so that an odd one spoils only itself.

    `value` is required: an answer without it is no empty calendar.
    Source: https://learn.microsoft.com/graph/paging and https://learn.microsoft.com/graph/delta-query-overview
    """

    value: list[msgspec.Raw]
    next_link: str | None = msgspec.field(default=None, name="@odata.nextLink")
    delta_link: str | None = msgspec.field(default=None, name="@odata.deltaLink")


class ChangedEvent(msgspec.Struct, rename="camel", gc=False):
    """What a round of changes says of one event, as far as it is to be believed: that something happened to it.

    Source: https://learn.microsoft.com/graph/api/event-delta
    """

    id: str | None = None
    change_key: str | None = None
    etag: str | None = msgspec.field(default=None, name="@odata.etag")
    removed: Any = msgspec.field(default=None, name="@removed")  # that it is there is all that counts


class Calendar(msgspec.Struct, rename="camel", gc=False):
    """A calendar of the mailbox, or one that somebody shared with its owner.

    Source: https://learn.microsoft.com/graph/api/resources/calendar
    """

    id: str
    is_default_calendar: bool | None = None
    can_share: bool | None = None
    owner: EmailAddress | None = None


class EventExtensions(msgspec.Struct, gc=False):
    """The extensions of an event alone."""

    extensions: list[dict[str, Any]] | None = None  # an open type: any property of any kind


class BatchAnswer(msgspec.Struct, gc=False):
    """The answers to the parts of a batch, each still undecoded.

    Source: https://learn.microsoft.com/graph/json-batching
    """

    responses: list[msgspec.Raw]


class BatchPart(msgspec.Struct, gc=False):
    """The answer to one part of a batch.

    Source: https://learn.microsoft.com/graph/json-batching
    """

    id: str
    status: int
    headers: dict[str, Any] | None = None  # texts, but nobody promises it
    body: msgspec.Raw = msgspec.Raw(b"")


class EventName(msgspec.Struct, gc=False):
    """An event's id alone, for naming one that cannot be read otherwise."""

    id: str | None = None


class InnerError(msgspec.Struct, gc=False):
    """The inside of an error, which may have a more specific code.

    Source: https://learn.microsoft.com/graph/errors
    """

    code: str | None = None
    inner_error: "InnerError | None" = msgspec.field(default=None, name="innerError")
    innererror: "InnerError | None" = None
    request_id: str | None = msgspec.field(default=None, name="request-id")

    @property
    def inside(self) -> "InnerError | None":
        """Return what it holds, under either spelling."""
        return self.inner_error or self.innererror


class Error(InnerError, gc=False):
    """An error. `existing_event_id` was seen beside ErrorDuplicateTransactionId by developers; not documented."""

    existing_event_id: str | None = msgspec.field(default=None, name="@event.existingEventId")


class ErrorBody(msgspec.Struct, gc=False):
    """The body of an answer that says no."""

    error: Error


PAGE = msgspec.json.Decoder(Page)
EVENT = msgspec.json.Decoder(Event)
MASTER_PARTS = msgspec.json.Decoder(MasterParts)
CHANGED_EVENT = msgspec.json.Decoder(ChangedEvent)
CALENDAR = msgspec.json.Decoder(Calendar)
EVENT_EXTENSIONS = msgspec.json.Decoder(EventExtensions)
BATCH = msgspec.json.Decoder(BatchAnswer)
BATCH_PART = msgspec.json.Decoder(BatchPart)
EVENT_NAME = msgspec.json.Decoder(EventName)
ERROR = msgspec.json.Decoder(ErrorBody)


class NotJson(ValueError):
    """An answer that is no JSON at all."""


def decoded[T](decoder: msgspec.json.Decoder[T], content: bytes | msgspec.Raw) -> T:
    """Return what the content says; NotJson when it is none, msgspec.ValidationError when it is of another shape.

    Quirk: a text cut between the halves of an emoji (a `bodyPreview`, say) holds a lone surrogate, which is no valid
    JSON text for a strict decoder; it must not cost the whole page, so the half is replaced and all is read again.
    """
    try:
        return decoder.decode(content)
    except msgspec.ValidationError:
        raise
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return decoder.decode(_mended(bytes(content)))


def _mended(content: bytes) -> bytes:
    try:
        return json.dumps(json.loads(content.decode(errors="replace")), ensure_ascii=False).encode(errors="replace")
    except (ValueError, RecursionError) as odd:
        message = "not JSON"
        raise NotJson(message) from odd
