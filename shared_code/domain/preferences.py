"""What a rep may choose, with the defaults that suit most."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared_code.domain.schedules import Window, window_around


class Direction(StrEnum):
    """Which way changes flow."""

    BOTH = "Both"
    TO_OUTLOOK = "ToOutlook"
    TO_SALESEXEC = "ToSalesExec"


class PrivateEvents(StrEnum):
    """How private events of the rep are imported."""

    BUSY = "Busy"
    SKIP = "Skip"
    FULL = "Full"


class ImportDetail(StrEnum):
    """How much of an imported event SalesExec is told."""

    FULL = "Full"
    BUSY_ONLY = "BusyOnly"


class ConflictWinner(StrEnum):
    """Who wins when both sides changed the same field."""

    NEWEST = "Newest"
    SALESEXEC = "SalesExec"
    OUTLOOK = "Outlook"


class Meetings(StrEnum):
    """Whether events with attendees may be written (Outlook then mails the attendees)."""

    PROTECT = "Protect"
    UPDATE = "Update"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """A rep's choices."""

    direction: Direction = Direction.BOTH
    private_events: PrivateEvents = PrivateEvents.BUSY
    import_detail: ImportDetail = ImportDetail.FULL
    import_all_day: bool = True
    import_free: bool = False
    only_categories: tuple[str, ...] = ()
    conflict_winner: ConflictWinner = ConflictWinner.NEWEST
    window_past_days: int = 7
    window_future_days: int = 90
    time_zone: str | None = None
    lead_link: bool = True
    meetings: Meetings = Meetings.PROTECT

    def window(self, now: datetime) -> Window:
        """Return the stretch of time that is kept in step as of `now`."""
        return window_around(now, past_days=self.window_past_days, future_days=self.window_future_days)

    @property
    def writes_to_outlook(self) -> bool:
        """Tell whether pushes reach Outlook."""
        return self.direction is not Direction.TO_SALESEXEC

    @property
    def writes_to_salesexec(self) -> bool:
        """Tell whether what happens in Outlook reaches SalesExec."""
        return self.direction is not Direction.TO_OUTLOOK
