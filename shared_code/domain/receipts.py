"""Why an appointment is, or is not, where it should be: entries in words a rep understands, never a body text."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared_code.domain.fields import Field

ENTRIES_KEPT = 50


class Towards(StrEnum):
    """Which way a change went, or would have gone."""

    OUTLOOK = "ToOutlook"
    SALESEXEC = "ToSalesExec"


class Outcome(StrEnum):
    """What became of a push, or of a change told to SalesExec."""

    CREATED = "Created"
    UPDATED = "Updated"
    UNCHANGED = "Unchanged"
    STALE = "Stale"
    DELETED = "Deleted"
    ABSENT = "Absent"
    SKIPPED = "Skipped"
    QUEUED = "Queued"
    REJECTED = "Rejected"
    FORGOTTEN = "Forgotten"
    HELD = "Held"


class SkipReason(StrEnum):
    """Why a push was not made."""

    NOT_CONNECTED = "NotConnected"
    SYNC_DISABLED = "SyncDisabled"
    DIRECTION_OFF = "DirectionOff"
    OUTSIDE_WINDOW = "OutsideWindow"
    MEETING_WITH_ATTENDEES = "MeetingWithAttendees"
    EDITED_IN_OUTLOOK = "EditedInOutlook"


SKIP_WORDS = {
    SkipReason.NOT_CONNECTED: "The rep has not connected an Outlook calendar.",
    SkipReason.SYNC_DISABLED: "The rep's sync is switched off.",
    SkipReason.DIRECTION_OFF: "The rep chose that SalesExec does not write to Outlook.",
    SkipReason.OUTSIDE_WINDOW: "The appointment lies outside the days that are kept in step.",
    SkipReason.MEETING_WITH_ATTENDEES: "The event has attendees in Outlook; changing it would mail them.",
    SkipReason.EDITED_IN_OUTLOOK: "The event was edited in Outlook and SalesExec had not seen it; the edit is kept.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptEntry:
    """One thing that happened, or did not, to one appointment."""

    at: datetime
    towards: Towards
    outcome: Outcome
    why: str
    fields: tuple[Field, ...] = ()
    correlation_id: str = ""
