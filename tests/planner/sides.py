"""The two sides as they keep what they are told: Exchange an event, SalesExec an appointment, by the contract alone."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from shared_code.domain.appointments import Appointment, Lead, MailboxDefault, Reminder, ShowAs, Status
from shared_code.domain.changes import ChangeAction, CrmChange, EventForCrm
from shared_code.domain.events import CalendarEvent, EventContent, EventKind
from shared_code.domain.fields import Field
from shared_code.domain.identifiers import AppointmentGuid
from shared_code.domain.recurrence import RecurrenceRefused, read
from shared_code.domain.schedules import AllDay, Once, Schedule, Series, Timed
from shared_code.domain.series import lines_of, series_of
from tests.builders import ANNA
from tests.fakes.outlook.writing import as_exchange_writes, written

GUID = AppointmentGuid("11111111-1111-4111-8111-111111111111")


NO_LEAD = Lead()
_TOGETHER = (Field.START, Field.END, Field.IS_ALL_DAY)


class NoSuchTimeError(ValueError):
    """Somebody was given a time that is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """An appointment in SalesExec, field by field as the contract names them."""

    guid: AppointmentGuid = GUID
    from_outlook: bool = False
    subject: str
    body: str
    start: date
    end: date
    all_day: bool
    zone: str
    lines: tuple[str, ...] = ()
    location: str
    show_as: ShowAs
    private: bool
    reminder: Reminder = MailboxDefault.REMINDER
    status: Status = Status.PENDING
    lead: Lead = NO_LEAD
    modified_at: datetime

    @property
    def is_alive(self) -> bool:
        """Tell whether it was not called off."""
        return self.status is not Status.CANCELED


def recorded(said: Appointment) -> Record:
    """Return how SalesExec keeps an appointment."""
    start, end, zone, lines = _fields_of(said.schedule)
    return Record(
        guid=said.guid, subject=said.subject, body=said.body_html, start=start, end=end,
        all_day=not isinstance(start, datetime), zone=zone, lines=lines, location=said.location,
        show_as=said.show_as, private=said.is_private, reminder=said.reminder, status=said.status, lead=said.lead,
        modified_at=said.modified_at,
    )  # fmt: skip


def _fields_of(schedule: Schedule) -> tuple[date, date, str, tuple[str, ...]]:
    first = schedule.first if isinstance(schedule, Series) else schedule
    lines = _lines_of(schedule) if isinstance(schedule, Series) else ()
    if isinstance(first, AllDay):
        return first.first_day, first.day_after, "UTC", lines
    return first.start_at, first.end_at, first.zone or "UTC", lines


def told_by(record: Record) -> Appointment:
    """Return what SalesExec says of an appointment; NoSuchTimeError if nobody could understand when it is."""
    return Appointment(
        guid=record.guid, user=ANNA, subject=record.subject, body_html=record.body, schedule=schedule_of(record),
        modified_at=record.modified_at, location=record.location, show_as=record.show_as,
        is_private=record.private, reminder=record.reminder, status=record.status, lead=record.lead,
    )  # fmt: skip


def schedule_of(record: Record) -> Schedule:
    """Return when an appointment is, or raise NoSuchTimeError."""
    if record.all_day == isinstance(record.start, datetime) or record.all_day == isinstance(record.end, datetime):
        raise NoSuchTimeError("days mixed with hours")
    if record.end < record.start:
        raise NoSuchTimeError("an end before its start")
    if isinstance(record.start, datetime) and isinstance(record.end, datetime):
        zone = record.zone if record.lines else None
        first: Once = Timed(start_at=record.start, end_at=record.end, zone=zone)
    else:
        first = AllDay(first_day=record.start, day_after=record.end)
    return _series_of(first, record.lines) if record.lines else first


@lru_cache(maxsize=100_000)
def _series_of(first: Once, lines: tuple[str, ...]) -> Series:
    try:
        return series_of(first, read(lines))
    except RecurrenceRefused as error:
        raise NoSuchTimeError(str(error)) from error


