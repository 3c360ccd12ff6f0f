"""What a mailbox stores: calendars, events, and who is invited to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sandbox.graph.recurring.patterns import Recurrence
from sandbox.graph.wire.zones import Moment

NEVER = "0001-01-01T00:00:00Z"
TEAMS = "teamsForBusiness"
NOWHERE = {"displayName": "", "locationType": "default", "uniqueIdType": "unknown"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A person or room, by mail address."""

    name: str
    address: str

    def is_same_as(self, other: Address) -> bool:
        """Say whether both reach the same inbox."""
        return self.address.lower() == other.address.lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendee:
    """One invited person or room, and what they answered."""

    who: Address
    kind: str = "required"
    response: str = "none"
    responded: str = NEVER


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A body as it is stored."""

    content_type: str = "html"
    content: str = ""


@dataclass(slots=True, kw_only=True)
class Calendar:
    """One calendar of a mailbox; its id never changes, whatever ids are asked for.

    Source: Microsoft docs, concepts/outlook-immutable-id.
    """

    id: str
    name: str
    change_key: str
    is_default: bool = False
    color: str = "auto"
    online_providers: tuple[str, ...] = (TEAMS,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """What one occurrence of a series has of its own; everything else it has from the master."""

    # Values by attribute name of an event.
    values: Mapping[str, Any] = field(default_factory=dict)
    extensions: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    extended_properties: Mapping[str, str] = field(default_factory=dict)
    # Its own ids, where an occurrence gets new ones when it becomes an exception.
    immutable_id: str | None = None
    default_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """What makes an event a series master; its occurrences are computed, never stored.

    Quirk: the master of a meeting poll has exceptions and no recurrence.
    Source: developer report microsoft-graph-docs#2276.
    """

    recurrence: Recurrence | None
    # The days whose occurrence was deleted, and those whose occurrence is an exception.
    cancelled: frozenset[date] = frozenset()
    overrides: Mapping[date, Override] = field(default_factory=dict)
    # How its zone is named to readers, where that is not its name.
    zone_told: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """Which place in which series an occurrence or exception has, wherever it was moved to."""

    master_immutable_id: str
    master_default_id: str
    day: date
    original_start: datetime
    is_exception: bool


@dataclass(slots=True, kw_only=True)
class Event:
    """One event: what Outlook keeps of it, and what only Graph's clients see.

    Stored are single events and series masters; an occurrence or exception is worked out of its master.
    """

    serial: int
    immutable_id: str
    default_id: str
    calendar_id: str
    ical_uid: str
    change_key: str
    created_at: datetime
    modified_at: datetime
    start: Moment
    end: Moment
    original_start_zone: str
    original_end_zone: str
    organizer: Address
    is_organizer: bool = True
    subject: str = ""
    body: Body = field(default_factory=Body)
    is_all_day: bool = False
    is_cancelled: bool = False
    categories: tuple[str, ...] = ()
    importance: str = "normal"
    sensitivity: str = "normal"
    show_as: str = "busy"
    is_reminder_on: bool = True
    reminder_minutes: int = 15
    location: dict[str, Any] = field(default_factory=NOWHERE.copy)
    locations: tuple[dict[str, Any], ...] = ()
    attendees: tuple[Attendee, ...] = ()
    response: str = "organizer"
    responded: str = NEVER
    response_requested: bool = True
    allow_new_time_proposals: bool = True
    hide_attendees: bool = False
    is_online_meeting: bool = False
    online_meeting_provider: str = "unknown"
    online_meeting: dict[str, Any] | None = None
    transaction_id: str | None = None
    # By extension name, and by canonical property id.
    extensions: dict[str, dict[str, Any]] = field(default_factory=dict)
    extended_properties: dict[str, str] = field(default_factory=dict)
    # Of a series master only, and of an occurrence or exception only.
    series: Series | None = None
    slot: Slot | None = None

    @property
    def kind(self) -> str:
        """Graph's `type` of the event."""
        if self.slot is not None:
            return "exception" if self.slot.is_exception else "occurrence"
        return "seriesMaster" if self.series is not None else "singleInstance"

    @property
    def starts_at(self) -> datetime:
        """When it starts for a search; an all-day event floats, and is searched as UTC midnight.

        Quirk: a window of a day in Tokyo returns the all-day event of the day before (an integrator's finding).
        """
        return self.start.wall.replace(tzinfo=UTC) if self.is_all_day else self.start.instant

    @property
    def ends_at(self) -> datetime:
        """When it ends for a search, exclusive."""
        return self.end.wall.replace(tzinfo=UTC) if self.is_all_day else self.end.instant

    def overlaps(self, start: datetime, end: datetime) -> bool:
        """Say whether any part of it lies in the window; of a series master, of its first occurrence."""
        if self.starts_at == self.ends_at:
            return start <= self.starts_at < end
        return self.starts_at < end and self.ends_at > start

    @property
    def length(self) -> timedelta:
        """How long it lasts."""
        return self.ends_at - self.starts_at
