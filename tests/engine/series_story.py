"""What people do to series and to their single occurrences: more steps for a story."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

from shared_code.domain.appointments import Appointment, Status
from shared_code.domain.events import CalendarEvent, EventKind
from shared_code.domain.identifiers import AppointmentGuid, EventId
from shared_code.domain.recurrence import read
from shared_code.domain.schedules import Schedule, Series, Timed
from shared_code.domain.series import regular, series_of
from tests.builders import NOW
from tests.engine.chronicle import Life, differences, view_of_event
from tests.engine.crm_series import days_of, is_series, living_days, series_of_appointment, slot_name
from tests.engine.story import Story
from tests.engine.world import REPS
from tests.fakes.calendar import FakeCalendar

SERIES_DAYS_AHEAD = range(8, 30)
"""The last occurrence of each is in the window as well."""

_ZONES = ("Europe/Berlin", "UTC")
_FREQUENCIES = ("DAILY", "WEEKLY")


class SeriesStory(Story):
    """Plays steps with series as well. The first occurrence of a series stays, so that none ever runs empty."""

    def crm_series_new(self, dice: Random) -> None:
        """Book a series in SalesExec."""
        first, rule = self._a_rhythm(dice)
        appointment = Appointment(
            guid=AppointmentGuid(f"{next(self._values):08x}-0000-4000-9000-000000000000"),
            user=dice.choice(REPS),
            subject=f"Weekly {next(self._values)}",
            body_html=f"<p>Agenda {next(self._values)}</p>",
            schedule=series_of(first, read([rule])),
            modified_at=NOW,
            location=f"Room {next(self._values)}",
            lead=self._a_lead(dice),
        )
        self._pushed(self.world.crm.book(appointment), dice)

    def outlook_series_new(self, dice: Random) -> None:
        """Make a series in Outlook."""
        calendar = self._a_calendar(dice)
        first, rule = self._a_rhythm(dice)
        event = calendar.add_series_by_hand(
            first,
            rule,
            subject=f"Gym {next(self._values)}",
            body_html=f"<p>Court {next(self._values)}</p>",
            location=f"Hall {next(self._values)}",
        )
        self._edited(None, event)

    def crm_occurrence_edit(self, dice: Random) -> None:
        """Change one occurrence in SalesExec."""
        found = self._a_slot(dice)
        if found is not None:
            guid, day = found
            held = self.world.crm.records[guid].occurrence(day)
            names = ("subject", "body_html", "location", "schedule", "show_as", "is_private")
            said = {name: self._an_own_value(name, day, held, dice) for name in _some(names, dice)}
            self._slot_pushed(self.world.crm.change_occurrence(guid, day, **said), day, dice)

    def crm_occurrence_cancel(self, dice: Random) -> None:
        """Cancel one occurrence in SalesExec."""
        found = self._a_slot(dice)
        if found is not None:
            guid, day = found
            self._slot_pushed(self.world.crm.cancel_occurrence(guid, day), day, dice)

    def outlook_occurrence_edit(self, dice: Random) -> None:
        """Change one occurrence in Outlook."""
        calendar = self._a_calendar(dice)
        before = self._an_occurrence(calendar, dice)
        if before is not None and before.slot_day is not None and before.series_master_id is not None:
            said: dict[str, Any] = {}
            for name in _some(("subject", "body_html", "location", "schedule", "show_as"), dice):
                is_time = name == "schedule"
                said[name] = self._a_time_on(before.slot_day) if is_time else self._an_event_value(name, before, dice)
            after = calendar.change_occurrence_by_hand(before.series_master_id, before.slot_day, **said)
            self._edited(before, after)
            self._series_touched(before.series_master_id, after.modified_at)

    def outlook_occurrence_delete(self, dice: Random) -> None:
        """Delete one occurrence in Outlook."""
        calendar = self._a_calendar(dice)
        gone = self._an_occurrence(calendar, dice)
        if gone is not None and gone.slot_day is not None and gone.series_master_id is not None:
            calendar.delete_occurrence_by_hand(gone.series_master_id, gone.slot_day)
            chronicle = self.world.chronicle
            life = chronicle.events.setdefault(gone.id, Life())
            life.ended_at, life.ended_by_engine = chronicle.tick(), False
            self._series_touched(gone.series_master_id, calendar.events[gone.series_master_id].modified_at)

    def _edited(self, before: CalendarEvent | None, event: CalendarEvent) -> None:
        """Note a hand edit; of a copy of a series also what its occurrences have of their own."""
        super()._edited(before, event)
        if before is None and isinstance(event.schedule, Series):
            chronicle = self.world.chronicle
            calendar = next(each for each in map(self.world.calendar, REPS) if event.id in each.events)
            for day in calendar.exceptions.get(event.id, {}):
                own = calendar.occurrence(event.id, day)
                regular_one = replace(own, **_as_series_says(event, day))
                new = differences(view_of_event(regular_one), view_of_event(own))
                chronicle.calendar_edited(own.id, new, own.modified_at)
            for day in event.schedule.removed:
                chronicle.events.setdefault(EventId(f"{event.id}~{day}"), Life()).ended_at = chronicle.tick()

    def _series_touched(self, master: EventId, stamp: datetime) -> None:
        """Note that a series has a new version, by the hand of its owner."""
        chronicle = self.world.chronicle
        life = chronicle.events.setdefault(master, Life())
        life.stamps.append(stamp)
        life.touched.append(chronicle.tick())

    def _slot_pushed(self, occurrence: Appointment, day: date, dice: Random) -> None:
        series = self.world.crm.records[occurrence.guid].appointment
        self._pushed(occurrence, dice, slot_name(series, day))

    def _a_rhythm(self, dice: Random) -> tuple[Timed, str]:
        """Return a first occurrence at an hour that nothing had before, and a rule."""
        day = (NOW + timedelta(days=dice.choice(SERIES_DAYS_AHEAD))).date()
        first = replace(self._a_time_on(day), zone=dice.choice(_ZONES))
        return first, f"RRULE:FREQ={dice.choice(_FREQUENCIES)};COUNT={dice.choice(range(4, 9))}"

    def _a_time_on(self, day: date) -> Timed:
        """Return a time of a day that nothing had before; it is the same day in all zones of the story."""
        starts_at = datetime.combine(day, time(8), UTC) + timedelta(minutes=next(self._values))
        return Timed(start_at=starts_at, end_at=starts_at + timedelta(minutes=30))

    def _a_slot(self, dice: Random) -> tuple[AppointmentGuid, date] | None:
        records = self.world.crm.records.items()
        fit = [
            (guid, day)
            for guid, each in records
            if is_series(each.appointment) and each.appointment.status is Status.PENDING
            for day in _later_days(series_of_appointment(each.appointment))
            if day in living_days(each.appointment)
        ]
        return dice.choice(fit) if fit else None

    def _an_occurrence(self, calendar: FakeCalendar, dice: Random) -> CalendarEvent | None:
        """Return an occurrence of a series, one time out of two one that SalesExec changed by itself."""
        there = [
            calendar.occurrence(event.id, day)
            for event in calendar.events.values()
            if isinstance(event.schedule, Series)
            for day in _later_days(event.schedule)
            if day not in event.schedule.removed
        ]
        special = [each for each in there if self._is_special(each)]
        chosen = special if special and dice.random() < 0.5 else there
        return dice.choice(chosen) if chosen else None

    def _is_special(self, event: CalendarEvent) -> bool:
        assert event.slot_day is not None
        guid = self.world.chronicle.appointment_of.get(event.series_master_id or event.id)
        touched = guid is not None and (guid, event.slot_day) in self.world.chronicle.occurrences
        return touched or event.kind is EventKind.EXCEPTION

    def _an_own_value(self, name: str, day: date, held: Appointment, dice: Random) -> Any:
        return self._a_time_on(day) if name == "schedule" else self._a_value(name, held, dice)

    def _another_time(self, held: Schedule, dice: Random) -> Schedule:
        """Return another time; when a series takes place is left as it is."""
        return held if isinstance(held, Series) else super()._another_time(held, dice)


def _later_days(series: Series) -> list[date]:
    return list(days_of(series))[1:]


def _some(names: tuple[str, ...], dice: Random) -> list[str]:
    return dice.sample(names, k=dice.choice((1, 1, 2)))


def _as_series_says(event: CalendarEvent, day: date) -> Mapping[str, Any]:
    assert isinstance(event.schedule, Series)
    plain = {name: getattr(event, name) for name in ("subject", "body_html", "location", "show_as", "sensitivity")}
    return {**plain, "schedule": regular(event.schedule, day).schedule}