@lru_cache(maxsize=100_000)
def _lines_of(series: Series) -> tuple[str, ...]:
    return lines_of(series)


def takes(record: Record, change: CrmChange, at: datetime) -> Record:
    """Return an appointment after a change: the named fields are those of the event, and it is alive, or called off."""
    if change.action is ChangeAction.DELETE or change.event is None:
        return replace(record, status=Status.CANCELED, modified_at=at)
    taken = _taken(record, change.event, set(change.changed), at)
    try:
        schedule_of(taken)
    except NoSuchTimeError:
        # Beside its own times the named ones would be none: SalesExec takes all of the event's.
        return _taken(record, change.event, {*change.changed, *_TOGETHER}, at)
    return taken


def _taken(record: Record, event: EventForCrm, names: set[Field], at: datetime) -> Record:
    start, end, zone, lines = _fields_of(event.schedule)
    was_off = record.status is Status.CANCELED
    return replace(
        record,
        subject=event.subject if Field.SUBJECT in names else record.subject,
        body=event.body_html if Field.BODY in names else record.body,
        start=start if Field.START in names else record.start,
        end=end if Field.END in names else record.end,
        all_day=not isinstance(start, datetime) if Field.IS_ALL_DAY in names else record.all_day,
        lines=lines if Field.RECURRENCE in names else record.lines,
        zone=zone if names & {Field.START, Field.RECURRENCE} else record.zone,
        location=event.location if Field.LOCATION in names else record.location,
        show_as=event.show_as if Field.SHOW_AS in names else record.show_as,
        private=event.is_private if Field.IS_PRIVATE in names else record.private,
        status=Status.PENDING if was_off else record.status,
        modified_at=at,
    )


def imports(event: EventForCrm, at: datetime) -> Record:
    """Return the appointment that SalesExec makes of an event which it did not know."""
    start, end, zone, lines = _fields_of(event.schedule)
    return Record(
        guid=AppointmentGuid("22222222-2222-4222-8222-222222222222"), from_outlook=True, subject=event.subject,
        body=event.body_html, start=start, end=end, all_day=not isinstance(start, datetime), zone=zone, lines=lines,
        location=event.location, show_as=event.show_as, private=event.is_private, modified_at=at,
    )  # fmt: skip


def keeps(event: CalendarEvent, content: EventContent) -> CalendarEvent:
    """Return an event as Exchange has it after a write, its stamp later and its body a whole document."""
    wanted = content.schedule
    first = wanted.first if isinstance(wanted, Series) else wanted
    if isinstance(first, Timed) and first.end_at < first.start_at:
        raise NoSuchTimeError("Outlook was given an end before its start")
    if isinstance(first, AllDay) and first.day_after <= first.first_day:
        raise NoSuchTimeError("Outlook was given less than a day")
    now = written(event, content)
    at = event.modified_at + timedelta(seconds=1)
    body = as_exchange_writes(now.body_html)
    kind = EventKind.SERIES_MASTER if isinstance(now.schedule, Series) else EventKind.SINGLE
    return replace(now, body_html=body, modified_at=at, change_key=at.isoformat(), kind=kind)


def without_days(event: CalendarEvent, days: frozenset[date]) -> CalendarEvent:
    """Return a series after some of its days were deleted one by one."""
    if not days:
        return event
    if not isinstance(event.schedule, Series):
        raise NoSuchTimeError("a day was to be taken out of what is no series")
    at = event.modified_at + timedelta(seconds=1)
    schedule = replace(event.schedule, removed=event.schedule.removed | days)
    return replace(event, schedule=schedule, modified_at=at, change_key=at.isoformat())


def stamp_after(record: Record | None, now: datetime) -> datetime:
    """Return SalesExec's time of a change: whole seconds, later than the one before."""
    at = now.astimezone(UTC).replace(microsecond=0)
    return at if record is None else max(at, record.modified_at + timedelta(seconds=1))
